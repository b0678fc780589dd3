#include "sources/importer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/json_writer.h"
#include "base/log.h"

namespace pinrelay::sources {
namespace {

using store::ImportRow;
using store::ImportState;

constexpr uint64_t kCheckedBytes = 64 * 1024 * 1024;  // of a file in one step
constexpr size_t kExitPage = 50'000;                  // people looked at in one step
constexpr size_t kSortMemory = 32 * 1024 * 1024;
// A snapshot that keeps less than that share of the members is held for a person to look at.
constexpr int64_t kHoldPercent = 20;
constexpr std::string_view kCsv = "csv";

bool same_work(const ImportRow& a, const ImportRow& b) {
  // The same bytes read in another way are other rows.
  return a.fingerprint == b.fingerprint && a.audience == b.audience && a.snapshot == b.snapshot &&
         a.key_field == b.key_field && a.format == b.format && a.encoding == b.encoding &&
         (a.format != kCsv || a.delimiter == b.delimiter);
}

void append_json_line(std::string& out, const RowError& error, bool only_a_value) {
  JsonWriter json(out);
  json.begin_object().field("line", error.line).field("column", error.column).field("code", error.code);
  json.field("message", error.message).field("fix", error.fix);
  if (only_a_value) json.field("row_taken", true);
  json.end_object();
  out += '\n';
}

bool ended(ImportState state) {
  return state == ImportState::kDone || state == ImportState::kFailed || state == ImportState::kDiscarded;
}

bool is_void(ImportState state) { return state == ImportState::kFailed || state == ImportState::kDiscarded; }

// Trying again would not help: a person has to look at the file.
bool is_of_the_file(const Error& error) {
  return error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kNotFound ||
         error.kind == ErrorKind::kConflict;
}

}  // namespace

void ImportOptions::take(const FileWishes& wishes, const FileShape& shape) {
  path = wishes.path;
  format = shape.format;
  delimiter = shape.delimiter;
  encoding = shape.encoding;
  // A key is not guessed: a wrong one would make other people.
  if (!wishes.key_column.empty()) key_column = wishes.key_column;
}

std::string Importer::errors_path(const store::Store& store, int64_t number) {
  return fmt::format("{}/imports/{}.errors.ndjson", store.directory(), number);
}

ImportRow row_of(const ImportOptions& options, Time now) {
  ImportRow row;
  row.path = std::filesystem::absolute(options.path).string();
  row.format = options.format == RowFormat::kCsv ? kCsv : "ndjson";
  row.delimiter = std::string(1, options.delimiter);
  row.key_field = options.key_column;
  row.audience = options.audience;
  row.snapshot = options.snapshot;
  row.encoding = options.encoding;
  row.unreadable_allowed = options.unreadable_allowed;
  row.started_at = now;
  row.as_of = options.as_of.value_or(now);
  row.state = ImportState::kReading;
  return row;
}

RowStreamOptions stream_options(const ImportRow& row) {
  RowStreamOptions options;
  options.path = row.path;
  options.encoding = row.encoding;
  options.format = row.format == kCsv ? RowFormat::kCsv : RowFormat::kNdjson;
  options.delimiter = row.delimiter.empty() ? ',' : row.delimiter[0];
  options.key_column = row.key_field;
  options.audience = row.audience;
  if (row.snapshot) options.as_of = row.as_of;
  return options;
}

Result<void> Importer::check(const ImportOptions& options) const {
  if (options.snapshot && options.audience.empty())
    return Error{ErrorKind::kInvalid, "snapshot_audience", "a snapshot is of an audience", options.path,
                 "add --audience NAME"};
  if (!options.audience.empty()) {
    if (auto wrong = check_name("audience", options.audience))
      return Error{ErrorKind::kInvalid, wrong->code, wrong->message, options.path, wrong->fix};
  }
  if (options.as_of && *options.as_of > clock_.now() + kFutureMax)
    return Error{ErrorKind::kInvalid, "at_in_future", "'as_of' is more than five minutes in the future",
                 options.path, "check the time and its zone"};
  return {};
}

Result<int64_t> Importer::begin(const ImportOptions& options, const Fingerprint& print) {
  TRY(check(options));
  if (!options.audience.empty() && !RowNames(limits_).admits(NameKind::kAudience, options.audience))
    return Error{ErrorKind::kInvalid, "audience_limit", "the audience is new, and no more may be made now",
                 options.path, "name an audience that is there, or raise 'limits.audiences'"};
  ImportRow row = row_of(options, clock_.now());
  row.fingerprint.assign(print.hash.begin(), print.hash.end());
  row.size = static_cast<int64_t>(print.size);
  for (ImportRow& known : store_.imports.all())
    if (same_work(known, row) && !ended(known.state)) return go_on(known, options);
  if (!options.again) TRY(check_new(row));
  row.number = store_.next_number("imports");
  store_.imports.put(row);
  return row.number;
}

// The unfinished import of the same file. Who allows more unreadable rows than before may let it through.
int64_t Importer::go_on(ImportRow& known, const ImportOptions& options) {
  if (options.unreadable_allowed > known.unreadable_allowed) {
    known.unreadable_allowed = options.unreadable_allowed;
    if (known.state == ImportState::kHeld) known.state = ImportState::kExiting;
    store_.imports.put(known);
  }
  return known.number;
}

// What the file says holds already, unless the last import of the audience said something else.
Result<void> Importer::check_new(const ImportRow& row) const {
  std::optional<ImportRow> last;
  for (ImportRow& known : store_.imports.all()) {
    const bool counts = known.state == ImportState::kDone || known.released;
    if (counts && !is_void(known.state) && known.audience == row.audience) last = std::move(known);
  }
  if (!last || !same_work(*last, row)) return {};
  return Error{ErrorKind::kConflict, "already_imported",
               fmt::format("the same file was imported already, at {} (import {})",
                           format_rfc3339(last->ended_at), last->number),
               row.path, "nothing to do; add --again to import it once more"};
}

Result<void> Importer::open_rows(const ImportRow& row, bool from_start) {
  RowStreamOptions options = stream_options(row);
  options.limits = limits_;
  if (!from_start)
    options.offset = static_cast<uint64_t>(row.offset), options.line = static_cast<uint64_t>(row.line);
  current_.rows = TRY(RowStream::open(options));
  current_.check = std::make_unique<FingerprintReader>(current_.rows->file());
  return {};
}

// Opens the file and checks in bounded steps that it is the one that was meant; true when it is.
Result<bool> Importer::rows_ready(const ImportRow& row, bool from_start) {
  if (!current_.rows) TRY(open_rows(row, from_start));
  if (!current_.check) return true;
  const auto print = TRY(current_.check->read(kCheckedBytes));
  if (!print) return false;
  current_.check.reset();
  if (Bytes(print->hash.begin(), print->hash.end()) == row.fingerprint) return true;
  return Error{ErrorKind::kConflict, "file_changed", "the file is not the one whose import was begun",
               row.path, "import the file that is there now"};
}

Result<bool> Importer::step() {
  for (ImportRow& row : store_.imports.all()) {
    expire_errors(row);
    if (ended(row.state) || (row.state == ImportState::kHeld && !row.released)) continue;
    if (current_.number != row.number) forget(), current_.number = row.number;
    if (row.state == ImportState::kHeld) row.state = ImportState::kExiting;
    const Result<void> worked = work(row);
    if (!worked && !is_of_the_file(worked.error())) return worked.error();
    if (!worked) {
      row.state = ImportState::kFailed;
      row.error = worked.error().text();
      row.ended_at = clock_.now();
      // Not its words: of a file without a header they name what stands in its first row, a person's data.
      log(LogLevel::kWarning, "sources", "import failed",
          {{"import", row.number}, {"code", worked.error().code}, {"where", worked.error().where}});
    }
    store_.imports.put(row);
    if (ended(row.state) || row.state == ImportState::kHeld) forget();
    return true;
  }
  return false;
}

Result<void> Importer::work(ImportRow& row) {
  if (row.state == ImportState::kReading) return read_page(row);
  return current_.sorted ? exit_page(row) : sort_page(row);
}

Result<void> Importer::read_page(ImportRow& row) {
  if (!current_.page) {
    if (!current_.rows) trim_errors(row);
    if (!TRY(rows_ready(row, false))) return {};
    Page page;
    page.batch = TRY(current_.rows->next(page_bytes_, time_of(row), page.changes));
    current_.page = std::move(page);
  }
  if (!apply_page(row)) return {};
  const RowBatch batch = std::exchange(current_.page, std::nullopt)->batch;
  if (!batch.errors.empty() || !batch.dropped.listed.empty()) TRY(write_errors(row, batch));
  row.rows += static_cast<int64_t>(batch.accepted);
  row.bad_rows += static_cast<int64_t>(batch.errors.size());
  row.unreadable += static_cast<int64_t>(batch.unreadable());
  count_dropped(row, batch.dropped.counts);
  row.offset = static_cast<int64_t>(batch.offset);
  row.line = static_cast<int64_t>(batch.line);
  if (!batch.end) return {};
  close_rows();
  // A CSV file that got so far has a header.
  if (row.format != kCsv && row.rows == 0 && row.bad_rows > 0)
    return Error{ErrorKind::kInvalid, "no_readable_row", "the file holds no row that can be read", row.path,
                 "look at the bad rows: the file may be of another format"};
  if (row.snapshot)
    row.state = ImportState::kExiting;
  else
    finish(row);
  return {};
}

void Importer::count_dropped(ImportRow& row, const DropCounts& more) const {
  if (more.total() == 0) return;
  DropCounts dropped = DropCounts::of_json(row.dropped);
  dropped.add(more);
  row.dropped = dropped.json();
}

void Importer::finish(ImportRow& row) {
  row.state = ImportState::kDone;
  row.ended_at = clock_.now();
  if (!row.snapshot) return;
  // Who is in the audience as of now is known: what an earlier snapshot could not tell does not matter.
  for (ImportRow& known : store_.imports.all()) {
    const bool superseded = known.state == ImportState::kHeld && known.audience == row.audience &&
                            known.number != row.number && known.as_of <= row.as_of;
    if (!superseded) continue;
    known.state = ImportState::kDiscarded;
    known.ended_at = row.ended_at;
    known.superseded_by = row.number;
    store_.imports.put(known);
  }
}

// True when all of the page is applied. Pages may be smaller than when this import began: then what was
// applied reaches into the next one.
bool Importer::apply_page(ImportRow& row) {
  const Bytes& changes = current_.page->changes;
  const auto size = static_cast<int64_t>(changes.size());
  if (row.applied < size) {
    const auto applied = sink_.apply(changes, static_cast<size_t>(row.applied));
    row.applied = static_cast<int64_t>(applied.end);
    DropCounts dropped;
    dropped.add("person_limit", applied.counts.too_large);
    count_dropped(row, dropped);
  }
  if (row.applied < size) return false;
  row.applied -= size;
  return true;
}

// Before exits: who is in the file, in profile order. Read again from the file, because nothing of it is
// kept.
Result<void> Importer::sort_page(ImportRow& row) {
  if (!current_.seen)
    current_.seen = std::make_unique<Sorter>(store_.directory(), sizeof(store::ProfileId), kSortMemory);
  if (!TRY(rows_ready(row, true))) return {};
  Bytes changes;
  const RowBatch batch = TRY(current_.rows->next(page_bytes_, time_of(row), changes));
  store::ChangeReader reader(changes);
  for (store::ChangeView change; reader.next(change);) {
    const bool enters = change.type == store::ChangeType::kEnter && change.audience == row.audience;
    if (enters) current_.seen->add(store_.profiles.id_of(change.key).bytes);
  }
  for (const std::string& key : batch.keys_of_bad) current_.seen->add(store_.profiles.id_of(key).bytes);
  return batch.end ? finish_sorting(row) : Result<void>{};
}

Result<void> Importer::finish_sorting(ImportRow& row) {
  close_rows();
  TRY(current_.seen->finish());
  std::optional<store::ProfileId> last;
  while (const uint8_t* record = current_.seen->next()) {
    const store::ProfileId profile = store::profile_id_at(record);
    current_.people += profile != last;
    last = profile;
  }
  TRY(current_.seen->rewind());
  current_.next_seen = current_.seen->next();
  current_.sorted = true;
  current_.scan_from = store::ProfileId{};
  if (has_to_be_held(row)) row.state = ImportState::kHeld;
  return {};
}

bool Importer::has_to_be_held(ImportRow& row) {
  const bool too_small = is_too_small(row);
  if (row.released) return false;
  if (too_small || row.unreadable > row.unreadable_allowed) return true;
  if (row.unreadable > 0) note_allowance(row);
  return false;
}

bool Importer::is_too_small(ImportRow& row) {
  store::AudienceNumber audience;
  if (!store_.catalog.find_audience(row.audience, audience)) return false;
  row.members_before = store_.catalog.audiences()[audience].size;
  const auto people = static_cast<int64_t>(current_.people);
  return row.members_before > 0 && people * 100 <= row.members_before * kHoldPercent;
}

// Exits that happen though the file is not whole are somebody's decision, if one made beforehand.
void Importer::note_allowance(const ImportRow& row) {
  store::AuditRow entry;
  entry.at = clock_.now();
  entry.who = "pinrelay";
  entry.action = "import release";
  entry.object = std::to_string(row.number);
  entry.detail = fmt::format("unreadable={} allow-unreadable={}", row.unreadable, row.unreadable_allowed);
  entry.outcome = "done";
  store_.audit.append(entry);
}

Result<void> Importer::exit_page(ImportRow& row) {
  store::AudienceNumber audience;
  const bool known = store_.catalog.find_audience(row.audience, audience);
  Bytes exits;
  store::ChangeWriter writer(exits);
  std::vector<std::pair<size_t, store::ProfileId>> places;  // where each exit begins
  std::optional<store::ProfileId> next;
  size_t visited = 0;
  while (!current_.passed.empty() && current_.passed.front() < *current_.scan_from)
    current_.passed.pop_front();
  store_.profiles.scan(
      *current_.scan_from, [&](const store::ProfileId& profile, const store::Person& person) {
        if (!known || visited++ == kExitPage) {
          if (known) next = profile;
          return false;
        }
        if (in_file(profile) || !person.member_of(audience)) return true;
        places.emplace_back(exits.size(), profile);
        writer.begin(store::ChangeType::kExit, to_millis(row.as_of), person.key, row.audience);
        writer.end();
        return true;
      });
  TRY(current_.seen->status());
  const ChangeSink::Applied applied = sink_.apply(exits, 0);
  row.exits += static_cast<int64_t>(applied.counts.exits);
  for (auto place = places.rbegin(); place != places.rend() && place->first >= applied.end; ++place)
    next = place->second;
  current_.scan_from = next;
  if (!next) finish(row);
  return {};
}

// Asked in the order of the ids, from a page's beginning on: where not all of its exits could be applied, the
// next page begins within it.
bool Importer::in_file(const store::ProfileId& profile) {
  for (; current_.next_seen != nullptr; current_.next_seen = current_.seen->next()) {
    const store::ProfileId seen = store::profile_id_at(current_.next_seen);
    if (profile < seen) break;
    if (current_.passed.empty() || current_.passed.back() != seen) current_.passed.push_back(seen);
  }
  return std::ranges::binary_search(current_.passed, profile);
}

void Importer::expire_errors(ImportRow& row) const {
  if (!ended(row.state) || row.listed == 0 || clock_.now() < row.ended_at + errors_kept_) return;
  ::unlink(errors_path(store_, row.number).c_str());
  row.listed = 0;
  store_.imports.put(row);
}

// After a restart the errors file may hold lines of a page that never became durable.
void Importer::trim_errors(const ImportRow& row) const {
  const std::string path = errors_path(store_, row.number);
  FILE* file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return;
  int64_t lines = 0;
  off_t keep = 0;
  for (int c; lines < row.listed && (c = std::fgetc(file)) != EOF; ++keep) lines += c == '\n';
  std::fclose(file);
  std::error_code ignored;
  std::filesystem::resize_file(path, static_cast<uintmax_t>(keep), ignored);
}

// Bad rows, and values that good ones lost. The first ones tell what is wrong; the import counts all of them.
Result<void> Importer::write_errors(ImportRow& row, const RowBatch& batch) const {
  if (row.listed >= kListedMax) return {};
  const std::string path = errors_path(store_, row.number);
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  std::string text;
  const auto append = [&](const RowError& error, bool only_a_value) {
    if (row.listed == kListedMax) return;
    append_json_line(text, error, only_a_value);
    ++row.listed;
  };
  for (const RowError& error : batch.errors) append(error, false);
  for (const RowError& value : batch.dropped.listed) append(value, true);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (written) return {};
  return Error{ErrorKind::kUnavailable, "errors_file",
               std::string("the file of bad rows cannot be written: ") + std::strerror(errno), path,
               "make room, or check permissions; the import goes on by itself"};
}

Result<ImportRow> Importer::held(int64_t number) {
  auto row = store_.imports.get(number);
  if (!row)
    return Error{ErrorKind::kNotFound, "no_import", fmt::format("there is no import {}", number), "",
                 "see 'pinrelay import list'"};
  if (row->state == ImportState::kHeld) return *row;
  return Error{ErrorKind::kConflict, "not_held", fmt::format("import {} is not held", number), "",
               "see 'pinrelay import list'"};
}

Result<void> Importer::release(int64_t number) {
  ImportRow row = TRY(held(number));
  row.released = true;
  store_.imports.put(row);
  return {};
}

Result<void> Importer::discard(int64_t number) {
  ImportRow row = TRY(held(number));
  row.state = ImportState::kDiscarded;
  row.ended_at = clock_.now();
  store_.imports.put(row);
  if (current_.number == number) forget();
  return {};
}

}  // namespace pinrelay::sources
