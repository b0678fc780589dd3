// How much new there may be: the one place that decides whether a row may make a field or an audience, and
// how many values an array may have. A value that would pass a limit costs that value; what is there already
// stays, whatever the limits say.
//
// Senders over HTTP have a share of their own, so that one write key cannot use up what all of them need.
// Names that the configuration and jobs use always have room.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"

namespace pinrelay::sources {

struct InputLimitValues {
  size_t fields = 2'000, audiences = 1'000;
  size_t values = 500;              // of one field of a person
  size_t names_a_day = 200;         // that one sender may make
  size_t person_bytes = 64 * 1024;  // enforced by the store, which knows the person
};

enum class NameKind : uint8_t { kField, kAudience };

// What senders have made and lost, as it is kept.
struct SenderUse {
  int64_t day = 0;  // since 1970; of `today`
  size_t today = 0;
  size_t fields = 0, audiences = 0;  // made in all
  uint64_t refused = 0;              // names that were too many
};

// Thread-safe.
class InputLimits {
 public:
  InputLimits(const InputLimitValues& values, const Clock& clock) : values_(values), clock_(clock) {}
  // A copy to try things with, where nothing lasts.
  std::unique_ptr<InputLimits> trial() const;

  // In place of what was known before: the names that the store has, and those that always have room.
  struct Known {
    std::vector<std::string> fields = {}, audiences = {}, reserved_fields = {}, reserved_audiences = {};
  };
  void set_known(const Known& known);
  void set_uses(std::map<std::string, SenderUse> uses);
  std::map<std::string, SenderUse> uses() const;
  // True once after each change of uses().
  bool take_changed();

  // True when the name is known, or may be made and from now on counts as known. `sender`: the write key's
  // name;
  // "": a person at the machine, for whom only the totals count.
  bool admit(NameKind kind, std::string_view name, std::string_view sender);
  const InputLimitValues& values() const { return values_; }

 private:
  struct Hasher {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Names = std::unordered_set<std::string, Hasher, std::equal_to<>>;
  // Names of a kind. What `known` points to never changes: whoever holds it reads it without the mutex.
  struct Kind {
    std::shared_ptr<const Names> known = std::make_shared<Names>();
    size_t total = 0;  // of the store, and made since
  };
  std::shared_ptr<const Names> known(NameKind kind) const;
  bool may_make(NameKind kind, std::string_view sender);

  const InputLimitValues values_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  Kind kinds_[2];
  std::map<std::string, SenderUse, std::less<>> uses_;
  bool changed_ = false;

  friend class RowNames;
};

// One reader's look at the limits: names that were known when it was made cost no lock.
class RowNames {
 public:
  // Without limits everything is admitted.
  explicit RowNames(InputLimits* limits = nullptr, std::string sender = {});
  bool admits(NameKind kind, std::string_view name);
  size_t values_max() const { return limits_ == nullptr ? SIZE_MAX : limits_->values().values; }

 private:
  InputLimits* limits_;
  std::string sender_;
  std::shared_ptr<const InputLimits::Names> known_[2];
};

}  // namespace pinrelay::sources
