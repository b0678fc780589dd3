// What is taken away for good, and what a restore has suspended.
#include <filesystem>

#include "base/folder_mode.h"
#include "base/log.h"
#include "store/folder.h"
#include "store/store.h"

namespace pinrelay::store {
namespace {

Afterward entry_of(const Afterwards& file, AfterwardKind kind, ByteView identity, Role role = Role::kNobody) {
  return {kind, file.keys().row(kind, identity), 0, role};
}

}  // namespace

Result<void> Store::open_afterwards() {
  const std::string& named = afterwards_options_.file;
  const std::string path = named.empty() ? options_.directory + ".afterwards" : named;
  TRY(refuse_open_folder(std::filesystem::absolute(path).parent_path(), true,
                         "the file of erasures and revocations"));
  const AfterwardKeys keys(profiles.secret());
  const int64_t known = number("afterwards_id");
  afterwards_ = TRY(Afterwards::open(path, keys, known, options_.durable));
  close_to_others(path);
  if (afterwards_->id() != known) {
    if (known != 0)
      log(LogLevel::kWarning, "store",
          "the file of erasures and revocations is missing and begins anew: backups made before are restored "
          "only with --without-afterwards",
          {{"path", path}});
    begin();
    set_number("afterwards_id", afterwards_->id());
    TRY(commit());
  }
  if (afterwards_options_.clock == nullptr) system_clock_ = make_system_clock();
  const Clock& clock = system_clock_ ? *system_clock_ : *afterwards_options_.clock;
  inbox_->before_commit([this, &clock](const std::vector<ByteView>& batch) -> Result<void> {
    std::vector<Afterward> erased;
    for (const ByteView changes : batch) afterwards_->keys().erasures_in(changes, erased);
    if (erased.empty()) return {};
    return afterwards_->note(std::move(erased), clock.now());
  });
  return {};
}

Result<void> Store::write_notes() {
  if (to_note_.empty() || db_->failure()) return {};
  const Clock& clock = system_clock_ ? *system_clock_ : *afterwards_options_.clock;
  return afterwards_->note(std::exchange(to_note_, {}), clock.now());
}

void Store::revoke_token(const ApiTokenRow& token) {
  to_note_.push_back(entry_of(*afterwards_, AfterwardKind::kTokenEnded, token.hash));
  api_tokens.erase(token.number);
}

void Store::lower_token(ApiTokenRow token, Role role) {
  to_note_.push_back(entry_of(*afterwards_, AfterwardKind::kTokenLowered, token.hash, role));
  token.role = role;
  api_tokens.put(std::move(token));
}

void Store::revoke_write_key(const ApiTokenRow& key) {
  to_note_.push_back(entry_of(*afterwards_, AfterwardKind::kWriteKeyEnded, key.hash));
  write_keys.erase(key.number);
}

void Store::remove_user(const UserRow& user) {
  const Bytes identity = AfterwardKeys::user_identity(user.number);
  to_note_.push_back(entry_of(*afterwards_, AfterwardKind::kUserEnded, identity));
  users.erase(user.number);
}

void Store::note_lowered(const UserRow& user, Role role) {
  const Bytes identity = AfterwardKeys::user_identity(user.number);
  to_note_.push_back(entry_of(*afterwards_, AfterwardKind::kUserLowered, identity, role));
}

void Store::note_password_ended(const UserRow& user) {
  const Bytes identity = AfterwardKeys::user_identity(user.number);
  to_note_.push_back(entry_of(*afterwards_, AfterwardKind::kPasswordEnded, identity));
}

Suspended Store::suspended() {
  return {number("suspended_tokens"), number("suspended_write_keys"), number("suspended_users")};
}

void Store::confirm_restored() {
  for (const char* name : {"suspended_tokens", "suspended_write_keys", "suspended_users"})
    set_number(name, 0);
}

}  // namespace pinrelay::store
