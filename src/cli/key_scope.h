// What a token or a write key is limited to: read from the options that make one, and told to people.
#pragma once

#include "cli/command.h"
#include "sources/row_scope.h"
#include "store/rows.h"

namespace pinrelay::cli {

// --network, and of a token --job, of a write key --audience, --rows, --rows-a-minute and --bytes-a-minute.
Result<void> read_token_scope(Context& context, const Arguments& arguments, store::ApiTokenRow& row);
Result<void> read_key_scope(const Arguments& arguments, store::ApiTokenRow& row);

// Null is what it is not limited in.
Json token_scope_json(Context& context, const store::ApiTokenRow& row);
Json key_scope_json(const store::ApiTokenRow& row);
std::string token_scope_text(const Json& token);
std::string key_scope_text(const Json& key);

// Any row, of any audience, from anywhere.
bool is_unlimited(const store::ApiTokenRow& key);

}  // namespace pinrelay::cli
