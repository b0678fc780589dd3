#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

struct RecordViews : CommandTest {
  std::map<std::string, std::string> reasons(const std::vector<std::string>& more = {}) {
    std::vector<std::string> argv{"job", "records", "readers"};
    argv.insert(argv.end(), more.begin(), more.end());
    std::map<std::string, std::string> found;
    const Json answer = json(argv);
    for (const Json& record : answer["records"]) found[record["person"]] = record["reason"];
    return found;
  }
};

using Reasons = std::map<std::string, std::string>;

TEST_F(RecordViews, everybody_who_is_not_sent_has_a_reason) {
  member("a", "a@example.org");
  member("bad", "nowhere");
  member("empty", "");
  start_readers();
  EXPECT_EQ(reasons(), (Reasons{{"b***", "invalid_email"}, {"e***", "missing_identifier"}}));
  EXPECT_EQ(reasons({"--reason", "invalid_email"}), (Reasons{{"b***", "invalid_email"}}));
}

TEST_F(RecordViews, who_has_not_consented_is_told_apart) {
  member("a", "a@example.org");
  start_readers("    consent_field: optin\n");
  EXPECT_EQ(reasons(), (Reasons{{"a***", "no_consent"}}));
}

TEST_F(RecordViews, a_refused_record_names_its_identifier_and_request) {
  member("a", "a@example.org");
  pinterest_.answer = [](const http::Request& request) {
    const bool writes = request.method == "POST";
    return writes ? std::pair{400, std::string(R"({"code":1,"message":"Invalid request"})")}
                  : std::pair{200, ok_answer(request)};
  };
  start_readers();
  const Json records = json({"job", "records", "readers"})["records"];
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0]["reason"], "rejected_by_pinterest");
  EXPECT_EQ(records[0]["outcome"], "rejected");
  Sha256 sha;
  EXPECT_EQ(records[0]["identifier"], to_hex(ByteView(sha.hash("a@example.org")).first(4)) + "…");
  EXPECT_TRUE(records[0]["request"].is_number());
}

TEST_F(RecordViews, who_came_and_went_before_a_flush_is_omitted_without_change) {
  start_readers();
  member("a", "a@example.org");
  work();
  rows({{store::ChangeType::kExit, 0, "a", "Readers"}});
  work();
  EXPECT_EQ(reasons(), (Reasons{{"a***", "no_change"}}));
}

TEST_F(RecordViews, who_leaves_an_address_that_another_member_has_is_omitted_as_shared) {
  member("a", "both@example.org");
  member("b", "both@example.org");
  start_readers();
  rows({{store::ChangeType::kExit, 0, "a", "Readers"}});
  work();
  EXPECT_EQ(reasons(), (Reasons{{"a***", "shared_identifier"}}));
}

TEST_F(RecordViews, keys_and_values_stay_masked) {
  rows({{store::ChangeType::kProfile,
         0,
         "jane.doe@example.org",
         {},
         {},
         {{"email", "not-an-address-of-jane"}}},
        {store::ChangeType::kEnter, 0, "jane.doe@example.org", "Readers"}});
  start_readers();
  const Output output = said({"job", "records", "readers"});
  EXPECT_EQ(output.json["records"][0]["person"], "j***@e***.org");
  for (const char* secret : {"jane", "example.org"}) {
    EXPECT_EQ(output.text.find(secret), std::string::npos);
    EXPECT_EQ(output.json.dump().find(secret), std::string::npos);
  }
}

TEST_F(RecordViews, the_shown_id_finds_the_person_again) {
  member("bad", "nowhere");
  start_readers();
  const std::string id = json({"job", "records", "readers"})["records"][0]["profile_id"];
  EXPECT_EQ(json({"job", "why", id})["jobs"][0]["reason"], "invalid_email");
  EXPECT_EQ(json({"profile", "show", id})["profile_id"], id);
}

TEST_F(RecordViews, a_limit_says_that_there_are_more) {
  for (int i = 0; i < 5; ++i) member("u" + std::to_string(i), "nowhere");
  start_readers();
  const Json some = json({"job", "records", "readers", "--limit", "4"});
  EXPECT_EQ(some["records"].size(), 4u);
  EXPECT_EQ(some["more"], true);
  const Json all = json({"job", "records", "readers", "--limit", "5"});
  EXPECT_EQ(all["records"].size(), 5u);
  EXPECT_EQ(all["more"], false);
}

// The engine waits while an answer is looked for: over many members it comes in parts.
TEST_F(RecordViews, a_search_over_many_is_cut_into_answers_and_misses_nobody) {
  constexpr uint32_t kMembers = 450'000;
  start_readers();
  const store::JobNumber job = engine_->jobs().find("readers")->row.number;
  Bytes keys;
  for (uint32_t i = 0; i < kMembers; ++i) {
    std::array<uint8_t, 16> key{};
    for (int byte = 0; byte < 4; ++byte) key[byte] = static_cast<uint8_t>(i >> (24 - 8 * byte));
    append(keys, key);
  }
  store::Owned owned;
  const auto filled = engine_->transact([&]() -> Result<void> {
    store_->owned.update(job, keys, [&](size_t i, std::optional<ByteView>, Bytes& record) {
      owned.reason = static_cast<uint8_t>(i == 7 || i == kMembers - 1 ? exports::Reason::kInvalidEmail
                                                                      : exports::Reason::kNoConsent);
      store::write_owned(owned, record);
      return store::Write::kPut;
    });
    return {};
  });
  ASSERT_TRUE(filled.ok());
  std::vector<std::string> found;
  std::string cursor;
  int answers = 0;
  do {
    std::vector<std::string> argv{"job", "records", "readers", "--reason", "invalid_email"};
    if (!cursor.empty()) argv.insert(argv.end(), {"--cursor", cursor});
    const Json answer = json(argv);
    for (const Json& record : answer["records"]) found.push_back(record["profile_id"]);
    EXPECT_EQ(answer.contains("reasons"), answers == 0) << "they are counted once";
    if (answers == 0) {
      EXPECT_EQ(answer["reasons_complete"], false);
    }
    EXPECT_EQ(answer["more"].get<bool>(), !answer["next_cursor"].is_null());
    cursor = answer["next_cursor"].is_null() ? "" : answer["next_cursor"].get<std::string>();
    ++answers;
  } while (!cursor.empty());
  EXPECT_EQ(found.size(), 2u);
  EXPECT_EQ(answers, 3);
}

TEST_F(RecordViews, outcome_and_person_narrow_the_list_and_reasons_are_counted_beside) {
  member("bad", "nowhere");
  member("empty", "");
  member("none", "");
  start_readers();
  member("came", "came@example.org");
  work();
  rows({{store::ChangeType::kExit, 0, "came", "Readers"}});
  work();
  EXPECT_EQ(reasons({"--outcome", "omitted"}), (Reasons{{"c***", "no_change"}}));
  EXPECT_EQ(reasons({"--outcome", "invalid"}).size(), 3u);
  EXPECT_EQ(reasons({"--outcome", "rejected"}), Reasons{});
  EXPECT_EQ(reasons({"--outcome", "omitted", "--reason", "invalid_email"}), Reasons{});
  EXPECT_EQ(reasons({"--key", "bad"}), (Reasons{{"b***", "invalid_email"}}));
  EXPECT_EQ(reasons({"--key", "came"}), (Reasons{{"c***", "no_change"}}));
  EXPECT_EQ(reasons({"--key", "bad", "--outcome", "omitted"}), Reasons{});
  const Json counted = json({"job", "records", "readers", "--outcome", "omitted", "--limit", "1"});
  EXPECT_EQ(counted["reasons_complete"], true);
  EXPECT_EQ(counted["reasons"],
            (Json{{{"reason", "missing_identifier"}, {"outcome", "invalid"}, {"count", 2}},
                  {{"reason", "invalid_email"}, {"outcome", "invalid"}, {"count", 1}},
                  {{"reason", "no_change"}, {"outcome", "omitted"}, {"count", 1}}}));
  EXPECT_EQ(json({"job", "records", "readers", "--key", "bad"})["reasons"],
            (Json{{{"reason", "invalid_email"}, {"outcome", "invalid"}, {"count", 1}}}));
}

TEST_F(RecordViews, refused_identifiers_are_found_by_person_and_counted) {
  member("a", "a@example.org");
  member("b", "b@example.org");
  pinterest_.answer = [](const http::Request& request) {
    const bool writes = request.method == "POST";
    return writes ? std::pair{400, std::string(R"({"code":1,"message":"Invalid request"})")}
                  : std::pair{200, ok_answer(request)};
  };
  start_readers();
  EXPECT_EQ(reasons({"--key", "b"}), (Reasons{{"b***", "rejected_by_pinterest"}}));
  EXPECT_EQ(reasons({"--key", "b", "--outcome", "invalid"}), Reasons{});
  const Json all = json({"job", "records", "readers"});
  EXPECT_EQ(all["records"].size(), 2u);
  EXPECT_EQ(all["reasons"],
            (Json{{{"reason", "rejected_by_pinterest"}, {"outcome", "rejected"}, {"count", 2}}}));
}

TEST_F(RecordViews, csv_pages_behind_each_other_are_the_whole_table) {
  for (int i = 0; i < 5; ++i) member("u" + std::to_string(i), "nowhere");
  member("=SUM(A1)", "nowhere");
  start_readers();
  const std::string whole = said({"job", "records", "readers", "--csv"}).text;
  EXPECT_EQ(std::ranges::count(whole, '\n'), 7);
  EXPECT_TRUE(whole.starts_with("profile_id,person,reason,outcome,"));
  EXPECT_NE(whole.find(",'="), std::string::npos) << "a formula is made a text";
  std::string pages, cursor;
  do {
    std::vector<std::string> argv{"job", "records", "readers", "--csv", "--limit", "2"};
    if (!cursor.empty()) argv.insert(argv.end(), {"--cursor", cursor});
    const Output page = said(argv);
    pages += page.text;
    cursor = page.json["next_cursor"].is_null() ? "" : page.json["next_cursor"].get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(pages, whole);
}

TEST_F(RecordViews, wrong_options_are_explained) {
  start_readers();
  EXPECT_EQ(fails({"job", "records", "readers", "--reason", "because"}), "usage");
  EXPECT_EQ(fails({"job", "records", "readers", "--outcome", "because"}), "usage");
  EXPECT_EQ(fails({"job", "records", "readers", "--key", "nobody"}), "no_profile");
  EXPECT_EQ(fails({"job", "records", "readers", "--limit", "0"}), "usage");
  EXPECT_EQ(fails({"job", "records", "readers", "--limit", "10x"}), "usage");
  EXPECT_EQ(fails({"job", "records", "nobody"}), "no_job");
}

TEST_F(RecordViews, requests_are_listed_newest_first) {
  member("a", "a@example.org");
  start_readers();
  const Json requests = json({"job", "requests", "readers", "--limit", "10"})["requests"];
  ASSERT_GE(requests.size(), 2u);
  EXPECT_GT(requests[0]["number"], requests[1]["number"]);
  const auto create = std::find_if(requests.begin(), requests.end(),
                                   [](const Json& r) { return r["what"] == "create list"; });
  ASSERT_NE(create, requests.end());
  EXPECT_EQ((*create)["records"], 1);
  EXPECT_EQ((*create)["status"], 200);
  EXPECT_EQ((*create)["verdict"], "done");
  EXPECT_EQ((*create)["pinterest_request_id"], "rid-1");
  EXPECT_EQ(json({"job", "requests", "readers", "--limit", "1"})["requests"].size(), 1u);
}

}  // namespace
}  // namespace pinrelay::cli
