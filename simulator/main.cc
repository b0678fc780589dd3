// pinrelay-sim: the simulated Pinterest as a program.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "http/server.h"
#include "simulator/fault_orders.h"
#include "simulator/front.h"
#include "simulator/options.h"
#include "simulator/snapshot.h"

namespace pinrelay::sim {
namespace {

constexpr int kUsageExit = 2, kFailureExit = 1;

Result<void> apply_scenario(World& world, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{ErrorKind::kNotFound, "scenario", "cannot read the scenario", path, ""};
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Result<void> result = apply_fault_orders(world, text);
  if (result) return {};
  Error error = std::move(result).error();
  error.where = path + ", " + error.where;
  return error;
}

http::ServerOptions server_options(const Options& options) {
  http::ServerOptions server;
  server.address = options.address;
  server.port = options.port;
  server.certificate_file = options.certificate_file;
  server.private_key_file = options.private_key_file;
  // The world refuses large bodies itself, as Pinterest would.
  server.body_bytes_max = 2 * options.world.body_bytes_max;
  server.server_name = "pinrelay-sim";
  return server;
}

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

void announce(const Options& options, uint16_t port) {
  std::fprintf(stderr,
               "pinrelay-sim is a stand-in for Pinterest, for demos, tests and rehearsals: nothing sent here "
               "reaches Pinterest.\n");
  const char* const scheme = options.certificate_file.empty() ? "http" : "https";
  std::printf("listening on %s://%s:%u\n", scheme, options.address.c_str(), unsigned{port});
  std::fflush(stdout);
}

Result<void> prepare(World& world, const Options& options) {
  if (!options.state_file.empty()) TRY(load_state(world, options.state_file));
  world.faults().set_profile(options.faults);
  if (!options.scenario_file.empty()) TRY(apply_scenario(world, options.scenario_file));
  return {};
}

Result<void> serve(const Options& options) {
  // Before any thread starts, so that only sigwait sees them.
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  World world(options.world);
  TRY(prepare(world, options));
  const auto clock = make_system_clock();
  Front front(world, *clock, options.record_file);
  if (!front.record_ok()) {
    return Error{ErrorKind::kUnavailable, "record", "cannot write the record", options.record_file, ""};
  }
  const auto server = TRY(http::start_server(
      server_options(options), [&](http::ServerRequest request, const http::Responder& respond) {
        front.handle(std::move(request), respond);
      }));
  announce(options, server->port());
  int signal = 0;
  sigwait(&signals, &signal);
  front.end_waits();
  server->stop();
  if (!options.state_file.empty()) TRY(save_state(world, options.state_file));
  return {};
}

int run(const std::vector<std::string>& arguments) {
  const Result<Options> options = read_options(arguments);
  if (!options) {
    std::fprintf(stderr, "pinrelay-sim: %s\n", options.error().text().c_str());
    return kUsageExit;
  }
  if (options->help) {
    std::fputs(help_text().c_str(), stdout);
    return 0;
  }
  const Result<void> served = serve(*options);
  if (served) return 0;
  std::fprintf(stderr, "pinrelay-sim: %s\n", served.error().text().c_str());
  return kFailureExit;
}

}  // namespace
}  // namespace pinrelay::sim

// Only the lack of memory throws here, and ends the process as it would anywhere.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  return pinrelay::sim::run(std::vector<std::string>(argv + 1, argv + argc));
}
