#include "cli/doctor.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/folder_mode.h"
#include "base/sha256.h"
#include "cli/authorization_views.h"
#include "cli/format.h"
#include "cli/job_status.h"
#include "cli/key_scope.h"
#include "cli/known_names.h"
#include "cli/left_lists.h"
#include "cli/suspended.h"
#include "config/address.h"
#include "credentials/health.h"
#include "exports/brake.h"
#include "http/client.h"
#include "sources/upload_writer.h"

namespace pinrelay::cli {
namespace {

constexpr int64_t kMebibyte = 1024 * 1024;
constexpr auto kFreeBytesMin = static_cast<int64_t>(sources::kFreeBytesMin);
constexpr int64_t kBacklogBytesMany = 256 * kMebibyte;
constexpr Millis kClockTolerance{5 * 60'000};
// Before that this program did not exist.
constexpr Time kProgramBorn{Millis{1'735'689'600'000}};  // 2025-01-01
constexpr Time kFarFuture{Millis{4'102'444'800'000}};    // 2100-01-01
constexpr Millis kProcessingMax{48 * 3600'000LL};
constexpr Millis kErasureSoon{3600'000};  // a list that jobs have left sends erasures within minutes

Check fine(std::string name, std::string result) {
  return {std::move(name), CheckLevel::kOk, std::move(result), ""};
}
Check warning(std::string name, std::string result, std::string fix) {
  return {std::move(name), CheckLevel::kWarning, std::move(result), std::move(fix)};
}
Check problem(std::string name, std::string result, std::string fix) {
  return {std::move(name), CheckLevel::kProblem, std::move(result), std::move(fix)};
}

std::string mebibytes(int64_t bytes) { return thousands(bytes / kMebibyte) + " MiB"; }

// Permission bits for others than the owner; nothing when the file is not there.
std::optional<unsigned> foreign_bits(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return static_cast<unsigned>(info.st_mode) & 077U;
}

Check check_disk(Context& context) {
  std::error_code failed;
  const auto space = std::filesystem::space(context.store().directory(), failed);
  if (failed) return problem("disk space", "cannot be read: " + failed.message(), "check the store's folder");
  const auto free = static_cast<int64_t>(space.available);
  const int64_t used = context.store().disk_bytes();
  const std::string result = fmt::format("{} free; the store takes {}", mebibytes(free), mebibytes(used));
  if (free < kFreeBytesMin)
    return problem("disk space", result, "make room: input is refused when the disk is full");
  if (free < used)
    return warning("disk space", result, "make room: there is less than a second copy would need");
  return fine("disk space", result);
}

Check check_service(Context& context) {
  if (service_runs(context.config)) return fine("service", "a service works on this store, and answers");
  return warning("service",
                 "no service works on this store: jobs send nothing, and nobody can send rows by HTTP",
                 "pinrelay serve (or 'pinrelay run --until-idle' from time to time)");
}

Check check_folder(Context& context) {
  const std::string& store = context.store().directory();
  const auto bits = foreign_bits(store);
  if (bits && *bits != 0)
    return warning("store folder", fmt::format("others than its owner may enter {}", store),
                   "chmod 700 " + store);
  namespace fs = std::filesystem;
  for (const std::string& file :
       {store, context.credentials.vault().key_file(), context.store().afterwards().path()}) {
    const std::string folder = file.empty() ? "" : fs::absolute(file).parent_path().string();
    if (writable_by(folder, true) == WritableBy::kGroup)
      return warning("store folder",
                     fmt::format("a group may write into {}, and could exchange {}", folder, file),
                     "chmod g-w " + folder);
  }
  return fine("store folder", "only its owner may enter it");
}

Check check_backup_key(Context& context) {
  credentials::Vault& vault = context.credentials.vault();
  const auto key = vault.backup_key();
  const auto kept = vault.kept();
  if (key.ok() && kept.ok())
    return fine("backups",
                fmt::format("are sealed under the master key {} in {}, with {} earlier one(s): without that "
                            "file, or the passphrase of a backup, none opens. Keep a copy of it elsewhere",
                            to_hex((*key)->id), vault.key_file(), kept->size()));
  std::error_code unknown;
  if (key.error().code == "no_master_key" && !vault.key_file().empty() &&
      !std::filesystem::exists(vault.key_file(), unknown))
    return fine("backups",
                fmt::format("will be sealed under the master key, which is made in {} with the first "
                            "backup or stored secret; without it none opens",
                            vault.key_file()));
  return problem("backups", "none can be made or restored: " + key.error().message, key.error().fix);
}

Check check_suspended(Context& context) {
  const std::string suspended = suspended_text(context);
  if (suspended.empty()) return fine("restore", "nothing is suspended");
  return warning("restore", suspended, kConfirmRestored);
}

Check check_afterwards(Context& context) {
  const store::Afterwards& file = context.store().afterwards();
  std::error_code failed;
  if (!std::filesystem::exists(file.path(), failed))
    return problem("afterwards",
                   file.path() + " is gone: what is erased or revoked now would come back with a backup",
                   "restart the service, and make a backup");
  return fine("afterwards",
              fmt::format("{} erasures and revocations are noted in {}, so that no backup brings them "
                          "back; it is safest on another disk than the store (afterwards_folder)",
                          thousands(file.last() - file.before_first()), file.path()));
}

Check check_backlog(Context& context) {
  const int64_t bytes = context.store().inbox().backlog_bytes();
  const std::string result = mebibytes(bytes) + " of accepted rows are not applied yet";
  if (bytes < kBacklogBytesMany) return fine("inbox", result);
  return warning("inbox", result,
                 "the service applies them; if this grows, the machine's disk is too slow for the input");
}

Check check_limits(Context& context) {
  const LimitsReached reached = limits_reached(context);
  const auto number = [](size_t size) { return thousands(static_cast<int64_t>(size)); };
  std::string result =
      fmt::format("{} of {} fields, {} of {} audiences", number(reached.fields), number(reached.fields_max),
                  number(reached.audiences), number(reached.audiences_max));
  for (const std::string& sender : reached.refused)
    result += fmt::format("; new names of the write key {} were refused", sender);
  if (reached.values_too_large > 0)
    result += fmt::format("; {} values were left out, because their people would have become too large",
                          thousands(reached.values_too_large));
  const auto nearly = [](size_t there, size_t most) { return there * 10 >= most * 9; };
  const bool many = nearly(reached.fields, reached.fields_max) ||
                    nearly(reached.audiences, reached.audiences_max) || !reached.refused.empty() ||
                    reached.values_too_large > 0;
  if (!many) return fine("limits", result);
  return warning("limits", result,
                 "remove what nothing uses (pinrelay field remove, pinrelay audience remove), or raise "
                 "'limits' in the configuration");
}

bool is_over(const store::ApiTokenRow& key, Time now) {
  return to_millis(key.expires_at) != 0 && key.expires_at <= now;
}

Check check_configuration(Context& context) {
  const config::Config& config = context.config;
  std::string found;
  const auto note = [&](const std::string& text) { found += (found.empty() ? "" : "; ") + text; };
  const auto stored_keys = context.store().write_keys.all();
  const auto valid = [&](const store::ApiTokenRow& key) { return !is_over(key, context.clock.now()); };
  if (config.write_keys.empty() && std::none_of(stored_keys.begin(), stored_keys.end(), valid))
    note("without a write key nobody can send rows by HTTP (pinrelay write-key add)");
  if (config.authorizations.empty() && context.credentials.stored().empty())
    note("there is no authorization, so no job can send");
  for (const auto& [number, job] : context.engine.core().jobs) {
    const auto named = [&job = job](const config::Authorization& a) {
      return a.name == job.settings.authorization;
    };
    if (std::none_of(config.authorizations.begin(), config.authorizations.end(), named) &&
        !context.credentials.stored().contains(job.settings.authorization))
      note(fmt::format("job {} uses the authorization '{}', which is not there", job.row.name,
                       job.settings.authorization));
  }
  for (const config::JobSettings& job : config.jobs)
    if (context.engine.jobs().find(job.name) == nullptr)
      note(fmt::format("job {} has not been applied", job.name));
  if (found.empty()) return fine("configuration", "complete, and its jobs are applied");
  return warning("configuration", found, "complete the file, then: pinrelay plan FILE, pinrelay apply FILE");
}

Check check_listening(Context& context) {
  const config::Config& config = context.config;
  if (config.plain_http)
    return warning("listening",
                   "other machines may connect without TLS: API tokens and write keys can be read",
                   "set tls, or trusted_proxies with a proxy that has it, and take plain_http out");
  if (!config.tls_certificate_file.empty()) return fine("listening", "by TLS, on " + config.listen);
  if (config::listens_on_loopback(config.listen))
    return fine("listening", "to this machine, on " + config.listen);
  return fine("listening", "to this machine and trusted proxies, on " + config.listen);
}

// Keys of the file, and those made before there were limits, may send everything.
Check check_key_rights(Context& context) {
  std::vector<std::string> unlimited;
  for (const config::WriteKey& key : context.config.write_keys) unlimited.push_back(key.name);
  for (const store::ApiTokenRow& key : context.store().write_keys.all())
    if (is_unlimited(key) && !is_over(key, context.clock.now())) unlimited.push_back(key.name);
  if (unlimited.empty()) return fine("write keys", "each is limited in what it may send");
  return fine("write keys",
              fmt::format("unlimited: {}; whoever has one may send every row, deletions too, for every "
                          "audience, from anywhere. 'pinrelay write-key add' makes keys that may send less",
                          joined(unlimited)));
}

void check_secret(const config::SecretFile& secret, const std::string& name, std::vector<Check>& checks) {
  const auto value = config::read_secret(secret);
  if (!value) {
    checks.push_back(problem(name, value.error().message + ": " + value.error().where, value.error().fix));
    return;
  }
  const auto bits = foreign_bits(secret.path);
  if (secret.credential.empty() && bits && *bits != 0) {
    checks.push_back(warning(name, secret.path + " can be read or changed by others than its owner",
                             "chmod 600 " + secret.path));
    return;
  }
  checks.push_back(fine(name, "readable, and by its owner only"));
}

void check_secrets(Context& context, std::vector<Check>& checks) {
  for (const config::Authorization& authorization : context.config.authorizations)
    if (!authorization.in_store())
      check_secret(authorization.token, "token of " + authorization.name, checks);
  for (const config::WriteKey& key : context.config.write_keys)
    check_secret(key.key, "write key " + key.name, checks);
  for (const store::ApiTokenRow& key : context.store().write_keys.all()) {
    const std::string name = "write key " + key.name;
    checks.push_back(
        is_over(key, context.clock.now())
            ? warning(name, "has expired at " + format_rfc3339(key.expires_at),
                      fmt::format("pinrelay write-key revoke {}, then make another one", key.name))
            : fine(name, "kept in the store: " + key_scope_text(key_scope_json(key))));
  }
  for (const config::Webhook& webhook : context.config.webhooks)
    check_secret(webhook.secret, "secret of webhook " + webhook.name, checks);
  if (!context.config.smtp.user.empty()) check_secret(context.config.smtp.password, "mail password", checks);
  if (!context.config.tls_private_key_file.empty())
    check_secret({context.config.tls_private_key_file, ""}, "TLS key", checks);
}

Check check_certificates(Context& context) {
  const std::string& named = context.config.pinterest_ca_file;
  const std::string path = named.empty() ? "/etc/ssl/certs/ca-certificates.crt" : named;
  std::ifstream file(path, std::ios::binary);
  std::string line;
  while (file && line.find("BEGIN CERTIFICATE") == std::string::npos && std::getline(file, line)) {
  }
  if (line.find("BEGIN CERTIFICATE") != std::string::npos)
    return fine("certificates", path + " holds certificates");
  if (named.empty())
    return warning("certificates", path + " is not there; TLS may find others",
                   "install the package ca-certificates");
  return problem("certificates", path + " cannot be read, or holds no certificate in PEM form",
                 "correct pinterest.ca_file");
}

Check check_pinterest(Context& context) {
  const std::string& url = context.config.pinterest_base_url;
  if (is_pinterest(url)) return fine("Pinterest", "requests go to " + url);
  return warning("Pinterest", "simulated: requests go to " + url,
                 "fine for rehearsals; for real lists leave pinterest.base_url out");
}

Check check_clock(Context& context) {
  const Time now = context.clock.now();
  const auto requests = context.store().requests(0, 1);
  const Time newest = requests.empty() ? Time{} : requests.front().at;
  if (now < kProgramBorn || now > kFarFuture)
    return problem("clock", "it is " + format_rfc3339(now), "set the clock, for example by NTP");
  if (newest > now + kClockTolerance)
    return warning(
        "clock",
        fmt::format("the last request was made at {}, which is in the future", format_rfc3339(newest)),
        "the clock was stepped back: check NTP");
  return fine("clock", "plausible: " + format_rfc3339(now));
}

Check check_versions(Context&) {
  return fine("versions", fmt::format("pinrelay {}, SQLite {}, OpenSSL {}, libcurl {}", PINRELAY_VERSION,
                                      store::Store::sqlite_version_text(), openssl_version_text(),
                                      http::curl_version_text()));
}

void check_jobs(Context& context, std::vector<Check>& checks) {
  if (context.engine.core().jobs.empty()) {
    checks.push_back(
        warning("jobs", "there is no job", "describe one in the configuration, then: pinrelay apply FILE"));
  }
  for (auto& [number, job] : context.engine.core().jobs) {
    const JobStatus status = read_status(context, job);
    const std::string name = "job " + job.row.name;
    const std::string result = status.state + (status.reason.empty() ? "" : ": " + status.reason);
    if (status.state == "Failed") {
      checks.push_back(problem(name, result, status.fix));
    } else if (status.state == "Sleeping" && !status.fix.empty()) {
      checks.push_back(warning(name, result, status.fix));
    } else {
      checks.push_back(fine(name, result));
    }
  }
}

void check_authorizations(Context& context, std::vector<Check>& checks) {
  for (const config::Authorization& authorization : all_authorizations(context)) {
    const std::string name = "authorization " + authorization.name;
    const auto health = credentials::health_of(context.credentials, context.engine.core(), authorization);
    if (health.code.empty()) {
      checks.push_back(fine(name, "healthy, as far as is known"));
    } else {
      checks.push_back(health.needed ? problem(name, health.meaning, health.fix)
                                     : warning(name, health.meaning, health.fix));
    }
  }
}

// An entry that a job has not read when the log drops it costs a look at everybody.
Check check_log(Context& context) {
  const Time now = context.clock.now();
  std::string late;
  Millis oldest{0};
  for (const auto& [number, job] : context.engine.core().jobs) {
    const bool reads = job.running() || job.row.state == store::JobState::kPaused ||
                       job.row.state == store::JobState::kFailed;
    const auto waiting = reads ? context.store().profiles.log_time_after(job.row.cursor) : std::nullopt;
    if (!waiting || *waiting > now) continue;
    oldest = std::max(oldest, now - *waiting);
    if (now - *waiting > context.config.retention / 2) late += (late.empty() ? "" : ", ") + job.row.name;
  }
  const std::string result =
      fmt::format("the oldest change that a job has not looked at is {} old; changes are kept {}",
                  duration_text(oldest), duration_text(context.config.retention));
  if (late.empty())
    return fine("change log", oldest == Millis{0} ? "every job has looked at every change" : result);
  return warning("change log", result + "; behind: " + late,
                 "resume these jobs; beyond that time they look at everybody anew instead");
}

void check_erasures(Context& context, const exports::List& list, const std::string& name,
                    std::vector<Check>& checks) {
  exports::Core& core = context.engine.core();
  const bool left = is_left(core, list);
  if (left)
    checks.push_back(
        fine(name, fmt::format("left by {}; kept so that people who are deleted are removed from "
                               "it; {} identifiers may be there",
                               jobs_that_left(list), thousands(list.row.present))));
  const auto waiting = waiting_erasures(core, list);
  if (!waiting || (left && waiting->age < kErasureSoon)) return;
  checks.push_back(
      warning(name,
              fmt::format("{} identifiers of deleted people wait to be removed, the oldest for {}",
                          thousands(waiting->identifiers), duration_text(waiting->age)),
              left ? "see 'pinrelay auth verify " + list.row.authorization + "'"
                   : "resume its job: nothing is sent while it is paused or has failed"));
}

std::string release_text(Context& context, store::ListNumber list) {
  const auto jobs = context.engine.core().jobs_of(list);
  return "look at the audience, then: pinrelay job release " +
         (jobs.empty() ? "NAME" : jobs.front()->row.name);
}

void check_lists(Context& context, std::vector<Check>& checks) {
  const Time now = context.clock.now();
  for (const auto& [number, list] : context.engine.core().lists) {
    const std::string name = "list " + (list.row.name.empty() ? std::to_string(number) : list.row.name);
    if (list.row.braked)
      checks.push_back(warning(name, "removals are held by the brake", release_text(context, number)));
    check_erasures(context, list, name, checks);
    if (const auto many = exports::many_withdrawals(context.engine.core(), list))
      checks.push_back(warning(name,
                               fmt::format("withdrawn consent has removed {} of {} identifiers within a day, "
                                           "more than the brake would let pass",
                                           thousands(many->withdrawn), thousands(many->size)),
                               "look at what writes the consent field"));
    const bool stuck = list.row.status == "PROCESSING" && to_millis(list.row.processing_since) != 0 &&
                       now - list.row.processing_since > kProcessingMax;
    if (stuck)
      checks.push_back(warning(
          name, "Pinterest has been processing it for " + duration_text(now - list.row.processing_since),
          "ask Pinterest's support"));
  }
}

Check check_imports(Context& context) {
  for (const store::ImportRow& row : context.store().imports.all()) {
    if (row.state != store::ImportState::kHeld || row.released) continue;
    const bool unreadable = row.unreadable > row.unreadable_allowed;
    return warning(
        "imports",
        unreadable
            ? fmt::format("snapshot {} is held: the keys of {} rows cannot be read", row.number,
                          row.unreadable)
            : fmt::format("snapshot {} is held: it is empty, or much smaller than the audience", row.number),
        fmt::format("if its exits are right: pinrelay import release {}; if not: pinrelay import "
                    "discard {}",
                    row.number, row.number));
  }
  return fine("imports", "no snapshot is held");
}

Check check_alerts(Context& context) {
  const auto open = context.store().alerts.open_episodes().size();
  const auto waiting = context.store().alerts.count_waiting();
  if (open > 0) return warning("alerts", fmt::format("{} open", open), "pinrelay alert list");
  if (waiting > 0)
    return warning("alerts", fmt::format("{} message(s) are not delivered yet", waiting),
                   "pinrelay alert history");
  return fine("alerts", context.store().alerts.rules.all().empty() ? "none is set" : "nothing is open");
}

}  // namespace

Check check_integrity(Context& context) {
  const auto checked = store::Store::check(context.store().directory());
  if (checked) return fine("store integrity", "both databases and all checksums are right");
  return problem("store integrity", checked.error().message, checked.error().fix);
}

std::vector<Check> run_checks(Context& context) {
  using Single = Check (*)(Context&);
  std::vector<Check> checks;
  for (const Single check :
       {check_folder, check_backup_key, check_afterwards, check_suspended, check_disk, check_service,
        check_backlog, check_limits, check_configuration, check_listening, check_key_rights})
    checks.push_back(check(context));
  check_secrets(context, checks);
  for (const Single check : {check_certificates, check_pinterest, check_clock, check_versions, check_log,
                             check_imports, check_alerts})
    checks.push_back(check(context));
  check_authorizations(context, checks);
  check_jobs(context, checks);
  check_lists(context, checks);
  return checks;
}

}  // namespace pinrelay::cli
