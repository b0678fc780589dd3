#include "admin/api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "credentials/password.h"
#include "store/store_testing.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
      const NewToken made = make_token();
      store::ApiTokenRow row;
      row.name = store::kRoleNames[static_cast<size_t>(role)];
      row.role = role;
      row.hash = made.hash;
      row.number = static_cast<int64_t>(role);
      rows_.push_back(row);
      tokens_.emplace(role, made.text);
    }
  }
  http::ServerResponse call(std::optional<Role> role, const std::string& method, const std::string& path,
                            const std::string& body = "", const std::string& type = "application/json") {
    http::ServerRequest request;
    request.method = method;
    request.path = path.substr(0, path.find('?'));
    if (path.find('?') != std::string::npos) request.query = path.substr(path.find('?') + 1);
    request.headers.push_back({"Host", "127.0.0.1:7700"});
    if (role) request.headers.push_back({"Authorization", "Bearer " + tokens_.at(*role).reveal()});
    if (!body.empty()) request.headers.push_back({"Content-Type", type});
    request.body = body;
    std::optional<http::ServerResponse> answer;
    api_.handle(request, [&](http::ServerResponse response) { answer = std::move(response); });
    EXPECT_TRUE(answer.has_value()) << method << " " << path;
    return answer.value_or(http::ServerResponse{});
  }
  static std::string code(const http::ServerResponse& response) {
    EXPECT_EQ(response.content_type, "application/problem+json") << response.body;
    return Json::parse(response.body)["code"].get<std::string>();
  }
  // With something in each place.
  static std::string path_of(const Route& route) {
    std::string path(route.path);
    for (size_t open = 0; (open = path.find('{')) != std::string::npos;)
      path.replace(open, path.find('}') - open + 1, "7");
    for (const Parameter& parameter : route.parameters)
      if (parameter.in == In::kQuery && parameter.required)
        path += (path.find('?') == std::string::npos ? "?" : "&") + std::string(parameter.name) + "=7";
    return path;
  }
  static std::string body_of(const Route& route) {
    Json body = Json::object();
    for (const Parameter& parameter : route.parameters)
      if (parameter.in == In::kBody && parameter.required)
        body[std::string(parameter.name)] = parameter.kind == Kind::kObject ? Json::object()
                                            : parameter.kind == Kind::kList ? Json::array()
                                                                            : Json("x");
    return body.empty() ? "" : body.dump();
  }

  store::TempDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::open_store(folder_ / "store");
  FakeClock clock_{store::kNoon};
  Users users_{{*store_, clock_,
                [this](const std::function<Result<void>()>& change) -> Result<void> {
                  store_->begin();
                  auto changed = change();
                  if (!changed.ok()) store_->abandon();
                  auto committed = store_->commit();
                  return changed.ok() ? committed : changed;
                },
                [](const std::function<void()>& work, const std::function<void()>& then) {
                  work(), then();
                  return true;
                }}};
  std::vector<store::ApiTokenRow> rows_;
  std::map<Role, Secret> tokens_;
  std::vector<Invocation> calls_;
  std::map<int64_t, store::KeptAnswerRow> kept_;
  Said said_{std::nullopt, 0, R"({"fine":true})"};
  LogTail log_;
  std::vector<std::string> stated_;
  Live live_{{clock_, log_, "boot",
              [this](std::string_view command, const std::vector<std::string>&) -> Result<std::string> {
                stated_.emplace_back(command);
                return std::string(R"({"fine":true})");
              },
              [](const std::string&) { return std::nullopt; }}};
  Api api_{{[this](Invocation call, const std::function<void(Said)>& done) {
              calls_.push_back(std::move(call));
              done(said_);
            },
            [this] { return rows_; },
            [](const store::ApiTokenRow&) {},
            "0.0",
            &users_,
            config::site_of("https://pinrelay.example.com", "127.0.0.1:7700", 0, false),
            {[this](int64_t number) {
               const auto found = kept_.find(number);
               return found == kept_.end() ? std::nullopt : std::optional(found->second);
             },
             [this](const store::KeptAnswerRow& row) { kept_[row.number] = row; }},
            &live_}};
};

TEST_F(ApiTest, every_route_asks_for_its_role_and_no_more) {
  for (const Route& route : routes()) {
    const std::string method(route.method), path = path_of(route), body = body_of(route);
    if (route.role == Role::kNobody) {
      EXPECT_GE(call(std::nullopt, method, path, body).status, 400) << "nobody has this password or link";
      continue;
    }
    EXPECT_EQ(call(std::nullopt, method, path, body).status, 401) << method << path;
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
      calls_.clear();
      const auto answer = call(role, method, path, body);
      const bool may = role >= route.role;
      EXPECT_EQ(answer.status, may ? route.success : 403) << method << path << answer.body;
      if (route.is_live()) {
        EXPECT_EQ(answer.stream != nullptr, may) << path;
        EXPECT_EQ(live_.streams(), may ? 1u : 0u) << path;
        EXPECT_EQ(std::exchange(stated_, {}).size(), may && route.by == By::kState ? 1u : 0u) << path;
        EXPECT_TRUE(calls_.empty()) << path;
        clock_.advance(kLiveEvery);
        continue;
      }
      const bool runs = may && route.by == By::kCommand;
      EXPECT_EQ(calls_.size(), runs ? 1u : 0u) << method << path;
      if (runs) {
        EXPECT_EQ(calls_[0].command, route.command);
      }
    }
  }
}

TEST_F(ApiTest, who_only_looks_changes_nothing_and_authorizations_are_the_admins) {
  for (const Route& route : routes()) {
    if (route.method != "GET" && route.by != By::kSession) {
      EXPECT_GE(route.role, Role::kOperator) << route.path;
    }
    if (route.method == "GET") {
      EXPECT_FALSE(route.changes) << route.path;
    }
    const bool guards_access = route.path.find("/authorizations") != std::string_view::npos ||
                               route.path.find("/tokens") != std::string_view::npos ||
                               route.path.find("/users") != std::string_view::npos ||
                               route.path.find("/sessions") != std::string_view::npos;
    if (guards_access && route.changes) {
      EXPECT_EQ(route.role, Role::kAdmin) << route.path;
    }
  }
}

TEST_F(ApiTest, a_token_that_is_not_exactly_one_of_ours_is_none) {
  const std::string good = tokens_.at(Role::kAdmin).reveal();
  http::ServerRequest request;
  request.method = "GET", request.path = "/api/v1/jobs";
  for (const std::string& header :
       {std::string("Bearer "), "Bearer " + good.substr(1), "Bearer " + good + "0", "bearer " + good, good,
        "Basic " + good, "Bearer  " + good, "Bearer " + to_hex(rows_[2].hash)}) {
    request.headers = {{"Authorization", header}};
    int status = 0;
    api_.handle(request, [&](const http::ServerResponse& response) { status = response.status; });
    EXPECT_EQ(status, 401) << header.substr(0, 12);
  }
  EXPECT_TRUE(calls_.empty());
}

TEST_F(ApiTest, what_is_wrong_with_a_request_is_told_with_its_place_and_runs_nothing) {
  const auto wrong = [&](int status, const std::string& problem, const std::string& method,
                         const std::string& path, const std::string& body = "",
                         const std::string& type = "application/json") {
    const auto answer = call(Role::kAdmin, method, path, body, type);
    EXPECT_EQ(answer.status, status) << path << answer.body;
    EXPECT_EQ(code(answer), problem) << path;
  };
  wrong(404, "no_route", "GET", "/api/v1/nothing");
  wrong(404, "no_route", "GET", "/api/v1/jobs/");
  wrong(404, "no_route", "GET", "/api/v1/jobs//pause");
  wrong(405, "wrong_method", "PUT", "/api/v1/jobs");
  wrong(405, "wrong_method", "GET", "/api/v1/jobs/a/pause");
  wrong(400, "unknown_parameter", "GET", "/api/v1/jobs?x=1");
  wrong(400, "bad_value", "GET", "/api/v1/jobs/a/records?limit=501");
  wrong(400, "bad_value", "GET", "/api/v1/jobs/a/records?limit=-1");
  wrong(400, "bad_value", "GET", "/api/v1/imports/one");
  wrong(400, "no_body", "POST", "/api/v1/jobs/a/pause", "{}");
  wrong(415, "not_json", "POST", "/api/v1/jobs/a/retry", "{}", "text/plain");
  wrong(400, "not_json", "POST", "/api/v1/jobs/a/retry", "[]");
  wrong(400, "not_json", "POST", "/api/v1/jobs/a/retry", "{");
  wrong(400, "unknown_key", "POST", "/api/v1/jobs/a/retry", R"({"config":"/etc/passwd"})");
  wrong(400, "bad_value", "POST", "/api/v1/jobs/a/resync", R"({"reassert":"yes"})");
  wrong(400, "bad_value", "POST", "/api/v1/tokens", R"({"role":"admin"})");
  wrong(413, "too_large", "POST", "/api/v1/tokens", std::string(1024 * 1024 + 1, ' '));
  EXPECT_TRUE(calls_.empty());
}

TEST_F(ApiTest, values_reach_the_command_as_they_were_meant) {
  call(Role::kOperator, "POST", "/api/v1/jobs/--help/retry", R"({"reason":"--json","key":null})");
  call(Role::kViewer, "GET", "/api/v1/audiences/a%2Fb+c%20d");
  call(Role::kOperator, "DELETE", "/api/v1/jobs/a?remove_first=true");
  call(Role::kAdmin, "POST", "/api/v1/authorizations",
       R"({"name":"shop","ad_account":"1","token":"pina_x","label":"The \u0000shop"})");
  ASSERT_EQ(calls_.size(), 4u);
  EXPECT_EQ(calls_[0].positional, std::vector<std::string>{"--help"});
  EXPECT_EQ(calls_[0].values, (std::map<std::string, std::string>{{"reason", "--json"}}));
  EXPECT_EQ(calls_[0].who, "token operator");
  EXPECT_EQ(calls_[1].positional, std::vector<std::string>{"a/b+c d"});
  EXPECT_EQ(calls_[2].values.at("remove-first"), "true");
  EXPECT_EQ(calls_[3].secret.reveal(), "pina_x");
  EXPECT_EQ(calls_[3].values.at("ad-account"), "1");
  EXPECT_FALSE(calls_[3].values.contains("token"));
}

TEST_F(ApiTest, errors_become_problems_with_a_status_of_their_kind) {
  const std::pair<ErrorKind, int> kinds[] = {{ErrorKind::kInvalid, 400},     {ErrorKind::kNotFound, 404},
                                             {ErrorKind::kConflict, 409},    {ErrorKind::kThrottled, 429},
                                             {ErrorKind::kUnavailable, 503}, {ErrorKind::kInternal, 500}};
  for (const auto& [kind, status] : kinds) {
    said_ = {Error{kind, "some_code", "what", "where", "do this"}, 0, ""};
    const auto answer = call(Role::kAdmin, "GET", "/api/v1/jobs");
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(code(answer), "some_code");
    EXPECT_EQ(Json::parse(answer.body)["fix"], "do this");
  }
  said_ = {std::nullopt, 1, R"({"result":"token_refused","meaning":"no","fix":"another"})"};
  const auto refused = call(Role::kAdmin, "POST", "/api/v1/authorizations",
                            R"({"name":"shop","ad_account":"1","token":"pina_x"})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(code(refused), "token_refused");
  EXPECT_EQ(call(Role::kOperator, "POST", "/api/v1/authorizations/a/verify").status, 200)
      << "there the refusal is the answer";
}

TEST_F(ApiTest, the_description_has_every_route_and_names_its_role) {
  const auto answer = call(Role::kViewer, "GET", "/api/openapi.json");
  const Json document = Json::parse(answer.body);
  size_t operations = 0;
  for (const auto& [path, methods] : document["paths"].items()) operations += methods.size();
  EXPECT_EQ(operations, routes().size());
  for (const Route& route : routes()) {
    std::string method(route.method);
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    const Json& operation = document["paths"][std::string(route.path)][method];
    EXPECT_EQ(operation["x-role"], store::kRoleNames[static_cast<size_t>(route.role)]) << route.path;
    size_t in_path = 0;
    for (const Parameter& parameter : route.parameters) in_path += parameter.in == In::kPath;
    EXPECT_EQ(in_path, static_cast<size_t>(std::ranges::count(route.path, '{'))) << route.path;
  }
}

// ---- sessions ----

constexpr const char* kPassword = "vier kleine Boote";

class SessionTest : public ApiTest {
 protected:
  SessionTest() { ada_ = invited("ada", Role::kOperator); }
  Secret invited(const std::string& name, Role role) {
    store_->begin();
    store::UserRow row = find_user(*store_, name).value_or(store::UserRow{});
    row.name = name, row.role = role;
    Secret ticket = invite(*store_, row, clock_.now());
    EXPECT_TRUE(store_->commit().ok());
    return ticket;
  }
  static constexpr const char* kOurs = "https://pinrelay.example.com";
  // As a page of ours would: with Host and Origin, and the cookie that came last.
  http::ServerResponse browse(const std::string& method, const std::string& path,
                              const std::string& body = "",
                              std::vector<http::Header> more = {{"Origin", kOurs}},
                              const std::string& host = "pinrelay.example.com") {
    http::ServerRequest request;
    request.method = method, request.path = path, request.body = body, request.peer = peer_;
    request.headers = std::move(more);
    request.headers.push_back({"Host", host});
    if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
    if (!cookie_.empty()) request.headers.push_back({"Cookie", "a=b; __Host-pinrelay=" + cookie_});
    std::optional<http::ServerResponse> answer;
    api_.handle(request, [&](http::ServerResponse response) { answer = std::move(response); });
    const auto response = answer.value_or(http::ServerResponse{});
    for (const http::Header& header : response.headers) {
      if (header.name != "Set-Cookie") continue;
      cookie_header_ = header.value;
      cookie_ = header.value.substr(16, header.value.find(';') - 16);
    }
    return response;
  }
  int accept(const Secret& ticket, const std::string& password = kPassword) {
    return browse("POST", "/api/v1/session/accept",
                  Json{{"ticket", ticket.reveal()}, {"password", password}}.dump())
        .status;
  }
  int open(const std::string& name, const std::string& password = kPassword) {
    return browse("POST", "/api/v1/session", Json{{"name", name}, {"password", password}}.dump()).status;
  }
  std::string read_store() {
    std::string all;
    for (const auto& file : std::filesystem::directory_iterator(store_->directory())) {
      std::ifstream in(file.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
  int looks() { return browse("GET", "/api/v1/jobs").status; }

  Secret ada_;
  std::string peer_ = "192.0.2.1", cookie_, cookie_header_;
};

TEST_F(SessionTest, a_link_sets_the_password_once_and_signs_in) {
  EXPECT_EQ(open("ada"), 401) << "no password, no way in";
  EXPECT_EQ(accept(ada_, "short"), 400);
  EXPECT_EQ(accept(ada_, "ADA likes boats"), 400) << "holds the name";
  EXPECT_EQ(accept(ada_, "aaaaaaaaaaaaaaaa"), 400);
  EXPECT_EQ(accept(ada_), 201) << "and a refused password has not used it up";
  EXPECT_EQ(looks(), 200);
  EXPECT_EQ(calls_.back().who, "user ada");
  const std::string first = cookie_;
  EXPECT_EQ(accept(ada_), 404);
  EXPECT_EQ(open("ada"), 201);
  EXPECT_NE(cookie_, first) << "each sign-in has a session of its own";
}

TEST_F(SessionTest, a_link_ends_after_half_an_hour_and_a_new_one_ends_password_and_sessions) {
  clock_.advance(kInvitationLasts);
  EXPECT_EQ(accept(ada_), 404);
  const Secret again = invited("ada", Role::kOperator);
  EXPECT_EQ(accept(again), 201);
  EXPECT_EQ(looks(), 200);
  (void)invited("ada", Role::kOperator);
  EXPECT_EQ(looks(), 401);
  EXPECT_EQ(open("ada"), 401);
}

TEST_F(SessionTest, many_with_one_link_make_one_user) {
  // All hashes are under way before the first is done.
  std::vector<std::function<void()>> ends;
  Users users{{*store_, clock_,
               [this](const std::function<Result<void>()>& change) -> Result<void> {
                 store_->begin();
                 auto changed = change();
                 auto committed = store_->commit();
                 return changed.ok() ? committed : changed;
               },
               [&](const std::function<void()>&, std::function<void()> then) {
                 ends.push_back(std::move(then));
                 return true;
               }}};
  int signed_in = 0, refused = 0;
  for (int i = 0; i < 1'000; ++i)
    users.accept(ada_, Secret(std::string_view(kPassword)), "192.0.2.1",
                 [&](const Result<Users::Opened>& opened) { ++(opened.ok() ? signed_in : refused); });
  for (const auto& end : ends) end();
  EXPECT_EQ(signed_in, 1);
  EXPECT_EQ(refused, 999);
}

TEST_F(SessionTest, the_cookie_is_for_this_host_alone_and_no_script_reads_it) {
  accept(ada_);
  for (const char* flag : {"; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/;"})
    EXPECT_NE(cookie_header_.find(flag), std::string::npos) << flag;
  EXPECT_TRUE(cookie_header_.starts_with("__Host-pinrelay="));
  EXPECT_EQ(cookie_header_.find("Domain"), std::string::npos);
  EXPECT_EQ(cookie_.size(), 64u);
  const std::string kept = read_store();
  EXPECT_EQ(kept.find(cookie_), std::string::npos) << "only its hash is stored";
  EXPECT_EQ(kept.find(kPassword), std::string::npos);
}

TEST_F(SessionTest, a_session_ends_when_idle_at_its_age_and_when_signed_out) {
  accept(ada_);
  clock_.advance(kSessionIdle - Millis{1});
  EXPECT_EQ(looks(), 200);
  for (int i = 0; i < 100 && clock_.now() < store::kNoon + kSessionLasts - Millis{1'800'000}; ++i) {
    clock_.advance(kSessionIdle - Millis{60'000});
    EXPECT_EQ(looks(), 200) << "seeing it keeps it alive";
  }
  clock_.advance(kSessionIdle - Millis{1});
  EXPECT_EQ(looks(), 401) << "not beyond its age";
  EXPECT_EQ(open("ada"), 201);
  clock_.advance(kSessionIdle);
  EXPECT_EQ(looks(), 401);
  EXPECT_EQ(open("ada"), 201);
  const std::string old = cookie_;
  EXPECT_EQ(browse("DELETE", "/api/v1/session").status, 200);
  cookie_ = old;
  EXPECT_EQ(looks(), 401) << "the cookie of a closed session is worth nothing";
}

TEST_F(SessionTest, a_cookie_that_somebody_brings_along_becomes_nobodys) {
  cookie_ = std::string(64, 'a');
  accept(ada_);
  EXPECT_NE(cookie_, std::string(64, 'a'));
  cookie_ = std::string(64, 'a');
  EXPECT_EQ(looks(), 401);
  for (const char* wrong : {"", "x", "ada"}) {
    cookie_ = wrong;
    EXPECT_EQ(looks(), 401);
  }
}

TEST_F(SessionTest, guessing_takes_ever_longer_from_one_address_and_locks_nobody_out) {
  accept(ada_);
  int tried = 0;
  for (int i = 0; i < 100'000; ++i) {
    const int status = open("ada", "wrong guess " + std::to_string(i % 7));
    ASSERT_TRUE(status == 401 || status == 429);
    tried += status == 401;
    clock_.advance(Millis{36});  // an hour in all
  }
  EXPECT_LE(tried, 30);
  EXPECT_EQ(open("ada"), 429) << "from there not even with the password";
  peer_ = "198.51.100.9";
  EXPECT_EQ(open("ada"), 201);
}

TEST_F(SessionTest, roles_hold_for_sessions_and_a_change_of_the_user_is_felt_at_once) {
  accept(ada_);
  EXPECT_EQ(browse("GET", "/api/v1/users").status, 403);
  store_->begin();
  auto row = find_user(*store_, "ada").value();
  row.role = Role::kAdmin;
  store_->users.put(row);
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(browse("GET", "/api/v1/users").status, 200);
  store_->begin();
  store_->users.erase(row.number);
  ASSERT_TRUE(store_->commit().ok());
  EXPECT_EQ(looks(), 401);
}

// Every route that changes something, asked for by another site's page in a browser that is signed in.
TEST_F(SessionTest, other_sites_pages_change_nothing) {
  accept(invited("root", Role::kAdmin));
  const std::vector<std::vector<http::Header>> foreign = {
      {},
      {{"Origin", "null"}},
      {{"Origin", "https://evil.example"}},
      {{"Origin", "https://pinrelay.example.com.evil.example"}},
      {{"Origin", "http://pinrelay.example.com"}},
      {{"Origin", "https://pinrelay.example.com:444"}},
      {{"Origin", kOurs}, {"Sec-Fetch-Site", "cross-site"}},
      {{"Origin", kOurs}, {"Sec-Fetch-Site", "same-site"}},
      {{"Referer", kOurs}},
      {{"X-HTTP-Method-Override", "GET"}},
  };
  calls_.clear();
  for (const Route& route : routes()) {
    if (route.method == "GET" || route.role == Role::kNobody) continue;
    for (const auto& headers : foreign) {
      const auto answer = browse(std::string(route.method), path_of(route), body_of(route), headers);
      EXPECT_EQ(answer.status, 403) << route.method << route.path;
      EXPECT_EQ(code(answer), "cross_site");
    }
    EXPECT_NE(browse("HEAD", path_of(route)).status, 200);
  }
  EXPECT_TRUE(calls_.empty());
  EXPECT_EQ(looks(), 200) << "nor is anybody signed out";
  // Signing somebody in as somebody else.
  const std::string body = Json{{"name", "root"}, {"password", kPassword}}.dump();
  EXPECT_EQ(browse("POST", "/api/v1/session", body, {{"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(browse("GET", "/api/v1/jobs", "", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
}

TEST_F(SessionTest, only_our_own_names_are_answered_to) {
  accept(ada_);
  for (const char* host :
       {"pinrelay.example.com", "PINRELAY.example.COM", "127.0.0.1:7700", "localhost:7700"})
    EXPECT_EQ(browse("GET", "/api/v1/jobs", "", {}, host).status, 200) << host;
  const std::string ours = "pinrelay.example.com";
  std::vector<std::string> wrong = {"",
                                    "evil.example",
                                    "evil.example:7700",
                                    ours + ":444",
                                    ours + ".",
                                    ours + ".evil.example",
                                    "x" + ours,
                                    ours + "@evil.example",
                                    "localhost",
                                    "127.0.0.1",
                                    "127.0.0.1:7701",
                                    "127.1:7700",
                                    "2130706433:7700",
                                    "0x7f000001:7700",
                                    "[::1]:7700",
                                    "[::ffff:127.0.0.1]:7700",
                                    "0.0.0.0:7700",
                                    ours + " ",
                                    " " + ours,
                                    ours + "/x",
                                    ours + "?",
                                    ours + "#",
                                    ours + "\t",
                                    ours + ", " + ours,
                                    "http://" + ours,
                                    "//" + ours,
                                    ours + ":",
                                    "*",
                                    "null"};
  for (char c = 'a'; c <= 'z'; ++c) wrong.push_back(std::string(1, c) + ".rebound.example:7700");
  for (const std::string& host : wrong) {
    const auto answer = browse("GET", "/api/v1/jobs", "", {}, host);
    EXPECT_EQ(answer.status, 421) << host;
    EXPECT_EQ(
        browse("POST", "/api/v1/session", Json{{"name", "ada"}, {"password", "x"}}.dump(), {}, host).status,
        421)
        << host;
  }
}

// Generated requests over all routes: nothing that is not declared comes back, and nobody gets by the role.
TEST_F(ApiTest, hostile_requests_get_declared_answers_and_no_more_than_the_role_allows) {
  uint64_t state = 42;
  const auto below = [&](uint64_t bound) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33) % bound;
  };
  const std::string pieces[] = {"a",
                                "%00",
                                "%2e%2e",
                                "..",
                                "/",
                                "//",
                                "{name}",
                                "%",
                                "%zz",
                                "?",
                                "&",
                                "=",
                                "limit",
                                "1e9",
                                "-1",
                                "\xff",
                                "\r\n",
                                "'",
                                "\"",
                                "<script>",
                                "{",
                                "}",
                                "[",
                                "]",
                                ":",
                                "null",
                                "true",
                                "\"name\"",
                                "\"token\"",
                                "\"reason\"",
                                ",",
                                "99999999999999999999",
                                "api",
                                "v1",
                                "jobs",
                                "pause",
                                "{}",
                                R"({"name":{"name":[]}})",
                                std::string(5'000, 'x')};
  const auto noise = [&](size_t most) {
    std::string text;
    for (uint64_t i = below(most); i > 0; --i) text += pieces[below(std::size(pieces))];
    return text;
  };
  const std::set<int> declared = {200, 201, 400, 401, 403, 404, 405, 413, 415, 421, 422, 429, 503};
  constexpr const char* kMethods[] = {"GET",  "POST",    "PUT",   "PATCH", "DELETE",
                                      "HEAD", "OPTIONS", "TRACE", "get",   ""};
  for (int i = 0; i < 100'000; ++i) {
    const Route& route = routes()[below(routes().size())];
    std::string path = path_of(route), body = body_of(route);
    if (below(3) == 0) path.insert(below(path.size() + 1), noise(4));
    if (below(3) == 0) path += (path.find('?') == std::string::npos ? "?" : "&") + noise(5);
    if (below(2) == 0) body.insert(below(body.size() + 1), noise(5));
    const std::string method =
        below(3) == 0 ? kMethods[below(std::size(kMethods))] : std::string(route.method);
    const std::optional<Role> role =
        below(4) == 0 ? std::nullopt : std::optional(static_cast<Role>(1 + below(3)));
    calls_.clear();
    const auto answer = call(role, method, path, body, below(5) == 0 ? "text/plain" : "application/json");
    ASSERT_TRUE(declared.contains(answer.status)) << method << " " << path << " " << body;
    if (answer.status >= 400) {
      ASSERT_NO_THROW(code(answer)) << answer.body;
    }
    if (!role) {
      const auto open = find_route(method, path.substr(0, path.find('?')));
      const bool nobodys = open.route != nullptr && open.route->role == Role::kNobody;
      ASSERT_TRUE(nobodys ? answer.status >= 400 : answer.status == 401) << method << path;
    }
    for (const Invocation& each : calls_) {
      const auto ran = std::ranges::find(routes(), each.command, &Route::command);
      ASSERT_TRUE(ran != routes().end() && role && *role >= ran->role) << method << " " << path;
    }
  }
}

}  // namespace
}  // namespace pinrelay::admin
