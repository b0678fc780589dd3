#include "alerts/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/address.h"
#include "http/address_guard.h"
#include "pinterest/requests.h"

namespace pinrelay::alerts {
namespace {

constexpr size_t kRulesMax = 200, kWebhooksMax = 100, kDestinationsMax = 20, kMessagesMax = 10'000;
constexpr int64_t kNumberMax = 1'000'000'000'000;

bool fits_as_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Mistake bad_name(std::string pointer) {
  return {std::move(pointer), "bad_name", "a name has 1 to 64 of a-z, 0-9, _ and -", "choose another name"};
}

class Reader {
 public:
  Reader(const Wish& wish, const Desk& desk, store::AlertRow& rule) : wish_(wish), desk_(desk), rule_(rule) {}

  std::vector<Mistake> read() {
    rule_.name = wish_.name;
    rule_.object = wish_.object;
    if (!fits_as_name(wish_.name)) mistakes_.push_back(bad_name("name"));
    const Kind* kind = find_kind(wish_.kind);
    if (kind == nullptr) {
      wrong("kind", "bad_kind", "there is no such kind of alert", "use one of: " + kind_names());
    } else {
      read_thresholds(*kind);
      check_object(*kind);
    }
    read_destinations();
    return std::move(mistakes_);
  }

 private:
  void wrong(std::string pointer, std::string code, std::string message, std::string fix) {
    mistakes_.push_back({std::move(pointer), std::move(code), std::move(message), std::move(fix)});
  }

  static std::string kind_names() {
    std::string names;
    for (const Kind& kind : kinds()) names += (names.empty() ? "" : ", ") + std::string(kind.name);
    return names;
  }

  int64_t number(const std::string& pointer, const std::string& text, int64_t otherwise, bool takes,
                 int64_t least, int64_t most) {
    if (text.empty()) return takes ? otherwise : kNone;
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!takes) {
      wrong(pointer, "not_for_this_kind", "this kind of alert takes no " + pointer, "leave it out");
    } else if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
      wrong(pointer, "out_of_range", fmt::format("{} is a whole number from {} to {}", pointer, least, most),
            "choose one");
    }
    return value;
  }

  void read_thresholds(const Kind& kind) {
    rule_.kind = kind.name;
    const bool silence = kind.name == "silence";
    rule_.above = number("above", wish_.above, kind.above, kind.above != kNone, silence ? 100 : 0,
                         silence ? 1'000 : 99);
    rule_.least = number("min", wish_.least, kNone, kind.range, 0, kNumberMax);
    rule_.most = number("max", wish_.most, kind.most, kind.range || kind.most != kNone, 0, kNumberMax);
    rule_.hours = number("hours", wish_.hours, kind.hours, kind.hours != kNone, 1, kWindowMax);
    if (!kind.range) return;
    if (wish_.least.empty() && wish_.most.empty())
      wrong("min", "missing", "this kind of alert needs min, max or both", "give one");
    if (rule_.least != kNone && rule_.most != kNone && rule_.least > rule_.most)
      wrong("max", "out_of_range", "max is less than min", "give a larger one");
  }

  void check_object(const Kind& kind) {
    const JobHours nothing;
    if (wish_.object.empty() || exists(kind, wish_.object, {desk_.engine, desk_.credentials, nothing}))
      return;
    if (kind.watches == kService)
      return wrong("of", "not_for_this_kind", "this kind of alert is about the service as a whole",
                   "leave it out");
    wrong("of", "not_found", fmt::format("there is no {} of that name", kind.watches),
          fmt::format("see 'pinrelay {} list', or leave it out for all",
                      kind.watches == "authorization" ? "auth" : kind.watches));
  }

  // Without any, the alert is only shown in the interface and by `alert list`.
  void read_destinations() {
    std::string text = wish_.destinations;
    std::ranges::replace(text, ',', ' ');
    rule_.destinations = text;
    std::vector<std::string> all = destinations_of(rule_);
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    rule_.destinations.clear();
    for (const std::string& each : all) {
      check_destination(each);
      rule_.destinations += (rule_.destinations.empty() ? "" : " ") + each;
    }
    if (all.size() > kDestinationsMax) wrong("to", "out_of_range", "there are more than 20", "name fewer");
  }

  void check_destination(const std::string& to) {
    if (is_mail(to)) {
      if (!config::is_mail_address(to))
        wrong("to", "bad_mail_address", "one of them is no mail address", "write it as ops@example.com");
      if (desk_.config.smtp.url.empty())
        wrong("to", "no_mail_server", "no mail server is configured",
              "add smtp to the configuration file and restart");
      return;
    }
    const auto in_file = std::ranges::find(desk_.config.webhooks, to, &config::Webhook::name);
    if (in_file != desk_.config.webhooks.end()) return;
    const auto rows = desk_.engine.core().store.alerts.webhooks.all();
    if (std::ranges::find(rows, to, &store::WebhookRow::name) == rows.end())
      wrong("to", "no_webhook", "there is no webhook of one of these names", "see 'pinrelay webhook list'");
  }

  const Wish& wish_;
  const Desk& desk_;
  store::AlertRow& rule_;
  std::vector<Mistake> mistakes_;
};

std::optional<store::AlertRow> find_rule(store::Store& store, const std::string& name) {
  for (store::AlertRow& row : store.alerts.rules.all())
    if (row.name == name) return std::move(row);
  return std::nullopt;
}

Error no_rule(const std::string& name) {
  return {ErrorKind::kNotFound, "no_alert", fmt::format("there is no alert '{}'", name), "",
          "see 'pinrelay alert list'"};
}

Error too_many(const char* what) {
  return {ErrorKind::kConflict, "too_many", fmt::format("there are as many {} as can be", what), "",
          "remove one first"};
}

bool simulated(const config::Config& config) { return !pinterest::is_pinterest(config.pinterest_base_url); }

}  // namespace

std::vector<std::string> destinations_of(const store::AlertRow& rule) {
  std::vector<std::string> all;
  std::string_view rest = rule.destinations;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    if (end > 0) all.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return all;
}

std::vector<Mistake> read_rule(const Wish& wish, const Desk& desk, store::AlertRow& rule) {
  rule.created_by = wish.by;
  return Reader(wish, desk, rule).read();
}

Result<std::string> put_rule(store::AlertRow rule, const Desk& desk) {
  store::Store& store = desk.engine.core().store;
  const auto known = find_rule(store, rule.name);
  if (known && known->kind != rule.kind)
    return Error{ErrorKind::kConflict, "other_kind", "there is an alert of that name and another kind", "",
                 "choose another name, or remove that one first"};
  if (!known && store.alerts.rules.all().size() >= kRulesMax) return too_many("alerts");
  rule.number = known ? known->number : store.next_number("alert_rules");
  rule.created_at = known ? known->created_at : desk.clock.now();
  if (known) rule.created_by = known->created_by;
  const auto content = [](const store::AlertRow& r) {
    return std::tie(r.object, r.above, r.least, r.most, r.hours, r.destinations);
  };
  if (known && content(*known) == content(rule)) return std::string("unchanged");
  store.alerts.rules.put(rule);
  return std::string(known ? "changed" : "created");
}

Result<void> remove_rule(const std::string& name, const Desk& desk) {
  store::Store& store = desk.engine.core().store;
  const auto rule = find_rule(store, name);
  if (!rule) return no_rule(name);
  store.alerts.rules.erase(rule->number);
  return {};
}

Result<size_t> test_rule(const std::string& name, const Desk& desk) {
  const auto rule = find_rule(desk.engine.core().store, name);
  if (!rule) return no_rule(name);
  if (destinations_of(*rule).empty())
    return Error{ErrorKind::kConflict, "no_receivers",
                 "this alert is sent to nobody, so there is nothing to test", "alert " + name,
                 "give it webhooks or mail addresses: 'pinrelay alert put'"};
  store::EpisodeRow test;
  test.rule_name = rule->name;
  test.kind = rule->kind;
  test.object = rule->object;
  test.opened_at = desk.clock.now();
  test.summary = "This is a test: nothing is wrong.";
  return add_messages(desk.config, desk.engine, *rule, test, kTest);
}

Result<Secret> add_webhook(const std::string& name, const std::string& url, const std::string& by,
                           const Desk& desk) {
  store::Store& store = desk.engine.core().store;
  if (!fits_as_name(name)) {
    const Mistake wrong = bad_name("name");
    return Error{ErrorKind::kInvalid, wrong.code, wrong.message, "", wrong.fix};
  }
  TRY(http::check_guarded_url(url));
  const auto rows = store.alerts.webhooks.all();
  if (std::ranges::find(rows, name, &store::WebhookRow::name) != rows.end() ||
      std::ranges::find(desk.config.webhooks, name, &config::Webhook::name) != desk.config.webhooks.end())
    return Error{ErrorKind::kConflict, "name_taken", fmt::format("there is a webhook '{}'", name), "",
                 "choose another name, or remove that one first"};
  if (rows.size() >= kWebhooksMax) return too_many("webhooks");
  store::WebhookRow row;
  row.number = store.next_number("webhooks");
  row.name = name;
  row.url = url;
  row.version = 1;
  row.created_at = desk.clock.now();
  row.created_by = by;
  const Secret secret = new_secret();
  TRY(desk.credentials.vault_ready());
  row.secret = TRY(desk.credentials.vault().seal(credentials::place_of(row), secret));
  store.alerts.webhooks.put(row);
  return secret;
}

Result<void> remove_webhook(const std::string& name, const Desk& desk) {
  store::Store& store = desk.engine.core().store;
  if (std::ranges::find(desk.config.webhooks, name, &config::Webhook::name) != desk.config.webhooks.end())
    return Error{ErrorKind::kConflict, "managed_by_file",
                 fmt::format("the webhook '{}' is in the configuration file", name), "",
                 "change the file and restart"};
  const auto rows = store.alerts.webhooks.all();
  const auto row = std::ranges::find(rows, name, &store::WebhookRow::name);
  if (row == rows.end())
    return Error{ErrorKind::kNotFound, "no_webhook", fmt::format("there is no webhook '{}'", name), "",
                 "see 'pinrelay webhook list'"};
  std::string used_by;
  for (const store::AlertRow& rule : store.alerts.rules.all())
    if (std::ranges::count(destinations_of(rule), name) > 0)
      used_by += (used_by.empty() ? "" : ", ") + rule.name;
  if (!used_by.empty())
    return Error{ErrorKind::kConflict, "webhook_used",
                 fmt::format("'{}' is used by alerts: {}", name, used_by), "",
                 "give them other destinations first"};
  store.alerts.webhooks.erase(row->number);
  return {};
}

size_t add_messages(const config::Config& config, exports::Engine& engine, const store::AlertRow& rule,
                    const store::EpisodeRow& episode, std::string_view event) {
  exports::Core& core = engine.core();
  size_t waiting = core.store.alerts.count_waiting();
  for (const std::string& destination : destinations_of(rule)) {
    store::MessageRow message;
    message.number = core.store.next_number("alert_messages");
    message.episode = episode.number;
    message.rule_name = rule.name;
    message.id = fmt::format("msg_{:016x}{:016x}", core.random.next(), core.random.next());
    message.event = event;
    message.destination = destination;
    message.created_at = core.now();
    message.next_at = core.now();
    message.body = body_of(episode, event, message.id, destination, core.now(), simulated(config));
    if (++waiting > kMessagesMax) {
      message.ended_at = core.now();
      message.outcome = kGivenUp;
      message.error = "too many messages wait already";
    }
    core.store.alerts.messages.put(message);
  }
  return destinations_of(rule).size();
}

}  // namespace pinrelay::alerts
