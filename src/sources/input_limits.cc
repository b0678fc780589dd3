#include "sources/input_limits.h"

#include <algorithm>

namespace pinrelay::sources {
namespace {

int64_t day_of(Time time) { return to_millis(time) / (24 * 3'600'000LL); }

}  // namespace

std::unique_ptr<InputLimits> InputLimits::trial() const {
  auto copy = std::make_unique<InputLimits>(values_, clock_);
  const std::lock_guard lock(mutex_);
  std::ranges::copy(kinds_, copy->kinds_);
  copy->uses_ = uses_;
  return copy;
}

void InputLimits::set_known(const Known& known) {
  const auto kind = [](const std::vector<std::string>& names, const std::vector<std::string>& reserved) {
    auto all = std::make_shared<Names>(names.begin(), names.end());
    const size_t total = all->size();
    all->insert(reserved.begin(), reserved.end());
    return Kind{std::move(all), total};
  };
  Kind fields = kind(known.fields, known.reserved_fields);
  Kind audiences = kind(known.audiences, known.reserved_audiences);
  const std::lock_guard lock(mutex_);
  kinds_[static_cast<size_t>(NameKind::kField)] = std::move(fields);
  kinds_[static_cast<size_t>(NameKind::kAudience)] = std::move(audiences);
}

void InputLimits::set_uses(std::map<std::string, SenderUse> uses) {
  const std::lock_guard lock(mutex_);
  uses_ = {std::make_move_iterator(uses.begin()), std::make_move_iterator(uses.end())};
}

std::map<std::string, SenderUse> InputLimits::uses() const {
  const std::lock_guard lock(mutex_);
  return {uses_.begin(), uses_.end()};
}

bool InputLimits::take_changed() {
  const std::lock_guard lock(mutex_);
  return std::exchange(changed_, false);
}

std::shared_ptr<const InputLimits::Names> InputLimits::known(NameKind kind) const {
  const std::lock_guard lock(mutex_);
  return kinds_[static_cast<size_t>(kind)].known;
}

// The mutex is held.
bool InputLimits::may_make(NameKind kind, std::string_view sender) {
  const bool is_field = kind == NameKind::kField;
  const size_t all = is_field ? values_.fields : values_.audiences;
  const size_t total = kinds_[static_cast<size_t>(kind)].total;
  if (sender.empty()) return total < all;
  SenderUse& use = uses_.try_emplace(std::string(sender)).first->second;
  const int64_t day = day_of(clock_.now());
  if (use.day != day) use.day = day, use.today = 0;
  size_t& made = is_field ? use.fields : use.audiences;
  const bool may = total < all && made < all / 2 && use.today < values_.names_a_day;
  changed_ = true;
  if (may)
    ++use.today, ++made;
  else
    ++use.refused;
  return may;
}

bool InputLimits::admit(NameKind kind, std::string_view name, std::string_view sender) {
  const std::lock_guard lock(mutex_);
  Kind& names = kinds_[static_cast<size_t>(kind)];
  if (names.known->contains(name)) return true;
  if (!may_make(kind, sender)) return false;
  auto more = std::make_shared<Names>(*names.known);
  more->emplace(name);
  names.known = std::move(more);
  ++names.total;
  return true;
}

RowNames::RowNames(InputLimits* limits, std::string sender) : limits_(limits), sender_(std::move(sender)) {
  if (limits_ == nullptr) return;
  for (const NameKind kind : {NameKind::kField, NameKind::kAudience})
    known_[static_cast<size_t>(kind)] = limits_->known(kind);
}

bool RowNames::admits(NameKind kind, std::string_view name) {
  if (limits_ == nullptr) return true;
  auto& known = known_[static_cast<size_t>(kind)];
  if (known->contains(name)) return true;
  if (!limits_->admit(kind, name, sender_)) return false;
  known = limits_->known(kind);
  return true;
}

}  // namespace pinrelay::sources
