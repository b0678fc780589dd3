// What a job is doing, in the words that people read: its state, what it waits for or why it failed, what to
// do about it, and how far it is.
#pragma once

#include <span>

#include "cli/command.h"
#include "cli/format.h"
#include "pinterest/requests.h"

namespace pinrelay::cli {

// The names of jobs that the configuration does not name, which apply leaves as they are; a line of text for
// each.
Json untouched_jobs(Context& context, const config::Config& wanted, std::string& text);

// Why a job waits or has failed. The codes are stable and documented (docs/reference/reasons.md).
struct Condition {
  std::string_view code, meaning, fix;
};
std::span<const Condition> conditions();
// The row of a code; an empty one for a code that is not in the table.
Condition find_condition(std::string_view code);

struct JobStatus {
  std::string state;   // Draft, Running, Sleeping (running, and waiting), Paused, Failed, Stopped
  std::string code;    // a condition's, or ""
  std::string reason;  // what happened, as precisely as known
  std::string fix;     // what a person can do; "" = nothing has to be done
  Time until{};        // when a sleeping job goes on by itself; zero when that is not known
  std::string
      phase;  // not_started, awaiting_first_member, backfill, resync, reassert, removing_everyone, live
  std::string warning;             // what a person should know in time; "" = nothing
  int64_t scanned = 0, total = 0;  // of a pass over everybody

  // "backfill 1,200 of 5,000"
  std::string phase_text() const;
};

// Within context.read().
JobStatus read_status(Context& context, exports::Job& job);

// Changes with the job's settings, and with nothing else.
std::string job_version(const exports::Job& job);
// Refuses, when --if-match is given and the job is another one by now (null: there is none).
Result<void> check_version(const exports::Job* job, const Arguments& arguments);

// Whether a file manages the job, and where the job differs from that file as the service read it at its
// start.
Json file_json(Context& context, const exports::Job& job);
void add_file(TextTable& table, const Json& job);

Result<exports::Job*> find_job(Context& context, const std::string& name);
// Whether a service works on this store: without one, nothing is sent.
bool service_runs(const config::Config& config);
using pinterest::is_pinterest;
// Sentences for the end of a view: that Pinterest is simulated, that clear text is let in, that no service
// runs. Often "".
std::string notices(Context& context);

}  // namespace pinrelay::cli
