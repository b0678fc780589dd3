// The embedded store: everything durable, in domain terms. One service owns a store at a time (an OS lock on
// its folder). All members are used by one thread, the engine's, between begin() and commit(); only the
// inbox's append is for others.
#pragma once

#include <functional>

#include "store/afterwards.h"
#include "store/alert_tables.h"
#include "store/attempts.h"
#include "store/audit.h"
#include "store/claim_map.h"
#include "store/deletions.h"
#include "store/events.h"
#include "store/history.h"
#include "store/inbox.h"
#include "store/profiles.h"
#include "store/queue.h"
#include "store/rows.h"
#include "store/security_events.h"
#include "store/table.h"

namespace pinrelay::store {

// The files of a store, and of a copy of one, in its folder; and where a copy lies, in the store's folder,
// until it has been sealed: opening a store removes what was left of one.
constexpr std::string_view kInboxName = "inbox.db", kMainName = "pinrelay.db", kAfterwardsName = "afterwards";
constexpr std::string_view kStoreFiles[] = {kInboxName, kMainName, kAfterwardsName};
constexpr const char* kCopyFolder = "/backup.part";

// What a test does to a commit: let it be, or play a crash on either side of it.
enum class CommitFate { kProceed, kCrashBefore, kCrashAfter };

constexpr Millis kBackupAgeMax{400LL * 24 * 3'600'000};

struct StoreOptions {
  std::string directory;
  bool durable = true;
  size_t cache_bytes = 32 * 1024 * 1024;
  ClaimMap::Options claims = {};
  std::function<CommitFate()> commit_fate = {};  // tests only
  int64_t pages_max = 0;                         // of each database; tests of a full disk
};

// Of the afterwards file (store/afterwards.h).
struct AfterwardsOptions {
  std::string file = {};         // "": <directory>.afterwards
  const Clock* clock = nullptr;  // that entries are dated by; null: the system's
  Millis age_max = kBackupAgeMax;
};

// What a restore is done with, and what came of it.
struct RestoreOptions {
  std::string afterwards = {};  // the file; "": <store>.afterwards
  bool without_afterwards = false;
  Millis backup_age_max = kBackupAgeMax;
  Time now{};
};
struct Restored {
  Time backed_up_at{};    // zero: unknown
  std::string gap = {};   // why not everything that was erased and revoked since is known; "" = it is
  int64_t erased = 0;     // people, known to the backup or not
  int64_t revoked = 0;    // tokens, keys, users, passwords and roles
  int64_t suspended = 0;  // tokens, keys and users that wait to be confirmed
};

// Up to which number tokens, write keys and users came with a backup, and wait for a person at the machine.
struct Suspended {
  int64_t tokens = 0, write_keys = 0, users = 0;
  bool any() const { return tokens > 0 || write_keys > 0 || users > 0; }
};

// Size and removals of a list in one hour, for the brake.
struct ListHour {
  int64_t hour = 0;  // since 1970
  int64_t size = 0;  // at its beginning
  int64_t removed = 0;
  int64_t withdrawn = 0;  // identifiers that left because people withdrew their consent
};

class Store {
 public:
  // kConflict when another process has it; kNotFound is never returned: a missing store is created.
  static Result<std::unique_ptr<Store>> open(StoreOptions options, AfterwardsOptions afterwards = {});
  ~Store();

  void begin();
  // After an error everything that the caller derived from this transaction is void: reload from the store.
  Result<void> commit();
  // Nothing has been written since begin(), nor has anything failed.
  bool unwritten() const { return db_->writes() == writes_before_ && !db_->failure() && !catalog.changed(); }
  // The transaction must not become durable: commit() will roll back.
  void abandon();
  // True when the last failed commit was a test's crash.
  bool crashed() const { return crashed_; }

  // Taken away for good: noted in the afterwards file before the commit, so that no backup brings it back.
  void note_erasures(ByteView changes) { afterwards_->keys().erasures_in(changes, to_note_); }
  void revoke_token(const ApiTokenRow& token);
  void lower_token(ApiTokenRow token, Role role);
  void revoke_write_key(const ApiTokenRow& key);
  void remove_user(const UserRow& user);
  void note_lowered(const UserRow& user, Role role);
  void note_password_ended(const UserRow& user);
  const Afterwards& afterwards() const { return *afterwards_; }

  // Since a restore.
  Suspended suspended();
  void confirm_restored();

  // Input.
  Inbox& inbox() { return *inbox_; }
  // The last inbox row that has been applied, and how many bytes of the one behind it have been.
  int64_t inbox_cursor() { return number("inbox_cursor"); }
  size_t inbox_offset() { return static_cast<size_t>(number("inbox_offset")); }
  void set_inbox_cursor(int64_t cursor, size_t offset = 0) {
    set_number("inbox_cursor", cursor);
    if (inbox_offset() != offset) set_number("inbox_offset", static_cast<int64_t>(offset));
  }

  // When input was last applied: later arrivals are not earlier than that.
  Time last_arrival() { return from_millis(number("last_arrival")); }
  void note_arrival(Time now) {
    if (now > last_arrival()) set_number("last_arrival", to_millis(now));
  }

  // Named numbers: "settle_clock", …; 0 when never set.
  int64_t number(std::string_view name);
  void set_number(std::string_view name, int64_t value);
  // One more than ever before. Counted in memory; the commit writes it, so number() does not know it earlier.
  int64_t next_number(std::string_view name);

  // The hour's row, being created with `size` when new.
  void count_hour(ListNumber list, Time now, int64_t size, int64_t removed, int64_t withdrawn = 0);
  // The removals so far were meant; they count no more.
  void forget_removals(ListNumber list);
  // Hours from `since` on, oldest first.
  std::vector<ListHour> hours(ListNumber list, Time since);

  // The newest requests first, below `before` where it is not 0; those of the list, or of all when it is 0.
  std::vector<RequestRow> requests(ListNumber list, size_t limit, int64_t before = 0);
  // Times of the requests of an authorization since a moment, oldest first: what its budgets have spent.
  std::vector<Time> request_times(std::string_view authorization, Time since, bool writes_only);
  std::vector<RecordRow> records(JobNumber job, size_t limit, int64_t before = 0);
  // The same one by one, until visit returns false; of one person, when given.
  void each_record(JobNumber job, int64_t before, const std::optional<ProfileId>& person,
                   const std::function<bool(const RecordRow&)>& visit);
  // How many records of a job are kept for each reason.
  std::vector<std::pair<uint8_t, int64_t>> count_records(JobNumber job);
  // `job retry` repeats these records no more: one, or all of a person.
  void end_record(int64_t number) { end_record_.run(number); }
  void end_records(const ProfileId& profile) { end_records_.run(ByteView(profile.bytes)); }
  // The runs of a job, newest first, below `before` where it is not 0, until visit returns false.
  void each_run(JobNumber job, const std::function<bool(const RunRow&)>& visit, int64_t before = 0);
  void trim(Time now, Millis retention);
  // Leaves nothing of what was changed or erased in places where it only cannot be seen any more: begin, then
  // step, each within a transaction, until it returns false.
  void begin_sweep();
  bool sweep();

  // A consistent copy of both databases into an empty or new folder, opened and checked before it gets its
  // name, and marked with the time `now`. Works while others write. With a copy of the afterwards file, and
  // marked with how far that had got.
  Result<void> backup(const std::string& to, Time now);
  // The same without the afterwards file, as earlier versions did.
  static Result<void> backup(const std::string& from, const std::string& to, Time now);
  // Puts a backup in place of a missing store and marks it restored (the engine then pauses jobs and
  // distrusts the ledger). Sessions and invitations end; tokens, write keys and users are suspended; what was
  // erased and revoked since the backup goes again, as the afterwards file has it. kConflict
  // `afterwards_needed`: the file is not there, or does not reach back to the backup. Interrupted, it leaves
  // no store. `unpack` writes the two databases to these paths.
  using Unpack = std::function<Result<void>(const std::string& main, const std::string& inbox)>;
  static Result<Restored> restore(const Unpack& unpack, const std::string& to, const RestoreOptions& options);
  // Of a copy in a folder.
  static Result<Restored> restore(const std::string& from, const std::string& to,
                                  const RestoreOptions& options);
  // Every structural check SQLite has, for both databases, and every seal of ours; the error says what is
  // damaged.
  static Result<void> check(const std::string& directory);
  // Of SQLite: "3.40.1".
  static std::string sqlite_version_text();

  // When the backup that this store was restored from was made; zero when that is unknown.
  Time backed_up_at() { return from_millis(number("backed_up_at")); }

  // Empties the write-ahead logs of both databases, where copies of erased values may stand; outside
  // transactions. The inbox's follows when its committer gets to it.
  Result<void> checkpoint();

  const std::string& directory() const { return options_.directory; }
  int64_t disk_bytes() const;
  // Of the main database, without what is free inside it.
  int64_t used_bytes();

 private:
  explicit Store(StoreOptions options, std::unique_ptr<Db> db, std::unique_ptr<Inbox> inbox, int lock);

  StoreOptions options_;
  std::unique_ptr<Db> db_;
  std::unique_ptr<Inbox> inbox_;
  int lock_ = -1;
  bool crashed_ = false;
  int64_t writes_before_ = 0;                             // the transaction
  std::map<std::string, int64_t, std::less<>> counters_;  // that it has counted on: the last of each
  std::vector<std::pair<LayeredMap*, MapNumber>> sweep_;  // still to be swept
  Bytes sweep_from_;                                      // in the last of them
  Statement get_number_, put_number_, put_hour_, get_hours_, forget_removals_, request_times_, end_record_,
      end_records_, get_records_, trim_requests_, trim_failures_, trim_records_, trim_hours_, trim_answers_;

 public:
  Catalog catalog;
  Profiles profiles;
  LayeredMap ledger;  // map number: list; key: identifier; value: LedgerEntry
  LayeredMap owned;   // map number: JobRow::owner; key: profile; value: Owned
  Queue queue;
  Attempts attempts;
  Events events;
  ClaimMap claims;  // key: Claim; value: ClaimEntry
  Table<JobRow> jobs;
  Table<ListRow> lists;
  Table<LeftRow> left;
  Table<RunRow> runs;
  Table<RequestRow> request_log;
  Table<ImportRow> imports;
  Table<RecordRow> record_log;
  Table<AuthorizationRow> authorizations;
  Table<ApiTokenRow> api_tokens, write_keys;
  Table<KeptAnswerRow> kept_answers;
  Table<UserRow> users;
  Table<SessionRow> sessions;
  Audit audit;
  AlertTables alerts;
  HistoryTable history;
  SecurityEvents security_events;
  Deletions deletions;

 private:
  Result<void> open_afterwards();
  Result<void> write_notes();

  AfterwardsOptions afterwards_options_;
  std::unique_ptr<Clock> system_clock_;
  std::unique_ptr<Afterwards> afterwards_;  // the inbox's thread uses it, too
  std::vector<Afterward> to_note_;          // of the transaction
};

}  // namespace pinrelay::store
