// serve and run: the two commands that work on the store until they are told, or find, that they are done.
#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <thread>

#include "base/log.h"
#include "cli/handlers.h"
#include "cli/left_over.h"
#include "cli/service.h"
#include "cli/suspended.h"

namespace pinrelay::cli {
namespace {

// SIGTERM and SIGINT stop the service; waiting for them on a thread of its own needs no handler.
class StopOnSignal {
 public:
  explicit StopOnSignal(Service& service) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    thread_ = std::jthread([this, &service](const std::stop_token& stop) {
      pthread_setname_np(pthread_self(), "signals");
      constexpr timespec kPoll{0, 100'000'000};
      while (!stop.stop_requested()) {
        if (sigtimedwait(&signals_, nullptr, &kPoll) > 0) service.stop();
      }
    });
  }
  // Before any thread starts, so that all of them inherit it.
  static void block() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }

 private:
  sigset_t signals_;
  std::jthread thread_;
};

Result<void> tell_left_over(Context& context, Output& output) {
  std::vector<std::string> lines;
  TRY(context.read([&]() -> Result<void> {
    lines = left_over(context);
    return {};
  }));
  output.json["left_over"] = lines;
  output.text = lines.empty() ? "everything is done\n" : "everything is done but what waits for a person:\n";
  for (const std::string& line : lines) output.text += "  " + line + "\n";
  return {};
}

// Memory of large bodies goes back to the system when they are done. By its own rules the library would keep
// it from the first one on, for each thread apart, which doubled what a flood of bodies took.
void give_memory_back() {
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_ARENA_MAX, 2);
}

Result<Output> run_service(const Arguments& arguments, bool until_idle) {
  give_memory_back();
  StopOnSignal::block();
  const std::string path = configuration_path(arguments.value("config"));
  config::Config config = TRY(load_configuration(path));
  const std::vector<std::string> warnings = warnings_of(config, path);
  const bool simulated = config.pinterest_base_url.find("//api.pinterest.com") == std::string::npos;
  const bool plain_http = config.plain_http;
  const std::string store = config.store, base_url = config.pinterest_base_url;
  ServiceOptions options;
  options.listen = !until_idle;
  options.until_idle = until_idle;
  auto service = TRY(Service::open(std::move(config), options));
  for (const std::string& warning : warnings)
    log(LogLevel::kWarning, "cli", "configuration", {{"warning", warning}});
  if (simulated) log(LogLevel::kWarning, "cli", "not the real Pinterest", {{"base_url", base_url}});
  if (plain_http && !until_idle)
    log(LogLevel::kWarning, "cli", "plain_http: other machines may connect without TLS, and be read along");
  if (const std::string suspended = suspended_text(service->context()); !suspended.empty())
    log(LogLevel::kWarning, "cli", "restored", {{"suspended", suspended}, {"fix", kConfirmRestored}});
  if (!until_idle) TRY(service->offer_claim());
  if (!until_idle) log(LogLevel::kInfo, "cli", "ready", {{"port", service->port()}, {"store", store}});
  StopOnSignal signals(*service);
  TRY(service->run());
  if (!until_idle) log(LogLevel::kInfo, "cli", "stopped");
  Output output{{{"stopped", true}}, "", 0};
  if (until_idle) TRY(tell_left_over(service->context(), output));
  return output;
}

}  // namespace

Result<Output> run_serve(const Arguments& arguments) { return run_service(arguments, false); }

Result<Output> run_run(const Arguments& arguments) { return run_service(arguments, true); }

}  // namespace pinrelay::cli
