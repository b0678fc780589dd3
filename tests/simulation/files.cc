// Files: rows that are imported, some over the API's uploads, and snapshots, which say who is in an audience.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "run.h"
#include "sources/uploads.h"

namespace pinrelay::simulation {
namespace {

constexpr uint64_t kFileRowsMax = 200;

}  // namespace

// As the API takes it: the file lies in a folder of the store until it has been imported.
Result<std::string> Run::upload(const KnownFile& file) {
  sources::Upload upload;
  upload.name = fmt::format("u-{:032x}", ++next_file_);
  upload.format = file.csv ? sources::RowFormat::kCsv : sources::RowFormat::kNdjson;
  upload.at = wall();
  const sources::UploadFolder folder(*store_);
  const int fd = TRY(folder.create(upload));
  const std::string text = file.text();
  CHECK(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  TRY(folder.keep(fd, upload));
  return folder.path(upload);
}

Result<std::string> Run::store_file(const KnownFile& file) {
  if (random_.chance(25)) return upload(file);
  const std::string path =
      fmt::format("{}.files/{}.{}", directory_, ++next_file_, file.csv ? "csv" : "ndjson");
  std::filesystem::create_directories(directory_ + ".files");
  std::ofstream(path, std::ios::binary) << file.text();
  return path;
}

bool Run::importing() const { return !known_.files.empty(); }

// Profiles alone, or whatever rows there are; several lines of one person often follow one another.
std::vector<Row> Run::file_rows(bool plain) {
  std::vector<Row> rows;
  const uint64_t most = std::min(kFileRowsMax, static_cast<uint64_t>(plan_.rows_max));
  for (uint64_t left = 1 + random_.below(most); left > 0; --left) {
    const int64_t now = to_millis(arrivals_->now());
    Row row = plain ? people_.plain_profile(now) : people_.next(now);
    const bool follows = plain && !rows.empty() && !rows.back().key.empty() && random_.chance(20);
    if (follows) row.key = rows.back().key;
    row.timed = !plain && random_.chance(plan_.old_percent);
    if (random_.chance(plan_.unreadable_percent)) row = {}, row.type = RowType::kUnreadable;
    rows.push_back(std::move(row));
  }
  return rows;
}

// Most of the present members, and a few others.
std::vector<Row> Run::snapshot_rows(const std::string& audience) {
  const unsigned keep = random_.chance(20) ? 10 : 80;
  std::vector<Row> rows;
  for (int person = 0; person < plan_.people; ++person) {
    Row row = people_.plain_profile(to_millis(arrivals_->now()));
    row.key = people_.key_of(static_cast<uint64_t>(person));
    row.timed = false;
    const auto known = known_.oracle.people().find(row.key);
    const bool member = known != known_.oracle.people().end() && known->second.member_of(audience);
    if (!random_.chance(50)) row.values.clear();
    if (random_.chance(member ? keep : 10)) rows.push_back(std::move(row));
    if (random_.chance(plan_.unreadable_percent)) rows.emplace_back().type = RowType::kUnreadable;
  }
  return rows;
}

KnownFile Run::new_file() {
  KnownFile file;
  file.at = arrivals_->now();
  file.snapshot = random_.chance(50);
  file.csv = random_.chance(40);
  if (file.snapshot || random_.chance(50))
    file.audience = fmt::format("audience{}", random_.below(static_cast<uint64_t>(plan_.audiences)));
  file.rows = file.snapshot ? snapshot_rows(file.audience) : file_rows(file.csv || random_.chance(30));
  return file;
}

void Run::import() {
  if (down_) return;
  // Nothing else happens in the moment that it is as of.
  advance(Millis{1});
  if (down_ || failed()) return;
  const bool repeats = !importing() && !known_.imports.empty() && random_.chance(15);
  const KnownFile file = repeats ? known_.imports[random_.below(known_.imports.size())] : new_file();
  if (arrivals_->now() - file.at > Millis{kRepeatedWithin}) return;
  if (!file.rows.empty()) begin_import(file);
  advance(Millis{1});
}

// A snapshot that has been taken already is news again after another import of its audience.
bool Run::has_to_be_taken(const KnownFile& file) const {
  if (!file.snapshot || importing()) return false;
  const auto last = std::find_if(known_.imports.rbegin(), known_.imports.rend(),
                                 [&](const KnownFile& known) { return known.audience == file.audience; });
  return last == known_.imports.rend() || last->text() != file.text();
}

void Run::begin_import(const KnownFile& file) {
  File begun;
  begun.csv = file.csv, begun.snapshot = file.snapshot, begun.audience = file.audience;
  begun.rows = file.rows;
  const Result<std::string> stored = store_file(file);
  if (!stored) return fail("the file is not taken: " + stored.error().text());
  begun.path = *stored;
  sources::ImportOptions options;
  options.path = begun.path;
  options.format = file.csv ? sources::RowFormat::kCsv : sources::RowFormat::kNdjson;
  options.audience = file.audience;
  options.snapshot = file.snapshot;
  options.again = random_.chance(50);
  const Time now = arrivals_->now();
  if (random_.chance(15)) options.as_of = now - Millis{static_cast<int64_t>(random_.below(900'000))};
  begun.as_of = to_millis(options.as_of.value_or(now));
  for (Row& row : begun.rows) {
    if (!row.timed) row.at = begun.as_of;
    if (row.type == RowType::kProfile) begun.keys.insert(row.key);
  }
  const auto print = sources::fingerprint(begun.path);
  if (!print) return fail("the file cannot be read: " + print.error().text());
  trace_.mix(file.text());
  trace_.event(now_,
               fmt::format("import {} rows{}{}{}", begun.rows.size(), file.snapshot ? ", a snapshot" : "",
                           file.csv ? ", CSV" : "", options.as_of ? ", as of earlier" : ""));
  const bool has_to = has_to_be_taken(file);
  const size_t known = store_->imports.all().size();
  const bool accepted = transact([&](exports::Jobs&) -> Result<void> {
    begun.number = TRY(importer_->begin(options, *print));
    return {};
  });
  if (!accepted && has_to && !down_)
    fail("a snapshot is refused although another import of its audience came in between");
  if (!accepted) return;
  outcome_.rows += begun.rows.size();
  if (!down_ && store_->imports.all().size() == known) return;  // one that has begun already
  known_.imports.push_back(file);
  known_.files.push_back(std::move(begun));
}

bool Run::import_step() {
  if (!importing() || down_ || failed()) return false;
  bool worked = false;
  transact([&](exports::Jobs&) -> Result<void> {
    worked = TRY(importer_->step());
    return {};
  });
  if (down_) return false;
  follow();
  if (!importing())
    sources::UploadFolder(*store_).tidy(sources::upload_imports(store_->imports.all()), wall());
  return worked;
}

void Run::release_imports() {
  for (const File& file : known_.files) {
    const auto row = store_->imports.get(file.number);
    if (row && row->state == store::ImportState::kHeld && !row->released)
      transact([&](exports::Jobs&) { return importer_->release(file.number); });
    if (down_ || failed()) return;
  }
}

}  // namespace pinrelay::simulation
