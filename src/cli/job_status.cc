#include "cli/job_status.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "cli/format.h"
#include "cli/service.h"
#include "cli/suspended.h"
#include "credentials/health.h"
#include "exports/verbs.h"

namespace pinrelay::cli {
namespace {

using store::BulkKind;
using store::JobState;
using store::QueueClass;

constexpr Condition kConditions[] = {
    {"next_flush", "changes are queued and wait for the next flush", ""},
    {"settling", "changes wait until an earlier request of unknown outcome can no longer take effect", ""},
    {"brake", "unusually many removals are held until a person looks at them",
     "if they are right: pinrelay job release NAME"},
    {"rate_budget", "as many requests were made as Pinterest allows; more follow when time has passed", ""},
    {"rate_limited", "Pinterest asks us to wait", ""},
    {"ramped_down", "Pinterest has switched this call off for everybody for a while", ""},
    {"server_error", "Pinterest answers with errors; we try again, less and less often", ""},
    {"network_error", "Pinterest cannot be reached; we try again, less and less often",
     "check the network and proxies (pinrelay doctor)"},
    {"tls_error",
     "whoever answers at Pinterest's address cannot prove to be Pinterest, or cannot speak TLS: nothing is "
     "sent; we try again, less and less often",
     "see the reason; check this machine's clock, the CA file (pinrelay doctor), and whether something on "
     "the way opens TLS: its CA certificate belongs into pinterest.ca_file"},
    {"auth_error", "Pinterest refuses the token, or the token's user may not write this ad account's lists",
     "put a valid token into the token file, or give its user the role Owner, Admin or Audience Manager; the "
     "job goes on by itself"},
    {"searching_list",
     "the answer to creating the list was lost; the list is looked for before it is made again", ""},
    {"list_gone", "the customer list is gone at Pinterest",
     "name another list in the configuration, or none to have one created, and apply it"},
    {"cannot_reach_list",
     "everybody is being removed from the list, and Pinterest does not show the list; it is asked again "
     "every 15 "
     "minutes, and only its word that the list is gone ends the removal",
     "check the authorization and its role on the ad account; to give the removal up: pinrelay job keep "
     "NAME"},
    {"ad_account_gone", "Pinterest knows no such ad account",
     "correct ad_account in the configuration and apply it, then: pinrelay job resume NAME"},
    {"only_errors", "there was nothing but errors for 10 hours",
     "find out why (pinrelay job requests NAME), then: pinrelay job resume NAME"},
    {"account_gone", "Pinterest does not know the ad account",
     "correct ad_account in the configuration and apply it, then: pinrelay job resume NAME"},
    {"events_refused", "Pinterest refuses one event after the other with the same words",
     "see what it says (pinrelay job requests NAME); 'pinrelay job resume NAME' sends the refused events "
     "again"},
    {"batch_refused", "Pinterest refuses whole batches, and no single record explains it",
     "see what it says (pinrelay job requests NAME), then: pinrelay job resume NAME"},
    {"restored_events_held",
     "conversions from before the restore are held: they may have been sent after the backup",
     "to send them: pinrelay job release NAME; to give them up: pinrelay job discard NAME"},
    {"restored", "the store was restored from a backup; another instance may have gone on",
     "make sure that no other instance runs, then: pinrelay job resume NAME"},
};

std::string phase_of(const exports::Job& job, const exports::List& list, const store::Queue& queue) {
  if (job.row.bulk == BulkKind::kEmpty) return "removing_everyone";
  if (job.row.bulk == BulkKind::kBackfill) return "backfill";
  if (job.row.bulk == BulkKind::kResync) return "resync";
  if (job.row.bulk == BulkKind::kReassert) return "reassert";
  if (!job.row.started) return "not_started";
  if (job.converts()) return to_millis(list.row.last_success_at) == 0 ? "awaiting_first_member" : "live";
  const bool nobody_yet = list.row.present == 0 && to_millis(list.row.first_present_at) == 0;
  return nobody_yet && !list.open && queue.empty(list.row.number) ? "awaiting_first_member" : "live";
}

struct Sleep {
  std::string code, reason;
  Time until{};
};

// What Pinterest, or our budget, makes the list wait for.
std::optional<Sleep> waits_for_pinterest(exports::Core& core, exports::Engine& engine,
                                         const exports::Job& job, exports::List& list) {
  const Time now = core.now();
  exports::Authorization& authorization = engine.sending().authorization(list);
  if (list.row.wait_code == "auth_error")
    return Sleep{"auth_error", list.row.wait_reason,
                 list.row.not_before > now ? list.row.not_before : Time{}};
  if (!list.row.wait_code.empty() && list.row.not_before > now)
    return Sleep{list.row.wait_code, list.row.wait_reason, list.row.not_before};
  if (job.converts()) return std::nullopt;
  if (authorization.not_before > now)
    return Sleep{"rate_limited", "Pinterest asks the authorization to wait", authorization.not_before};
  if (list.open) return std::nullopt;
  if (list.row.state == store::ListState::kSearching) return Sleep{"searching_list", "", list.next_search};
  // What a pass has found is not in the queue, and waits all the same.
  const bool something = job.row.bulk != BulkKind::kNone || !core.store.queue.empty(list.row.number);
  if (core.options.rate_budget && !authorization.allows(now, true) && something)
    return Sleep{"rate_budget", "", authorization.next_write(now)};
  return std::nullopt;
}

// What the queue itself waits for, when nothing else keeps the job busy.
std::optional<Sleep> waits_in_queue(exports::Core& core, exports::Engine& engine, exports::List& list) {
  store::Queue& queue = core.store.queue;
  const store::ListNumber number = list.row.number;
  if (const auto due = engine.sending().due_at(list)) {
    const bool flushing = to_millis(list.row.flush_until) != 0 || *due <= core.now();
    return flushing ? std::nullopt : std::optional(Sleep{"next_flush", "", *due});
  }
  if (list.row.braked && queue.count(number, QueueClass::kRemove).rows > 0) return Sleep{"brake", "", Time{}};
  if (const auto settles = queue.oldest(number, QueueClass::kSettling);
      settles && queue.count(number, QueueClass::kSettling).rows > 0)
    return Sleep{"settling", "", core.now() + (Millis{*settles} - core.settle.now())};
  return std::nullopt;
}

// What a restore holds; "" when it is nothing.
std::string held_since_restore(Context& context, const exports::Job& job) {
  if (!exports::undecided(job)) return "";
  const int64_t held = context.store().events.count(job.row.list, store::EventClass::kHeld);
  if (held == 0 && !exports::scan_held(job)) return "";
  return fmt::format("{} conversions{} are held since the restore: they may have been sent after the backup",
                     thousands(held), exports::scan_held(job) ? " and the scan of present members" : "");
}

std::optional<Sleep> sleeps(Context& context, exports::Job& job, exports::List& list) {
  exports::Core& core = context.engine.core();
  if (auto sleep = waits_for_pinterest(core, context.engine, job, list)) return sleep;
  if (job.converts()) {
    const std::string held = held_since_restore(context, job);
    return held.empty() ? std::nullopt : std::optional(Sleep{"restored_events_held", held, Time{}});
  }
  const bool busy =
      list.open || job.row.bulk != BulkKind::kNone || job.row.cursor < core.store.profiles.log_head();
  return busy ? std::nullopt : waits_in_queue(core, context.engine, list);
}

// Events are frozen while their job rests, and some day Pinterest would not take them any more.
std::string grows_old(Context& context, exports::Job& job) {
  if (!job.converts()) return "";
  if (job.running() && exports::held_events(context.store(), job) == 0) return "";
  const auto earliest = context.store().events.earliest(job.row.list);
  if (!earliest) return "";
  const Millis most = job.settings.conversions.event_max_age, age = context.clock.now() - *earliest;
  if (age < most - most / 7) return "";
  const int64_t count = context.store().events.count(job.row.list, store::EventClass::kLive) +
                        context.store().events.count(job.row.list, store::EventClass::kBackfill) +
                        context.store().events.count(job.row.list, store::EventClass::kHeld);
  return fmt::format("{} events wait, and the oldest is {} old: when it is {} old it is not sent any more",
                     thousands(count), duration_text(age), duration_text(most));
}

std::string with_name(std::string_view text, const std::string& name) {
  std::string out(text);
  for (size_t at = 0; (at = out.find("NAME", at)) != std::string::npos; at += name.size())
    out.replace(at, 4, name);
  return out;
}

bool is_possible(Context& context, const exports::Job& job, std::string_view verb) {
  const auto possible = exports::possible_verbs(context.engine.core(), job);
  return std::ranges::find(possible, verb) != possible.end();
}

// What a person can do; only what works in the job's present state.
std::string fix_of(Context& context, const exports::Job& job, const JobStatus& status) {
  const std::string& name = job.row.name;
  if (job.row.state == JobState::kDraft) return "pinrelay job start " + name;
  if (status.code == "list_gone" && is_possible(context, job, "resume"))
    return fmt::format(
        "to have another list created: pinrelay job resume {}; or name one in the configuration "
        "and apply it",
        name);
  if (status.code == "auth_error") {
    config::Authorization authorization;
    authorization.name = job.settings.authorization;
    for (const config::Authorization& known : context.config.authorizations)
      if (known.name == authorization.name) authorization = known;
    const auto health = credentials::health_of(context.credentials, context.engine.core(), authorization);
    if (!health.fix.empty()) return health.fix;
  }
  const std::string fix = with_name(find_condition(status.code).fix, name);
  if (fix.empty() && job.row.state == JobState::kPaused) return "pinrelay job resume " + name;
  return fix;
}

}  // namespace

std::span<const Condition> conditions() { return kConditions; }

Condition find_condition(std::string_view code) {
  for (const Condition& condition : kConditions) {
    if (condition.code == code) return condition;
  }
  return {};
}

std::string JobStatus::phase_text() const {
  std::string text = phase;
  std::replace(text.begin(), text.end(), '_', ' ');
  if (phase == "backfill" || phase == "resync" || phase == "reassert")
    text += fmt::format(" {} of {}", thousands(scanned), thousands(std::max(scanned, total)));
  return text;
}

JobStatus read_status(Context& context, exports::Job& job) {
  exports::Core& core = context.engine.core();
  exports::List& list = core.lists.at(job.row.list);
  JobStatus status;
  status.state = store::kJobStateNames[static_cast<size_t>(job.row.state)];
  status.phase = phase_of(job, list, core.store.queue);
  status.scanned = job.row.members_scanned;
  status.total = job.row.members_total;
  if (job.row.state == JobState::kFailed || job.row.state == JobState::kPaused) {
    status.code = job.row.reason_code;
    status.reason = job.row.reason;
  } else if (job.running()) {
    if (auto sleep = sleeps(context, job, list)) {
      status.state = "Sleeping";
      status.code = sleep->code;
      status.reason = sleep->reason;
      status.until = sleep->until;
    }
  }
  status.warning = grows_old(context, job);
  if (status.warning.empty() && !job.running() && job.converts())
    status.warning = held_since_restore(context, job);
  if (status.reason.empty()) status.reason = find_condition(status.code).meaning;
  status.fix = fix_of(context, job, status);
  return status;
}

Result<exports::Job*> find_job(Context& context, const std::string& name) {
  exports::Job* job = context.engine.jobs().find(name);
  if (job != nullptr) return job;
  return Error{ErrorKind::kNotFound, "no_job", fmt::format("there is no job '{}'", plain(name)), "",
               "see 'pinrelay job list'"};
}

bool service_runs(const config::Config& config) {
  const std::string path = Service::control_socket(config);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::copy(path.begin(), path.end(), address.sun_path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

std::string notices(Context& context) {
  std::string text;
  if (!is_pinterest(context.config.pinterest_base_url))
    text += fmt::format("Simulated: requests go to {}, not to Pinterest.\n",
                        plain(context.config.pinterest_base_url));
  if (context.config.plain_http) text += "Plain HTTP: other machines may connect without TLS (plain_http).\n";
  if (const std::string suspended = suspended_text(context); !suspended.empty())
    text += fmt::format("Restored: {}; {}.\n", suspended, kConfirmRestored);
  if (!service_runs(context.config))
    text += "No service works on this store: nothing is sent until 'pinrelay serve' or 'pinrelay run'.\n";
  return text;
}

Json untouched_jobs(Context& context, const config::Config& wanted, std::string& text) {
  Json names = Json::array();
  for (const auto& [number, job] : context.engine.core().jobs) {
    const auto same = [&job = job](const config::JobSettings& settings) {
      return settings.name == job.row.name;
    };
    if (std::ranges::any_of(wanted.jobs, same)) continue;
    names.push_back(job.row.name);
    text += fmt::format("Job {}: not in the file, so it stays as it is ({})\n", plain(job.row.name),
                        store::kJobStateNames[static_cast<size_t>(job.row.state)]);
  }
  return names;
}

}  // namespace pinrelay::cli
