#include "sources/row_scope.h"

#include <fmt/format.h>

#include <algorithm>

#include "sources/row_error.h"

namespace pinrelay::sources {
namespace {

using store::ChangeType;

struct TypeName {
  ChangeType type;
  std::string_view name;
};
constexpr TypeName kTypes[] = {{ChangeType::kProfile, "profile"},
                               {ChangeType::kEnter, "enter"},
                               {ChangeType::kExit, "exit"},
                               {ChangeType::kDelete, "delete"}};

}  // namespace

bool RowScope::admits_audience(std::string_view name) const {
  return audiences.empty() || std::ranges::find(audiences, name) != audiences.end();
}

RowScope stored_scope(int64_t types, std::string_view audiences) {
  RowScope scope;
  if (types != 0) scope.types = types;
  while (!audiences.empty()) {
    const size_t end = std::min(audiences.find('\n'), audiences.size());
    scope.audiences.emplace_back(audiences.substr(0, end));
    audiences.remove_prefix(std::min(end + 1, audiences.size()));
  }
  return scope;
}

std::string audience_lines(const std::vector<std::string>& audiences) {
  std::string text;
  for (const std::string& name : audiences) text += (text.empty() ? "" : "\n") + name;
  return text;
}

Result<int64_t> read_row_types(std::string_view text) {
  int64_t types = 0;
  while (true) {
    const size_t end = std::min(text.find(','), text.size());
    const auto found = std::ranges::find(kTypes, text.substr(0, end), &TypeName::name);
    if (found == std::end(kTypes))
      return Error{ErrorKind::kInvalid, "bad_row_type",
                   fmt::format("there is no type of row {}", shown_name(text.substr(0, end))), "rows",
                   "name some of profile, enter, exit and delete, separated by commas"};
    types |= RowScope::bit_of(found->type);
    if (end == text.size()) return types;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> row_type_names(int64_t types) {
  std::vector<std::string_view> names;
  for (const TypeName& each : kTypes)
    if ((types & RowScope::bit_of(each.type)) != 0) names.push_back(each.name);
  return names;
}

}  // namespace pinrelay::sources
