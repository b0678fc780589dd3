#include "alerts/alerts.h"

#include <fmt/format.h>

#include <algorithm>

#include "alerts/rules.h"
#include "base/log.h"

namespace pinrelay::alerts {
namespace {

constexpr Millis kCheckEvery{5'000};
constexpr Millis kTrimEvery{3'600'000};
constexpr Millis kGivenUpAfter{24 * 3'600'000LL};
constexpr Millis kToldAgainAfter{24 * 3'600'000LL};
constexpr Millis kEpisodesKept{90 * 24 * 3'600'000LL};
constexpr Millis kMessagesKept{14 * 24 * 3'600'000LL};
// After the first, second, … attempt; the last one from then on.
constexpr Millis kRetryAfter[] = {Millis{5'000},   Millis{30'000},    Millis{120'000},
                                  Millis{600'000}, Millis{1'800'000}, Millis{3'600'000}};
constexpr size_t kLookedAtMax = 10'000;  // all that can wait (kMessagesMax in rules.cc)
constexpr Time kNever = Time::max();

Millis retry_after(int64_t attempts) {
  const auto last = static_cast<int64_t>(std::size(kRetryAfter)) - 1;
  return kRetryAfter[std::clamp<int64_t>(attempts - 1, 0, last)];
}

}  // namespace

Result<bool> Alerts::run_once() {
  const auto finished = transport_ ? transport_->take_finished() : std::vector<http::Finished>();
  for (const http::Finished& end : finished) under_way_.erase(static_cast<int64_t>(end.ticket));
  const bool checks = parts_.clock.monotonic() >= next_check_;
  const Time now = parts_.clock.now();
  if (!checks && finished.empty() && now < next_due_) return false;
  std::vector<std::pair<uint64_t, http::Request>> requests;
  const auto done = parts_.engine.transact([&]() -> Result<void> {
    finish(finished);
    if (checks) check();
    send_due(requests);
    return {};
  });
  next_check_ = checks ? parts_.clock.monotonic() + kCheckEvery : next_check_;
  if (!done) {
    hours_.forget();
    next_due_ = now;
    return done.error();
  }
  for (auto& [ticket, request] : requests) {
    if (!transport_) transport_ = parts_.connect();
    under_way_.insert(static_cast<int64_t>(ticket));
    transport_->submit(ticket, std::move(request));
  }
  return !finished.empty() || !requests.empty();
}

void Alerts::check() {
  store::Store& store = parts_.engine.core().store;
  hours_.look(parts_.engine.core());
  std::vector<store::EpisodeRow> open = store.alerts.open_episodes();
  for (const store::AlertRow& rule : store.alerts.rules.all()) open_and_close(rule, open);
  for (store::EpisodeRow& episode : open) close(std::move(episode), "the rule was removed", nullptr);
  if (parts_.clock.monotonic() < next_trim_) return;
  next_trim_ = parts_.clock.monotonic() + kTrimEvery;
  const Time now = parts_.clock.now();
  store.alerts.drop_before(now - kEpisodesKept, now - kMessagesKept);
}

// Takes the rule's episodes out of `open`.
void Alerts::open_and_close(const store::AlertRow& rule, std::vector<store::EpisodeRow>& open) {
  std::vector<Finding> found = find(rule, {parts_.engine, parts_.credentials, hours_});
  const auto is_of_rule = [&](const store::EpisodeRow& each) { return each.rule != rule.number; };
  const auto first = std::stable_partition(open.begin(), open.end(), is_of_rule);
  for (auto episode = first; episode != open.end(); ++episode) {
    const auto still = std::ranges::find(found, episode->object, &Finding::object);
    if (still == found.end()) {
      close(*episode, "it is over", &rule);
    } else {
      repeat(rule, *episode, *still);
      found.erase(still);
    }
  }
  open.erase(first, open.end());
  for (const Finding& finding : found) this->open(rule, finding);
}

void Alerts::open(const store::AlertRow& rule, const Finding& finding) {
  store::Store& store = parts_.engine.core().store;
  store::EpisodeRow episode;
  episode.number = store.next_number("alert_episodes");
  episode.rule = rule.number;
  episode.rule_name = rule.name;
  episode.kind = rule.kind;
  episode.object = finding.object;
  episode.opened_at = episode.told_at = parts_.clock.now();
  episode.summary = finding.summary;
  episode.next_step = next_step_of(*find_kind(rule.kind), finding.object);
  store.alerts.episodes.put(episode);
  add_messages(parts_.config, parts_.engine, rule, episode, kOpened);
  log(LogLevel::kWarning, "alerts", "an alert opens",
      {{"alert", rule.name}, {"kind", rule.kind}, {"object", finding.object}, {"episode", episode.number}});
}

// What is easily put off is told again, as it is by then.
void Alerts::repeat(const store::AlertRow& rule, store::EpisodeRow& episode, const Finding& finding) {
  const Time now = parts_.clock.now();
  if (!find_kind(rule.kind)->daily || now - episode.told_at < kToldAgainAfter) return;
  episode.told_at = now;
  episode.summary = finding.summary;
  parts_.engine.core().store.alerts.episodes.put(episode);
  add_messages(parts_.config, parts_.engine, rule, episode, kOpened);
}

void Alerts::close(store::EpisodeRow episode, std::string why, const store::AlertRow* rule) {
  episode.closed_at = parts_.clock.now();
  episode.ended = std::move(why);
  parts_.engine.core().store.alerts.episodes.put(episode);
  if (rule != nullptr) add_messages(parts_.config, parts_.engine, *rule, episode, kResolved);
  log(LogLevel::kInfo, "alerts", "an alert is over",
      {{"alert", episode.rule_name}, {"object", episode.object}, {"episode", episode.number}});
}

void Alerts::finish(const std::vector<http::Finished>& finished) {
  for (const http::Finished& end : finished)
    if (auto message = parts_.engine.core().store.alerts.messages.get(static_cast<int64_t>(end.ticket)))
      end_attempt(std::move(*message), failure_of(end.response));
}

void Alerts::end_attempt(store::MessageRow message, const std::string& failure) {
  const Time now = parts_.clock.now();
  ++message.attempts;
  message.error = failure;
  const bool given_up = !failure.empty() && now - message.created_at >= kGivenUpAfter;
  if (failure.empty() || given_up) {
    message.ended_at = now;
    message.outcome = given_up ? kGivenUp : kDelivered;
  } else {
    message.next_at = now + retry_after(message.attempts);
  }
  if (given_up)
    log(LogLevel::kError, "alerts", "a message is given up",
        {{"alert", message.rule_name}, {"message", message.id}, {"reason", failure}});
  parts_.engine.core().store.alerts.messages.put(message);
}

// One at a time to each destination, in order: nothing resolves before it has opened.
void Alerts::send_due(std::vector<std::pair<uint64_t, http::Request>>& requests) {
  const Time now = parts_.clock.now();
  std::set<std::string> busy;
  next_due_ = kNever;
  for (store::MessageRow& message : parts_.engine.core().store.alerts.waiting_messages(kLookedAtMax)) {
    if (!busy.insert(message.destination).second) continue;
    if (under_way_.contains(message.number)) continue;
    if (exports::waits(message.next_at, now)) {
      next_due_ = std::min(next_due_, message.next_at);
      continue;
    }
    auto request = request_of(message, parts_.config, parts_.engine, parts_.credentials);
    if (request) {
      requests.emplace_back(static_cast<uint64_t>(message.number), std::move(*request));
    } else {
      end_attempt(std::move(message), request.error().text());
      next_due_ = now + kRetryAfter[0];
    }
  }
}

}  // namespace pinrelay::alerts
