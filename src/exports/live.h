// Follows the change log: whoever has changed is looked at again, and the difference between what they own
// now and what they should own goes to the ledger and the queue, in one transaction with the job's cursor.
#pragma once

#include "exports/brake.h"
#include "exports/ownership.h"

namespace pinrelay::exports {

class Live {
 public:
  explicit Live(Core& core) : core_(core) {}
  // One page of the log for the job; false when there is nothing after its cursor. Within a transaction.
  bool step(Job& job);
  // The same of a job that is paused or has failed, for deleted people alone: their removals wait in the
  // queue until it goes on.
  bool follow_erasures(Job& job);

 private:
  struct Touched {
    ProfileId profile;
    bool membership = false;  // entered or left the audience: considered even when nothing follows
    LogWords log;
  };
  void sort_people(std::vector<Touched>& people);
  void unbrake(List& list, const std::vector<Touched>& people, const std::vector<Cause>& causes);
  void count_withdrawn(Job& job, const std::vector<Passes>& passes, const std::vector<OwnerChange>& changes,
                       const std::vector<Cause>& causes);
  void process(Job& job, std::vector<Touched>& people);

  Core& core_;
  Desire desire_;
};

}  // namespace pinrelay::exports
