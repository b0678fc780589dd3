// From text to a checked Config: walks the YAML tree along the key table.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "base/nearest_name.h"
#include "config/checks.h"
#include "config/job_text.h"
#include "config/keys.h"
#include "config/mapping_entry.h"
#include "config/values.h"
#include "config/yaml.h"

namespace pinrelay::config {
namespace {

Error wrong(std::string_view code, std::string message, std::string fix) {
  return Error{ErrorKind::kInvalid, std::string(code), std::move(message), "", std::move(fix)};
}

std::string_view describe_node(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a group of keys";
    default:
      return "a single value";
  }
}

std::string join(std::string_view path, std::string_view leaf) {
  return path.empty() ? std::string(leaf) : fmt::format("{}.{}", path, leaf);
}

bool is_credential_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                  c == '-' || c == '.';
         });
}

// Two spellings of a place go down together: the path in the key table (jobs[].list.id) and the one people
// are shown (jobs[0].list.id).
class Loader {
 public:
  Loader(Loaded& out, Problems& problems, const std::string& directory)
      : config_(out.config), secrets_(out.secrets), problems_(problems), directory_(directory) {}

  const Positions& positions() const { return positions_; }

  // Reads the keys below `group`; those that `map` (may be null) does not have get their defaults.
  void read_group(std::string_view group, const std::string& shown, Position at, const Node* map) {
    std::set<std::string_view> seen;
    for (size_t i = 0; map != nullptr && i + 1 < map->items.size(); i += 2)
      read_entry(group, shown, map->items[i], map->items[i + 1], seen);
    for (const Key& key : keys())
      if (belongs(key, group) && !seen.contains(key.leaf())) read_absent(key, join(shown, key.leaf()), at);
  }

 private:
  // Whether the key exists in this group of the item that is being read.
  bool belongs(const Key& key, std::string_view group) const {
    return key.group() == group && (key.only_type.empty() || key.only_type == type_);
  }

  void read_entry(std::string_view group, const std::string& shown, const Node& name, const Node& value,
                  std::set<std::string_view>& seen) {
    if (name.kind == Node::Kind::kRefused) return;
    if (name.kind != Node::Kind::kScalar)
      return problems_.add(name.at, shown,
                           wrong("yaml_key", "a key must be plain text", "Write `key: value`"));
    const auto key = std::find_if(keys().begin(), keys().end(),
                                  [&](const Key& k) { return belongs(k, group) && k.leaf() == name.text; });
    if (key == keys().end()) return add_unknown(group, shown, name);
    const std::string path = join(shown, key->leaf());
    if (!seen.insert(key->leaf()).second)
      return problems_.add(
          name.at, path,
          wrong("duplicate_key",
                fmt::format("{} stands here already, in line {}", key->leaf(), positions_[path].line),
                "Keep one of them"));
    positions_[path] = name.at;
    read_key(*key, path, name.at, value);
  }

  // `at` is where the key stands; a value has its own place.
  void read_key(const Key& key, const std::string& path, Position at, const Node& value) {
    using enum Node::Kind;
    if (value.kind == kRefused) return;
    if (key.blank && (value.kind == kEmpty || (value.kind == kScalar && value.text.empty())))
      return key.store(config_, {});
    if (value.kind == kEmpty)
      return problems_.add(at, path,
                           wrong("empty_value", "the key has no value", "Write one or remove the key"));
    if (key.kind == Kind::kSecret) return read_secret_source(key, path, value);
    const bool group = key.kind == Kind::kGroup || key.kind == Kind::kOption;
    const bool list = key.kind == Kind::kList || key.kind == Kind::kMapping || key.kind == Kind::kNetworks;
    if (key.kind == Kind::kMapping && !key.choices.empty() && value.kind == kMap)
      return read_old_mapping(key, path, at, value);
    if (value.kind != (group ? kMap : (list ? kList : kScalar))) return add_wrong_type(key, path, value);
    if (key.kind == Kind::kMapping) return read_mapping(key, path, value);
    if (key.kind == Kind::kNetworks) return read_networks(key, path, value);
    if (key.kind == Kind::kList) return read_list(key, path, value);
    if (!group) return read_scalar(key, path, value.at, value.text);
    if (key.store != nullptr) key.store(config_, {});
    read_group(key.path, path, value.at, &value);
  }

  void read_absent(const Key& key, const std::string& path, Position at) {
    if (key.required) {
      const std::string fix =
          key.when_missing.empty() ? fmt::format("Add `{}: …`", key.leaf()) : std::string(key.when_missing);
      return problems_.add(at, path, wrong("missing_key", fmt::format("{} is missing", key.leaf()), fix));
    }
    if (key.kind == Kind::kGroup) return read_group(key.path, path, at, nullptr);
    if (!key.standard.empty()) read_scalar(key, path, at, key.standard);
  }

  void read_scalar(const Key& key, const std::string& path, Position at, std::string_view text) {
    auto value = read_value(key, text, directory_);
    if (!value.ok()) return problems_.add(at, path, value.error());
    key.store(config_, *value);
  }

  bool fits(const Key& key, const std::string& path, const Node& list) {
    if (static_cast<int64_t>(list.items.size()) <= key.max) return true;
    problems_.add(list.at, path,
                  wrong("out_of_range", fmt::format("{} items, more than {}", list.items.size(), key.max),
                        "Split the configuration"));
    return false;
  }

  void read_mapping(const Key& key, const std::string& path, const Node& list) {
    if (!fits(key, path, list)) return;
    std::set<std::string> seen;
    for (size_t i = 0; i < list.items.size(); ++i) {
      const auto entry = read_mapping_item(key, list.items[i], fmt::format("{}[{}]", path, i), seen);
      // MoreRules find the places of entries by their numbers, so what could not be read keeps its place.
      if (entry || key.choices.empty()) key.store(config_, entry.value_or(Value{}));
    }
  }

  std::optional<Value> read_mapping_item(const Key& key, const Node& item, const std::string& path,
                                         std::set<std::string>& seen) {
    if (item.kind == Node::Kind::kRefused) return std::nullopt;
    positions_[path] = item.at;
    if (key.choices.empty() && item.kind == Node::Kind::kMap && item.items.size() > 2)
      return read_mapping_entry(item, path, positions_, problems_);
    const bool pair = item.kind == Node::Kind::kMap && item.items.size() == 2 &&
                      item.items[0].kind == Node::Kind::kScalar &&
                      item.items[1].kind == Node::Kind::kScalar && !item.items[0].text.empty() &&
                      !item.items[1].text.empty();
    if (!pair || item.items[0].text.size() > kFieldNameBytes) {
      problems_.add(
          item.at, path,
          wrong("wrong_type", "an item must be one of our fields and the Pinterest field it goes to",
                key.choices.empty() ? "Write `- our_field: pinterest_field`"
                                    : "Write `- our_field: email`, for example"));
      return std::nullopt;
    }
    const MappedField mapped{item.items[0].text, item.items[1].text};
    if (!check_target(key, mapped, item.items[1].at, path, seen)) return std::nullopt;
    return Value{.text = mapped.field, .target = mapped.target};
  }

  // Where the targets are not known here, whoever knows them checks them (MoreRules).
  bool check_target(const Key& key, const MappedField& mapped, Position at, const std::string& path,
                    std::set<std::string>& seen) {
    if (key.choices.empty()) return true;
    const auto choices = split_choices(key.choices);
    const auto is_target = [&](std::string_view text) {
      return std::find(choices.begin(), choices.end(), text) != choices.end();
    };
    if (!is_target(mapped.target)) {
      std::string fix = "Write `our_field: email`, for example";
      if (const std::string_view near = nearest_name(mapped.target, choices); !near.empty())
        fix = fmt::format("Did you mean {}?", near);
      if (is_target(mapped.field))
        fix = fmt::format("Our field comes first: `{}`", one_line({mapped.target, mapped.field}));
      if (is_target(mapped.field) && mapped.field == nearest_name(mapped.target, choices))
        fix += fmt::format(", or did you mean {}?", mapped.field);
      problems_.add(
          at, path,
          wrong("bad_choice",
                fmt::format("{} is not one of {}", quoted(mapped.target), fmt::join(choices, ", ")), fix));
      return false;
    }
    if (seen.insert(mapped.target).second) return true;
    problems_.add(
        at, path,
        wrong("duplicate_target", fmt::format("{} is mapped twice", mapped.target), "Keep one of them"));
    return false;
  }

  static std::string one_line(const MappedField& mapped) {
    const std::string list = mapping_text({mapped});
    return list.substr(1, list.size() - 2);
  }

  // As it was written once: a group whose keys are the targets, in the other direction.
  void read_old_mapping(const Key& key, const std::string& path, Position at, const Node& map) {
    const auto choices = split_choices(key.choices);
    std::vector<MappedField> mapped;
    std::set<std::string> seen;
    for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
      const Node &name = map.items[i], &value = map.items[i + 1];
      const std::string item_path = join(path, name.text);
      if (name.kind == Node::Kind::kRefused || value.kind == Node::Kind::kRefused) return;
      if (std::find(choices.begin(), choices.end(), name.text) == choices.end())
        return problems_.add(name.at, path,
                             wrong("unknown_key", fmt::format("there is no key {} here", quoted(name.text)),
                                   propose_target(name.text, value.text, choices)));
      if (!seen.insert(name.text).second)
        return problems_.add(
            name.at, item_path,
            wrong("duplicate_key", fmt::format("{} stands here already", name.text), "Keep one of them"));
      if (value.kind == Node::Kind::kEmpty || (value.kind == Node::Kind::kScalar && value.text.empty()))
        return problems_.add(name.at, item_path,
                             wrong("empty_value", "the key has no value", "Write one or remove the key"));
      if (value.kind != Node::Kind::kScalar || value.text.size() > kFieldNameBytes)
        return problems_.add(value.at, item_path,
                             wrong("wrong_type", "the name of one of our fields is expected here",
                                   "Write `- our_field: email`, for example"));
      mapped.push_back({value.text, name.text});
    }
    for (const MappedField& each : mapped) key.store(config_, {.text = each.field, .target = each.target});
    if (mapped.empty()) return;
    config_.warnings.push_back({at.line, at.column, path, "old_identifiers",
                                "the identifiers are written in the old form, which is still read",
                                fmt::format("Write `{}: {}`", key.leaf(), mapping_text(mapped))});
  }

  static std::string propose_target(std::string_view name, std::string_view value,
                                    const std::vector<std::string_view>& choices) {
    if (std::find(choices.begin(), choices.end(), value) != choices.end())
      return fmt::format("Write a list: `{}`", mapping_text({{std::string(name), std::string(value)}}));
    if (const std::string_view near = nearest_name(name, choices); !near.empty())
      return fmt::format("Did you mean {}?", near);
    return fmt::format("Known here: {}", fmt::join(choices, ", "));
  }

  void read_networks(const Key& key, const std::string& path, const Node& list) {
    if (!fits(key, path, list)) return;
    for (size_t i = 0; i < list.items.size(); ++i) {
      const Node& item = list.items[i];
      const std::string item_path = fmt::format("{}[{}]", path, i);
      if (item.kind == Node::Kind::kRefused) continue;
      // What is no text is no network either.
      const auto network = read_network(item.kind == Node::Kind::kScalar ? item.text : "");
      if (!network.ok()) {
        problems_.add(item.at, item_path, network.error());
        continue;
      }
      key.store(config_, {.network = *network});
    }
  }

  // The item's own word, before its keys are read: which of them there are depends on it. Where it says
  // nothing that we know, the first of its choices.
  static std::string_view type_of(std::string_view list, const Node& item) {
    const auto key = std::find_if(keys().begin(), keys().end(), [&](const Key& k) {
      return k.leaf() == "type" && k.group().starts_with(list) && k.group().size() == list.size() + 2;
    });
    if (key == keys().end()) return {};
    const std::string choices = fmt::format(" {} ", key->choices);
    for (size_t i = 0; i + 1 < item.items.size(); i += 2)
      if (item.items[i].text == "type" &&
          choices.find(fmt::format(" {} ", item.items[i + 1].text)) != std::string::npos)
        return item.items[i + 1].text;
    return key->choices.substr(0, key->choices.find(' '));
  }

  void read_list(const Key& key, const std::string& path, const Node& list) {
    if (!fits(key, path, list)) return;
    for (size_t i = 0; i < list.items.size(); ++i) {
      const Node& item = list.items[i];
      const std::string item_path = fmt::format("{}[{}]", path, i);
      key.store(config_, {});  // also for a broken item, so that what follows keeps its number
      if (item.kind == Node::Kind::kRefused) continue;
      if (item.kind != Node::Kind::kMap) {
        problems_.add(item.at, item_path,
                      wrong("wrong_type", "an item must be a group of keys", "Write `- name: …`"));
        continue;
      }
      positions_[item_path] = item.at;
      type_ = type_of(key.path, item);
      read_group(fmt::format("{}[]", key.path), item_path, item.at, &item);
    }
  }

  void add_wrong_type(const Key& key, const std::string& path, const Node& value) {
    const bool items = key.kind == Kind::kList || key.kind == Kind::kNetworks;
    const std::string_view fix = items                               ? "Begin each item with `- `"
                                 : value.kind == Node::Kind::kScalar ? "Write its keys below it, indented"
                                                                     : "Write one value after the colon";
    problems_.add(
        value.at, path,
        wrong("wrong_type",
              fmt::format("{} is expected, {} is here", describe_kind(key.kind), describe_node(value)),
              std::string(fix)));
  }

  // Nothing found at the place of a secret is ever repeated: it may be the secret.
  void read_secret_source(const Key& key, const std::string& path, const Node& node) {
    const std::string fix =
        fmt::format("Put it into a file only you can read and write `{}: {{file: path}}`", key.leaf());
    if (node.kind != Node::Kind::kMap)
      return problems_.add(node.at, path, wrong("literal_secret", "a secret must not be written here", fix));
    const bool one = node.items.size() == 2 && node.items[0].kind == Node::Kind::kScalar;
    const bool is_file = one && node.items[0].text == "file";
    if (!is_file && !(one && node.items[0].text == "credential"))
      return problems_.add(
          node.at, path, wrong("bad_secret", "a secret is named by exactly one of file and credential", fix));
    const Node& value = node.items[1];
    if (value.kind != Node::Kind::kScalar || value.text.empty() ||
        (!is_file && !is_credential_name(value.text)))
      return problems_.add(
          node.items[0].at, path,
          wrong("bad_secret",
                fmt::format("{} must be followed by {}", node.items[0].text,
                            is_file ? "a path" : "a name of letters, digits, '_', '-' and '.'"),
                fix));
    Value out;
    out.secret =
        is_file ? SecretFile{resolve_path(value.text, directory_), ""} : resolve_credential(value.text);
    if (!key.made) secrets_.push_back({value.at.line, value.at.column, path, out.secret});
    key.store(config_, out);
  }

  static SecretFile resolve_credential(const std::string& name) {
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    return {directory == nullptr ? "" : resolve_path(name, directory), name};
  }

  void add_unknown(std::string_view group, const std::string& shown, const Node& name) {
    const std::string fix = problems_.full() ? "" : propose_key(group, name.text);
    problems_.add(name.at, shown,
                  wrong("unknown_key", fmt::format("there is no key {} here", quoted(name.text)), fix));
  }

  std::string propose_key(std::string_view group, std::string_view name) const {
    std::vector<std::string_view> here, below;
    std::string_view elsewhere;
    const std::string prefix = group.empty() ? "" : fmt::format("{}.", group);
    for (const Key& key : keys()) {
      if (!key.only_type.empty() && key.only_type != type_) {
        if (key.group() == group && key.leaf() == name && !type_.empty())
          return fmt::format("It is a key of the type {}", key.only_type);
        continue;
      }
      if (key.group() == group) here.push_back(key.leaf());
      if (key.path.starts_with(prefix) && key.path.find("[]", prefix.size()) == std::string_view::npos)
        below.push_back(key.path.substr(prefix.size()));
      if (key.leaf() == name && elsewhere.empty()) elsewhere = key.group();
    }
    if (const std::string_view near = nearest_name(name, below); !near.empty())
      return fmt::format("Did you mean {}?", near);
    if (!elsewhere.empty()) return fmt::format("It belongs under {}", elsewhere);
    return fmt::format("Known here: {}", fmt::join(here, ", "));
  }

  Config& config_;
  std::vector<NamedSecret>& secrets_;
  Problems& problems_;
  const std::string& directory_;
  Positions positions_;
  std::string_view type_;  // of the list item that is being read
};

// What a job may leave out because something else says it.
void complete(Config& config) {
  for (JobSettings& job : config.jobs) {
    if (job.label.empty()) job.label = job.name;
    for (const Authorization& authorization : config.authorizations)
      if (authorization.name == job.authorization && job.ad_account.empty())
        job.ad_account = authorization.ad_account;
  }
}

void read_root(const Node& root, const std::string& directory, MoreRules rules, Loaded& out,
               Problems& problems) {
  if (root.kind == Node::Kind::kRefused) return;
  if (root.kind != Node::Kind::kMap && root.kind != Node::Kind::kEmpty)
    return problems.add(
        root.at, "", wrong("wrong_type", "a configuration is a group of keys", "Begin with `store: ./data`"));
  Loader loader(out, problems, directory);
  loader.read_group("", "", root.at, &root);
  out.names_store = loader.positions().contains("store");
  check_rules(out.config, loader.positions(), problems);
  if (rules != nullptr) rules(out.config, loader.positions(), problems);
  complete(out.config);
}

}  // namespace

Loaded load_config(const std::string& text, const std::string& directory, MoreRules rules) {
  Loaded out;
  Problems problems;
  read_root(parse_yaml(text, problems), directory, rules, out, problems);
  out.problems = problems.take();
  return out;
}

}  // namespace pinrelay::config
