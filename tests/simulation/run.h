// One simulated world from its first to its last moment: people, our process with its store, the network,
// Pinterest. One thread, no real time, nothing random but the seed.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "conversion_book.h"
#include "exports/engine.h"
#include "list_book.h"
#include "people.h"
#include "sources/importer.h"

namespace pinrelay::simulation {

struct Outcome {
  uint64_t seed = 0;
  std::string failure;  // "" = everything was as it should be
  uint64_t trace = 0;
  uint64_t changes = 0;  // of membership, that really changed something
  uint64_t rows = 0, requests = 0, commits = 0, crashes = 0;
};

Outcome simulate(uint64_t seed, Control control, bool print);

class Tokens final : public exports::TokenSource {
 public:
  std::optional<std::string> token(std::string_view authorization) override {
    const auto found = of.find(authorization);
    return found == of.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, std::string, std::less<>> of;  // by authorization
};

// A request that is accepted and not applied yet.
struct WaitingRows {
  int64_t number = 0;  // in the inbox
  std::vector<Row> rows;
};

// An import that has begun.
struct File {
  int64_t number = 0;
  bool csv = false, snapshot = false, ended = false;
  std::string path, audience;
  int64_t as_of = 0;
  std::vector<Row> rows;       // a line each
  size_t applied = 0;          // of rows
  std::set<std::string> keys;  // who is in it
};

// What an import is about; the same may come again.
struct KnownFile {
  std::string audience;
  bool csv = false, snapshot = false;
  Time at{};
  std::vector<Row> rows;
  std::string text() const { return csv ? csv_text(rows) : ndjson_text(rows); }
};

class Run final : Watcher {
 public:
  Run(uint64_t seed, Control control, bool print);
  ~Run() override;
  Outcome go();

 private:
  // Time and the process (run.cc).
  Time wall() const { return now_ + wall_offset_; }
  void advance(Millis by);
  std::optional<Time> next_moment();
  void boot();
  void die();
  void note_open_attempts();
  store::CommitFate commit_fate();
  // Lets the engine work; false when it came to rest.
  bool work(size_t steps_max);
  void rest();
  // An error of the engine's: a crash that we played, a disk that was full, or a failure of the run.
  void handle(const Error& error);
  // True when the change is in force; also when the process died right behind it.
  bool transact(const std::function<Result<void>(exports::Jobs&)>& change);
  void fail(std::string why);
  bool failed() const { return !outcome_.failure.empty(); }

  // What the oracle learns (follow.cc): the order in which input was applied is the engine's to choose, what
  // follows from it is not.
  void follow();
  void follow_file(File& file);
  void apply_lines(File& file, size_t end);
  void exit_members(const File& file, bool all);
  void check_sent();
  void follow_removals();
  void follow_scans();
  void follow_sweeps();
  void deleted(const Person& person) override;
  void moved(const Person& person, const std::string& audience, bool enters) override;
  void completed(const Person& person, const std::string& audience, bool surely) override;
  void changed(const Person& person) override;

  // What happens to it (acts.cc).
  void make_lists();
  void start_conversions();
  void safety();
  void act();
  void feed();
  void step_clock();
  void trouble_outside();
  void give_token(const std::string& authorization);
  void set_faults();

  // Files (files.cc).
  void import();
  std::vector<Row> snapshot_rows(const std::string& audience);
  std::vector<Row> file_rows(bool plain);
  KnownFile new_file();
  Result<std::string> upload(const KnownFile& file);
  Result<std::string> store_file(const KnownFile& file);
  bool has_to_be_taken(const KnownFile& file) const;
  void begin_import(const KnownFile& file);
  bool importing() const;
  bool import_step();
  void release_imports();

  // Verbs (verbs.cc).
  void verb();
  void tell(const std::string& name, const char* verb);
  bool apply(const config::JobSettings& settings);
  void edit_list_job(size_t job);
  void edit_conversions(size_t job);
  void remove(const std::string& name, bool empty_first);
  void forget_a_left_list();
  void sign_in(const std::string& authorization);
  void remove_authorization(const std::string& authorization);
  bool is_left(const exports::List& list);
  bool being_made(const std::string& name);
  void note_list_id(const std::string& name);
  void begin(const KnownJob& job);
  void follow_edit(const config::JobSettings& before, const KnownJob& job);
  void over(const KnownJob& job);

  // Backup and restore (backup.cc).
  void back_up();
  void restore();

  // How it has to end (liveness.cc).
  void liveness();
  void help(bool retry);
  void help_list_job(const config::JobSettings& settings, bool retry);
  void help_conversions(const config::JobSettings& settings);
  Millis patience() const;
  bool at_rest();
  std::string unrest();
  // … and what has to be true then (checks.cc).
  void check();
  void check_lists();
  void check_list(const std::string& id, const std::string& known_as);
  bool refused_removal(const std::string& list_id, const Hash& hash);
  void check_runs();
  bool may_wait(store::JobNumber number);
  void check_conversions();
  void check_repeats();
  std::string story(const EventKey& key);
  void check_sizes();
  std::string differing_people(const std::string& field);
  std::string story(const std::string& id, const std::string& known_as, const Hash& hash, bool wanted);

  Trace trace_;
  Plan plan_;
  SeededRandom random_;
  Outcome outcome_;
  sim::World world_;
  Network network_;
  People people_;
  Tokens tokens_;
  uint64_t next_token_ = 1;

  Time now_;  // of the world, which nobody can step
  Millis wall_offset_{0};
  std::string directory_;
  std::unique_ptr<FakeClock> clock_;
  std::unique_ptr<ArrivalClock> arrivals_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<exports::Engine> engine_;
  std::unique_ptr<sources::Importer> importer_;
  SeededRandom engine_random_;
  uint64_t commits_to_trouble_ = 0;  // 0: none is coming
  store::CommitFate trouble_ = store::CommitFate::kProceed, played_ = store::CommitFate::kProceed;
  bool down_ = false;

  // What the oracle knows; a backup takes a copy.
  struct Known {
    Oracle oracle;
    JobBook jobs;
    ListBook lists;
    ConversionBook conversions;
    std::set<std::string> authorizations{std::begin(kAuthorizations), std::end(kAuthorizations)};
    int64_t inbox_rows = 0;
    std::deque<WaitingRows> waiting;
    std::vector<File> files;
    std::vector<KnownFile> imports;
    std::map<std::string, std::string> made_lists;  // the book's name of a list of ours by its id
  };
  Known known_;
  struct Backup {
    Known known;
    Time at{};
  };
  std::optional<Backup> backup_;
  uint64_t backups_ = 0, next_file_ = 0;
  std::set<EventKey> sent_since_backup_;
  std::map<EventKey, Time> sent_at_;  // first
  std::set<std::string>
      twice_;  // ids of conversions that nobody can know to be sent: since a restore, or too old
  std::set<std::string> orphans_;  // lists that it cannot know
  std::set<Hash> once_bad_;        // Pinterest refused these records at some time
  // By ad account and whether they hold mobile ids.
  std::map<std::pair<std::string, bool>, std::vector<std::string>> their_lists_;
};

}  // namespace pinrelay::simulation
