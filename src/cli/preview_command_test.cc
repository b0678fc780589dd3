#include "cli/cli_testing.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kOrders = R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Buyers
    ad_account: "1"
    consent_field: ads
    action_source_default: web
    event_name_default: checkout
    identifiers: [{email: em}, {phone: ph}]
    event: [{order: event_id}, {at: event_time}]
    details: [{total: value}]
)";

struct PreviewCommand : CommandTest {
  // The lines that rows become.
  std::vector<Json> lines(const std::string& rows) {
    write_file(folder_ / "rows.ndjson", rows);
    output_ = said({"preview", "orders", "--rows", "rows.ndjson", "--now", "2026-01-01T00:00:00Z", "--config",
                    configuration(kOrders)});
    std::vector<Json> out;
    std::istringstream text(output_.text);
    for (std::string line; std::getline(text, line);) out.push_back(Json::parse(line));
    return out;
  }
  Output output_;
};

TEST_F(PreviewCommand, shows_the_event_of_each_row_and_what_was_left_out) {
  const auto out = lines(
      R"({"type":"profile","key":"u1","fields":{"email":"jane.doe@example.com","phone":"12","order":"o1","total":7.5,"ads":true}})"
      "\n"
      R"({"type":"profile","key":"u2","fields":{"email":["a@example.org","b@example.org"],"order":4711,"at":1767223800,"ads":"yes"}})"
      "\n");
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0]["key"], "u1");
  EXPECT_EQ(out[0]["event"]["event_time"], 1767225600);
  EXPECT_EQ(out[0]["event"]["custom_data"]["value"], "7.5");
  EXPECT_EQ(out[0]["dropped"], Json::parse(R"([{"field":"phone","target":"ph","reason":"invalid_phone"}])"));
  EXPECT_EQ(out[1]["event"]["event_id"], "4711");
  EXPECT_EQ(out[1]["event"]["event_time"], 1767223800);
  EXPECT_EQ(out[1]["event"]["user_data"]["em"].size(), 2U);
  EXPECT_EQ(out[1]["dropped"], Json::array());
  EXPECT_EQ(output_.exit_code, 0);
}

TEST_F(PreviewCommand, says_why_there_is_no_event) {
  const auto out = lines(R"({"type":"profile","key":"u1","fields":{"email":"a@example.org","ads":true}})"
                         "\n"
                         R"({"type":"profile","key":"u2","fields":{"email":"a@example.org","order":"o1"}})"
                         "\n"
                         R"({"type":"enter","key":"u3","audience":"Buyers"})"
                         "\nnonsense\n");
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[0]["invalid"], "missing_event_id");
  EXPECT_EQ(out[1]["invalid"], "no_consent");
  EXPECT_EQ(out[2]["line"], 3);
  EXPECT_EQ(out[3]["line"], 4);
  EXPECT_EQ(output_.exit_code, 1);
  EXPECT_EQ(output_.json, Json::parse(R"({"events":0,"invalid":2,"bad_rows":2})"));
}

TEST_F(PreviewCommand, needs_a_job_that_sends_conversions) {
  const std::string config = configuration(std::string(kOrders) + (kReaders + 1));
  write_file(folder_ / "rows.ndjson", "");
  EXPECT_EQ(fails({"preview", "readers", "--rows", "rows.ndjson", "--config", config}), "no_conversions");
  EXPECT_EQ(fails({"preview", "nobody", "--rows", "rows.ndjson", "--config", config}), "no_such_job");
  EXPECT_EQ(fails({"preview", "orders", "--rows", "missing.ndjson", "--config", config}),
            "file_not_readable");
}

}  // namespace
}  // namespace pinrelay::cli
