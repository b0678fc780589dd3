#include "run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace pinrelay::simulation {
namespace {

constexpr size_t kStepsMax = 200'000;  // more at one moment: it never comes to rest

// In a folder of its own, which takes what is made beside the store, too.
std::string new_directory(uint64_t seed) {
  static std::atomic<uint64_t> counter{0};
  const char* root = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  const auto folder = fmt::format("{}/pinrelay-simulation-{}-{}-{}", root, ::getpid(), seed, ++counter);
  std::filesystem::create_directory(folder);
  return folder + "/store";
}

}  // namespace

Outcome simulate(uint64_t seed, Control control, bool print) { return Run(seed, control, print).go(); }

Run::Run(uint64_t seed, Control control, bool print)
    : trace_(print),
      plan_(make_plan(seed, control)),
      random_(seed * 2),
      world_(plan_.world),
      network_(world_, random_, trace_),
      people_(plan_, random_),
      now_(*parse_rfc3339("2026-01-01T00:00:00Z")),
      directory_(new_directory(seed)),
      engine_random_(seed * 3) {
  outcome_.seed = seed;
  network_.options() = plan_.network;
  for (const char* name : kAuthorizations) give_token(name);
  network_.advance(now_);
}

Run::~Run() {
  importer_.reset();
  engine_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(std::filesystem::path(directory_).parent_path(), ignored);
}

Outcome Run::go() {
  // The key of the profiles' ids is random; here it is the seed.
  if (auto fresh = store::Store::open({.directory = directory_, .durable = false})) {
    (*fresh)->begin();
    (*fresh)->set_number("profile_secret", static_cast<int64_t>(outcome_.seed));
    if (!(*fresh)->commit()) fail("the store cannot be written");
  }
  make_lists();
  boot();
  start_conversions();
  if (random_.chance(80)) help(true);  // or somebody starts the jobs sometime
  for (int round = 0; round < plan_.rounds && !failed(); ++round) {
    safety();
    liveness();
    if (!failed()) check();
  }
  outcome_.trace = trace_.hash();
  outcome_.changes = known_.oracle.flips();
  outcome_.requests = network_.requests();
  return outcome_;
}

void Run::fail(std::string why) {
  if (failed()) return;
  trace_.event(now_, "FAILED: " + why);
  outcome_.failure = fmt::format("{} ({} after the start)", why, format_rfc3339(now_));
}

store::CommitFate Run::commit_fate() {
  ++outcome_.commits;
  trace_.mix(outcome_.commits);
  trace_.mix(static_cast<uint64_t>(to_millis(wall())));
  if (commits_to_trouble_ == 0 || --commits_to_trouble_ > 0) return store::CommitFate::kProceed;
  trace_.event(now_, fmt::format("trouble {} at commit {}", static_cast<int>(trouble_), outcome_.commits));
  return played_ = trouble_;
}

// A new process: its monotonic clock begins anew, and all it knows is in the store.
void Run::boot() {
  clock_ = std::make_unique<FakeClock>(wall());
  played_ = store::CommitFate::kProceed;
  auto opened = store::Store::open({.directory = directory_,
                                    .durable = false,
                                    .cache_bytes = 4 * 1024 * 1024,
                                    .claims = plan_.claims,
                                    .commit_fate = [this] { return commit_fate(); }});
  if (!opened) return fail("the store does not open: " + opened.error().text());
  store_ = std::move(opened).value();
  note_open_attempts();
  arrivals_ = std::make_unique<ArrivalClock>(*clock_, store_->last_arrival());
  std::vector<config::Authorization> authorizations;
  for (const std::string& name : known_.authorizations) {
    authorizations.emplace_back().name = name;
    authorizations.back().tier = plan_.tier;
  }
  engine_ = std::make_unique<exports::Engine>(
      exports::EngineParts{*store_, *clock_, engine_random_, network_, tokens_}, plan_.engine,
      authorizations);
  importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_, plan_.file_page_bytes);
  down_ = false;
  trace_.event(now_, "boot");
  if (auto loaded = engine_->load(); !loaded) handle(loaded.error());
  follow();
}

// A crash between an attempt's commit and its first byte: nobody knows that it never went, so it counts.
void Run::note_open_attempts() {
  store_->begin();
  for (const store::ListRow& list : store_->lists.all()) {
    const auto attempt = store_->attempts.get(list.number);
    if (!attempt || attempt->operation != store::Operation::kAdd) continue;
    const sim::CustomerList* known = world_.lists().find(list.id);
    for (const store::AttemptEntry& entry : attempt->entries)
      network_.count_as_added(known != nullptr ? known->name : list.name, entry.hash);
  }
  if (auto read = store_->commit(); !read && !store_->crashed()) fail("the store cannot be read");
}

void Run::die() {
  ++outcome_.crashes;
  trace_.event(now_, "crash");
  network_.lose_everybody();
  importer_.reset();
  engine_.reset();
  store_.reset();
  down_ = true;
}

void Run::handle(const Error& error) {
  trace_.event(now_, "error: " + error.text());
  if (store_->crashed()) return die();
  // A full disk passes; everything else is a reason to stop, and none has been given.
  if (error.kind != ErrorKind::kUnavailable) fail("the engine gives up: " + error.text());
}

bool Run::work(size_t steps_max) {
  for (size_t i = 0; i < steps_max && !down_ && !failed(); ++i) {
    const Result<bool> worked = engine_->run_once();
    if (!worked) {
      handle(worked.error());
      return false;
    }
    follow();
    const bool imported = import_step();
    if (!*worked && !imported) return false;
  }
  return !down_ && !failed();
}

void Run::rest() {
  if (work(kStepsMax)) fail("the engine never comes to rest");
  if (!network_.wrong().empty()) fail(network_.wrong());
}

// Something arrives, or the next test request of conversions may go.
std::optional<Time> Run::next_moment() {
  std::optional<Time> next = network_.next();
  if (down_ || !engine_) return next;
  for (const auto& [number, list] : engine_->core().lists) {
    const Time due = list.row.not_before - wall_offset_;
    const bool tests = list.conversions() && store_->events.count(number, store::EventClass::kTest) > 0;
    if (tests && due > now_ && (!next || due < *next)) next = due;
  }
  return next;
}

// Stops wherever something arrives, so that the engine sees it when it happens.
void Run::advance(Millis by) {
  const Time until = now_ + by;
  while (now_ < until && !failed()) {
    const auto next = next_moment();
    const Time stop = next && *next < until ? std::max(*next, now_ + Millis{1}) : until;
    if (clock_ && !down_) clock_->advance(stop - now_);
    now_ = stop;
    network_.advance(now_);
    if (!down_ && stop < until) rest();
  }
}

bool Run::transact(const std::function<Result<void>(exports::Jobs&)>& change) {
  if (down_) return false;
  bool changed = false;
  const Result<void> done = engine_->transact([&]() -> Result<void> {
    TRY(change(engine_->jobs()));
    changed = true;
    return {};
  });
  if (done.ok()) return true;
  const ErrorKind kind = done.error().kind;
  if (!changed &&
      (kind == ErrorKind::kConflict || kind == ErrorKind::kInvalid || kind == ErrorKind::kNotFound)) {
    // Not where: the directory has another name in each run.
    trace_.event(now_, fmt::format("refused: {}: {}", done.error().code, done.error().message));
    return false;
  }
  const bool in_force = changed && store_->crashed() && played_ == store::CommitFate::kCrashAfter;
  handle(done.error());
  return in_force;
}

}  // namespace pinrelay::simulation
