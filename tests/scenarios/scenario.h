// The acceptance scenarios that speak of times, at exactly those times: the real engine and store, one
// thread, a clock that moves only when told, and Pinterest in process with answers that come back at once.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <set>

#include "base/sha256.h"
#include "exports/engine.h"
#include "simulator/world.h"

namespace pinrelay::scenarios {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Noon, so that times read like those of the scenarios.
constexpr Time kNoon = Time{Millis{1'767'268'800'000}};  // 2026-01-01T12:00:00Z
constexpr const char* kAdAccount = "549755885175";

// A request as it reached Pinterest.
struct SeenRequest {
  Time at{};
  std::string method, path, operation;
  size_t records = 0;
  int status = 0;  // of the answer; 0: none came
};

class FakePinterest final : public http::Transport {
 public:
  FakePinterest(sim::World& world, const FakeClock*& clock) : world_(world), clock_(clock) {}

  void submit(uint64_t ticket, http::Request request) override;
  std::vector<http::Finished> take_finished() override;
  // While held, requests are made but their answers stay away.
  void hold(bool on) { held_ = on; }
  void lose_answers() { finished_.clear(); }

  std::vector<SeenRequest> seen;

 private:
  sim::World& world_;
  const FakeClock*& clock_;
  std::vector<http::Finished> finished_;
  bool held_ = false;
};

class Tokens final : public exports::TokenSource {
 public:
  std::optional<std::string> token(std::string_view) override { return text; }
  std::optional<std::string> text = "pina_sim";
};

std::string address(int number);  // person7@example.org
Hash hash_of(std::string_view address);
std::set<Hash> hashes(int from, int to);

class Scenario : public testing::Test {
 protected:
  Scenario();
  ~Scenario() override;
  void TearDown() override;

  // ---- our side ----
  // A job on the audience "Readers" that maps the field "email", with what `edit` changes; not started.
  config::JobSettings job_settings(const std::string& name = "readers") const;
  // A conversions job on the audience "Buyers": email → em, order → event_id, at → event_time; checkout, web.
  config::JobSettings conversion_settings(const std::string& name = "orders") const;
  void apply(const config::JobSettings& settings);
  void start(const config::JobSettings& settings);
  void verb(const std::string& job, const std::function<Result<void>(exports::Jobs&, exports::Job&)>& what);
  exports::Job& job(const std::string& name = "readers");
  exports::List& list(const std::string& name = "readers");
  void restart_process();
  // Keeps a copy of the store; puts it in the store's place.
  void backup();
  void restore();
  // Lets the engine do all it can do now.
  void settle();
  // Moves the clock on, looking at the engine every `step`.
  void advance(Millis by, Millis step = seconds{1});
  Time now() const { return clock_->now(); }

  // ---- rows; they count from the next settle() on ----
  void person(const std::string& key, const std::vector<std::string>& addresses);
  void field(const std::string& key, const std::string& name, const std::string& value);
  void enter(const std::string& key, const std::string& audience = "Readers");
  void leave(const std::string& key, const std::string& audience = "Readers");
  void erase(const std::string& key);
  // Members u<from> … u<to - 1>, each with an address; one page of rows.
  void members(int from, int to);
  void leavers(int from, int to);

  // ---- Pinterest's side ----
  // Makes a list of e-mails that is not ours; returns its id.
  std::string existing_list(const std::vector<Hash>& on_it);
  std::set<Hash> on_list(const std::string& job = "readers");
  // Somebody with an address and an order enters "Buyers".
  void buys(int number, const std::string& order);
  const sim::Conversion* conversion(const std::string& order, const std::string& event_name = "checkout");
  // Calls that change a list, or carry events, since the last call of this function.
  std::vector<SeenRequest> writes();
  void fault(sim::FaultKind kind, uint64_t count = 1, bool applied = false, const char* method = "PATCH");
  int64_t reason_count(exports::Reason reason, const std::string& job = "readers");
  store::RunRow total(const std::string& job = "readers");

  sim::World world_;
  const FakeClock* shown_clock_ = nullptr;
  FakePinterest pinterest_;
  Tokens tokens_;
  std::unique_ptr<FakeClock> clock_;
  std::unique_ptr<ArrivalClock> arrivals_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<exports::Engine> engine_;
  exports::EngineOptions options_;
  config::Authorization authorization_;
  std::string directory_;                           // of the store's, and gone with the scenario
  Bytes rows_;                                      // that the next settle() feeds
  std::function<store::CommitFate()> commit_fate_;  // from the next start of the process on

  // Opens the store in the directory with a new process.
  void boot();

 private:
  void add_row(store::ChangeType type, const std::string& key, const std::string& audience,
               const std::function<void(store::ChangeWriter&)>& fields);
  void feed();

  SeededRandom random_{7};
  size_t writes_told_ = 0;
};

}  // namespace pinrelay::scenarios
