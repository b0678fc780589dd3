// How much of the bodies that senders are sending is in memory at once, and how much of it each sender may
// have. Without it, a few hundred senders could fill the memory with bodies that each are small enough.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace pinrelay::http {

// Who sends: the key, token or user that has been recognised ("" for a stranger), and the client's address.
struct Sender {
  std::string account, client;
};

// For any thread.
class BodyBudget {
 public:
  // An account, and an address, may have a quarter of it each.
  static constexpr size_t kShares = 4;

  explicit BodyBudget(size_t bytes_max) : bytes_max_(bytes_max) {}
  // False, and nothing is taken, when there is too little left for this sender.
  bool take(const Sender& sender, size_t bytes);
  void give_back(const Sender& sender, size_t bytes);
  size_t used() const;

 private:
  using Shares = std::unordered_map<std::string, size_t>;

  const size_t bytes_max_;
  mutable std::mutex mutex_;  // guards what follows
  size_t used_ = 0;
  Shares accounts_, clients_;  // only those that have something
};

// What one body has taken. It goes with the request, and gives everything back with its last copy.
class BodyLease {
 public:
  BodyLease(std::shared_ptr<BodyBudget> budget, Sender sender)
      : budget_(std::move(budget)), sender_(std::move(sender)) {}
  ~BodyLease() { budget_->give_back(sender_, bytes_); }
  BodyLease(const BodyLease&) = delete;
  BodyLease& operator=(const BodyLease&) = delete;

  // Takes what is missing to `bytes`; false when that is too much.
  bool grow_to(size_t bytes);
  const Sender& sender() const { return sender_; }

 private:
  const std::shared_ptr<BodyBudget> budget_;
  const Sender sender_;
  size_t bytes_ = 0;
};

}  // namespace pinrelay::http
