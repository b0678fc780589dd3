// People and memberships, from the history of input rows alone. Written apart from the engine: it knows the
// rules of the input format and shares no code with the engine but SHA-256.
//
// Of all rows about one thing (a field, a membership) the one with the greatest (at, arrival) says what it
// is. A delete erases everything that arrived before it. What arrives later makes a new person when it is not
// older than the delete, and newer than all it erased. The same delete again does nothing.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "rows.h"

namespace pinrelay::simulation {

// What a job sends of whom.
struct Rule {
  std::string audience, email_field, sha256_email_field, mobile_id_field, consent_field;
  bool upper_mobile_id = false;
};

// The latest word on something.
struct Moment {
  int64_t at = INT64_MIN;
  uint64_t arrival = 0;
  bool before(const Moment& other) const { return at != other.at ? at < other.at : arrival < other.arrival; }
};

struct Person {
  template <typename T>
  struct Latest {
    Moment when;
    T what{};
  };
  std::string key;
  Moment deleted;  // or the moment after the newest row that was erased
  Moment named;    // by the newest row that gave no field
  std::map<std::string, Latest<Value>> fields;
  std::map<std::string, Latest<bool>> memberships;
  std::set<std::string> ids;

  const Value* field(const std::string& name) const;
  bool member_of(const std::string& audience) const;
  // Also when no field is asked for.
  bool consents(const std::string& field) const;
  // The first item that is not blank; "" when there is none.
  std::string text_of(const std::string& field) const;
};

std::set<Hash> identifiers(const Rule& rule, const Person& person);
bool is_wanted(const Rule& rule, const Person& person);

// Is told of each row that changes somebody, in this order; the person is as the row left them, unless it
// says otherwise.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void deleted(const Person& person) = 0;
  virtual void moved(const Person& person, const std::string& audience, bool enters) = 0;
  // A profile row that belongs to the enter before it. The person is as the enter left them, with the values
  // of all such rows so far. `surely`: not only perhaps.
  virtual void completed(const Person& person, const std::string& audience, bool surely) = 0;
  virtual void changed(const Person& person) = 0;
};

class Oracle {
 public:
  // Rows of one request, or consecutive lines of one key.
  void add(const std::vector<Row>& rows, Watcher& watcher);

  // The identifiers of all members, with their consent where it is asked for.
  std::set<Hash> wanted(const Rule& rule) const;
  // The keys of those who have the identifier, members or not; for messages.
  std::string owners_text(const Rule& rule, const Hash& hash) const;
  int64_t members(const std::string& audience) const;
  int64_t people_with(const std::string& field) const;
  const std::map<std::string, Person>& people() const { return people_; }
  // Members by a word that is not newer than `at`.
  std::vector<std::string> members_as_of(const std::string& audience, int64_t at) const;
  // Rows that made a member of somebody who was none, or the other way round.
  uint64_t flips() const { return flips_; }

 private:
  // An enter whose profile rows may still follow, by person and audience.
  struct Entered {
    int64_t at = 0;
    bool ended = false;  // by a row of which one can doubt that it ends it
    Person person;       // as of the enter, with what the rows of the same time have brought
  };
  using Pending = std::map<std::pair<std::string, std::string>, Entered>;
  void add(const Row& row, Pending& pending, Watcher& watcher);
  void add_profile(const Row& row, Person& person, const Moment& when, Pending& pending, Watcher& watcher);
  void add_membership(const Row& row, Person& person, const Moment& when, Pending& pending, Watcher& watcher);
  void add_delete(const Row& row, Person& person, const Moment& when, Pending& pending, Watcher& watcher);

  std::map<std::string, Person> people_;
  uint64_t arrivals_ = 0;
  uint64_t flips_ = 0;
};

}  // namespace pinrelay::simulation
