#include "cli/field_numbers.h"

#include <algorithm>

namespace pinrelay::cli {
namespace {

// A catalog of so many fields would not fit into memory.
constexpr store::FieldNumber kFirstUnseen = 1U << 31;

}  // namespace

std::optional<store::FieldNumber> FieldNumbers::find(const std::string& name) const {
  store::FieldNumber number = 0;
  if (catalog_.find_field(name, number)) return number;
  const auto unseen = std::ranges::find(unseen_, name);
  if (unseen == unseen_.end()) return std::nullopt;
  return kFirstUnseen + static_cast<store::FieldNumber>(unseen - unseen_.begin());
}

store::FieldNumber FieldNumbers::number(const std::string& name) {
  if (const auto known = find(name)) return *known;
  unseen_.push_back(name);
  return *find(name);
}

const std::string& FieldNumbers::name(store::FieldNumber number) const {
  return number < kFirstUnseen ? catalog_.fields()[number].name : unseen_.at(number - kFirstUnseen);
}

}  // namespace pinrelay::cli
