#include "cli/command.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

Command here(std::string name, std::string arguments, std::vector<Option> options, std::string summary,
             std::string example, Result<Output> (*run)(const Arguments&)) {
  return {std::move(name),
          std::move(arguments),
          std::move(options),
          std::move(summary),
          std::move(example),
          Needs::kNothing,
          run,
          nullptr,
          "",
          false};
}

Command on_store(std::string name, std::string arguments, std::vector<Option> options, std::string summary,
                 std::string example, Result<Output> (*run)(Context&, const Arguments&)) {
  return {std::move(name),
          std::move(arguments),
          std::move(options),
          std::move(summary),
          std::move(example),
          Needs::kStore,
          nullptr,
          run,
          "",
          false};
}

Command changing(std::string name, std::string arguments, std::vector<Option> options, std::string summary,
                 std::string example, Result<Output> (*run)(Context&, const Arguments&)) {
  Command command = on_store(std::move(name), std::move(arguments), std::move(options), std::move(summary),
                             std::move(example), run);
  command.changes = true;
  return command;
}

// On standard input, or typed without being shown.
Command asks_for(std::string secret, Command command) {
  command.asks_for = std::move(secret);
  return command;
}

}  // namespace

// A table, however long.
// NOLINTNEXTLINE(readability-function-size)
const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      here("serve", "", {{"simulator-banner", "", "say that Pinterest is simulated"}},
           "Runs the service: HTTP ingest, and all jobs, until it is stopped.",
           "pinrelay serve --config pinrelay.yaml", run_serve),
      here("run", "",
           {{"until-idle", "", "stop when nothing is left to do (the default, and so far the only way)"}},
           "Does everything that is to be done, flushing without waiting, and stops.",
           "pinrelay run --until-idle", run_run),
      here("lint", "FILE", {}, "Checks a configuration file and tells everything that is wrong at once.",
           "pinrelay lint pinrelay.yaml", run_lint),
      here("preview", "JOB",
           {{"rows", "FILE", "NDJSON profile rows"},
            {"now", "TIME", "what an empty event time means (default: now)"}},
           "Shows the conversion event that each row would become, a JSON line a row; needs neither a store "
           "nor a "
           "network.",
           "pinrelay preview orders --rows sample.ndjson --now 2026-01-01T00:00:00Z", run_preview),
      on_store("plan", "FILE", {{"bytes", "N", "also show the first N request bodies, with masked hints"}},
               "Shows what applying the file would change here and at Pinterest. Exit 0: nothing, 2: "
               "changes, 1: error.",
               "pinrelay plan pinrelay.yaml", run_plan),
      changing("apply", "FILE", {{"start", "", "start new jobs, too"}},
               "Makes jobs and fields as the file says; a second time changes nothing.",
               "pinrelay apply pinrelay.yaml --start", run_apply),
      changing("import file", "FILE",
               {{"format", "FORMAT", "ndjson or csv (default: by the file's ending)"},
                {"key", "FIELD", "CSV: the column that holds the key (default: key)"},
                {"delimiter", "CHAR", "CSV: what separates cells (default: comma)"},
                {"audience", "NAME", "everybody in the file enters this audience"},
                {"mode", "MODE", "upsert (default) or snapshot: the file is the whole audience"},
                {"as-of", "TIME", "the time of rows that name none, and of the snapshot (default: now)"},
                {"again", "", "import a file that was imported before"},
                {"no-wait", "", "return when it is registered"}},
               "Imports a file of people; goes on where it was when it is killed.",
               "pinrelay import people.csv --key id --audience Readers", run_import_begin),
      on_store("import list", "", {}, "Lists imports.", "pinrelay import list", run_import_list),
      on_store("import show", "NUMBER", {}, "Shows one import.", "pinrelay import show 1", run_import_show),
      changing("import release", "NUMBER", {}, "Lets the exits of a held snapshot through.",
               "pinrelay import release 3", run_import_release),
      on_store("job list", "", {}, "Lists jobs with their state and what they wait for.", "pinrelay job list",
               run_job_list),
      on_store("job show", "NAME", {}, "Shows one job: state, queue, next flush, counters, list.",
               "pinrelay job show readers", run_job_show),
      changing(
          "job put", "NAME", {{"settings", "JSON", "what would stand under jobs: in a file"}},
          "Makes a draft of a job that no file has, or changes its settings; tells everything that is wrong "
          "at once.",
          "pinrelay job put readers --settings \"$(cat readers.json)\"", run_job_put),
      on_store("job test", "NAME", {{"people", "N", "of so many members, at most 20 (default 10)"}},
               "Sends a few members' conversions as a test and shows Pinterest's answer to each; nothing is "
               "recorded, here or there.",
               "pinrelay job test orders --people 3", run_job_test),
      changing("job start", "NAME", {},
               "Starts a draft: fills the list with the present members, then follows changes.",
               "pinrelay job start readers", run_job_start),
      changing("job pause", "NAME", {}, "Stops sending; changes are kept.", "pinrelay job pause readers",
               run_job_pause),
      changing("job resume", "NAME", {}, "Goes on after a pause or a failure; sends the net difference.",
               "pinrelay job resume readers", run_job_resume),
      changing("job restart", "NAME", {}, "Rereads settings and credentials; keeps ledger and cursor.",
               "pinrelay job restart readers", run_job_restart),
      changing("job resync", "NAME", {{"reassert", "", "send every wanted identifier again, too"}},
               "Compares everybody with what Pinterest has acknowledged and sends the difference.",
               "pinrelay job resync readers --reassert", run_job_resync),
      changing("job flush", "NAME", {}, "Sends what is queued now.", "pinrelay job flush readers",
               run_job_flush),
      changing("job release", "NAME", {}, "Lets removals through that the brake holds.",
               "pinrelay job release readers", run_job_release),
      changing("job retry", "NAME",
               {{"reason", "REASON", "only what was not sent for this reason"},
                {"key", "KEY", "only what is this person's"}},
               "Sends refused identifiers again; of conversions, builds anew from today's data what was "
               "refused or invalid.",
               "pinrelay job retry orders --reason invalid_email", run_job_retry),
      changing("job stop", "NAME", {}, "Ends the job for good; the list stays as it is.",
               "pinrelay job stop readers", run_job_stop),
      changing("job delete", "NAME", {{"remove-first", "", "first remove from the list everyone we added"}},
               "Deletes the job; the list stays as it is unless --remove-first is given.",
               "pinrelay job delete readers", run_job_delete),
      on_store("job records", "NAME",
               {{"reason", "REASON", "only this reason"},
                {"limit", "N", "at most N (default 100)"},
                {"csv", "", "as CSV, up to 100,000 lines, without raw identifiers"}},
               "Lists who was not sent, and why.", "pinrelay job records readers --reason invalid_email",
               run_job_records),
      on_store("job requests", "NAME",
               {{"limit", "N", "at most N (default 20)"},
                {"number", "N", "only this request, with what it carried and each event's outcome"}},
               "Lists the last calls to Pinterest.", "pinrelay job requests readers", run_job_requests),
      on_store("job why", "KEY", {{"job", "NAME", "only this job"}},
               "Follows one person from profile to list (value, hash, owners, wish, acknowledgement) or to "
               "conversions (values, events, requests, Pinterest's answers), with the next step.",
               "pinrelay job why u1", run_job_why),
      here("provider list", "", {},
           "Shows how Pinterest can be authorized, what each way enables, and what it needs first.",
           "pinrelay provider list", run_provider_list),
      on_store("auth list", "", {}, "Lists authorizations with method, health and the jobs that use them.",
               "pinrelay auth list", run_auth_list),
      on_store(
          "auth verify", "NAME", {},
          "Asks Pinterest whether it takes an authorization, and for which ad accounts and jobs; nothing "
          "is recorded, here or there.",
          "pinrelay auth verify acme", run_auth_verify),
      asks_for(
          "conversion token",
          changing("auth add", "NAME",
                   {{"ad-account", "ID", "the ad account that the token is for"},
                    {"label", "TEXT", "what people read (default: the name)"},
                    {"description", "TEXT", "what it is for"}},
                   "Stores a conversion token, sealed, once Pinterest takes it; for a known name, in place "
                   "of its present one. The token is asked for, or read from standard input.",
                   "pinrelay auth add shop --ad-account 549755885175 < token.txt", run_auth_add)),
      here("auth login", "NAME",
           {{"label", "TEXT", "what people read (default: the name)"},
            {"description", "TEXT", "what it is for"}},
           "Signs in at Pinterest: prints a page to open, waits, and stores what comes back, sealed; for a "
           "known "
           "name, in place of its present sign-in.",
           "pinrelay auth login acme --label \"Acme ads\"", run_auth_login),
      changing("auth edit", "NAME",
               {{"label", "TEXT", "what people read"}, {"description", "TEXT", "what it is for"}},
               "Changes label or description of a stored authorization.",
               "pinrelay auth edit acme --label \"Acme, all brands\"", run_auth_edit),
      changing("auth remove", "NAME", {}, "Forgets a stored authorization that no job uses.",
               "pinrelay auth remove acme", run_auth_remove),
      changing("auth rotate-key", "", {}, "Seals all stored secrets by a new master key.",
               "pinrelay auth rotate-key", run_auth_rotate_key),
      on_store("sign-in begin", "", {}, "Begins a sign-in: gives the page to open (auth login does it all).",
               "pinrelay sign-in begin --json", run_sign_in_begin),
      on_store("sign-in show", "TICKET", {}, "Tells how far a sign-in is.", "pinrelay sign-in show TICKET",
               run_sign_in_show),
      changing("sign-in save", "NAME",
               {{"ticket", "TICKET", "of the sign-in"},
                {"label", "TEXT", "what people read (default: the name)"},
                {"description", "TEXT", "what it is for"}},
               "Stores what a sign-in has brought.", "pinrelay sign-in save acme --ticket TICKET",
               run_sign_in_save),
      changing("token add", "NAME",
               {{"role", "ROLE", "viewer (default), operator or admin"},
                {"expires", "SPAN", "after so long: 90d, 12h (default: never)"}},
               "Makes a token for the HTTP API and shows it, once.",
               "pinrelay token add ci --role operator --expires 90d", run_token_add),
      on_store("token list", "", {}, "Lists who may call the API.", "pinrelay token list", run_token_list),
      changing("token revoke", "NAME", {}, "Ends a token at once.", "pinrelay token revoke ci",
               run_token_revoke),
      on_store("audit list", "",
               {{"limit", "N", "at most N (default 50)"}, {"before", "NUMBER", "only older ones"}},
               "Lists who changed what, newest first.", "pinrelay audit list", run_audit_list),
      on_store("audit verify", "", {},
               "Checks that no entry of the audit log was altered, taken out or put in.",
               "pinrelay audit verify", run_audit_verify),
      changing("alert put", "NAME",
               {{"kind", "KIND", "what to look for: docs/reference/alerts.md"},
                {"of", "NAME", "only this job, authorization or audience (default: all)"},
                {"above", "PERCENT", "the threshold of kinds that have one"},
                {"min", "N", "fewer are reported"},
                {"max", "N", "more are reported"},
                {"hours", "N", "how far the kind looks back, or how long it waits"},
                {"to", "LIST", "webhooks and mail addresses, separated by commas"}},
               "Makes or changes an alert; tells everything that is wrong at once.",
               "pinrelay alert put failed-jobs --kind job_failed --to ops,oncall@example.com", run_alert_put),
      on_store("alert list", "", {}, "Lists alerts, and what is open: since when, why, and the next step.",
               "pinrelay alert list", run_alert_list),
      on_store("alert history", "", {{"limit", "N", "at most N of each (default 50)"}},
               "Lists the last episodes, and what became of each message.", "pinrelay alert history",
               run_alert_history),
      changing("alert test", "NAME", {}, "Sends a test to everybody whom the alert would tell.",
               "pinrelay alert test failed-jobs", run_alert_test),
      changing("alert remove", "NAME", {}, "Removes an alert; what it has open ends without a message.",
               "pinrelay alert remove failed-jobs", run_alert_remove),
      changing("webhook add", "NAME", {{"url", "URL", "a public https address, port 443 or 8443"}},
               "Makes a webhook and shows its signing secret, once.",
               "pinrelay webhook add ops --url https://hooks.example.com/pinrelay", run_webhook_add),
      on_store("webhook list", "", {}, "Lists webhooks.", "pinrelay webhook list", run_webhook_list),
      on_store("webhook test", "NAME", {}, "Posts a signed test message and shows what came back.",
               "pinrelay webhook test ops", run_webhook_test),
      changing("webhook remove", "NAME", {}, "Removes a webhook that no alert uses.",
               "pinrelay webhook remove ops", run_webhook_remove),
      on_store("audience list", "", {}, "Lists audiences with their sizes.", "pinrelay audience list",
               run_audience_list),
      on_store("audience show", "NAME", {}, "Shows an audience and the jobs that use it.",
               "pinrelay audience show Readers", run_audience_show),
      on_store("field list", "", {}, "Lists fields with type and coverage.", "pinrelay field list",
               run_field_list),
      on_store("profile show", "KEY", {}, "Shows one person with masked values.", "pinrelay profile show u1",
               run_profile_show),
      on_store("backup", "FOLDER", {}, "Copies the store while it is in use, and checks the copy.",
               "pinrelay backup /backups/today", run_backup),
      here("restore", "FOLDER", {}, "Puts a backup in the place of a missing store; its jobs start paused.",
           "pinrelay restore /backups/today", run_restore),
      on_store("doctor", "", {}, "Checks store, disk, tokens and configuration, and says what to do.",
               "pinrelay doctor", run_doctor),
      here("docs", "FOLDER", {{"check", "", "only tell whether the pages there are up to date"}},
           "Writes the reference pages from the tables in the program.", "pinrelay docs docs/reference",
           run_docs),
      here("version", "", {}, "Shows the version.", "pinrelay version", run_version),
  };
  return table;
}

}  // namespace pinrelay::cli
