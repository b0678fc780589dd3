// What the receipt of a person's deletion says: what was held, and of each list that had their identifiers,
// what has become of them by now. It names nobody: its number stands for the person.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

// What has become of the identifiers on one list.
struct ListState {
  std::string_view name, meaning;
};

// Before the deletion is applied: the lists that the person's identifiers are, or may be, on.
std::vector<store::DeletionListRow> lists_with(Context& context, const store::ProfileId& person);
// Within context.read() or a transaction.
Json receipt_json(Context& context, const store::DeletionRow& row);
std::string receipt_text(const Json& receipt, Time now);
// The numbers of a person's receipts, newest first.
Json receipts_of(Context& context, const store::ProfileId& person);

}  // namespace pinrelay::cli
