// ./dev bench [--people N] [--folder F]: what one core can do, in one run, next to yardsticks of the same
// core. A figure is rows per processor second of this process; the simulated Pinterest and the load generator
// run in processes of their own and do not count. The rate budget is lifted.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "bench/api.h"
#include "bench/load.h"
#include "bench/readers.h"
#include "bench/world.h"
#include "store/db.h"

namespace pinrelay::bench {
namespace {

// Floors and goals are for a core whose first yardstick gives so many a second.
constexpr double kFullSpeed = 8e6;
constexpr std::string_view kParts[] = {"lists", "conversions", "views",  "sign-ins",
                                       "api",   "memory",      "imports"};

double hash_yardstick() {
  constexpr uint64_t kValues = 2'000'000;
  // By OpenSSL, whatever the product hashes by: floors and goals were set by it.
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  CHECK(algorithm != nullptr && context != nullptr && EVP_DigestInit_ex2(context, algorithm, nullptr) == 1);
  Hash hash;
  std::string hex;
  const Cost cost = measure([&] {
    std::string value = "reader.00000000@example.org";
    for (uint64_t i = 0; i < kValues; ++i) {
      std::memcpy(value.data() + 7, &i, 8);
      hex.clear();
      EVP_DigestUpdate(context, value.data(), value.size());
      EVP_DigestFinal_ex(context, hash.data(), nullptr);
      EVP_DigestInit_ex2(context, nullptr, nullptr);
      append_hex(hex, hash);
    }
  });
  EVP_MD_CTX_free(context);
  EVP_MD_free(algorithm);
  return kValues / cost.cpu_seconds;
}

double sqlite_yardstick(const std::string& folder) {
  constexpr int64_t kRows = 500'000;
  auto db = store::Db::open({.path = folder + "/yardstick.db"});
  if (!db) std::exit(1);
  (*db)->exec("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB)");
  store::Statement insert(**db, "INSERT INTO t VALUES (?, ?)");
  const Bytes data(100, 7);
  const Cost cost = measure([&] {
    for (int64_t i = 0; i < kRows; i += 10'000) {
      (*db)->begin();
      for (int64_t j = i; j < i + 10'000; ++j) insert.run(j, data);
      if (!(*db)->commit()) std::exit(1);
    }
  });
  return kRows / cost.cpu_seconds;
}

class Bench {
 public:
  // `only`: one of kParts; empty: all but "memory", "api" and "imports", which take long.
  Bench(std::string folder, uint64_t people, std::string only)
      : folder_(std::move(folder)), people_(people), only_(std::move(only)) {}

  void run() {
    fmt::print("yardsticks: SHA-256+hex {:.2f} M/s, SQLite insert in key order {:.0f} k rows/s\n\n",
               hash_yardstick() / 1e6, sqlite_yardstick(folder_) / 1e3);
    if (only_.empty() || only_ == "lists") lists();
    if (only_.empty() || only_ == "conversions") conversions(people_ / 5);
    if (only_.empty() || only_ == "conversions") live_conversions();
    if (only_.empty() || only_ == "views") live_views();
    if (only_.empty() || only_ == "sign-ins") append(sign_ins(folder_));
    if (only_ == "api") append(api_lists(folder_, people_));
    if (only_ == "memory") remembered();
    if (only_ == "imports") imports();
    print();
  }

 private:
  // The machine's speed may change within a run, so the yardstick is laid on before and after each piece.
  static Cost measure(const std::function<void()>& work) {
    const double before = hash_yardstick();
    Cost cost = bench::measure(work);
    cost.scale = (before + hash_yardstick()) / 2 / kFullSpeed;
    return cost;
  }

  void lists() {
    const double small = live_cost_at(people_ / 100);
    Simulator simulator(folder_);
    World world(folder_, simulator);
    big(world, small);
  }

  // Processor seconds per live change in a store of that many members.
  double live_cost_at(uint64_t people) {
    const std::string folder = folder_ + "/small";
    std::filesystem::create_directories(folder);
    Simulator simulator(folder);
    World world(folder, simulator);
    world.import_file(world.write_people(people, 1), "Readers");
    world.start_job();
    world.settle();
    const uint64_t changes = people / 100;
    double best = 1e9;
    for (int round = 0; round < 3; ++round) {
      const Cost cost = bench::measure([&] { world.change(people, changes), world.settle(); });
      best = std::min(best, cost.cpu_seconds / static_cast<double>(changes));
    }
    return best;
  }

  void big(World& world, double small_live_cost) {
    const std::string first = world.write_people(people_, 1), second = world.write_people(people_ / 4, 2);
    add("import NDJSON, new people in any key order", people_, 100e3, 200e3,
        measure([&] { world.import_file(first, "Readers"); }));
    add("import, updates of random people", people_ / 4, 40e3, 100e3,
        measure([&] { world.import_file(second, ""); }));
    const int64_t before = world.used_bytes();
    add("backfill of e-mails over TLS", people_, 250e3, 600e3,
        measure([&] { world.start_job(), world.settle(); }));
    rows_.push_back({"disk per member beyond profile, log, records",
                     static_cast<double>(world.used_bytes() - before) / static_cast<double>(people_),
                     "bytes",
                     200,
                     80,
                     true,
                     {}});
    if (world.present() != static_cast<int64_t>(people_)) {
      fmt::print(stderr, "bench: {} identifiers on the list instead of {}\n", world.present(), people_);
      std::exit(1);
    }
    add("resync with nothing to change", people_, 600e3, 1.5e6,
        measure([&] { world.resync(), world.settle(); }));
    const uint64_t changes = people_ / 100;
    const Cost live = measure([&] { world.change(people_, changes), world.settle(); });
    add("live: 1 % enter or exit, random keys", changes, 20e3, 67e3, live);
    rows_.push_back({"CPU per live change, all members ÷ a hundredth",
                     live.cpu_seconds / static_cast<double>(changes) / small_live_cost,
                     "",
                     2,
                     1.3,
                     true,
                     {}});
    const uint16_t port = world.service().port();
    ingest("HTTP ingest, 1 row a request, 64 connections", port, 200'000, 1, 10e3, 30e3);
    ingest("HTTP ingest, 100 rows a request", port, 4'000'000, 100, 150e3, 400e3);
    double peak = 0;
    for (const Row& row : rows_) peak = std::max(peak, row.cost.peak_mib);
    rows_.push_back({"peak memory of the process, any of the above", peak, "MiB", 256, 128, true, {}});
  }

  void conversions(uint64_t people) {
    const std::string folder = folder_ + "/conversions";
    std::filesystem::create_directories(folder);
    Simulator simulator(folder);
    World world(folder, simulator);
    world.import_file(world.write_buyers(people), "Buyers");
    uint64_t built = 0;
    const Cost extraction = measure([&] { built = world.build_events(); });
    if (built != people)
      fmt::print(stderr, "bench: {} events are built of {}\n", built, people), std::exit(1);
    add("conversions: extraction alone, 12 fields, 8 hashed", people, 300e3, 450e3, extraction);
    add("conversions: backfill over TLS, answered and remembered", people, 100e3, 200e3,
        measure([&] { world.start_conversions(), world.settle(); }));
    const int64_t sent = world.conversions().added;
    if (sent != static_cast<int64_t>(people))
      fmt::print(stderr, "bench: {} of {} events are sent\n", sent, people), std::exit(1);
  }

  // Everybody enters an audience that two conversions jobs follow, and then withdraws consent: a file each.
  void imports() {
    const std::string folder = folder_ + "/imports";
    std::filesystem::create_directories(folder);
    Simulator simulator(folder);
    World world(folder, simulator);
    world.import_file(world.write_consents(people_, true), "");
    world.follow_buyers();
    const auto buyers = world.write_buyers(people_), withdrawals = world.write_consents(people_, false);
    const Cost enters = measure([&] { world.import_file(buyers, "Buyers"); });
    const int64_t waiting = world.waiting_events();
    const Cost ends = measure([&] { world.import_file(withdrawals, ""); });
    const int64_t left = world.waiting_events();
    if (waiting != 2 * static_cast<int64_t>(people_) || left != 0)
      fmt::print(stderr, "bench: {} events wait, and {} after the withdrawals\n", waiting, left),
          std::exit(1);
    add("import: rows that two conversions jobs follow", people_, 20e3, 40e3, enters);
    add("import: withdrawals, each of which ends two events that wait", people_, 20e3, 40e3, ends);
    rows_.push_back({"import: peak memory, with two conversions jobs and withdrawals",
                     std::max(enters.peak_mib, ends.peak_mib),
                     "MiB",
                     256,
                     128,
                     true,
                     {}});
  }

  // From the answer to the row of an enter to the request that carries its event.
  void live_conversions() {
    constexpr uint64_t kRequests = 2'000, kRows = 10;
    const std::string folder = folder_ + "/live";
    std::filesystem::create_directories(folder);
    Simulator simulator(folder);
    World world(folder, simulator, false);
    world.start_conversions("conversions", false);
    std::thread engine([&] { std::ignore = world.service().run(); });
    const auto answered = post_at_pace(world.service().port(), kRequests, Millis{10}, [&](uint64_t i) {
      std::string body;
      const std::string now = format_rfc3339(world.service().context().clock.now());
      for (uint64_t row = 0; row < kRows; ++row) body += World::buyer_enters(i * kRows + row, now);
      return body;
    });
    world.service().stop();
    engine.join();
    std::vector<double> millis;
    const auto requested = world.requested();
    for (uint64_t person = 0; person < answered.size() * kRows; ++person) {
      const auto found = requested.find(world.service().context().store().profiles.id_of(key_of(person)));
      if (found == requested.end()) continue;
      millis.push_back(
          std::max<double>(0, static_cast<double>((found->second - answered[person / kRows]).count())));
    }
    // What came last may wait for the next start.
    if (millis.size() < kRequests * kRows * 99 / 100)
      fmt::print(stderr, "bench: only {} events were requested\n", millis.size()), std::exit(1);
    std::sort(millis.begin(), millis.end());
    rows_.push_back({"conversions: live at 1,000 enters/s, acknowledged → request, p95",
                     millis[millis.size() * 95 / 100],
                     "ms",
                     2'000,
                     1'000,
                     true,
                     {}});
  }

  // A thousand requests a second with one enter each, while a hundred look at the job that follows them.
  void live_views() {
    constexpr uint64_t kConnections = 16, kRequests = 625, kPeople = kConnections * kRequests, kReaders = 100;
    const std::string folder = folder_ + "/views";
    std::filesystem::create_directories(folder);
    Simulator simulator(folder);
    World world(folder, simulator, false);
    world.start_conversions("conversions", false);
    std::vector<std::string> tokens;
    for (uint64_t i = 0; i < kReaders; ++i)
      tokens.push_back(i % 6 == 0 ? world.add_token(fmt::format("viewer-{}", i)) : tokens.back());
    std::thread engine([&] { std::ignore = world.service().run(); });
    const uint16_t port = world.service().port();
    Readers readers(port, "/api/v1/live/jobs/conversions", tokens);
    const std::string now = format_rfc3339(world.service().context().clock.now());
    auto millis = millis_to_answer(port, kConnections, kRequests, Millis{kConnections},
                                   [&](uint64_t i) { return World::buyer_enters(i, now); });
    std::this_thread::sleep_for(std::chrono::seconds(5));  // what came last is shown
    const auto shown = readers.finish();
    world.service().stop();
    engine.join();
    const auto all = fmt::format("\"members\":{}", kPeople);
    const auto saw_all = std::count_if(shown.begin(), shown.end(), [&](const std::string& last) {
      return last.find(all) != std::string::npos;
    });
    fmt::print(stderr,
               "live views: {} of {} requests accepted, {} of {} readers saw all of them, {} events\n",
               millis.size(), kPeople, saw_all, kReaders, readers.events());
    if (millis.size() != kPeople || saw_all != static_cast<int64_t>(kReaders)) std::exit(1);
    std::sort(millis.begin(), millis.end());
    rows_.push_back({"1,000 change requests/s beside 100 live views: due → acknowledged, p95",
                     millis[millis.size() * 95 / 100],
                     "ms",
                     200,
                     50,
                     true,
                     {}});
  }

  // All people, and five times as many conversions remembered: backfill with live changes beside it, then
  // nothing but duplicates.
  void remembered() {
    const std::string folder = folder_ + "/memory";
    std::filesystem::create_directories(folder);
    Simulator simulator(folder);
    World world(folder, simulator);
    const Cost others = bench::measure([&] { world.remember_others(5 * people_); });
    fmt::print(stderr, "remembering {} others took {:.0f} s\n", 5 * people_, others.wall_seconds);
    world.import_file(world.write_buyers(people_), "Buyers");
    const Cost backfill = bench::measure([&] {
      world.start_conversions();
      std::jthread live([&](const std::stop_token& stop) {
        // A thousand a second.
        for (uint64_t person = people_; !stop.stop_requested();)
          std::ignore = post_at_pace(world.service().port(), 10, Millis{10}, [&](uint64_t) {
            std::string body;
            const std::string now = format_rfc3339(world.service().context().clock.now());
            for (int row = 0; row < 10; ++row) body += World::buyer_enters(person++, now);
            return body;
          });
      });
      world.finish_backfill();
      live.request_stop();
      live.join();
      world.settle();
    });
    fmt::print(stderr, "backfill beside {} remembered and live changes: {:.0f} s, {:.0f} MiB\n", 5 * people_,
               backfill.wall_seconds, backfill.peak_mib);
    if (world.conversions().added < static_cast<int64_t>(people_))
      fmt::print(stderr, "bench: {} events are sent\n", world.conversions().added), std::exit(1);
    const int64_t members = world.conversions().added;
    const Cost again = measure([&] { world.start_conversions("again"), world.settle(); });
    add("conversions: duplicates recognised among 5 times as many remembered", static_cast<uint64_t>(members),
        50e3, 200e3, again);
    if (world.conversions("again").omitted != members)
      fmt::print(stderr, "bench: {} duplicates\n", world.conversions("again").omitted), std::exit(1);
    rows_.push_back({"conversions: peak memory, with backfill and live changes beside them",
                     std::max(backfill.peak_mib, again.peak_mib),
                     "MiB",
                     256,
                     128,
                     true,
                     {}});
  }

  void ingest(const char* what, uint16_t port, uint64_t rows, uint64_t rows_per_request, double floor,
              double goal) {
    bool accepted = false;
    const Cost cost = measure([&] { accepted = post_rows(port, rows, rows_per_request, 64); });
    if (!accepted) fmt::print(stderr, "bench: the load generator was refused\n"), std::exit(1);
    add(what, rows, floor, goal, cost);
  }

  void append(std::vector<Row> rows) { std::ranges::move(rows, std::back_inserter(rows_)); }

  void add(std::string what, uint64_t rows, double floor, double goal, Cost cost) {
    rows_.push_back(
        {std::move(what), static_cast<double>(rows) / cost.cpu_seconds, "/s", floor, goal, false, cost});
    fmt::print(stderr, "{}: {:.0f}/s, {:.1f} s CPU, {:.1f} s wall, {:.0f} MiB\n", rows_.back().what,
               rows_.back().value, cost.cpu_seconds, cost.wall_seconds, cost.peak_mib);
  }

  void print() const {
    fmt::print(
        "| What ({} people) | Measured | Speed | Floor here | Goal here | |\n|---|---|---|---|---|---|\n",
        people_);
    std::string json = "[";
    for (const Row& row : rows_) {
      const double scale = row.unit == "/s" ? row.cost.scale : 1;
      const double floor = row.floor * scale, goal = row.goal * scale;
      const bool above_floor = row.smaller_is_better ? row.value <= floor : row.value >= floor;
      const bool above_goal = row.smaller_is_better ? row.value <= goal : row.value >= goal;
      const int digits = row.value < 10 ? 2 : 0;
      fmt::print("| {} | {:.{}f} {} | {:.2f} | {:.{}f} | {:.{}f} | {} |\n", row.what, row.value, digits,
                 row.unit, scale, floor, digits, goal, digits,
                 above_goal    ? "goal"
                 : above_floor ? "floor"
                               : "BELOW");
      json += fmt::format(
          "{}{{\"what\":\"{}\",\"value\":{},\"unit\":\"{}\",\"floor\":{},\"goal\":{},\"cpu_seconds\":{},"
          "\"peak_mib\":{}}}",
          json.size() > 1 ? "," : "", row.what, row.value, row.unit, floor, goal, row.cost.cpu_seconds,
          row.cost.peak_mib);
    }
    fmt::print("\n{}]\n", json);
  }

  const std::string folder_;
  const uint64_t people_;
  const std::string only_;
  std::vector<Row> rows_;
};

}  // namespace
}  // namespace pinrelay::bench

int main(int argc, char** argv) {
  uint64_t people = 10'000'000;
  std::string parent = "build", only;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (option == "--people" && value != nullptr && std::strtoull(value, nullptr, 10) >= 10'000) {
      people = std::strtoull(value, nullptr, 10);
    } else if (option == "--folder" && value != nullptr) {
      parent = value;
    } else if (option == "--only" && value != nullptr &&
               std::ranges::find(pinrelay::bench::kParts, value) != std::end(pinrelay::bench::kParts)) {
      only = value;
    } else {
      fmt::print(stderr,
                 "usage: ./dev bench [--people N (10000000; at least 10000)] [--folder F (build)] [--only "
                 "lists|conversions|views|sign-ins|api|memory|imports]\n"
                 "       ./dev bench --only interface   (the pages, in a browser)\n");
      return 2;
    }
  }
  const auto folder = std::filesystem::absolute(parent) / "pinrelay-bench";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  pinrelay::bench::Bench(folder.string(), people, only).run();
  std::filesystem::remove_all(folder);
}
