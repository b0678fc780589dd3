// The rows of alerts: what is watched, what was found, what is to be told to whom.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "store/ledger.h"

namespace pinrelay::store {

// Where messages can go; one that the configuration file names is not here.
struct WebhookRow {
  int64_t number = 0;
  std::string name, url;
  int64_t version = 0;  // of the secret
  Bytes secret;         // for signing, sealed
  Time created_at{};
  std::string created_by;

  template <typename F>
  void columns(F f) {
    f("number", number), f("name", name), f("url", url), f("version", version), f("secret", secret);
    f("created_at", created_at), f("created_by", created_by);
  }
};

struct AlertRow {
  int64_t number = 0;
  std::string name, kind, object;                         // object: a name; "" = all
  int64_t above = -1, least = -1, most = -1, hours = -1;  // -1: not set
  std::string destinations;                               // webhooks and mail addresses, separated by spaces
  Time created_at{};
  std::string created_by;

  template <typename F>
  void columns(F f) {
    f("number", number), f("name", name), f("kind", kind), f("object", object), f("above", above);
    f("least", least), f("most", most), f("hours", hours), f("destinations", destinations);
    f("created_at", created_at), f("created_by", created_by);
  }
};

// From when a rule found something about one object until it found it no more.
struct EpisodeRow {
  int64_t number = 0;
  int64_t rule = 0;
  std::string rule_name, kind, object;
  Time opened_at{}, closed_at{};  // zero: open
  std::string summary, next_step;
  std::string ended;  // why it is closed
  Time told_at{};     // last, that it is open

  template <typename F>
  void columns(F f) {
    f("number", number), f("rule", rule), f("rule_name", rule_name), f("kind", kind), f("object", object);
    f("opened_at", opened_at), f("closed_at", closed_at), f("summary", summary), f("next_step", next_step);
    f("ended", ended), f("told_at", told_at);
  }
  bool open() const { return to_millis(closed_at) == 0; }
};

// One message to one destination; written with what it tells, sent until it is taken or given up.
struct MessageRow {
  int64_t number = 0;
  int64_t episode = 0;  // 0: a test
  std::string rule_name;
  std::string id;  // the same for every attempt
  std::string event, destination, body;
  Time created_at{};
  int64_t attempts = 0;
  Time next_at{}, ended_at{};  // ended: zero while it is to be sent
  std::string outcome, error;  // "delivered", "given up"; why the last attempt failed

  template <typename F>
  void columns(F f) {
    f("number", number), f("episode", episode), f("rule_name", rule_name), f("id", id), f("event", event);
    f("destination", destination), f("body", body), f("created_at", created_at), f("attempts", attempts);
    f("next_at", next_at), f("ended_at", ended_at), f("outcome", outcome), f("error", error);
  }
  bool waiting() const { return to_millis(ended_at) == 0; }
};

// What a job's runs counted, by the hour, while it was watched (src/alerts/job_hours.h).
struct JobHoursRow {
  JobNumber job = 0;
  int64_t hour = 0;  // of the last entry, since 1970
  Bytes runs, hours;

  template <typename F>
  void columns(F f) {
    f("job", job), f("hour", hour), f("runs", runs), f("hours", hours);
  }
};

// Since when a job has had something to send without a success.
struct JobWaitingRow {
  JobNumber job = 0;
  Time since{};

  template <typename F>
  void columns(F f) {
    f("job", job), f("since", since);
  }
};

}  // namespace pinrelay::store
