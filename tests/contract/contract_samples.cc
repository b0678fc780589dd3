// Builds every request we can make, gives each to the simulated Pinterest, and prints the exchanges for
// contract.mjs, one JSON object a line.
#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <vector>

#include "base/json_writer.h"
#include "base/sha256.h"
#include "pinterest/answer.h"
#include "pinterest/conversion_event.h"
#include "pinterest/oauth.h"
#include "pinterest/objects.h"
#include "pinterest/requests.h"
#include "simulator/world.h"

namespace pinrelay {
namespace {

using pinterest::Access;
using pinterest::Expect;
using pinterest::ListType;
using pinterest::Operation;

const Time kNow = from_millis(1'767'225'600'000);
const Access kAccess{"https://api.pinterest.com/v5", "pina_sim"};
constexpr const char* kAccount = "549755885175";

struct Sample {
  std::string name;
  http::Request request;
  Expect expect;
};

void print(const std::string& name, const sim::Call& call, const sim::Reply& reply,
           std::string_view verdict) {
  using enum sim::FaultKind;
  const sim::FaultInfo* const fault = sim::find_fault(reply.fault);
  const bool spoilt =
      reply.delivery != sim::Delivery::kAnswered ||
      (fault != nullptr && (fault->kind == kHtml || fault->kind == kTruncated || fault->kind == kWrongType));
  std::string line;
  JsonWriter json(line);
  json.begin_object().field("name", name).field("method", call.method).field("path", call.target);
  json.field("content_type", call.content_type).field("request_body", call.body);
  json.field("status", reply.status).field("response_body", reply.body);
  json.field("spoilt", spoilt).field("verdict", verdict).end_object();
  std::puts(line.c_str());
}

// Gives the request to the world, prints the exchange, and returns the body of the answer.
std::string exchange(sim::World& world, const Sample& sample, Time now = kNow) {
  const sim::Call call = sim::call_from(sample.request);
  const sim::Reply reply = world.handle(call, now);
  const pinterest::Answer answer = pinterest::judge(sim::seen_by_client(reply), sample.expect, now);
  print(sample.name, call, reply, pinterest::to_text(answer.verdict));
  return reply.body;
}

std::vector<Hash> hashes(size_t count, const std::string& of) {
  Sha256 sha256;
  std::vector<Hash> out;
  for (size_t i = 0; i < count; ++i) out.push_back(sha256.hash(of + std::to_string(i)));
  return out;
}

sim::WorldOptions without_limits() {
  sim::WorldOptions options;
  options.limits.enabled = false;
  return options;
}

// One of each request, with the ids that a fresh world gives to what `prepare` makes.
struct Ids {
  std::string list, audience;
};

Ids prepare(sim::World& world) {
  const auto people = hashes(150, "person");
  const auto ask = [&](const http::Request& request) {
    return world.handle(sim::call_from(request), kNow).body;
  };
  const std::string made =
      ask(pinterest::create_list(kAccess, kAccount, "Readers", ListType::kEmail, people));
  const std::string list = pinterest::read_list(made).value().id;
  const std::string audience =
      ask(pinterest::create_audience(kAccess, kAccount, "Readers", list, "Kept by Pinrelay"));
  return {list, pinterest::read_audience(audience).value().id};
}

std::vector<Sample> every_request(const Ids& ids) {
  using namespace pinterest;
  const auto one = hashes(1, "one"), many = hashes(1'000, "many");
  return {
      {"create an e-mail list",
       create_list(kAccess, kAccount, "Pinrelay Readers 1767225600", ListType::kEmail, many), Expect::kList},
      {"create a MAID list",
       create_list(kAccess, kAccount, "Leser & \"Freunde\" 读者 \n", ListType::kMaid, one), Expect::kList},
      {"add one", update_list(kAccess, kAccount, ids.list, Operation::kAdd, one), Expect::kList},
      {"add many", update_list(kAccess, kAccount, ids.list, Operation::kAdd, many), Expect::kList},
      {"remove one", update_list(kAccess, kAccount, ids.list, Operation::kRemove, one), Expect::kList},
      {"remove many", update_list(kAccess, kAccount, ids.list, Operation::kRemove, many), Expect::kList},
      {"get a list", get_list(kAccess, kAccount, ids.list), Expect::kList},
      {"first page of lists", list_lists(kAccess, kAccount, ""), Expect::kListPage},
      {"create an audience", create_audience(kAccess, kAccount, "Readers", ids.list, ""), Expect::kAudience},
      {"get an audience", get_audience(kAccess, kAccount, ids.audience), Expect::kAudience},
      {"first page of audiences", list_audiences(kAccess, kAccount, ""), Expect::kAudiencePage},
      {"get an ad account", get_ad_account(kAccess, kAccount), Expect::kAdAccount},
      {"first page of ad accounts", list_ad_accounts(kAccess, ""), Expect::kAdAccountPage},
      {"who am I", get_user_account(kAccess), Expect::kUserAccount},
  };
}

void all_goes_well() {
  sim::World world(without_limits());
  for (const Sample& sample : every_request(prepare(world))) exchange(world, sample);
}

void statuses_change() {
  sim::World world(without_limits());
  const Ids ids = prepare(world);
  const Sample get{"a list that is ready", pinterest::get_list(kAccess, kAccount, ids.list), Expect::kList};
  const Time later = kNow + Millis{24 * 3600'000};
  exchange(world, get, later);
  exchange(world,
           {"an audience that is ready", pinterest::get_audience(kAccess, kAccount, ids.audience),
            Expect::kAudience},
           later);
  const auto people = hashes(150, "person");
  exchange(world,
           {"remove all", pinterest::update_list(kAccess, kAccount, ids.list, Operation::kRemove, people),
            Expect::kList},
           later);
  exchange(world, {"a list that is too small", get.request, Expect::kList}, later);
}

void further_pages() {
  sim::World world(without_limits());
  const auto one = hashes(1, "one");
  for (int i = 0; i < 300; ++i) {
    const auto request =
        pinterest::create_list(kAccess, kAccount, "List " + std::to_string(i), ListType::kEmail, one);
    const std::string list =
        pinterest::read_list(world.handle(sim::call_from(request), kNow).body).value().id;
    world.handle(sim::call_from(pinterest::create_audience(kAccess, kAccount, "Audience", list, "")), kNow);
  }
  using Build = std::function<http::Request(std::string_view)>;
  const auto two_pages = [&](const std::string& name, Expect expect, const Build& build) {
    const std::string body = exchange(world, {name + ", page 1", build(""), expect});
    // Any page's bookmark is read alike.
    exchange(world, {name + ", page 2", build(pinterest::read_lists(body).value().bookmark), expect});
  };
  two_pages("300 lists", Expect::kListPage,
            [](std::string_view bookmark) { return pinterest::list_lists(kAccess, kAccount, bookmark); });
  two_pages("300 audiences", Expect::kAudiencePage,
            [](std::string_view bookmark) { return pinterest::list_audiences(kAccess, kAccount, bookmark); });
}

void every_fault_of_every_request() {
  for (const sim::FaultInfo& info : sim::fault_table()) {
    if (sim::is_about_events(info.kind)) continue;
    sim::World world(without_limits());
    for (Sample& sample : every_request(prepare(world))) {
      sim::FaultRule rule;
      rule.fault.kind = info.kind;
      world.faults().add_rule(rule);
      sample.name.append(", fault ").append(info.name);
      exchange(world, sample);
    }
  }
}

void refusals() {
  using namespace pinterest;
  sim::World world(without_limits());
  const Ids ids = prepare(world);
  const auto one = hashes(1, "one");
  const Access stranger{kAccess.base_url, "pina_stranger"};
  exchange(world, {"a wrong token", get_user_account(stranger), Expect::kUserAccount});
  exchange(world, {"no such list", update_list(kAccess, kAccount, "1", Operation::kAdd, one), Expect::kList});
  exchange(world, {"no such list to read", get_list(kAccess, kAccount, "1"), Expect::kList});
  exchange(world, {"no such audience", get_audience(kAccess, kAccount, "1"), Expect::kAudience});
  exchange(world, {"no such ad account", get_ad_account(kAccess, "1"), Expect::kAdAccount});
  exchange(world, {"audience of no list", create_audience(kAccess, kAccount, "Readers", "1", ""),
                   Expect::kAudience});
  world.bad_records().insert(one[0]);
  exchange(world,
           {"a bad record", update_list(kAccess, kAccount, ids.list, Operation::kAdd, one), Expect::kList});
  world.options().records_max = 1;
  const auto two = hashes(2, "two");
  exchange(world,
           {"too large, 413", update_list(kAccess, kAccount, ids.list, Operation::kAdd, two), Expect::kList});
  world.options().too_large_status = 400;
  exchange(world,
           {"too large, 400", update_list(kAccess, kAccount, ids.list, Operation::kAdd, two), Expect::kList});
  world.accounts().set_role(kAccount, "ANALYST");
  exchange(world,
           {"an analyst", update_list(kAccess, kAccount, ids.list, Operation::kAdd, one), Expect::kList});
}

void true_limits() {
  sim::WorldOptions options;
  options.limits.org_read = 1;
  sim::World world(options);
  for (const char* name : {"within the limit", "beyond the limit"})
    exchange(world, {name, pinterest::get_user_account(kAccess), Expect::kUserAccount});
}

void grants() {
  sim::World world(without_limits());
  const pinterest::App app{"1500", Secret(std::string_view("app secret"))};
  constexpr const char* kBack = "https://example.org/oauth/pinterest";
  const auto granted = exchange(
      world, {"a code", pinterest::exchange_code(kAccess.base_url, app, "c/1", kBack), Expect::kGrant});
  const Secret refresh = pinterest::read_grant(granted).value().refresh;
  for (const char* name : {"a renewal", "a dead refresh token"})
    exchange(world, {name, pinterest::refresh_grant(kAccess.base_url, app, refresh), Expect::kGrant});
}

// A value that the field takes.
std::string sample_value(const pinterest::ConversionField& field) {
  using enum pinterest::Reading;
  switch (field.reading) {
    case kEmail:
      return "Jane.Doe@example.com";
    case kMaid:
      return "6D92078A-8246-4BA4-AE5B-76104861E7DC";
    case kPhone:
      return "+1 415 555 0132";
    case kName:
      return "Jane";
    case kGender:
      return "female";
    case kBirthDate:
      return "1990-02-15";
    case kCity:
      return "San Francisco";
    case kState:
      return "California";
    case kZip:
      return "94107-1234";
    case kCountry:
      return "United States";
    case kIp:
      return "203.0.113.9";
    case kUserAgent:
      return "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36";
    case kUrl:
      return "https://shop.example.org/thanks?epik=dj0yJnU9";
    case kLanguage:
      return "en-US";
    case kCurrency:
      return "usd";
    case kMoney:
      return "72.390";
    case kInteger:
      return std::to_string(std::min<int64_t>(field.most, 7));
    case kTime:
      return "1767225600";
    case kFlag:
    case kOptOut:
      return "yes";
    case kChoice:
      return std::string(field.choices.substr(0, field.choices.find(' ')));
    case kEventName:
      return "AddToCart";
    case kActionSource:
      return "web";
    case kEventTime:
      return "2025-12-31T23:50:00Z";
    case kOptOutType:
      return "LDP";
    case kText:
      // As long as may be: the description counts characters, too.
      return std::string(static_cast<size_t>(std::min<int64_t>(field.most, 200)), 'x');
    case kExternalId:
    case kEventId:
      break;
  }
  return "id \"4711\" \\ \xe2\x98\x83";
}

// The event of these targets, each with a value that it takes.
std::string built(const std::vector<const pinterest::ConversionField*>& targets) {
  pinterest::EventMapping mapping;
  mapping.targets = targets;
  std::vector<std::string> texts;
  for (const auto* target : targets) texts.push_back(sample_value(*target));
  for (size_t i = 0; i < targets.size(); ++i)
    if (targets[i]->reading == pinterest::Reading::kEventId)
      texts[i] += fmt::format(" of {} to {}", targets.size(), targets.back()->target);
  std::vector<pinterest::FieldValue> values;
  for (const std::string& text : texts) values.push_back({store::ValueType::kString, as_bytes(text)});
  pinterest::EventBuilder builder(std::move(mapping));
  const pinterest::BuiltEvent& event = builder.build(values, kNow);
  CHECK(event.problem == pinterest::EventProblem::kNone && event.dropped.empty());
  return event.json;
}

// Events as Pinrelay builds them: with every field there is, each detail alone, and the least.
void events_as_we_build_them() {
  sim::World world(without_limits());
  std::vector<const pinterest::ConversionField*> all, least;
  for (const pinterest::ConversionField& field : pinterest::conversion_fields()) {
    all.push_back(&field);
    if (field.group == pinterest::Group::kEvent || field.target == "em") least.push_back(&field);
  }
  const auto ask = [&](const std::string& name, const std::vector<std::string>& events, bool test) {
    const std::vector<std::string_view> views(events.begin(), events.end());
    const sim::Call call = sim::call_from(pinterest::send_events(kAccess, kAccount, views, test));
    const sim::Reply reply = world.handle(call, kNow);
    const auto answer = pinterest::judge_events(sim::seen_by_client(reply), events.size(), kNow);
    print(name, call, reply, pinterest::to_text(answer.answer.verdict));
    CHECK(answer.results.size() == events.size());
    for (const pinterest::EventResult& result : answer.results) CHECK(result.processed);
  };
  ask("an event with every field", {built(all)}, false);
  ask("the least event, as a test", {built(least)}, true);
  std::vector<std::string> each;
  for (const pinterest::ConversionField* field : all) {
    if (field->group == pinterest::Group::kEvent || field->target == "em") continue;
    std::vector<const pinterest::ConversionField*> targets = least;
    targets.push_back(field);
    each.push_back(built(targets));
  }
  ask("events with one field more each", each, false);
  CHECK(world.conversions().violations().total() == 0);
}

// Events as text, for what Pinrelay never sends: valid by the description, which lets much pass.

std::string event(const std::string& id, const std::string& more = "") {
  const std::string person = to_hex(hashes(1, "person")[0]);
  return R"({"event_name":"checkout","action_source":"web","event_time":1767225600,"event_id":")" + id +
         R"(","user_data":{"em":[")" + person + R"("],"external_id":[")" + person +
         R"("],"client_ip_address":"203.0.113.9","client_user_agent":"Mozilla/5.0","click_id":null},)"
         R"("custom_data":{"currency":"EUR","value":"19.90","contents":[{"id":"sku-1","quantity":3}]})" +
         more + "}";
}

sim::Call events_call(const std::string& events, const std::string& query = "") {
  sim::Call call;
  call.method = "POST", call.bearer = "pina_conversion_sim", call.content_type = "application/json";
  call.target = std::string("/v5/ad_accounts/") + kAccount + "/events" + query;
  call.body = R"({"data":[)" + events + "]}";
  return call;
}

void send(sim::World& world, const std::string& name, const sim::Call& call) {
  print(name, call, world.handle(call, kNow), "");
}

void events_go_well() {
  sim::World world(without_limits());
  const std::string app = R"(,"app_info":{"app_id":"1"},"device_info":{"os_family":"ios"},"wifi":true)";
  send(world, "events", events_call(event("a") + "," + event("b", app)));
  send(world, "test events", events_call(event("a"), "?test=true"));
  send(world, "events that fail", events_call(event("a") + "," + event("")));
}

void events_are_refused() {
  for (const auto refusal : {sim::Refusal::kPartialFailure, sim::Refusal::kUnprocessable,
                             sim::Refusal::kUnprocessableOpaque, sim::Refusal::kWholeBody}) {
    sim::World world(without_limits());
    world.bad_events().add("bad", refusal);
    send(world, "a bad event, " + std::string(to_text(refusal)),
         events_call(event("bad") + "," + event("c")));
  }
  for (const sim::FaultInfo& info : sim::fault_table()) {
    sim::World world(without_limits());
    sim::FaultRule rule;
    rule.fault.kind = info.kind, rule.fault.events_per_mille = 1000;
    world.faults().add_rule(rule);
    send(world, "events, fault " + std::string(info.name), events_call(event("a")));
  }
  sim::World world(sim::WorldOptions{.limits = {.ads_conversions = 1}});
  sim::Call call = events_call(event("a"));
  for (const char* name : {"events within the limit", "events beyond the limit"}) send(world, name, call);
  call.bearer = "pina_stranger";
  send(world, "events with a wrong token", call);
  call.bearer = "pina_sim", call.target = "/v5/ad_accounts/1/events";
  send(world, "events of a foreign ad account", call);
  call.target = "/v5/ad_accounts/549755885176/events";
  world.accounts().set_role("549755885176", "FINANCE_MANAGER");
  send(world, "events in a role that may not", call);
}

}  // namespace
}  // namespace pinrelay

int main() {
  pinrelay::all_goes_well();
  pinrelay::statuses_change();
  pinrelay::further_pages();
  pinrelay::every_fault_of_every_request();
  pinrelay::refusals();
  pinrelay::true_limits();
  pinrelay::grants();
  pinrelay::events_as_we_build_them();
  pinrelay::events_go_well();
  pinrelay::events_are_refused();
}
