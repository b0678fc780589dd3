#include "store/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "store/folder.h"
#include "store/seal.h"

namespace pinrelay::store {
namespace {

constexpr size_t kPeopleAtOnce = 100'000;
constexpr size_t kRowBytes = 1024 * 1024;

class Replay {
 public:
  Replay(Db& main, Db& inbox, const RestoreOptions& options)
      : inbox_(inbox),
        options_(options),
        get_number_(main, "SELECT value FROM meta WHERE name = ?"),
        put_number_(main, "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)"),
        catalog_(main),
        profiles_(main, catalog_),
        tokens_(main, "api_token"),
        write_keys_(main, "write_key"),
        users_(main, "user"),
        sessions_(main, "session"),
        audit_(main) {
    catalog_.load();
    profiles_.load();
  }

  Result<Restored> run() {
    TRY(find_file());
    end_sessions();
    if (file_) TRY(revoke());
    if (file_) TRY(erase());
    suspend();
    put_number_.run("restored", 1);
    note();
    return done_;
  }

 private:
  std::optional<int64_t> number(const char* name) {
    const bool found = get_number_.first(name);
    const int64_t value = found ? get_number_.integer(0) : 0;
    get_number_.done();
    return found ? std::optional(value) : std::nullopt;
  }

  // What the file cannot tell of the time since the backup.
  std::string gap(const Result<std::unique_ptr<Afterwards>>& found) const {
    if (!found) return found.error().message;
    if (!through_) return "the backup was made by a version that did not note how far that file had got";
    if ((*found)->last() < *through_)
      return "the file of what was erased and revoked is older than the backup";
    if ((*found)->before_first() > *through_)
      return "the file of what was erased and revoked does not reach back to the backup";
    if (to_millis(done_.backed_up_at) == 0 || options_.now - done_.backed_up_at > options_.backup_age_max)
      return "the backup is older than backup_age_max";
    return "";
  }

  Result<void> find_file() {
    done_.backed_up_at = from_millis(number("backed_up_at").value_or(0));
    through_ = number("afterwards_through");
    auto found = Afterwards::find(options_.afterwards, AfterwardKeys(profiles_.secret()),
                                  number("afterwards_id").value_or(0));
    done_.gap = gap(found);
    if (found) file_ = std::move(found).value();
    return done_.gap.empty() ? Result<void>() : accept_gap(done_.gap);
  }

  // Only where that was asked for.
  Result<void> accept_gap(const std::string& gap) {
    done_.gap = gap;
    if (options_.without_afterwards) return {};
    const std::string since =
        to_millis(done_.backed_up_at) == 0 ? "the backup" : format_rfc3339(done_.backed_up_at);
    return Error{ErrorKind::kConflict, "afterwards_needed", gap, options_.afterwards,
                 fmt::format("put that file back (afterwards_folder), or repeat the command with "
                             "--without-afterwards: people who were erased since {} then come back, on "
                             "customer lists too, and so do revoked tokens, write keys and users, once they "
                             "are confirmed",
                             since)};
  }

  // What was noted since the backup.
  Result<void> each_later(const std::function<void(const Afterward&)>& visit) {
    const auto read = file_->each(through_.value_or(0), [&](const Afterward& entry) {
      if (is_later(entry)) visit(entry);
      return true;
    });
    return read ? read : accept_gap(read.error().message);
  }

  bool is_later(const Afterward& entry) const {
    return through_ ? entry.number > *through_ : entry.noted >= done_.backed_up_at;
  }

  void end_sessions() {
    for (const SessionRow& session : sessions_.all()) sessions_.erase(session.number);
    for (UserRow& user : users_.all()) {
      user.invitation.clear();
      user.invited_until = {};
      users_.put(std::move(user));
    }
  }

  // The lowest role where there are several.
  std::optional<Role> noted(AfterwardKind kind, ByteView identity) const {
    const auto found = revoked_.find({kind, file_->keys().row(kind, identity)});
    return found == revoked_.end() ? std::nullopt : std::optional(found->second);
  }

  Result<void> revoke() {
    TRY(each_later([&](const Afterward& entry) {
      if (entry.kind == AfterwardKind::kErased) return;
      const auto [found, fresh] = revoked_.try_emplace({entry.kind, entry.whom}, entry.role);
      if (!fresh) found->second = std::min(found->second, entry.role);
    }));
    revoke_tokens();
    revoke_users();
    return {};
  }

  void revoke_tokens() {
    for (ApiTokenRow& token : tokens_.all()) {
      if (noted(AfterwardKind::kTokenEnded, token.hash)) {
        tokens_.erase(token.number);
        ++done_.revoked;
      } else if (const auto role = noted(AfterwardKind::kTokenLowered, token.hash);
                 role && *role < token.role) {
        token.role = *role;
        tokens_.put(std::move(token));
        ++done_.revoked;
      }
    }
    for (const ApiTokenRow& key : write_keys_.all()) {
      if (!noted(AfterwardKind::kWriteKeyEnded, key.hash)) continue;
      write_keys_.erase(key.number);
      ++done_.revoked;
    }
  }

  void revoke_users() {
    for (UserRow& user : users_.all()) {
      const Bytes identity = AfterwardKeys::user_identity(user.number);
      if (noted(AfterwardKind::kUserEnded, identity)) {
        users_.erase(user.number);
        ++done_.revoked;
        continue;
      }
      const auto role = noted(AfterwardKind::kUserLowered, identity);
      const bool lowered = role && *role < user.role;
      const bool ended = noted(AfterwardKind::kPasswordEnded, identity) && !user.password.empty();
      if (lowered) user.role = *role;
      if (ended) user.password.clear(), user.password_at = {};
      done_.revoked += lowered || ended;
      users_.put(std::move(user));
    }
  }

  Result<void> erase() {
    std::map<ProfileId, int64_t> people;  // and the latest time of a deletion
    TRY(each_later([&](const Afterward& entry) {
      if (entry.kind != AfterwardKind::kErased) return;
      const auto [found, fresh] = people.try_emplace(entry.whom, entry.at);
      if (!fresh) found->second = std::max(found->second, entry.at);
      if (people.size() == kPeopleAtOnce) erase_people(people), people.clear();
    }));
    erase_people(people);
    return {};
  }

  // The backup knows some of them: these are deleted by rows behind those that wait in the inbox, so that all
  // happens to them that a deletion does. For the others there is only the time to remember.
  void erase_people(const std::map<ProfileId, int64_t>& people) {
    if (people.empty()) return;
    std::vector<ProfileId> ids;
    std::vector<Profiles::Tombstone> tombstones;
    for (const auto& [id, at] : people) ids.push_back(id), tombstones.push_back({id, at});
    std::map<std::string, int64_t> keys = waiting(people);
    profiles_.read(ids, [&](size_t i, const Person& person) {
      if (person.exists()) keys.emplace(person.key, tombstones[i].at);
    });
    profiles_.bury(tombstones);
    Bytes rows;
    for (const auto& [key, at] : keys) {
      ChangeWriter writer(rows);
      writer.begin(ChangeType::kDelete, at, key);
      writer.end();
      if (rows.size() >= kRowBytes) add_row(rows);
    }
    if (!rows.empty()) add_row(rows);
    done_.erased += static_cast<int64_t>(people.size());
  }

  // The keys of those whose rows wait in the inbox.
  std::map<std::string, int64_t> waiting(const std::map<ProfileId, int64_t>& people) {
    std::map<std::string, int64_t> keys;
    Statement rows(inbox_, "SELECT changes FROM inbox ORDER BY seq");
    for (bool more = rows.first(); more; more = rows.next()) {
      ByteView changes = rows.blob(0);
      if (!unseal(changes, 0)) inbox_.fail_damaged("an accepted row");
      ChangeReader reader(changes);
      for (ChangeView change; reader.next(change);) {
        const auto found = people.find(profiles_.id_of(change.key));
        if (found != people.end()) keys.emplace(change.key, found->second);
      }
    }
    return keys;
  }

  void add_row(Bytes& rows) {
    seal(rows, 0);
    Statement insert(inbox_, "INSERT INTO inbox(changes) VALUES (?)");
    insert.run(rows);
    rows.clear();
  }

  // Users without a password cannot come in anyway.
  static bool may_come_in(const ApiTokenRow&) { return true; }
  static bool may_come_in(const UserRow& user) { return !user.password.empty(); }
  template <typename Row>
  void suspend(Table<Row>& table, const char* name) {
    int64_t last = 0;
    for (const Row& row : table.all()) last = std::max(last, row.number), done_.suspended += may_come_in(row);
    put_number_.run(name, last);
  }
  void suspend() {
    suspend(tokens_, "suspended_tokens");
    suspend(write_keys_, "suspended_write_keys");
    suspend(users_, "suspended_users");
  }

  void note() {
    AuditRow entry;
    entry.at = options_.now, entry.who = "cli", entry.origin = "local", entry.action = "restore";
    entry.outcome = "done";
    entry.detail = fmt::format("backed_up_at={} erased={} revoked={} suspended={}{}",
                               format_rfc3339(done_.backed_up_at), done_.erased, done_.revoked,
                               done_.suspended, done_.gap.empty() ? "" : " without-afterwards=true");
    audit_.append(std::move(entry));
  }

  Db& inbox_;
  const RestoreOptions& options_;
  Statement get_number_, put_number_;
  Catalog catalog_;
  Profiles profiles_;
  Table<ApiTokenRow> tokens_, write_keys_;
  Table<UserRow> users_;
  Table<SessionRow> sessions_;
  Audit audit_;
  std::unique_ptr<Afterwards> file_;
  std::optional<int64_t> through_;  // the number of the last entry that the backup has
  std::map<std::pair<AfterwardKind, ProfileId>, Role> revoked_;
  Restored done_;
};

}  // namespace

Result<Restored> put_away(const std::string& main, const std::string& inbox, const RestoreOptions& options) {
  auto main_db = TRY(Db::open({.path = main, .write_ahead_log = false}));
  auto inbox_db = TRY(Db::open({.path = inbox, .write_ahead_log = false}));
  TRY(migrate(*main_db));
  main_db->begin();
  inbox_db->begin();
  Result<Restored> done = Replay(*main_db, *inbox_db, options).run();
  if (!done) {
    main_db->rollback(), inbox_db->rollback();
    return done;
  }
  TRY(inbox_db->commit());
  TRY(main_db->commit());
  return done;
}

}  // namespace pinrelay::store
