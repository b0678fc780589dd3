// What a call to Pinterest carried, for eyes: with its structure, without what names a person. Bodies are not
// kept; they are made again from what the attempt still has.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

struct ShownBody {
  Json body;         // null: there was none, or it cannot be made again
  std::string note;  // why not, or what is missing from it; "" = it is whole
};
// Within context.read().
ShownBody shown_body(Context& context, const exports::Job& job, const store::RequestRow& row);
// The call as a line for a shell, the token as $PINTEREST_TOKEN.
std::string curl_line(const std::string& base_url, const store::RequestRow& row, const ShownBody& shown);

}  // namespace pinrelay::cli
