// What each job did and where it stood, by the minute for a day, by the hour for 14 days and by the day for a
// year: what charts are drawn from. A minute in which nobody counted, because no service ran, is a gap.
#pragma once

#include "exports/engine.h"

namespace pinrelay::insight {

// What a slot holds, in the order in which it is stored; new ones go to the end. A sum counts what ended in
// the slot; anything else is a reading taken when the slot ended. `shared`: several jobs draw on the same
// thing, so that all together are the largest of them, not their sum.
struct Amount {
  std::string_view name, help;
  bool sum;
  bool shared = false;
};
inline constexpr Amount kAmounts[] = {
    {"added", "people added, or conversions sent", true},
    {"removed", "people removed", true},
    {"omitted", "left out, as they should be", true},
    {"invalid", "left out, because a value could not be used", true},
    {"rejected", "refused by Pinterest", true},
    {"uncertain", "given up with an unknown outcome", true},
    {"late", "conversions sent later than Pinterest uses them well", true},
    {"requests", "requests to Pinterest", true},
    {"waiting", "people or conversions that wait to be sent", false},
    {"audience", "members of the audience", false},
    {"on_list", "identifiers on the customer list", false},
    {"budget_used", "percent of the calls that Pinterest allows, in use", false, true},
};
inline constexpr size_t kAmountCount = std::size(kAmounts);

using store::HistoryStep;
struct StepInfo {
  HistoryStep step;
  std::string_view name;
  Millis length;
  int64_t kept;  // slots
};
inline constexpr StepInfo kSteps[] = {{HistoryStep::kMinute, "minute", Millis{60'000}, 24 * 60},
                                      {HistoryStep::kHour, "hour", Millis{3'600'000}, 14 * 24},
                                      {HistoryStep::kDay, "day", Millis{24 * 3'600'000}, 365}};
const StepInfo* find_step(std::string_view name);

class History {
 public:
  explicit History(exports::Engine& engine) : engine_(engine) {}

  // Once a minute, one transaction; true when it wrote. An error is the store's.
  Result<bool> run_once();
  // Also the minute that is not over, before the service ends.
  Result<void> finish();

 private:
  using Amounts = std::array<int64_t, kAmountCount>;
  Amounts stand_of(const exports::Job& job);
  void write(int64_t minute);
  void add(store::JobNumber job, const Amounts& amounts, int64_t minute);
  void trim(int64_t minute);

  exports::Engine& engine_;
  std::optional<int64_t> minute_;  // that is being counted
  std::map<store::JobNumber, exports::Ended> ended_;
  std::map<store::JobNumber, Amounts> last_;  // that was written in this hour
  int64_t trimmed_ = 0;                       // hour
};

// The history of one job, or of all jobs combined (job 0), from the oldest slot kept to the newest one
// written.
struct Chart {
  const StepInfo* step = nullptr;
  int64_t first = 0;                                                    // slot
  std::vector<std::array<std::optional<int64_t>, kAmountCount>> slots;  // nothing: a gap
};
Chart chart_of(store::Store& store, const StepInfo& step, store::JobNumber job, Time now);

}  // namespace pinrelay::insight
