// The credentials behind authorizations: tokens in files that the configuration names, and those that the
// store keeps sealed. Stored ones are looked after: a sign-in is renewed before it ends or when Pinterest
// refuses it, and each is asked about once a day. All of it on the engine's thread.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <map>

#include "config/config.h"
#include "credentials/vault.h"
#include "exports/engine.h"
#include "pinterest/oauth.h"

namespace pinrelay::credentials {

// Something to ask Pinterest, and what its answer leads to: perhaps the next question.
struct Question {
  http::Request request;
  std::function<std::optional<Question>(const http::Response&)> answer;
};

// Health of stored credentials, in AuthorizationRow::health.
struct Health {
  std::string_view code, meaning, fix;
};
inline constexpr Health kHealth[] = {
    {"", "healthy", ""},
    {"sign_in_again", "Pinterest refuses to renew the sign-in", "sign in again: pinrelay auth login"},
    {"token_refused", "Pinterest refuses the token: it is wrong, expired or revoked",
     "give a new one: pinrelay auth login, or pinrelay auth add"},
    {"not_permitted", "the token is right, and has no right on the ad account",
     "give the token's user a role on it"},
    {"secret_unreadable", "the stored secret cannot be opened",
     "put the master key back, or sign in again, or give the token again"},
};
const Health& health_of(std::string_view code);

struct Stored {
  store::AuthorizationRow row;
  Secret access, refresh;
  bool asked = false;     // a question about it is under way
  Time not_before{};      // of the next question
  unsigned failures = 0;  // of renewing, in a row
  // A renewal that could not be made durable; until it is, nothing uses it.
  std::optional<pinterest::Grant> unsaved;
};

// Where the signing secret of a webhook lies.
inline Place place_of(const store::WebhookRow& row) { return {"webhook", row.number, "secret", row.version}; }

// When what lasts so long from now on ends; zero: nobody knows.
inline Time end_of(Millis lasts, Time now) { return lasts == Millis{0} ? Time{} : now + lasts; }

// What a new authorization, or new credentials of one, come with.
struct NewCredentials {
  std::string name, label, description;
  config::Method method = config::Method::kConversionToken;
  std::string ad_account, connected_as, created_by;
  pinterest::Grant grant;
};

// Where the master key lies; "" where a credential was named and this process was given none.
std::string key_file_of(const config::Config& config);

class Credentials final : public exports::TokenSource {
 public:
  Credentials(const config::Config& config, const Clock& clock);

  // After the engine has been made, before it loads. A secret that cannot be opened makes its authorization
  // unhealthy; the others work.
  Result<void> load(exports::Engine& engine);
  std::optional<std::string> token(std::string_view authorization) override;

  const std::map<std::string, Stored, std::less<>>& stored() const { return stored_; }
  config::Tier tier(std::string_view authorization) const;
  bool in_file(std::string_view authorization) const;

  // Each durable when it returns. `put` replaces the credentials of a stored one, which keeps its number.
  Result<void> put(NewCredentials made);
  // Whether `put` could take such a one.
  Result<void> check_new(std::string_view name, config::Method method);
  Result<void> edit(std::string_view name, std::optional<std::string> label,
                    std::optional<std::string> description);
  Result<void> remove(std::string_view name);
  // Seals every secret by a new master key; how many they were. The old key is kept, sealed, for so long, for
  // backups that were made under it.
  Result<size_t> rotate(Millis keep);

  // What is to be asked of Pinterest now: at most one question an authorization.
  std::vector<Question> due();

  // The app that people sign in with.
  Result<pinterest::App> app() const;
  Vault& vault() { return vault_; }
  // Before something is sealed by it; within a transaction.
  Result<void> vault_ready();
  // What a backup is sealed with: derived from the master key, which is made where there is none yet.
  Result<KeyPointer> backup_key();

 private:
  struct CachedFile {
    struct stat file {};  // as it was when it was read
    std::optional<std::string> token;
  };
  std::optional<std::string> file_token(const config::Authorization& authorization);
  bool refused(const Stored& stored) const;
  bool perhaps_elsewhere(const Stored& stored) const;
  std::optional<Question> next_question(Stored& stored);
  std::optional<Question> renew(Stored& stored);
  Question check(Stored& stored);
  void renewed(Stored& stored, const http::Response& response);
  void checked(Stored& stored, const http::Response& response);
  void save_renewal(Stored& stored);
  void set_health(Stored& stored, std::string_view code);
  void trouble(Stored& stored);
  Result<void> seal(store::AuthorizationRow& row, const Secret& access, const Secret& refresh);
  Result<void> write(const store::AuthorizationRow& row);
  Result<std::vector<store::WebhookRow>> webhooks();
  Result<size_t> seal_anew(Millis keep);
  void forget_kept_keys();
  Stored* still(const std::string& name, int64_t version);
  Result<Stored*> find(std::string_view name);

  const config::Config& config_;
  const Clock& clock_;
  exports::Engine* engine_ = nullptr;
  Vault vault_;
  std::map<std::string, CachedFile, std::less<>> files_;
  std::map<std::string, Stored, std::less<>> stored_;
  Time next_look_at_kept_keys_{};
};

}  // namespace pinrelay::credentials
