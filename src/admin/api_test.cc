#include "admin/api_testing.h"

namespace pinrelay::admin {
namespace {

TEST_F(ApiTest, every_route_asks_for_its_role_and_no_more) {
  for (const Route& route : routes()) {
    const std::string method(route.method), path = path_of(route), body = body_of(route);
    if (route.role == Role::kNobody) {
      EXPECT_GE(call(std::nullopt, method, path, body).status, 400) << "nobody has this password or link";
      continue;
    }
    EXPECT_EQ(call(std::nullopt, method, path, body).status, 401) << method << path;
    if (route.command == "session password") continue;  // a token has none: password_change_test
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
      const bool runs = may && (route.by == By::kCommand || route.by == By::kTable);
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
    api_.handle(request, read_request(request),
                [&](const http::ServerResponse& response) { status = response.status; });
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
  const std::string deep = R"({"settings":)" + std::string(500'000, '[');
  wrong(400, "too_deep", "PUT", "/api/v1/jobs/a", deep);
  std::string many = R"({"settings":{"a":0)";
  for (int i = 0; i < 2'000; ++i) many += ",\"k" + std::to_string(i) + "\":0";
  wrong(400, "too_many_keys", "PUT", "/api/v1/jobs/a", many + "}}");
  wrong(413, "too_large", "POST", "/api/v1/session/confirm", std::string(4 * 1024 + 1, ' '));
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

TEST_F(ApiTest, a_table_comes_as_csv_in_pages_and_names_the_next) {
  said_ = {std::nullopt, 0, R"({"next_cursor":"p..7"})", "a,b\r\n"};
  const auto page = call(Role::kOperator, "GET", "/api/v1/jobs/readers/records.csv?reason=invalid_email");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/csv; charset=utf-8");
  EXPECT_EQ(page.body, "a,b\r\n");
  const auto next = [](const http::ServerResponse& response) {
    std::string found;
    for (const http::Header& header : response.headers)
      if (header.name == kNextCursorHeader) found = header.value;
    return found;
  };
  EXPECT_EQ(next(page), "p..7");
  ASSERT_EQ(calls_.size(), 1u);
  EXPECT_EQ(calls_[0].command, "job records");
  EXPECT_EQ(calls_[0].values, (std::map<std::string, std::string>{
                                  {"csv", "true"}, {"limit", "2000"}, {"reason", "invalid_email"}}));
  said_ = {std::nullopt, 0, R"({"next_cursor":null})", ""};
  EXPECT_EQ(next(call(Role::kOperator, "GET", "/api/v1/jobs/readers/records.csv")), "");
  said_ = {Error{ErrorKind::kNotFound, "no_job", "there is no job", "", ""}, 0, ""};
  EXPECT_EQ(code(call(Role::kOperator, "GET", "/api/v1/jobs/readers/records.csv")), "no_job");
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

TEST_F(ApiTest, a_file_is_taken_in_from_whom_may_send_one_and_of_two_kinds_alone) {
  constexpr const char* kUploads = "/api/v1/uploads";
  for (const char* type : {"text/csv", "Text/CSV; charset=utf-8", "application/x-ndjson"}) {
    const auto answer = call(Role::kOperator, "POST", kUploads, "", type);
    EXPECT_EQ(answer.status, 201) << type;
    EXPECT_EQ(Json::parse(answer.body)["upload"], "u-7");
  }
  ASSERT_EQ(files_.size(), 3u);
  EXPECT_EQ(files_[0].format, "csv");
  EXPECT_EQ(files_[2].format, "ndjson");
  EXPECT_EQ(files_[0].who, "token operator");
  files_.clear();
  // What a form of another site could send is among them.
  for (const char* type : {"text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "",
                           "text/csvx", "text", "application/octet-stream"})
    EXPECT_EQ(code(call(Role::kOperator, "POST", kUploads, "", type)), "not_rows") << type;
  EXPECT_EQ(code(call(Role::kOperator, "POST", std::string(kUploads) + "?path=x", "", "text/csv")),
            "unknown_parameter");
  EXPECT_EQ(call(Role::kViewer, "POST", kUploads, "", "text/csv").status, 403);
  EXPECT_EQ(call(std::nullopt, "POST", kUploads, "", "text/csv").status, 401);
  EXPECT_TRUE(files_.empty());
}

TEST_F(ApiTest, only_that_body_is_streamed) {
  EXPECT_TRUE(takes_file("POST", "/api/v1/uploads"));
  for (const auto& [method, path] :
       std::vector<std::pair<const char*, const char*>>{{"GET", "/api/v1/uploads"},
                                                        {"PUT", "/api/v1/uploads"},
                                                        {"POST", "/api/v1/uploads/"},
                                                        {"POST", "/api/v1/uploads/u-7"},
                                                        {"POST", "/api/v1/imports"},
                                                        {"POST", "/v1/changes"},
                                                        {"", ""}})
    EXPECT_FALSE(takes_file(method, path)) << method << path;
}

// What the service can read is more than what its callers may.
TEST_F(ApiTest, no_route_takes_a_path_of_the_machine) {
  for (const Route& route : routes())
    for (const Parameter& parameter : route.parameters)
      if (parameter.in != In::kFile) {
        EXPECT_TRUE(parameter.name != "path" && parameter.name != "file") << route.path;
      }
  for (const char* body : {R"({"path":"/etc/passwd"})", R"({"upload":"u-7","path":"/etc/passwd"})"})
    EXPECT_EQ(code(call(Role::kAdmin, "POST", "/api/v1/imports", body)), "unknown_key");
  EXPECT_TRUE(calls_.empty());
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
