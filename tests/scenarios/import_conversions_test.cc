// Files make the same conversions as HTTP, and what belongs together stays so however it is cut.
#include "imports.h"

namespace pinrelay::scenarios {
namespace {

using exports::Reason;

class ImportConversions : public ImportScenario {
 protected:
  uint64_t effective() { return world_.conversions().total().effective; }
  void pause(const std::string& name = "orders") {
    verb(name, [](exports::Jobs& jobs, exports::Job& job) { return jobs.pause(job); });
  }
  void resume(const std::string& name = "orders") {
    verb(name, [](exports::Jobs& jobs, exports::Job& job) { return jobs.resume(job); });
    settle();
  }
  // A job with a detail, so that the bytes tell what was known of the person.
  config::JobSettings with_city(const std::string& name = "orders") const {
    config::JobSettings settings = conversion_settings(name);
    settings.conversions.identifiers.push_back({"city", "ct"});
    return settings;
  }
};

TEST_F(ImportConversions, who_enters_by_a_file_becomes_a_conversion) {
  start(conversion_settings());
  write(buyer(1, "o1") + buyer(2, "o2"));
  import(false, "Buyers");
  settle();
  EXPECT_NE(conversion("o1"), nullptr);
  EXPECT_NE(conversion("o2"), nullptr);
  EXPECT_EQ(total("orders").added, 2);
}

TEST_F(ImportConversions, who_is_deleted_by_a_file_is_sent_nowhere_any_more) {
  start(conversion_settings());
  pause();
  buys(1, "o1");
  settle();
  advance(minutes{1});
  write(deletes(1));
  import(false, "");
  resume();
  EXPECT_EQ(effective(), 0U);
  EXPECT_EQ(reason_count(Reason::kSuppressed, "orders"), 1);
}

TEST_F(ImportConversions, who_is_not_in_a_snapshot_any_more_becomes_an_exit_conversion) {
  for (int i = 0; i < 10; ++i) buys(i, fmt::format("o{}", i));
  config::JobSettings settings = conversion_settings();
  settings.conversions.membership_events = config::MembershipEvents::kExits;
  options_.freeze_bytes = 1;
  start(settings);
  advance(minutes{1});
  std::string rows;
  for (int i = 0; i < 5; ++i) rows += profile(fmt::format("u{}", i));
  write(rows);
  EXPECT_EQ(import(true, "Buyers").exits, 5);
  settle();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(conversion(fmt::format("o{}", i)) != nullptr, i >= 5) << i;
}

TEST_F(ImportConversions, an_enter_has_the_values_of_the_profile_rows_behind_it_in_its_request) {
  start(with_city());
  send(enters(1) + buyer(1, "o1"));
  send(buyer(2, "o2") + enters(2));
  settle();
  EXPECT_NE(conversion("o1"), nullptr);
  EXPECT_NE(conversion("o2"), nullptr);
  EXPECT_EQ(total("orders").added, 2);
}

TEST_F(ImportConversions, two_requests_stay_apart_although_they_are_read_in_one_page) {
  start(conversion_settings());
  send(buyer(1, "first") + enters(1));
  send(buyer(1, "second"));
  settle();
  EXPECT_NE(conversion("first"), nullptr);
  EXPECT_EQ(conversion("second"), nullptr);
}

TEST_F(ImportConversions, only_rows_of_the_same_time_that_are_applied_and_no_later_edge_count) {
  start(conversion_settings());
  const std::string once = at(now()), later = at(now() + seconds{1}), earlier = at(now() - seconds{1});
  send(buyer(1, "a1") + enters(1, once) + buyer(1, "a2", later));
  send(buyer(2, "b1", later) + enters(2, once) + buyer(2, "b2", once));  // older than what is known
  send(buyer(3, "c1", ",\"id\":\"r\"") + enters(3) + buyer(3, "c2", ",\"id\":\"r\""));  // repeated
  send(buyer(4, "d1") + enters(4) + buyer(4, "d2", earlier));
  send(buyer(5, "e1") + enters(5) + enters(5) + buyer(5, "e2"));
  send(enters(6, once) + buyer(6, "f1", once) + buyer(6, "f2", once));
  const auto u7 = [](const char* name, const std::string& value, const std::string& when) {
    return fmt::format(R"({{"type":"profile","key":"u7","fields":{{"{}":"{}"}}{}}})"
                       "\n",
                       name, value, when);
  };
  send(u7("order", "g1", earlier) + enters(7, once) + u7("order", "g2", later) +
       u7("email", address(7), once));
  settle();
  for (const char* order : {"a1", "b1", "c1", "d1", "e1", "f2", "g1"})
    EXPECT_NE(conversion(order), nullptr) << order;
  for (const char* order : {"a2", "b2", "c2", "d2", "e2", "f1", "g2"})
    EXPECT_EQ(conversion(order), nullptr) << order;
}

TEST_F(ImportConversions, lines_of_one_key_are_a_request_and_no_page_ends_between_them) {
  start(conversion_settings());
  page_bytes_ = 1;
  write(enters(1) + buyer(1, "o1") + enters(2) + buyer(1, "late") + buyer(2, "apart"));
  import(false, "");
  settle();
  EXPECT_NE(conversion("o1"), nullptr);
  EXPECT_EQ(conversion("late"), nullptr);
  EXPECT_EQ(conversion("apart"), nullptr);
}

TEST_F(ImportConversions, a_row_in_the_future_of_as_of_is_good_when_it_is_past) {
  buys(1, "o1");
  settle();
  advance(hours{3});
  write(profile("u1", at(now() - hours{1})));
  importer_.reset();
  const store::ImportRow row =
      work(begin({.path = "", .audience = "Buyers", .snapshot = true, .as_of = now() - hours{2}}));
  EXPECT_EQ(row.bad_rows, 0);
  EXPECT_EQ(audience_size("Buyers"), 1);
}

// January's file again, after a return in February.
TEST_F(ImportConversions, the_same_delete_again_spares_who_has_come_back) {
  start(conversion_settings());
  send(buyer(1, "o1") + enters(1));
  settle();
  advance(minutes{1});
  const std::string january = buyer(1, "o1", at(kNoon)) + deletes(1, at(now()));
  write(january);
  import(false, "");
  EXPECT_EQ(store_->profiles.people(), 0);
  advance(hours{24 * 8}, hours{24});
  send(buyer(1, "o2") + enters(1));
  settle();
  EXPECT_EQ(effective(), 2U);
  importer_.reset();
  work(begin({.path = "", .audience = "", .as_of = {}, .again = true}));
  settle();
  EXPECT_EQ(audience_size("Buyers"), 1);
  EXPECT_EQ(effective(), 2U);
}

TEST_F(ImportConversions, a_delete_erases_rows_of_a_clock_that_is_ahead) {
  start(conversion_settings());
  pause();
  const std::string rows = buyer(1, "o1", at(now() + minutes{4})) + enters(1, at(now() + minutes{4}));
  send(rows);
  settle();
  send(deletes(1));
  settle();
  EXPECT_EQ(store_->profiles.people(), 0);
  send(rows);  // repeated
  settle();
  EXPECT_EQ(store_->profiles.people(), 0);
  resume();
  EXPECT_EQ(effective(), 0U);
  advance(minutes{5});
  send(buyer(1, "o2") + enters(1));
  settle();
  EXPECT_EQ(effective(), 1U);
}

TEST_F(ImportConversions, a_person_can_be_made_anew_in_one_request) {
  start(conversion_settings());
  send(buyer(1, "o1") + enters(1));
  settle();
  advance(minutes{1});
  send(deletes(1) + buyer(1, "o2") + enters(1));
  settle();
  EXPECT_EQ(effective(), 2U);
  EXPECT_EQ(audience_size("Buyers"), 1);
}

TEST_F(ImportConversions, the_same_file_counts_again_once_another_one_of_its_audience_was_in_between) {
  settle();
  const auto begin_again = [&] {
    return try_begin({.path = "", .audience = "Buyers", .snapshot = true, .as_of = {}});
  };
  const std::string monday = profile("u1") + profile("u2"), tuesday = profile("u2") + profile("u3");
  write(monday);
  import(true, "Buyers");
  advance(hours{1}, minutes{30});
  const auto refused = begin_again();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "already_imported");
  write(tuesday);
  import(true, "Buyers");
  write("no row\n");
  work(begin(true, "Others"));
  write(monday);
  advance(hours{1}, minutes{30});
  import(true, "Buyers");
  EXPECT_EQ(audience_size("Buyers"), 2);
  send(enters(9));
  settle();
  EXPECT_FALSE(begin_again().ok()) << "rows over HTTP are not another file";
}

TEST_F(ImportConversions, a_backup_from_the_middle_of_a_file_goes_on_at_the_row_and_sends_everybody_once) {
  options_.freeze_bytes = 1;  // a row a step
  start(conversion_settings());
  std::string rows;
  for (int i = 0; i < 10; ++i) rows += buyer(i, fmt::format("o{}", i));
  write(rows);
  const int64_t number = begin(false, "Buyers");
  while (audience_size("Buyers") < 4) ASSERT_TRUE(step());
  ASSERT_LT(audience_size("Buyers"), 10);
  backup();
  work(number);
  settle();
  ASSERT_EQ(effective(), 10U);
  importer_.reset();
  restore();
  write(rows);
  importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_, page_bytes_);
  ASSERT_LT(audience_size("Buyers"), 10);
  resume();
  EXPECT_EQ(work(number).state, store::ImportState::kDone);
  settle();
  EXPECT_EQ(audience_size("Buyers"), 10);
  EXPECT_EQ(total("orders").added, 10);
  EXPECT_EQ(effective(), 10U) << "Pinterest recognises those that are sent again";
}

TEST_F(ImportConversions, an_import_that_failed_never_counts) {
  settle();
  write(profile("u1"));
  const int64_t number = begin(true, "Buyers");
  write(profile("u2"));
  EXPECT_EQ(work(number).state, store::ImportState::kFailed);
  write(profile("u1"));
  import(true, "Buyers");
  EXPECT_EQ(audience_size("Buyers"), 1);
}

TEST_F(ImportConversions, what_http_would_refuse_a_file_cannot_say_either) {
  settle();
  write(profile("u1"));
  const auto code = [&](const sources::ImportOptions& options) { return try_begin(options).error().code; };
  const auto future = now() + minutes{5} + Millis{1};
  EXPECT_EQ(code({.path = "", .audience = "Buyers", .as_of = future}), "at_in_future");
  EXPECT_EQ(code({.path = "", .audience = std::string(129, 'a'), .as_of = {}}), "too_long");
  EXPECT_EQ(code({.path = "", .audience = "\xff", .as_of = {}}), "bad_utf8");
  EXPECT_TRUE(try_begin({.path = "", .audience = "Buyers", .as_of = now() + minutes{5}}).ok());
}

// How rows come in, and where the work on them is cut.
struct Way {
  bool by_file = false;
  size_t page_bytes = 4 * 1024 * 1024, freeze_bytes = 12 * 1024 * 1024;
  bool kills = false;
};

// Two jobs of one account wait until everything is in; then each conversion is sent once, by whoever was
// first.
class Cut : public ImportConversions {
 public:
  explicit Cut(Way way) : way_(way) {
    options_.inbox_page_bytes = page_bytes_ = way.page_bytes;
    options_.freeze_bytes = way.freeze_bytes;
  }
  void TestBody() override {}
  // Order → digest of the bytes.
  std::map<std::string, std::string> conversions_of(const std::vector<std::string>& requests) {
    for (const char* name : {"orders", "twice"}) {
      start(with_city(name));
      pause(name);
    }
    if (way_.by_file) {
      std::string lines;
      for (const std::string& request : requests) lines += request;
      write(lines);
      begin(false, "");
    } else {
      for (const std::string& request : requests) send(request);
    }
    if (way_.kills) {
      commit_fate_ = [this] { return fate(); };
      reboot();
    }
    apply_all();
    commit_fate_ = {};
    reboot();
    EXPECT_TRUE(engine_
                    ->transact([&]() -> Result<void> {
                      TRY(engine_->jobs().resume(job("orders")));
                      return engine_->jobs().resume(job("twice"));
                    })
                    .ok());
    settle();
    std::map<std::string, std::string> found;
    for (const sim::Conversion& each : world_.conversions().all())
      found[std::string(each.event_id)] = to_hex(each.bytes);
    TearDown();
    return found;
  }

 private:
  // Every other commit, on either side of it.
  store::CommitFate fate() {
    ++commits_;
    if (commits_ % 2 == 1) return store::CommitFate::kProceed;
    return commits_ % 4 == 0 ? store::CommitFate::kCrashAfter : store::CommitFate::kCrashBefore;
  }
  void reboot() {
    importer_.reset();
    restart_process();
  }
  // A crash comes at the second commit of a process at the latest, so nothing but the input is worked on.
  void apply_all() {
    while (!all_applied() && !HasFatalFailure()) {
      if (way_.by_file ? import_step() : engine_->run_once().ok()) continue;
      ASSERT_TRUE(store_->crashed());
      reboot();
    }
  }
  bool all_applied() {
    if (way_.by_file) return store_->imports.get(1)->state == store::ImportState::kDone;
    return store_->inbox().read(store_->inbox_cursor(), 1)->last == 0;
  }
  bool import_step() {
    if (!importer_)
      importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_, page_bytes_);
    return engine_
        ->transact([&]() -> Result<void> {
          TRY(importer_->step());
          return {};
        })
        .ok();
  }

  const Way way_;
  int commits_ = 0;
};

// Runs of rows about one person each, never the same person twice in a row.
std::vector<std::string> random_requests(uint64_t seed) {
  SeededRandom random(seed);
  std::vector<std::string> requests;
  uint64_t key = 0;
  for (int run = 0; run < 60; ++run) {
    key = (key + 1 + random.below(6)) % 7;
    std::string& rows = requests.emplace_back();
    for (uint64_t i = 1 + random.below(6); i > 0; --i) {
      std::string more =
          random.chance(75) ? "" : fmt::format(R"(,"at":"2026-01-01T11:59:5{}Z")", random.below(3));
      if (random.chance(25)) more += fmt::format(R"(,"id":"r{}")", random.below(60));
      const uint64_t what = random.below(100);
      if (what < 45) {
        rows += fmt::format(
            R"({{"type":"profile","key":"u{}","fields":{{"email":"{}","order":"o{}","city":"c{}"}}{}}})"
            "\n",
            key, address(static_cast<int>(key)), random.below(100), random.below(5), more);
      } else if (what < 97) {
        rows += fmt::format(R"({{"type":"{}","key":"u{}","audience":"Buyers"{}}})"
                            "\n",
                            random.chance(50) ? "enter" : "exit", key, more);
      } else {
        rows += fmt::format(R"({{"type":"delete","key":"u{}"{}}})"
                            "\n",
                            key, more);
      }
    }
  }
  return requests;
}

TEST(ImportConversionsCut, the_same_rows_give_the_same_bytes_by_either_way_however_they_are_cut_and_killed) {
  constexpr struct {
    size_t page, freeze;
    bool kills;
  } kCuts[] = {
      {1, 1, false},         {700, 1'500, false},      {4'000'000, 1, false},   {4'000'000, 1'500, false},
      {1, 12'000'000, true}, {4'000'000, 3'000, true}, {500, 12'000'000, false}};
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto requests = random_requests(seed);
    const auto expected = Cut({}).conversions_of(requests);
    EXPECT_GT(expected.size(), 3U);
    for (const bool by_file : {false, true}) {
      for (const auto& [page, freeze, kills] : kCuts) {
        SCOPED_TRACE(testing::Message() << "by file " << by_file << ", page " << page << ", freeze " << freeze
                                        << ", kills " << kills);
        ASSERT_EQ(Cut({by_file, page, freeze, kills}).conversions_of(requests), expected);
      }
    }
  }
}

}  // namespace
}  // namespace pinrelay::scenarios
