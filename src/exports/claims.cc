// Claims: who may send the conversion of a name and id. What an outcome means for a claim and for those who
// wait for it, who takes over from a job that does not run, and when a claim is forgotten.
#include <algorithm>
#include <set>

#include "exports/conversions.h"

namespace pinrelay::exports {
namespace {

using store::ClaimEntry;
using store::Event;
using store::EventClass;

constexpr Millis kDay{24 * 3600'000};
constexpr Millis kClaimsKept{8 * 24 * 3600'000LL};
constexpr size_t kPruneEntries = 50'000;

}  // namespace

// Writes what this transaction has decided about claims, all together in key order, then lets those who have
// waited for them go on.
void Conversions::change_claims() {
  while (!fates_.empty()) {
    auto fates = std::exchange(fates_, {});
    std::sort(fates.begin(), fates.end());
    fates.erase(std::unique(fates.begin(), fates.end(),
                            [](const auto& a, const auto& b) { return a.first == b.first; }),
                fates.end());
    Bytes keys;
    for (const auto& [claim, fate] : fates) append(keys, claim);
    core_.store.claims.update(keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
      ClaimEntry claim;
      if (!old || !store::read_claim(*old, claim)) return store::Write::kKeep;
      if (fates[i].second == ClaimFate::kReleased) return store::Write::kErase;
      if (claim.day == day_of(core_.now())) return store::Write::kKeep;
      claim.day = day_of(core_.now());
      store::write_claim(claim, record);
      return store::Write::kPut;
    });
    for (const auto& [claim, fate] : fates) end_waiting(claim, fate);
  }
}

void Conversions::end_waiting(const store::Claim& claim, ClaimFate fate) {
  if (!core_.store.events.any_waiting()) return;
  auto waiting = core_.store.events.waiting_for(claim);
  if (fate == ClaimFate::kReleased) {
    // One whose job sends, if there is one; take_claims sees to the others.
    const auto sends = [&](const auto& item) {
      const auto job = core_.jobs.find(item.second.job);
      return job != core_.jobs.end() && sends_real(job->second);
    };
    std::ranges::stable_partition(waiting, sends);
    for (auto& [list, event] : waiting)
      if (let_send(list, std::move(event))) return;
    return;
  }
  for (const auto& [number, event] : waiting)
    end(core_.lists.at(number), event, {Reason::kDuplicateEvent, 0, ""});
}

// Takes over what this job's events wait for, where its holder was never attempted and its job does not send,
// or where Pinterest has refused the holder. The holder waits at the end of the line.
bool Conversions::take_claims(List& list) {
  if (core_.store.events.count(list.row.number, EventClass::kWaiting) == 0) return false;
  std::map<store::Claim, Event> waiting;  // the first of each claim
  size_t looked_at = 0;
  core_.store.events.page(list.row.number, EventClass::kWaiting, 0, [&](const Event& event) {
    waiting.try_emplace(event.claim, event);
    return ++looked_at < kRowsLookedAt;
  });
  Bytes keys;
  std::vector<const Event*> events;
  for (const auto& [claim, event] : waiting) append(keys, claim), events.push_back(&event);
  std::vector<std::pair<const Event*, ClaimEntry>> idle;
  core_.store.claims.read(keys, [&](size_t i, ByteView record) {
    ClaimEntry held;
    if (!store::read_claim(record, held)) return;
    const auto job = core_.jobs.find(held.job);
    if (job == core_.jobs.end()) return;
    const bool refused = core_.store.events.count(held.list, EventClass::kRefused) > 0;
    if (refused || !sends_real(job->second)) idle.emplace_back(events[i], held);
  });
  bool worked = false;
  for (const auto& [event, held] : idle) worked |= take_claim(list, *event, held);
  if (worked) core_.store.events.save_number();
  return worked;
}

bool Conversions::take_claim(List& list, const Event& event, const ClaimEntry& held) {
  store::Events& events = core_.store.events;
  if (!events.is_open(held.list, held.owner) || core_.lists.at(held.list).in_flight(held.owner)) return false;
  const Job& holding = core_.jobs.at(held.job);
  if (const auto refused = events.get(held.list, EventClass::kRefused, held.owner)) {
    // In a failed job it waits for 'resume'.
    if (holding.row.state == store::JobState::kFailed) return false;
    end(core_.lists.at(held.list), *refused, {Reason::kRejectedByPinterest, 0, ""});
    change_claims();
    return true;
  }
  if (sends_real(holding)) return false;
  if (const auto page = events.pages.with_number(held.list, held.owner)) events.unfold(*page);
  std::optional<Event> holder = events.get(held.list, EventClass::kLive, held.owner);
  if (!holder) holder = events.get(held.list, EventClass::kBackfill, held.owner);
  if (!holder || may_be_there(*holder)) return false;
  events.erase(held.list, *holder);
  holder->event_class = EventClass::kWaiting;
  holder->number = events.next_number();
  events.add(held.list, *holder);
  let_send(list.row.number, event);
  return true;
}

// A waiting event gets the claim; false when it ends instead, because of an edit that has not come to it yet.
bool Conversions::let_send(ListNumber list, Event event) {
  const Job& job = core_.jobs.at(event.job);
  if (job.row.sweeping) {
    List& destination = core_.lists.at(list);
    const Reason reason = reason_to_end(job, destination, event, consents_now(job, event.profile));
    if (reason != Reason::kNone) {
      end(destination, event, {reason, 0, ""});
      return false;
    }
  }
  core_.store.events.erase(list, event);
  event.event_class = EventClass::kLive;
  core_.store.events.add(list, event);
  const ClaimEntry held{day_of(core_.now()), event.number, list, event.job, event.profile};
  core_.store.claims.update(event.claim, [&](size_t, std::optional<ByteView>, Bytes& record) {
    store::write_claim(held, record);
    return store::Write::kPut;
  });
  return true;
}

bool Conversions::prune_claims() {
  // What lies in runs is not looked at, so it moves first; while more runs come, they are too young anyway.
  if (!scanning()) {
    core_.store.claims.forget_filter();
    if (core_.store.claims.move()) return true;
  }
  const Time now = core_.now();
  const int64_t today = day_of(now);
  Millis kept = kClaimsKept;
  for (const auto& [number, job] : core_.jobs)
    if (job.converts()) kept = std::max(kept, job.settings.conversions.event_max_age + kDay);
  std::vector<ProfileId> people;
  if (!prune_from_) prune_from_.emplace();
  const auto is_old = [&](const ClaimEntry& claim) {
    return (today - claim.day) * kDay.count() > kept.count() &&
           !core_.store.events.is_open(claim.list, claim.owner);
  };
  // Who is still a member keeps their claims.
  const auto visit = [&](auto decide) {
    return core_.store.claims.merge(*prune_from_, kPruneEntries,
                                    [&](size_t, ByteView, std::optional<ByteView> old, Bytes&) {
                                      ClaimEntry claim;
                                      if (!store::read_claim(*old, claim) || !is_old(claim))
                                        return store::Write::kKeep;
                                      return decide(claim);
                                    });
  };
  visit([&](const ClaimEntry& claim) {
    people.push_back(claim.profile);
    return store::Write::kKeep;
  });
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  std::set<std::pair<ProfileId, store::AudienceNumber>> members;
  core_.store.profiles.read(people, [&](size_t i, const store::Person& person) {
    for (const auto& membership : person.memberships)
      if (membership.member) members.insert({people[i], membership.audience});
  });
  const Bytes next = visit([&](const ClaimEntry& claim) {
    const auto job = core_.jobs.find(claim.job);
    const bool member =
        job != core_.jobs.end() && members.contains({claim.profile, job->second.row.audience});
    return member ? store::Write::kKeep : store::Write::kErase;
  });
  prune_from_ = next;
  if (!next.empty()) return true;
  prune_from_.reset();
  return false;
}

}  // namespace pinrelay::exports
