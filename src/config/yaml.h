// YAML text as a plain tree with positions. The only place that knows yaml-cpp. Bounded in size, depth and
// number of values; anchors, aliases and tags are refused, so nothing in a file can expand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"

namespace pinrelay::config {

constexpr size_t kDocumentBytesMax = 1024 * 1024;
constexpr size_t kDepthMax = 16;
constexpr size_t kNodesMax = 100'000;

struct Node {
  // kRefused: a problem was already reported for it, and nothing more is to be said.
  enum class Kind { kEmpty, kScalar, kList, kMap, kRefused };
  Kind kind = Kind::kEmpty;
  Position at;
  std::string text;         // of a scalar, exactly as written
  std::vector<Node> items;  // of a list; of a map: key, value, key, value, …
};

// The tree of the first document; kRefused when the text could not be read at all.
Node parse_yaml(std::string_view text, Problems& problems);

}  // namespace pinrelay::config
