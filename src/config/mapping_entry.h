// The longer forms of a mapping entry: {first_of: [total, revenue], to: value, default: 0}.
#pragma once

#include <optional>

#include "config/keys.h"
#include "config/yaml.h"

namespace pinrelay::config {

constexpr size_t kFieldNameBytes = 128;
constexpr size_t kFirstOfMax = 10;

// An entry with more than one key; nothing when something is wrong with it, which `problems` then has. Which
// targets there are, and which of them may have a constant, is not known here (MoreRules).
std::optional<Value> read_mapping_entry(const Node& entry, const std::string& path, Positions& positions,
                                        Problems& problems);

}  // namespace pinrelay::config
