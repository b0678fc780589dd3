#include "exports/engine.h"

#include <algorithm>

#include "base/log.h"
#include "pinterest/tables.h"

namespace pinrelay::exports {
namespace {

constexpr size_t kErasedPeople = 20'000;  // looked at in one step
constexpr Millis kHousekeepingEvery{60 * 60'000};
constexpr Millis kWeek{7LL * 24 * 3600'000};

Budget budget_of(config::Tier tier, pinterest::Category category) {
  const auto limit = pinterest::rate_limit(
      tier == config::Tier::kTrial ? pinterest::Tier::kTrial : pinterest::Tier::kStandard, category);
  return Budget(limit.requests, limit.window);
}

// A bug must not leave the transaction open: what throws is abandoned like any other failure.
Result<void> run_change(const std::function<Result<void>()>& change) {
  try {
    return change();
  } catch (const std::exception& problem) {
    log(LogLevel::kError, "exports", "a transaction failed and changed nothing",
        {{"reason", problem.what()}});
    return Error{ErrorKind::kInternal, "internal", "this failed, and nothing was changed", "", "see the log"};
  }
}

}  // namespace

Engine::Engine(EngineParts parts, EngineOptions options,
               const std::vector<config::Authorization>& authorizations)
    : transport_(parts.transport),
      core_{parts.store,
            parts.clock,
            parts.random,
            parts.tokens,
            std::move(options),
            SettleClock(parts.clock),
            Tally(parts.store),
            {},
            {},
            {},
            {},
            false,
            {}},
      sending_(core_),
      chores_(core_, sending_),
      live_(core_),
      conversions_(core_, sending_),
      jobs_(core_, sending_, conversions_) {
  for (const config::Authorization& authorization : authorizations)
    add_authorization(authorization.name, authorization.tier);
}

void Engine::add_authorization(const std::string& name, config::Tier tier) {
  const auto [found, fresh] = core_.authorizations.try_emplace(name);
  if (!fresh && found->second.tier == tier) return;
  found->second.tier = tier;
  found->second.writes = budget_of(tier, pinterest::Category::kAdsWrite);
  found->second.requests = budget_of(tier, pinterest::Category::kAll);
}

Result<void> Engine::load() {
  loaded_ = false;
  store::Store& store = core_.store;
  store.begin();
  core_.jobs.clear();
  core_.lists.clear();
  core_.outbox.clear();
  new_tickets_.clear();
  core_.tally.load();
  core_.settle.load(Millis{store.number("settle_clock")});
  for (store::ListRow& row : store.lists.all()) {
    List list;
    list.row = std::move(row);
    list.open = store.attempts.get(list.row.number);
    for (const auto& [ticket, what] : tickets_)
      list.chore_open |= what.list == list.row.number && what.chore.has_value();
    core_.lists.emplace(list.row.number, std::move(list));
  }
  for (store::LeftRow& left : store.left.all()) core_.lists.at(left.list).left.push_back(std::move(left));
  for (store::JobRow& row : store.jobs.all()) {
    const JobNumber number = row.number;
    auto job = jobs_.load(std::move(row));
    if (!job) {
      (void)store.commit();
      return job.error();
    }
    core_.jobs.emplace(number, std::move(job).value());
  }
  load_authorizations();
  load_events();
  for (auto& [number, job] : core_.jobs)
    if (job.running()) jobs_.catch_up(job);
  jobs_.follow_reading_rules();
  distrust_restored();
  for (auto& [number, list] : core_.lists) {
    const bool lost = list.open && !tickets_.contains(static_cast<uint64_t>(list.open->request));
    if (lost) sending_.close_lost(list);
    if (!list.open) store.queue.release_waiting(number);
  }
  save();
  TRY(store.commit());
  if (core_.store.catalog.removed_in_use()) erase_removed_names();
  loaded_ = true;
  return {};
}

// The budgets and open attempts of conversions. What was open in an earlier process has an unknown outcome.
void Engine::load_events() {
  conversions_.load();
  core_.event_accounts.clear();
  for (auto& [number, list] : core_.lists) {
    if (!list.conversions()) continue;
    for (const store::EventRefusal& refusal : core_.store.events.refusals(number))
      list.refusal = refusal.words;
    EventAccount& account = core_.event_accounts[list.row.ad_account];
    const Time since = core_.now() - account.calls.window();
    for (const Time at : core_.store.request_times(list.row.authorization, since, false))
      account.calls.spent(at);
    if (list.row.wait_code == kRateLimited)
      account.not_before = std::max(account.not_before, list.row.not_before);
  }
  for (store::EventAttempt& attempt : core_.store.events.open_attempts()) {
    const auto list = core_.lists.find(attempt.list);
    if (list == core_.lists.end()) continue;
    list->second.events_open.push_back(std::move(attempt));
    list->second.erased_in_flight = true;  // perhaps
  }
  for (auto& [number, list] : core_.lists) {
    const auto lost = [&](const store::EventAttempt& attempt) {
      return !tickets_.contains(static_cast<uint64_t>(attempt.request));
    };
    if (std::ranges::any_of(list.events_open, lost)) conversions_.close_lost(list, lost);
  }
}

void Engine::load_authorizations() {
  for (auto& [name, auth] : core_.authorizations) {
    auth.lists = std::count_if(core_.lists.begin(), core_.lists.end(), [&name = name](const auto& item) {
      return item.second.row.authorization == name;
    });
    auth.writes = budget_of(auth.tier, pinterest::Category::kAdsWrite);
    auth.requests = budget_of(auth.tier, pinterest::Category::kAll);
    const auto remember = [&, name = std::string_view(name)](Budget& budget, bool writes_only) {
      for (const Time at : core_.store.request_times(name, core_.now() - budget.window(), writes_only))
        budget.spent(at);
    };
    remember(auth.writes, true);
    remember(auth.requests, false);
    // Pinterest's limit over the whole authorization outlives the process.
    for (const auto& [number, list] : core_.lists) {
      if (list.row.authorization == name && list.row.wait_code == kRateLimited)
        auth.not_before = std::max(auth.not_before, list.row.not_before);
    }
  }
}

// In a restored store nothing is certain: another instance may have gone on. Jobs wait for a person, every
// identifier we believed to be on a list is asserted again, and events that may have been sent are held.
void Engine::distrust_restored() {
  if (core_.store.number("restored") == 0) return;
  for (auto& [number, job] : core_.jobs) {
    if (job.row.state == store::JobState::kRunning) job.row.state = store::JobState::kPaused;
    job.row.reason_code = "restored";
    job.row.reason = "the store was restored from a backup; make sure no other instance runs, then resume";
    const bool has_list = !job.converts();
    if (!has_list) conversions_.hold_restored(job, core_.lists.at(job.row.list), core_.store.backed_up_at());
    if (has_list && job.row.started && job.row.bulk == store::BulkKind::kNone)
      jobs_.owe(job, store::BulkKind::kReassert);
    job.changed = true;
  }
  LedgerEntry entry;
  for (const auto& [number, list] : core_.lists) {
    core_.store.ledger.merge(number, {}, {}, {}, SIZE_MAX,
                             [&](size_t, ByteView, std::optional<ByteView> old, Bytes& record) {
                               store::read_ledger_entry(*old, entry);
                               if (entry.presence != Presence::kPresent) return store::Write::kKeep;
                               entry.presence = Presence::kMaybe;
                               store::write_ledger_entry(entry, record);
                               return store::Write::kPut;
                             });
  }
  core_.store.set_number("restored", 0);
}

void Engine::save() {
  bool lists_changed = false;
  for (auto& [number, job] : core_.jobs) {
    if (job.changed) core_.store.jobs.put(job.row);
    job.changed = false;
  }
  for (auto& [number, list] : core_.lists) {
    if (list.changed) core_.store.lists.put(list.row);
    lists_changed |= list.changed;
    list.changed = false;
  }
  core_.tally.flush(core_.now());
  // Marks are made only where a list changes, so the settle clock is never stored behind one.
  if (lists_changed) core_.store.set_number("settle_clock", core_.settle.now().count());
}

// Whether a job or a list in memory differs from the store.
bool Engine::changed() const {
  const auto any = [](const auto& map) {
    return std::any_of(map.begin(), map.end(), [](const auto& item) { return item.second.changed; });
  };
  return any(core_.jobs) || any(core_.lists);
}

Result<void> Engine::transact(const std::function<Result<void>()>& change) {
  if (!loaded_) TRY(load());
  core_.store.begin();
  Result<void> result = run_change(change);
  // A question, or a command refused before it did anything, must not cost the passes that are in memory.
  if (!result.ok() && core_.store.unwritten() && !changed()) {
    (void)core_.store.commit();  // empty
    return result;
  }
  const bool noted = result.ok() && note_ && (!core_.store.unwritten() || changed());
  if (noted) {
    store::AuditRow entry = *note_;
    if (complete_note_) complete_note_(entry);
    core_.store.audit.append(std::move(entry));
  }
  if (result.ok()) {
    save();
  } else {
    core_.store.abandon();
  }
  if (auto committed = core_.store.commit(); !committed) {
    loaded_ = false;
    if (core_.store.crashed()) return committed;
    if (auto reloaded = load(); !reloaded) return reloaded;
    return result.ok() ? committed : result;
  }
  core_.tally.committed();
  if (noted) note_.reset();
  for (auto& item : new_tickets_) tickets_.insert(item);
  new_tickets_.clear();
  for (auto& [ticket, request] : core_.outbox) {
    // Without a ticket of its own the request is a list's attempt.
    transport_.submit(ticket, std::move(request));
  }
  core_.outbox.clear();
  return result;
}

Result<bool> Engine::step(const std::function<bool()>& work) {
  bool worked = false;
  TRY(transact([&]() -> Result<void> {
    worked = work();
    const auto await = [&](ListNumber number, int64_t request) {
      const auto ticket = static_cast<uint64_t>(request);
      if (!tickets_.contains(ticket)) new_tickets_.push_back({ticket, Ticket{number, std::nullopt}});
    };
    for (const auto& [number, list] : core_.lists) {
      if (list.open) await(number, list.open->request);
      for (const store::EventAttempt& attempt : list.events_open) await(number, attempt.request);
    }
    return {};
  }));
  return worked;
}

Result<bool> Engine::run_once() {
  if (!loaded_) TRY(load());
  bool worked = TRY(close_finished());
  worked |= TRY(apply_input());
  for (const JobNumber number : any_order(core_.jobs)) worked |= TRY(drive_job(number));
  for (const ListNumber number : any_order(core_.lists)) worked |= TRY(drive_list(number));
  worked |= TRY(housekeeping());
  if (sweeping_) worked |= TRY(sweep());
  if (names_from_) worked |= TRY(erase_names_step());
  if (pruning_) worked |= TRY(step([&] { return pruning_ = conversions_.prune_claims(); }));
  return worked;
}

// The keys, another one first each time, so that a short budget is shared.
template <typename Map>
std::vector<typename Map::key_type> Engine::any_order(const Map& map) {
  std::vector<typename Map::key_type> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  if (keys.size() > 1) {
    const uint64_t first = core_.random.below(keys.size());
    std::rotate(keys.begin(), keys.begin() + static_cast<ptrdiff_t>(first), keys.end());
  }
  return keys;
}

Result<bool> Engine::close_finished() {
  for (http::Finished& finished : transport_.take_finished()) finished_.push_back(std::move(finished));
  bool worked = false;
  while (!finished_.empty()) {
    // Kept until what it means is durable: the answer will not come twice.
    TRY(step([&] {
      close(finished_.front());
      return true;
    }));
    tickets_.erase(finished_.front().ticket);
    finished_.erase(finished_.begin());
    worked = true;
  }
  return worked;
}

void Engine::close(const http::Finished& finished) {
  const auto found = tickets_.find(finished.ticket);
  if (found == tickets_.end()) return;
  const auto list = core_.lists.find(found->second.list);
  if (list == core_.lists.end()) return;  // forgotten meanwhile
  if (list->second.conversions()) {
    conversions_.close(list->second, static_cast<int64_t>(finished.ticket), finished.response);
  } else if (found->second.chore) {
    chores_.close(list->second, *found->second.chore, finished.ticket, finished.response);
  } else if (list->second.open && static_cast<uint64_t>(list->second.open->request) == finished.ticket) {
    sending_.close(list->second, finished.response);
  }
}

Result<bool> Engine::drive_job(JobNumber number) {
  return step([&] {
    const auto found = core_.jobs.find(number);
    if (found == core_.jobs.end()) return false;  // it has gone in this round
    Job& job = found->second;
    List& list = core_.lists.at(job.row.list);
    if (job.converts()) return drive_conversions(job, list);
    if (!job.running()) return live_.follow_erasures(job);
    bool worked = live_.step(job);
    // What is due in the queue goes before the next page of a pass.
    worked |= sending_.step(list);
    if (jobs_.departures().owes_pass(job)) jobs_.owe(job, store::BulkKind::kResync);
    if (job.row.bulk != store::BulkKind::kNone) {
      if (!job.bulk) {
        // Begun anew after a crash it looks at everybody again, so it counts them in a run of its own.
        if (core_.tally.considered(job.row.bulk_run) > 0) jobs_.owe(job, job.row.bulk);
        job.bulk = std::make_shared<BulkPass>(core_, sending_, jobs_.departures(), job);
      }
      const std::shared_ptr<BulkPass> pass = job.bulk;  // the step may give it up
      worked |= pass->step(job, list);
      if (job.row.bulk == store::BulkKind::kNone) job.bulk = nullptr;
    }
    jobs_.finish_removed();
    return worked;
  });
}

// What is due goes before the next page of present members.
bool Engine::drive_conversions(Job& job, List& list) {
  // An edit counts also for what waits in a job that rests.
  bool worked = conversions_.sweep_step(job, list);
  conversions_.forget_decided(job, list);
  if (!job.running()) return worked;
  if (sends_real(job) && !job.row.sweeping) worked |= conversions_.take_claims(list);
  worked |= conversions_.step(list);
  worked |= conversions_.scan_step(job, list);
  return worked;
}

Result<bool> Engine::drive_list(ListNumber number) {
  return step([&] {
    bool worked = jobs_.departures().step(number);
    const auto found = core_.lists.find(number);
    if (found == core_.lists.end()) return worked;
    List& list = found->second;
    if (list.conversions()) return conversions_.step(list);
    if (const auto chore = chores_.step(list)) {
      new_tickets_.push_back({chore->first, Ticket{number, chore->second}});
      worked = true;
    }
    worked |= sending_.step(list);
    return worked;
  });
}

Result<bool> Engine::housekeeping() {
  const Time now = core_.now();
  if (waits(next_housekeeping_, now, kHousekeepingEvery)) return false;
  next_housekeeping_ = now + kHousekeepingEvery;
  TRY(step([&] {
    core_.store.trim(now, core_.options.retention);
    core_.store.begin_sweep();
    sweeping_ = pruning_ = true;
    for (auto& [number, job] : core_.jobs) {
      if (job.converts()) conversions_.sweep_held(job);
      if (job.running()) jobs_.catch_up(job);
      const bool due = job.settings.reassert_weekly && now - job.row.reasserted_at >= kWeek;
      if (job.running() && due && job.row.bulk == store::BulkKind::kNone)
        jobs_.owe(job, store::BulkKind::kReassert);
    }
    return true;
  }));
  return false;
}

// Once an hour what was erased goes from the places where it only cannot be seen.
Result<bool> Engine::sweep() {
  TRY(step([&] { return sweeping_ = core_.store.sweep(); }));
  if (!sweeping_) TRY(core_.store.checkpoint());
  return true;
}

Result<bool> Engine::erase_names_step() {
  std::optional<store::ProfileId> next;
  TRY(step([&] {
    next = core_.store.profiles.erase_removed(*names_from_, kErasedPeople);
    return true;
  }));
  names_from_ = next;
  return true;
}

void Engine::flush_all() {
  for (auto& [number, list] : core_.lists) {
    if (!core_.store.queue.empty(number)) sending_.flush_now(list);
  }
}

bool Engine::idle() {
  const auto page = core_.store.inbox().read(core_.store.inbox_cursor(), 1);
  if (!page || page->last != 0 || !tickets_.empty()) return false;
  for (const auto& [number, job] : core_.jobs) {
    if (!job.running()) continue;
    if (job.converts()) {
      if (conversions_.busy(job, core_.lists.at(job.row.list))) return false;
      continue;
    }
    if (job.row.cursor < core_.store.profiles.log_head() || job.row.bulk != store::BulkKind::kNone)
      return false;
    const List& list = core_.lists.at(job.row.list);
    if (list.open || sending_.queued_users(list) > 0) return false;
    const auto rows = [&](QueueClass c) { return core_.store.queue.count(job.row.list, c).rows; };
    if (rows(QueueClass::kAdd) + rows(QueueClass::kRemoveUnbraked) + rows(QueueClass::kSettling) +
            rows(QueueClass::kWaiting) >
        0)
      return false;
    if (!list.row.braked && rows(QueueClass::kRemove) > 0) return false;
  }
  // Erasures of people whom jobs have left on lists.
  const auto erasing = [&](const auto& item) {
    const auto behind = [&](const store::LeftRow& left) {
      return left.cursor < core_.store.profiles.log_head() || !left.scan_from.empty();
    };
    const List& list = item.second;
    return std::ranges::any_of(list.left, behind) || (!list.left.empty() && core_.driven(list));
  };
  return std::ranges::none_of(core_.lists, erasing);
}

}  // namespace pinrelay::exports
