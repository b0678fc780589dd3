#include "admin/routes.h"

#include <algorithm>
#include <array>

#include "http/query.h"

namespace pinrelay::admin {
namespace {

using enum In;
using enum Kind;

constexpr Parameter kName{"name", kPath, kText, true, "its name"};
constexpr Parameter kNumberPart{"number", kPath, kNumber, true, "its number"};
constexpr Parameter kLabel{"label", kBody, kText, false, "what people read"};
constexpr Parameter kDescription{"description", kBody, kText, false, "what it is for"};

constexpr Parameter kLimit{"limit", kQuery, kNumber, false, "at most so many, 500 at most"};
constexpr Parameter kCursor{"cursor", kQuery, kText, false, "the next_cursor of the page before"};
constexpr Parameter kIfMatch{"if_match", kHeader, kText, false, "the ETag that it must still have"};
constexpr std::array kPage{kLimit, kCursor};
constexpr std::array kNamed{kName};
constexpr std::array kNumbered{kNumberPart};
constexpr std::array kKey{Parameter{"key", kPath, kText, true, "the person's key"}};
constexpr std::array kWhy{Parameter{"key", kPath, kText, true, "the person's key"},
                          Parameter{"job", kQuery, kText, false, "only this job"}};
constexpr std::array kNewToken{
    Parameter{"name", kBody, kText, true, "what jobs call it"},
    Parameter{"ad_account", kBody, kText, true, "the ad account that the token is for"},
    Parameter{"token", kBody, kSecret, true, "the conversion token; no answer ever shows it"}, kLabel,
    kDescription};
constexpr std::array kEdit{kName, kLabel, kDescription};
constexpr std::array kLists{
    kName, Parameter{"ad_account", kQuery, kText, true, "the ad account that has them"},
    Parameter{"search", kQuery, kText, false, "only lists whose name holds this"}, kLimit, kCursor};
constexpr std::array kTicket{Parameter{"ticket", kPath, kText, true, "of the sign-in"}};
constexpr std::array kSave{Parameter{"name", kBody, kText, true, "what jobs call it"},
                           Parameter{"ticket", kBody, kText, true, "of the sign-in"}, kLabel, kDescription};
constexpr Parameter kReason{"reason", kQuery, kText, false, "only this reason"};
constexpr Parameter kOutcome{"outcome", kQuery, kText, false, "only omitted, invalid, rejected or uncertain"};
constexpr Parameter kPerson{"key", kQuery, kText, false,
                            "only this person: a key, or an id that answers show"};
constexpr std::array kRecords{kName, kReason, kOutcome, kPerson, kLimit, kCursor};
constexpr std::array kRecordsTable{kName, kReason, kOutcome, kPerson, kCursor};
constexpr std::array kRuns{kName, kLimit, kCursor};
constexpr std::array kRequests{
    kName, kLimit, kCursor,
    Parameter{"number", kQuery, kNumber, false, "only this one, with what it carried"}};
constexpr Parameter kStep{"step", kQuery, kText, false,
                          "minute (of a day), hour (of 14 days) or day (of a year)"};
constexpr std::array kHistoryOfAll{kStep};
constexpr std::array kHistoryOfJob{kName, kStep};
constexpr std::array kRetry{
    kName, Parameter{"reason", kBody, kText, false, "only what was not sent for this reason"},
    Parameter{"key", kBody, kText, false, "only what is this person's"}};
constexpr std::array kResync{
    kName, Parameter{"reassert", kBody, kFlag, false, "send every wanted identifier again"}};
constexpr const char* kYesHelp = "false: refuse, and say what would follow, where a person would be asked";
constexpr std::array kDelete{
    kName, Parameter{"remove_first", kQuery, kFlag, false, "first remove everyone we added"}, kIfMatch,
    Parameter{"yes", kQuery, kFlag, false, kYesHelp}};
constexpr std::array kErase{Parameter{"key", kPath, kText, true, "the person's key"},
                            Parameter{"yes", kQuery, kFlag, false, kYesHelp}};
constexpr std::array kSearch{
    Parameter{"value", kBody, kText, true, "the value; a phone number in any spelling"},
    Parameter{"field", kBody, kText, false, "only in this field; else in all"}};
constexpr std::array kForget{kName, Parameter{"yes", kQuery, kFlag, false, kYesHelp}};
constexpr std::array kStop{kName, Parameter{"yes", kBody, kFlag, false, kYesHelp}};
constexpr std::array kSettings{kName, Parameter{"settings", kBody, kObject, true, "as under jobs: in a file"},
                               kIfMatch};
constexpr const char* kUnsavedHelp = "as if the job had these, which are not saved";
constexpr std::array kPreview{
    kName, Parameter{"rows", kBody, kList, false, "profile rows as they are imported, at most 100"},
    Parameter{"people", kBody, kTexts, false, "members: their keys or profile ids, at most 20"},
    Parameter{"settings", kBody, kObject, false, kUnsavedHelp}};
constexpr std::array kPlanOf{kName, Parameter{"settings", kBody, kObject, true, kUnsavedHelp}};
constexpr std::array kTest{kName,
                           Parameter{"people", kBody, kNumber, false, "of so many members, at most 20"}};
constexpr const char* kNetworksHelp = "where it may be used from: 10.0.0.0/8, 2001:db8::/32, 192.0.2.7";
constexpr std::array kNewApiToken{
    Parameter{"name", kBody, kText, true, "who or what uses it"},
    Parameter{"role", kBody, kText, true, "viewer, operator or admin"},
    Parameter{"expires", kBody, kText, false, "after so long: 90d"},
    Parameter{"networks", kBody, kTexts, false, kNetworksHelp},
    Parameter{"jobs", kBody, kTexts, false,
              "the only jobs it may see and act on; beyond them it only looks"}};
constexpr std::array kNewWriteKey{
    Parameter{"name", kBody, kText, true, "who or what sends by it"},
    Parameter{"expires", kBody, kText, false, "after so long: 90d"},
    Parameter{"networks", kBody, kTexts, false, kNetworksHelp},
    Parameter{"audiences", kBody, kTexts, false, "the only audiences whose members it may change"},
    Parameter{"rows", kBody, kText, false,
              "which types of rows it may send: profile,enter,exit,delete; else all but delete"},
    Parameter{"rows_a_minute", kBody, kNumber, false, "at most so many; else as limits of the file"},
    Parameter{"bytes_a_minute", kBody, kNumber, false, "at most so many; else as limits of the file"}};
constexpr std::array kAuditPage{
    kLimit, kCursor, Parameter{"before", kQuery, kNumber, false, "only older ones than this number"}};

constexpr std::array kSecurityPage{
    kLimit, kCursor, Parameter{"kind", kQuery, kText, false, "only this kind, such as token_refused"},
    Parameter{"key", kQuery, kText, false, "only views of this person"}};

constexpr std::array kSentFile{Parameter{"file", In::kFile, kText, true, "the rows, as CSV or NDJSON"}};
constexpr std::array kUpload{
    kName, Parameter{"encoding", kQuery, kText, false, "what it is written in; else UTF-8 or UTF-16"},
    Parameter{"key", kQuery, kText, false, "CSV: the column that holds the key; else guessed"},
    Parameter{"delimiter", kQuery, kText, false, "CSV: what separates cells; else guessed"}};
constexpr std::array kImport{
    Parameter{"upload", kBody, kText, true, "the name of the file that was sent"},
    Parameter{"encoding", kBody, kText, false, "what it is written in; else UTF-8 or UTF-16"},
    Parameter{"key", kBody, kText, false, "CSV: the column that holds the key; else 'key'"},
    Parameter{"delimiter", kBody, kText, false, "CSV: what separates cells; else guessed"},
    Parameter{"audience", kBody, kText, false, "everybody in the file enters it"},
    Parameter{"mode", kBody, kText, false, "upsert, or snapshot: the file is the whole audience"},
    Parameter{"as_of", kBody, kText, false, "the time of rows that name none, and of the snapshot; else now"},
    Parameter{"allow_unreadable", kBody, kNumber, false,
              "a snapshot's exits happen though the keys of so many rows cannot be read; else 0"},
    Parameter{"again", kBody, kFlag, false, "import a file that was imported before"}};

constexpr std::array kAlert{
    kName,
    Parameter{"kind", kBody, kText, true, "what to look for"},
    Parameter{"of", kBody, kText, false, "only this job, authorization or audience"},
    Parameter{"above", kBody, kNumber, false, "a threshold in percent"},
    Parameter{"min", kBody, kNumber, false, "fewer are reported"},
    Parameter{"max", kBody, kNumber, false, "more are reported"},
    Parameter{"hours", kBody, kNumber, false, "how far it looks back"},
    Parameter{"to", kBody, kText, false,
              "webhooks and mail addresses, separated by commas; else it is only shown"}};
constexpr std::array kWebhook{Parameter{"name", kBody, kText, true, "what alerts call it"},
                              Parameter{"url", kBody, kText, true, "a public https address"}};
constexpr std::array kHistory{
    Parameter{"limit", kQuery, kNumber, false, "at most so many of each, 500 at most"}};

constexpr std::array kNewUser{Parameter{"name", kBody, kText, true, "what the user signs in with"},
                              Parameter{"role", kBody, kText, true, "viewer, operator or admin"}};
constexpr std::array kEditUser{kName, Parameter{"role", kBody, kText, true, "viewer, operator or admin"}};
constexpr std::array kSignIn{Parameter{"name", kBody, kText, true, "of the user"},
                             Parameter{"password", kBody, kSecret, true, "of the user"}};
constexpr std::array kChangePassword{
    Parameter{"password", kBody, kSecret, true, "the present one"},
    Parameter{kNewPassword, kBody, kSecret, true, "the new one, of 12 characters or more"}};
constexpr std::array kConfirm{Parameter{"password", kBody, kSecret, true, "of the user who is signed in"}};
constexpr std::array kAccept{
    Parameter{"ticket", kBody, kText, true, "what stands in the link behind #"},
    Parameter{"password", kBody, kSecret, true, "the new one, of 12 characters or more"}};

constexpr std::array kLiveLog{Parameter{"job", kQuery, kText, false, "only lines that name this job"}};

constexpr Role kNobody = Role::kNobody;
constexpr bool kConfirms = true;
constexpr Role kViewer = Role::kViewer, kOperator = Role::kOperator, kAdmin = Role::kAdmin;

constexpr Route kRoutes[] = {
    {"GET",
     "/api/v1/providers",
     kViewer,
     "provider list",
     "How Pinterest can be authorized",
     {},
     "Providers"},
    {"GET",
     "/api/v1/pinterest-fields",
     kViewer,
     "provider fields",
     "What fields can be mapped to: of conversions, with names of events and sources",
     {},
     "PinterestFields"},
    {"GET",
     "/api/v1/job-settings",
     kViewer,
     "provider settings",
     "Every setting of a job, as data for forms",
     {},
     "JobSettingKeys"},
    {"GET",
     "/api/v1/alert-kinds",
     kViewer,
     "alert kinds",
     "What alerts can be about, and the thresholds that each kind takes",
     {},
     "AlertKinds"},
    {"GET",
     "/api/v1/reasons",
     kViewer,
     "reason list",
     "Why people are not sent and why jobs wait or fail, with the fix of each",
     {},
     "Reasons"},
    {"GET",
     "/api/v1/version",
     kViewer,
     "service show",
     "Version, where requests go, and how this service is reached",
     {},
     "Service"},
    {"GET",
     "/api/v1/authorizations",
     kViewer,
     "auth list",
     "All authorizations, with health",
     {},
     "Authorizations"},
    {"POST", "/api/v1/authorizations", kAdmin, "auth add",
     "Stores a conversion token, sealed, once Pinterest takes it; for a known name, in place of its present "
     "one",
     kNewToken, "AuthorizationSaved", true, 201, 422, By::kCommand, kConfirms},
    {"PATCH", "/api/v1/authorizations/{name}", kAdmin, "auth edit", "Changes label or description", kEdit,
     "AuthorizationChanged", true, 200, 0, By::kCommand, kConfirms},
    {"DELETE", "/api/v1/authorizations/{name}", kAdmin, "auth remove", "Forgets one that no job uses",
     kForget, "AuthorizationChanged", true, 200, 0, By::kCommand, kConfirms},
    {"POST", "/api/v1/authorizations/{name}/verify", kOperator, "auth verify",
     "Asks Pinterest whether it takes it, and for which ad accounts and jobs", kNamed, "Verified"},
    {"GET", "/api/v1/authorizations/{name}/ad-accounts", kOperator, "auth accounts",
     "Asks Pinterest for every ad account of a sign-in, with its role and the jobs that it allows", kNamed,
     "AdAccounts", false, 200, 422},
    {"GET", "/api/v1/authorizations/{name}/lists", kOperator, "auth lists",
     "Asks Pinterest for the customer lists of an ad account, newest first", kLists, "RemoteLists", false,
     200, 422},
    {"POST",
     "/api/v1/sign-ins",
     kAdmin,
     "sign-in begin",
     "Begins a sign-in: gives the page to open",
     {},
     "SignIn",
     false,
     201},
    {"GET", "/api/v1/sign-ins/{ticket}", kAdmin, "sign-in show", "How far a sign-in is", kTicket, "SignIn"},
    {"POST", "/api/v1/sign-ins/save", kAdmin, "sign-in save", "Stores what a sign-in has brought", kSave,
     "AuthorizationSaved", true, 201, 0, By::kCommand, kConfirms},
    {"POST",
     "/api/v1/master-key/rotate",
     kAdmin,
     "auth rotate-key",
     "Seals all secrets by a new master key",
     {},
     "MasterKey",
     true,
     200,
     0,
     By::kCommand,
     kConfirms},
    {"GET", "/api/v1/audiences", kViewer, "audience list", "Audiences with their sizes", {}, "Audiences"},
    {"GET", "/api/v1/audiences/{name}", kViewer, "audience show", "An audience and the jobs that use it",
     kNamed, "AudienceShown"},
    {"GET", "/api/v1/audiences/{name}/sample", kOperator, "audience sample",
     "What its members look like, from a sample: fields with types, coverage and a few masked values", kNamed,
     "AudienceSample"},
    {"DELETE", "/api/v1/audiences/{name}", kAdmin, "audience remove",
     "Removes an audience that nothing uses, with everybody's membership", kForget, "AudienceRemoved", true},
    {"GET", "/api/v1/fields", kViewer, "field list", "Fields with type and coverage", kPage, "Fields"},
    {"DELETE", "/api/v1/fields/{name}", kAdmin, "field remove",
     "Removes a field that nothing uses, with everybody's values", kForget, "FieldRemoved", true},
    {"GET", "/api/v1/profiles/{key}", kOperator, "profile show", "One person, with masked values", kKey,
     "Person"},
    {"POST", "/api/v1/profiles/search", kOperator, "profile search",
     "Searches all profiles for a value: a phone number, or whatever a field holds", kSearch, "PeopleFound"},
    {"DELETE", "/api/v1/profiles/{key}", kAdmin, "profile delete",
     "Deletes a person, and gives the receipt: what was held, and which lists have their identifiers", kErase,
     "Deletion", true, 200, 0, By::kCommand, kConfirms},
    {"GET", "/api/v1/deletions/{number}", kOperator, "profile receipt",
     "The receipt of a deletion: what was held, and what has left which list when", kNumbered, "Deletion"},
    {"GET", "/api/v1/profiles/{key}/why", kOperator, "job why", "Follows one person to lists and conversions",
     kWhy, "PersonWhy"},
    {"GET", "/api/v1/jobs", kViewer, "job list", "Jobs with their state", {}, "Jobs"},
    {"GET", "/api/v1/jobs/{name}", kViewer, "job show", "State, queue, counters, list", kNamed, "Job"},
    {"PUT", "/api/v1/jobs/{name}", kOperator, "job put",
     "Makes a draft, or changes settings; tells everything that is wrong at once", kSettings, "JobSaved",
     true, 200, 422},
    {"DELETE", "/api/v1/jobs/{name}", kOperator, "job delete", "Deletes it", kDelete, "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/start", kOperator, "job start", "Starts a draft", kNamed, "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/pause", kOperator, "job pause", "Stops sending; changes are kept", kNamed,
     "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/resume", kOperator, "job resume", "Goes on after a pause or a failure",
     kNamed, "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/restart", kOperator, "job restart", "Rereads settings and credentials",
     kNamed, "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/resync", kOperator, "job resync", "Sends the difference to what is wanted",
     kResync, "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/flush", kOperator, "job flush", "Sends what is queued now", kNamed,
     "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/release", kOperator, "job release",
     "Lets through what the brake, or a restore, holds", kNamed, "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/discard", kOperator, "job discard",
     "Gives up the conversions that a restore holds", kNamed, "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/retry", kOperator, "job retry", "Sends again what was refused or invalid",
     kRetry, "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/keep", kOperator, "job keep", "Gives up a removal of everyone", kNamed,
     "JobDone", true},
    {"POST", "/api/v1/jobs/{name}/stop", kOperator, "job stop", "Ends it for good", kStop, "JobDone", true},
    {"DELETE", "/api/v1/lists/{name}", kAdmin, "list forget",
     "Forgets whom jobs have left on a list that no job writes: its name or its id", kForget, "ListForgotten",
     true},
    {"GET", "/api/v1/jobs/{name}/export", kOperator, "job export", "The job as the YAML of a file", kNamed,
     "JobExport"},
    {"GET", "/api/v1/jobs/{name}/plan", kOperator, "job plan",
     "What it would do with its present members: how many, why not the others, coverage, requests", kNamed,
     "Plan"},
    {"POST", "/api/v1/jobs/{name}/plan", kOperator, "job plan",
     "What it would do with settings that are not saved; tells everything that is wrong at once", kPlanOf,
     "Plan", false, 200, 422},
    {"POST", "/api/v1/jobs/{name}/preview", kOperator, "job preview",
     "What given rows, or members, would become by its mapping, or by settings that are not saved; with "
     "masked "
     "values",
     kPreview, "Preview", false, 200, 422},
    {"POST", "/api/v1/jobs/{name}/test", kOperator, "job test", "Sends a few members' conversions as a test",
     kTest, "JobTest"},
    {"GET", "/api/v1/jobs/{name}/records", kOperator, "job records", "Who was not sent, and why", kRecords,
     "JobRecords"},
    {"GET", "/api/v1/jobs/{name}/records.csv", kOperator, "job records",
     "The same as CSV, a page at a time: the header Pinrelay-Next-Cursor names the next one, which has no "
     "heading",
     kRecordsTable, "", false, 200, 0, By::kTable},
    {"GET", "/api/v1/jobs/{name}/runs", kViewer, "job runs", "Its runs, newest first", kRuns, "JobRuns"},
    {"GET", "/api/v1/jobs/{name}/requests", kOperator, "job requests", "The last calls to Pinterest",
     kRequests, "JobRequests"},
    {"GET", "/api/v1/jobs/{name}/history", kViewer, "job history",
     "What it did by the minute, hour or day, and what waited", kHistoryOfJob, "History"},
    {"GET", "/api/v1/history", kViewer, "job history", "The same of all jobs together", kHistoryOfAll,
     "History"},
    {"GET", "/api/v1/imports", kViewer, "import list", "Imports of files, oldest first", kPage, "Imports"},
    {"GET", "/api/v1/imports/{number}", kViewer, "import show", "One import", kNumbered, "Import"},
    {"POST", "/api/v1/imports/{number}/release", kOperator, "import release",
     "Lets a held snapshot's exits through", kNumbered, "Import", true},
    {"POST", "/api/v1/imports/{number}/discard", kOperator, "import discard", "Drops a held snapshot's exits",
     kNumbered, "Import", true},
    // Of files that were sent only: a path would read whatever the service may read.
    {"POST", "/api/v1/imports", kOperator, "upload import", "Begins the import of a file that was sent",
     kImport, "ImportBegun", true, 201},
    {"POST", "/api/v1/uploads", kOperator, "upload add", "Takes in a file, which waits a day to be imported",
     kSentFile, "UploadKept", false, 201, 0, By::kUpload},
    {"GET",
     "/api/v1/uploads",
     kOperator,
     "upload list",
     "Files that wait to be imported, oldest first",
     {},
     "Uploads"},
    {"GET", "/api/v1/uploads/{name}", kOperator, "upload show",
     "What a file holds, by its first rows: columns with types and masked samples, mistakes", kUpload,
     "FileLook"},
    {"DELETE", "/api/v1/uploads/{name}", kOperator, "upload remove", "Removes one that is not being imported",
     kNamed, "UploadRemoved", true},
    {"GET", "/api/v1/alerts", kViewer, "alert list", "Alerts, and what is open", {}, "Alerts"},
    {"PUT", "/api/v1/alerts/{name}", kAdmin, "alert put",
     "Makes or changes one; tells everything that is wrong at once", kAlert, "AlertSaved", true, 200, 422,
     By::kCommand, kConfirms},
    {"DELETE", "/api/v1/alerts/{name}", kAdmin, "alert remove", "Removes one", kNamed, "AlertRemoved", true,
     200, 0, By::kCommand, kConfirms},
    {"POST", "/api/v1/alerts/{name}/test", kAdmin, "alert test", "Sends a test to everybody it would tell",
     kNamed, "AlertTested", true},
    {"GET", "/api/v1/alert-history", kViewer, "alert history", "The last episodes and messages", kHistory,
     "AlertHistory"},
    {"GET", "/api/v1/webhooks", kAdmin, "webhook list", "Where alerts can be sent", {}, "Webhooks"},
    {"POST", "/api/v1/webhooks", kAdmin, "webhook add", "Makes one and shows its signing secret, once",
     kWebhook, "WebhookMade", true, 201, 0, By::kCommand, kConfirms},
    {"DELETE", "/api/v1/webhooks/{name}", kAdmin, "webhook remove", "Removes one that no alert uses", kNamed,
     "WebhookRemoved", true, 200, 0, By::kCommand, kConfirms},
    {"POST", "/api/v1/webhooks/{name}/test", kAdmin, "webhook test", "Posts a signed test message", kNamed,
     "WebhookTested", false, 200, 422},
    {"GET", "/api/v1/doctor", kAdmin, "doctor", "Checks store, disk, tokens and configuration", {}, "Doctor"},
    {"GET", "/api/v1/tokens", kAdmin, "token list", "Who may call the API", {}, "Tokens"},
    {"POST", "/api/v1/tokens", kAdmin, "token add", "Makes a token and shows it, once", kNewApiToken,
     "TokenMade", true, 201, 0, By::kCommand, kConfirms},
    {"DELETE", "/api/v1/tokens/{name}", kAdmin, "token revoke", "Ends a token at once", kNamed, "Revoked",
     true, 200, 0, By::kCommand, kConfirms},
    {"POST", "/api/v1/session", kNobody, "session open", "Signs in: gives a cookie", kSignIn, "Caller", false,
     201, 0, By::kSession},
    {"POST", "/api/v1/session/accept", kNobody, "session accept",
     "Sets the password by the link of an invitation, and signs in", kAccept, "Caller", false, 201, 0,
     By::kSession},
    {"GET",
     "/api/v1/session",
     kViewer,
     "session show",
     "Who is calling",
     {},
     "Caller",
     false,
     200,
     0,
     By::kSession},
    {"DELETE",
     "/api/v1/session",
     kViewer,
     "session close",
     "Signs out",
     {},
     "SignedOut",
     false,
     200,
     0,
     By::kSession},
    {"POST", "/api/v1/session/confirm", kViewer, "session confirm",
     "Gives the password once more, for changes that ask for it", kConfirm, "Caller", false, 200, 0,
     By::kSession},
    {"POST", "/api/v1/session/password", kViewer, "session password",
     "Changes the caller's own password; all other sessions of theirs end", kChangePassword, "Caller", false,
     200, 0, By::kSession},
    {"GET", "/api/v1/sessions", kAdmin, "session list", "Who is signed in, and from where", {}, "Sessions"},
    {"DELETE", "/api/v1/sessions/{number}", kAdmin, "session revoke", "Signs somebody out", kNumbered,
     "SessionEnded", true, 200, 0, By::kCommand, kConfirms},
    {"GET", "/api/v1/users", kAdmin, "user list", "Who may sign in", {}, "Users"},
    {"POST", "/api/v1/users", kAdmin, "user add", "Makes a user, and a link that sets the password, once",
     kNewUser, "Invitation", true, 201, 0, By::kCommand, kConfirms},
    {"PATCH", "/api/v1/users/{name}", kAdmin, "user edit", "Changes the role", kEditUser, "UserChanged", true,
     200, 0, By::kCommand, kConfirms},
    {"POST", "/api/v1/users/{name}/reset", kAdmin, "user reset",
     "Ends password and sessions, and gives a new link", kNamed, "Invitation", true, 200, 0, By::kCommand,
     kConfirms},
    {"DELETE", "/api/v1/users/{name}", kAdmin, "user remove", "Takes a user's access away at once", kNamed,
     "UserRemoved", true, 200, 0, By::kCommand, kConfirms},
    {"GET", "/api/v1/write-keys", kAdmin, "write-key list", "Who may send changes", {}, "WriteKeys"},
    {"POST", "/api/v1/write-keys", kAdmin, "write-key add", "Makes a write key and shows it, once",
     kNewWriteKey, "WriteKeyMade", true, 201, 0, By::kCommand, kConfirms},
    {"DELETE", "/api/v1/write-keys/{name}", kAdmin, "write-key revoke", "Ends a write key at once", kNamed,
     "Revoked", true, 200, 0, By::kCommand, kConfirms},
    {"GET", "/api/v1/audit", kAdmin, "audit list", "Who changed what, newest first", kAuditPage, "Audit"},
    {"GET", "/api/v1/security/events", kAdmin, "security events",
     "Failed sign-ins, refused requests, and views of single people, newest first", kSecurityPage,
     "SecurityEvents"},
    {"GET", "/api/v1/audit/verify", kAdmin, "audit verify", "Whether the log is whole", {}, "AuditVerified"},
    {"GET",
     "/api/v1/live/jobs",
     kViewer,
     "job list",
     "Jobs with their state, whenever it has changed",
     {},
     "Jobs",
     false,
     200,
     0,
     By::kState},
    {"GET", "/api/v1/live/jobs/{name}", kViewer, "job show", "One job, whenever something of it has changed",
     kNamed, "Job", false, 200, 0, By::kState},
    // Its lines hold what Pinterest answers, and paths of the machine: for those who run jobs.
    {"GET", "/api/v1/live/log", kOperator, "", "The service's log: its last 1,000 lines, then each new one",
     kLiveLog, "LogLine", false, 200, 0, By::kLog},
};

std::string_view next_segment(std::string_view& path) {
  const size_t slash = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return segment;
}

// A parameter is one segment, not empty. Fixed segments win: they stand in the table before or have other
// lengths.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& values) {
  values.clear();
  if (std::count(pattern.begin(), pattern.end(), '/') != std::count(path.begin(), path.end(), '/'))
    return false;
  while (!pattern.empty()) {
    const std::string_view wanted = next_segment(pattern), found = next_segment(path);
    if (!wanted.starts_with('{')) {
      if (wanted != found) return false;
      continue;
    }
    std::string value = http::percent_decoded(found, false);
    if (value.empty()) return false;
    values.push_back(std::move(value));
  }
  return path.empty();
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

std::string option_name(const Parameter& parameter) {
  std::string option(parameter.name);
  std::ranges::replace(option, '_', '-');
  if (parameter.kind == Kind::kTexts && option.ends_with('s')) option.pop_back();
  return option;
}

std::string header_name(std::string_view parameter) {
  std::string out;
  for (const char c : parameter) {
    const bool begins = out.empty() || out.back() == '-';
    out += c == '_' ? '-' : begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
  }
  return out;
}

Match find_route(std::string_view method, std::string_view path) {
  Match match;
  std::vector<std::string> values;
  for (const Route& route : kRoutes) {
    if (!matches(route.path, path, values)) continue;
    match.path_known = true;
    if (route.method != method) continue;
    match.route = &route;
    match.values = std::move(values);
    return match;
  }
  return match;
}

bool takes_file(std::string_view method, std::string_view path) {
  const Match match = find_route(method, path);
  return match.route != nullptr && match.route->by == By::kUpload;
}

}  // namespace pinrelay::admin
