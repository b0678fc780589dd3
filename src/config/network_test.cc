#include "config/network.h"

#include <gtest/gtest.h>

namespace pinrelay::config {
namespace {

std::string kept(std::string_view text) {
  const auto network = read_network(text);
  return network.ok() ? address_text(network->start) + " " + std::to_string(network->bits)
                      : network.error().code;
}

bool holds(std::string_view network, std::string_view address) {
  return within(read_address(address).value(), {read_network(network).value()});
}

TEST(Network, is_an_address_or_one_with_the_length_of_its_prefix) {
  EXPECT_EQ(kept("10.0.0.5"), "10.0.0.5 128");
  EXPECT_EQ(kept("10.1.0.0/16"), "10.1.0.0 112");
  EXPECT_EQ(kept("2001:db8::/32"), "2001:db8:: 32");
  EXPECT_EQ(kept("::ffff:10.1.0.0/112"), "10.1.0.0 112");
  EXPECT_EQ(kept("128.0.0.0/1"), "128.0.0.0 97");
}

TEST(Network, anything_else_is_refused) {
  for (const char* wrong : {"",
                            "/",
                            "10.0.0",
                            "10.0.0.256",
                            "10.0.0.5/",
                            "10.0.0.0/0",
                            "10.0.0.0/33",
                            "::/0",
                            "2001:db8::/129",
                            "10.0.0.0/-8",
                            "10.0.0.0/8x",
                            "10.0.0.0/8/8",
                            "10.0.0.0/ 8",
                            "proxy.example.com",
                            " 10.0.0.5",
                            "010.0.0.5",
                            "0x0a.0.0.5",
                            "[::1]",
                            "10.0.0.5:80",
                            "fe80::1%eth0",
                            "10.1.2.3/16"})
    EXPECT_EQ(kept(wrong), "bad_network") << wrong;
  EXPECT_NE(read_network("10.1.2.3/16").error().fix.find("10.1.0.0/16"), std::string::npos);
  EXPECT_FALSE(read_address(std::string_view("10.0.0.5\0", 9)).has_value());
  EXPECT_FALSE(read_address(std::string(1'000'000, '1')).has_value());
}

TEST(Network, holds_what_begins_with_its_prefix_however_that_is_written) {
  EXPECT_TRUE(holds("10.1.0.0/16", "10.1.255.255"));
  EXPECT_FALSE(holds("10.1.0.0/16", "10.2.0.0"));
  EXPECT_TRUE(holds("10.1.0.0/20", "10.1.15.1"));
  EXPECT_FALSE(holds("10.1.0.0/20", "10.1.16.1"));
  EXPECT_TRUE(holds("10.0.0.5", "10.0.0.5"));
  EXPECT_FALSE(holds("10.0.0.5", "10.0.0.4"));
  EXPECT_TRUE(holds("10.1.0.0/16", "::ffff:10.1.2.3"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:DB8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "::10.0.0.1")) << "that is no mapped address";
}

TEST(Network, this_machine_is_known_in_both_families) {
  for (const char* here : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_loopback(read_address(here).value())) << here;
  for (const char* elsewhere : {"128.0.0.1", "::2", "::", "0.0.0.0", "::127.0.0.1", "::ffff:10.0.0.1"})
    EXPECT_FALSE(is_loopback(read_address(elsewhere).value())) << elsewhere;
}

TEST(Network, an_address_comes_from_one_of_several_networks_and_without_any_from_everywhere) {
  EXPECT_TRUE(comes_from("", "203.0.113.9"));
  EXPECT_TRUE(comes_from("", "unix"));
  EXPECT_TRUE(comes_from("10.0.0.0/8 192.0.2.7", "10.9.9.9"));
  EXPECT_TRUE(comes_from("10.0.0.0/8 192.0.2.7", "192.0.2.7"));
  EXPECT_TRUE(comes_from("2001:db8::/32", "2001:db8::9"));
  for (const char* elsewhere : {"192.0.2.8", "11.0.0.1", "::1", "unix", ""})
    EXPECT_FALSE(comes_from("10.0.0.0/8 192.0.2.7", elsewhere)) << elsewhere;
  EXPECT_FALSE(comes_from("damaged", "10.0.0.1")) << "what cannot be read lets nobody in";
}

}  // namespace
}  // namespace pinrelay::config
