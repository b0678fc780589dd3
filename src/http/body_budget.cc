#include "http/body_budget.h"

#include "base/result.h"

namespace pinrelay::http {
namespace {

size_t share_of(const std::unordered_map<std::string, size_t>& shares, const std::string& who) {
  const auto found = shares.find(who);
  return found == shares.end() ? 0 : found->second;
}

void give(std::unordered_map<std::string, size_t>& shares, const std::string& who, size_t bytes) {
  const auto found = shares.find(who);
  CHECK(found != shares.end() && found->second >= bytes);
  found->second -= bytes;
  if (found->second == 0) shares.erase(found);
}

}  // namespace

bool BodyBudget::take(const Sender& sender, size_t bytes) {
  if (bytes == 0) return true;
  const std::lock_guard lock(mutex_);
  const size_t share = bytes_max_ / kShares;
  const bool account = !sender.account.empty();
  if (bytes > bytes_max_ - used_) return false;
  if (share_of(clients_, sender.client) + bytes > share) return false;
  if (account && share_of(accounts_, sender.account) + bytes > share) return false;
  used_ += bytes;
  clients_[sender.client] += bytes;
  if (account) accounts_[sender.account] += bytes;
  return true;
}

void BodyBudget::give_back(const Sender& sender, size_t bytes) {
  if (bytes == 0) return;
  const std::lock_guard lock(mutex_);
  CHECK(used_ >= bytes);
  used_ -= bytes;
  give(clients_, sender.client, bytes);
  if (!sender.account.empty()) give(accounts_, sender.account, bytes);
}

size_t BodyBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

bool BodyLease::grow_to(size_t bytes) {
  if (bytes <= bytes_) return true;
  if (!budget_->take(sender_, bytes - bytes_)) return false;
  bytes_ = bytes;
  return true;
}

}  // namespace pinrelay::http
