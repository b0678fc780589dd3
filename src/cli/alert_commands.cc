// Alerts and webhooks: what is watched, what was found, who was told.
#include <fmt/format.h>

#include <set>

#include "alerts/rules.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kHistoryMax = 500;

alerts::Desk desk_of(Context& context) {
  return {context.config, context.engine, context.credentials, context.clock};
}

Json optional_number(int64_t number) { return number == alerts::kNone ? Json() : Json(number); }

std::string thresholds_of(const store::AlertRow& rule) {
  std::string text;
  const auto add = [&](const char* what, int64_t number, const char* unit) {
    if (number != alerts::kNone)
      text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", what, number, unit);
  };
  add("above", rule.above, " %");
  add("min", rule.least, "");
  add("max", rule.most, "");
  add("in", rule.hours, " h");
  return text;
}

Json rule_json(const store::AlertRow& rule) {
  return {{"name", rule.name},
          {"kind", rule.kind},
          {"of", rule.object},
          {"above", optional_number(rule.above)},
          {"min", optional_number(rule.least)},
          {"max", optional_number(rule.most)},
          {"hours", optional_number(rule.hours)},
          {"to", alerts::destinations_of(rule)},
          {"created_at", json_time(rule.created_at)},
          {"created_by", rule.created_by}};
}

// A token that is bound to jobs sees only the alerts about those jobs.
bool sees(const Arguments& arguments, const std::string& kind, const std::string& object) {
  const alerts::Kind* found = alerts::find_kind(kind);
  const bool of_job = found == nullptr || found->watches == "job";
  return !of_job || object.empty() || arguments.sees(object);
}

Json episode_json(const store::EpisodeRow& episode) {
  return {{"number", episode.number},
          {"alert", episode.rule_name},
          {"kind", episode.kind},
          {"object", episode.object},
          {"since", json_time(episode.opened_at)},
          {"until", json_time(episode.closed_at)},
          {"summary", episode.summary},
          {"next_step", episode.next_step},
          {"ended", episode.ended}};
}

Json message_json(const store::MessageRow& message) {
  return {{"id", message.id},
          {"alert", message.rule_name},
          {"episode", message.episode == 0 ? Json() : Json(message.episode)},
          {"type", message.event},
          {"to", message.destination},
          {"created_at", json_time(message.created_at)},
          {"attempts", message.attempts},
          {"state", message.waiting() ? "waiting" : message.outcome},
          {"next_attempt_at", message.waiting() ? json_time(message.next_at) : Json()},
          {"ended_at", json_time(message.ended_at)},
          {"error", message.error}};
}

Output refused(const std::string& name, const std::vector<alerts::Mistake>& mistakes) {
  Output output;
  output.json = {{"alert", name},
                 {"error",
                  {{"code", "alert_invalid"},
                   {"message", fmt::format("the alert has {} problem(s)", mistakes.size())},
                   {"fix", "correct them and send all of it again"}}},
                 {"problems", Json::array()}};
  for (const alerts::Mistake& mistake : mistakes) {
    output.json["problems"].push_back({{"pointer", "/" + mistake.pointer},
                                       {"code", mistake.code},
                                       {"message", mistake.message},
                                       {"fix", mistake.fix}});
    output.text += fmt::format("{}: {}. {}\n", mistake.pointer, mistake.message, mistake.fix);
  }
  output.exit_code = 1;
  return output;
}

}  // namespace

Result<Output> run_alert_put(Context& context, const Arguments& arguments) {
  const alerts::Desk desk = desk_of(context);
  const alerts::Wish wish{arguments.positional.at(0), arguments.value("kind"), arguments.value("of"),
                          arguments.value("above"),   arguments.value("min"),  arguments.value("max"),
                          arguments.value("hours"),   arguments.value("to"),   arguments.value("by", "cli")};
  std::vector<alerts::Mistake> mistakes;
  store::AlertRow rule;
  Output output;
  TRY(context.engine.transact([&]() -> Result<void> {
    mistakes = alerts::read_rule(wish, desk, rule);
    if (!mistakes.empty()) return {};
    const std::string change = TRY(alerts::put_rule(rule, desk));
    output.json = {{"alert", rule.name}, {"change", change}};
    output.text = fmt::format("{}: {}\n", rule.name, change);
    return {};
  }));
  return mistakes.empty() ? output : refused(plain(wish.name), mistakes);
}

Result<Output> run_alert_list(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"alerts", Json::array()}, {"open", Json::array()}};
    TextTable rules, open;
    rules.row({"ALERT", "KIND", "OF", "WHEN", "TO"});
    for (const store::AlertRow& rule : context.store().alerts.rules.all()) {
      if (!sees(arguments, rule.kind, rule.object)) continue;
      output.json["alerts"].push_back(rule_json(rule));
      rules.row({rule.name, rule.kind, rule.object.empty() ? "all" : rule.object, thresholds_of(rule),
                 rule.destinations.empty() ? "(shown here and in the interface)" : rule.destinations});
    }
    open.row({"ALERT", "SINCE", "WHY", "NEXT STEP"});
    for (const store::EpisodeRow& episode : context.store().alerts.open_episodes()) {
      if (!sees(arguments, episode.kind, episode.object)) continue;
      output.json["open"].push_back(episode_json(episode));
      open.row({episode.rule_name, when_text(episode.opened_at, now), episode.summary, episode.next_step});
    }
    output.text =
        output.json["alerts"].empty() ? "There is no alert: nobody is told of trouble.\n" : rules.text();
    output.text += output.json["open"].empty() ? "Nothing is open.\n" : "\nOpen now:\n" + open.text();
    output.text += as_of(now);
    return {};
  }));
  return output;
}

Result<Output> run_alert_history(Context& context, const Arguments& arguments) {
  const size_t limit = TRY(read_count(arguments, "limit", 50, kHistoryMax));
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const Time now = context.clock.now();
    output.json = {{"as_of", json_time(now)}, {"episodes", Json::array()}, {"messages", Json::array()}};
    TextTable episodes, messages;
    episodes.row({"EPISODE", "ALERT", "OBJECT", "SINCE", "UNTIL", "ENDED"});
    std::set<int64_t> shown;
    for (const store::EpisodeRow& each : context.store().alerts.newest_episodes(limit)) {
      if (!sees(arguments, each.kind, each.object)) continue;
      shown.insert(each.number);
      output.json["episodes"].push_back(episode_json(each));
      episodes.row({std::to_string(each.number), each.rule_name, each.object, format_rfc3339(each.opened_at),
                    each.open() ? "open" : format_rfc3339(each.closed_at), each.ended});
    }
    messages.row({"EPISODE", "MESSAGE", "TO", "AT", "ATTEMPTS", "STATE", "ERROR"});
    for (const store::MessageRow& each : context.store().alerts.newest_messages(limit)) {
      if (arguments.only_jobs && !shown.contains(each.episode)) continue;
      output.json["messages"].push_back(message_json(each));
      messages.row({each.episode == 0 ? "test" : std::to_string(each.episode), each.event, each.destination,
                    format_rfc3339(each.created_at), std::to_string(each.attempts),
                    each.waiting() ? "waiting" : each.outcome, each.error});
    }
    output.text = output.json["episodes"].empty() ? "No alert has opened yet.\n" : episodes.text();
    if (!output.json["messages"].empty()) output.text += "\n" + messages.text();
    output.text += as_of(now);
    return {};
  }));
  return output;
}

Result<Output> run_alert_remove(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  TRY(context.engine.transact([&] { return alerts::remove_rule(name, desk_of(context)); }));
  return Output{{{"alert", name}, {"result", "removed"}}, fmt::format("{}: removed\n", plain(name)), 0};
}

Result<Output> run_alert_test(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  size_t count = 0;
  TRY(context.engine.transact([&]() -> Result<void> {
    count = TRY(alerts::test_rule(name, desk_of(context)));
    return {};
  }));
  return Output{{{"alert", name}, {"messages", count}},
                fmt::format("{} message(s) go out at the service's next check; what became of them: pinrelay "
                            "alert history\n",
                            count),
                0};
}

Result<Output> run_webhook_add(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0), url = arguments.value("url");
  Secret secret;
  TRY(context.engine.transact([&]() -> Result<void> {
    secret = TRY(alerts::add_webhook(name, url, arguments.value("by", "cli"), desk_of(context)));
    return {};
  }));
  Output output;
  output.json = {{"webhook", name}, {"url", url}, {"secret", secret.reveal()}};  // this once
  output.text =
      fmt::format("{}\n\nThis is shown once: the receiver checks our signatures with it (docs/alerts.md).\n",
                  secret.reveal());
  return output;
}

Result<Output> run_webhook_list(Context& context, const Arguments&) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    output.json = {{"as_of", json_time(context.clock.now())}, {"webhooks", Json::array()}};
    TextTable table;
    table.row({"NAME", "URL", "FROM"});
    const auto add = [&](const std::string& name, const std::string& url, bool file) {
      output.json["webhooks"].push_back({{"name", name}, {"url", url}, {"managed_by_file", file}});
      table.row({name, url, file ? "the configuration file" : "webhook add"});
    };
    for (const config::Webhook& each : context.config.webhooks) add(each.name, each.url, true);
    for (const store::WebhookRow& each : context.store().alerts.webhooks.all())
      add(each.name, each.url, false);
    output.text = output.json["webhooks"].empty() ? "There is no webhook.\n" : table.text();
    return {};
  }));
  return output;
}

Result<Output> run_webhook_remove(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  TRY(context.engine.transact([&] { return alerts::remove_webhook(name, desk_of(context)); }));
  return Output{{{"webhook", name}, {"result", "removed"}}, fmt::format("{}: removed\n", plain(name)), 0};
}

// Asks now, and tells what came back.
Result<Output> run_webhook_test(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  store::EpisodeRow test;
  test.rule_name = name;
  test.opened_at = context.clock.now();
  test.summary = "This is a test: nothing is wrong.";
  std::optional<http::Request> request;
  TRY(context.read([&]() -> Result<void> {
    const std::string id = fmt::format("msg_test_{}", to_millis(test.opened_at));
    const std::string body = alerts::body_of(test, alerts::kTest, id, name, test.opened_at,
                                             !pinterest::is_pinterest(context.config.pinterest_base_url));
    request =
        TRY(alerts::webhook_request(name, id, body, context.config, context.engine, context.credentials));
    return {};
  }));
  Output output;
  output.call = std::make_shared<Call>();
  output.call->elsewhere = true;
  output.call->request = std::move(*request);
  output.call->finish = [name](const http::Response& response) {
    const std::string failure = alerts::failure_of(response);
    Output said;
    said.json = {{"webhook", name}, {"result", failure.empty() ? "delivered" : "not_delivered"}};
    said.text = fmt::format("{}: {}\n", plain(name), failure.empty() ? "delivered" : plain(failure));
    if (failure.empty()) return said;
    said.json["message"] = failure;
    said.json["fix"] =
        response.refused ? "give a public https address" : "correct the receiver, then test again";
    said.exit_code = 1;
    return said;
  };
  return output;
}

}  // namespace pinrelay::cli
