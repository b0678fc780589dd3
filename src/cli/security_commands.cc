// security events: failed sign-ins, refused requests, and views of single people.
#include <fmt/format.h>

#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/people.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kEventsMax = 500;

struct Wanted {
  std::optional<store::SecurityKind> kind;
  Bytes whom;  // empty: anybody
  bool has(const store::SecurityEventRow& row) const {
    return (!kind || row.kind == *kind) && (whom.empty() || row.whom == whom);
  }
};

Result<Wanted> read_wanted(Context& context, const Arguments& arguments) {
  Wanted wanted;
  if (arguments.has("kind")) {
    const store::SecurityKindInfo* kind = store::find_security_kind(arguments.value("kind"));
    std::string names;
    for (const store::SecurityKindInfo& each : store::kSecurityKinds)
      names += (names.empty() ? "" : ", ") + std::string(each.name);
    if (kind == nullptr)
      return Error{ErrorKind::kInvalid, "bad_kind", "there is no such kind of security event", "kind",
                   "use one of: " + names};
    wanted.kind = kind->kind;
  }
  if (arguments.has("key")) {
    const store::ProfileId id = TRY(find_person(context, arguments.value("key")));
    wanted.whom.assign(id.bytes.begin(), id.bytes.end());
  }
  return wanted;
}

std::string whom_text(const store::SecurityEventRow& row) {
  return row.whom.empty() ? "" : "id:" + to_hex(row.whom);
}

Json event_json(const store::SecurityEventRow& row) {
  return {{"number", row.number},
          {"at", json_time(row.at)},
          {"kind", store::name_of(row.kind)},
          {"source", row.source},
          {"who", row.who},
          {"what", row.what},
          {"whom", row.whom.empty() ? Json() : Json(whom_text(row))},
          {"count", row.count}};
}

}  // namespace

Result<Output> run_security_events(Context& context, const Arguments& arguments) {
  const size_t limit = TRY(read_count(arguments, "limit", 50, kEventsMax));
  const int64_t cursor = TRY(read_cursor(arguments));
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Wanted wanted = TRY(read_wanted(context, arguments));
    output.json = {{"as_of", json_time(context.clock.now())}, {"events", Json::array()}};
    TextTable table;
    table.row({"WHEN", "KIND", "FROM", "WHO", "WHAT", "WHOM", "COUNT"});
    int64_t last = 0;
    bool more = false;
    context.store().security_events.each(cursor, [&](const store::SecurityEventRow& row) {
      if (!wanted.has(row)) return true;
      more = output.json["events"].size() == limit;
      if (more) return false;
      last = row.number;
      output.json["events"].push_back(event_json(row));
      table.row({format_rfc3339(row.at), std::string(store::name_of(row.kind)), row.source, row.who, row.what,
                 whom_text(row), thousands(row.count)});
      return true;
    });
    output.json["next_cursor"] = next_cursor(more, last);
    output.text = output.json["events"].empty() ? "There is no such event.\n" : table.text();
    if (more)
      output.text +=
          fmt::format("There are more: --cursor {}\n", output.json["next_cursor"].get<std::string>());
    return {};
  }));
  return output;
}

}  // namespace pinrelay::cli
