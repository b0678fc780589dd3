#include "admin/pages.h"

#include <gtest/gtest.h>

namespace pinrelay::admin {
namespace {

constexpr std::string_view kIndexText = "<!doctype html> the interface", kScriptText = "a script, in plain";
constexpr std::string_view kZipped = "zipped";
constexpr InterfaceFile file_of(const char* path, const char* type, const char* hash, std::string_view text) {
  return {path, type, hash, text.data(), text.size(), kZipped.data(), kZipped.size()};
}
constexpr InterfaceFile kFiles[] = {
    file_of("/assets/index-1.js", "text/javascript; charset=utf-8", "beef", kScriptText),
    file_of("/index.html", "text/html; charset=utf-8", "cafe", kIndexText)};

struct BrowserPages : testing::Test {
  http::ServerRequest visit(std::string path, std::string method = "GET") {
    http::ServerRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers = {{"Host", "pinrelay.example.com"}};
    return request;
  }
  std::optional<http::ServerResponse> show(const http::ServerRequest& request, Interface interface = kFiles) {
    return page(request, site_, {}, interface);
  }
  static std::string header(const http::ServerResponse& response, std::string_view name) {
    std::string found;
    for (const http::Header& each : response.headers)
      if (each.name == name) found += (found.empty() ? "" : " and ") + each.value;
    return found;
  }

  const config::Site site_ = config::site_of("https://pinrelay.example.com", "127.0.0.1:8080", 8080, false);
};

// The pages lead nowhere by themselves; the sign-in leads to the configured page of Pinterest.
TEST_F(BrowserPages, nothing_that_the_caller_says_becomes_a_redirect) {
  for (const Interface interface : {Interface(), Interface(kFiles)}) {
    for (const char* path : {"/", "//evil.example.com", "//evil.example.com/", "/\\evil.example.com",
                             "/sign-in//evil.example.com", "/%2f%2fevil.example.com", "/sign-in", "/.", ""}) {
      for (const char* query : {"", "next=https://evil.example.com", "redirect=//evil.example.com",
                                "return_to=https%3A%2F%2Fevil.example.com"}) {
        http::ServerRequest request = visit(path);
        request.query = query;
        request.headers.push_back({"X-Forwarded-Host", "evil.example.com"});
        request.headers.push_back({"Referer", "https://evil.example.com/"});
        const auto response = show(request, interface);
        if (!response) continue;
        EXPECT_EQ(header(*response, "Location"), "") << path << " " << query;
      }
    }
  }
}

TEST_F(BrowserPages, every_path_that_nothing_else_has_shows_the_interface) {
  for (const char* path : {"/", "/jobs", "/jobs/readers/records", "/apiary", "/index.html"}) {
    const auto response = show(visit(path));
    ASSERT_TRUE(response.has_value()) << path;
    EXPECT_EQ(response->body, kIndexText) << path;
    EXPECT_EQ(header(*response, "Cache-Control"), "no-cache");
    EXPECT_EQ(header(*response, "Content-Security-Policy").find("unsafe"), std::string::npos);
    EXPECT_EQ(header(*response, "Cross-Origin-Opener-Policy"), "same-origin");
  }
  for (const char* path :
       {"/api", "/api/v1/nothing", "/v1/changes", "/v1/other", "/livez", "/readyz", "/metrics",
        "/oauth/start", "/oauth/other", "/sign-in/other", "/sign-in.map", "", "*"})
    EXPECT_FALSE(show(visit(path)).has_value()) << path;
  EXPECT_FALSE(show(visit("/jobs", "POST")).has_value())
      << "whoever sends rows astray is told where they belong";
  EXPECT_EQ(show(visit("/", "POST"))->status, 405);
}

TEST_F(BrowserPages, without_the_interface_the_root_says_how_to_get_it) {
  const auto response = show(visit("/"), {});
  EXPECT_EQ(response->status, 200);
  EXPECT_NE(response->body.find("./dev build"), std::string::npos);
  EXPECT_FALSE(show(visit("/jobs"), {}).has_value());
}

TEST_F(BrowserPages, assets_are_kept_for_good_and_an_unknown_one_is_no_page) {
  const auto response = show(visit("/assets/index-1.js"));
  EXPECT_EQ(response->body, kScriptText);
  EXPECT_EQ(response->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(header(*response, "Cache-Control"), "public, max-age=31536000, immutable");
  for (const char* path : {"/assets/index-2.js", "/assets/", "/assets/../index.html"}) {
    const auto unknown = show(visit(path));
    EXPECT_EQ(unknown->status, 404) << path;
    EXPECT_EQ(header(*unknown, "Cache-Control"), "no-store");
  }
}

TEST_F(BrowserPages, what_a_browser_has_already_is_not_sent_again) {
  http::ServerRequest request = visit("/assets/index-1.js");
  const std::string tag = header(*show(request), "ETag");
  request.headers.push_back({"If-None-Match", "\"other\", W/" + tag});
  const auto response = show(request);
  EXPECT_EQ(response->status, 304);
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(header(*response, "ETag"), tag);
  request.headers.back().value = "\"other\"";
  EXPECT_EQ(show(request)->status, 200);
}

TEST_F(BrowserPages, gzip_is_sent_to_those_who_take_it) {
  const std::string plain_tag = header(*show(visit("/")), "ETag");
  for (const char* coding : {"gzip", "br, GZIP;q=0.5", "deflate , gzip ; q=1"}) {
    http::ServerRequest request = visit("/");
    request.headers.push_back({"Accept-Encoding", coding});
    const auto response = show(request);
    EXPECT_EQ(response->body, kZipped) << coding;
    EXPECT_EQ(header(*response, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(*response, "Vary"), "Accept-Encoding");
    EXPECT_NE(header(*response, "ETag"), plain_tag);
  }
  for (const char* coding : {"", "br", "gzip;q=0", "br, gzip; q=0.000", "gzipped"}) {
    http::ServerRequest request = visit("/");
    request.headers.push_back({"Accept-Encoding", coding});
    const auto response = show(request);
    EXPECT_EQ(response->body, kIndexText) << coding;
    EXPECT_EQ(header(*response, "Content-Encoding"), "");
    EXPECT_EQ(header(*response, "Vary"), "Accept-Encoding");
  }
}

TEST_F(BrowserPages, the_interface_opens_only_by_our_name_and_never_in_clear_text) {
  http::ServerRequest request = visit("/jobs");
  request.headers = {{"Host", "evil.example.com"}};
  EXPECT_EQ(show(request)->status, 421);
  request.in_clear = true;
  EXPECT_EQ(show(request)->status, 403);
}

}  // namespace
}  // namespace pinrelay::admin
