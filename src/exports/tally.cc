#include "exports/tally.h"

namespace pinrelay::exports {

using store::Operation;

std::array<int64_t, static_cast<size_t>(Reason::kCount)> read_reasons(const Bytes& reasons) {
  std::array<int64_t, static_cast<size_t>(Reason::kCount)> counts{};
  ByteReader reader(reasons);
  while (!reader.done() && reader.ok()) {
    const auto reason = reader.fixed<uint8_t>();
    const auto count = reader.fixed<int64_t>();
    if (reason < counts.size()) counts[reason] = count;
  }
  return counts;
}

constexpr int64_t Ended::*kEnded[] = {&Ended::added,    &Ended::removed,   &Ended::omitted, &Ended::invalid,
                                      &Ended::rejected, &Ended::uncertain, &Ended::late,    &Ended::requests};

Ended Tally::ended_of(const Run& run) {
  const store::RunRow& row = run.row;
  const int64_t late = run.reasons[static_cast<size_t>(Reason::kLate)];
  return {row.added, row.removed, row.omitted, row.invalid, row.rejected, row.uncertain, late, row.requests};
}

Tally::Run& Tally::at(int64_t number) {
  if (last_ != nullptr && last_->row.number == number) return *last_;
  auto found = runs_.find(number);
  if (found == runs_.end()) {
    Run run;
    if (auto row = store_.runs.get(number)) run.row = std::move(*row);
    run.row.number = number;
    run.reasons = read_reasons(run.row.reasons);
    run.written = ended_of(run);
    found = runs_.emplace(number, std::move(run)).first;
  }
  found->second.changed = true;
  last_ = &found->second;
  return *last_;
}

int64_t Tally::open(store::JobNumber job, store::RunKind kind, Time now) {
  const int64_t number = store_.next_number("runs");
  Run& run = at(number);
  run.row.job = job;
  run.row.kind = kind;
  run.row.started_at = now;
  return number;
}

void Tally::sent(int64_t number, Operation operation) {
  Run& run = at(number);
  --run.row.pending;
  ++(operation == Operation::kAdd ? run.row.added : run.row.removed);
}

// How many ended as the reason's outcome says.
int64_t& Tally::counter(Run& run, Reason reason) {
  const OutcomeClass outcome = info(reason).outcome;
  CHECK(outcome != OutcomeClass::kNote);
  if (outcome == OutcomeClass::kOmitted) return run.row.omitted;
  if (outcome == OutcomeClass::kInvalid) return run.row.invalid;
  return outcome == OutcomeClass::kRejected ? run.row.rejected : run.row.uncertain;
}

void Tally::not_sent(int64_t number, Reason reason) {
  Run& run = at(number);
  --run.row.pending;
  ++run.reasons[static_cast<size_t>(reason)];
  ++counter(run, reason);
}

void Tally::send_again(int64_t number, Reason reason) {
  Run& run = at(number);
  ++run.row.pending;
  --run.reasons[static_cast<size_t>(reason)];
  --counter(run, reason);
}

int64_t Tally::count(int64_t number, Reason reason) {
  const auto known = runs_.find(number);
  if (known != runs_.end()) return known->second.reasons[static_cast<size_t>(reason)];
  const auto row = store_.runs.get(number);
  return row ? read_reasons(row->reasons)[static_cast<size_t>(reason)] : 0;
}

void Tally::identifiers(int64_t number, Operation operation, int64_t count) {
  Run& run = at(number);
  (operation == Operation::kAdd ? run.row.identifiers_added : run.row.identifiers_removed) += count;
}

void Tally::close(int64_t number, Time now) {
  Run& run = at(number);
  if (to_millis(run.row.ended_at) == 0) run.row.ended_at = now;
}

void Tally::flush(Time now) {
  for (auto& [number, run] : runs_) {
    if (!run.changed) continue;
    run.row.reasons.clear();
    for (size_t i = 0; i < run.reasons.size(); ++i) {
      if (run.reasons[i] == 0) continue;
      run.row.reasons.push_back(static_cast<uint8_t>(i));
      append_fixed(run.row.reasons, run.reasons[i]);
    }
    // A closed run ends when the last change it considered does.
    if (to_millis(run.row.ended_at) != 0) run.row.ended_at = now;
    store_.runs.put(run.row);
    const Ended now_written = ended_of(run);
    for (const auto count : kEnded) flushed_[run.row.job].*count += now_written.*count - run.written.*count;
    run.written = now_written;
    run.changed = false;
  }
  // Only runs that something can still happen to stay in memory.
  last_ = nullptr;
  if (runs_.size() > 64) runs_.clear();
}

void Tally::committed() {
  for (const auto& [job, flushed] : flushed_)
    for (const auto count : kEnded) ended_[job].*count += flushed.*count;
  flushed_.clear();
}

}  // namespace pinrelay::exports
