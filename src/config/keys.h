// The one table of configuration keys. Reading, checking, defaults, suggestions and the reference page all
// come from it; a key that is not here does not exist.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config/config.h"

namespace pinrelay::config {

enum class Kind {
  kGroup,     // keys below this one; each has its default when the group is left out
  kOption,    // the same, but without the group none of them applies
  kList,      // items, each a group; the keys of an item are at "path[]"
  kText,      // limits: bytes
  kName,      // [a-z0-9_-]{1,64}
  kId,        // 1 to 18 digits, kept exactly as written
  kCount,     // limits: the number
  kDuration,  // limits: milliseconds
  kFlag,
  kChoice,
  kPath,  // of a file, relative to the configuration
  kUrl,
  kAddress,
  kSecret,    // {file: path} or {credential: name}
  kMapping,   // a list of `our field: Pinterest field`; limits: how many
  kNetworks,  // a list of addresses and networks; limits: how many
};

// A value that was read and is within its limits; which member counts follows from the kind.
struct Value {
  std::string text{};    // kText, kName, kId, kChoice, kPath, kUrl, kAddress; kMapping: our field
  Network network{};     // kNetworks
  std::string target{};  // kMapping: Pinterest's
  std::vector<std::string> others{};  // kMapping: as of MappedField
  std::string standard{};
  int64_t number = 0;  // kCount, kDuration
  bool flag = false;
  SecretFile secret{};
};

struct Key {
  std::string_view path{};
  bool advanced = false;  // forms show it only when asked to
  Kind kind = Kind::kGroup;
  std::string_view standard{};  // what holds without the key, as it would be written; "" = nothing
  int64_t min = 0, max = 0;
  std::string_view choices{};  // separated by spaces; kMapping: the targets there are, "" = not known here
  bool required = false;
  // The value that the item's key `type` must have for this key to exist; "" = any.
  std::string_view only_type{};
  bool blank = false;  // may be written without a value: then it has none, not even its default
  bool made = false;   // kSecret: the program makes the file when it is missing
  std::string_view help{};
  std::string_view when_missing{};  // how to add a required key, where it takes more than a word
  // Puts the value into the configuration; the key of a list item goes to the item added last. A list calls
  // it once before the keys of each item, a list of values once for each.
  void (*store)(Config&, const Value&) = nullptr;

  // The schema path of the group this key stands in, and its last name.
  std::string_view group() const {
    const size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
  }
  std::string_view leaf() const { return group().empty() ? path : path.substr(group().size() + 1); }
};

std::span<const Key> keys();
// "a duration such as 5m", for messages and the reference.
std::string_view describe_kind(Kind kind);

}  // namespace pinrelay::config
