#include "cli/deletion_receipt.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json_text.h"
#include "cli/format.h"
#include "cli/left_lists.h"
#include "cli/people.h"

namespace pinrelay::cli {
namespace {

using exports::Core;
using exports::List;
using store::JobNumber;
using store::ProfileId;

constexpr ListState kRemoved{"removed", "Pinterest has acknowledged that they are off the list"};
constexpr ListState kShared{"shared", "they stay, because somebody else in the audience has the same ones"};
constexpr ListState kOnTheWay{"on_the_way", "they leave the list with its next requests"};
constexpr ListState kOnHold{
    "on_hold", "they leave the list once a job that writes it runs again; see 'pinrelay job list'"};
constexpr ListState kForgotten{
    "forgotten",
    "the list was forgotten before Pinterest had acknowledged the removal, so they "
    "may still be on it"};
constexpr ListState kSettled{"settled",
                             "nothing of this deletion waits any more: the identifiers never arrived, or the "
                             "person has come back with them"};

// The numbers under which jobs own, or have owned, identifiers on the list.
std::set<JobNumber> owners_of(Core& core, const List& list) {
  std::set<JobNumber> owners;
  for (const exports::Job* job : core.jobs_of(list.row.number)) owners.insert(job->row.owner);
  for (const store::LeftRow& left : list.left) owners.insert(left.owner);
  return owners;
}

// The person's identifiers that wait for the list, or are on their way.
std::set<Hash> waiting_of(Core& core, const List& list, const ProfileId& person) {
  std::set<Hash> hashes;
  for (const JobNumber owner : owners_of(core, list))
    for (const store::QueueRow& row : core.store.queue.caused_by(list.row.number, {owner, person}))
      hashes.insert(row.hash);
  if (list.open)
    for (const store::AttemptEntry& entry : list.open->entries)
      if (entry.cause.profile == person) hashes.insert(entry.hash);
  return hashes;
}

// With those that are wanted there.
std::set<Hash> identifiers_of(Core& core, const List& list, const ProfileId& person) {
  std::set<Hash> hashes = waiting_of(core, list, person);
  store::Owned owned;
  for (const JobNumber owner : owners_of(core, list))
    core.store.owned.read(owner, person.bytes, [&](size_t, ByteView record) {
      store::read_owned(record, owned);
      hashes.insert(owned.hashes.begin(), owned.hashes.end());
    });
  return hashes;
}

// True while the deletion still has work to do on this list.
bool awaited(Core& core, const List& list, const ProfileId& person, store::Position position) {
  for (const exports::Job* job : core.jobs_of(list.row.number))
    if (job->writes() && std::max(job->row.cursor, job->row.erasure_cursor) < position) return true;
  const auto behind = [&](const store::LeftRow& left) { return left.cursor < position; };
  return std::ranges::any_of(list.left, behind) || !waiting_of(core, list, person).empty();
}

const ListState& state_of(Core& core, const store::DeletionListRow& row, store::Position position) {
  if (row.identifiers == 0) return kShared;
  if (!row.open) return kRemoved;
  const auto found = core.lists.find(row.list);
  // A number is given again once its list is forgotten; what Pinterest calls a list is not.
  const bool same = found != core.lists.end() && (row.id.empty() || found->second.row.id == row.id);
  if (!same) return kForgotten;
  const List& list = found->second;
  if (awaited(core, list, store::profile_id_at(row.profile.data()), position))
    return core.written(row.list) && !core.driven(list) ? kOnHold : kOnTheWay;
  return list.left.empty() && !core.written(row.list) ? kForgotten : kSettled;
}

bool waits(const ListState& state) { return &state == &kOnTheWay || &state == &kOnHold; }

}  // namespace

std::vector<store::DeletionListRow> lists_with(Context& context, const ProfileId& person) {
  Core& core = context.engine.core();
  std::vector<store::DeletionListRow> rows;
  store::LedgerEntry entry;
  for (const auto& [number, list] : core.lists) {
    if (list.conversions()) continue;
    store::DeletionListRow row;
    const exports::LedgerReader ledger(core, number);
    for (const Hash& hash : identifiers_of(core, list, person)) {
      entry.clear();
      core.store.ledger.read(number, hash, [&](size_t, ByteView record) { ledger.read(record, entry); });
      const bool arrives =
          list.open && list.open->operation == store::Operation::kAdd && list.in_flight(hash);
      if (entry.presence == store::Presence::kAbsent && !arrives) continue;
      const bool others = std::ranges::any_of(
          entry.owners, [&](const store::Owner& owner) { return owner.profile != person; });
      ++(others ? row.shared : row.identifiers);
    }
    if (row.identifiers + row.shared == 0) continue;
    append(row.profile, person.bytes);
    row.list = number, row.name = list_name(list), row.id = list.row.id;
    row.ad_account = list.row.ad_account;
    row.open = row.identifiers > 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

Json receipt_json(Context& context, const store::DeletionRow& row) {
  Core& core = context.engine.core();
  Json lists = Json::array();
  bool done = true;
  for (const store::DeletionListRow& each : context.store().deletions.lists_of(row.number)) {
    const ListState& state = state_of(core, each, row.position);
    done &= !waits(state);
    lists.push_back({{"name", each.name},
                     {"id", each.id},
                     {"ad_account", each.ad_account},
                     {"identifiers", each.identifiers},
                     {"shared", each.shared},
                     {"removed", each.removed},
                     {"removed_at", json_time(each.removed_at)},
                     {"request", each.request == 0 ? Json() : Json(each.request)},
                     {"state", state.name},
                     {"meaning", state.meaning}});
  }
  return {
      {"as_of", json_time(context.clock.now())},
      {"receipt", row.number},
      {"profile_id", id_text(store::profile_id_at(row.profile.data()))},
      {"deleted_at", json_time(row.at)},
      {"by", row.who},
      {"state", done ? "done" : "waiting"},
      {"held",
       {{"fields", row.fields},
        {"audiences", row.audiences},
        {"conversions_ended", row.events},
        {"conversions_in_flight", row.events_in_flight}}},
      {"lists", std::move(lists)},
      {"remains", "Conversions that were sent before stay at Pinterest, which has no way to take one back."}};
}

std::string receipt_text(const Json& receipt, Time now) {
  const auto text = [](const Json& value) { return value.is_string() ? value.get<std::string>() : ""; };
  const auto number = [](const Json& value) { return thousands(value.get<int64_t>()); };
  const Json& held = receipt["held"];
  TextTable table, lists("  ");
  table.row({"Receipt", json_text(receipt["receipt"])});
  table.row({"Person", text(receipt["profile_id"])});
  table.row({"Deleted", fmt::format("{} by {}", text(receipt["deleted_at"]), text(receipt["by"]))});
  table.row({"Was held", fmt::format("{} fields, membership of {} audiences", number(held["fields"]),
                                     number(held["audiences"]))});
  table.row(
      {"Conversions", fmt::format("{} that waited are not sent, {} were on their way",
                                  number(held["conversions_ended"]), number(held["conversions_in_flight"]))});
  table.row({"Lists", receipt["lists"].empty()        ? "none had their identifiers"
                      : receipt["state"] == "waiting" ? "removals are still awaited"
                                                      : "nothing is awaited any more"});
  lists.row({"LIST", "AD ACCOUNT", "IDENTIFIERS", "REMOVED", "ACKNOWLEDGED", "STATE"});
  for (const Json& list : receipt["lists"]) {
    const std::string shared =
        list["shared"] == 0 ? "" : fmt::format(" (and {} shared ones stay)", number(list["shared"]));
    lists.row({text(list["name"]), text(list["ad_account"]), number(list["identifiers"]) + shared,
               number(list["removed"]), list["removed_at"].is_null() ? "-" : text(list["removed_at"]),
               fmt::format("{}: {}", text(list["state"]), text(list["meaning"]))});
  }
  return table.text() + (receipt["lists"].empty() ? "" : lists.text()) + text(receipt["remains"]) + "\n" +
         as_of(now);
}

Json receipts_of(Context& context, const ProfileId& person) {
  Json numbers = Json::array();
  for (const store::DeletionRow& row : context.store().deletions.of_person(person))
    numbers.push_back(row.number);
  return numbers;
}

}  // namespace pinrelay::cli
