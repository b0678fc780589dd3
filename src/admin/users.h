// People who sign in: users with a role, the links that let them set a password, and the sessions of their
// browsers. A user is made without a password; a link of half an hour, good once, sets it. So there is no
// default password, and nobody knows somebody else's.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include "admin/guesses.h"
#include "admin/security_watch.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "credentials/password_queue.h"
#include "store/store.h"

namespace pinrelay::admin {

constexpr size_t kUserNameBytesMax = 64;
constexpr Millis kInvitationLasts{30 * 60'000};
constexpr Millis kSessionIdle{30 * 60'000}, kSessionLasts{12 * 3'600'000};
constexpr Millis kConfirmedFor{10 * 60'000};  // since the password was given, for dangerous changes

// What a restored backup has brought back, until somebody at the machine confirms it.
constexpr std::string_view kSuspended = "suspended_by_restore";
Error suspended(std::string_view what);

// The rest of this part is for within a transaction.
std::optional<store::UserRow> find_user(store::Store& store, std::string_view name);
// Whether anybody can sign in.
bool claimed(store::Store& store);
// Puts the user in the store with a new invitation: whatever password and sessions it had end. Returns the
// ticket, which is nowhere else.
Secret invite(store::Store& store, store::UserRow user, Time now);
void end_sessions(store::Store& store, int64_t user);
// The API tokens that the user made, and those that were made with one of these: whoever leaves could have
// kept them.
std::vector<store::ApiTokenRow> tokens_of(store::Store& store, const store::UserRow& user);
bool session_ended(const store::SessionRow& session, Time now);

struct SignedIn {
  store::UserRow user;
  store::SessionRow session;
};

using credentials::Lane;

struct UsersParts {
  store::Store& store;
  const Clock& clock;
  std::function<Result<void>(const std::function<Result<void>()>&)> transact;
  // Does `work` on another thread and then `then` on ours; false when too many wait in that lane.
  std::function<bool(Lane lane, std::function<void()> work, std::function<void()> then)> aside;
  // A session has been opened, which is not answered for yet.
  std::function<void()> opened = [] {};
  std::function<void(SecurityEvent)> noticed = [](const SecurityEvent&) {};
};

// All of it on the engine's thread.
class Users {
 public:
  explicit Users(UsersParts parts) : parts_(std::move(parts)) {}

  struct Opened {
    SignedIn who;
    Secret cookie;
  };
  using Done = std::function<void(Result<Opened>)>;
  // Signs in. `origin` is the caller's address: whoever guesses waits ever longer (guesses.h).
  void open(const std::string& name, Secret password, const std::string& origin, const Done& done);
  // The password once more, for a session that is open: tried and throttled as `open` is. Notes in the audit
  // log either way.
  void confirm(const SignedIn& who, Secret password, const std::string& origin,
               const std::function<void(Result<SignedIn>)>& done);
  bool confirmed(const SignedIn& who) const;
  // Exchanges the password for another one; `present` is tried as `confirm` does. All other sessions end.
  void change_password(const SignedIn& who, Secret present, Secret next, const std::string& origin,
                       const std::function<void(Result<SignedIn>)>& done);
  // Sets the password by an invitation, and signs in.
  void accept(const Secret& ticket, Secret password, const std::string& origin, const Done& done);
  // Who this cookie is; a use keeps it alive.
  std::optional<SignedIn> find(const Secret& cookie, bool used);
  // The roles of all sessions that have not ended, by number. No use of them.
  std::map<int64_t, store::Role> roles();
  Result<void> close(const SignedIn& who, const std::string& origin);

 private:
  void load_places();
  // The user whose password this is; kAuth when it is nobody's. `session`: one of that user's asks.
  void check(const std::string& name, Secret password, const std::string& origin, bool session,
             const std::function<void(Result<store::UserRow>)>& done);
  Result<SignedIn> renew(const SignedIn& who, const std::string& origin);
  Result<SignedIn> exchange(const SignedIn& who, const store::UserRow& checked, std::string hash,
                            const std::string& origin);
  void note_wrong(const SignedIn& who, const Error& why, const std::string& origin, std::string_view action);
  void notice(store::SecurityKind kind, const std::string& origin, const std::string& name,
              std::string_view what);
  Result<Opened> begin(store::UserRow user, const std::string& origin, std::string_view action);
  std::optional<store::UserRow> invited(const Secret& ticket);

  UsersParts parts_;
  Guesses guesses_{parts_.clock};
  KnownPlaces places_;
  bool places_loaded_ = false;
};

}  // namespace pinrelay::admin
