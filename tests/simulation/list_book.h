// What each customer list must and may hold, from people, jobs and verbs alone.
//
// A list holds whom the jobs want that write to it, and nobody else but those who were put there by others.
// When its last writer goes, everybody stays; who is erased goes from there, too.
#pragma once

#include "job_book.h"

namespace pinrelay::simulation {

class ListBook {
 public:
  // Others have put these there.
  void add_foreign(const std::string& list, const std::set<Hash>& hashes) {
    foreign_[list].insert(hashes.begin(), hashes.end());
  }
  // The job's people as it wants them now may be on its list from now on.
  void note(const KnownJob& job, const Person& person);
  void note_all(const KnownJob& job, const Oracle& oracle);
  void erase(const Person& person);
  // The job has no say in the list any more; `jobs`: as they are now.
  void leave(const std::string& list, const JobBook& jobs);
  // A person gives up what was kept of a left list: whoever is on it stays.
  void forget(const std::string& list);
  // A restored store does not know whom it added since; they may stay.
  void restore(const ListBook& later);

  std::set<Hash> must(const std::string& list, const JobBook& jobs, const Oracle& oracle) const;
  // Beside those who must.
  bool may(const std::string& list, const Hash& hash) const;

 private:
  using Owners = std::set<std::string>;
  std::map<std::string, std::set<Hash>> foreign_, left_;
  std::map<std::string, std::map<Hash, Owners>> placed_;
  std::map<std::string, std::set<std::pair<std::string, Hash>>> places_;  // of each person
};

}  // namespace pinrelay::simulation
