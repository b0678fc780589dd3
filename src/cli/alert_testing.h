// What the tests of alerts share: commands with a receiver of webhooks that a test decides about. For tests
// only.
#pragma once

#include "alerts/alerts.h"
#include "base/sha256.h"
#include "cli/cli_testing.h"
#include "config/address.h"

namespace pinrelay::cli {

inline constexpr Millis kMinute{60'000}, kHour{3'600'000}, kDay{24 * 3'600'000};
inline constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

// Answers with a status, or not at all.
class FakeReceiver {
 public:
  int status = 200;
  bool silent = false;
  std::vector<http::Request> requests;

  class Line final : public http::Transport {
   public:
    explicit Line(FakeReceiver& receiver) : receiver_(receiver) {}
    void submit(uint64_t ticket, http::Request request) override {
      if (!receiver_.silent)
        finished_.push_back({ticket, {http::Ending::kAnswered, receiver_.status, {}, "", "", Millis{1}}});
      receiver_.requests.push_back(std::move(request));
    }
    std::vector<http::Finished> take_finished() override { return std::exchange(finished_, {}); }

   private:
    FakeReceiver& receiver_;
    std::vector<http::Finished> finished_;
  };

  std::vector<Json> bodies() const {
    std::vector<Json> all;
    for (const http::Request& request : requests) all.push_back(Json::parse(request.body));
    return all;
  }
};

class AlertCommands : public CommandTest {
 protected:
  AlertCommands() {
    write_file(folder_ / "hook.secret", std::string(kSecret) + "\n");
    config_.webhooks.push_back({"ops", "http://127.0.0.1:9/hook", {folder_ / "hook.secret", ""}});
    config_.smtp.url = "smtp://127.0.0.1:9";
    config_.smtp.from = "pinrelay@example.com";
    connect();
  }
  void connect() {
    alerts_ = std::make_unique<alerts::Alerts>(
        alerts::Parts{config_, *engine_, *credentials_, clock_,
                      [this] { return std::make_unique<FakeReceiver::Line>(receiver_); }});
  }
  // The next process, after a kill.
  void restart() {
    alerts_.reset(), context_.reset(), importer_.reset(), engine_.reset(), store_.reset();
    const auto webhooks = config_.webhooks;
    const auto smtp = config_.smtp;
    open();
    config_.webhooks = webhooks, config_.smtp = smtp;
    connect();
    work();
  }
  // What the service's loop does, a minute later.
  void look(Millis later = kMinute) {
    clock_.advance(later);
    work();
    for (bool worked = true; worked;) {
      const auto result = alerts_->run_once();
      ASSERT_TRUE(result.ok()) << result.error().text();
      worked = *result;
    }
  }
  // So many hours, looked at each quarter of one.
  void hours(int64_t count, const std::function<void(int64_t hour)>& each = {}) {
    for (int64_t hour = 0; hour < count; ++hour) {
      if (each) each(hour);
      for (int quarter = 0; quarter < 4; ++quarter) look(15 * kMinute);
    }
  }
  void put(const std::string& kind, std::vector<std::string> more = {}) {
    std::vector<std::string> argv = {"alert", "put", "watch", "--kind", kind, "--to", "ops"};
    argv.insert(argv.end(), more.begin(), more.end());
    said(argv);
  }
  // "opened", "resolved", … in order of arrival.
  std::string told() const {
    std::string text;
    for (const Json& body : receiver_.bodies())
      text += (text.empty() ? "" : " ") + body["type"].get<std::string>().substr(6);
    return text;
  }
  size_t open_now() { return json({"alert", "list"})["open"].size(); }
  void fail_job() {
    pinterest_.answer = [](const http::Request&) { return std::pair{404, R"({"code":404,"message":"no"})"}; };
    changes(1);
    pass(10 * kMinute);
  }
  void heal() {
    pinterest_.answer = [](const http::Request& request) { return std::pair{200, ok_answer(request)}; };
  }
  void changes(int count) {
    for (int i = 0; i < count; ++i) {
      ++people_;
      member("u" + std::to_string(people_), "p" + std::to_string(people_) + "@example.org");
    }
    work();
  }

  FakeReceiver receiver_;
  std::unique_ptr<alerts::Alerts> alerts_;
  int people_ = 0;
};

}  // namespace pinrelay::cli
