#include "sources/input_limits.h"

#include <gtest/gtest.h>

#include "sources/change_rows.h"
#include "sources/csv_rows.h"
#include "sources/sender_pace.h"

namespace pinrelay::sources {
namespace {

class InputLimitsTest : public testing::Test {
 protected:
  // The codes of what was left out, each with the name it was about.
  static std::vector<std::string> codes(const std::vector<RowError>& errors) {
    std::vector<std::string> out;
    for (const RowError& error : errors) out.push_back(error.code);
    return out;
  }
  ParsedRows send(const std::string& rows, const std::string& sender = "site") {
    changes_.clear();
    return parse_change_rows(rows, clock_.now(), 1, changes_, RowNames(&limits_, sender));
  }
  std::vector<std::string> fields_sent() const {
    std::vector<std::string> names;
    store::ChangeReader reader(changes_);
    for (store::ChangeView change; reader.next(change);)
      change.for_each_field([&](const store::FieldView& field) { names.emplace_back(field.name); });
    return names;
  }
  static std::string profile(const std::string& fields) {
    return R"({"type":"profile","key":"u1","fields":{)" + fields + "}}\n";
  }

  FakeClock clock_{from_millis(1'800'000'000'000)};
  InputLimits limits_{{.fields = 6, .audiences = 2, .values = 3, .names_a_day = 2}, clock_};
  Bytes changes_;
};

TEST_F(InputLimitsTest, a_field_that_is_one_too_many_costs_its_value_and_not_the_row) {
  const ParsedRows parsed = send(profile(R"("a":1,"b":2,"c":3)"));
  EXPECT_EQ(parsed.accepted, 1u);
  EXPECT_EQ(codes(parsed.dropped.listed), std::vector<std::string>{"field_limit"});
  EXPECT_EQ(fields_sent(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(InputLimitsTest, a_sender_makes_more_names_the_next_day_but_half_of_all_at_most) {
  send(profile(R"("a":1,"b":2)"));
  clock_.advance(Millis{24 * 3'600'000LL});
  EXPECT_EQ(send(profile(R"("c":3,"d":4)")).dropped.counts.total(), 1u);
  EXPECT_EQ(fields_sent(), std::vector<std::string>{"c"});
  EXPECT_EQ(limits_.uses().at("site").refused, 1u);
}

TEST_F(InputLimitsTest, senders_do_not_use_up_each_other_s_share) {
  send(profile(R"("a":1,"b":2)"), "greedy");
  send(profile(R"("c":1,"d":2)"), "site");
  EXPECT_EQ(fields_sent(), (std::vector<std::string>{"c", "d"}));
}

TEST_F(InputLimitsTest, what_the_store_knows_and_what_jobs_use_always_has_room) {
  limits_.set_known({.fields = {"1", "2", "3", "4", "5", "6", "7"},
                     .audiences = {"One", "Two", "Three"},
                     .reserved_fields = {"mapped"},
                     .reserved_audiences = {"Used"}});
  EXPECT_EQ(send(profile(R"("7":1,"mapped":2,"new":3)")).dropped.counts.total(), 1u);
  EXPECT_EQ(fields_sent(), (std::vector<std::string>{"7", "mapped"}));
  EXPECT_EQ(send(R"({"type":"enter","key":"u1","audience":"Used"})").accepted, 1u);
  EXPECT_EQ(send(R"({"type":"enter","key":"u1","audience":"Three"})").accepted, 1u);
}

TEST_F(InputLimitsTest, nobody_enters_an_audience_that_may_not_be_made) {
  const ParsedRows parsed = send(R"({"type":"enter","key":"u1","audience":"A"})"
                                 "\n"
                                 R"({"type":"enter","key":"u1","audience":"B"})"
                                 "\n");
  EXPECT_EQ(parsed.accepted, 1u);  // a sender has half of two
  EXPECT_EQ(codes(parsed.errors), std::vector<std::string>{"audience_limit"});
}

TEST_F(InputLimitsTest, a_bad_row_makes_no_name) {
  send(R"({"type":"enter","key":"u1","audience":"A","at":"yesterday"})");
  EXPECT_EQ(send(R"({"type":"enter","key":"u1","audience":"B"})").accepted, 1u);
}

TEST_F(InputLimitsTest, an_array_of_too_many_values_is_left_out) {
  const ParsedRows parsed = send(profile(R"("a":[1,2,3],"b":[1,2,3,4])"));
  EXPECT_EQ(codes(parsed.dropped.listed), std::vector<std::string>{"too_many_values"});
  EXPECT_EQ(fields_sent(), std::vector<std::string>{"a"});
}

TEST_F(InputLimitsTest, an_array_of_objects_that_has_no_room_is_left_out_whole) {
  limits_.set_known({.fields = {"1", "2", "3", "4", "5", "6", "items.sku"}});
  const ParsedRows parsed = send(profile(R"("1":1,"items":[{"sku":"s"}])"));
  EXPECT_EQ(codes(parsed.dropped.listed), std::vector<std::string>{"field_limit"});
  EXPECT_EQ(fields_sent(), std::vector<std::string>{"1"});
}

TEST_F(InputLimitsTest, a_person_at_the_machine_has_no_share_only_the_totals) {
  send(profile(R"("a":1,"b":2,"c":3,"d":4,"e":5)"), "");
  EXPECT_EQ(fields_sent().size(), 5u);
}

TEST_F(InputLimitsTest, what_a_trial_makes_does_not_last) {
  const auto trial = limits_.trial();
  EXPECT_TRUE(trial->admit(NameKind::kField, "a", "site"));
  EXPECT_TRUE(limits_.uses().empty());
  EXPECT_EQ(send(profile(R"("b":1,"c":2)")).dropped.counts.total(), 0u);
}

TEST_F(InputLimitsTest, a_cell_of_a_column_without_room_is_left_out_and_the_row_stays) {
  limits_.set_known({.fields = {"1", "2", "3", "4", "5"}});
  CsvRows rows{RowNames(&limits_)};
  CsvReader reader({.delimiter = ','});
  reader.feed("key,empty,six,seven\nu1,,6,7\n", true);
  ASSERT_EQ(reader.next(), CsvReader::Next::kRow);
  ASSERT_FALSE(rows.read_header(reader.row(), "key"));
  ASSERT_EQ(reader.next(), CsvReader::Next::kRow);
  store::ChangeWriter out(changes_);
  EXPECT_FALSE(rows.write(reader.row(), clock_.now(), out));
  EXPECT_EQ(fields_sent(), std::vector<std::string>{"six"});
  ASSERT_EQ(rows.dropped().size(), 1u);
  EXPECT_EQ(rows.dropped()[0].code, "field_limit");
}

TEST(SenderPace, who_has_sent_a_minute_s_worth_waits_for_what_is_too_much) {
  SenderPace pace(600);
  pace.note(Millis{0}, 599);
  EXPECT_EQ(pace.wait(Millis{0}), Millis{0});
  pace.note(Millis{0}, 301);  // 900 in all: half a minute's worth too much
  EXPECT_EQ(pace.wait(Millis{0}), Millis{30'000});
  EXPECT_EQ(pace.wait(Millis{30'000}), Millis{0});
}

TEST(SenderPace, a_pause_saves_up_no_more_than_a_minute) {
  SenderPace pace(600);
  pace.note(Millis{3'600'000}, 601);
  EXPECT_GT(pace.wait(Millis{3'600'000}), Millis{0});
}

}  // namespace
}  // namespace pinrelay::sources
