// What each list should hold, from the history of input rows alone. Written apart from the engine: it knows
// the rules of the input format (README of the issue: `at`, equal `at`, delete, repeated ids) and what a job
// maps, and shares no code with the engine but SHA-256.
//
// Of all rows about one thing (a field, a membership) the one with the greatest (at, arrival) says what it
// is. A delete erases all that has arrived; after it rows count that are not older than it, and newer than
// all it erased. The same delete again does nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/sha256.h"

namespace pinrelay::simulation {

struct Value {
  std::string field;
  bool null = false;
  bool array = false;
  std::vector<std::string> items;
};

enum class RowType : uint8_t { kProfile, kEnter, kExit, kDelete };

struct Row {
  RowType type = RowType::kProfile;
  int64_t at = 0;
  std::string key, audience, id;
  std::vector<Value> values;
};

// What a job sends of whom.
struct Rule {
  std::string audience, email_field, sha256_email_field, mobile_id_field, consent_field;
  bool upper_mobile_id = false;
};

// Somebody entered or left, with what was known of them then.
struct MembershipEvent {
  std::string key, audience, order;     // order: "" when there was none
  bool enter = false, address = false;  // address: at least one that is valid
};

class Oracle {
 public:
  const std::vector<MembershipEvent>& events() const { return events_; }
  void add(const Row& row);
  // The identifiers of all members, with their consent where it is asked for.
  std::set<Hash> wanted(const Rule& rule) const;
  // The keys of those who have the identifier, members or not; for messages.
  std::string owners_text(const Rule& rule, const Hash& hash) const;
  int64_t members(const std::string& audience) const;
  int64_t people_with(const std::string& field) const;
  // Rows that made a member of somebody who was none, or the other way round.
  uint64_t flips() const { return flips_; }

 private:
  // The latest word on something.
  struct Moment {
    int64_t at = INT64_MIN;
    uint64_t arrival = 0;
    bool before(const Moment& other) const {
      return at != other.at ? at < other.at : arrival < other.arrival;
    }
  };
  template <typename T>
  struct Latest {
    Moment when;
    T what{};
  };
  struct Person {
    Moment deleted;               // or the moment after the newest row that was erased
    std::optional<Moment> named;  // the newest row that gave no field
    std::map<std::string, Latest<Value>> fields;
    std::map<std::string, Latest<bool>> memberships;
    std::set<std::string> ids;

    const Value* field(const std::string& name) const;
    bool member_of(const std::string& audience) const;
  };
  static std::set<Hash> identifiers(const Rule& rule, const Person& person);
  static std::string order_of(const Person& person);
  static bool consents(const Rule& rule, const Person& person);

  std::map<std::string, Person> people_;
  uint64_t arrivals_ = 0;
  uint64_t flips_ = 0;
  std::vector<MembershipEvent> events_;
};

}  // namespace pinrelay::simulation
