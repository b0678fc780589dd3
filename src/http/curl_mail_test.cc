#include <gtest/gtest.h>

#include "http/client.h"
#include "http/test_support.h"

namespace pinrelay::http {
namespace {

using testing::RawSocket;
using testing::ScriptedPeer;

class MailTest : public ::testing::Test {
 protected:
  // A mail server that says these lines, one for each of the client's; the message counts as one.
  Response send(std::vector<std::string> answers, Mail mail,
                const std::string& message = "Subject: x\r\n\r\nhello\r\n",
                const std::string& host = "127.0.0.1") {
    ScriptedPeer server({[&](RawSocket& client) {
      client.send("220 ready\r\n");
      bool whole_message = false;
      for (const std::string& answer : answers) {
        const std::string line = client.receive_until(whole_message ? "\r\n.\r\n" : "\r\n");
        if (line.empty()) return;
        said_ += line;
        whole_message = line == "DATA\r\n";
        client.send(answer + "\r\n");
      }
    }});
    Request request;
    request.method = "MAIL";
    request.url = "smtp://" + host + ":" + std::to_string(server.port());
    request.body = message;
    request.mail = std::move(mail);
    return collector_.exchange(*transport_, std::move(request));
  }

  std::string said_;  // by the client
  testing::Collector collector_;
  std::unique_ptr<Transport> transport_ = make_curl_transport(CurlOptions{}, collector_);
};

TEST_F(MailTest, a_message_is_handed_over_whole) {
  const Response response =
      send({"250 hello", "250 ok", "250 ok", "354 go on", "250 taken", "221 bye"},
           {"pinrelay@example.com", "oncall@example.org", "", ""}, "Subject: x\r\n\r\n.hidden\r\nhello\r\n");
  EXPECT_EQ(response.ending, Ending::kAnswered) << response.error;
  EXPECT_EQ(response.status, 250);
  EXPECT_EQ(said_.substr(0, said_.find("DATA")),
            "EHLO example.com\r\nMAIL FROM:<pinrelay@example.com>\r\nRCPT TO:<oncall@example.org>\r\n");
  EXPECT_NE(said_.find("\r\n..hidden\r\nhello\r\n.\r\n"), std::string::npos) << "a dot ends nothing";
}

TEST_F(MailTest, a_refusal_is_told_by_its_code) {
  const Response response = send({"250 hello", "250 ok", "550 nobody of that name", "221 bye"},
                                 {"a@example.com", "b@example.org", "", ""});
  EXPECT_EQ(response.ending, Ending::kAnswered) << response.error;
  EXPECT_EQ(response.status, 550);
  EXPECT_EQ(said_.find("hello\r\n"), std::string::npos);
}

TEST_F(MailTest, no_address_becomes_a_command_of_its_own) {
  for (const char* to : {"a@example.org>\r\nRCPT TO:<b@example.org", "a@example.org\n", "", "a b@example.org",
                         "a@example.org> NOTIFY=NEVER", "\xc3\xa4@example.org"}) {
    said_.clear();
    Request request;
    request.url = "smtp://127.0.0.1:1";
    request.mail = Mail{"a@example.com", to, "", ""};
    const Response response = collector_.exchange(*transport_, std::move(request));
    EXPECT_EQ(response.ending, Ending::kNotSent) << to;
    EXPECT_EQ(response.error, "this is no plain mail address") << to;
  }
}

// libcurl looks up names below localhost itself; to us it is another machine.
TEST_F(MailTest, to_another_machine_nothing_goes_without_tls) {
  const Mail mail{"a@example.com", "b@example.org", "user", "word-of-the-test"};
  for (const char* offers : {"250-hello\r\n250 AUTH PLAIN", "250-hello\r\n250 STARTTLS"}) {
    said_.clear();
    const Response response = send({offers, "454 not now", "221 bye"}, mail, "hello\r\n", "mail.localhost");
    EXPECT_EQ(response.ending, Ending::kNotSent);
    EXPECT_TRUE(response.tls_failed) << response.error;
    EXPECT_EQ(said_.find("MAIL"), std::string::npos) << said_;
    EXPECT_EQ(said_.find("AUTH"), std::string::npos) << said_;
    EXPECT_EQ(response.error.find("word-of-the-test"), std::string::npos);
  }
}

TEST_F(MailTest, a_connection_that_breaks_behind_the_message_leaves_open_whether_it_was_taken) {
  const Response response =
      send({"250 hello", "250 ok", "250 ok", "354 go on"}, {"a@example.com", "b@example.org", "", ""});
  EXPECT_EQ(response.ending, Ending::kBroken) << response.status << response.error;
}

}  // namespace
}  // namespace pinrelay::http
