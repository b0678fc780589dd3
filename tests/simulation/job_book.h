// The jobs as the verbs have left them: what each was told, whether it has a say in what a list holds,
// whether it may send. It knows the commands that are in force, and nothing of what the engine makes of them.
#pragma once

#include <map>
#include <string>

#include "config/config.h"
#include "oracle.h"

namespace pinrelay::simulation {

struct KnownJob {
  int number = 0;  // the next one of the same name has another number
  config::JobSettings settings;
  std::string list;  // its id; of one that is made for the job, a name of the book's own
  bool started = false, paused = false, stopped = false;
  bool removing = false;  // deleted; those it has added are removed first
  bool converts() const { return settings.type == config::JobType::kConversionsExport; }
  bool test_mode() const { return settings.conversions.test_mode; }
  bool running() const { return started && !paused && !stopped; }
  bool writes() const { return started && !stopped && !removing; }
  bool collects() const { return started && !stopped; }
};

Rule rule_of(const config::JobSettings& job);

class JobBook {
 public:
  KnownJob* find(const std::string& name);
  KnownJob* find(int number);
  // A new job, or other settings of a known one; true when it writes to another list from now on.
  bool apply(const config::JobSettings& settings);
  // A restored store waits for a person.
  void pause_all();
  void erase(const std::string& name) { jobs_.erase(name); }
  const std::map<std::string, KnownJob>& all() const { return jobs_; }

 private:
  std::string list_of(const config::JobSettings& settings);

  std::map<std::string, KnownJob> jobs_;
  int numbers_ = 0, lists_made_ = 0;
};

}  // namespace pinrelay::simulation
