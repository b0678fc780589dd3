// Follows the change log: whoever has changed is looked at again, and the difference between what they own
// now and what they should own goes to the ledger and the queue, in one transaction with the job's cursor.
#pragma once

#include "exports/ownership.h"

namespace pinrelay::exports {

class Live {
 public:
  explicit Live(Core& core) : core_(core) {}
  // One page of the log for the job; false when there is nothing after its cursor. Within a transaction.
  bool step(Job& job);

 private:
  void unbrake_erased(List& list, const std::vector<Cause>& causes);
  struct Touched {
    ProfileId profile;
    bool membership = false;  // entered or left the audience: considered even when nothing follows
  };
  void process(Job& job, std::vector<Touched>& people);

  Core& core_;
  Desire desire_;
};

}  // namespace pinrelay::exports
