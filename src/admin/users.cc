#include "admin/users.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "admin/tokens.h"
#include "base/random.h"
#include "credentials/password.h"

namespace pinrelay::admin {
namespace {

constexpr size_t kSessionsMax = 10;   // of a user
constexpr Millis kSeenEvery{60'000};  // a session's last sight is noted no finer
constexpr Millis kClockSlack{60'000};
constexpr std::string_view kOpens = "session open", kAccepts = "user accept",  // in the audit log
    kConfirms = "session confirm", kChanges = "session password";

Error busy() {
  return {ErrorKind::kUnavailable, "busy", "many people sign in at the moment", "", "try again in a moment"};
}

Error session_over() {
  return {ErrorKind::kConflict, "session_over", "this session has ended meanwhile", "", "sign in"};
}

store::AuditRow entry_of(const store::UserRow& user, Time now, const std::string& origin,
                         std::string_view action) {
  store::AuditRow entry;
  entry.at = now;
  entry.who = "user " + user.name;
  entry.origin = origin;
  entry.action = action;
  entry.object = user.name;
  entry.outcome = "done";
  return entry;
}

// What cannot have begun yet, the clock having been set back, has ended; a clock is set by a little now and
// then.
bool within(Time since, Time now, Millis lasts) { return since <= now + kClockSlack && now < since + lasts; }

}  // namespace

Error suspended(std::string_view what) {
  return {
      ErrorKind::kAuth, std::string(kSuspended),
      fmt::format("{} came back with a restored backup, and nobody has confirmed that it may come in", what),
      "", "look at what was restored, on the machine itself: pinrelay restore --confirm"};
}

std::optional<store::UserRow> find_user(store::Store& store, std::string_view name) {
  for (store::UserRow& row : store.users.all())
    if (row.name == name) return std::move(row);
  return std::nullopt;
}

bool claimed(store::Store& store) {
  return std::ranges::any_of(store.users.all(),
                             [](const store::UserRow& row) { return !row.password.empty(); });
}

Secret invite(store::Store& store, store::UserRow user, Time now) {
  Secret ticket(random_hex(32));
  if (!user.password.empty()) store.note_password_ended(user);
  end_sessions(store, user.number);
  // Inviting a user whom a restore suspended counts as confirming them, so they get a new, unsuspended
  // number.
  if (user.number <= store.suspended().users) store.users.erase(std::exchange(user.number, 0));
  if (user.number == 0) user.number = store.next_number("users");
  user.password.clear();
  user.password_at = {};
  user.invitation = token_hash(ticket);
  user.invited_until = now + kInvitationLasts;
  store.users.put(std::move(user));
  return ticket;
}

void end_sessions(store::Store& store, int64_t user) {
  for (const store::SessionRow& session : store.sessions.all())
    if (session.user == user) store.sessions.erase(session.number);
}

std::vector<store::ApiTokenRow> tokens_of(store::Store& store, const store::UserRow& user) {
  std::set<std::string> makers = {"user " + user.name};
  std::vector<store::ApiTokenRow> left = store.api_tokens.all(), found;
  // A token may be older than the one it was made with has become: until a round finds none.
  for (bool more = true; more;) {
    more = false;
    std::erase_if(left, [&](store::ApiTokenRow& row) {
      if (!makers.contains(row.created_by)) return false;
      makers.insert("token " + row.name);
      found.push_back(std::move(row));
      return more = true;
    });
  }
  return found;
}

bool session_ended(const store::SessionRow& session, Time now) {
  return !within(session.created_at, now, kSessionLasts) || !within(session.seen_at, now, kSessionIdle);
}

// Sign-ins that the audit log remembers, which outlives sessions and restarts.
void Users::load_places() {
  if (std::exchange(places_loaded_, true)) return;
  static constexpr std::string_view kUser = "user ";
  const Time since = parts_.clock.now() - KnownPlaces::kLasts;
  (void)parts_.transact([&]() -> Result<void> {
    parts_.store.audit.each(0, [&](const store::AuditRow& row) {
      const bool in = row.action == kOpens || row.action == kAccepts;
      if (in && row.outcome == "done" && row.who.starts_with(kUser))
        places_.note(row.who.substr(kUser.size()), row.origin, row.at);
      return row.at >= since;
    });
    return {};
  });
}

void Users::check(const std::string& name, Secret password, const std::string& origin, bool session,
                  const std::function<void(Result<store::UserRow>)>& done) {
  const Error wrong{ErrorKind::kAuth, "wrong_password", "there is no such user with this password", "",
                    "an administrator can send a new link: pinrelay user reset"};
  const auto fail = [this, done, wrong, name, origin] {
    notice(store::SecurityKind::kSignInFailed, origin, name, wrong.code);
    done(wrong);
  };
  if (name.size() > kUserNameBytesMax) return fail();
  load_places();
  const Guess guess{name, origin, session || places_.has(name, origin, parts_.clock.now())};
  if (auto may = guesses_.begin(guess); !may.ok()) {
    notice(store::SecurityKind::kSignInDelayed, origin, name, may.error().code);
    return done(may.error());
  }
  std::optional<store::UserRow> user;
  if (auto read = parts_.transact([&]() -> Result<void> {
        user = find_user(parts_.store, name);
        return {};
      });
      !read.ok())
    return done(read.error());
  struct Work {
    Secret password;
    std::string hash, renewed;
    bool fits = false;
  };
  auto work = std::make_shared<Work>();
  work->password = std::move(password);
  work->hash = user ? user->password : "";
  const bool added = parts_.aside(
      guess.known ? Lane::kKnown : Lane::kStranger,
      [work] {
        work->fits = credentials::password_fits(work->hash, work->password);
        if (work->fits && credentials::hash_is_dated(work->hash))
          work->renewed = credentials::hash_password(work->password);
      },
      [this, work, name, guess, fail, asked = user.value_or(store::UserRow{}), done] {
        std::optional<store::UserRow> now_user;
        if (work->fits)
          (void)parts_.transact([&]() -> Result<void> {
            now_user = find_user(parts_.store, name);
            return {};
          });
        // Another sign-in may have hashed the same password anew; a password set meanwhile is another one.
        if (!now_user || now_user->password.empty() || now_user->number != asked.number ||
            now_user->password_at != asked.password_at)
          return fail();
        guesses_.succeed(guess);
        if (!work->renewed.empty()) now_user->password = work->renewed;
        done(std::move(*now_user));
      });
  if (!added) {
    guesses_.take_back(guess);
    done(busy());
  }
}

void Users::open(const std::string& name, Secret password, const std::string& origin, const Done& done) {
  check(name, std::move(password), origin, false, [this, origin, done](Result<store::UserRow> user) {
    if (!user.ok()) return done(user.error());
    done(begin(std::move(*user), origin, kOpens));
  });
}

void Users::confirm(const SignedIn& who, Secret password, const std::string& origin,
                    const std::function<void(Result<SignedIn>)>& done) {
  check(who.user.name, std::move(password), origin, true,
        [this, who, origin, done](Result<store::UserRow> user) {
          if (user.ok()) return done(renew(who, origin));
          if (user.error().kind == ErrorKind::kAuth) note_wrong(who, user.error(), origin, kConfirms);
          done(user.error());
        });
}

void Users::change_password(const SignedIn& who, Secret present, Secret next, const std::string& origin,
                            const std::function<void(Result<SignedIn>)>& done) {
  if (auto good = credentials::check_password(who.user.name, next); !good.ok()) return done(good.error());
  if (present == next)
    return done(Error{ErrorKind::kInvalid, "same_password", "the new password is the present one",
                      "new_password", "choose another one"});
  auto secret = std::make_shared<Secret>(std::move(next));
  check(who.user.name, std::move(present), origin, true,
        [this, who, secret, origin, done](Result<store::UserRow> user) {
          if (!user.ok()) {
            if (user.error().kind == ErrorKind::kAuth) note_wrong(who, user.error(), origin, kChanges);
            return done(user.error());
          }
          auto hash = std::make_shared<std::string>();
          const bool added = parts_.aside(
              Lane::kKnown, [secret, hash] { *hash = credentials::hash_password(*secret); },
              [this, who, checked = std::move(*user), hash, origin, done] {
                done(exchange(who, checked, std::move(*hash), origin));
              });
          if (!added) done(busy());
        });
}

// Another password may have been set while this one was hashed, and the session may have ended.
Result<SignedIn> Users::exchange(const SignedIn& who, const store::UserRow& checked, std::string hash,
                                 const std::string& origin) {
  SignedIn changed = who;
  const Time now = parts_.clock.now();
  TRY(parts_.transact([&]() -> Result<void> {
    auto session = parts_.store.sessions.get(who.session.number);
    auto user = parts_.store.users.get(checked.number);
    if (!session || session_ended(*session, now) || !user || user->password_at != checked.password_at)
      return session_over();
    parts_.store.note_password_ended(*user);  // no backup brings the old one back
    user->password = std::move(hash);
    user->password_at = now;
    end_sessions(parts_.store, user->number);
    session->confirmed_at = now;
    parts_.store.sessions.put(*session);
    parts_.store.users.put(*user);
    parts_.store.audit.append(entry_of(*user, now, origin, kChanges));
    changed = {*user, *session};
    return {};
  }));
  parts_.opened();
  return changed;
}

// Where a name belongs people type passwords, too, so only those of users are kept.
void Users::notice(store::SecurityKind kind, const std::string& origin, const std::string& name,
                   std::string_view what) {
  bool known = false;
  (void)parts_.transact([&]() -> Result<void> {
    known = find_user(parts_.store, name).has_value();
    return {};
  });
  parts_.noticed({kind, origin, known ? "user " + name : "", std::string(what)});
}

void Users::note_wrong(const SignedIn& who, const Error& why, const std::string& origin,
                       std::string_view action) {
  (void)parts_.transact([&]() -> Result<void> {
    store::AuditRow entry = entry_of(who.user, parts_.clock.now(), origin, action);
    entry.outcome = why.code;
    parts_.store.audit.append(std::move(entry));
    return {};
  });
}

// The session may have ended while the password was hashed.
Result<SignedIn> Users::renew(const SignedIn& who, const std::string& origin) {
  SignedIn renewed = who;
  const Time now = parts_.clock.now();
  TRY(parts_.transact([&]() -> Result<void> {
    auto session = parts_.store.sessions.get(who.session.number);
    if (!session || session_ended(*session, now)) return session_over();
    session->confirmed_at = now;
    parts_.store.sessions.put(*session);
    parts_.store.audit.append(entry_of(who.user, now, origin, kConfirms));
    renewed.session = std::move(*session);
    return {};
  }));
  return renewed;
}

bool Users::confirmed(const SignedIn& who) const {
  return within(who.session.confirmed_at, parts_.clock.now(), kConfirmedFor);
}

std::optional<store::UserRow> Users::invited(const Secret& ticket) {
  const Bytes hash = token_hash(ticket);
  std::optional<store::UserRow> found;
  (void)parts_.transact([&]() -> Result<void> {
    for (store::UserRow& row : parts_.store.users.all())
      if (!row.invitation.empty() && same_hash(row.invitation, hash) &&
          within(row.invited_until - kInvitationLasts, parts_.clock.now(), kInvitationLasts))
        found = std::move(row);
    return {};
  });
  return found;
}

void Users::accept(const Secret& ticket, Secret password, const std::string& origin, const Done& done) {
  const auto user = invited(ticket);
  const Error over{ErrorKind::kNotFound, "no_invitation", "this link has been used, or is over, or never was",
                   "", "an administrator can send a new one: pinrelay user reset"};
  if (!user) {
    notice(store::SecurityKind::kSignInFailed, origin, "", over.code);
    return done(over);
  }
  if (auto good = credentials::check_password(user->name, password); !good.ok()) return done(good.error());
  auto secret = std::make_shared<Secret>(std::move(password));
  auto hash = std::make_shared<std::string>();
  const bool added = parts_.aside(
      Lane::kInvited, [secret, hash] { *hash = credentials::hash_password(*secret); },
      [this, ticket, hash, over, origin, done] {
        auto still = invited(ticket);  // many may have had the same link
        if (!still) return done(over);
        still->password = *hash;
        still->password_at = parts_.clock.now();
        still->invitation.clear();
        still->invited_until = {};
        done(begin(*still, origin, kAccepts));
      });
  if (!added) done(busy());
}

// A session of its own for each sign-in: nobody can hand somebody else a cookie that becomes theirs.
Result<Users::Opened> Users::begin(store::UserRow user, const std::string& origin, std::string_view action) {
  Opened opened;
  opened.cookie = Secret(random_hex(32));
  const Time now = parts_.clock.now();
  load_places();
  TRY(parts_.transact([&]() -> Result<void> {
    if (user.number <= parts_.store.suspended().users) return suspended("this user");
    std::vector<store::SessionRow> old;
    for (store::SessionRow& session : parts_.store.sessions.all()) {
      if (session_ended(session, now)) {
        parts_.store.sessions.erase(session.number);
      } else if (session.user == user.number) {
        old.push_back(std::move(session));
      }
    }
    for (size_t i = 0; i + kSessionsMax <= old.size(); ++i) parts_.store.sessions.erase(old[i].number);
    user.signed_in_at = now;
    store::SessionRow session;
    session.number = parts_.store.next_number("sessions");
    session.user = user.number;
    session.hash = token_hash(opened.cookie);
    session.origin = origin;
    session.created_at = session.seen_at = session.confirmed_at = now;
    parts_.store.users.put(user);
    parts_.store.sessions.put(session);
    parts_.store.audit.append(entry_of(user, now, origin, action));
    opened.who = {user, session};
    return {};
  }));
  if (!places_.has(user.name, origin, now))
    notice(store::SecurityKind::kNewAddress, origin, user.name, action);
  places_.note(user.name, origin, now);
  parts_.opened();
  return opened;
}

std::optional<SignedIn> Users::find(const Secret& cookie, bool used) {
  if (cookie.empty()) return std::nullopt;
  const Bytes hash = token_hash(cookie);
  const Time now = parts_.clock.now();
  std::optional<SignedIn> found;
  (void)parts_.transact([&]() -> Result<void> {
    for (store::SessionRow& session : parts_.store.sessions.all()) {
      if (!same_hash(session.hash, hash) || session_ended(session, now)) continue;
      const auto user = parts_.store.users.get(session.user);
      if (!user || user->number <= parts_.store.suspended().users) continue;
      if (used && now >= session.seen_at + kSeenEvery) {
        session.seen_at = now;
        parts_.store.sessions.put(session);
      }
      found = SignedIn{*user, std::move(session)};
      break;
    }
    return {};
  });
  return found;
}

std::map<int64_t, store::Role> Users::roles() {
  std::map<int64_t, store::Role> roles;
  const Time now = parts_.clock.now();
  (void)parts_.transact([&]() -> Result<void> {
    for (const store::SessionRow& session : parts_.store.sessions.all()) {
      if (session_ended(session, now)) continue;
      if (const auto user = parts_.store.users.get(session.user)) roles[session.number] = user->role;
    }
    return {};
  });
  return roles;
}

Result<void> Users::close(const SignedIn& who, const std::string& origin) {
  return parts_.transact([&]() -> Result<void> {
    parts_.store.sessions.erase(who.session.number);
    parts_.store.audit.append(entry_of(who.user, parts_.clock.now(), origin, "session close"));
    return {};
  });
}

}  // namespace pinrelay::admin
