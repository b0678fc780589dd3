// What a rule finds now. Reads the engine, changes nothing; within a transaction.
#pragma once

#include "alerts/job_hours.h"
#include "alerts/kinds.h"
#include "credentials/credentials.h"

namespace pinrelay::alerts {

struct Finding {
  std::string object;   // the name of a job, an authorization, an audience; or "service"
  std::string summary;  // a sentence without a person's data and without Pinterest's words
  bool operator==(const Finding&) const = default;
};

struct Sights {
  exports::Engine& engine;
  const credentials::Credentials& credentials;
  const JobHours& hours;
};

std::vector<Finding> find(const store::AlertRow& rule, const Sights& sights);
// Whether there is such an object now.
bool exists(const Kind& kind, const std::string& object, const Sights& sights);

}  // namespace pinrelay::alerts
