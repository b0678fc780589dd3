// What a write key may send: which types of rows, and whose members it may change. A profile row needs its
// type alone, for a profile belongs to no audience.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/change.h"

namespace pinrelay::sources {

struct RowScope {
  // A bit for each type, which are stored: 1 << (its number - 1).
  static constexpr int64_t kEveryType = 0b1111, kNewKey = 0b0111;  // all but `delete`

  int64_t types = kEveryType;
  std::vector<std::string> audiences = {};  // empty: all

  bool admits(store::ChangeType type) const { return (types & bit_of(type)) != 0; }
  bool admits_audience(std::string_view name) const;
  bool is_unlimited() const { return types == kEveryType && audiences.empty(); }

  static constexpr int64_t bit_of(store::ChangeType type) {
    return int64_t{1} << (static_cast<int64_t>(type) - 1);
  }
};

// As it is stored with a key: no types are all types, audiences stand on a line each.
RowScope stored_scope(int64_t types, std::string_view audiences);
std::string audience_lines(const std::vector<std::string>& audiences);

// "profile,enter"
Result<int64_t> read_row_types(std::string_view text);
std::vector<std::string_view> row_type_names(int64_t types);

}  // namespace pinrelay::sources
