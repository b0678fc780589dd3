// Snapshots with rows that cannot be read: nobody leaves because of that.
#include <fmt/format.h>

#include <fstream>

#include "scenario.h"
#include "sources/importer.h"

namespace pinrelay::scenarios {
namespace {

using store::ImportRow;
using store::ImportState;

class UnreadableRows : public Scenario {
 protected:
  // The audience holds 1 … 10 as of the first file.
  void day_one() {
    settle();
    std::string text = "id,email,name\n";
    for (int i = 1; i <= 10; ++i) text += line(i);
    EXPECT_EQ(import(text).state, ImportState::kDone);
    EXPECT_EQ(size(), 10);
    advance(minutes{60});
  }
  static std::string line(int i, const std::string& name = "Person") {
    return fmt::format("{},p{}@example.org,{}\n", i, i, name);
  }
  // Ten people, some of them in other words.
  static std::string day_two(const std::map<int, std::string>& lines) {
    std::string text = "id,email,name\n";
    for (int i = 1; i <= 10; ++i) text += lines.contains(i) ? lines.at(i) : line(i);
    return text;
  }
  ImportRow import(const std::string& text, sources::ImportOptions options = {}) {
    return work(begin(text, std::move(options)).value());
  }
  Result<int64_t> begin(const std::string& text, sources::ImportOptions options = {}) {
    const std::string path = fmt::format("{}/people{}.csv", store_->directory(), ++files_);
    std::ofstream(path, std::ios::binary) << text;
    options.take(
        {.path = path, .encoding = options.encoding, .key_column = "id"},
        TRY(sources::decide_shape({.path = path, .encoding = options.encoding, .key_column = "id"})));
    if (!options.as_of) options.as_of = now();
    options.audience = "Readers";
    options.snapshot = true;
    return again(options);
  }
  Result<int64_t> again(const sources::ImportOptions& options) {
    if (!importer_) importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_);
    int64_t number = 0;
    last_ = options;
    TRY(engine_->transact([&]() -> Result<void> {
      number = TRY(importer_->begin(options, TRY(sources::fingerprint(options.path))));
      return {};
    }));
    return number;
  }
  ImportRow work(int64_t number) {
    for (bool more = true; more;)
      EXPECT_TRUE(engine_
                      ->transact([&]() -> Result<void> {
                        more = TRY(importer_->step());
                        return {};
                      })
                      .ok());
    settle();
    return *store_->imports.get(number);
  }
  bool does(Result<void> (sources::Importer::*verb)(int64_t), int64_t number) {
    return engine_->transact([&] { return (*importer_.*verb)(number); }).ok();
  }
  int64_t size() {
    store::AudienceNumber audience;
    return store_->catalog.find_audience("Readers", audience) ? store_->catalog.audiences()[audience].size
                                                              : 0;
  }

  std::unique_ptr<sources::Importer> importer_;
  sources::ImportOptions last_;
  int files_ = 0;
};

const std::string kNoKey = "\"5\"x,p5@example.org,Person\n";

TEST_F(UnreadableRows, a_file_in_another_encoding_is_refused_and_read_when_its_encoding_is_named) {
  day_one();
  const std::string text = day_two({{3, line(3,
                                             "Ren\xe9"
                                             "e")},
                                    {5, line(5, "Doe, Jim")},
                                    {7, line(7, "Jim \"JJ\" Doe")},
                                    {9, line(9, "Zo\xeb")}});
  EXPECT_EQ(begin(text).error().code, "other_encoding");
  EXPECT_EQ(size(), 10);
  const ImportRow row = import(text, {.encoding = "windows-1252"});
  EXPECT_EQ(row.state, ImportState::kDone);
  EXPECT_EQ(row.rows, 8);
  EXPECT_EQ(row.bad_rows, 2);
  EXPECT_EQ(row.unreadable, 0);
  EXPECT_EQ(row.exits, 0);
  EXPECT_EQ(size(), 10);
}

TEST_F(UnreadableRows, a_damaged_cell_costs_its_value_and_nobody_s_membership) {
  day_one();
  const ImportRow row = import(day_two({{3, line(3,
                                                 "Ren\xc3\xa9"
                                                 "e")},
                                        {9, line(9, "Zo\xc3")}}));
  EXPECT_EQ(row.state, ImportState::kDone);
  EXPECT_EQ(row.bad_rows, 0);
  EXPECT_EQ(row.dropped, R"({"bad_utf8":1})");
  EXPECT_EQ(size(), 10);
}

TEST_F(UnreadableRows, a_bad_row_whose_key_can_be_read_makes_nobody_enter) {
  day_one();
  const ImportRow row = import(day_two({{5, line(5, "Doe, Jim")}, {6, line(60, "Doe, Jim")}}));
  EXPECT_EQ(row.state, ImportState::kDone);
  EXPECT_EQ(row.exits, 1);  // 6, who is in no row
  EXPECT_EQ(size(), 9);
  EXPECT_EQ(store_->profiles.people(), 10);
}

TEST_F(UnreadableRows, exits_are_held_as_soon_as_one_key_cannot_be_read_and_entries_go_ahead) {
  day_one();
  const ImportRow row = import(day_two({{5, kNoKey}, {6, line(60)}}));
  EXPECT_EQ(row.state, ImportState::kHeld);
  EXPECT_EQ(row.unreadable, 1);
  EXPECT_EQ(row.rows, 9);
  EXPECT_EQ(size(), 11);
}

TEST_F(UnreadableRows, held_exits_survive_a_restart_and_are_released_by_hand) {
  day_one();
  const int64_t number = import(day_two({{5, kNoKey}, {6, ""}})).number;
  importer_.reset();
  restart_process();
  importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_);
  EXPECT_EQ(work(number).state, ImportState::kHeld);
  EXPECT_EQ(size(), 10);
  EXPECT_TRUE(does(&sources::Importer::release, number));
  const ImportRow row = work(number);
  EXPECT_EQ(row.state, ImportState::kDone);
  EXPECT_EQ(row.exits, 2);
  EXPECT_FALSE(does(&sources::Importer::release, number));
}

TEST_F(UnreadableRows, held_exits_are_dropped_by_hand_and_the_file_can_be_imported_anew) {
  day_one();
  const std::string text = day_two({{5, kNoKey}, {6, ""}});
  const int64_t number = import(text).number;
  EXPECT_TRUE(does(&sources::Importer::discard, number));
  EXPECT_EQ(work(number).state, ImportState::kDiscarded);
  EXPECT_EQ(size(), 10);
  EXPECT_FALSE(does(&sources::Importer::release, number));
  EXPECT_NE(again(last_).value(), number);
}

TEST_F(UnreadableRows, a_later_complete_snapshot_supersedes_the_held_one) {
  day_one();
  const int64_t held = import(day_two({{5, kNoKey}, {6, ""}})).number;
  advance(minutes{60});
  const int64_t held_again = import(day_two({{5, kNoKey}, {7, ""}})).number;
  EXPECT_EQ(store_->imports.get(held)->state, ImportState::kHeld);
  advance(minutes{60});
  const ImportRow complete = import(day_two({{7, ""}, {8, ""}}));
  EXPECT_EQ(complete.exits, 2);
  for (const int64_t number : {held, held_again}) {
    EXPECT_EQ(store_->imports.get(number)->state, ImportState::kDiscarded);
    EXPECT_EQ(store_->imports.get(number)->superseded_by, complete.number);
  }
  EXPECT_EQ(size(), 8);
}

TEST_F(UnreadableRows, an_older_snapshot_that_comes_late_supersedes_nothing) {
  day_one();
  const int64_t held = import(day_two({{5, kNoKey}})).number;
  import(day_two({{ 7, "" }}), {.as_of = now() - minutes { 30 }});
  EXPECT_EQ(store_->imports.get(held)->state, ImportState::kHeld);
}

TEST_F(UnreadableRows, who_allows_some_unreadable_rows_has_the_exits_and_an_entry_in_the_audit_log) {
  day_one();
  EXPECT_EQ(import(day_two({{4, kNoKey}, {5, kNoKey}, {6, ""}}), {.unreadable_allowed = 1}).state,
            ImportState::kHeld);
  // The same file again, with more allowed.
  last_.unreadable_allowed = 2;
  const ImportRow row = work(again(last_).value());
  EXPECT_EQ(row.state, ImportState::kDone);
  EXPECT_EQ(row.exits, 3);
  std::string seen;
  store_->audit.each(0, [&](const store::AuditRow& entry) {
    seen = entry.action + " " + entry.object + " " + entry.detail;
    return false;
  });
  EXPECT_EQ(seen, fmt::format("import release {} unreadable=2 allow-unreadable=2", row.number));
}

TEST_F(UnreadableRows, a_small_snapshot_is_held_though_unreadable_rows_are_allowed) {
  day_one();
  EXPECT_EQ(import("id,email,name\n" + kNoKey + line(1), {.unreadable_allowed = 5}).state,
            ImportState::kHeld);
  EXPECT_EQ(size(), 10);
}

TEST_F(UnreadableRows, the_same_bytes_read_in_another_way_are_another_import) {
  settle();
  const ImportRow first = import("id;email\n1;a@example.org\n");
  EXPECT_EQ(first.rows, 1);
  EXPECT_EQ(again(last_).error().code, "already_imported");
  sources::ImportOptions other = last_;
  other.delimiter = ',';
  other.key_column = "id;email";
  EXPECT_NE(again(other).value(), first.number);
  other = last_;
  other.encoding = "windows-1252";
  EXPECT_NE(again(other).value(), first.number);
}

TEST_F(UnreadableRows, a_file_of_change_rows_without_a_readable_one_is_failed) {
  day_one();
  const std::string path = store_->directory() + "/rows.ndjson";
  std::ofstream(path) << "nonsense\nmore of it\n";
  const ImportRow row =
      work(again({.path = path, .audience = "Readers", .snapshot = true, .as_of = now()}).value());
  EXPECT_EQ(row.state, ImportState::kFailed);
  EXPECT_NE(row.error.find("no row that can be read"), std::string::npos) << row.error;
  EXPECT_EQ(size(), 10);
  EXPECT_NE(again(last_).value(), row.number);
}

TEST_F(UnreadableRows, explicit_exits_and_erasures_of_a_held_snapshot_pass) {
  day_one();
  const std::string path = store_->directory() + "/rows.ndjson";
  std::ofstream file(path);
  for (int i = 3; i <= 10; ++i) file << fmt::format("{{\"type\":\"profile\",\"key\":{}}}\n", i);
  file << "{\"type\":\"exit\",\"key\":\"9\",\"audience\":\"Readers\"}\n{\"type\":\"delete\",\"key\":10}\n{"
          "torn";
  file.close();
  const ImportRow row =
      work(again({.path = path, .audience = "Readers", .snapshot = true, .as_of = now()}).value());
  EXPECT_EQ(row.state, ImportState::kHeld);
  EXPECT_EQ(row.unreadable, 1);
  EXPECT_EQ(size(), 8);
}

}  // namespace
}  // namespace pinrelay::scenarios
