#include "config/mapping_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/nearest_name.h"

namespace pinrelay::config {
namespace {

constexpr std::array<std::string_view, 5> kKeys{"field", "first_of", "constant", "to", "default"};

class EntryReader {
 public:
  EntryReader(const Node& entry, const std::string& path, Positions& positions, Problems& problems)
      : entry_(entry), path_(path), positions_(positions), problems_(problems) {}

  std::optional<Value> read() {
    for (size_t i = 0; i + 1 < entry_.items.size(); i += 2) read_key(entry_.items[i], entry_.items[i + 1]);
    if (well_) check_form();
    if (!well_) return std::nullopt;
    Value value{.text = text("field"), .target = text("to"), .standard = text("constant") + text("default")};
    if (const Node* fields = find("first_of")) {
      value.text = fields->items.front().text;
      for (size_t i = 1; i < fields->items.size(); ++i) value.others.push_back(fields->items[i].text);
    }
    return value;
  }

 private:
  void wrong(Position at, const std::string& path, std::string_view code, std::string message,
             std::string fix) {
    well_ = false;
    problems_.add(at, path, {ErrorKind::kInvalid, std::string(code), std::move(message), "", std::move(fix)});
  }

  void read_key(const Node& name, const Node& value) {
    if (name.kind == Node::Kind::kRefused || value.kind == Node::Kind::kRefused) {
      well_ = false;  // said already
      return;
    }
    if (std::ranges::find(kKeys, name.text) == kKeys.end()) {
      const std::string_view near = nearest_name(name.text, kKeys);
      return wrong(name.at, path_, "unknown_key", fmt::format("an entry has no key {}", quoted(name.text)),
                   near.empty() ? "Write one entry for each of our fields: `- our_field: pinterest_field`"
                                : fmt::format("Did you mean {}?", near));
    }
    const std::string path = fmt::format("{}.{}", path_, name.text);
    if (!found_.emplace(name.text, &value).second)
      return wrong(name.at, path, "duplicate_key", fmt::format("{} stands here already", name.text),
                   "Keep one of them");
    positions_[path] = name.at;
    if (name.text == "first_of") {
      const bool fields = value.kind == Node::Kind::kList && value.items.size() >= 2 &&
                          value.items.size() <= kFirstOfMax && std::ranges::all_of(value.items, is_text);
      if (!fields)
        wrong(value.at, path, "wrong_type",
              fmt::format("a list of 2 to {} of our fields is expected here", kFirstOfMax),
              "Write `first_of: [total, revenue]`, for example");
    } else if (!is_text(value)) {
      wrong(value.at, path, "wrong_type",
            fmt::format("a single value of up to {} bytes is expected here", kFieldNameBytes),
            "Write one value");
    }
  }

  void check_form() {
    const auto sources = std::ranges::count_if(
        found_, [](const auto& item) { return item.first != "to" && item.first != "default"; });
    if (sources != 1 || find("to") == nullptr)
      return wrong(entry_.at, path_, "wrong_form",
                   "an entry says where a value comes from, and where it goes",
                   "Write `to` and one of `field`, `first_of` and `constant`");
    if (find("constant") != nullptr && find("default") != nullptr)
      wrong(entry_.at, path_, "wrong_form", "a constant is never missing", "Leave `default` out");
  }

  static bool is_text(const Node& node) {
    return node.kind == Node::Kind::kScalar && !node.text.empty() && node.text.size() <= kFieldNameBytes;
  }
  const Node* find(std::string_view key) const {
    const auto found = found_.find(key);
    return found == found_.end() ? nullptr : found->second;
  }
  std::string text(std::string_view key) const {
    const Node* node = find(key);
    return node == nullptr ? "" : node->text;
  }

  const Node& entry_;
  const std::string& path_;
  Positions& positions_;
  Problems& problems_;
  std::map<std::string_view, const Node*> found_;
  bool well_ = true;
};

}  // namespace

std::optional<Value> read_mapping_entry(const Node& entry, const std::string& path, Positions& positions,
                                        Problems& problems) {
  return EntryReader(entry, path, positions, problems).read();
}

}  // namespace pinrelay::config
