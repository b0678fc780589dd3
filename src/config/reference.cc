#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/keys.h"
#include "config/problems.h"
#include "config/values.h"

namespace pinrelay::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

One YAML file. A key that is not listed here is an error. All problems of a file are shown at once by
`pinrelay lint FILE`, each with line, column, what is wrong and the fix. Relative paths start at the file's own
folder. Durations are a whole number and one unit of `ms s m h d w`. Secrets are never written into the file:
`{file: path}` names the file that holds one, `{credential: name}` a systemd credential. A file has at most
1 MiB; anchors, aliases and tags are not supported.

```yaml
store: ./data
write_keys:
  - name: website
    key: {file: ./secrets/website.key}
authorizations:
  - name: acme
    token: {file: ./secrets/pinterest.token}
jobs:
  - name: readers
    type: audience_export
    authorization: acme
    audience: Readers
    ad_account: "549755885175"
    identifiers: [{email: email}]
```
)";

std::string limits(const Key& key) {
  switch (key.kind) {
    case Kind::kCount:
      return fmt::format("{} to {}", key.min, key.max);
    case Kind::kDuration:
      return fmt::format("{} to {}", format_duration(key.min), format_duration(key.max));
    case Kind::kChoice:
      return fmt::format("`{}`", fmt::join(split_choices(key.choices), "` `"));
    case Kind::kText:
      return fmt::format("{} to {} bytes", key.min, key.max);
    case Kind::kList:
    case Kind::kMapping:
    case Kind::kNetworks:
      return fmt::format("at most {} items", key.max);
    case Kind::kName:
      return "`[a-z0-9_-]`, 1 to 64";
    case Kind::kId:
      return "1 to 18 digits";
    default:
      return "";
  }
}

std::string only_type(const Key& key) {
  return key.only_type.empty() ? "" : fmt::format("(`{}`) ", key.only_type);
}

std::string standard(const Key& key) {
  if (key.required) return "required";
  return key.standard.empty() ? "" : fmt::format("`{}`", key.standard);
}

}  // namespace

std::string configuration_reference() {
  std::string out(kIntroduction);
  out +=
      "\n## Keys\n\n`[]` stands for an item of a list.\n\n| Key | Value | Default | Limits | Meaning "
      "|\n|---|---|---|---|---|\n";
  for (const Key& key : keys())
    out += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", key.path, describe_kind(key.kind), standard(key),
                       limits(key), only_type(key), key.help);
  out += "\n## Problems\n\n| Code | Meaning |\n|---|---|\n";
  for (const Code& code : problem_codes()) out += fmt::format("| `{}` | {} |\n", code.name, code.meaning);
  return out;
}

}  // namespace pinrelay::config
