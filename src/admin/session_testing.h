// What the tests of sessions share: a browser that keeps its cookie, and an invited user. For tests only.
#pragma once

#include "admin/api_testing.h"

namespace pinrelay::admin {

constexpr const char* kPassword = "vier kleine Boote";

class SessionTest : public ApiTest {
 protected:
  SessionTest() {
    peer_ = "192.0.2.1";
    ada_ = invited("ada", Role::kOperator);
  }
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
    request.in_clear = in_clear_;
    request.headers = std::move(more);
    request.headers.push_back({"Host", host});
    if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
    if (!cookie_.empty()) request.headers.push_back({"Cookie", "a=b; __Host-pinrelay=" + cookie_});
    std::optional<http::ServerResponse> answer;
    api_.handle(request, read_request(request),
                [&](http::ServerResponse response) { answer = std::move(response); });
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
  std::string cookie_, cookie_header_;
  bool in_clear_ = false;
};

}  // namespace pinrelay::admin
