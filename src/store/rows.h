// The rows of the small tables: jobs, the lists they drive, runs, requests, imports.
#pragma once

#include <string>

#include "store/ledger.h"
#include "store/profiles.h"

namespace pinrelay::store {

enum class JobState : uint8_t { kDraft = 0, kRunning = 1, kPaused = 2, kFailed = 3, kStopped = 4 };
constexpr std::string_view kJobStateNames[] = {"Draft", "Running", "Paused", "Failed", "Stopped"};

// The pass over everybody that a job still owes.
enum class BulkKind : uint8_t {
  kNone = 0,
  kBackfill = 1,  // the first pass over present members
  kResync = 2,    // reconcile desired with the ledger
  kReassert = 3,  // like resync, and send every desired ADD again
  kEmpty = 4,     // nobody is wanted any more: remove all we added, then the job goes
};
constexpr std::string_view kBulkKindNames[] = {"none", "backfill", "resync", "reassert", "removing everyone"};

struct JobRow {
  JobNumber number = 0;
  std::string name;
  std::string settings;  // config::JobSettings as JSON, as of the last apply
  JobState state = JobState::kDraft;
  std::string reason_code, reason;  // why Failed (or why it waits)
  ListNumber list = 0;
  AudienceNumber audience = 0;
  Position cursor = 0;
  BulkKind bulk = BulkKind::kNone;
  bool started = false;  // has had its backfill begun once
  int64_t bulk_run = 0, live_run = 0;
  int64_t members_scanned = 0, members_total = 0;  // of the present bulk pass
  Time created_at{}, started_at{}, reasserted_at{};
  Bytes
      scan_from;  // where the pass over present members of a conversions job goes on; empty: at the beginning
  // The number under which it owns identifiers on its list, in the ledger and in Store::owned. Each list that
  // it moves to gets a new one; none is ever used again.
  JobNumber owner = 0;
  Position erasure_cursor = 0;   // while it does not run: how far it has looked for deleted people
  bool erasures_missed = false;  // the change log was trimmed before it had looked; until its next pass ends
  Time consent_edited_at{};      // consent_field was edited, and the pass that follows from it has not ended
  // Of a conversions job. Each waiting event is looked at once more, since consent_field or the mode has
  // changed; `swept` is the place (store/events.h) of the last one.
  bool sweeping = false;
  int64_t swept = 0;
  // Restored and not decided yet (zero: nothing is): when, from a backup of which time, and the newest event
  // number in it.
  Time restored_at{}, restored_from{};
  int64_t restored_through = 0;
  bool discarding = false;    // a person has decided against what was restored
  int64_t records_after = 0;  // records up to this one are of another audience

  template <typename F>
  void columns(F f) {
    f("number", number), f("name", name), f("settings", settings), f("state", state),
        f("reason_code", reason_code);
    f("reason", reason), f("list", list), f("audience", audience), f("cursor", cursor), f("bulk", bulk);
    f("started", started), f("bulk_run", bulk_run), f("live_run", live_run),
        f("members_scanned", members_scanned);
    f("members_total", members_total), f("created_at", created_at), f("started_at", started_at);
    f("reasserted_at", reasserted_at), f("scan_from", scan_from), f("owner", owner);
    f("erasure_cursor", erasure_cursor), f("erasures_missed", erasures_missed);
    f("consent_edited_at", consent_edited_at), f("sweeping", sweeping), f("swept", swept);
    f("restored_at", restored_at), f("restored_from", restored_from);
    f("restored_through", restored_through), f("discarding", discarding), f("records_after", records_after);
  }
};

// A job that is over for a list: it was stopped, deleted, or moved to another list. Whom it had there stands
// in Store::owned under its number. It owns nothing any more: these rows serve erasure, until a job that
// writes the list takes them over.
struct LeftRow {
  JobNumber owner = 0;
  ListNumber list = 0;
  std::string job;  // its name then
  Time left_at{};   // zero: before there were such rows
  Position cursor = 0;
  Time followed_at{};  // when the cursor last stood at the log's head
  Bytes scan_from;     // the log was trimmed: the look at everybody goes on here; empty: there is none
  int64_t run = 0;     // counts those who are erased; 0: none yet

  template <typename F>
  void columns(F f) {
    f("owner", owner), f("list", list), f("job", job), f("left_at", left_at), f("cursor", cursor);
    f("followed_at", followed_at), f("scan_from", scan_from), f("run", run);
  }
};

// Where a list that we create stands.
enum class ListState : uint8_t {
  kReady = 0,      // exists at Pinterest
  kWanted = 1,     // to be created with the first batch
  kSearching = 2,  // a create has an unknown outcome: looked for by name until the settle time ends
};

enum class AudienceState : uint8_t {
  kNone = 0,       // not asked for
  kWanted = 1,     // to be made from the list
  kSearching = 2,  // a create has an unknown outcome
  kMade = 3,
};

// What is driven: a customer list, or the conversions of one job.
enum class DestinationKind : uint8_t { kCustomerList = 0, kConversions = 1 };

struct ListRow {
  ListNumber number = 0;
  DestinationKind kind = DestinationKind::kCustomerList;
  std::string authorization, ad_account, id, name;
  uint8_t type = 0;   // config::ListType
  bool ours = false;  // created by us
  ListState state = ListState::kReady;
  Time create_named_at{};  // the time in its name
  Millis search_until{0};  // on the settle clock
  AudienceState audience_state = AudienceState::kNone;
  std::string audience_id;
  Millis audience_search_until{0};
  std::string status;  // Pinterest's: PROCESSING, TOO_SMALL, READY, UPLOADING
  Time status_at{}, processing_since{};
  uint32_t records_max = 0;  // learned from 413 and 400-too-large; 0: the setting
  int64_t present = 0;       // identifiers we have on it
  Time first_present_at{};   // when it got its first
  int64_t largest = 0;       // the largest `present` it has had
  Time flush_until{};        // a flush sends everything queued up to then
  bool braked = false;
  // Waiting and failing.
  Time not_before{};
  std::string wait_code, wait_reason;
  int64_t failures = 0;   // in a row
  Millis only_errors{0};  // time spent in nothing but errors
  Time last_error_at{};   // zero when the last outcome was none
  Time last_success_at{};
  int64_t isolation_calls = 0;

  template <typename F>
  void columns(F f) {
    f("number", number), f("authorization", authorization), f("ad_account", ad_account), f("id", id),
        f("name", name);
    f("type", type), f("ours", ours), f("state", state), f("create_named_at", create_named_at);
    f("search_until", search_until), f("audience_state", audience_state), f("audience_id", audience_id);
    f("audience_search_until", audience_search_until), f("status", status), f("status_at", status_at);
    f("processing_since", processing_since), f("records_max", records_max), f("present", present);
    f("first_present_at", first_present_at), f("largest", largest), f("flush_until", flush_until),
        f("braked", braked);
    f("not_before", not_before), f("wait_code", wait_code), f("wait_reason", wait_reason);
    f("failures", failures), f("only_errors", only_errors), f("last_error_at", last_error_at);
    f("last_success_at", last_success_at), f("isolation_calls", isolation_calls);
    f("kind", kind);
  }
};

enum class RunKind : uint8_t { kBackfill = 1, kResync = 2, kReassert = 3, kEmpty = 4, kLive = 5 };
constexpr std::string_view kRunKindNames[] = {"",         "backfill",          "resync",
                                              "reassert", "removing everyone", "live"};

// Counts are person-changes: considered = added + removed + omitted + invalid + rejected + uncertain +
// pending, always. What a conversions job has sent counts as added.
struct RunRow {
  int64_t number = 0;
  JobNumber job = 0;
  RunKind kind = RunKind::kLive;
  Time started_at{}, ended_at{};
  int64_t considered = 0, added = 0, removed = 0, omitted = 0, invalid = 0, rejected = 0, pending = 0;
  int64_t uncertain = 0;  // given up with an unknown outcome; only conversions are
  int64_t identifiers_added = 0, identifiers_removed = 0, requests = 0, warnings = 0;
  Bytes reasons;  // pairs of (u8 reason, i64 count)

  template <typename F>
  void columns(F f) {
    f("number", number), f("job", job), f("kind", kind), f("started_at", started_at), f("ended_at", ended_at);
    f("considered", considered), f("added", added), f("removed", removed), f("omitted", omitted),
        f("invalid", invalid);
    f("rejected", rejected), f("pending", pending), f("identifiers_added", identifiers_added);
    f("identifiers_removed", identifiers_removed), f("requests", requests), f("warnings", warnings);
    f("reasons", reasons), f("uncertain", uncertain);
  }
};

// One HTTP exchange with Pinterest, without bodies.
struct RequestRow {
  int64_t number = 0;
  std::string authorization;
  ListNumber list = 0;
  Time at{};
  Millis duration{0};
  std::string method, path, what;  // what: "add", "remove", "create list", …
  int64_t records = 0;
  int64_t status = 0;
  std::string verdict, message, request_id;
  bool write = false;     // counts against the write budget
  Millis retry_after{0};  // how long Pinterest asked us to wait; 0: it did not

  template <typename F>
  void columns(F f) {
    f("number", number), f("authorization", authorization), f("list", list), f("at", at),
        f("duration", duration);
    f("method", method), f("path", path), f("what", what), f("records", records), f("status", status);
    f("verdict", verdict), f("message", message), f("request_id", request_id), f("write", write);
    f("retry_after", retry_after);
  }
};

// Stored credentials. The secrets are sealed: what is here opens nothing by itself.
struct AuthorizationRow {
  int64_t number = 0;
  std::string name, label, description;
  uint8_t method = 0;        // config::Method
  std::string ad_account;    // a conversion token's
  std::string connected_as;  // whose sign-in it is; "" = Pinterest did not say
  std::string scopes;        // granted, separated by spaces
  Time created_at{};
  std::string created_by;
  std::string health;                       // a code; "" = healthy
  Time checked_at{};                        // the health
  Time expires_at{}, refresh_expires_at{};  // zero: never, or unknown
  int64_t version = 0;                      // of the secrets: grows with each change of theirs
  Bytes access, refresh;

  template <typename F>
  void columns(F f) {
    f("number", number), f("name", name), f("label", label), f("description", description),
        f("method", method);
    f("ad_account", ad_account), f("connected_as", connected_as), f("scopes", scopes);
    f("created_at", created_at), f("created_by", created_by), f("health", health),
        f("checked_at", checked_at);
    f("expires_at", expires_at), f("refresh_expires_at", refresh_expires_at), f("version", version);
    f("access", access), f("refresh", refresh);
  }
};

// kNobody: what needs no role, as signing in.
enum class Role : uint8_t { kNobody = 0, kViewer = 1, kOperator = 2, kAdmin = 3 };
constexpr std::string_view kRoleNames[] = {"", "viewer", "operator", "admin"};

// A token for the API, or a key to send changes (whose role is kNobody).
struct ApiTokenRow {
  int64_t number = 0;
  std::string name;
  Role role = Role::kViewer;
  Bytes hash;  // SHA-256 of the token, which has 256 random bits
  Time created_at{};
  std::string created_by;
  Time expires_at{};  // zero: never
  Time used_at{};     // last, to the hour
  // What it is limited to. A row from before there were limits has none of them.
  std::string networks;   // where it may be used from, separated by blanks; "" = anywhere
  std::string jobs;       // of a token: the numbers of its jobs, separated by blanks; "" = all
  std::string audiences;  // of a write key: those whose members it may change, a line each; "" = all
  int64_t row_types = 0;  // of a write key: a bit for each type (sources/row_scope.h); 0 = all
  int64_t rows_a_minute = 0, bytes_a_minute = 0;  // of a write key; 0 = as the configuration says

  template <typename F>
  void columns(F f) {
    f("number", number), f("name", name), f("role", role), f("hash", hash), f("created_at", created_at);
    f("created_by", created_by), f("expires_at", expires_at), f("used_at", used_at);
    f("networks", networks), f("jobs", jobs), f("audiences", audiences), f("row_types", row_types);
    f("rows_a_minute", rows_a_minute), f("bytes_a_minute", bytes_a_minute);
  }
};

// A person who may sign in. An invitation is a link that sets the password, once.
struct UserRow {
  int64_t number = 0;
  std::string name;
  Role role = Role::kViewer;
  std::string password;  // its Argon2id hash with salt and parameters; "" = none has been set
  Time password_at{};
  Bytes invitation;  // SHA-256 of the link's ticket; empty = none is open
  Time invited_until{};
  Time created_at{};
  std::string created_by;
  Time signed_in_at{};  // last

  template <typename F>
  void columns(F f) {
    f("number", number), f("name", name), f("role", role), f("password", password);
    f("password_at", password_at), f("invitation", invitation), f("invited_until", invited_until);
    f("created_at", created_at), f("created_by", created_by), f("signed_in_at", signed_in_at);
  }
};

// A browser in which a user is signed in.
struct SessionRow {
  int64_t number = 0;
  int64_t user = 0;
  Bytes hash;          // SHA-256 of the cookie
  std::string origin;  // the address it was opened from
  Time created_at{};
  Time seen_at{};       // last, to the minute
  Time confirmed_at{};  // when the password was given last

  template <typename F>
  void columns(F f) {
    f("number", number), f("user", user), f("hash", hash), f("origin", origin);
    f("created_at", created_at), f("seen_at", seen_at), f("confirmed_at", confirmed_at);
  }
};

// What a call with an Idempotency-Key was answered, for when it comes again.
constexpr Millis kAnswersKept{24 * 3'600'000};
struct KeptAnswerRow {
  int64_t number = 0;   // from the first bytes of `call`
  Bytes call, request;  // SHA-256 of who and key; of what was asked
  Time at{};
  int64_t status = 0;
  std::string body;

  template <typename F>
  void columns(F f) {
    f("number", number), f("call", call), f("request", request), f("at", at), f("status", status),
        f("body", body);
  }
};

// Who changed what. Each row's hash covers its content and the hash of the row before: none can be altered,
// taken out or put in without a trace. Nothing here is a secret or a raw identifier.
struct AuditRow {
  int64_t number = 0;
  Time at{};
  std::string who, origin;             // "cli", "token ci"; "local", an address
  std::string action, object, detail;  // "job pause", "readers", its options
  std::string outcome;                 // "done", or the code of the error
  Bytes hash;
  std::string changed;  // what is not as before: a JSON object of [before, after]; "" = nothing to tell

  template <typename F>
  void columns(F f) {
    f("number", number), f("at", at), f("who", who), f("origin", origin), f("action", action);
    f("object", object), f("detail", detail), f("outcome", outcome), f("hash", hash);
    f("changed", changed);
  }
};

enum class ImportState : uint8_t {
  kReading = 1,
  kHeld = 2,
  kExiting = 3,
  kDone = 4,
  kFailed = 5,
  kDiscarded = 6  // a held snapshot whose exits will not happen
};
constexpr std::string_view kImportStateNames[] = {"",     "reading", "held",     "removing",
                                                  "done", "failed",  "discarded"};

struct ImportRow {
  int64_t number = 0;
  std::string path, format, delimiter, key_field, audience;
  bool snapshot = false;
  bool released = false;  // a person has let a held snapshot through
  Bytes fingerprint;      // SHA-256 of the content
  Time as_of{};           // the rows' time where they name none, and the snapshot's
  ImportState state = ImportState::kReading;
  int64_t size = 0, offset = 0, line = 1;
  int64_t applied = 0;         // bytes of the changes that the page at `offset` makes: so many are in
  int64_t members_before = 0;  // of the audience, before a snapshot's exits
  int64_t rows = 0, bad_rows = 0, exits = 0;
  Time started_at{}, ended_at{};
  std::string error;               // why it failed
  std::string encoding;            // "": UTF-8
  int64_t unreadable = 0;          // bad rows whose key could not be read
  int64_t unreadable_allowed = 0;  // so many do not hold a snapshot's exits
  int64_t listed = 0;              // lines of the errors file
  std::string dropped;             // values left out of good rows: a JSON object of reason and count
  int64_t superseded_by = 0;       // discarded: the later snapshot of the same audience

  template <typename F>
  void columns(F f) {
    f("number", number), f("path", path), f("format", format), f("delimiter", delimiter),
        f("key_field", key_field);
    f("audience", audience), f("snapshot", snapshot), f("released", released), f("fingerprint", fingerprint);
    f("as_of", as_of), f("state", state), f("size", size), f("members_before", members_before),
        f("offset", offset), f("line", line), f("rows", rows);
    f("bad_rows", bad_rows), f("exits", exits), f("started_at", started_at);
    f("ended_at", ended_at), f("error", error), f("encoding", encoding), f("unreadable", unreadable);
    f("unreadable_allowed", unreadable_allowed), f("listed", listed), f("dropped", dropped);
    f("superseded_by", superseded_by), f("applied", applied);
  }
};

// What became of one person-change that was not sent, for `job records`.
struct RecordRow {
  int64_t number = 0;
  JobNumber job = 0;
  Time at{};
  Bytes profile;
  uint8_t reason = 0;
  int64_t request = 0;  // the request that was refused; 0: none
  std::string detail;   // Pinterest's words, made safe
  // Of conversions: whether `job retry` may still repeat it, the claim of the event (empty: it was never
  // frozen), and whether Pinterest may have had the event before it was refused.
  bool retry = false;
  Bytes claim;
  bool unknown = false;

  template <typename F>
  void columns(F f) {
    f("number", number), f("job", job), f("at", at), f("profile", profile), f("reason", reason);
    f("request", request), f("detail", detail), f("retry", retry), f("claim", claim), f("unknown", unknown);
  }
};

}  // namespace pinrelay::store
