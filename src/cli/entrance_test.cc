#include "cli/entrance.h"

#include <gtest/gtest.h>

#include "config/sample_job.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kProxies =
    "listen: 0.0.0.0:7700\ntrusted_proxies: [10.0.0.5, 10.1.0.0/16, 2001:db8:1::/48]\n";
constexpr const char* kPlain = "listen: 0.0.0.0:7700\nplain_http: true\n";
constexpr const char* kTls = "listen: 0.0.0.0:7700\ntls: {certificate_file: c, private_key_file: k}\n";

struct Arrived {
  int refused = 0;  // the status
  std::string peer;
  bool in_clear = false;
};

Arrived arrive(const std::string& configuration, const std::string& peer,
               std::vector<http::Header> headers = {}) {
  const auto loaded = config::load(configuration);
  EXPECT_EQ(config::problems_of(loaded), "");
  http::ServerRequest request;
  request.peer = peer, request.headers = std::move(headers);
  const auto refused = let_in(loaded.config, request);
  return {refused ? refused->status : 0, request.peer, request.in_clear};
}

// Who calls, with that X-Forwarded-For.
std::string caller(const std::string& peer, const std::string& forwarded) {
  return arrive(kProxies, peer, {{"X-Forwarded-For", forwarded}}).peer;
}

TEST(Entrance, a_trusted_proxy_says_who_calls) {
  EXPECT_EQ(caller("10.0.0.5", "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(caller("10.0.0.5", "2001:db8:9::7"), "2001:db8:9::7");
  EXPECT_EQ(caller("10.0.0.5", " \t203.0.113.7 "), "203.0.113.7");
  EXPECT_EQ(caller("2001:db8:1::5", "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(caller("::ffff:10.0.0.5", "::ffff:203.0.113.7"), "203.0.113.7")
      << "IPv4 as a socket of both sees it";
  EXPECT_EQ(arrive(kProxies, "10.0.0.5").peer, "10.0.0.5") << "says nothing: its own call";
}

TEST(Entrance, paths_and_queries_are_utf8) {
  const auto loaded = config::load("");
  const auto status = [&](const char* path, const char* query) {
    http::ServerRequest request;
    request.peer = "127.0.0.1", request.path = path, request.query = query;
    const auto refused = let_in(loaded.config, request);
    return refused ? refused->status : 0;
  };
  EXPECT_EQ(status("/api/v1/jobs/%ff", ""), 400);
  EXPECT_EQ(status("/api/v1/records", "job=%ff"), 400);
  EXPECT_EQ(status("/api/v1/jobs/caf%c3%a9", "job=%e2%82%ac"), 0);
}

TEST(Entrance, a_proxy_may_add_the_port_of_the_caller) {
  EXPECT_EQ(caller("10.0.0.5", "203.0.113.7:4711"), "203.0.113.7");
  EXPECT_EQ(caller("10.0.0.5", "[2001:db8:9::7]:4711"), "2001:db8:9::7");
  EXPECT_EQ(caller("10.0.0.5", "[2001:db8:9::7]"), "2001:db8:9::7");
  EXPECT_EQ(caller("10.0.0.5", "203.0.113.7:4711, 10.1.2.3:80"), "203.0.113.7");
  EXPECT_EQ(caller("10.0.0.5", "2001:db8:9::7:4711"), "2001:db8:9::7:4711") << "an address, not a port";
}

TEST(Entrance, the_caller_is_the_last_stranger_of_a_chain) {
  EXPECT_EQ(caller("10.0.0.5", "203.0.113.7, 10.1.2.3"), "203.0.113.7");
  EXPECT_EQ(caller("10.0.0.5", "198.51.100.1, 203.0.113.7, 10.1.2.3,10.1.2.4"), "203.0.113.7");
  EXPECT_EQ(caller("10.0.0.5", "127.0.0.1, 203.0.113.7"), "203.0.113.7") << "what a caller writes itself";
  EXPECT_EQ(caller("10.0.0.5", "10.1.0.9, 203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(caller("10.0.0.5", "rubbish, 203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(caller("10.0.0.5", "10.1.0.9, 10.1.0.8"), "10.1.0.9") << "a proxy's own call through another";
  const auto twice =
      arrive(kProxies, "10.0.0.5", {{"X-Forwarded-For", "198.51.100.1"}, {"x-forwarded-for", "203.0.113.7"}});
  EXPECT_EQ(twice.peer, "203.0.113.7") << "several headers are one list";
}

TEST(Entrance, what_is_no_address_leaves_the_proxy_itself) {
  for (const char* rubbish :
       {"", ",", "unknown", "203.0.113.7,", "203.0.113.7:", "203.0.113.7:x", "203.0.113.7:123456", ":4711",
        "[]", "[2001:db8:9::7", "[2001:db8:9::7]4711", "[2001:db8:9::7]:", "203.0.113.7, 10.1.0.9, x",
        "203.0.113.300", "203.0.113.7 10.1.0.9", "\"203.0.113.7\"", "_hidden"})
    EXPECT_EQ(caller("10.0.0.5", rubbish), "10.0.0.5") << rubbish;
  EXPECT_EQ(caller("10.0.0.5", std::string(16'000, ',')), "10.0.0.5");
}

TEST(Entrance, anybody_else_s_word_means_nothing) {
  const std::vector<http::Header> claims = {{"X-Forwarded-For", "203.0.113.7"},
                                            {"X-Forwarded-Proto", "https"}};
  for (const char* peer : {"192.0.2.1", "10.0.0.6", "10.2.0.1", "::ffff:192.0.2.1", "2001:db8:2::1"}) {
    const Arrived arrived = arrive(kProxies, peer, claims);
    EXPECT_EQ(arrived.refused, 400) << peer << ": it is no proxy";
    EXPECT_NE(arrived.peer, "203.0.113.7") << peer;
  }
  const Arrived by_tls = arrive(std::string(kTls) + "trusted_proxies: [10.0.0.5]\n", "192.0.2.1", claims);
  EXPECT_EQ(by_tls.refused, 400) << "by TLS of our own, too";
  EXPECT_EQ(by_tls.peer, "192.0.2.1");
  const Arrived here = arrive(kProxies, "127.0.0.1", claims);
  EXPECT_EQ(here.refused, 400) << "a proxy on this machine would make everybody this machine";
  EXPECT_EQ(here.peer, "127.0.0.1") << "this machine is no proxy, unless it is listed";
  EXPECT_EQ(arrive("trusted_proxies: [127.0.0.1]\n", "127.0.0.1", claims).peer, "203.0.113.7");
}

TEST(Entrance, a_proxy_that_is_not_listed_is_told_the_line_to_add) {
  const auto loaded = config::load(kProxies);
  const auto answer = [&](const char* header, const char* path) {
    http::ServerRequest request;
    request.peer = "127.0.0.1", request.path = path, request.headers = {{header, "203.0.113.7"}};
    return let_in(loaded.config, request);
  };
  for (const char* header : {"Forwarded", "x-forwarded-for", "X-Forwarded-Host", "X-Real-IP"}) {
    const auto refused = answer(header, "/api/v1/jobs");
    ASSERT_TRUE(refused.has_value()) << header;
    EXPECT_EQ(refused->status, 400);
    EXPECT_NE(refused->body.find("trusted_proxies: [127.0.0.1]"), std::string::npos) << refused->body;
    EXPECT_FALSE(answer(header, "/livez").has_value());
    EXPECT_FALSE(answer(header, "/readyz").has_value());
  }
  EXPECT_FALSE(answer("X-Forwarder", "/api/v1/jobs").has_value());
}

TEST(Entrance, nothing_comes_in_clear_text_from_elsewhere_without_the_flag) {
  EXPECT_EQ(arrive("", "127.0.0.1").refused, 0);
  EXPECT_EQ(arrive("", "::1").refused, 0);
  EXPECT_FALSE(arrive("", "::1").in_clear);
  EXPECT_EQ(arrive(kTls, "192.0.2.1").refused, 0);
  EXPECT_FALSE(arrive(kTls, "192.0.2.1").in_clear);
  EXPECT_EQ(arrive(kProxies, "10.0.0.5").refused, 403) << "a proxy that does not say how it was called";
  const auto by = [](const char* scheme) {
    return arrive(kProxies, "10.0.0.5", {{"X-Forwarded-For", "203.0.113.7"}, {"X-Forwarded-Proto", scheme}});
  };
  EXPECT_EQ(by("https").refused, 0);
  EXPECT_EQ(by("HTTPS").refused, 0);
  EXPECT_EQ(by("https, https").refused, 0);
  for (const char* scheme : {"http", "https, http", "http, https", "ftp"}) EXPECT_EQ(by(scheme).refused, 403);
}

TEST(Entrance, this_machine_is_let_in_for_its_own_calls_and_not_for_those_it_passes_on) {
  const std::string here = "trusted_proxies: [127.0.0.1, 10.1.0.0/16]\n";
  EXPECT_EQ(arrive(here, "127.0.0.1").refused, 0);
  const http::Header http{"X-Forwarded-Proto", "http"};
  EXPECT_EQ(arrive(here, "127.0.0.1", {http}).refused, 403);
  for (const char* caller : {"203.0.113.7", "203.0.113.7:4711", "127.0.0.1", "rubbish"}) {
    EXPECT_EQ(arrive(here, "127.0.0.1", {{"X-Forwarded-For", caller}}).refused, 403) << caller;
    EXPECT_EQ(arrive(here, "127.0.0.1", {{"X-Forwarded-For", caller}, http}).refused, 403) << caller;
  }
  EXPECT_EQ(arrive(here, "127.0.0.1", {{"X-Forwarded-For", "127.0.0.1, 10.1.0.9"}, http}).refused, 403)
      << "a caller within a trusted network that claims to be this machine";
}

TEST(Entrance, whether_we_are_well_a_proxy_may_ask_in_clear_text) {
  const auto loaded = config::load(kProxies);
  for (const char* path : {"/livez", "/readyz", "/livez/", "/sign-in"}) {
    http::ServerRequest request;
    request.peer = "10.0.0.5", request.path = path;
    EXPECT_EQ(let_in(loaded.config, request).has_value(), std::string_view(path).back() != 'z') << path;
  }
}

TEST(Entrance, by_the_flag_it_comes_in_and_is_known_for_it) {
  EXPECT_EQ(arrive(kPlain, "192.0.2.1").refused, 0);
  EXPECT_TRUE(arrive(kPlain, "192.0.2.1").in_clear);
  EXPECT_FALSE(arrive(kPlain, "127.0.0.1").in_clear);
  EXPECT_FALSE(arrive(kPlain, "::ffff:127.0.0.1").in_clear);
  EXPECT_EQ(
      arrive(kPlain, "192.0.2.1", {{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"}}).refused,
      400)
      << "whatever it claims";
  const std::string both = std::string(kProxies) + "plain_http: true\n";
  EXPECT_FALSE(arrive(both, "10.0.0.5", {{"X-Forwarded-Proto", "https"}}).in_clear);
  EXPECT_TRUE(arrive(both, "10.0.0.5", {{"X-Forwarded-Proto", "http"}}).in_clear);
  EXPECT_TRUE(arrive(kPlain, "").in_clear) << "nobody knows from where";
}

}  // namespace
}  // namespace pinrelay::cli
