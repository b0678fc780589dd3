#include "cli/command.h"
#include "cli/handlers.h"
#include "cli/search_command.h"

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

Option repeats(std::string name, std::string argument, std::string help) {
  return {std::move(name), std::move(argument), std::move(help) + "; several by repeating it", true};
}

// Its KEY, or what --key names, is a person, and whoever looks is noted.
Command shows_person(Command command) {
  command.shows_person = true;
  return command;
}

// On standard input, or typed without being shown.
Command asks_for(std::string secret, Command command) {
  command.asks_for = std::move(secret);
  return command;
}

// Of a configuration that can be the only one there is.
Command of_configuration(Command command) {
  command.of_configuration = true;
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
      here("init", "", {{"ad-account", "ID", "the ad account's id in Ads Manager, to write into the file"}},
           "Writes a commented configuration, makes a write key and a file for Pinterest's token, and says "
           "what "
           "to do next. Nothing is overwritten.",
           "pinrelay init --ad-account 549755885175", run_init),
      here("lint", "FILE", {},
           "Checks a configuration file, and the secrets it names, and tells everything that is wrong at "
           "once.",
           "pinrelay lint pinrelay.yaml", run_lint),
      here("preview", "JOB",
           {{"rows", "FILE", "rows as they are imported: NDJSON or CSV"},
            {"format", "FORMAT", "ndjson or csv (default: by the file's ending, or its content)"},
            {"encoding", "NAME", "what the file is written in (default: UTF-8 or UTF-16)"},
            {"key", "FIELD", "CSV: the column that holds the key (default: guessed)"},
            {"delimiter", "CHAR", "CSV: what separates cells (default: guessed)"},
            {"now", "TIME", "what an empty event time means (default: now)"}},
           "Shows the conversion event that each row would become, a JSON line a row; needs neither a store "
           "nor a "
           "network.",
           "pinrelay preview orders --rows sample.ndjson --now 2026-01-01T00:00:00Z", run_preview),
      of_configuration(on_store("plan", "FILE",
                                {{"bytes", "N", "also show the first N request bodies, with masked hints"}},
                                "Shows what applying the file would change here and at Pinterest. Exit 0: "
                                "nothing, 2: changes, 1: error.",
                                "pinrelay plan pinrelay.yaml", run_plan)),
      of_configuration(changing("apply", "FILE", {{"start", "", "start new jobs, too"}},
                                "Makes jobs and fields as the file says; a second time changes nothing.",
                                "pinrelay apply pinrelay.yaml --start", run_apply)),
      changing("import file", "FILE",
               {{"format", "FORMAT", "ndjson or csv (default: by the file's ending, or its content)"},
                {"encoding", "NAME",
                 "what the file is written in, such as windows-1252 (default: UTF-8 or UTF-16)"},
                {"key", "FIELD", "CSV: the column that holds the key (default: key)"},
                {"delimiter", "CHAR", "CSV: what separates cells (default: guessed)"},
                {"audience", "NAME", "everybody in the file enters this audience"},
                {"mode", "MODE", "upsert (default) or snapshot: the file is the whole audience"},
                {"as-of", "TIME", "the time of rows that name none, and of the snapshot (default: now)"},
                {"allow-unreadable", "N",
                 "a snapshot's exits happen though the keys of up to N rows cannot be read (default: 0)"},
                {"again", "", "import a file that was imported before"},
                {"no-wait", "", "return when it is registered"}},
               "Imports a file of people; goes on where it was when it is killed.",
               "pinrelay import people.csv --key id --audience Readers", run_import_begin),
      here("import preview", "FILE",
           {{"format", "FORMAT", "ndjson or csv (default: by the file's ending, or its content)"},
            {"encoding", "NAME",
             "what the file is written in, such as windows-1252 (default: UTF-8 or UTF-16)"},
            {"key", "FIELD", "CSV: the column that holds the key (default: guessed)"},
            {"delimiter", "CHAR", "CSV: what separates cells (default: guessed)"},
            {"audience", "NAME", "as the import would have it"},
            {"mode", "MODE", "as the import would have it: upsert (default) or snapshot"}},
           "Shows what a file holds, by its first rows: columns with types and masked samples, delimiter, "
           "key, "
           "mistakes; and how many conversions the jobs of this machine's store would make of the whole "
           "file, at "
           "most. Nothing is kept or sent.",
           "pinrelay import preview people.csv", run_import_preview),
      on_store("import list", "",
               {{"limit", "N", "at most N (default 500)"},
                {"cursor", "TEXT", "goes on after the page that gave this as next_cursor"}},
               "Lists imports.", "pinrelay import list", run_import_list),
      on_store("import show", "NUMBER", {}, "Shows one import.", "pinrelay import show 1", run_import_show),
      changing("import release", "NUMBER", {}, "Lets the exits of a held snapshot through.",
               "pinrelay import release 3", run_import_release),
      changing("import discard", "NUMBER", {}, "Drops the exits of a held snapshot; what came in stays.",
               "pinrelay import discard 3", run_import_discard),
      here(
          "upload add", "FILE",
          {{"format", "FORMAT", "ndjson or csv (default: by the file's ending, or its content)"},
           {"encoding", "NAME",
            "what the file is written in, such as windows-1252 (default: UTF-8 or UTF-16)"}},
          "Sends a file of people to a service elsewhere, where it waits a day to be imported ('import FILE' "
          "does it all).",
          "pinrelay upload add people.csv --server https://pinrelay.example.com --token-file api.token",
          run_upload_add),
      on_store("upload list", "", {}, "Lists the files that were sent and wait to be imported.",
               "pinrelay upload list", run_upload_list),
      on_store("upload show", "NAME",
               {{"encoding", "NAME", "what the file is written in (default: UTF-8 or UTF-16)"},
                {"key", "FIELD", "CSV: the column that holds the key (default: guessed)"},
                {"delimiter", "CHAR", "CSV: what separates cells (default: guessed)"}},
               "Shows what a file that was sent holds, as 'import preview' does.",
               "pinrelay upload show u-0123456789abcdef0123456789abcdef", run_upload_show),
      changing("upload import", "NAME",
               {{"encoding", "NAME", "what the file is written in (default: UTF-8 or UTF-16)"},
                {"key", "FIELD", "CSV: the column that holds the key (default: key)"},
                {"delimiter", "CHAR", "CSV: what separates cells (default: guessed)"},
                {"audience", "NAME", "everybody in the file enters this audience"},
                {"mode", "MODE", "upsert (default) or snapshot: the file is the whole audience"},
                {"as-of", "TIME", "the time of rows that name none, and of the snapshot (default: now)"},
                {"allow-unreadable", "N",
                 "a snapshot's exits happen though the keys of up to N rows cannot be read (default: 0)"},
                {"again", "", "import a file that was imported before"}},
               "Begins the import of a file that was sent; it is removed when the import has ended.",
               "pinrelay upload import u-0123456789abcdef0123456789abcdef --key id --audience Readers",
               run_upload_import),
      changing("upload remove", "NAME", {}, "Removes a file that was sent and is not being imported.",
               "pinrelay upload remove u-0123456789abcdef0123456789abcdef", run_upload_remove),
      on_store("job list", "", {}, "Lists jobs with their state and what they wait for.", "pinrelay job list",
               run_job_list),
      on_store("job show", "NAME", {}, "Shows one job: state, queue, next flush, counters, list.",
               "pinrelay job show readers", run_job_show),
      changing(
          "job put", "NAME",
          {{"settings", "JSON", "what would stand under jobs: in a file"},
           {"if-match", "VERSION", "only if the job's settings are still those of this version (job show)"}},
          "Makes a draft of a job that no file has, or changes its settings; tells everything that is wrong "
          "at once.",
          "pinrelay job put readers --settings \"$(cat readers.json)\"", run_job_put),
      on_store("job export", "NAME", {}, "Prints a job as a file that 'apply' takes.",
               "pinrelay job export readers > readers.yaml", run_job_export),
      on_store(
          "job plan", "NAME", {{"settings", "JSON", "as if the job had these, which are not saved"}},
          "Shows what a job would do with its present members: how many, why not the others, coverage of its "
          "fields, requests. Nothing is sent.",
          "pinrelay job plan readers", run_job_plan),
      shows_person(on_store(
          "job preview", "NAME",
          {{"rows", "JSON", "a list of profile rows, at most 100"},
           repeats("people", "KEY", "a member, at most 20"),
           {"settings", "JSON", "as if the job had these, which are not saved"}},
          "Shows what rows, or members, would become by a job's mapping, with masked values. Nothing is kept "
          "or sent.",
          "pinrelay job preview orders --rows '[{\"key\":\"u1\",\"fields\":{\"email\":\"a@b.example\"}}]'",
          run_job_preview)),
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
      changing("job release", "NAME", {},
               "Lets through what is held: removals by the brake, conversions by a restore.",
               "pinrelay job release readers", run_job_release),
      changing("job discard", "NAME", {}, "Gives up the conversions that are held since a restore.",
               "pinrelay job discard orders", run_job_discard),
      changing("job retry", "NAME",
               {{"reason", "REASON", "only what was not sent for this reason"},
                {"key", "KEY", "only what is this person's"}},
               "Sends refused identifiers again; of conversions, repeats once, from today's data, what was "
               "refused or invalid.",
               "pinrelay job retry orders --reason invalid_email", run_job_retry),
      changing("job stop", "NAME", {{"yes", "", "do not ask"}},
               "Ends the job for good. Its people stay on the list, unless another job goes on writing it.",
               "pinrelay job stop readers", run_job_stop),
      changing(
          "job delete", "NAME",
          {{"remove-first", "", "first remove from the list everyone we added"},
           {"if-match", "VERSION", "only if the job's settings are still those of this version (job show)"},
           {"yes", "", "do not ask before people are removed from a list"}},
          "Deletes the job. Its people stay on the list, unless another job goes on writing it or "
          "--remove-first is given.",
          "pinrelay job delete readers", run_job_delete),
      changing(
          "job keep", "NAME", {},
          "Gives up a removal of everyone ('job delete --remove-first'): the job goes on, and people who are "
          "gone from the list are added again.",
          "pinrelay job keep readers", run_job_keep),
      changing("list forget", "NAME", {{"yes", "", "do not ask"}},
               "Forgets whom jobs have left on a customer list (its name or its id) that no job writes: "
               "people who are deleted from now on stay on it.",
               "pinrelay list forget \"Pinrelay Readers 1767268800\"", run_list_forget),
      shows_person(on_store("job records", "NAME",
                            {{"reason", "REASON", "only this reason"},
                             {"outcome", "OUTCOME", "only omitted, invalid, rejected or uncertain"},
                             {"key", "KEY", "only this person"},
                             {"limit", "N", "at most N (default 100)"},
                             {"cursor", "TEXT", "goes on after the page that gave this as next_cursor"},
                             {"csv", "", "as CSV, up to 100,000 lines, without raw identifiers"}},
                            "Lists the people who were not sent, and why, with counts by reason.",
                            "pinrelay job records readers --reason invalid_email", run_job_records)),
      on_store("job runs", "NAME",
               {{"limit", "N", "at most N (default 20)"},
                {"cursor", "TEXT", "goes on after the page that gave this as next_cursor"}},
               "Lists the runs of a job, newest first, with what became of everybody they considered.",
               "pinrelay job runs readers", run_job_runs),
      on_store("job requests", "NAME",
               {{"limit", "N", "at most N (default 20)"},
                {"cursor", "TEXT", "goes on after the page that gave this as next_cursor"},
                {"number", "N", "only this request, with what it carried and each event's outcome"}},
               "Lists the last calls to Pinterest.", "pinrelay job requests readers", run_job_requests),
      on_store("job history", "[NAME]",
               {{"step", "STEP", "minute (of a day), hour (of 14 days) or day (of a year)"}},
               "Shows what a job, or all of them together, did over time, and what waited.",
               "pinrelay job history readers --step hour", run_job_history),
      shows_person(on_store(
          "job why", "KEY", {{"job", "NAME", "only this job"}},
          "Follows one person from profile to list (value, hash, owners, wish, acknowledgement) or to "
          "conversions (values, events, requests, Pinterest's answers), with the next step.",
          "pinrelay job why u1", run_job_why)),
      here("provider list", "", {},
           "Shows how Pinterest can be authorized, what each way enables, and what it needs first.",
           "pinrelay provider list", run_provider_list),
      here("provider fields", "", {},
           "Shows every field of a conversion that ours can be mapped to, with the names of events and "
           "sources.",
           "pinrelay provider fields --json", run_provider_fields),
      here("provider settings", "", {},
           "Shows every setting of a job: type, job types, default, limits, meaning, and whether most people "
           "need it.",
           "pinrelay provider settings --json", run_provider_settings),
      here("alert kinds", "", {},
           "Shows what alerts can be about, what each kind watches, and the thresholds that it takes.",
           "pinrelay alert kinds", run_alert_kinds),
      here("reason list", "", {},
           "Shows why people are not sent and why jobs wait or fail, with the fix of each.",
           "pinrelay reason list", run_reason_list),
      on_store("service show", "", {},
               "Shows the version, where requests go, and how this service is reached.",
               "pinrelay service show --json", run_service_show),
      on_store("auth list", "", {}, "Lists authorizations with method, health and the jobs that use them.",
               "pinrelay auth list", run_auth_list),
      on_store(
          "auth verify", "NAME", {},
          "Asks Pinterest whether it takes an authorization, and for which ad accounts and jobs; nothing "
          "is recorded, here or there.",
          "pinrelay auth verify acme", run_auth_verify),
      on_store("auth accounts", "NAME", {},
               "Asks Pinterest for every ad account of a sign-in, with its role and the jobs that it allows.",
               "pinrelay auth accounts acme", run_auth_accounts),
      on_store("auth lists", "NAME",
               {{"ad-account", "ID", "the ad account that has them"},
                {"search", "TEXT", "only lists whose name holds this, in any case"},
                {"limit", "N", "at most N (default 100, at most 500)"},
                {"cursor", "TEXT", "goes on after the page that gave this as next_cursor"}},
               "Asks Pinterest for the customer lists of an ad account, newest first.",
               "pinrelay auth lists acme --ad-account 549755885175 --search readers", run_auth_lists),
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
      changing("auth remove", "NAME",
               {{"yes", "", "do not ask before lists that jobs have left become unreachable"}},
               "Forgets a stored authorization that no job uses.", "pinrelay auth remove acme",
               run_auth_remove),
      changing(
          "auth rotate-key", "",
          {{"keep", "SPAN", "keep the old key, sealed, for so long: 90d (default: backup_age_max), or 0d"}},
          "Seals all stored secrets by a new master key; the old one is kept for backups made under it.",
          "pinrelay auth rotate-key --keep 400d", run_auth_rotate_key),
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
                {"expires", "SPAN", "after so long: 90d, 12h (default: never)"},
                repeats("network", "NETWORK", "where it may be used from (default: anywhere): 10.0.0.0/8"),
                repeats("job", "NAME", "the only job it may see and act on; beyond it, it only looks")},
               "Makes a token for the HTTP API and shows it, once.",
               "pinrelay token add ci --role operator --expires 90d", run_token_add),
      on_store("token list", "", {}, "Lists who may call the API.", "pinrelay token list", run_token_list),
      changing("token revoke", "NAME", {}, "Ends a token at once.", "pinrelay token revoke ci",
               run_token_revoke),
      changing(
          "write-key add", "NAME",
          {{"expires", "SPAN", "after so long: 90d, 12h (default: never)"},
           repeats("network", "NETWORK", "where it may be used from (default: anywhere): 10.0.0.0/8"),
           repeats("audience", "NAME", "the only audience whose members it may change (default: all)"),
           {"rows", "TYPES", "what it may send: profile,enter,exit,delete (default: all but delete)"},
           {"rows-a-minute", "N", "at most N (default, and at most: limits.rows_a_minute)"},
           {"bytes-a-minute", "N", "at most N (default, and at most: limits.bytes_a_minute)"}},
          "Makes a key to send changes with, beside those of the file, and shows it, once.",
          "pinrelay write-key add shop --audience Buyers --rows profile,enter --network 10.0.0.0/8 --expires "
          "90d",
          run_write_key_add),
      on_store("write-key list", "", {}, "Lists who may send changes.", "pinrelay write-key list",
               run_write_key_list),
      changing("write-key revoke", "NAME", {}, "Ends a write key at once.", "pinrelay write-key revoke shop",
               run_write_key_revoke),
      changing("user claim", "", {}, "Gives the first administrator a link that sets the password, once.",
               "pinrelay user claim", run_user_claim),
      changing("user add", "NAME", {{"role", "ROLE", "viewer (default), operator or admin"}},
               "Makes a user, and a link that sets the password, once.",
               "pinrelay user add ada --role operator", run_user_add),
      on_store("user list", "", {}, "Lists who may sign in.", "pinrelay user list", run_user_list),
      changing("user edit", "NAME", {{"role", "ROLE", "viewer, operator or admin"}},
               "Changes a user's role; sessions end.", "pinrelay user edit ada --role admin", run_user_edit),
      changing("user reset", "NAME", {}, "Ends a user's password and sessions, and gives a new link.",
               "pinrelay user reset ada", run_user_reset),
      changing("user remove", "NAME", {}, "Takes a user's access away at once.", "pinrelay user remove ada",
               run_user_remove),
      on_store("session list", "", {}, "Lists who is signed in, and from where.", "pinrelay session list",
               run_session_list),
      changing("session revoke", "NUMBER", {}, "Signs somebody out.", "pinrelay session revoke 3",
               run_session_revoke),
      on_store("audit list", "",
               {{"limit", "N", "at most N (default 50)"},
                {"before", "NUMBER", "only older ones"},
                {"cursor", "TEXT", "goes on after the page that gave this as next_cursor"}},
               "Lists who changed what, newest first.", "pinrelay audit list", run_audit_list),
      on_store("audit verify", "", {},
               "Checks that no entry of the audit log was altered, taken out or put in.",
               "pinrelay audit verify", run_audit_verify),
      on_store("security events", "",
               {{"kind", "KIND", "only this kind, such as token_refused"},
                {"key", "KEY", "only views of this person"},
                {"limit", "N", "at most N (default 50)"},
                {"cursor", "TEXT", "goes on after the page that gave this as next_cursor"}},
               "Lists failed sign-ins, refused requests, and views of single people, newest first.",
               "pinrelay security events --kind token_refused", run_security_events),
      changing("alert put", "NAME",
               {{"kind", "KIND", "what to look for: docs/reference/alerts.md"},
                {"of", "NAME", "only this job, authorization or audience (default: all)"},
                {"above", "PERCENT", "the threshold of kinds that have one"},
                {"min", "N", "fewer are reported"},
                {"max", "N", "more are reported"},
                {"hours", "N", "how far the kind looks back, or how long it waits"},
                {"to", "LIST", "webhooks and mail addresses, separated by commas (default: only show it)"}},
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
      on_store(
          "audience sample", "NAME", {},
          "Shows what the members of an audience look like, from a sample of at most 10,000: their fields "
          "with "
          "types, coverage and a few masked values, how texts would be read as times, and a few members.",
          "pinrelay audience sample Readers", run_audience_sample),
      changing("audience remove", "NAME", {{"yes", "", "do not ask"}},
               "Removes an audience that no job and no import uses, with everybody's membership of it.",
               "pinrelay audience remove Newsletter", run_audience_remove),
      on_store("field list", "",
               {{"limit", "N", "at most N (default and most 500)"},
                {"cursor", "TEXT", "goes on after the page that gave this as next_cursor"}},
               "Lists fields with type and coverage.", "pinrelay field list", run_field_list),
      changing("field remove", "NAME", {{"yes", "", "do not ask"}},
               "Removes a field that no job and no configuration uses, with everybody's values of it.",
               "pinrelay field remove nickname", run_field_remove),
      shows_person(on_store("profile show", "KEY", {}, "Shows one person with masked values.",
                            "pinrelay profile show u1", run_profile_show)),
      on_store(
          "profile search", "",
          {{"value", "TEXT", "the value; a phone number in any spelling"},
           {"field", "NAME", "only in this field (default: in all)"}},
          "Searches all profiles for a value that profile show cannot find. At most 100 people are listed, "
          "and each of them is recorded as viewed.",
          "pinrelay profile search --field phone --value '+49 170 1234567'", run_profile_search),
      shows_person(changing("profile delete", "KEY", {{"yes", "", "do not ask"}},
                            "Deletes a person as a row of type delete does: their values go at once, and "
                            "their identifiers leave every list. Gives a receipt.",
                            "pinrelay profile delete u1", run_profile_delete)),
      on_store("profile receipt", "NUMBER", {},
               "Shows the receipt of a deletion: what was held, and what has left which list when.",
               "pinrelay profile receipt 1", run_profile_receipt),
      on_store(
          "backup", "FOLDER",
          {{"passphrase-file", "FILE", "seal it by the passphrase in this file, not by the master key"}},
          "Copies the store while it is in use, checks the copy and seals it; without the master key, or "
          "the passphrase, nothing in it opens.",
          "pinrelay backup /backups/today", run_backup),
      here(
          "restore", "[FOLDER]",
          {{"passphrase-file", "FILE", "the passphrase it was sealed by"},
           {"unsealed-backup", "", "take a backup of an earlier version, which nothing protects"},
           {"without-afterwards", "",
            "restore although not everything that was erased and revoked since the backup is known: it comes "
            "back"},
           {"confirm", "",
            "after a restore: list the tokens, write keys and users it suspended, and let them in"},
           {"yes", "", "with --confirm: do not ask"}},
          "Puts a backup in the place of a missing store: jobs start paused, sessions end, tokens, write "
          "keys "
          "and users wait for --confirm, and who was erased or revoked since the backup stays so.",
          "pinrelay restore /backups/today", run_restore),
      on_store("suspended list", "", {}, "Lists the tokens, write keys and users that a restore suspended.",
               "pinrelay suspended list", run_suspended_list),
      changing("suspended confirm", "", {{"yes", "", "do not ask"}},
               "Lets in what a restore suspended, as 'restore --confirm' does.", "pinrelay suspended confirm",
               run_suspended_confirm),
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
