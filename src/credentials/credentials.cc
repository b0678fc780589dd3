#include "credentials/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace pinrelay::credentials {
namespace {

constexpr const char* kTable = "authorization";
constexpr Millis kKeptKeysLookedAtEvery{3'600'000};

bool same_time(const std::timespec& a, const std::timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// Also one that another was moved over, with whatever times.
bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && same_time(a.st_mtim, b.st_mtim) &&
         same_time(a.st_ctim, b.st_ctim);
}

std::string joined(const std::set<std::string, std::less<>>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

std::string key_file_of(const config::Config& config) {
  if (!config.master_key.credential.empty() || !config.master_key.path.empty()) return config.master_key.path;
  std::string store = config.store;
  while (store.ends_with('/')) store.pop_back();
  return store + ".key";
}

const Health& health_of(std::string_view code) {
  const auto found = std::ranges::find(kHealth, code, &Health::code);
  return found != std::end(kHealth) ? *found : kHealth[0];
}

Credentials::Credentials(const config::Config& config, const Clock& clock)
    : config_(config), clock_(clock), vault_(key_file_of(config)) {}

Result<void> Credentials::load(exports::Engine& engine) {
  engine_ = &engine;
  stored_.clear();
  store::Store& store = engine.core().store;
  store.begin();
  std::vector<store::AuthorizationRow> rows = store.authorizations.all();
  const std::vector<store::WebhookRow> webhooks = store.alerts.webhooks.all();
  TRY(store.commit());
  // A rotation was interrupted, or a backup from before one was restored.
  bool unfinished = false;
  const auto is_old = [&](const Bytes& sealed) { return !vault_.sealed_by_first(sealed); };
  for (store::AuthorizationRow& row : rows) {
    Stored stored;
    const auto access = vault_.open({kTable, row.number, "access", row.version}, row.access);
    const auto refresh = vault_.open({kTable, row.number, "refresh", row.version}, row.refresh);
    if (access.ok() && refresh.ok()) {
      stored.access = *access, stored.refresh = *refresh;
      unfinished |= vault_.keys().value() > 1 || is_old(row.access) || is_old(row.refresh);
    }
    row.health = access.ok() && refresh.ok() ? (row.health == "secret_unreadable" ? "" : row.health)
                                             : "secret_unreadable";
    engine.add_authorization(row.name, tier(row.name));
    stored.row = std::move(row);
    stored_.emplace(stored.row.name, std::move(stored));
  }
  for (const store::WebhookRow& row : webhooks)
    if (vault_.open(place_of(row), row.secret)) unfinished |= vault_.keys().value() > 1 || is_old(row.secret);
  if (unfinished) TRY(seal_anew(config_.backup_age_max));
  return {};
}

config::Tier Credentials::tier(std::string_view authorization) const {
  for (const config::Authorization& known : config_.authorizations)
    if (known.name == authorization) return known.tier;
  return config_.pinterest_app_tier;
}

bool Credentials::in_file(std::string_view authorization) const {
  return std::ranges::any_of(config_.authorizations, [&](const config::Authorization& known) {
    return known.name == authorization && !known.in_store();
  });
}

std::optional<std::string> Credentials::token(std::string_view name) {
  for (const config::Authorization& authorization : config_.authorizations)
    if (authorization.name == name && !authorization.in_store()) return file_token(authorization);
  const auto stored = stored_.find(name);
  if (stored == stored_.end() || stored->second.access.empty()) return std::nullopt;
  return stored->second.access.reveal();
}

std::optional<std::string> Credentials::file_token(const config::Authorization& authorization) {
  struct stat file {};
  if (::stat(authorization.token.path.c_str(), &file) != 0) return std::nullopt;
  CachedFile& cached = files_[authorization.name];
  // What could not be read is tried again: making it readable changes no time of its content.
  if (!cached.token || !same_file(cached.file, file)) {
    const auto secret = config::read_secret(authorization.token);
    cached = {file, secret.ok() ? std::optional(secret.value()) : std::nullopt};
  }
  return cached.token;
}

Result<pinterest::App> Credentials::app() const {
  const auto missing = [](std::string what) {
    return Error{ErrorKind::kConflict, "no_app", std::move(what), "pinterest",
                 "register an app at developers.pinterest.com, then add pinterest.app_id and "
                 "pinterest.app_secret to the configuration and restart"};
  };
  if (config_.pinterest_app_id.empty()) return missing("there is no Pinterest app to sign in with");
  const config::SecretFile& secret = config_.pinterest_app_secret;
  if (secret.path.empty() && secret.credential.empty()) return missing("the app's secret is missing");
  return pinterest::App{config_.pinterest_app_id, Secret(TRY(config::read_secret(secret)))};
}

Result<void> Credentials::seal(store::AuthorizationRow& row, const Secret& access, const Secret& refresh) {
  ++row.version;
  row.access = TRY(vault_.seal({kTable, row.number, "access", row.version}, access));
  row.refresh = TRY(vault_.seal({kTable, row.number, "refresh", row.version}, refresh));
  return {};
}

Result<void> Credentials::write(const store::AuthorizationRow& row) {
  return engine_->transact([&]() -> Result<void> {
    engine_->core().store.authorizations.put(row);
    return {};
  });
}

Result<Stored*> Credentials::find(std::string_view name) {
  const auto found = stored_.find(name);
  if (found != stored_.end()) return &found->second;
  if (in_file(name))
    return Error{ErrorKind::kConflict, "managed_by_file",
                 fmt::format("the token of '{}' is in a file that the configuration names", name), "",
                 "change that file"};
  return Error{ErrorKind::kNotFound, "no_authorization", fmt::format("no authorization '{}' is stored", name),
               "", "see 'pinrelay auth list'"};
}

Result<void> Credentials::check_new(std::string_view name, config::Method method) {
  if (in_file(name)) TRY(find(name));
  for (const config::Authorization& known : config_.authorizations)
    if (known.name == name && known.method != method)
      return Error{ErrorKind::kConflict, "wrong_method",
                   fmt::format("the configuration says another method for '{}'", name), "",
                   "correct its method, or choose another name"};
  const auto found = stored_.find(name);
  if (found != stored_.end() && found->second.row.method != static_cast<uint8_t>(method))
    return Error{ErrorKind::kConflict, "wrong_method",
                 fmt::format("'{}' is an authorization of the other method", name), "",
                 "choose another name, or remove that one first"};
  return {};
}

Result<void> Credentials::put(NewCredentials made) {
  TRY(check_new(made.name, made.method));
  const auto found = stored_.find(made.name);
  const bool known = found != stored_.end();
  const Time now = clock_.now();
  store::AuthorizationRow row = known ? found->second.row : store::AuthorizationRow{};
  if (!known) {
    row.name = made.name;
    row.created_at = now;
    row.created_by = made.created_by;
  }
  if (!known || !made.label.empty()) row.label = made.label.empty() ? made.name : made.label;
  if (!known || !made.description.empty()) row.description = made.description;
  row.method = static_cast<uint8_t>(made.method);
  row.ad_account = made.ad_account;
  row.connected_as = made.connected_as;
  row.scopes = joined(made.grant.scopes);
  row.health.clear();
  row.checked_at = now;
  row.expires_at = end_of(made.grant.expires_in, now);
  row.refresh_expires_at = end_of(made.grant.refresh_expires_in, now);
  TRY(engine_->transact([&]() -> Result<void> {
    store::Store& store = engine_->core().store;
    TRY(vault_ready());
    if (!known) row.number = store.next_number("authorizations");
    TRY(seal(row, made.grant.access, made.grant.refresh));
    store.authorizations.put(row);
    return {};
  }));
  engine_->add_authorization(row.name, tier(row.name));
  Stored& stored = stored_[row.name];
  stored = Stored{};
  stored.row = std::move(row);
  stored.access = std::move(made.grant.access);
  stored.refresh = std::move(made.grant.refresh);
  return {};
}

Result<void> Credentials::edit(std::string_view name, std::optional<std::string> label,
                               std::optional<std::string> description) {
  Stored* stored = TRY(find(name));
  store::AuthorizationRow row = stored->row;
  if (label) row.label = *label;
  if (description) row.description = *description;
  TRY(write(row));
  stored->row = std::move(row);
  return {};
}

Result<void> Credentials::remove(std::string_view name) {
  const Stored* stored = TRY(find(name));
  std::string used_by;
  for (const auto& [number, job] : engine_->core().jobs)
    if (job.settings.authorization == name) used_by += (used_by.empty() ? "" : ", ") + job.row.name;
  if (!used_by.empty())
    return Error{ErrorKind::kConflict, "authorization_used",
                 fmt::format("'{}' is used by jobs: {}", name, used_by), "",
                 "delete them, or give them another authorization first"};
  TRY(engine_->transact([&]() -> Result<void> {
    engine_->core().store.authorizations.erase(stored->row.number);
    return {};
  }));
  stored_.erase(stored_.find(name));
  return {};
}

Result<void> Credentials::vault_ready() {
  return vault_.ready(!stored_.empty() || !engine_->core().store.alerts.webhooks.all().empty());
}

void Credentials::forget_kept_keys() {
  if (exports::waits(next_look_at_kept_keys_, clock_.now())) return;
  next_look_at_kept_keys_ = clock_.now() + kKeptKeysLookedAtEvery;
  const auto forgotten = vault_.forget_kept(clock_.now());
  if (!forgotten && forgotten.error().code != "no_master_key")
    log(LogLevel::kWarning, "credentials", "earlier master keys whose time is over are still kept",
        {{"reason", forgotten.error().text()}});
}

Result<KeyPointer> Credentials::backup_key() {
  TRY(engine_->transact([&]() -> Result<void> { return vault_ready(); }));
  return vault_.backup_key();
}

Result<std::vector<store::WebhookRow>> Credentials::webhooks() {
  std::vector<store::WebhookRow> rows;
  TRY(engine_->transact([&]() -> Result<void> {
    rows = engine_->core().store.alerts.webhooks.all();
    return {};
  }));
  return rows;
}

Result<size_t> Credentials::rotate(Millis keep) {
  for (const auto& [name, stored] : stored_)
    if (stored.row.health == "secret_unreadable")
      return Error{ErrorKind::kConflict, "secret_unreadable",
                   fmt::format("the secret of '{}' cannot be opened", name), "",
                   "put its master key back, or sign in again, or remove it first"};
  TRY(engine_->transact([&]() -> Result<void> { return vault_ready(); }));
  if (TRY(vault_.keys()) == 1) TRY(vault_.add_key());
  return seal_anew(keep);
}

// A kill between the steps leaves a key file that opens everything; load() then goes on here.
Result<size_t> Credentials::seal_anew(Millis keep) {
  std::vector<store::WebhookRow> webhooks = TRY(this->webhooks());
  std::vector<store::AuthorizationRow> rows;
  // What no key here opens stays as it is.
  std::erase_if(webhooks,
                [&](const store::WebhookRow& row) { return !vault_.open(place_of(row), row.secret); });
  for (const auto& [name, stored] : stored_) {
    if (stored.row.health == "secret_unreadable") continue;
    store::AuthorizationRow row = stored.row;
    row.access = TRY(vault_.rewrap({kTable, row.number, "access", row.version}, row.access));
    row.refresh = TRY(vault_.rewrap({kTable, row.number, "refresh", row.version}, row.refresh));
    rows.push_back(std::move(row));
  }
  for (store::WebhookRow& row : webhooks) row.secret = TRY(vault_.rewrap(place_of(row), row.secret));
  TRY(engine_->transact([&]() -> Result<void> {
    for (const store::AuthorizationRow& row : rows) engine_->core().store.authorizations.put(row);
    for (const store::WebhookRow& row : webhooks) engine_->core().store.alerts.webhooks.put(row);
    return {};
  }));
  for (store::AuthorizationRow& row : rows) stored_.find(row.name)->second.row = std::move(row);
  TRY(vault_.drop_old_keys(clock_.now() + keep, clock_.now()));
  return rows.size() + webhooks.size();
}

}  // namespace pinrelay::credentials
