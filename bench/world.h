// What the benchmark runs on: a store in a scratch folder with the engine over it as the service has it, a
// simulated Pinterest in a process of its own (over TLS, without limits), and synthetic people.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>

#include "cli/service.h"

namespace pinrelay::bench {

// pinrelay-sim as a child process.
class Simulator {
 public:
  explicit Simulator(const std::string& folder);
  ~Simulator();
  const std::string& base_url() const { return base_url_; }
  const std::string& ca_file() const { return ca_file_; }

 private:
  pid_t child_ = -1;
  std::string base_url_, ca_file_;
};

// A person's key and address are made from a number; the order of keys in the store is unrelated to that of
// the numbers.
std::string key_of(uint64_t person);

class World {
 public:
  // `until_idle`: run() ends when nothing is left to do; otherwise at stop().
  World(std::string folder, const Simulator& simulator, bool until_idle = true);

  // Writes people [0, count) as NDJSON profile rows, in an order that looks random. Every `bad_every`-th has
  // no address that could be sent (0: everybody has one).
  std::string write_people(uint64_t count, uint64_t salt, uint64_t bad_every = 0) const;
  void import_file(const std::string& path, const std::string& audience);
  void start_job();
  // Of the API.
  std::string add_token(const std::string& name, const std::string& role = "viewer");
  // Gives the ticket of the invitation.
  std::string add_user(const std::string& name);
  // Jobs of both types in audiences of their own: drafts, paused ones, and conversions that run.
  void add_jobs(uint64_t count);
  void add_audit_rows(uint64_t count);
  void resync();
  // The same for conversions: people who bought something, and a job with twelve mapped fields, eight of them
  // hashed.
  std::string write_buyers(uint64_t count) const;
  void start_conversions(const std::string& name = "conversions", bool existing = true);
  // The yes or no of those people, as profile rows.
  std::string write_consents(uint64_t count, bool yes) const;
  // Two paused conversions jobs that ask for consent, so that the events of buyers who enter wait.
  void follow_buyers();
  // Events of theirs that have no outcome yet.
  int64_t waiting_events();
  // One buyer as rows of NDJSON: who they are, and that they enter.
  static std::string buyer_enters(uint64_t person, const std::string& at);
  static std::string reader_enters(uint64_t number);
  // Builds the event of everybody in the store, and nothing else; how many there are.
  uint64_t build_events();
  store::RunRow conversions(const std::string& name = "conversions");
  // When the request was opened that carried a person's event, by person.
  std::map<store::ProfileId, Time> requested();
  // Remembers so many conversions as delivered that nobody here has made.
  void remember_others(uint64_t count);
  // Changes of membership of every (count/changes)-th person: leaves and returns in turn.
  void change(uint64_t count, uint64_t changes);
  // Works until the job "conversions" has seen all present members, whatever comes meanwhile.
  void finish_backfill();
  // Works until nothing is left to do.
  void settle();
  int64_t present();
  int64_t used_bytes();
  cli::Service& service() { return *service_; }

 private:
  // A command that has to succeed.
  cli::Output run(std::string_view command, const cli::Arguments& arguments);

  const std::string folder_;
  std::unique_ptr<cli::Service> service_;
};

}  // namespace pinrelay::bench
