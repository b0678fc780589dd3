#include "config/job_text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/keys.h"

namespace pinrelay::config {
namespace {

TEST(JobText, has_a_row_for_every_key_of_a_job_and_no_other) {
  const std::string_view begins = "jobs[].";
  size_t keys_of_jobs = 0;
  for (const Key& key : keys()) {
    if (!key.path.starts_with(begins)) continue;
    ++keys_of_jobs;
    const bool group = key.kind == Kind::kGroup || key.kind == Kind::kOption;
    EXPECT_EQ(std::ranges::count_if(job_texts(),
                                    [&](const JobText& row) {
                                      return row.key == key.path.substr(begins.size()) &&
                                             row.only_type == key.only_type && (row.text == nullptr) == group;
                                    }),
              1)
        << key.path;
  }
  EXPECT_EQ(job_texts().size(), keys_of_jobs);
}

// Text with everything in it that YAML could trip over.
constexpr const char* kOdd = "a: \"b\" # c' \\ {x}, [y] \xc3\xa4 - ? | > %@`";

JobSettings read_back(const std::string& yaml) {
  const Loaded loaded = load_config(yaml, "/");
  EXPECT_TRUE(loaded.problems.empty()) << describe("it", loaded.problems) << yaml;
  return loaded.config.jobs.empty() ? JobSettings{} : loaded.config.jobs[0];
}

TEST(JobText, a_file_that_was_written_reads_back_as_the_same_settings) {
  const Authorization authorization{.name = "acme"};
  JobSettings lists;
  lists.name = lists.label = "on";  // a word of YAML's
  lists.authorization = "acme";
  lists.audience = "Readers";
  lists.ad_account = "007";
  lists.email_field = "email";
  EXPECT_TRUE(job_differences(lists, read_back(job_yaml(lists, authorization))).empty());
  lists.label = lists.description = lists.audience = lists.email_field = lists.sha256_email_field = kOdd;
  lists.list = ExistingList{"123", ListType::kEmail, true};
  lists.list_prefix = "12";
  lists.create_audience = false;
  lists.consent_field = "true";
  lists.flush_after = Millis{90'000};
  lists.flush_users = 7;
  lists.records_per_request = 11;
  lists.settle_after_unknown = Millis{250};
  lists.settle_after_success = Millis{3'600'000};
  lists.brake = {false, 3, 4};
  lists.reassert_weekly = true;
  EXPECT_TRUE(job_differences(lists, read_back(job_yaml(lists, authorization))).empty());
  lists.list_prefix = "";  // not the default
  EXPECT_TRUE(job_differences(lists, read_back(job_yaml(lists, authorization))).empty());
  lists.email_field = lists.sha256_email_field = "";
  lists.mobile_id_field = "~";
  lists.maid_case = MaidCase::kUpper;
  lists.list->type = ListType::kMaid;
  EXPECT_TRUE(job_differences(lists, read_back(job_yaml(lists, authorization))).empty());

  JobSettings events;
  events.type = JobType::kConversionsExport;
  events.name = events.label = "orders";
  events.authorization = "shop";
  events.audience = "Buyers";
  events.ad_account = "5";
  events.conversions.identifiers = {{"e-mail", "em"}, {kOdd, "ph"}};
  events.conversions.event = {
      {"order", "event_id"}, {"at", "event_time"}, {"name", "event_name"}, {"source", "action_source"}};
  const Authorization token{
      .name = "shop", .method = Method::kConversionToken, .token = {"/secrets/a b", ""}, .ad_account = "5"};
  EXPECT_TRUE(job_differences(events, read_back(job_yaml(events, token))).empty());
  events.conversions.details = {{"total", "value", {"revenue", kOdd}, "0"},
                                {"cur", "currency", {}, "EUR"},
                                {"lang", "language", {"locale"}},
                                {"", "app_info.os", {}, "yes: no"},
                                {"to", "content_name"}};
  events.conversions.action_source_default = "web";
  events.conversions.event_name_default = "checkout";
  events.conversions.partner_name_default = "ss-x";
  events.conversions.existing_users = events.conversions.test_mode = true;
  events.conversions.membership_events = MembershipEvents::kExits;
  events.conversions.on_event_time_unparsable = UnparsableTime::kNow;
  events.conversions.event_max_age = Millis{3 * 86'400'000LL};
  events.conversions.date_order = DateOrder::kMonthFirst;
  events.conversions.time_zone = "Europe/Berlin";
  events.conversions.default_country = "NO";  // not a no
  events.conversions.content_ids_separator = ";";
  EXPECT_TRUE(job_differences(events, read_back(job_yaml(events, token))).empty());
}

TEST(JobText, a_difference_names_the_key_and_both_values) {
  JobSettings one, other;
  other.flush_after = Millis{3'600'000};
  other.consent_field = "optin";
  const auto differences = job_differences(one, other);
  ASSERT_EQ(differences.size(), 2u);
  EXPECT_EQ(differences[0].key, "consent_field");
  EXPECT_EQ(differences[0].file, "");
  EXPECT_EQ(differences[1].key, "flush.after");
  EXPECT_EQ(differences[1].file, "5m");
  EXPECT_EQ(differences[1].running, "1h");
}

}  // namespace
}  // namespace pinrelay::config
