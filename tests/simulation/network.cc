#include "network.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinrelay::simulation {
namespace {

// The text of "key":"…" in a body of ours, which holds no escapes there.
std::string_view text_of(std::string_view body, std::string_view key) {
  const std::string name = fmt::format("\"{}\":\"", key);
  const size_t at = body.find(name);
  if (at == std::string_view::npos) return {};
  body.remove_prefix(at + name.size());
  return body.substr(0, body.find('"'));
}

std::vector<Hash> read_records(std::string_view records) {
  std::vector<Hash> hashes;
  for (size_t at = 0; at + 64 <= records.size(); at += 65) {
    Hash hash;
    if (parse_hex(records.substr(at, 64), hash)) hashes.push_back(hash);
  }
  return hashes;
}

// Of ".../ad_accounts/ACCOUNT/...".
std::string account_of(std::string_view url) {
  constexpr std::string_view kBefore = "/ad_accounts/";
  url.remove_prefix(url.find(kBefore) + kBefore.size());
  return std::string(url.substr(0, url.find('/')));
}

std::string describe(const http::Response& response) {
  if (response.ending == http::Ending::kNotSent) return "not sent";
  if (response.ending == http::Ending::kBroken) return "broken";
  return std::to_string(response.status);
}

}  // namespace

// A list is known by its name: its id may come back in an answer that nobody reads.
std::string Network::list_name(const http::Request& request) const {
  if (request.method == "POST") return std::string(text_of(request.body, "name"));
  const sim::CustomerList* list = world_.lists().find(request.url.substr(request.url.rfind('/') + 1));
  return list == nullptr ? "" : list->name;
}

std::optional<size_t> Network::note_change(const http::Request& request) {
  const std::string_view records = text_of(request.body, "records");
  if (records.empty()) return std::nullopt;
  SentChange change;
  change.sent = now_;
  change.path = request.url.substr(request.url.find("/ad_accounts"));
  change.operation =
      request.method == "POST" ? "CREATE" : std::string(text_of(request.body, "operation_type"));
  change.outcome = "open";
  change.records = read_records(records);
  if (change.records.size() * 65 != records.size() + 1) wrong_ = "a record is not 64 hex digits";
  if (!std::is_sorted(change.records.begin(), change.records.end())) {
    std::sort(change.records.begin(), change.records.end());
  }
  if (std::adjacent_find(change.records.begin(), change.records.end()) != change.records.end())
    wrong_ = "an identifier stands twice in a request";
  std::set<Hash>& added = ever_added_[list_name(request)];
  if (change.operation != "REMOVE") added.insert(change.records.begin(), change.records.end());
  for (const Hash& hash : change.records) {
    if (!added.contains(hash)) wrong_ = fmt::format("{} is removed and was never added by us", to_hex(hash));
  }
  changes_.push_back(std::move(change));
  return changes_.size() - 1;
}

void Network::note_events(const http::Request& request) {
  if (!request.url.ends_with("/events")) return;  // a test
  // Each event of ours begins with its name and its id.
  constexpr std::string_view kName = "\"event_name\":\"";
  const std::string_view body = request.body;
  const std::string account = account_of(request.url);
  for (size_t at = body.find(kName); at != std::string_view::npos; at = body.find(kName, at + 1)) {
    const std::string_view event = body.substr(at);
    sent_events_.push_back(
        {account, std::string(text_of(event, "event_name")), std::string(text_of(event, "event_id"))});
  }
}

Millis Network::transit() {
  const bool late = random_.chance(options_.late_percent);
  const Millis most = late ? options_.transit_late : options_.transit_max;
  return Millis{1 + static_cast<int64_t>(random_.below(static_cast<uint64_t>(most.count())))};
}

void Network::submit(uint64_t ticket, http::Request request) {
  Exchange exchange;
  exchange.ticket = ticket;
  exchange.sent = now_;
  exchange.arrives = now_ + transit();
  exchange.ends = now_ + request.timeout;
  exchange.response.ending = http::Ending::kBroken;
  exchange.response.error = "timed out";
  exchange.change = note_change(request);
  note_events(request);
  ++requests_;
  trace_.mix(request.body);
  trace_.event(now_, fmt::format("-> {} {} {} {} {} records", ticket, request.method,
                                 request.url.substr(request.url.find("/ad_accounts")),
                                 exchange.change ? changes_[*exchange.change].operation : "",
                                 exchange.change ? changes_[*exchange.change].records.size() : 0));
  exchange.request = std::move(request);
  exchanges_.push_back(std::move(exchange));
}

// Pinterest reads the request now; when the caller hears of it is decided here, too.
void Network::arrive(Exchange& exchange) {
  exchange.arrived = true;
  const sim::Reply reply = world_.handle(sim::call_from(exchange.request), now_);
  exchange.request.body.clear();
  if (exchange.ended || reply.delivery == sim::Delivery::kNeverAnswered) return;
  const Time back = now_ + reply.delay + transit();
  if (back >= exchange.ends) return;
  exchange.ends = back;
  exchange.response = sim::seen_by_client(reply);
}

void Network::end(Exchange& exchange) {
  exchange.ended = true;
  if (!exchange.waited_for) return;
  exchange.response.duration = exchange.ends - exchange.sent;
  trace_.mix(exchange.response.body);
  trace_.event(now_, fmt::format("<- {} {}", exchange.ticket, describe(exchange.response)));
  if (exchange.change) {
    changes_[*exchange.change].ended = now_;
    changes_[*exchange.change].outcome = describe(exchange.response);
  }
  finished_.push_back({exchange.ticket, std::move(exchange.response)});
}

std::optional<Time> Network::next() const {
  std::optional<Time> next;
  for (const Exchange& exchange : exchanges_) {
    if (!exchange.arrived && (!next || exchange.arrives < *next)) next = exchange.arrives;
    if (!exchange.ended && (!next || exchange.ends < *next)) next = exchange.ends;
  }
  return next;
}

void Network::advance(Time now) {
  for (auto due = next(); due && *due <= now; due = next()) {
    now_ = std::max(now_, *due);
    for (Exchange& exchange : exchanges_) {
      if (!exchange.arrived && exchange.arrives <= now_) arrive(exchange);
      if (!exchange.ended && exchange.ends <= now_) end(exchange);
    }
    std::erase_if(exchanges_, [](const Exchange& e) { return e.arrived && e.ended; });
  }
  now_ = now;
}

void Network::lose_everybody() {
  finished_.clear();
  std::erase_if(exchanges_, [&](Exchange& exchange) {
    if (exchange.change && !exchange.ended) changes_[*exchange.change].outcome = "lost in a crash";
    exchange.waited_for = false;
    exchange.ended = true;
    return exchange.arrived || random_.chance(50);
  });
}

}  // namespace pinrelay::simulation
