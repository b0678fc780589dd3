#include "http/address_guard.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "http/server.h"
#include "http/test_support.h"

namespace pinrelay::http {
namespace {

std::string_view range_of(const char* text) {
  sockaddr_storage storage{};
  auto& four = reinterpret_cast<sockaddr_in&>(storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &six.sin6_addr), 1) << text;
    six.sin6_family = AF_INET6;
  }
  return refused_range(reinterpret_cast<const sockaddr&>(storage));
}

TEST(AddressGuard, only_public_unicast_addresses_are_let_through) {
  constexpr std::pair<const char*, const char*> kRefused[] = {{"0.0.0.0", "unspecified"},
                                                              {"0.255.255.255", "unspecified"},
                                                              {"10.0.0.0", "private"},
                                                              {"10.255.255.255", "private"},
                                                              {"100.64.0.0", "shared by a carrier"},
                                                              {"100.100.100.200", "shared by a carrier"},
                                                              {"100.127.255.255", "shared by a carrier"},
                                                              {"127.0.0.1", "loopback"},
                                                              {"127.255.255.254", "loopback"},
                                                              {"168.63.129.16", "metadata"},
                                                              {"169.254.0.1", "link-local"},
                                                              {"169.254.169.254", "link-local"},
                                                              {"172.16.0.1", "private"},
                                                              {"172.31.255.255", "private"},
                                                              {"192.0.0.1", "reserved"},
                                                              {"192.0.0.192", "reserved"},
                                                              {"192.0.2.1", "documentation"},
                                                              {"192.88.99.1", "6to4 relay"},
                                                              {"192.168.0.1", "private"},
                                                              {"192.168.255.255", "private"},
                                                              {"198.18.0.1", "benchmarking"},
                                                              {"198.19.255.255", "benchmarking"},
                                                              {"198.51.100.7", "documentation"},
                                                              {"203.0.113.7", "documentation"},
                                                              {"224.0.0.1", "multicast"},
                                                              {"239.255.255.255", "multicast"},
                                                              {"240.0.0.1", "reserved"},
                                                              {"255.255.255.255", "reserved"},
                                                              {"::", "unspecified"},
                                                              {"::1", "loopback"},
                                                              {"::ffff:127.0.0.1", "IPv4 in IPv6"},
                                                              {"::ffff:8.8.8.8", "IPv4 in IPv6"},
                                                              {"::ffff:169.254.169.254", "IPv4 in IPv6"},
                                                              {"::127.0.0.1", "IPv4 in IPv6"},
                                                              {"64:ff9b::7f00:1", "NAT64"},
                                                              {"64:ff9b:1::7f00:1", "NAT64"},
                                                              {"fc00::1", "private"},
                                                              {"fd00:ec2::254", "private"},
                                                              {"fe80::1", "link-local"},
                                                              {"febf::1", "link-local"},
                                                              {"fec0::1", "private"},
                                                              {"ff02::1", "multicast"},
                                                              {"2001::7f00:1", "Teredo"},
                                                              {"2001:2::1", "reserved"},
                                                              {"2001:10::1", "reserved"},
                                                              {"2001:db8::1", "documentation"},
                                                              {"2002:7f00:1::1", "6to4"},
                                                              {"3ffe::1", "reserved"},
                                                              {"3fff:fff::1", "documentation"},
                                                              {"100::1", "reserved"},
                                                              {"4000::1", "reserved"},
                                                              {"5f00::1", "reserved"}};
  for (const auto& [address, why] : kRefused) EXPECT_EQ(range_of(address), why) << address;
  // Their neighbours, so that no range is too wide.
  for (const char* address : {"1.1.1.1",
                              "9.255.255.255",
                              "11.0.0.0",
                              "100.63.255.255",
                              "100.128.0.0",
                              "126.255.255.255",
                              "128.0.0.1",
                              "168.63.129.15",
                              "169.253.255.255",
                              "169.255.0.0",
                              "172.15.255.255",
                              "172.32.0.0",
                              "192.0.1.1",
                              "192.167.255.255",
                              "192.169.0.0",
                              "198.17.255.255",
                              "198.20.0.0",
                              "203.0.112.1",
                              "223.255.255.255",
                              "2001:4860:4860::8888",
                              "2606:4700:4700::1111",
                              "2a00:1450::1",
                              "2003::1",
                              "3fff:1000::1"})
    EXPECT_EQ(range_of(address), "") << address;
  sockaddr local{};
  local.sa_family = AF_UNIX;
  EXPECT_NE(refused_range(local), "");
}

// What reaches something on this machine, or tries to get there by how it is written.
constexpr const char* kTricks[] = {
    // not https, or not that at all
    "http://example.com/", "HTTP://127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd",
    "gopher://127.0.0.1/", "dict://127.0.0.1:11211/", "ldap://127.0.0.1/", "//127.0.0.1/", "127.0.0.1", "",
    "https://", "https:///", "javascript:alert(1)", "https:127.0.0.1", " https://127.0.0.1/",
    "https//127.0.0.1",
    // ports
    "https://example.com:22/", "https://example.com:0/", "https://example.com:80/",
    "https://example.com:6379/", "https://example.com:65536/", "https://example.com:443443/",
    "https://example.com:-1/",
    // users
    "https://user@127.0.0.1/", "https://user:pass@example.com/", "https://example.com@127.0.0.1/",
    "https://@127.0.0.1/", "https://example.com:443@127.0.0.1/", "https://example.com%40127.0.0.1/",
    // other writings of an address
    "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.1/", "https://127.0.1/",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
    "https://017700000001/", "https://0x7f.1/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/",
    "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://2852039166/",
    "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://192.168.1.1/", "https://172.16.0.1/",
    "https://100.64.0.1/", "https://%31%32%37.0.0.1/", "https://127.0.0.1%00.example.com/",
    "https://127.0.0.1%2f.example.com/", "https://127.0.0.1#@example.com/", "https://127.0.0.1?@example.com/",
    "https://127.0.0.1\\@example.com/", "https://127.0.0.1\t/", "https://127.0.0.1\r\n/",
    "https://256.256.256.256/", "https://1.2.3.4.5/",
    // IPv6
    "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/", "https://[fe80::1]/", "https://[fe80::1%25lo]/", "https://[::1%25lo]/",
    "https://[fd00:ec2::254]/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[::1/",
    "https://::1/", "https://[127.0.0.1]/",
    // names
    "https://localhost/", "https://localhost./", "https://LOCALHOST/", "https://localhost:8443/",
    "https://localhost.localdomain/", "https://ip6-localhost/", "https://foo.localhost/",
    // digits and letters that some reader takes for ASCII
    "https://①②⑦.⓪.⓪.①/", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "https://127。0。0。1/", "https://127．0．0．1/",
    "https://１２７.0.0.1/", "https://loc\xc2\xadlhost/", "https://%E2%93%9Bocalhost/"};

class GuardedTransport : public ::testing::Test {
 protected:
  GuardedTransport() {
    testing::write_certificate(folder_ / "cert.pem", folder_ / "key.pem", "DNS:localhost,IP:127.0.0.1");
    CurlOptions options;
    options.threads = 1;
    options.ca_file = folder_ / "cert.pem";
    options.connect_timeout = Millis{2'000};
    transport_ = make_curl_transport(options, collector_);
  }
  Response ask(const std::string& url, bool guarded = true) {
    Request request;
    request.method = "POST";
    request.url = url;
    request.body = "{}";
    request.guarded = guarded;
    request.timeout = Millis{3'000};
    return collector_.exchange(*transport_, std::move(request));
  }

  testing::TempDir folder_;
  testing::Collector collector_;
  std::unique_ptr<Transport> transport_;
};

// Port 443 and 8443 of this machine are nobody's to open in a test: that nothing was sent is asserted of the
// exchange, and that a name is looked at when it is connected to, below.
TEST_F(GuardedTransport, no_trick_gets_a_request_out) {
  size_t count = 0;
  for (const char* url : kTricks) {
    const Response response = ask(url);
    EXPECT_EQ(response.ending, Ending::kNotSent) << url;
    EXPECT_NE(response.error, "") << url;
    ++count;
  }
  EXPECT_GE(count, 60u);
}

TEST_F(GuardedTransport, names_that_lead_to_this_machine_are_refused_where_the_connection_is_made) {
  for (const char* url : {"https://localhost/", "https://LOCALHOST:8443/"}) {
    EXPECT_TRUE(check_guarded_url(url).ok()) << url << ": only looking the name up can tell";
    const Response response = ask(url);
    EXPECT_TRUE(response.refused) << url << " " << response.error;
    EXPECT_EQ(response.error, "the name leads to no public address") << url;
  }
  EXPECT_TRUE(ask("https://127.0.0.1/").refused);
  EXPECT_TRUE(ask("http://example.com/").refused);
}

// The same request, unguarded, arrives; and a connection that it has left open is of no use to a guarded one.
TEST_F(GuardedTransport, the_guard_alone_makes_the_difference) {
  int requests = 0;
  ServerOptions options;
  options.certificate_file = folder_ / "cert.pem";
  options.private_key_file = folder_ / "key.pem";
  auto server = start_server(options, [&](const ServerRequest&, const Responder& respond) {
    ++requests;
    respond(ServerResponse{});
  });
  ASSERT_TRUE(server.ok()) << server.error().text();
  const std::string url = "https://localhost:" + std::to_string((*server)->port()) + "/";
  EXPECT_EQ(ask(url, false).ending, Ending::kAnswered);
  EXPECT_TRUE(ask(url).refused);
  EXPECT_EQ(ask(url, false).ending, Ending::kAnswered);
  EXPECT_EQ(requests, 2);
}

TEST_F(GuardedTransport, a_redirect_is_an_answer_and_nothing_more) {
  int elsewhere = 0;
  auto target = start_server({}, [&](const ServerRequest&, const Responder& respond) {
    ++elsewhere;
    respond(ServerResponse{});
  });
  auto server = start_server({}, [&](const ServerRequest&, const Responder& respond) {
    ServerResponse response;
    response.status = 302;
    response.headers = {{"Location", "http://127.0.0.1:" + std::to_string((*target)->port()) + "/"}};
    respond(std::move(response));
  });
  const Response response = ask("http://127.0.0.1:" + std::to_string((*server)->port()) + "/", false);
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(elsewhere, 0);
}

TEST(AddressGuard, an_address_that_can_be_good_is_taken) {
  for (const char* url : {"https://example.com", "https://example.com/", "https://example.com:443/a?b=c",
                          "https://8.8.8.8/", "https://hooks.example.com:8443/x#y",
                          "https://[2606:4700:4700::1111]/", "https://xn--bcher-kva.example/"})
    EXPECT_TRUE(check_guarded_url(url).ok()) << url;
  const auto refused = check_guarded_url("https://0x7f000001/");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "address_refused");
  EXPECT_NE(refused.error().message.find("loopback"), std::string::npos);
  EXPECT_NE(refused.error().fix.find("configuration file"), std::string::npos);
}

}  // namespace
}  // namespace pinrelay::http
