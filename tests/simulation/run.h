// One simulated world from its first to its last moment: people, our process with its store, the network,
// Pinterest. One thread, no real time, nothing random but the seed.
#pragma once

#include <functional>
#include <memory>

#include "exports/engine.h"
#include "people.h"

namespace pinrelay::simulation {

struct Outcome {
  uint64_t seed = 0;
  std::string failure;  // "" = everything was as it should be
  uint64_t trace = 0;
  uint64_t changes = 0;  // of membership, that really changed something
  uint64_t rows = 0, requests = 0, commits = 0, crashes = 0;
};

Outcome simulate(uint64_t seed, Defect defect, bool print);

class Tokens final : public exports::TokenSource {
 public:
  std::optional<std::string> token(std::string_view) override { return text; }
  std::optional<std::string> text = "pina_0";
};

class Run {
 public:
  Run(uint64_t seed, Defect defect, bool print);
  ~Run();
  Outcome go();

 private:
  // Time and the process (run.cc).
  Time wall() const { return now_ + wall_offset_; }
  void advance(Millis by);
  void boot();
  void die();
  void note_open_attempts();
  store::CommitFate commit_fate();
  // Lets the engine work; false when it came to rest.
  bool work(size_t steps_max);
  void rest();
  // An error of the engine's: a crash that we played, a disk that was full, or a failure of the run.
  void handle(const Error& error);
  bool transact(const std::function<Result<void>(exports::Jobs&)>& change);
  void fail(std::string why);
  bool failed() const { return !outcome_.failure.empty(); }

  // What happens to it (acts.cc).
  void make_lists();
  void start_conversions();
  void safety();
  void act();
  void feed();
  void verb();
  void remove(const std::string& name);
  void step_clock();
  void trouble_outside();
  void edit(size_t job);
  void set_faults();

  // How it has to end (ending.cc).
  void liveness();
  void help(bool retry);
  Millis patience() const;
  bool at_rest();
  void check();
  void check_lists();
  bool too_large_alone(const std::string& list_id, const Hash& hash);
  void check_deleted();
  void check_list(const store::ListRow& list);
  void check_runs();
  void check_conversions();
  void check_sizes();
  std::string story(const store::ListRow& list, const Hash& hash, bool wanted);
  std::string unrest();

  Trace trace_;
  Plan plan_;
  SeededRandom random_;
  Outcome outcome_;
  sim::World world_;
  Network network_;
  Oracle oracle_;
  People people_;
  Tokens tokens_;
  uint64_t next_token_ = 1;

  Time now_;  // of the world, which nobody can step
  Millis wall_offset_{0};
  std::string directory_;
  std::unique_ptr<FakeClock> clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<exports::Engine> engine_;
  SeededRandom engine_random_;
  uint64_t commits_to_trouble_ = 0;  // 0: none is coming
  store::CommitFate trouble_ = store::CommitFate::kProceed;
  bool down_ = false;
  // Jobs that were told to go; after a crash they may not have.
  struct Deleted {
    store::JobNumber job;
    store::ListNumber list;
    std::string list_id;
    bool empty_first;
  };
  std::vector<Deleted> deleted_;
  std::set<Hash> once_bad_;                        // Pinterest refused these records at some time
  std::map<std::string, std::set<Hash>> foreign_;  // by list id: put there by others
};

}  // namespace pinrelay::simulation
