// What a job with given settings would do to its list, counted exactly and without doing it: one pass over
// everybody, sorted on bounded memory and merged with what Pinterest has acknowledged.
#pragma once

#include <stop_token>

#include "cli/command.h"
#include "cli/field_numbers.h"
#include "exports/ownership.h"
#include "store/snapshot.h"

namespace pinrelay::cli {

// Identifiers that would go together in one request, and one person for each of the first few.
struct PlannedRequest {
  exports::Operation operation = exports::Operation::kAdd;
  std::vector<Hash> hashes;
  std::vector<std::optional<store::ProfileId>> people;
};

struct PlanQuestion {
  exports::Job job;                    // as it would be (plan_job)
  std::optional<store::ListRow> list;  // that it would write to; nothing = one that does not exist yet
  exports::LedgerReader ledger = {};   // of that list
  uint32_t records_max = 1;            // per request
  size_t requests_shown = 0;           // how many requests to collect
  std::string sort_directory;          // where what does not fit into memory is sorted
  size_t sort_memory = 0;
};

struct PlanNumbers {
  int64_t members = 0;
  std::array<int64_t, static_cast<size_t>(exports::Reason::kCount)>
      reasons{};  // members who give no identifier
  int64_t warnings = 0;
  std::vector<int64_t> filled;  // members with a value, of each of the job's identifier_fields
  // Identifiers.
  int64_t adds = 0, removes = 0;
  int64_t in_place = 0;          // wanted and there
  int64_t wanted_elsewhere = 0;  // not wanted by this job any more, and kept because another one wants it
  int64_t rejected = 0;          // wanted, and refused by Pinterest
  std::vector<PlannedRequest> requests;  // the first ones: adds, then removes

  int64_t request_count(uint32_t records_max) const;
};

// The job that applying the settings would make, without making it. Fields that the store has never seen get
// numbers of their own, which nobody's profile has; so does an unseen audience.
exports::Job plan_job(Context& context, const config::JobSettings& settings, FieldNumbers& fields);
Result<PlanNumbers> count_plan(store::Snapshot& people, const PlanQuestion& question,
                               const std::stop_token& stop);

}  // namespace pinrelay::cli
