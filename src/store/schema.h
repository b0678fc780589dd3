// The schema as a list of migrations; the store's version is how many of them it has seen. Never edit one
// that has landed: add.
#pragma once

namespace pinrelay::store {

// In the store's folder.
constexpr const char* kMainFile = "/pinrelay.db";

constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE field(number INTEGER PRIMARY KEY, name TEXT NOT NULL, type INTEGER NOT NULL, fixed INTEGER NOT NULL, people INTEGER NOT NULL);
CREATE TABLE audience(number INTEGER PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE person_chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE person_recent(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE owned_chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE owned_recent(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE ledger_chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE ledger_recent(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE change_log(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL, entries BLOB NOT NULL);
CREATE TABLE queue(list INTEGER NOT NULL, hash BLOB NOT NULL, class INTEGER NOT NULL, at INTEGER NOT NULL,
  job INTEGER NOT NULL, profile BLOB NOT NULL, flags INTEGER NOT NULL, run INTEGER NOT NULL,
  PRIMARY KEY(list, hash)) WITHOUT ROWID;
CREATE INDEX queue_by_class ON queue(list, class, at);
CREATE TABLE attempt(list INTEGER PRIMARY KEY, request INTEGER NOT NULL, operation INTEGER NOT NULL,
  creates_list INTEGER NOT NULL, started_at INTEGER NOT NULL, entries BLOB NOT NULL);
CREATE TABLE job(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, settings TEXT NOT NULL, state INTEGER NOT NULL,
  reason_code TEXT NOT NULL, reason TEXT NOT NULL, list INTEGER NOT NULL, audience INTEGER NOT NULL,
  cursor INTEGER NOT NULL, bulk INTEGER NOT NULL, started INTEGER NOT NULL, bulk_run INTEGER NOT NULL,
  live_run INTEGER NOT NULL, members_scanned INTEGER NOT NULL, members_total INTEGER NOT NULL,
  created_at INTEGER NOT NULL, started_at INTEGER NOT NULL, reasserted_at INTEGER NOT NULL);
CREATE TABLE list(number INTEGER PRIMARY KEY, authorization TEXT NOT NULL, ad_account TEXT NOT NULL, id TEXT NOT NULL,
  name TEXT NOT NULL, type INTEGER NOT NULL, ours INTEGER NOT NULL, state INTEGER NOT NULL,
  create_named_at INTEGER NOT NULL, search_until INTEGER NOT NULL, audience_state INTEGER NOT NULL,
  audience_id TEXT NOT NULL, audience_search_until INTEGER NOT NULL, status TEXT NOT NULL, status_at INTEGER NOT NULL,
  processing_since INTEGER NOT NULL, records_max INTEGER NOT NULL, present INTEGER NOT NULL,
  first_present_at INTEGER NOT NULL, largest INTEGER NOT NULL, flush_until INTEGER NOT NULL, braked INTEGER NOT NULL,
  not_before INTEGER NOT NULL, wait_code TEXT NOT NULL, wait_reason TEXT NOT NULL,
  failures INTEGER NOT NULL, only_errors INTEGER NOT NULL, last_error_at INTEGER NOT NULL,
  last_success_at INTEGER NOT NULL, isolation_calls INTEGER NOT NULL);
CREATE TABLE list_hour(list INTEGER NOT NULL, hour INTEGER NOT NULL, size INTEGER NOT NULL, removed INTEGER NOT NULL,
  PRIMARY KEY(list, hour)) WITHOUT ROWID;
CREATE TABLE run(number INTEGER PRIMARY KEY, job INTEGER NOT NULL, kind INTEGER NOT NULL, started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL, considered INTEGER NOT NULL, added INTEGER NOT NULL, removed INTEGER NOT NULL,
  omitted INTEGER NOT NULL, invalid INTEGER NOT NULL, rejected INTEGER NOT NULL, pending INTEGER NOT NULL,
  identifiers_added INTEGER NOT NULL, identifiers_removed INTEGER NOT NULL, requests INTEGER NOT NULL,
  warnings INTEGER NOT NULL, reasons BLOB NOT NULL);
CREATE TABLE request(number INTEGER PRIMARY KEY, authorization TEXT NOT NULL, list INTEGER NOT NULL,
  at INTEGER NOT NULL, duration INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, what TEXT NOT NULL,
  records INTEGER NOT NULL, status INTEGER NOT NULL, verdict TEXT NOT NULL, message TEXT NOT NULL,
  request_id TEXT NOT NULL, write INTEGER NOT NULL);
CREATE INDEX request_by_authorization ON request(authorization, write, at);
CREATE TABLE import(number INTEGER PRIMARY KEY, path TEXT NOT NULL, format TEXT NOT NULL, delimiter TEXT NOT NULL,
  key_field TEXT NOT NULL, audience TEXT NOT NULL, snapshot INTEGER NOT NULL, released INTEGER NOT NULL,
  fingerprint BLOB NOT NULL, as_of INTEGER NOT NULL, state INTEGER NOT NULL, size INTEGER NOT NULL,
  members_before INTEGER NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL, rows INTEGER NOT NULL, bad_rows INTEGER NOT NULL,
  exits INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, error TEXT NOT NULL);
CREATE TABLE record(number INTEGER PRIMARY KEY, job INTEGER NOT NULL, at INTEGER NOT NULL, profile BLOB NOT NULL,
  reason INTEGER NOT NULL);
)sql",
    // Conversions: `list` rows become destinations of either kind, and events wait to be sent.
    R"sql(
ALTER TABLE list ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN scan_from BLOB NOT NULL DEFAULT x'';
ALTER TABLE run ADD COLUMN uncertain INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN request INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN detail TEXT NOT NULL DEFAULT '';
CREATE TABLE event(place INTEGER PRIMARY KEY, job INTEGER NOT NULL, profile BLOB NOT NULL, claim BLOB NOT NULL,
  offline INTEGER NOT NULL, happened INTEGER NOT NULL, first_attempt_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
  at_risk INTEGER NOT NULL, run INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE INDEX event_by_person ON event(profile);
CREATE INDEX event_waiting ON event(claim) WHERE (place >> 46 & 7) = 3;
CREATE TABLE event_attempt(request INTEGER PRIMARY KEY, list INTEGER NOT NULL, class INTEGER NOT NULL,
  offline INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, entries BLOB NOT NULL);
CREATE INDEX event_attempt_open ON event_attempt(request) WHERE ended_at = 0;
CREATE TABLE claim_chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE claim_recent(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE scan_entered(job INTEGER NOT NULL, profile BLOB NOT NULL, PRIMARY KEY(job, profile)) WITHOUT ROWID;
)sql",
    // A backfill's events begin in pages; the age of the others is looked up. Requests tell the wait asked
    // for.
    R"sql(
CREATE TABLE event_page(place INTEGER PRIMARY KEY, run INTEGER NOT NULL, day INTEGER NOT NULL,
  bytes BLOB NOT NULL);
ALTER TABLE request ADD COLUMN retry_after INTEGER NOT NULL DEFAULT 0;
CREATE INDEX event_age ON event(place >> 46, happened);
)sql",
    // Authorizations whose secrets are kept here, each sealed by a key that is not (src/credentials); who may
    // call the API; what was changed by whom.
    R"sql(
CREATE TABLE authorization(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
  description TEXT NOT NULL, method INTEGER NOT NULL, ad_account TEXT NOT NULL, connected_as TEXT NOT NULL,
  scopes TEXT NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL, health TEXT NOT NULL,
  checked_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, refresh_expires_at INTEGER NOT NULL,
  version INTEGER NOT NULL, access BLOB NOT NULL, refresh BLOB NOT NULL);
CREATE TABLE api_token(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role INTEGER NOT NULL,
  hash BLOB NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL, expires_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL);
CREATE TABLE audit(number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, origin TEXT NOT NULL,
  action TEXT NOT NULL, object TEXT NOT NULL, detail TEXT NOT NULL, outcome TEXT NOT NULL, hash BLOB NOT NULL);
)sql",
    // People who sign in; what was changed from what to what.
    R"sql(
ALTER TABLE audit ADD COLUMN changed TEXT NOT NULL DEFAULT '';
CREATE TABLE user(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role INTEGER NOT NULL,
  password TEXT NOT NULL, password_at INTEGER NOT NULL, invitation BLOB NOT NULL, invited_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL, created_by TEXT NOT NULL, signed_in_at INTEGER NOT NULL);
CREATE TABLE session(number INTEGER PRIMARY KEY, user INTEGER NOT NULL, hash BLOB NOT NULL, origin TEXT NOT NULL,
  created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL);
)sql",
    // Who may send changes, beside the keys of the configuration; answers kept for calls that come again.
    R"sql(
CREATE TABLE write_key(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role INTEGER NOT NULL,
  hash BLOB NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL, expires_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL);
CREATE TABLE kept_answer(number INTEGER PRIMARY KEY, call BLOB NOT NULL UNIQUE, request BLOB NOT NULL,
  at INTEGER NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
)sql",
    // Alerts: their rules, episodes and messages to send; webhooks, whose signing secrets are sealed; the
    // rhythm of each job's changes.
    R"sql(
CREATE TABLE webhook(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL,
  version INTEGER NOT NULL, secret BLOB NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL);
CREATE TABLE alert_rule(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  object TEXT NOT NULL, above INTEGER NOT NULL, least INTEGER NOT NULL, most INTEGER NOT NULL,
  hours INTEGER NOT NULL, destinations TEXT NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL);
CREATE TABLE alert_episode(number INTEGER PRIMARY KEY, rule INTEGER NOT NULL, rule_name TEXT NOT NULL,
  kind TEXT NOT NULL, object TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER NOT NULL,
  summary TEXT NOT NULL, next_step TEXT NOT NULL, ended TEXT NOT NULL);
CREATE TABLE alert_message(number INTEGER PRIMARY KEY, episode INTEGER NOT NULL, rule_name TEXT NOT NULL,
  id TEXT NOT NULL, event TEXT NOT NULL, destination TEXT NOT NULL, body TEXT NOT NULL,
  created_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,
  outcome TEXT NOT NULL, error TEXT NOT NULL);
CREATE INDEX alert_episode_open ON alert_episode(number) WHERE closed_at = 0;
CREATE INDEX alert_message_waiting ON alert_message(number) WHERE ended_at = 0;
CREATE TABLE job_hours(job INTEGER PRIMARY KEY, hour INTEGER NOT NULL, runs BLOB NOT NULL, hours BLOB NOT NULL);
CREATE TABLE job_waiting(job INTEGER PRIMARY KEY, since INTEGER NOT NULL);
)sql",
    // Claims of a backfill, before they join the others; the keys of event pages, each as short-lived as its
    // page.
    R"sql(
CREATE TABLE claim_run(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE event_page_key(place INTEGER PRIMARY KEY, key BLOB NOT NULL);
INSERT INTO event_page_key SELECT place, X'' FROM event_page;
)sql",
    // When the password was given last, which counts for dangerous changes.
    R"sql(
ALTER TABLE session ADD COLUMN confirmed_at INTEGER NOT NULL DEFAULT 0;
)sql",
    // Jobs that are over for a list, with whom they had there; jobs own identifiers under numbers of their
    // own.
    R"sql(
ALTER TABLE job ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN erasure_cursor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN erasures_missed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN consent_edited_at INTEGER NOT NULL DEFAULT 0;
UPDATE job SET owner = number;
ALTER TABLE list_hour ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
CREATE TABLE left_owner(owner INTEGER PRIMARY KEY, list INTEGER NOT NULL, job TEXT NOT NULL,
  left_at INTEGER NOT NULL, cursor INTEGER NOT NULL, followed_at INTEGER NOT NULL, scan_from BLOB NOT NULL,
  run INTEGER NOT NULL);
INSERT INTO left_owner SELECT job.number, job.list, job.name, 0, job.cursor, 0, x'', 0
  FROM job JOIN list ON list.number = job.list WHERE job.state = 4 AND job.started AND list.kind = 0;
)sql",
    // Conversions: the look at what waits after an edit, what a restore holds, what a retry may repeat, and
    // refused events whose streak has not ended.
    R"sql(
ALTER TABLE job ADD COLUMN sweeping INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN restored_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN restored_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN restored_through INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN discarding INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN records_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN retry INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN claim BLOB NOT NULL DEFAULT x'';
ALTER TABLE record ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0;
CREATE INDEX record_to_retry ON record(profile) WHERE retry = 1;
CREATE TABLE event_refusal(number INTEGER PRIMARY KEY, list INTEGER NOT NULL, record INTEGER NOT NULL,
  words TEXT NOT NULL);
)sql",
    // How much of an import's page is applied, where what it makes is more than one transaction may freeze.
    R"sql(
ALTER TABLE import ADD COLUMN applied INTEGER NOT NULL DEFAULT 0;
)sql",
    // Imports: the file's encoding, rows whose key could not be read, values left out. The lines of an
    // unfinished import's errors file were its bad rows until now. Alerts that are told again.
    R"sql(
ALTER TABLE import ADD COLUMN encoding TEXT NOT NULL DEFAULT '';
ALTER TABLE import ADD COLUMN unreadable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN unreadable_allowed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN dropped TEXT NOT NULL DEFAULT '';
ALTER TABLE import ADD COLUMN superseded_by INTEGER NOT NULL DEFAULT 0;
UPDATE import SET listed = bad_rows;
ALTER TABLE alert_episode ADD COLUMN told_at INTEGER NOT NULL DEFAULT 0;
UPDATE alert_episode SET told_at = opened_at;
)sql",
    // What was counted by the minute, the hour and the day, for charts.
    R"sql(
CREATE TABLE history(step INTEGER NOT NULL, job INTEGER NOT NULL, slot INTEGER NOT NULL, amounts BLOB NOT NULL,
  PRIMARY KEY(step, job, slot)) WITHOUT ROWID;
)sql",
    // What tokens and write keys are limited to; keys that are there keep all rights. Who failed to come in,
    // who was refused, and who looked at a person.
    R"sql(
ALTER TABLE api_token ADD COLUMN networks TEXT NOT NULL DEFAULT '';
ALTER TABLE api_token ADD COLUMN jobs TEXT NOT NULL DEFAULT '';
ALTER TABLE api_token ADD COLUMN audiences TEXT NOT NULL DEFAULT '';
ALTER TABLE api_token ADD COLUMN row_types INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_token ADD COLUMN rows_a_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_token ADD COLUMN bytes_a_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE write_key ADD COLUMN networks TEXT NOT NULL DEFAULT '';
ALTER TABLE write_key ADD COLUMN jobs TEXT NOT NULL DEFAULT '';
ALTER TABLE write_key ADD COLUMN audiences TEXT NOT NULL DEFAULT '';
ALTER TABLE write_key ADD COLUMN row_types INTEGER NOT NULL DEFAULT 0;
ALTER TABLE write_key ADD COLUMN rows_a_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE write_key ADD COLUMN bytes_a_minute INTEGER NOT NULL DEFAULT 0;
CREATE TABLE security_event(number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, at INTEGER NOT NULL,
  source TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, whom BLOB NOT NULL, count INTEGER NOT NULL);
CREATE INDEX security_event_by_kind ON security_event(kind, at);
)sql",
    // Receipts of people who were deleted by a command, and of what left which list when.
    R"sql(
CREATE TABLE deletion(number INTEGER PRIMARY KEY, profile BLOB NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL,
  position INTEGER NOT NULL, fields INTEGER NOT NULL, audiences INTEGER NOT NULL, events INTEGER NOT NULL,
  events_in_flight INTEGER NOT NULL);
CREATE INDEX deletion_by_person ON deletion(profile);
CREATE TABLE deletion_list(number INTEGER PRIMARY KEY, deletion INTEGER NOT NULL, profile BLOB NOT NULL,
  list INTEGER NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, ad_account TEXT NOT NULL,
  identifiers INTEGER NOT NULL, shared INTEGER NOT NULL, removed INTEGER NOT NULL, removed_at INTEGER NOT NULL,
  request INTEGER NOT NULL, open INTEGER NOT NULL);
CREATE INDEX deletion_list_of ON deletion_list(deletion);
CREATE INDEX deletion_list_open ON deletion_list(list, profile) WHERE open = 1;
)sql",
};

}  // namespace pinrelay::store
