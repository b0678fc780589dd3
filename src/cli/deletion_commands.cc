// profile delete and profile receipt: deleting one person, and the proof of it.
#include <fmt/format.h>

#include <charconv>

#include "cli/confirm.h"
#include "cli/deletion_receipt.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/people.h"

namespace pinrelay::cli {
namespace {

// What is known of a person before they are deleted.
struct Held {
  std::string key;
  int64_t fields = 0, audiences = 0;
};

Held read_held(Context& context, const store::ProfileId& id) {
  Held held;
  const store::Catalog& catalog = context.store().catalog;
  context.store().profiles.read({id}, [&](size_t, const store::Person& person) {
    held.key = person.key;
    for (const store::StoredField& field : person.fields)
      held.fields += field.type != store::ValueType::kNull && !catalog.fields()[field.number].removed();
    for (const store::StoredMembership& each : person.memberships)
      held.audiences += each.member && !catalog.audiences()[each.audience].removed();
  });
  return held;
}

Error deleted_already(Context& context, const store::ProfileId& id) {
  const Json receipts = receipts_of(context, id);
  return {ErrorKind::kConflict, "already_deleted", "this person is deleted already", "",
          receipts.empty()
              ? "they were deleted by a row, which gives no receipt: see 'pinrelay profile show'"
              : fmt::format("see its receipt: pinrelay profile receipt {}", receipts[0].get<int64_t>())};
}

// Through the one function of the engine that rows of every source go through.
void apply_deletion(Context& context, const std::string& key) {
  Bytes changes;
  store::ChangeWriter writer(changes);
  writer.begin(store::ChangeType::kDelete, to_millis(context.clock.now()), key);
  writer.end();
  const auto applied = context.engine.apply(changes, 0);
  CHECK(applied.end == changes.size());
}

Error no_receipt(const std::string& number) {
  return {ErrorKind::kNotFound, "no_receipt", fmt::format("there is no receipt {}", plain(number)), "",
          "see 'pinrelay profile show' of the person, which names their receipts"};
}

}  // namespace

Result<Output> run_profile_delete(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.engine.transact([&]() -> Result<void> {
    store::Store& store = context.store();
    const store::ProfileId id = TRY(find_person(context, arguments.positional.at(0)));
    const Held held = read_held(context, id);
    if (held.key.empty()) return deleted_already(context, id);
    auto lists = lists_with(context, id);
    TRY(confirmed(arguments, fmt::format("erases {} fields and the membership of {} audiences for good, and "
                                         "removes this person from {} lists at Pinterest",
                                         held.fields, held.audiences, lists.size())));
    store::DeletionRow row;
    row.number = store.next_number("deletions");
    append(row.profile, id.bytes);
    row.at = context.clock.now(), row.who = arguments.value("by", "cli");
    row.fields = held.fields, row.audiences = held.audiences;
    const auto events = static_cast<int64_t>(store.events.of_person(id).size());
    apply_deletion(context, held.key);
    row.events_in_flight = static_cast<int64_t>(store.events.of_person(id).size());
    row.events = events - row.events_in_flight;
    row.position = store.profiles.log_head();
    store.deletions.add(row);
    for (store::DeletionListRow& list : lists) {
      list.deletion = row.number;
      store.deletions.add_list(std::move(list));
    }
    output.json = receipt_json(context, row);
    output.text = receipt_text(output.json, context.clock.now());
    return {};
  }));
  return output;
}

Result<Output> run_profile_receipt(Context& context, const Arguments& arguments) {
  const std::string& number = arguments.positional.at(0);
  int64_t wanted = 0;
  const char* end = number.data() + number.size();
  const auto [at, failed] = std::from_chars(number.data(), end, wanted);
  if (failed != std::errc() || at != end) return no_receipt(number);
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const auto row = context.store().deletions.get(wanted);
    if (!row) return no_receipt(number);
    output.json = receipt_json(context, *row);
    output.text = receipt_text(output.json, context.clock.now());
    return {};
  }));
  return output;
}

}  // namespace pinrelay::cli
