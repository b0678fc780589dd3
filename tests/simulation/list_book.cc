#include "list_book.h"

#include <algorithm>

namespace pinrelay::simulation {

void ListBook::note(const KnownJob& job, const Person& person) {
  const Rule rule = rule_of(job.settings);
  if (!job.writes() || !is_wanted(rule, person)) return;
  for (const Hash& hash : identifiers(rule, person)) {
    placed_[job.list][hash].insert(person.key);
    places_[person.key].insert({job.list, hash});
  }
}

void ListBook::note_all(const KnownJob& job, const Oracle& oracle) {
  if (!job.writes()) return;
  for (const auto& [key, person] : oracle.people()) note(job, person);
}

void ListBook::erase(const Person& person) {
  for (const auto& [list, hash] : places_[person.key]) placed_[list][hash].erase(person.key);
  places_.erase(person.key);
}

void ListBook::leave(const std::string& list, const JobBook& jobs) {
  const bool written = std::ranges::any_of(
      jobs.all(), [&](const auto& item) { return item.second.list == list && item.second.writes(); });
  if (written) return;
  for (const auto& [hash, owners] : placed_[list]) left_[list].insert(hash);
}

void ListBook::forget(const std::string& list) {
  for (const auto& [hash, owners] : placed_[list]) foreign_[list].insert(hash);
}

void ListBook::restore(const ListBook& later) {
  for (const auto& [list, hashes] : later.foreign_) add_foreign(list, hashes);
  for (const auto& [list, hashes] : later.placed_)
    for (const auto& [hash, owners] : hashes) foreign_[list].insert(hash);
}

std::set<Hash> ListBook::must(const std::string& list, const JobBook& jobs, const Oracle& oracle) const {
  std::set<Hash> out;
  for (const auto& [name, job] : jobs.all())
    if (job.list == list && job.writes()) out.merge(oracle.wanted(rule_of(job.settings)));
  return out;
}

bool ListBook::may(const std::string& list, const Hash& hash) const {
  const auto foreign = foreign_.find(list);
  if (foreign != foreign_.end() && foreign->second.contains(hash)) return true;
  const auto left = left_.find(list);
  if (left == left_.end() || !left->second.contains(hash)) return false;
  const auto placed = placed_.find(list);
  return placed != placed_.end() && placed->second.contains(hash) && !placed->second.at(hash).empty();
}

}  // namespace pinrelay::simulation
