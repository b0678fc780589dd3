#include "simulator/list_body.h"

#include <simdjson.h>

#include <algorithm>
#include <span>

namespace pinrelay::sim {
namespace {

constexpr std::string_view kListTypes[] = {"EMAIL", "IDFA", "MAID", "LR_ID", "DLX_ID", "HASHED_PINNER_ID"};
constexpr std::string_view kOperations[] = {"ADD", "REMOVE"};

Reply invalid(const std::string& what) { return make_error(400, 1, "Invalid request: " + what); }

enum class Presence { kRequired, kOptional };

// Leaves `out` as it is when the key is optional and missing.
std::optional<Reply> read_text(const simdjson::dom::object& object, std::string_view key, Presence presence,
                               std::string_view& out) {
  simdjson::dom::element element;
  if (object.at_key(key).get(element) != simdjson::SUCCESS) {
    if (presence == Presence::kOptional) return std::nullopt;
    return invalid("'" + std::string(key) + "' is a required property");
  }
  if (element.get(out) == simdjson::SUCCESS) return std::nullopt;
  return invalid("the value of '" + std::string(key) + "' is not of type 'string'");
}

std::optional<Reply> one_of(std::string_view key, std::string_view value,
                            std::span<const std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return std::nullopt;
  return invalid("the value of '" + std::string(key) + "' is not one of the allowed values");
}

std::optional<Reply> read_create_keys(const simdjson::dom::object& object, ListBody& out) {
  std::string_view name, list_type = out.list_type;
  if (auto refusal = read_text(object, "name", Presence::kRequired, name)) return refusal;
  if (auto refusal = read_text(object, "list_type", Presence::kOptional, list_type)) return refusal;
  if (auto refusal = one_of("list_type", list_type, kListTypes)) return refusal;
  if (name.empty()) return invalid("'name' is empty");
  out.name = name;
  out.list_type = std::string(list_type);
  return std::nullopt;
}

std::optional<Reply> read_change_keys(const simdjson::dom::object& object, ListBody& out) {
  std::string_view operation;
  if (auto refusal = read_text(object, "operation_type", Presence::kRequired, operation)) return refusal;
  if (auto refusal = one_of("operation_type", operation, kOperations)) return refusal;
  out.operation = operation;
  return std::nullopt;
}

}  // namespace

struct ListBodyReader::State {
  simdjson::dom::parser parser;
  Sha256 sha256;
};

ListBodyReader::ListBodyReader() : state_(std::make_unique<State>()) {}
ListBodyReader::~ListBodyReader() = default;

std::optional<Reply> ListBodyReader::read(const std::string& json, ListBodyKind kind, ListBody& out) {
  simdjson::dom::element root;
  if (state_->parser.parse(json).get(root) != simdjson::SUCCESS) return invalid("the body is not JSON");
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) return invalid("the body is not an object");
  auto refusal =
      kind == ListBodyKind::kCreate ? read_create_keys(object, out) : read_change_keys(object, out);
  if (refusal) return refusal;
  std::string_view records;
  if (auto missing = read_text(object, "records", Presence::kRequired, records)) return missing;
  switch (read_records(records, state_->sha256, out.records)) {
    case RecordsProblem::kEmpty:
      return make_error(400, 2741, "NO_VALID_USER_LIST");
    case RecordsProblem::kMalformed:
      return make_error(400, 2740, "MALFORMATTED_USER_LIST");
    case RecordsProblem::kNone:
      break;
  }
  return std::nullopt;
}

}  // namespace pinrelay::sim
