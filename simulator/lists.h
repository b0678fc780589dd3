// The customer lists, what is truly on them, and the changes that were accepted but are not made yet.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "simulator/hash_set.h"

namespace pinrelay::sim {

struct CustomerList {
  std::string id;
  std::string ad_account;
  std::string name;
  std::string list_type;
  Time created{}, updated{};
  // As Pinterest counts: they grow with every accepted call, also when nothing changes.
  uint64_t num_batches = 0, num_uploaded_user_records = 0, num_removed_user_records = 0;
  HashSet members;
  std::optional<std::string> forced_status;  // set by hand
};

enum class Operation : uint8_t { kAdd, kRemove };

class Lists {
 public:
  // Makes a list now and its records after `late`; when `hidden`, the list itself appears only then, too.
  // Returns its id.
  std::string create(CustomerList list, std::vector<Hash> records, Millis late, bool hidden, Time now);
  // Counts the call now and makes the change after `late`.
  void change(CustomerList& list, Operation operation, std::vector<Hash> records, Millis late, Time now);

  // Takes a list as it is, with its id, from a snapshot; later lists get higher ids.
  void put(CustomerList list);

  // Makes the late changes that are due.
  void settle(Time now);
  void settle_all();
  size_t pending() const { return pending_.size(); }
  std::optional<Time> next_due() const;

  CustomerList* find(std::string_view id);
  const CustomerList* find(std::string_view id) const { return const_cast<Lists*>(this)->find(id); }
  bool erase(std::string_view id);
  // By id, which is the order of creation.
  const std::map<std::string, CustomerList, std::less<>>& all() const { return lists_; }

 private:
  struct Pending {
    std::string list_id;
    Operation operation = Operation::kAdd;
    std::vector<Hash> records;
    std::optional<CustomerList> appears;
  };
  void make(Pending change);
  void later_or_now(Pending change, Millis late, Time now);

  std::map<std::string, CustomerList, std::less<>> lists_;
  std::map<std::pair<Time, uint64_t>, Pending> pending_;
  uint64_t sequence_ = 0;
  uint64_t next_id_ = 2'542'620'900'001;
};

}  // namespace pinrelay::sim
