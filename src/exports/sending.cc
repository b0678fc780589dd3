#include "exports/sending.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "exports/brake.h"
#include "exports/settings.h"

namespace pinrelay::exports {
namespace {

using pinterest::Verdict;

constexpr size_t kPeopleRemembered = 100'000;  // of a retry; bounds its memory
constexpr Millis kErrorBudget{10 * 3600'000LL};
constexpr Millis kBackoffMax{5 * 60'000};
constexpr Millis kForbiddenRetry{15 * 60'000};
constexpr Millis kSpamRetry{15 * 60'000};
// Within this time of the word that the list is gone, its ad account has to be readable.
constexpr Millis kGoneTogether{60'000};
// Halving 10,000 records down to one takes at most 28 calls, half of them refused when one record is guilty.
// So many refusals without a single success mean that something else is wrong.
constexpr int64_t kRefusalsMax = 28;

// The opposite has to wait until then. A success does not end the wait for an earlier attempt of unknown
// outcome.
void mark(LedgerEntry& entry, Operation operation, Millis until) {
  if (entry.marked && entry.marked_operation == operation && entry.mark_until > until) return;
  entry.marked = true;
  entry.marked_operation = operation;
  entry.mark_until = until;
}

// Time between two errors in a row counts towards giving up; other waits do not.
void count_errors(store::ListRow& row, Verdict verdict, bool write, Time now) {
  if (verdict == Verdict::kUnknown || verdict == Verdict::kNotSent) {
    if (to_millis(row.last_error_at) != 0 && now > row.last_error_at)
      row.only_errors += std::min(now - row.last_error_at, 2 * kBackoffMax);  // more was no trying
    row.last_error_at = now;
  } else if (write || verdict != Verdict::kDone) {
    row.last_error_at = Time{};
  }
}

}  // namespace

std::optional<pinterest::Access> Sending::access(List& list) {
  const auto token = core_.tokens.token(list.row.authorization);
  Authorization& auth = authorization(list);
  if (token && *token != auth.refused_token) {
    auth.refused_token.clear();
    return pinterest::Access{core_.options.pinterest_base_url, *token};
  }
  if (list.row.wait_code != "auth_error") {
    list.row.wait_code = "auth_error";
    list.row.wait_reason = token ? "Pinterest refuses the token" : "the token cannot be read";
    list.changed = true;
  }
  return std::nullopt;
}

bool Sending::can_send(List& list) {
  if (core_.draining || list.open || list.row.state == store::ListState::kSearching || !core_.driven(list))
    return false;
  if (!list.verified && list.row.state == store::ListState::kReady) return false;
  // No list is made for jobs that are being removed: nobody is on it who would have to go.
  const auto adds = [](const Job* job) { return job->writes() && !job->removes_everyone(); };
  if (list.row.state == store::ListState::kWanted &&
      std::ranges::none_of(core_.jobs_of(list.row.number), adds))
    return false;
  Authorization& auth = authorization(list);
  const Time now = core_.now();
  if (waits(list.row.not_before, now) || waits(auth.not_before, now)) return false;
  if (core_.options.rate_budget && !auth.allows(now, true)) return false;
  return access(list).has_value();
}

Millis Sending::flush_after(const List& list) {
  const auto sharing = core_.jobs_of(list.row.number);
  Millis shortest = sharing.empty() ? config::JobSettings{}.flush_after : Millis::max();
  for (const Job* job : sharing) shortest = std::min(shortest, job->settings.flush_after);
  const Authorization& auth = authorization(list);
  if (auth.tier == config::Tier::kStandard) return shortest;
  // Two writes a flush, from 300 a day shared by the authorization's lists.
  return std::max(shortest, Millis{10 * 60'000} * std::max<int64_t>(1, auth.lists));
}

int64_t Sending::queued_users(const List& list) const {
  const auto users = [&](QueueClass c) { return core_.store.queue.count(list.row.number, c).users; };
  return users(QueueClass::kAdd) + users(QueueClass::kRemoveUnbraked) +
         (list.row.braked ? 0 : users(QueueClass::kRemove));
}

std::optional<Time> Sending::due_at(List& list) {
  const Time now = core_.now();
  std::optional<int64_t> oldest;
  for (const QueueClass c : {QueueClass::kAdd, QueueClass::kRemoveUnbraked, QueueClass::kRemove}) {
    if (c == QueueClass::kRemove && list.row.braked) continue;
    if (core_.store.queue.count(list.row.number, c).rows == 0) continue;
    const auto at = core_.store.queue.oldest(list.row.number, c);
    if (at && (!oldest || *at < *oldest)) oldest = at;
  }
  if (!oldest) return std::nullopt;
  uint64_t size = UINT64_MAX;
  for (const Job* job : core_.jobs_of(list.row.number)) size = std::min(size, job->settings.flush_users);
  if (static_cast<uint64_t>(queued_users(list)) >= size) return now;
  // A row from the future was queued before the clock was stepped back: its wait begins anew.
  if (from_millis(*oldest) > now) core_.store.queue.clamp(list.row.number, to_millis(now));
  return std::min(from_millis(*oldest), now) + flush_after(list);
}

void Sending::flush_now(List& list) {
  core_.store.queue.clamp(list.row.number, to_millis(core_.now()));
  list.row.flush_until = core_.now();
  list.changed = true;
  for (Job* job : core_.jobs_of(list.row.number)) {
    if (job->row.live_run != 0) core_.tally.close(job->row.live_run, core_.now());
    job->row.live_run = 0;
    job->changed = true;
  }
}

bool Sending::step(List& list) {
  promote_settled(core_, list);
  if (!can_send(list)) return false;
  Batch batch = next_batch(list);
  if (batch.entries.empty()) return false;
  open(list, batch.operation, std::move(batch.entries));
  return true;
}

Sending::Batch Sending::next_batch(List& list) {
  if (list.isolation) {
    Batch batch = isolated_batch(list);
    if (!batch.entries.empty()) return batch;
  }
  if (to_millis(list.row.flush_until) == 0) {
    const auto due = due_at(list);
    if (!due || *due > core_.now()) return {};
    flush_now(list);
  }
  const bool written = core_.written(list.row.number);  // or else erasures alone are sent
  Batch batch;
  if (written) batch = queued_batch(list, QueueClass::kAdd);
  const bool exists = list.row.state != store::ListState::kWanted;  // a list is created with an ADD
  if (exists && batch.entries.empty()) batch = queued_batch(list, QueueClass::kRemoveUnbraked);
  if (exists && written && batch.entries.empty() && !brake_holds(core_, list))
    batch = queued_batch(list, QueueClass::kRemove);
  if (batch.entries.empty()) {
    list.row.flush_until = Time{};
    list.changed = true;
  }
  return batch;
}

Sending::Batch Sending::queued_batch(List& list, QueueClass queue_class) {
  Batch batch;
  batch.operation = queue_class == QueueClass::kAdd ? Operation::kAdd : Operation::kRemove;
  for (const QueueRow& row : core_.store.queue.page(
           list.row.number, queue_class, to_millis(list.row.flush_until), core_.records_max(list))) {
    batch.entries.push_back({row.hash, row.cause, row.primary, row.unbraked, row.run, row.erases});
    core_.store.queue.erase(list.row.number, row.hash);
  }
  std::sort(batch.entries.begin(), batch.entries.end(),
            [](const AttemptEntry& a, const AttemptEntry& b) { return a.hash < b.hash; });
  return batch;
}

// Two lists of one audience may begin in the same second, and a name has to find one of them.
void Sending::name_list(List& list) {
  const Job* job = core_.jobs_of(list.row.number).front();
  const auto taken = [&] {
    return std::any_of(core_.lists.begin(), core_.lists.end(), [&](const auto& item) {
      return item.first != list.row.number && item.second.row.name == list.row.name;
    });
  };
  list.row.create_named_at = core_.now();
  do {
    list.row.name = new_list_name(job->settings, list.row.create_named_at);
    list.row.create_named_at += Millis{1'000};
  } while (taken());
  list.row.create_named_at -= Millis{1'000};
}

void Sending::open(List& list, Operation operation, std::vector<AttemptEntry> entries) {
  const auto access = this->access(list);
  CHECK(access && !entries.empty() && !list.open);
  std::vector<Hash> hashes;
  hashes.reserve(entries.size());
  for (const AttemptEntry& entry : entries) hashes.push_back(entry.hash);

  store::Attempt attempt;
  attempt.request = core_.store.next_number("requests");
  attempt.operation = operation;
  attempt.creates_list = list.row.state == store::ListState::kWanted;
  attempt.started_at = core_.now();
  attempt.entries = std::move(entries);

  http::Request request;
  if (attempt.creates_list) {
    if (list.row.name.empty()) {
      // The name is how a list is found again after a create of unknown outcome, so it is durable before the
      // call.
      name_list(list);
    }
    const auto type = static_cast<config::ListType>(list.row.type) == config::ListType::kMaid
                          ? pinterest::ListType::kMaid
                          : pinterest::ListType::kEmail;
    request = pinterest::create_list(*access, list.row.ad_account, list.row.name, type, hashes);
  } else {
    request = pinterest::update_list(*access, list.row.ad_account, list.row.id,
                                     static_cast<pinterest::Operation>(operation), hashes);
  }
  log_request(list, attempt.request, request,
              attempt.creates_list           ? "create list"
              : operation == Operation::kAdd ? "add"
                                             : "remove",
              hashes.size(), true);
  core_.store.attempts.put(list.row.number, attempt);
  authorization(list).spent(core_.now(), true);
  if (!attempt.entries.empty()) core_.tally.request(attempt.entries.front().run);
  core_.outbox.emplace_back(static_cast<uint64_t>(attempt.request), std::move(request));
  list.open = std::move(attempt);
  list.attempt_token = access->token;
  list.changed = true;
}

void Sending::close_lost(List& list) {
  http::Response response;
  response.ending = http::Ending::kBroken;
  response.error = "the process ended while the request was open";
  close(list, response);
}

void Sending::log_request(const List& list, int64_t number, const http::Request& request,
                          std::string_view what, size_t records, bool write) {
  store::RequestRow row;
  row.number = number;
  row.authorization = list.row.authorization;
  row.list = list.row.number;
  row.at = core_.now();
  row.method = request.method;
  row.path = request.url.substr(core_.options.pinterest_base_url.size());
  row.what = what;
  row.records = static_cast<int64_t>(records);
  row.verdict = "open";
  row.write = write;
  core_.store.request_log.put(row);
}

void Sending::note_request(int64_t request, const pinterest::Answer& answer, const http::Response& response) {
  auto row = core_.store.request_log.get(request);
  if (!row) return;
  row->status = answer.status;
  row->verdict = pinterest::to_text(answer.verdict);
  row->message = answer.message;
  row->request_id = answer.request_id;
  row->duration = response.duration;
  row->retry_after = answer.wait.value_or(Millis{0});
  core_.store.request_log.put(*row);
}

void Sending::close(List& list, const http::Response& response) {
  const pinterest::Answer answer = pinterest::judge(response, pinterest::Expect::kList, core_.now());
  const store::Attempt attempt = std::move(*list.open);
  list.open.reset();
  list.changed = true;
  note_request(attempt.request, answer, response);
  core_.store.attempts.erase(list.row.number);
  if (attempt.creates_list) {
    if (answer.verdict == Verdict::kDone) {
      list.row.id = pinterest::read_list(response.body)->id;
      list.row.state = store::ListState::kReady;
      list.row.ours = list.verified = true;
      for (const Job* job : core_.jobs_of(list.row.number))
        log(LogLevel::kInfo, "exports", "list created",
            {{"job", job->row.name}, {"list", list.row.id}, {"name", list.row.name}});
    } else if (answer.verdict == Verdict::kUnknown) {
      list.row.state = store::ListState::kSearching;
      list.row.search_until = core_.settle.now() + core_.settle_after_unknown(list);
      list.next_search = core_.now();
      list.search_bookmark.clear();
    }
  }
  if (answer.verdict == Verdict::kTooLarge) {
    list.row.records_max = static_cast<uint32_t>(std::max<size_t>(1, attempt.entries.size() / 2));
  }
  record_answer(list, attempt, answer);
  note_outcome(list, answer, true);
}

void Sending::forget_create(List& list) {
  count_present(list, revise_ledger(core_, list, [](LedgerEntry& entry) {
                  if (entry.presence == Presence::kAbsent) return false;
                  entry.presence = Presence::kAbsent;
                  entry.marked = false;
                  return true;
                }));
}

Reason Sending::rejected_as(int64_t request) {
  const auto row = core_.store.request_log.get(request);
  return row && row->verdict == "too_large" ? Reason::kTooLarge : Reason::kRejectedByPinterest;
}

int64_t Sending::retry_rejected(Job& job, List& list, int64_t after_request, const Selection& only) {
  int64_t count = 0;
  const auto selected = [&](const LedgerEntry& entry) {
    const auto theirs = [&](const Owner& owner) { return owner.profile == *only.person; };
    return (!only.person || std::ranges::any_of(entry.owners, theirs)) &&
           (!only.reason || rejected_as(entry.request) == *only.reason);
  };
  const auto again = [&](LedgerEntry& entry) {
    if (!entry.rejected || entry.request <= after_request || !selected(entry)) return false;
    entry.rejected = false;
    ++count;
    return true;
  };
  // Another attempt is another person-change, of somebody who wants it or did; one for all identifiers of a
  // person.
  std::set<ProfileId> counted;
  const auto cause = [&](const LedgerEntry& entry) {
    if (job.row.live_run == 0)
      job.row.live_run = core_.tally.open(job.row.number, store::RunKind::kLive, core_.now());
    job.changed = true;
    Cause found{entry.wanted() ? entry.owners.front() : Owner{job.row.owner, {}}, job.row.live_run};
    found.placed = entry.wanted() && counted.contains(found.owner.profile);
    if (entry.wanted() && counted.size() < kPeopleRemembered) counted.insert(found.owner.profile);
    if (!found.placed) core_.tally.consider(job.row.live_run);
    return found;
  };
  revise_ledger(core_, list, again, cause);
  if (count > 0) flush_now(list);
  return count;
}

// What was sent becomes what is known; then whatever still differs from the wish goes back to the queue.
void Sending::record_answer(List& list, const store::Attempt& attempt, const pinterest::Answer& answer) {
  const Verdict verdict = answer.verdict;
  const bool alone = attempt.entries.size() == 1;
  const bool rejects = alone && (verdict == Verdict::kRefused || verdict == Verdict::kTooLarge);
  const bool isolate = verdict == Verdict::kRefused && !alone;
  // While a batch is being halved every attempt is a part of it; one that failed otherwise is tried again as
  // it was.
  const bool returns = list.isolation && !isolate && !rejects && verdict != Verdict::kDone;
  if (verdict != Verdict::kDone && to_millis(list.row.flush_until) == 0) flush_now(list);
  const Policy& policy = core_.options.policy;
  Bytes keys;
  keys.reserve(attempt.entries.size() * 32);
  for (const AttemptEntry& entry : attempt.entries) append(keys, entry.hash);
  std::vector<Wish> wishes(attempt.entries.size());
  const Millis settle_now = core_.settle.now(), after_success = core_.settle_after_success(list),
               after_unknown = core_.settle_after_unknown(list);
  int64_t present_change = 0;
  LedgerEntry entry;
  const LedgerReader ledger(core_, list.row.number);
  core_.store.ledger.update(list.row.number, keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
    ledger.read(old, entry);
    const bool was_there = entry.presence != Presence::kAbsent;
    Wish wish = read_wish(entry, settle_now);
    if (verdict == Verdict::kDone || verdict == Verdict::kUnknown) {
      const Millis window = verdict == Verdict::kDone ? after_success : after_unknown;
      if (window > Millis{0}) mark(entry, attempt.operation, settle_now + window);
      const bool adds =
          policy.acknowledge_what_was_sent ? attempt.operation == Operation::kAdd : entry.wanted();
      entry.presence = verdict == Verdict::kUnknown ? Presence::kMaybe
                       : adds                       ? Presence::kPresent
                                                    : Presence::kAbsent;
      entry.rejected = false;
      entry.request = attempt.request;
    } else if (rejects) {
      // It says nothing about the opposite, which may be what is wished by now.
      entry.rejected = wish.wanted == (attempt.operation == Operation::kAdd);
      entry.request = attempt.request;
    }
    present_change += (entry.presence != Presence::kAbsent) - was_there;
    wish = read_wish(entry, settle_now);
    if (!policy.coalesce_at_retry && !rejects) {
      // The batch is sent again as it was, and what it was about ends with it.
      if (verdict != Verdict::kDone) wish = {attempt.operation == Operation::kAdd, attempt.operation, {}};
      if (verdict == Verdict::kDone && list.row.failures > 0) wish.difference.reset();
    }
    wishes[i] = wish;
    if (entry.empty()) return old ? store::Write::kErase : store::Write::kKeep;
    store::write_ledger_entry(entry, record);
    return store::Write::kPut;
  });
  count_present(list, present_change);
  if (verdict == Verdict::kDone && attempt.operation == Operation::kRemove) {
    // What the brake lets pass has been decided by somebody, and does not bring it nearer.
    const auto braked = std::count_if(attempt.entries.begin(), attempt.entries.end(),
                                      [](const AttemptEntry& sent) { return !sent.unbraked; });
    core_.store.count_hour(list.row.number, core_.now(), list.row.present - present_change, braked);
  }
  settle_entries(list, attempt, verdict, rejects, isolate || returns, wishes);
  if (isolate) split(list, attempt);
  if (returns) {
    auto& part = list.isolation->parts.emplace_back();
    for (const AttemptEntry& sent : attempt.entries) part.push_back(sent.hash);
  }
  if (list.isolation && list.isolation->parts.empty()) list.isolation.reset();
  if (!list.isolation) core_.store.queue.release_waiting(list.row.number);
}

// Counts what each entry has come to, and gives back to the queue what still differs from its wish.
void Sending::settle_entries(List& list, const store::Attempt& attempt, Verdict verdict, bool rejects,
                             bool isolated, const std::vector<Wish>& wishes) {
  const ListNumber number = list.row.number;
  const bool receipts = verdict == Verdict::kDone && attempt.operation == Operation::kRemove &&
                        core_.store.deletions.awaits(number);
  for (size_t i = 0; i < attempt.entries.size(); ++i) {
    const AttemptEntry& sent = attempt.entries[i];
    if (verdict == Verdict::kDone) core_.tally.identifiers(sent.run, attempt.operation, 1);
    if (receipts) core_.store.deletions.acknowledge(number, sent.cause.profile, core_.now(), attempt.request);
    if (sent.primary && verdict == Verdict::kDone) {
      core_.tally.sent(sent.run, attempt.operation);
    } else if (sent.primary && rejects) {
      core_.tally.not_sent(sent.run,
                           verdict == Verdict::kTooLarge ? Reason::kTooLarge : Reason::kRejectedByPinterest);
    }
    AttemptEntry left = sent;
    left.primary = sent.primary && verdict != Verdict::kDone && !rejects;
    requeue(list, left, wishes[i], attempt, isolated);
  }
}

// After an attempt: the identifier's row, if it needs one. A change that came while the attempt was open has
// left a waiting row; it is the newer person-change and takes over.
void Sending::requeue(List& list, const AttemptEntry& entry, const Wish& wish, const store::Attempt& attempt,
                      bool isolate) {
  const bool nobody_waits = core_.store.queue.count(list.row.number, QueueClass::kWaiting).rows == 0;
  if (nobody_waits && !wish.difference) {
    if (entry.primary) core_.tally.not_sent(entry.run, Reason::kNoChange);
    return;
  }
  const auto waiting = nobody_waits ? std::nullopt : core_.store.queue.get(list.row.number, entry.hash);
  if (!wish.difference) {
    if (entry.primary) core_.tally.not_sent(entry.run, Reason::kNoChange);
    if (waiting && waiting->primary) core_.tally.not_sent(waiting->run, Reason::kNoChange);
    if (waiting) core_.store.queue.erase(list.row.number, entry.hash);
    return;
  }
  QueueRow row;
  row.hash = entry.hash;
  row.operation = *wish.difference;
  const bool newer = waiting && waiting->primary;
  if (newer && entry.primary) core_.tally.not_sent(entry.run, Reason::kSuperseded);
  row.primary = newer || entry.primary;
  row.cause = newer ? waiting->cause : entry.cause;
  row.run = newer ? waiting->run : entry.run;
  row.unbraked = entry.unbraked || (waiting && waiting->unbraked);
  row.erases = entry.erases || (waiting && waiting->erases);
  row.queue_class = wish.settles_at ? QueueClass::kSettling
                    : isolate && row.operation == attempt.operation
                        ? QueueClass::kWaiting
                        : ready_class(row.operation, row.unbraked);
  // What was in the flush stays in it; what is new waits like any other change.
  row.at = wish.settles_at ? wish.settles_at->count()
           : row.operation == attempt.operation
               ? to_millis(std::min(attempt.started_at, list.row.flush_until))
           : waiting ? waiting->at
                     : to_millis(core_.now());
  core_.store.queue.put(list.row.number, row);
}

void Sending::count_present(List& list, int64_t by) {
  if (list.row.present == 0 && by > 0 && to_millis(list.row.first_present_at) == 0)
    list.row.first_present_at = core_.now();
  // The hour's first row remembers the size before anything happened in it.
  if (by != 0) core_.store.count_hour(list.row.number, core_.now(), list.row.present, 0);
  list.row.present += by;
  list.row.largest = std::max(list.row.largest, list.row.present);
}

void Sending::note_gone(List& list, const pinterest::Answer& answer) {
  fail_jobs(list, "list_gone",
            "the customer list is gone at Pinterest; choose another list or create one, and apply");
  if (!core_.driven(list) && core_.written(list.row.number)) return;
  list.verified = list.account_checked = false;
  const bool said = pinterest::says_list_gone(answer);
  list.gone = said ? List::Gone::kSaid : List::Gone::kNo;
  list.gone_at = core_.now();
  cannot_reach(list, answer, said ? Millis{0} : kForbiddenRetry);
}

void Sending::note_account_gone(List& list, const pinterest::Answer& answer) {
  fail_jobs(list, "ad_account_gone", "Pinterest knows no such ad account: " + answer.message);
  list.gone = List::Gone::kNo;
  if (core_.driven(list)) cannot_reach(list, answer, kForbiddenRetry);
}

void Sending::cannot_reach(List& list, const pinterest::Answer& answer, Millis wait) {
  list.row.wait_code = "cannot_reach_list";
  list.row.wait_reason = answer.message;
  list.row.not_before = core_.now() + wait;
  list.changed = true;
}

void Sending::confirm_gone(List& list) {
  if (list.gone != List::Gone::kSaid) return;
  const bool soon = core_.now() < list.gone_at + kGoneTogether && list.gone_at <= core_.now();
  list.gone = soon ? List::Gone::kConfirmed : List::Gone::kNo;
}

void Sending::fail_jobs(List& list, std::string code, std::string reason) {
  for (Job* job : core_.jobs_of(list.row.number)) {
    if (!job->running() || job->removes_everyone()) continue;
    job->row.state = store::JobState::kFailed;
    job->row.reason_code = code;
    job->row.reason = reason;
    job->changed = true;
    log(LogLevel::kError, "exports", "job failed",
        {{"job", job->row.name}, {"code", code}, {"reason", reason}});
  }
}

void Sending::note_outcome(List& list, const pinterest::Answer& answer, bool write) {
  store::ListRow& row = list.row;
  const Time now = core_.now();
  Authorization& auth = authorization(list);
  list.changed = true;
  const auto back_off = [&](Millis first, Millis most) {
    const int64_t doublings = std::min<int64_t>(row.failures, 16);
    const Millis ceiling = std::min(most, first * (int64_t{1} << doublings));
    ++row.failures;
    // Half of it fixed, half of it random: never a hot loop, never everybody at once.
    return ceiling / 2 +
           Millis{static_cast<int64_t>(core_.random.below(static_cast<uint64_t>(ceiling.count() / 2 + 1)))};
  };
  const auto wait = [&](Time until, std::string code) {
    row.not_before = until;
    row.wait_code = std::move(code);
    row.wait_reason = answer.message;
  };
  count_errors(row, answer.verdict, write, now);
  switch (answer.verdict) {
    case Verdict::kDone:
      if (write) {
        row.failures = row.isolation_calls = 0;
        row.only_errors = Millis{0};
      } else if (row.failures > 0) {
        return;  // that Pinterest answers questions ends no trouble with changes
      }
      row.wait_code.clear();
      row.wait_reason.clear();
      if (write) row.last_success_at = now;  // a look at something is no delivery
      return;
    case Verdict::kUnknown:
    case Verdict::kNotSent:
      wait(now + std::max(back_off(Millis{1'000}, kBackoffMax), answer.wait.value_or(Millis{0})),
           answer.status >= 500 ? "server_error"
           : answer.tls_failed  ? "tls_error"
                                : "network_error");
      if (row.only_errors >= kErrorBudget) {
        row.only_errors = Millis{0};
        fail_jobs(list, "only_errors", "nothing but errors for 10 hours; the last: " + answer.message);
      }
      return;
    case Verdict::kThrottled:
      wait(now + std::max(answer.wait.value_or(back_off(Millis{2'000}, kBackoffMax)),
                          answer.spam_block ? kSpamRetry : Millis{0}),
           kRateLimited);
      if (list.conversions()) {
        Time& account = core_.event_accounts[row.ad_account].not_before;
        account = std::max(account, row.not_before);
      } else {
        auth.not_before = std::max(auth.not_before, row.not_before);
      }
      return;
    case Verdict::kRampedDown:
      wait(now + answer.wait.value_or(back_off(kBackoffMax, Millis{30 * 60'000})), "ramped_down");
      return;
    case Verdict::kAuth:
      // The one it was sent with: another may be in use by now.
      auth.refused_token = write ? list.attempt_token : list.chore_token;
      wait(now, "auth_error");
      return;
    case Verdict::kForbidden:
      wait(now + kForbiddenRetry, "auth_error");
      return;
    case Verdict::kGone:
      if (list.conversions())
        return fail_jobs(list, "account_gone",
                         "Pinterest does not know the ad account; correct it, apply and resume");
      note_gone(list, answer);
      return;
    case Verdict::kTooLarge:
      if (row.records_max > 1) return;  // it was large
      [[fallthrough]];
    case Verdict::kRefused:
      if (++row.isolation_calls >= kRefusalsMax) give_up_isolating(list, answer);
      return;
  }
}

}  // namespace pinrelay::exports
