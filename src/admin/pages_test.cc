#include "admin/pages.h"

#include <gtest/gtest.h>

namespace pinrelay::admin {
namespace {

// The redirect from "/" is the only one that is ours; the sign-in leads to the configured page of Pinterest.
TEST(SignInPage, nothing_that_the_caller_says_becomes_a_redirect) {
  const config::Site site = config::site_of("https://pinrelay.example.com", "127.0.0.1:8080", 8080, false);
  int redirects = 0;
  for (const char* path : {"/", "//evil.example.com", "//evil.example.com/", "/\\evil.example.com",
                           "/sign-in//evil.example.com", "/%2f%2fevil.example.com", "/sign-in", "/.", ""}) {
    for (const char* query : {"", "next=https://evil.example.com", "redirect=//evil.example.com",
                              "return_to=https%3A%2F%2Fevil.example.com"}) {
      http::ServerRequest request;
      request.method = "GET";
      request.path = path;
      request.query = query;
      request.headers = {{"Host", "pinrelay.example.com"},
                         {"X-Forwarded-Host", "evil.example.com"},
                         {"Referer", "https://evil.example.com/"}};
      const auto response = page(request, site, {});
      if (!response) continue;
      for (const http::Header& header : response->headers) {
        if (header.name != "Location") continue;
        ++redirects;
        EXPECT_EQ(header.value, "/sign-in") << path << " " << query;
      }
    }
  }
  EXPECT_EQ(redirects, 4);
}

}  // namespace
}  // namespace pinrelay::admin
