// The input of one simulated world: rows about a few people who share a few addresses, so that every kind of
// collision happens often.
#pragma once

#include <deque>

#include "plan.h"
#include "rows.h"

namespace pinrelay::simulation {

class People {
 public:
  People(const Plan& plan, Random& random);
  Row next(int64_t now);
  // For a file of profiles: at most one value a field, which a CSV cell can hold.
  Row plain_profile(int64_t now);
  std::string key_of(uint64_t person) const;

 private:
  Row membership_row();
  Row profile_row();
  Value value_of(const std::string& field);
  std::string item_of(const std::string& field);
  std::string address();

  const Plan& plan_;
  Random& random_;
  std::vector<bool> members_;  // what the last row about person and audience said
  int64_t now_ = 0;            // of the row that is being made, milliseconds since 1970
  std::deque<Row> recent_;
  uint64_t next_id_ = 0;
};

}  // namespace pinrelay::simulation
