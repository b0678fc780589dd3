// simulation --seeds N [--from S] [--threads K] [--trace] [--controls] [--check-determinism] [--control C]
//
// --control runs the worlds of the C-th negative control, without its defect.
#include <fmt/format.h>

#include <unistd.h>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "run.h"

namespace {

using namespace pinrelay;
using simulation::Defect;
using simulation::Outcome;

struct Options {
  uint64_t seeds = 200, from = 1, control = 0;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  bool trace = false, controls = false, determinism = false;
};

struct NamedDefect {
  Defect defect;
  const char* what;
};
constexpr NamedDefect kDefects[] = {
    {Defect::kNoCoalescingAtRetry, "no coalescing at a retry"},
    {Defect::kNoSettling, "no settle times before a server that applies late and in any order"},
    {Defect::kOwnersCounted, "owners counted instead of kept as a set"},
    {Defect::kPresentWishAcknowledged, "the present wish acknowledged instead of what was sent"},
    {Defect::kRememberedTooSoon, "a conversion remembered as delivered when it is sent"},
    {Defect::kBuiltAnew, "a conversion built anew at each attempt"},
    {Defect::kPairedAnew, "results paired with what waits by now"},
    {Defect::kFilesUnseen, "files make no conversions"},
    {Defect::kWithdrawalIgnored, "waiting conversions sent after consent was withdrawn"},
    {Defect::kTestModeIgnored, "waiting conversions sent although test mode is on"},
    {Defect::kRestoredGo, "conversions from a backup sent without anybody's word"},
    {Defect::kRetriedUnderAnyId, "a conversion retried under another id"},
    {Defect::kOwnersKeptWhenOver, "a job that is over keeps its people on a list that others write"},
    {Defect::kLeftListsForgotten, "erasure does not reach lists that jobs have left"},
    {Defect::kRequestsTornApart, "an enter does not wait for the rows behind it in its request"},
};
constexpr uint64_t kControlSeeds = 50;

thread_local uint64_t current_seed = 0;

// A CHECK of ours that failed: which seed, before the process ends.
void on_abort(int) {
  char text[128];
  const int size = std::snprintf(
      text, sizeof text, "seed %llu aborted; replay: simulation --from %llu --seeds 1 --trace\n",
      static_cast<unsigned long long>(current_seed), static_cast<unsigned long long>(current_seed));
  (void)!::write(STDERR_FILENO, text, static_cast<size_t>(size));
}

bool read_number(const char* text, uint64_t& out) {
  const std::string_view view(text);
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), out);
  return error == std::errc() && end == view.data() + view.size();
}

bool read_options(int count, char** words, Options& out) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    uint64_t number = 0;
    if (word == "--trace") {
      out.trace = true;
    } else if (word == "--controls") {
      out.controls = true;
    } else if (word == "--check-determinism") {
      out.determinism = true;
    } else if (i + 1 < count && read_number(words[i + 1], number)) {
      ++i;
      if (word == "--seeds")
        out.seeds = number;
      else if (word == "--from")
        out.from = number;
      else if (word == "--control" && number <= std::size(kDefects))
        out.control = number;
      else if (word == "--threads")
        out.threads = static_cast<unsigned>(number);
      else
        return false;
    } else {
      return false;
    }
  }
  if (out.trace) out.threads = 1;
  return out.threads > 0;
}

struct Totals {
  uint64_t passed = 0, failed = 0, changes = 0, rows = 0, requests = 0, commits = 0, crashes = 0, trace = 0;
};

Outcome run_seed(uint64_t seed, const Options& options) {
  current_seed = seed;
  simulation::Control world;
  if (options.control > 0) world = {kDefects[options.control - 1].defect, false};
  Outcome outcome = simulation::simulate(seed, world, options.trace);
  if (!options.determinism || !outcome.failure.empty()) return outcome;
  if (simulation::simulate(seed, world, false).trace != outcome.trace)
    outcome.failure = "the second run took another way: something depends on more than the seed";
  return outcome;
}

void add(Totals& totals, const Outcome& outcome, const Options& options) {
  totals.changes += outcome.changes;
  totals.rows += outcome.rows;
  totals.requests += outcome.requests;
  totals.commits += outcome.commits;
  totals.crashes += outcome.crashes;
  totals.trace += outcome.trace * (2 * outcome.seed + 1);  // whatever order the seeds end in
  ++(outcome.failure.empty() ? totals.passed : totals.failed);
  if (outcome.failure.empty()) return;
  const std::string world = options.control > 0 ? fmt::format(" --control {}", options.control) : "";
  fmt::print("seed {} FAILED: {}\n  replay: simulation{} --from {} --seeds 1 --trace\n", outcome.seed,
             outcome.failure, world, outcome.seed);
  std::fflush(stdout);
}

// Whole seeds on each thread.
template <typename Each>
void in_parallel(const Options& options, uint64_t seeds, Each each) {
  std::atomic<uint64_t> next{0};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&] {
      for (uint64_t n = next++; n < seeds; n = next++) each(options.from + n);
    });
  }
}

Totals run_seeds(const Options& options) {
  Totals totals;
  std::mutex mutex;  // guards totals
  in_parallel(options, options.seeds, [&](uint64_t seed) {
    const Outcome outcome = run_seed(seed, options);
    const std::lock_guard lock(mutex);
    add(totals, outcome, options);
  });
  return totals;
}

// True when one of the first seeds notices the defect, and nothing where it is missing.
bool defect_is_caught(const NamedDefect& named, const Options& options) {
  std::atomic<uint64_t> caught{UINT64_MAX};
  std::mutex mutex;  // guards why
  std::string why;
  in_parallel(options, kControlSeeds, [&](uint64_t seed) {
    if (caught != UINT64_MAX) return;
    current_seed = seed;
    const Outcome outcome = simulation::simulate(seed, {named.defect, true}, false);
    if (outcome.failure.empty()) return;
    const std::lock_guard lock(mutex);
    if (seed < caught) caught = seed, why = outcome.failure;
  });
  if (caught == UINT64_MAX) {
    std::printf("control: %s: NOT CAUGHT\n", named.what);
    return false;
  }
  const bool passes_without = simulation::simulate(caught, {named.defect, false}, false).failure.empty();
  fmt::print("control: {}: {} by seed {}: {}\n", named.what,
             passes_without ? "caught" : "FAILS WITHOUT IT, TOO,", caught.load(),
             why.substr(0, why.find('\n')));
  std::fflush(stdout);
  return passes_without;
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!read_options(count, words, options)) {
    std::fprintf(stderr,
                 "usage: simulation [--seeds N] [--from S] [--threads K] [--trace] [--controls] "
                 "[--check-determinism] [--control C]\n");
    return 2;
  }
  std::signal(SIGABRT, on_abort);
  set_log_level(static_cast<LogLevel>(static_cast<int>(LogLevel::kError) + 1));  // faults are the point here
  const auto start = std::chrono::steady_clock::now();
  Totals totals = run_seeds(options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf(
      "%llu seeds, %llu membership changes (%llu rows), %llu requests, %llu commits, %llu crashes; trace "
      "%016llx; %.1f s, %.0f changes/s\n",
      static_cast<unsigned long long>(options.seeds), static_cast<unsigned long long>(totals.changes),
      static_cast<unsigned long long>(totals.rows), static_cast<unsigned long long>(totals.requests),
      static_cast<unsigned long long>(totals.commits), static_cast<unsigned long long>(totals.crashes),
      static_cast<unsigned long long>(totals.trace), seconds, static_cast<double>(totals.changes) / seconds);
  if (options.controls) {
    for (const NamedDefect& named : kDefects)
      ++(defect_is_caught(named, options) ? totals.passed : totals.failed);
  }
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(totals.passed),
              static_cast<unsigned long long>(totals.failed));
  return totals.failed == 0 ? 0 : 1;
}
