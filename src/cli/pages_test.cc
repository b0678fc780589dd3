#include <set>

#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

struct Pages : CommandTest {
  // All entries of a list, page after page of `limit`, each by `key`; "twice" or "no end" where that is
  // wrong.
  std::vector<std::string> all(std::vector<std::string> argv, const char* list, const char* key, int limit) {
    argv.insert(argv.end(), {"--limit", std::to_string(limit)});
    std::vector<std::string> found, next = argv;
    for (int page = 0; page < 100; ++page) {
      const Output output = this->said(next);
      const Json& said = output.json;
      EXPECT_LE(said[list].size(), static_cast<size_t>(limit));
      for (const Json& entry : said[list]) found.push_back(entry[key].dump());
      if (said["next_cursor"].is_null()) return found;
      const auto cursor = said["next_cursor"].get<std::string>();
      if (const size_t at = output.text.find("--cursor "); at != std::string::npos) {
        const size_t begin = output.text.find_first_not_of("' ", at + 8);
        EXPECT_EQ(output.text.substr(begin, cursor.size()), cursor) << "what the text says to type";
      }
      next = argv;
      next.insert(next.end(), {"--cursor", cursor});
    }
    return {"no end"};
  }
};

TEST_F(Pages, every_record_comes_once_whatever_the_size_of_a_page) {
  for (int i = 0; i < 7; ++i) member("bad" + std::to_string(i), "nowhere");
  member("one", "shared@example.org");
  member("two", "shared@example.org");
  member("three", "other@example.org");
  pinterest_.answer = [](const http::Request& request) {
    const bool writes = request.method == "POST";
    return writes ? std::pair{400, std::string(R"({"code":1,"message":"Invalid request"})")}
                  : std::pair{200, ok_answer(request)};
  };
  start_readers();
  for (int i = 0; i < 3; ++i) {
    const std::string key = "left" + std::to_string(i);
    member(key, key + "@example.org");
    work();
    rows({{store::ChangeType::kExit, 0, key, "Readers"}});
    work();
  }
  const auto whole = all({"job", "records", "readers"}, "records", "profile_id", 500);
  EXPECT_GE(whole.size(), 13u);
  for (const int limit : {1, 2, 3, 5}) {
    EXPECT_EQ(all({"job", "records", "readers"}, "records", "profile_id", limit), whole) << limit;
  }
  for (const char* wrong : {"x", "m.00.0", "l..0", "m.", "p..-1", "p..1x"})
    EXPECT_EQ(fails({"job", "records", "readers", "--cursor", wrong}), "bad_cursor") << wrong;
}

TEST_F(Pages, requests_audit_and_imports_come_in_pages) {
  start_readers();
  for (int i = 0; i < 5; ++i) {
    member("u" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
    work();
    said({"job", "flush", "readers"});
    work();
  }
  for (const auto& [argv, list] :
       {std::pair{std::vector<std::string>{"job", "requests", "readers"}, "requests"},
        std::pair{std::vector<std::string>{"audit", "list"}, "entries"}}) {
    const auto whole = all(argv, list, "number", 500);
    EXPECT_GE(whole.size(), 5u) << list;
    EXPECT_EQ(std::set<std::string>(whole.begin(), whole.end()).size(), whole.size());
    for (const int limit : {1, 2, 3}) EXPECT_EQ(all(argv, list, "number", limit), whole) << list;
  }
  for (int i = 0; i < 3; ++i) {
    write_file(folder_.path() + "/rows" + std::to_string(i) + ".ndjson",
               R"({"type":"delete","key":"u)" + std::to_string(i) + "\"}\n");
    said({"import", "file", "rows" + std::to_string(i) + ".ndjson", "--no-wait"});
  }
  EXPECT_EQ(all({"import", "list"}, "imports", "number", 2), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(fails({"audit", "list", "--cursor", "1"}), "bad_cursor");
}

TEST_F(Pages, an_edit_of_what_was_changed_meanwhile_is_refused) {
  const auto settings = [](const std::string& email) {
    return Json{{"type", "audience_export"},
                {"authorization", "acme"},
                {"audience", "Readers"},
                {"ad_account", "1"},
                {"identifiers", Json::array({{{email, "email"}}})}}
        .dump();
  };
  config_.jobs.clear();
  EXPECT_EQ(fails({"job", "put", "draft", "--settings", settings("email"), "--if-match", "0123456789abcdef"}),
            "changed_meanwhile");
  const auto first =
      json({"job", "put", "draft", "--settings", settings("email")})["version"].get<std::string>();
  EXPECT_EQ(json({"job", "show", "draft"})["version"], first);
  const auto second =
      json({"job", "put", "draft", "--settings", settings("mail"), "--if-match", first})["version"]
          .get<std::string>();
  EXPECT_NE(first, second);
  EXPECT_EQ(fails({"job", "put", "draft", "--settings", settings("email"), "--if-match", first}),
            "changed_meanwhile");
  EXPECT_EQ(fails({"job", "delete", "draft", "--if-match", first}), "changed_meanwhile");
  EXPECT_EQ(json({"job", "show", "draft"})["version"], second);
  said({"job", "delete", "draft", "--if-match", second});
  EXPECT_EQ(fails({"job", "show", "draft"}), "no_job");
}

}  // namespace
}  // namespace pinrelay::cli
