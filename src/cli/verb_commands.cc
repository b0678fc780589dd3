// The verbs of a job: each finds the job, does one thing in one transaction, and says what follows.
#include <fmt/format.h>

#include "cli/confirm.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"
#include "cli/unknown_names.h"

namespace pinrelay::cli {
namespace {

using Verb = std::function<Result<std::string>(exports::Jobs&, exports::Job&)>;

Result<Output> on_job(Context& context, const Arguments& arguments, const Verb& verb) {
  const std::string& name = arguments.positional.at(0);
  Output output;
  TRY(context.engine.transact([&]() -> Result<void> {
    exports::Job* job = context.engine.jobs().find(name);
    if (job == nullptr) {
      return Error{ErrorKind::kNotFound, "no_job", fmt::format("there is no job '{}'", name), "",
                   "see 'pinrelay job list'"};
    }
    const std::string said = TRY(verb(context.engine.jobs(), *job));
    output.text = fmt::format("{}: {}\n", name, said);
    output.json = {{"job", name}, {"result", said}};
    return {};
  }));
  if (!service_runs(context.config))
    output.text +=
        "No service works on this store: nothing is sent until 'pinrelay serve' or 'pinrelay run'.\n";
  return output;
}

// Why what was asked for does not happen at once; "" when it does.
std::string until_when(Context& context, exports::Job& job) {
  const JobStatus status = read_status(context, job);
  const auto with_fix = [&](std::string text) {
    return status.fix.empty() ? text : text + "; " + status.fix;
  };
  if (status.state == "Paused" || status.state == "Failed")
    return with_fix(fmt::format("; but the job is {}, and nothing is sent until it runs", status.state));
  if (status.state != "Sleeping" || status.code == "next_flush") return "";
  const std::string until = to_millis(status.until) == 0 ? "" : ", until " + format_rfc3339(status.until);
  return with_fix(fmt::format("; but the job has to wait{}: {}", until, status.reason));
}

// Events that have no outcome yet, and end with their job.
int64_t unsent_events(Context& context, const exports::Job& job) {
  using store::EventClass;
  if (!job.converts()) return 0;
  int64_t count = 0;
  for (const EventClass each :
       {EventClass::kLive, EventClass::kBackfill, EventClass::kTest, EventClass::kWaiting, EventClass::kHeld})
    count += context.store().events.count(job.row.list, each);
  return count;
}

std::string retried_text(const exports::Job& job, const exports::Retried& retried) {
  if (!job.converts()) return fmt::format("{} rejected identifiers are sent again", thousands(retried.again));
  std::string text =
      fmt::format("the events of {} people are built anew from today's data", thousands(retried.again));
  const auto left_out = [&](int64_t count, const char* why) {
    if (count > 0) text += fmt::format("; {} left out: {}", thousands(count), why);
  };
  left_out(retried.changed, "today's data give another event name or id, or none");
  left_out(retried.unknown, "Pinterest may have had the event before it refused it");
  left_out(retried.no_consent, "the person does not consent");
  return text;
}

// A verb of exports::Jobs that takes nothing but the job, and does nothing in the state that it leads to.
Result<Output> leads_to(Context& context, const Arguments& arguments, store::JobState state,
                        Result<void> (exports::Jobs::*verb)(exports::Job&),
                        const std::function<std::string(exports::Job&)>& said) {
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    const bool already = job.row.state == state;
    TRY((jobs.*verb)(job));
    if (!already) return said(job);
    std::string name(store::kJobStateNames[static_cast<size_t>(state)]);
    return fmt::format("is {} already; nothing has changed{}", name,
                       job.running() ? until_when(context, job) : "");
  });
}

// What becomes of the people whom a job that ends has added.
std::string what_follows(const exports::Leaving& leaving, const exports::Job& job, int64_t unsent) {
  if (job.converts())
    return unsent == 0 ? ""
                       : fmt::format(
                             "; {} conversions without an outcome are given up: they are not sent, or not "
                             "sent again",
                             thousands(unsent));
  if (leaving.removed)
    return fmt::format("; {} identifiers that only this job owns are being removed from the list",
                       thousands(leaving.identifiers));
  return fmt::format("; {} identifiers stay on the list", thousands(leaving.identifiers));
}

// What a job's end does to a list that other jobs go on writing; "" where it does nothing.
std::string removed_by_leaving(const exports::Leaving& leaving, const exports::Job& job) {
  if (!leaving.removed || leaving.identifiers == 0) return "";
  return fmt::format(
      "another job writes the list of '{}', too: {} identifiers that only '{}' owns will be removed from it",
      job.row.name, thousands(leaving.identifiers), job.row.name);
}

Result<void> confirm_stop(const Arguments& arguments, const exports::Leaving& leaving,
                          const exports::Job& job) {
  if (job.row.state == store::JobState::kStopped || job.removes_everyone()) return {};  // stops nothing
  const std::string removed = removed_by_leaving(leaving, job);
  return confirmed(arguments, fmt::format("'{}' ends for good and cannot be started again{}", job.row.name,
                                          removed.empty() ? "" : "; " + removed));
}

Result<void> confirm_delete(const Arguments& arguments, const exports::Leaving& leaving,
                            const exports::Job& job, int64_t present) {
  if (arguments.has("remove-first"))
    return confirmed(
        arguments, fmt::format("about {} identifiers that '{}' has added will be removed from its list, and "
                               "then the job is deleted",
                               thousands(present), job.row.name));
  std::string removed = removed_by_leaving(leaving, job);
  return removed.empty() ? Result<void>() : confirmed(arguments, std::move(removed));
}

}  // namespace

Result<Output> run_job_start(Context& context, const Arguments& arguments) {
  return leads_to(context, arguments, store::JobState::kRunning, &exports::Jobs::start,
                  [&](exports::Job& job) {
                    const bool scans = !job.converts() || job.settings.conversions.existing_users;
                    std::string said = scans ? "started; the present members are sent first"
                                             : "started; who enters or leaves from now on is sent";
                    for (const std::string& name : unknown_names(context.store().catalog, job.settings))
                      said += "; warning: " + name;
                    return said + until_when(context, job);
                  });
}

Result<Output> run_job_pause(Context& context, const Arguments& arguments) {
  return leads_to(context, arguments, store::JobState::kPaused, &exports::Jobs::pause, [](exports::Job&) {
    return std::string("paused; changes are kept and sent after resume");
  });
}

Result<Output> run_job_resume(Context& context, const Arguments& arguments) {
  return leads_to(context, arguments, store::JobState::kRunning, &exports::Jobs::resume,
                  [&](exports::Job& job) { return "running" + until_when(context, job); });
}

Result<Output> run_job_restart(Context& context, const Arguments& arguments) {
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    TRY(jobs.restart(job));
    return "restarted with the present settings and credentials" + until_when(context, job);
  });
}

Result<Output> run_job_resync(Context& context, const Arguments& arguments) {
  const bool reassert = arguments.has("reassert");
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    TRY(jobs.resync(job, reassert));
    return (reassert ? "resync begun; every wanted identifier is sent again" : "resync begun") +
           until_when(context, job);
  });
}

Result<Output> run_job_flush(Context& context, const Arguments& arguments) {
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    TRY(jobs.flush(job));
    const exports::List& list = context.engine.core().lists.at(job.row.list);
    const int64_t queued = context.engine.sending().queued_users(list);
    if (queued > 0)
      return fmt::format("the changes of {} people are being sent", thousands(queued)) +
             until_when(context, job);
    return "nothing is queued that could be sent" + until_when(context, job);
  });
}

Result<Output> run_job_release(Context& context, const Arguments& arguments) {
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    const int64_t held = exports::held_events(context.store(), job);
    TRY(jobs.release(job));
    if (!job.converts()) return "the held removals are being sent" + until_when(context, job);
    return fmt::format("{} restored events go on{}", thousands(held), until_when(context, job));
  });
}

Result<Output> run_job_discard(Context& context, const Arguments& arguments) {
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    const int64_t held = exports::held_events(context.store(), job);
    TRY(jobs.discard(job));
    return fmt::format("{} restored events are not sent; they count as uncertain", thousands(held));
  });
}

Result<Output> run_job_retry(Context& context, const Arguments& arguments) {
  exports::Selection only;
  only.reason = TRY(read_reason(arguments));
  if (arguments.has("key")) {
    TRY(context.read([&]() -> Result<void> {
      only.person = TRY(find_person(context, arguments.value("key")));
      return {};
    }));
  }
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    const exports::Retried retried = TRY(jobs.retry(job, only));
    return retried_text(job, retried) + (retried.again > 0 ? until_when(context, job) : "");
  });
}

Result<Output> run_job_stop(Context& context, const Arguments& arguments) {
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    if (job.row.state == store::JobState::kStopped)
      return std::string("is Stopped already; nothing has changed");
    const exports::Leaving leaving = jobs.departures().preview(job);
    const int64_t unsent = unsent_events(context, job);
    TRY(confirm_stop(arguments, leaving, job));
    TRY(jobs.stop(job));
    return "stopped for good" + what_follows(leaving, job, unsent);
  });
}

Result<Output> run_job_keep(Context& context, const Arguments& arguments) {
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    const int64_t gone = TRY(jobs.keep(job));
    return fmt::format("kept; {} people had been removed already and are added again", thousands(gone));
  });
}

Result<Output> run_job_delete(Context& context, const Arguments& arguments) {
  const bool remove_first = arguments.has("remove-first");
  return on_job(context, arguments, [&](exports::Jobs& jobs, exports::Job& job) -> Result<std::string> {
    TRY(check_version(&job, arguments));
    const int64_t present = context.engine.core().lists.at(job.row.list).row.present;
    if (job.removes_everyone())
      return fmt::format("is being deleted already; about {} identifiers are left on the list", present);
    const exports::Leaving leaving = jobs.departures().preview(job);
    TRY(confirm_delete(arguments, leaving, job, present));
    const std::string follows = what_follows(leaving, job, unsent_events(context, job));
    TRY(jobs.remove(job, remove_first));
    return remove_first
               ? fmt::format("about {} identifiers we added are being removed; then the job goes", present)
               : "deleted" + follows;
  });
}

}  // namespace pinrelay::cli
