// What the tests of the API share: the API over a store of its own, commands that only note that they were
// called, and a token of each role. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "admin/api.h"
#include "credentials/password.h"
#include "store/store_testing.h"

namespace pinrelay::admin {

using Json = nlohmann::ordered_json;

constexpr const char* kJson = "application/json";

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
                            const std::string& body = "", const std::string& type = kJson) {
    http::ServerRequest request;
    request.method = method;
    request.path = path.substr(0, path.find('?'));
    if (path.find('?') != std::string::npos) request.query = path.substr(path.find('?') + 1);
    request.peer = peer_;
    request.headers.push_back({"Host", "127.0.0.1:7700"});
    if (role) request.headers.push_back({"Authorization", "Bearer " + tokens_.at(*role).reveal()});
    const bool file = takes_file(method, request.path);
    if (file || !body.empty())
      request.headers.push_back({"Content-Type", file && type == kJson ? "text/csv" : type});
    if (!file) request.body = body;
    std::optional<http::ServerResponse> answer;
    api_.handle(request, read_request(request),
                [&](http::ServerResponse response) { answer = std::move(response); });
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

  // As the service does: what fails changes nothing.
  Result<void> transact(const std::function<Result<void>()>& change) {
    store_->begin();
    auto changed = change();
    if (!changed.ok()) store_->abandon();
    auto committed = store_->commit();
    return changed.ok() ? committed : changed;
  }

  store::TempDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::open_store(folder_ / "store");
  FakeClock clock_{store::kNoon};
  Users users_{{*store_, clock_, [this](const auto& change) { return transact(change); },
                [](Lane, const std::function<void()>& work, const std::function<void()>& then) {
                  work(), then();
                  return true;
                }}};
  std::vector<store::ApiTokenRow> rows_;
  int64_t suspended_tokens_ = 0;
  std::map<Role, Secret> tokens_;
  std::vector<Invocation> calls_;
  std::vector<Incoming> files_;
  std::map<int64_t, store::KeptAnswerRow> kept_;
  Said said_{std::nullopt, 0, R"({"fine":true})"};
  LogTail log_;
  std::vector<std::string> stated_;
  std::optional<std::vector<std::string>> stated_for_;
  std::string peer_;
  Live live_{{clock_, log_, "boot",
              [this](std::string_view command, const std::vector<std::string>&,
                     const auto& only_jobs) -> Result<std::string> {
                stated_.emplace_back(command);
                stated_for_ = only_jobs;
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
            &live_,
            false,
            false,
            [this](Incoming file, const std::function<void(Said)>& done) {
              files_.push_back(std::move(file));
              done({std::nullopt, 0, R"({"upload":"u-7"})"});
            },
            [this] { return suspended_tokens_; },
            [](const std::string& numbers) {
              return numbers == "7" ? std::vector<std::string>{"mine"} : std::vector<std::string>();
            }}};
};

}  // namespace pinrelay::admin
