#include "bench/api.h"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <thread>
#include <tuple>

#include "bench/caller.h"
#include "bench/load.h"
#include "bench/world.h"

namespace pinrelay::bench {
namespace {

constexpr uint64_t kJobs = 500, kAuditRows = 5'000, kImports = 100;
constexpr int kRounds = 100, kPages = 4;

[[noreturn]] void fail(const std::string& what) {
  fmt::print(stderr, "bench: {}\n", what);
  std::exit(1);
}

// The service on a thread of its own.
class Running {
 public:
  explicit Running(World& world) : world_(world), thread_([&] { std::ignore = world_.service().run(); }) {}
  ~Running() {
    world_.service().stop();
    thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  World& world_;
  std::thread thread_;
};

// Lists, and what one looks at from them. Pages of them are followed.
std::vector<std::string> lists_of_the_api() {
  std::vector<std::string> paths;
  for (const char* path : {"jobs", "jobs/bench", "jobs/conversions-1", "audiences", "audiences/Readers",
                           "authorizations", "fields", "alerts", "alert-history?limit=500", "webhooks",
                           "tokens", "users", "sessions", "write-keys", "profiles/person-00000010",
                           "profiles/person-00000010/why", "profiles/person-00000011/why"})
    paths.emplace_back(path);
  for (const char* path :
       {"jobs/bench/records?", "jobs/bench/records?reason=invalid_email&",
        "jobs/bench/records?reason=no_consent&", "jobs/bench/records?reason=rejected_by_pinterest&",
        "jobs/bench/records?reason=no_change&", "jobs/conversions-1/records?", "jobs/bench/requests?",
        "jobs/conversions-1/requests?", "imports?", "audit?"})
    for (const char* limit : {"limit=50", "limit=500"}) paths.push_back(std::string(path) + limit);
  return paths;
}

std::string next_cursor(const std::string& body) {
  constexpr std::string_view kKey = "\"next_cursor\":\"";
  const size_t at = body.find(kKey);
  if (at == std::string::npos) return "";
  return body.substr(at + kKey.size(), body.find('"', at + kKey.size()) - at - kKey.size());
}

using Times = std::map<std::string, std::vector<double>>;

// The first pages of each.
void ask(Caller& caller, const std::string& token, int rounds, Times& times) {
  for (int round = 0; round < rounds; ++round) {
    for (const std::string& path : lists_of_the_api()) {
      std::string cursor;
      for (int page = 0; page < kPages; ++page) {
        const Said said = caller.get("/api/v1/" + path + (cursor.empty() ? "" : "&cursor=" + cursor), token);
        if (said.status != 200) fail(fmt::format("{}: {} {}", path, said.status, said.body.substr(0, 300)));
        times[path].push_back(said.millis);
        cursor = next_cursor(said.body);
        if (cursor.empty()) break;
      }
    }
  }
}

// p99 of the slowest path.
Row worst(const std::string& what, const Times& times) {
  double slowest = 0;
  size_t calls = 0;
  fmt::print(stderr, "{}\n", what);
  for (const auto& [path, millis] : times) {
    const double p99 = percentile(millis, 0.99);
    fmt::print(stderr, "  {:<60} {:>5} calls, p50 {:>8.2f} ms, p99 {:>8.2f} ms\n", path, millis.size(),
               percentile(millis, 0.5), p99);
    slowest = std::max(slowest, p99);
    calls += millis.size();
  }
  return {fmt::format("{}: {} calls, p99 of the slowest", what, calls), slowest, "ms", 400, 200, true, {}};
}

void fill(World& world, uint64_t people) {
  for (uint64_t i = 0; i < kImports; ++i)
    world.import_file(world.write_people(10, 1'000 + i), fmt::format("Audience {}", i));
  world.import_file(world.write_people(people, 1, 10), "Readers");
  world.start_job();
  world.settle();
  world.add_jobs(kJobs - 1);
  world.add_audit_rows(kAuditRows);
}

}  // namespace

std::vector<Row> api_lists(const std::string& folder, uint64_t people) {
  const std::string here = folder + "/api";
  std::filesystem::create_directories(here);
  Simulator simulator(here);
  {
    World world(here, simulator);
    const Cost cost = measure([&] { fill(world, people); });
    fmt::print(stderr, "the world of the API's lists was made in {:.0f} s\n", cost.wall_seconds);
  }
  World world(here, simulator, false);
  const std::string token = world.add_token("lists", "admin");
  const Running running(world);
  const uint16_t port = world.service().port();
  Caller caller(port);
  const std::string there = fmt::format("API lists, {} jobs, {} M people, a tenth of them invalid", kJobs,
                                        static_cast<double>(people) / 1e6);
  std::vector<Row> rows;
  Times quiet, busy;
  ask(caller, token, kRounds, quiet);
  rows.push_back(worst(there, quiet));
  std::atomic<bool> over = false;
  std::atomic<uint64_t> entered = 0;
  std::thread changes([&] {
    while (!over)
      if (millis_to_answer(port, 4, 50, Millis{40}, [&](uint64_t) {
            return World::reader_enters(++entered);
          }).size() != 200)
        fail("changes were refused");
  });
  ask(caller, token, kRounds, busy);
  over = true;
  changes.join();
  rows.push_back(worst(there + ", beside 100 changes/s", busy));
  return rows;
}

std::vector<Row> sign_ins(const std::string& folder) {
  constexpr int kUsers = 20, kTimes = 100, kPeriod = 10;
  constexpr uint64_t kConnections = 16, kRequests = 625;
  constexpr Millis kBetween{200};
  const std::string here = folder + "/sign-ins";
  std::filesystem::create_directories(here);
  Simulator simulator(here);
  World world(here, simulator, false);
  world.start_conversions("conversions", false);
  std::vector<std::string> tickets;
  for (int i = 0; i < kUsers; ++i) tickets.push_back(world.add_user(fmt::format("user-{}", i)));
  const Running running(world);
  const uint16_t port = world.service().port();
  const std::string password = "a long one for the benchmark";
  for (const std::string& ticket : tickets) {
    const Said said = Caller(port).post(
        "/api/v1/session/accept", fmt::format(R"({{"ticket":"{}","password":"{}"}})", ticket, password));
    if (said.status != 201) fail(fmt::format("accept: {} {}", said.status, said.body));
  }
  // Each from an address of its own, as people are.
  const auto sign_in = [&](int i) {
    Caller caller(port, fmt::format("127.0.1.{}", 1 + i % kUsers));
    const Said said = caller.post(
        "/api/v1/session", fmt::format(R"({{"name":"user-{}","password":"{}"}})", i % kUsers, password));
    if (said.status != 201) fail(fmt::format("sign-in: {} {}", said.status, said.body));
    return said.millis;
  };
  std::vector<double> millis;
  const Cost idle = measure([] {});
  const Cost cost = measure([&] {
    for (int i = 0; i < kTimes; ++i) millis.push_back(sign_in(i));
  });
  std::vector<Row> rows;
  rows.push_back({"a sign-in: processor time", cost.cpu_seconds * 1e3 / kTimes, "ms", 400, 200, true, cost});
  rows.push_back({"sign-ins, one after the other", kTimes / cost.wall_seconds, "/s", 3, 8, false, cost});
  rows.push_back({"sign-ins, one after the other: p95", percentile(millis, 0.95), "ms", 800, 300, true, {}});
  rows.push_back(
      {"a sign-in: memory while it lasts", cost.peak_mib - idle.peak_mib, "MiB", 96, 70, true, {}});

  std::vector<double> beside;
  std::thread people([&] {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kPeriod * 1'000 / kBetween.count(); ++i) {
      std::this_thread::sleep_until(start + kBetween * i);
      beside.push_back(sign_in(i));
    }
  });
  const std::string now = format_rfc3339(world.service().context().clock.now());
  const auto changes = millis_to_answer(port, kConnections, kRequests, Millis{kConnections},
                                        [&](uint64_t i) { return World::buyer_enters(i, now); });
  people.join();
  if (changes.size() != kConnections * kRequests) fail("changes were refused");
  fmt::print(stderr, "beside 1,000 change requests/s a sign-in took {:.0f} ms (p50), {:.0f} ms (p95)\n",
             percentile(beside, 0.5), percentile(beside, 0.95));
  rows.push_back({"1,000 change requests/s beside 5 sign-ins/s: due → acknowledged, p95",
                  percentile(changes, 0.95),
                  "ms",
                  200,
                  50,
                  true,
                  {}});
  return rows;
}

}  // namespace pinrelay::bench
