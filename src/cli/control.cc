// The client's side of the control socket: one POST with the command line, one answer with what it said.
#include <filesystem>

#include "base/json_text.h"
#include "cli/service.h"
#include "cli/wait.h"

namespace pinrelay::cli {
namespace {

class Signal final : public http::WakeUp {
 public:
  void wake() override {
    const std::lock_guard lock(mutex_);
    set_ = true;
    condition_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return set_; });
    set_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool set_ = false;
};

Error no_service(const config::Config& config) {
  return {ErrorKind::kNotFound, "no_service", "no service runs on this store", config.store,
          "start it with 'pinrelay serve'"};
}

}  // namespace

http::Response ask_and_wait(http::CurlOptions options, http::Request request) {
  Signal signal;
  const auto transport = http::make_curl_transport(std::move(options), signal);
  transport->submit(1, std::move(request));
  std::vector<http::Finished> finished;
  while (finished.empty()) {
    signal.wait();
    finished = transport->take_finished();
  }
  return std::move(finished.front().response);
}

Result<Output> run_remote(const config::Config& config, const std::vector<std::string>& argv,
                          const Arguments& arguments) {
  const std::string socket = Service::control_socket(config);
  if (!std::filesystem::exists(socket)) return no_service(config);
  http::CurlOptions options;
  options.unix_socket = socket;
  options.threads = 1;
  http::Request request;
  request.method = "POST";
  request.url = "http://service/command";
  request.content_type = "application/json";
  Json call = {{"argv", argv}, {"directory", arguments.directory}};
  if (!arguments.secret.empty()) call["secret"] = arguments.secret.reveal();
  request.body = json_text(call);
  // A plan over millions of people takes its time.
  request.timeout = Millis{30 * 60'000};
  request.answer_bytes_max = 256 * 1024 * 1024;
  const http::Response response = ask_and_wait(std::move(options), std::move(request));
  if (response.ending == http::Ending::kNotSent) return no_service(config);
  const Json answer = Json::parse(response.body, nullptr, false);
  if (response.ending != http::Ending::kAnswered || !answer.is_object()) {
    return Error{ErrorKind::kUnavailable, "service_lost", "the service ended while it ran the command",
                 config.store, "look at its log, and try again"};
  }
  if (answer.contains("error")) {
    const Json& e = answer.at("error");
    return Error{static_cast<ErrorKind>(e.value("kind", static_cast<int>(ErrorKind::kInternal))),
                 e.value("code", ""), e.value("message", ""), e.value("where", ""), e.value("fix", "")};
  }
  return Output{answer.at("json"), answer.at("text").get<std::string>(), answer.at("exit_code").get<int>()};
}

}  // namespace pinrelay::cli
