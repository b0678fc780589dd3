#include "http/tls_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "http/test_support.h"

namespace pinrelay::http {
namespace {

using testing::TempDir;
using testing::TlsClient;

// A file's time may be as coarse as a tick of the kernel, within which a test has gone on.
void make_newer(const std::string& file) {
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(1));
}

class TlsFilesTest : public ::testing::Test {
 protected:
  TlsFilesTest() {
    options_.tls_look_every = Millis{0};
    set_log_observer([this](const LogLine& line) { logged_.push_back(std::string(line.event)); });
    auto started =
        start_server(options_, [](const ServerRequest&, const Responder& respond) { respond({}); });
    EXPECT_TRUE(started.ok());
    server_ = std::move(started).value();
  }
  ~TlsFilesTest() override { set_log_observer({}); }

  // The certificate that somebody who connects now is shown.
  std::string shown() const { return TlsClient(server_->port()).certificate(); }
  void renew() {
    testing::write_certificate(options_.certificate_file, options_.private_key_file, "IP:127.0.0.1");
    make_newer(options_.certificate_file);
  }

  TempDir folder_;
  ServerOptions options_ = testing::tls_options(folder_);
  std::vector<std::string> logged_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsFilesTest, a_new_certificate_counts_from_the_next_connection_on) {
  const std::string first = shown();
  EXPECT_EQ(shown(), first);
  TlsClient before(server_->port());
  renew();
  const std::string second = shown();
  EXPECT_NE(second, first);
  EXPECT_EQ(shown(), second);
  EXPECT_EQ(logged_.size(), 1u);
  before.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(before.receive_until("\r\n\r\n").starts_with("HTTP/1.1 200")) << "one that is open goes on";
}

TEST_F(TlsFilesTest, files_that_cannot_be_used_change_nothing_and_are_told_once) {
  const std::string first = shown();
  const std::string other = folder_ / "other.pem";
  testing::write_certificate(other, folder_ / "other.key", "IP:127.0.0.1");
  // A certificate whose key has not come yet.
  std::filesystem::copy_file(other, options_.certificate_file,
                             std::filesystem::copy_options::overwrite_existing);
  make_newer(options_.certificate_file);
  EXPECT_EQ(shown(), first);
  EXPECT_EQ(shown(), first);
  EXPECT_EQ(logged_, std::vector<std::string>{"the new TLS certificate cannot be used, the old one stays"});
  std::filesystem::remove(options_.private_key_file);
  EXPECT_EQ(shown(), first);
  std::filesystem::copy_file(folder_ / "other.key", options_.private_key_file);
  EXPECT_NE(shown(), first) << "now that both are there";
  std::ofstream(options_.certificate_file) << "no certificate";
  EXPECT_NE(shown(), first);
}

TEST(TlsFiles, looks_no_more_often_than_it_was_told) {
  TempDir folder;
  const ServerOptions options = testing::tls_options(folder);
  auto files = TlsFiles::open(options.certificate_file, options.private_key_file, Millis{2'000});
  ASSERT_TRUE(files.ok());
  const auto first = (*files)->context(Millis{10'000});
  testing::write_certificate(options.certificate_file, options.private_key_file, "IP:127.0.0.1");
  make_newer(options.certificate_file);
  EXPECT_EQ((*files)->context(Millis{11'999}), first);
  EXPECT_NE((*files)->context(Millis{12'000}), first);
}

TEST(StandardHeaders, are_in_every_answer_that_has_none_of_its_own) {
  ServerOptions options;
  options.standard_headers = {{"X-Content-Type-Options", "nosniff"}, {"Content-Security-Policy", "ours"}};
  auto server = start_server(options, [](const ServerRequest& request, const Responder& respond) {
    ServerResponse response;
    if (request.path == "/own") response.headers = {{"content-security-policy", "its own"}};
    respond(response);
  });
  ASSERT_TRUE(server.ok());
  const auto answer = [&](const std::string& bytes) {
    auto client = testing::RawSocket::connect_to((*server)->port());
    client.send(bytes);
    return client.receive_until("\r\n\r\n");
  };
  const std::string plain = answer("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(plain.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  EXPECT_NE(plain.find("Content-Security-Policy: ours\r\n"), std::string::npos);
  const std::string own = answer("GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(own.find("content-security-policy: its own\r\n"), std::string::npos);
  EXPECT_EQ(own.find("ours"), std::string::npos);
  const std::string refused = answer("GET / HTTP/9.9\r\n\r\n");
  EXPECT_NE(refused.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos)
      << "also what the server refuses by itself: " << refused;
}

}  // namespace
}  // namespace pinrelay::http
