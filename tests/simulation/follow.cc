// What the oracle learns. The engine chooses the order in which it applies what comes in by different ways;
// the oracle follows it there, row by row, and draws its own conclusions.
#include <fmt/format.h>

#include <algorithm>

#include "run.h"

namespace pinrelay::simulation {
namespace {

constexpr size_t kLinesTogether = 1'000;             // consecutive ones of one key
constexpr Millis kClaimsKept{8LL * 24 * 3'600'000};  // after that an id may be used again

// Rows of the file that have been read when the next line is `line`.
size_t rows_before(const File& file, int64_t line) {
  const int64_t rows = line - 1 - (file.csv ? 1 : 0);
  return std::min(file.rows.size(), static_cast<size_t>(std::max<int64_t>(0, rows)));
}

// Such a file is refused as a whole; a CSV file has its header.
template <typename AnyFile>
bool nothing_readable(const AnyFile& file) {
  return !file.csv &&
         std::ranges::all_of(file.rows, [](const Row& row) { return row.type == RowType::kUnreadable; });
}

}  // namespace

void Run::follow() {
  if (down_ || failed()) return;
  if (!known_.waiting.empty()) {
    const int64_t cursor = store_->inbox_cursor();
    while (!known_.waiting.empty() && known_.waiting.front().number <= cursor) {
      known_.oracle.add(known_.waiting.front().rows, *this);
      known_.waiting.pop_front();
    }
  }
  for (File& file : known_.files)
    if (!file.ended) follow_file(file);
  std::erase_if(known_.files, [](const File& file) { return file.ended; });
  follow_removals();
  check_sent();
  follow_sweeps();
  follow_scans();
}

void Run::follow_file(File& file) {
  using store::ImportState;
  const auto row = store_->imports.get(file.number);
  if (!row) return fail("an import is gone");
  if (row->state == ImportState::kFailed && nothing_readable(file)) {
    std::erase_if(known_.imports, [](const KnownFile& known) { return nothing_readable(known); });
    file.ended = true;
    return;
  }
  if (row->state == ImportState::kFailed) return fail("an import fails: " + row->error);
  const bool read = row->state != ImportState::kReading;
  apply_lines(file, read ? file.rows.size() : rows_before(file, row->line));
  const bool done = row->state == ImportState::kDone;
  // A held snapshot that a later one has superseded makes no exits any more.
  file.ended = done || row->state == ImportState::kDiscarded;
  const bool exits = row->state == ImportState::kExiting || done;
  if (file.snapshot && exits) exit_members(file, done);
}

void Run::apply_lines(File& file, size_t end) {
  std::vector<Row> together;
  const auto apply = [&] { known_.oracle.add(std::exchange(together, {}), *this); };
  for (size_t lines = 0; file.applied < end; ++file.applied, ++lines) {
    const Row& row = file.rows[file.applied];
    if (!together.empty() && (together.front().key != row.key || lines == kLinesTogether)) apply(), lines = 0;
    together.push_back(row);
    if (file.audience.empty() || row.type != RowType::kProfile) continue;
    Row enter;
    enter.type = RowType::kEnter;
    enter.key = row.key;
    enter.audience = file.audience;
    enter.at = file.snapshot ? std::max(row.at, file.as_of) : row.at;
    together.push_back(std::move(enter));
  }
  apply();
}

// Members who are not in the file exit as of it; who has already is what the engine chooses.
void Run::exit_members(const File& file, bool all) {
  store::AudienceNumber audience;
  if (!store_->catalog.find_audience(file.audience, audience)) return;
  for (const std::string& key : known_.oracle.members_as_of(file.audience, file.as_of)) {
    if (file.keys.contains(key)) continue;
    bool member = false;
    if (!all)
      store_->profiles.read({store_->profiles.id_of(key)}, [&](size_t, const store::Person& person) {
        member = person.member_of(audience);
      });
    if (member) continue;
    Row exit;
    exit.type = RowType::kExit;
    exit.key = key;
    exit.audience = file.audience;
    exit.at = file.as_of;
    known_.oracle.add({exit}, *this);
  }
}

// A job whose people were to be removed first has gone.
void Run::follow_removals() {
  std::vector<KnownJob> gone;
  for (const auto& [name, job] : known_.jobs.all())
    if (job.removing && engine_->jobs().find(name) == nullptr) gone.push_back(job);
  for (const KnownJob& job : gone) {
    known_.jobs.erase(job.settings.name);
    // Whom Pinterest has refused to remove stays, and nobody knows of them any more.
    for (const auto& [id, list] : world_.lists().all()) {
      const auto made = known_.made_lists.find(id);
      const sim::HashSet* members = world_.members(id);
      if (members == nullptr || (made == known_.made_lists.end() ? id : made->second) != job.list) continue;
      for (const Hash& hash : members->sorted())
        if (refused_removal(id, hash)) known_.lists.add_foreign(job.list, {hash});
    }
  }
}

void Run::follow_scans() {
  for (const auto& [name, job] : known_.jobs.all()) {
    const exports::Job* known = known_.conversions.scans(job.number) ? engine_->jobs().find(name) : nullptr;
    if (known != nullptr && known->row.bulk == store::BulkKind::kNone)
      known_.conversions.end_scan(job, known_.oracle, true);
  }
}

void Run::follow_sweeps() {
  for (const auto& [name, job] : known_.jobs.all()) {
    const exports::Job* known = known_.conversions.sweeps(job.number) ? engine_->jobs().find(name) : nullptr;
    if (known != nullptr && !known->row.sweeping) known_.conversions.end_sweep(job, known_.oracle);
  }
}

void Run::check_sent() {
  for (const EventKey& key : network_.take_sent_events()) {
    if (backup_) sent_since_backup_.insert(key);
    const auto first = sent_at_.try_emplace(key, now_).first;
    if (now_ - first->second > kClaimsKept) twice_.insert(key.id);
    const std::string refusal = known_.conversions.refusal(key, known_.jobs, wall());
    if (!refusal.empty())
      fail(fmt::format("the conversion {} is sent: {}{}", key.text(), refusal, story(key)));
  }
}

void Run::deleted(const Person& person) {
  known_.lists.erase(person);
  known_.conversions.deleted(person);
}

void Run::moved(const Person& person, const std::string& audience, bool enters) {
  for (const auto& [name, job] : known_.jobs.all())
    if (job.converts()) known_.conversions.moved(job, person, audience, enters, wall());
}

void Run::completed(const Person& person, const std::string& audience, bool surely) {
  for (const auto& [name, job] : known_.jobs.all())
    if (job.converts()) known_.conversions.completed(job, person, audience, surely);
}

void Run::changed(const Person& person) {
  for (const auto& [name, job] : known_.jobs.all()) {
    if (job.converts())
      known_.conversions.changed(job, person);
    else
      known_.lists.note(job, person);
  }
}

}  // namespace pinrelay::simulation
