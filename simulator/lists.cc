#include "simulator/lists.h"

#include <algorithm>
#include <cstdlib>

namespace pinrelay::sim {

std::string Lists::create(CustomerList list, std::vector<Hash> records, Millis late, bool hidden, Time now) {
  list.id = std::to_string(next_id_++);
  list.created = list.updated = now;
  list.num_batches = 1;
  list.num_uploaded_user_records = records.size();
  std::string id = list.id;
  Pending content{id, Operation::kAdd, std::move(records), std::nullopt};
  if (hidden) {
    content.appears = std::move(list);
  } else {
    lists_.emplace(id, std::move(list));
  }
  later_or_now(std::move(content), late, now);
  return id;
}

void Lists::change(CustomerList& list, Operation operation, std::vector<Hash> records, Millis late,
                   Time now) {
  ++list.num_batches;
  (operation == Operation::kAdd ? list.num_uploaded_user_records : list.num_removed_user_records) +=
      records.size();
  list.updated = now;
  later_or_now({list.id, operation, std::move(records), std::nullopt}, late, now);
}

void Lists::put(CustomerList list) {
  next_id_ = std::max<uint64_t>(next_id_, std::strtoull(list.id.c_str(), nullptr, 10) + 1);
  const std::string id = list.id;
  lists_.insert_or_assign(id, std::move(list));
}

void Lists::later_or_now(Pending change, Millis late, Time now) {
  if (late <= Millis{0}) return make(std::move(change));
  pending_.emplace(std::pair{now + late, ++sequence_}, std::move(change));
}

void Lists::make(Pending change) {
  if (change.appears) lists_.emplace(change.list_id, *std::move(change.appears));
  CustomerList* const list = find(change.list_id);
  if (list == nullptr) return;  // deleted meanwhile
  if (change.operation == Operation::kAdd) {
    list->members.insert(change.records);
  } else {
    list->members.erase(change.records);
  }
}

void Lists::settle(Time now) {
  while (!pending_.empty() && pending_.begin()->first.first <= now) {
    make(std::move(pending_.extract(pending_.begin()).mapped()));
  }
}

void Lists::settle_all() {
  while (!pending_.empty()) make(std::move(pending_.extract(pending_.begin()).mapped()));
}

std::optional<Time> Lists::next_due() const {
  if (pending_.empty()) return std::nullopt;
  return pending_.begin()->first.first;
}

CustomerList* Lists::find(std::string_view id) {
  const auto at = lists_.find(id);
  return at == lists_.end() ? nullptr : &at->second;
}

bool Lists::erase(std::string_view id) {
  const auto at = lists_.find(id);
  if (at == lists_.end()) return false;
  lists_.erase(at);
  return true;
}

}  // namespace pinrelay::sim
