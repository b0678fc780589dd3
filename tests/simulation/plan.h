// What one seed means: every choice that is made once for a simulated world (a "swarm": each world has some
// of the troubles, few have all).
#pragma once

#include <vector>

#include "base/random.h"
#include "config/config.h"
#include "exports/core.h"
#include "job_book.h"
#include "network.h"

namespace pinrelay::simulation {

// A defect put in on purpose: the simulation must notice.
enum class Defect {
  kNone,
  kNoCoalescingAtRetry,
  kNoSettling,
  kOwnersCounted,
  kPresentWishAcknowledged,
  kRememberedTooSoon,
  kBuiltAnew,
  kPairedAnew,
  kFilesUnseen,
  kWithdrawalIgnored,
  kTestModeIgnored,
  kRestoredGo,
  kRetriedUnderAnyId,
  kOwnersKeptWhenOver,
  kLeftListsForgotten,
  kRequestsTornApart
};
// A world in which a defect would show, with the defect or without: what fails in both proves nothing.
struct Control {
  Defect defect = Defect::kNone;
  bool injected = true;
};

// Ad accounts and authorizations of every world; any authorization may act on any account.
constexpr const char* kAccounts[] = {"549755885175", "549755885176"};
constexpr const char* kAuthorizations[] = {"main", "other"};

struct Plan {
  int people = 0, addresses = 0, audiences = 0, orders = 0;
  // Of 100 values: lists of several addresses, and those that are none.
  unsigned array_percent = 0, invalid_percent = 0;
  // Of 100 rows: with an old time, sent twice, about fields, deletions.
  unsigned old_percent = 0, repeated_percent = 0, profile_percent = 0, delete_percent = 0;

  std::vector<config::JobSettings> jobs;         // audience exports
  std::vector<config::JobSettings> conversions;  // started before the first row
  config::Tier tier = config::Tier::kStandard;
  bool existing_lists = false;  // jobs get lists that exist already, with members of others on them
  exports::EngineOptions engine;
  store::ClaimMap::Options claims;
  sim::WorldOptions world;
  NetworkOptions network;

  unsigned faults_per_mille = 0;     // of calls
  unsigned refused_per_mille = 100;  // of the events in a call with a fault about events
  unsigned crash_percent = 0, full_disk_percent = 0, verb_percent = 0, outside_percent = 0, step_percent = 0,
           file_percent = 0, backup_percent = 0;  // of acts
  unsigned unreadable_percent = 0;                // of the lines of a file
  size_t file_page_bytes = 0;
  int longest_pause = 30;  // hours
  bool two_accounts = false, two_authorizations = false;
  bool bad_records_stay = false;
  bool deletes = false;  // jobs are deleted, too
  int rounds = 1, acts = 0, rows_max = 0;
  Millis pause{0};  // how time usually passes between acts
};

Plan make_plan(uint64_t seed, Control control);
// One of the settings that a person might change while the job runs.
config::JobSettings edited(const config::JobSettings& job, const Plan& plan, Random& random);
config::JobSettings edited_conversions(const config::JobSettings& job, const Plan& plan, Random& random);

}  // namespace pinrelay::simulation
