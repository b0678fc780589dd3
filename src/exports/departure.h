// When a job is over for a list: stopped, deleted, or moved to another list. It owns nothing there from that
// moment on. Whom it had on the list is kept (store::LeftRow and the owned identifiers under its number):
// - while another job writes the list, for its next pass over everybody, which removes those whom nobody owns
//   any more, under the brake;
// - while nobody writes it, for erasure alone, which the list then sends by itself.
#pragma once

#include "exports/ownership.h"
#include "exports/sending.h"

namespace pinrelay::exports {

// What becomes of those whom only this job owns on its list, were it over now.
struct Leaving {
  bool removed = false;     // another job writes the list: they are removed; else they stay
  int64_t identifiers = 0;  // that may be on the list
};

class Departures {
 public:
  explicit Departures(Core& core) : core_(core) {}

  Leaving preview(const Job& job);
  // Ends what the job owns on its list. The caller then gives it another list and number, stops it or takes
  // it away, and calls settle.
  void leave(Job& job);
  // Forgets the list when no job has it and nobody is left on it.
  void settle(ListNumber number);
  // One bounded step of looking after the list; false when there is nothing to do. It may forget the list.
  bool step(ListNumber number);
  // Whether a pass over everybody is owed because jobs have left the list.
  bool owes_pass(const Job& job);
  // The passes of a job have dealt with these.
  void taken_over(List& list, const std::vector<JobNumber>& owners);
  // Whether an earlier request to the list can still take effect. With its ledger that would be forgotten,
  // and the list may be named again at once.
  bool settling(ListNumber list);
  // Nothing is known about those who are left any more.
  void forget(List& list);

 private:
  using People = std::map<ProfileId, std::vector<Hash>>;
  struct Unmerged {
    ProfileId profile;
    Hash hash;
    auto operator<=>(const Unmerged&) const = default;
  };

  void drop(ListNumber number);
  void end_queue(ListNumber number);
  void quieten(List& list);
  void hand_over(List& list, JobNumber from, JobNumber to);
  void recall_unmerged(List& list, store::LeftRow& left);
  void recall_page(List& list, store::LeftRow& left, std::vector<Unmerged>& page);
  void follow_writers(List& list);
  bool clear_page(List& list);
  void keep(List& list, const std::vector<QueueRow>& rows);
  void own_again(JobNumber owner, const People& people);
  bool follow(List& list, store::LeftRow& left);
  bool follow_log(List& list, store::LeftRow& left);
  bool scan_page(List& list, store::LeftRow& left);
  void erase_people(List& list, store::LeftRow& left, const std::vector<ProfileId>& people);
  void erase_owners(List& list, store::LeftRow& left, std::vector<OwnerChange>& changes,
                    std::vector<Cause>& causes);
  bool finish_left(List& list);

  Core& core_;
};

}  // namespace pinrelay::exports
