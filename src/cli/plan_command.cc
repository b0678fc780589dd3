// plan FILE: what applying a configuration would change here and at Pinterest; job plan NAME: what one job
// would do with its present members. Nothing is changed or sent.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "cli/authorization_views.h"
#include "cli/conversion_views.h"
#include "cli/format.h"
#include "cli/given_settings.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"
#include "cli/plan.h"
#include "cli/unknown_names.h"
#include "exports/jobs.h"
#include "exports/mapping.h"
#include "exports/settings.h"
#include "pinterest/requests.h"
#include "pinterest/tables.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kBodiesMax = 20;
constexpr size_t kBodyShown = 300;  // bytes of a body's beginning
// One request of a list is open at a time; that an answer takes about a second is our assumption.
constexpr Millis kAnswerTime{1'000};

struct JobPlan {
  std::optional<Error> refused;  // what apply would say, or why it cannot be counted; then nothing else
  Json conversions;              // of a conversions job: all there is to say
  std::string change;            // new, changed, unchanged
  Json settings = Json::array();
  bool moves = false;  // to another list
  PlanQuestion question;
  PlanNumbers numbers;

  const config::JobSettings& job() const { return question.job.settings; }
};

// What is known at once, and after a look at everybody also the numbers.
struct Planning {
  Time now{};
  size_t shown = 0;  // requests, or events, of each job
  std::vector<JobPlan> jobs;
  Json fields, untouched;
  std::vector<std::string> warnings;  // of the file
  std::string fields_text, untouched_text;
  std::unique_ptr<store::Snapshot> people;  // during the look
  Result<void> counted;
};

void count(Planning& planning, const std::stop_token& stop) {
  const auto people = std::move(planning.people);
  for (JobPlan& plan : planning.jobs) {
    if (plan.refused) continue;
    if (plan.question.job.converts()) {
      count_conversions(*people, plan.job(), planning.now, planning.shown, stop, plan.conversions);
      continue;
    }
    auto numbers = count_plan(*people, plan.question, stop);
    if (numbers.ok()) {
      plan.numbers = std::move(numbers).value();
    } else {
      plan.refused = numbers.error();
    }
  }
  planning.counted = people->status();
}

// Looks at everybody; then `say` tells what comes of it, within context.read().
Result<Output> after_look(Context& context, const std::shared_ptr<Planning>& planning,
                          std::function<Result<void>(Output&)> say) {
  planning->people = TRY(store::Snapshot::open(context.store().directory()));
  Output output;
  output.look =
      std::make_shared<Look>(Look{[planning](const std::stop_token& stop) { count(*planning, stop); },
                                  [&context, planning, say = std::move(say)]() -> Result<Output> {
                                    TRY(std::move(planning->counted));
                                    Output said;
                                    TRY(context.read([&]() -> Result<void> { return say(said); }));
                                    said.text += "Nothing has been sent. " + as_of(planning->now);
                                    return said;
                                  }});
  return output;
}

// How long the requests take: as many a window as Pinterest allows, one after the other.
Millis sending_time(Context& context, const std::string& authorization, int64_t requests) {
  if (requests == 0) return Millis{0};
  const auto known = context.engine.core().authorizations.find(authorization);
  const bool trial =
      known != context.engine.core().authorizations.end() && known->second.tier == config::Tier::kTrial;
  const auto limit = pinterest::rate_limit(trial ? pinterest::Tier::kTrial : pinterest::Tier::kStandard,
                                           pinterest::Category::kAdsWrite);
  const int64_t windows = (requests - 1) / limit.requests;
  const Millis by_budget = limit.window * windows + kAnswerTime * (requests - windows * limit.requests);
  return std::max(by_budget, kAnswerTime * requests);
}

// What apply would refuse, or nothing.
Result<exports::List*> find_target(Context& context, const config::JobSettings& settings) {
  const auto known = all_authorizations(context);
  if (std::ranges::find(known, settings.authorization, &config::Authorization::name) == known.end())
    return Error{ErrorKind::kConflict, "authorization_unknown",
                 fmt::format("neither the service's configuration nor the store has an authorization '{}'",
                             settings.authorization),
                 "job " + settings.name, "restart the service with this file, then apply"};
  return context.engine.jobs().target(settings);
}

// What is known at once.
Result<void> begin_plan(Context& context, const config::JobSettings& settings, size_t shown, JobPlan& plan) {
  exports::List* list = TRY(find_target(context, settings));
  FieldNumbers fields(context.store().catalog);
  plan.question.job = plan_job(context, settings, fields);
  if (plan.question.job.converts()) {
    plan.conversions = conversion_plan(context, settings);
    return {};
  }
  const std::string text = exports::write_settings(settings);
  const exports::Job* known = context.engine.jobs().find(settings.name);
  plan.change = known == nullptr ? "new" : known->row.settings == text ? "unchanged" : "changed";
  if (plan.change == "changed") plan.settings = changed_settings(known->settings, settings);
  plan.moves = known != nullptr && (list == nullptr || list->row.number != known->row.list);
  if (list != nullptr) {
    plan.question.list = list->row;
    plan.question.ledger = exports::LedgerReader(context.engine.core(), list->row.number);
  }
  plan.question.records_max = std::max<uint32_t>(1, settings.records_per_request);
  if (list != nullptr && list->row.records_max != 0)
    plan.question.records_max = std::min(plan.question.records_max, list->row.records_max);
  plan.question.requests_shown = shown;
  plan.question.sort_directory = context.store().directory();
  plan.question.sort_memory = context.engine.core().options.sort_memory;
  return {};
}

// Roughly what the brake decides: it also counts the removals of the last day.
bool brake_would_hold(const JobPlan& plan) {
  const config::Brake& brake = plan.job().brake;
  if (!brake.enabled || !plan.question.list) return false;
  const int64_t size = std::max(plan.question.list->present, plan.question.list->largest);
  return plan.numbers.removes > static_cast<int64_t>(brake.people) &&
         plan.numbers.removes * 100 > size * static_cast<int64_t>(brake.percent);
}

Json list_json(const JobPlan& plan) {
  const auto& list = plan.question.list;
  const bool creates = list ? list->state != store::ListState::kReady : !plan.job().list;
  return {{"id", list              ? Json(list->id)
                 : plan.job().list ? Json(plan.job().list->id)
                                   : Json()},
          {"name", list ? Json(list->name) : Json()},
          {"creates", creates},
          {"moves", plan.moves}};
}

// Of how many members each mapped field has a value.
Json coverage_json(const JobPlan& plan) {
  const config::JobSettings& settings = plan.job();
  const std::pair<std::string_view, const std::string*> mapped[] = {
      {"email", &settings.email_field},
      {"sha256_email", &settings.sha256_email_field},
      {"mobile_id", &settings.mobile_id_field}};
  Json coverage = Json::array();
  for (const auto& [target, field] : mapped)
    if (!field->empty())
      coverage.push_back(
          {{"field", *field}, {"target", target}, {"people", plan.numbers.filled.at(coverage.size())}});
  return coverage;
}

int64_t minutes(Millis time) { return (time.count() + 59'999) / 60'000; }

Json plan_json(Context& context, const JobPlan& plan) {
  const PlanNumbers& numbers = plan.numbers;
  const int64_t requests = numbers.request_count(plan.question.records_max);
  Json invalid = Json::object();
  for (const exports::ReasonInfo& info : exports::kReasons) {
    const int64_t count = numbers.reasons[static_cast<size_t>(info.reason)];
    if (info.outcome == exports::OutcomeClass::kInvalid && count != 0)
      invalid[std::string(info.name)] = count;
  }
  return {{"name", plan.job().name},
          {"label", plan.job().label},
          {"change", plan.change},
          {"settings", plan.settings},
          {"state", store::kJobStateNames[static_cast<size_t>(plan.question.job.row.state)]},
          {"list", list_json(plan)},
          {"members", numbers.members},
          {"invalid", invalid},
          {"no_consent", numbers.reasons[static_cast<size_t>(exports::Reason::kNoConsent)]},
          {"consent_unreadable", numbers.reasons[static_cast<size_t>(exports::Reason::kConsentUnreadable)]},
          {"warnings", numbers.warnings},
          {"unknown_names", unknown_names(context.store().catalog, plan.job())},
          {"coverage", coverage_json(plan)},
          {"identifiers_to_add", numbers.adds},
          {"identifiers_to_remove", numbers.removes},
          {"identifiers_in_place", numbers.in_place},
          {"identifiers_kept_for_other_jobs", numbers.wanted_elsewhere},
          {"identifiers_rejected", numbers.rejected},
          {"requests", requests},
          {"minutes", minutes(sending_time(context, plan.job().authorization, requests))},
          {"brake_would_hold", brake_would_hold(plan)},
          {"reads_by_newer_rules", exports::Jobs::rereads(context.store(), plan.question.job.row)}};
}

std::string number(const Json& json, const char* name) { return thousands(json[name].get<int64_t>()); }

std::string list_text(const JobPlan& plan, const Json& json) {
  const Json& list = json["list"];
  std::string text = list["creates"] == true ? "a new customer list is created with the first batch"
                     : plan.question.list && !plan.question.list->name.empty()
                         ? fmt::format("{} ({})", plan.question.list->name, plan.question.list->id)
                         : "existing list " + (list["id"].is_string() ? list["id"].get<std::string>() : "");
  if (plan.moves) text += "; a new ledger begins, and the list used so far stays as it is";
  return text;
}

std::string plan_text(const JobPlan& plan, const Json& json) {
  TextTable table("  ");
  for (const Json& change : plan.settings)
    table.row({"Setting", fmt::format("{}: {} → {}", change["setting"].get<std::string>(),
                                      json_text(change["from"]), json_text(change["to"]))});
  table.row({"List", list_text(plan, json)});
  table.row({"Identifiers",
             fmt::format("+{} to add, -{} to remove; {} in place", number(json, "identifiers_to_add"),
                         number(json, "identifiers_to_remove"), number(json, "identifiers_in_place"))});
  std::string people = number(json, "members") + " members";
  for (const auto& [reason, count] : json["invalid"].items())
    people += fmt::format(", {} invalid ({})", thousands(count.get<int64_t>()), reason);
  if (json["no_consent"] != 0) people += fmt::format(", {} without consent", number(json, "no_consent"));
  if (json["consent_unreadable"] != 0)
    people += fmt::format(", {} whose consent is neither yes nor no", number(json, "consent_unreadable"));
  table.row({"People", people});
  for (const Json& field : json["coverage"])
    table.row({"Coverage", fmt::format("{} → {}: {} people", plain(field["field"].get<std::string>()),
                                       field["target"].get<std::string>(), number(field, "people"))});
  if (json["identifiers_kept_for_other_jobs"] != 0)
    table.row({"Kept", number(json, "identifiers_kept_for_other_jobs") +
                           " identifiers, because another job wants them"});
  if (json["identifiers_rejected"] != 0)
    table.row({"Rejected", number(json, "identifiers_rejected") +
                               " identifiers that Pinterest has refused are not sent again"});
  for (const Json& name : json["unknown_names"]) table.row({"Warning", name.get<std::string>()});
  if (json["warnings"] != 0)
    table.row({"Warnings", number(json, "warnings") + " values left out or in an odd place"});
  table.row({"Requests", json["requests"] == 0 ? "none"
                                               : fmt::format("{}, about {} min", number(json, "requests"),
                                                             number(json, "minutes"))});
  if (json["brake_would_hold"] == true)
    table.row({"Brake", "would hold these removals until 'pinrelay job release " + plan.job().name + "'"});
  if (json["reads_by_newer_rules"] == true)
    table.row(
        {"Note",
         "this version reads values by newer rules, so a resync is due: identifiers that are read otherwise "
         "now are replaced, under the brake"});
  if (plan.change == "new")
    table.row({"Note", "the job is created as a draft; this is what it does once started"});
  const bool idle = plan.change != "new" && plan.question.job.row.state != store::JobState::kRunning;
  if (idle)
    table.row({"Note", fmt::format("the job is {}; this is what it does once it runs",
                                   json["state"].get<std::string>())});
  return fmt::format("Job {}: {}\n", plain(plan.job().name), plan.change) + table.text();
}

http::Request build_request(Context& context, const JobPlan& plan, const PlannedRequest& planned,
                            bool creates) {
  const config::JobSettings& settings = plan.job();
  const pinterest::Access access{context.config.pinterest_base_url, ""};
  if (creates) {
    const auto type = settings.list_type() == config::ListType::kMaid ? pinterest::ListType::kMaid
                                                                      : pinterest::ListType::kEmail;
    const std::string name = exports::new_list_name(settings, context.clock.now());
    return pinterest::create_list(access, settings.ad_account, name, type, planned.hashes);
  }
  std::string id = settings.list ? settings.list->id : "";
  if (plan.question.list && !plan.question.list->id.empty()) id = plan.question.list->id;
  // The id of a list that the first request makes is Pinterest's to give.
  return pinterest::update_list(access, settings.ad_account, id.empty() ? "LIST_ID" : id,
                                static_cast<pinterest::Operation>(planned.operation), planned.hashes);
}

// A body as it would be sent, its middle left out.
std::string shortened(const std::string& body) {
  if (body.size() <= kBodyShown + 40) return body;
  return fmt::format("{} … {} bytes … {}", body.substr(0, kBodyShown),
                     thousands(static_cast<int64_t>(body.size() - kBodyShown - 20)),
                     body.substr(body.size() - 20));
}

Json people_json(Context& context, const PlannedRequest& planned) {
  std::vector<store::ProfileId> ids;
  for (const auto& id : planned.people)
    if (id) ids.push_back(*id);
  const auto hints = person_hints(context.store(), ids);
  Json people = Json::array();
  for (size_t i = 0; i < planned.people.size(); ++i) {
    people.push_back(
        {{"identifier", to_hex(ByteView(planned.hashes[i]).first(4)) + "…"},
         {"person", planned.people[i] ? hints.at(*planned.people[i]) : "(nobody owns it any more)"},
         {"profile_id", planned.people[i] ? id_text(*planned.people[i]) : ""}});
  }
  return people;
}

void add_bodies(Context& context, const JobPlan& plan, Json& json, std::string& text) {
  json["bodies"] = Json::array();
  bool creates = json["list"]["creates"] == true;
  for (const PlannedRequest& planned : plan.numbers.requests) {
    const http::Request request = build_request(context, plan, planned, creates);
    creates = false;
    Json body = {{"method", request.method},         {"url", request.url},
                 {"records", planned.hashes.size()}, {"bytes", request.body.size()},
                 {"body", shortened(request.body)},  {"first_people", people_json(context, planned)}};
    text += fmt::format("  {} {}, {} records, {} bytes\n    {}\n", request.method, plain(request.url),
                        thousands(static_cast<int64_t>(planned.hashes.size())),
                        thousands(static_cast<int64_t>(request.body.size())), plain(shortened(request.body)));
    for (const Json& person : body["first_people"])
      text +=
          fmt::format("    {}  {}  {}\n", person["identifier"].get<std::string>(),
                      plain(person["person"].get<std::string>()), person["profile_id"].get<std::string>());
    json["bodies"].push_back(std::move(body));
  }
}

// Fields whose type the file fixes differently.
Json plan_fields(Context& context, const config::Config& wanted, std::string& text) {
  const store::Catalog& catalog = context.store().catalog;
  Json fields = Json::array();
  for (const config::FieldSetting& setting : wanted.fields) {
    store::FieldNumber number = 0;
    const bool known = catalog.find_field(setting.name, number);
    const store::FieldInfo present = known ? catalog.fields()[number] : store::FieldInfo{};
    const std::string_view type = store::type_name(present.type);
    if (present.fixed && type == setting.type) continue;
    fields.push_back({{"name", setting.name}, {"from", known ? Json(type) : Json()}, {"to", setting.type}});
    text += fmt::format("Field {}: type fixed to {}\n", plain(setting.name), setting.type);
  }
  return fields;
}

Output problems_output(const std::string& path, const std::vector<config::Problem>& problems) {
  Output output;
  output.json["problems"] = problems_json(problems);
  output.text = config::describe(path, problems);
  output.exit_code = 1;
  return output;
}

// One job of a plan, as JSON; adds its text.
Json say_job(Context& context, const JobPlan& plan, size_t shown, std::string& text) {
  if (plan.question.job.converts()) {
    text += conversion_plan_text(plan.conversions);
    return plan.conversions;
  }
  Json json = plan_json(context, plan);
  text += plan_text(plan, json);
  if (shown > 0) add_bodies(context, plan, json, text);
  return json;
}

void say_jobs(Context& context, const Planning& planning, Output& output) {
  std::map<std::string, int64_t> requests;  // by authorization, of lists
  bool changes = !output.json["fields"].empty();
  int64_t all = 0;
  for (const JobPlan& plan : planning.jobs) {
    if (plan.refused) {
      const Error& error = *plan.refused;
      output.json["errors"].push_back(
          {{"code", error.code}, {"message", error.message}, {"where", error.where}, {"fix", error.fix}});
      output.text += plain(error.text()) + "\n";
      continue;
    }
    Json json = say_job(context, plan, planning.shown, output.text);
    const auto count = json["requests"].get<int64_t>();
    if (!plan.question.job.converts()) {
      requests[plan.job().authorization] += count;
    } else if (json["change"] != "unchanged" && json["scans_members"] == true) {
      all += count;
    }
    changes |= json["change"] != "unchanged";
    output.json["jobs"].push_back(std::move(json));
  }
  Millis longest{0};
  for (const auto& [authorization, count] : requests) {
    all += count;
    longest = std::max(longest, sending_time(context, authorization, count));
  }
  output.json["requests"] = all;
  output.json["minutes"] = minutes(longest);
  output.json["changes"] = changes;
  output.exit_code = !output.json["errors"].empty() ? 1 : changes ? 2 : 0;
  output.text +=
      fmt::format("In all {} requests, about {} min. {}\n", thousands(all), thousands(minutes(longest)),
                  output.exit_code == 1 ? "Applying would be refused."
                  : changes             ? "Applying changes this."
                                        : "Applying changes nothing.");
}

}  // namespace

Result<Output> run_plan(Context& context, const Arguments& arguments) {
  const size_t bodies = arguments.has("bytes") ? TRY(read_count(arguments, "bytes", 1, kBodiesMax)) : 0;
  const std::string path = arguments.path(arguments.positional.at(0));
  const config::Loaded loaded = TRY(config::load_config_file(path, exports::check_mappings));
  if (!loaded.problems.empty()) return problems_output(path, loaded.problems);
  const auto planning = std::make_shared<Planning>();
  planning->now = context.clock.now();
  planning->shown = bodies;
  planning->warnings = warnings_of(loaded.config, path);
  TRY(context.read([&]() -> Result<void> {
    planning->fields = plan_fields(context, loaded.config, planning->fields_text);
    planning->untouched = untouched_jobs(context, loaded.config, planning->untouched_text);
    for (const config::JobSettings& settings : loaded.config.jobs) {
      JobPlan& plan = planning->jobs.emplace_back();
      if (auto begun = begin_plan(context, settings, bodies, plan); !begun.ok()) plan.refused = begun.error();
    }
    return {};
  }));
  return after_look(context, planning, [&context, planning](Output& output) -> Result<void> {
    output.json = {{"as_of", json_time(planning->now)}, {"errors", Json::array()}};
    output.json["fields"] = planning->fields;
    output.json["warnings"] = planning->warnings;
    output.text = warnings_text(planning->warnings) + planning->fields_text;
    output.json["jobs"] = Json::array();
    say_jobs(context, *planning, output);
    output.json["untouched_jobs"] = planning->untouched;
    output.text += planning->untouched_text;
    return {};
  });
}

// Plans the job as saved, or with the settings given instead.
Result<Output> run_job_plan(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  const auto planning = std::make_shared<Planning>();
  planning->now = context.clock.now();
  std::optional<GivenSettings> given;
  if (arguments.has("settings")) given = TRY(read_settings(context, name, arguments.value("settings")));
  if (given && given->refused) return std::move(*given->refused);
  TRY(context.read([&]() -> Result<void> {
    const config::JobSettings& settings = given ? given->job() : TRY(find_job(context, name))->settings;
    return begin_plan(context, settings, 0, planning->jobs.emplace_back());
  }));
  return after_look(context, planning, [&context, planning](Output& output) -> Result<void> {
    const JobPlan& plan = planning->jobs.front();
    if (plan.refused) return *plan.refused;
    output.json = say_job(context, plan, 0, output.text);
    output.json["as_of"] = json_time(planning->now);
    return {};
  });
}

}  // namespace pinrelay::cli
