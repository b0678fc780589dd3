// The people a job has not sent, with reasons. A search looks at a bounded number of members, identifiers and
// records, because the engine waits meanwhile; it then says where the next one continues.
#pragma once

#include "cli/command.h"

namespace pinrelay::cli {

struct FoundRecord {
  store::ProfileId profile;
  exports::Reason reason;
  Time at{};             // zero: it is so now
  std::string hash{};    // the beginning of a rejected identifier
  int64_t request = 0;   // that last carried it
  std::string detail{};  // Pinterest's words
};

struct RecordFilter {
  std::optional<exports::Reason> reason;
  std::optional<exports::OutcomeClass> outcome;
  std::optional<store::ProfileId> person;

  bool passes(exports::Reason candidate) const;
};

struct RecordSearch {
  RecordFilter filter;
  std::string cursor;  // `next` of the search before; "" = from the beginning
  size_t limit = 100;
  bool bounded = true;  // else it looks at everybody, until it has found `limit`
};

struct RecordPage {
  std::vector<FoundRecord> found;
  std::optional<std::string> next;  // there are, or may be, further ones
};
// Within context.read().
Result<RecordPage> search_records(Context& context, const exports::Job& job, const RecordSearch& search);

// How many there are for each reason, whatever the filter says of reasons and outcomes. Bounded as a search
// is: of a large job, at least so many.
struct ReasonCounts {
  std::array<int64_t, static_cast<size_t>(exports::Reason::kCount)> counts{};
  bool complete = true;
};
ReasonCounts count_reasons(Context& context, const exports::Job& job, const RecordFilter& filter);

}  // namespace pinrelay::cli
