#include "rows.h"

#include <fmt/format.h>

#include <set>

#include "base/clock.h"

namespace pinrelay::simulation {
namespace {

constexpr std::string_view kTypeNames[] = {"profile", "enter", "exit", "delete"};

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) c == '\t' ? out += "\\t" : out += c;  // nothing else needs it here
  return out + '"';
}

std::string json_item(const std::string& field, const std::string& item) {
  return field == "consent" ? item : json_string(item);
}

std::string json_value(const Value& value) {
  if (value.null) return "null";
  if (!value.array) return json_item(value.field, value.items[0]);
  std::string out;
  for (const std::string& item : value.items) out += (out.empty() ? "" : ",") + json_item(value.field, item);
  return "[" + out + "]";
}

std::string ndjson_line(const Row& row) {
  if (row.type == RowType::kUnreadable) return "{\"type\":\"profile\",\"key\":\n";
  std::string line = fmt::format("{{\"type\":\"{}\",\"key\":{}", kTypeNames[static_cast<size_t>(row.type)],
                                 json_string(row.key));
  if (!row.audience.empty()) line += ",\"audience\":" + json_string(row.audience);
  if (!row.id.empty()) line += ",\"id\":" + json_string(row.id);
  if (row.timed) line += ",\"at\":" + json_string(format_rfc3339(from_millis(row.at)));
  std::string fields;
  for (const Value& value : row.values)
    fields += (fields.empty() ? "" : ",") + json_string(value.field) + ":" + json_value(value);
  if (row.type == RowType::kProfile) line += ",\"fields\":{" + fields + "}";
  return line + "}\n";
}

}  // namespace

void write_row(const Row& row, store::ChangeWriter& writer) {
  constexpr store::ChangeType kTypes[] = {store::ChangeType::kProfile, store::ChangeType::kEnter,
                                          store::ChangeType::kExit, store::ChangeType::kDelete};
  writer.begin(kTypes[static_cast<size_t>(row.type)], row.at, row.key, row.audience, row.id);
  for (const Value& value : row.values) {
    const auto type = value.field == "consent" ? store::ValueType::kBool : store::ValueType::kString;
    if (value.null) {
      writer.null_field(value.field);
    } else if (value.array) {
      writer.begin_array(value.field);
      for (const std::string& item : value.items) writer.item(type, item);
      writer.end_array();
    } else {
      writer.field(value.field, type, value.items[0]);
    }
  }
  writer.end();
}

std::string ndjson_text(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) text += ndjson_line(row);
  return text;
}

std::string csv_text(const std::vector<Row>& rows) {
  std::set<std::string> columns;
  for (const Row& row : rows)
    for (const Value& value : row.values) columns.insert(value.field);
  std::string text = "key";
  for (const std::string& column : columns) text += "," + column;
  text += '\n';
  for (const Row& row : rows) {
    text += row.type == RowType::kUnreadable ? "too,many,cells,for,this,header,of,a,few,columns" : row.key;
    for (const std::string& column : columns) {
      if (row.type == RowType::kUnreadable) break;
      text += ",";
      for (const Value& value : row.values)
        if (value.field == column) text += fmt::format("\"{}\"", value.items[0]);
    }
    text += '\n';
  }
  return text;
}

}  // namespace pinrelay::simulation
