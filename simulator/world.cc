#include "simulator/world.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "simulator/world_parts.h"

namespace pinrelay::sim {
namespace {

constexpr std::string_view kPrefix = "/v5/";

std::string_view message_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kThrottled:
      return kThrottledText;
    case FaultKind::kTooLarge:
      return "Request entity too large.";
    case FaultKind::kUnauthorized:
      return "Authentication failed.";
    case FaultKind::kForbidden:
      return "You are not permitted to access that resource.";
    case FaultKind::kNotFound:
      return "Customer list could not be found";
    case FaultKind::kRampedDown:
      return "The endpoint has been ramped down and is currently not accepting any traffic.";
    default:
      return "Something went wrong on our end. Sorry about that.";
  }
}

// Takes the next segment off the path.
std::string_view next_segment(std::string_view& path) {
  const size_t slash = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return segment;
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool match_path(std::string_view pattern, std::string_view path, std::vector<std::string_view>& ids) {
  ids.clear();
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = next_segment(pattern), found = next_segment(path);
    if (expected != "{}") {
      if (expected != found) return false;
    } else if (is_id(found)) {
      ids.push_back(found);
    } else {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

// A refusal passes these as it is.
bool spoils_success(FaultKind kind) {
  return kind == FaultKind::kHtml || kind == FaultKind::kTruncated || kind == FaultKind::kWrongType;
}

std::string first_half(const std::string& text) { return text.substr(0, text.size() / 2); }

}  // namespace

World::World(WorldOptions options)
    : options_(std::move(options)),
      accounts_(options_.ad_accounts),
      limiter_(options_.limits),
      faults_(options_.seed),
      random_(~options_.seed),
      conversions_(options_.dedup_window, options_.keep_events),
      body_reader_(std::make_unique<ListBodyReader>()) {
  add_first_tokens();
}

void World::add_first_tokens() {
  for (const std::string& token : options_.tokens) accounts_.add_token(token);
  for (const std::string& token : options_.conversion_tokens)
    accounts_.add_token(token, {.conversion = true});
  if (!options_.app.id.empty()) accounts_.register_app(options_.app);
}

World::~World() = default;

void World::reset() {
  accounts_ = Accounts(options_.ad_accounts);
  add_first_tokens();
  limiter_ = RateLimiter(limiter_.limits());
  faults_ = Faults(options_.seed);
  random_ = SeededRandom(~options_.seed);
  lists_ = Lists();
  audiences_.clear();
  bad_records_ = HashSet();
  conversions_ = Conversions(options_.dedup_window, options_.keep_events);
  bad_events_.clear();
  traffic_ = Traffic();
}

std::span<const World::Route> World::routes() {
  using enum Category;
  using enum Task;
  static constexpr std::array<Route, 13> kRoutes{{
      {"POST", "oauth/token", "POST oauth/token", kOrgRead, "", kOther, &World::oauth_token},
      {"GET", "user_account", "GET user_account", kOrgRead, "user_accounts:read", kOther,
       &World::user_account},
      {"GET", "ad_accounts", "GET ad_accounts", kAdsRead, "ads:read", kOther, &World::ad_account_list},
      {"GET", "ad_accounts/{}", "GET ad_accounts/{id}", kAdsRead, "ads:read", kOther, &World::ad_account_get},
      {"GET", "ad_accounts/{}/customer_lists", "GET customer_lists", kAdsRead, "ads:read", kOther,
       &World::list_list},
      {"POST", "ad_accounts/{}/customer_lists", "POST customer_lists", kAdsWrite, "ads:write", kWriteLists,
       &World::list_create},
      {"GET", "ad_accounts/{}/customer_lists/{}", "GET customer_lists/{id}", kAdsRead, "ads:read", kOther,
       &World::list_get},
      {"PATCH", "ad_accounts/{}/customer_lists/{}", "PATCH customer_lists/{id}", kAdsWrite, "ads:write",
       kWriteLists, &World::list_change},
      {"GET", "ad_accounts/{}/audiences", "GET audiences", kAdsRead, "ads:read", kOther,
       &World::audience_list},
      {"POST", "ad_accounts/{}/audiences", "POST audiences", kAdsWrite, "ads:write", kWriteLists,
       &World::audience_create},
      {"GET", "ad_accounts/{}/audiences/{}", "GET audiences/{id}", kAdsRead, "ads:read", kOther,
       &World::audience_get},
      {"PATCH", "ad_accounts/{}/audiences/{}", "PATCH audiences/{id}", kAdsWrite, "ads:write", kWriteLists,
       &World::audience_change},
      {"POST", "ad_accounts/{}/events", "POST events", kAdsConversions, "ads:write", kSendEvents,
       &World::events_send},
  }};
  return kRoutes;
}

const World::Route* World::find_route(const Call& call, Context& context) {
  std::string_view path = call.path();
  if (!path.starts_with(kPrefix)) return nullptr;
  path.remove_prefix(kPrefix.size());
  for (const Route& route : routes()) {
    if (!match_path(route.pattern, path, context.ids)) continue;
    context.path_known = true;
    if (route.method == call.method) return &route;
  }
  return nullptr;
}

Reply World::handle(const Call& call, Time now) {
  settle(now);
  if (call.method == "GET" && call.path() == "/oauth/") return accounts_.authorize(call, now);
  Context context{.call = call, .now = now};
  const Route* const route = find_route(call, context);
  Reply reply = answer(route, context);
  for (http::Header& header : context.rate_headers) reply.headers.push_back(std::move(header));
  reply.headers.push_back({"x-pinterest-rid", std::to_string(traffic_.requests + 1)});
  if (options_.latency_max > Millis{0}) {
    const Millis spread = std::max(options_.latency_max - options_.latency_min, Millis{0});
    reply.delay += options_.latency_min +
                   Millis{static_cast<int64_t>(random_.below(static_cast<uint64_t>(spread.count()) + 1))};
  }
  context.log.at = now;
  context.log.method = call.method;
  context.log.path = call.path();
  context.log.status = reply.delivery == Delivery::kAnswered ? reply.status : 0;
  context.log.fault = reply.fault;
  traffic_.add(std::move(context.log), route == nullptr ? "other" : std::string(route->name));
  return reply;
}

Reply World::answer(const Route* route, Context& context) {
  if (route == nullptr && context.path_known) return make_error(405, 5, "Method not allowed.");
  if (route == nullptr) return make_error(404, 404, "The requested resource could not be found.");
  if (auto refusal = admit(*route, context)) return *std::move(refusal);
  if (const auto fault = faults_.choose(context.call.method, context.call.path())) {
    return is_about_events(fault->kind) ? mark(*route, context, *fault) : spoil(*route, context, *fault);
  }
  context.late = lateness(false);
  return (this->*route->handler)(context);
}

std::optional<Reply> World::admit(const Route& route, Context& context) {
  const std::string& token = route.scope.empty() ? context.call.basic : context.call.bearer;
  if (!route.scope.empty()) {
    if (auto refusal = accounts_.check(token, route.scope, route.task, context.now)) return refusal;
  }
  const std::string_view ad_account = context.ids.empty() ? std::string_view() : context.ids[0];
  RateLimiter::Verdict verdict = limiter_.take(token, ad_account, route.category, context.now);
  context.rate_headers = std::move(verdict.headers);
  if (!verdict.allowed) {
    ++traffic_.throttled;
    return make_error(429, 8, kThrottledText);
  }
  if (ad_account.empty()) return std::nullopt;
  const AdAccount* const account = accounts_.find(ad_account);
  // The number is the one of Pinterest's own example; it also stands for a refused token.
  if (account == nullptr && route.task != Task::kSendEvents)
    return make_error(404, 2, "AdAccount not found.");
  if (account == nullptr || !role_may(account->role, route.task)) {
    return make_error(403, 29, message_of(FaultKind::kForbidden));
  }
  return std::nullopt;
}

// The answer names the fault only when it made an event bad.
Reply World::mark(const Route& route, Context& context, const Fault& fault) {
  context.late = lateness(false);
  context.marks = &fault;
  return (this->*route.handler)(context);
}

Reply World::spoil(const Route& route, Context& context, const Fault& fault) {
  const FaultInfo& info = fault_info(fault.kind);
  context.unknown = fault.kind != FaultKind::kSlow;
  context.refusals_are_told = spoils_success(fault.kind);
  Reply truth;
  if (fault.makes_change()) {
    context.late = lateness(context.unknown);
    truth = (this->*route.handler)(context);
  } else if (leaves_unknown(fault.kind) && route.task == Task::kSendEvents) {
    context.lost = true;
    (this->*route.handler)(context);
  }
  Reply reply = info.status >= 400 ? make_error(info.status, info.code, message_of(fault.kind)) : truth;
  reply.fault = info.name;
  reply.delay = fault.delay;
  const bool refused = truth.status >= 400;
  if (fault.kind == FaultKind::kCutBeforeBody) reply.delivery = Delivery::kCutBeforeBody;
  if (fault.kind == FaultKind::kCutAfterBody) reply.delivery = Delivery::kCutAfterBody;
  if (fault.kind == FaultKind::kNeverAnswered) reply.delivery = Delivery::kNeverAnswered;
  // What was refused is not answered with a spoilt success.
  if (fault.kind == FaultKind::kHtml && !refused) {
    reply.content_type = "text/html";
    reply.body = "<!doctype html><title>Pinterest</title><p>Be right back.";
  }
  if (fault.kind == FaultKind::kTruncated && !refused) reply.body = first_half(truth.body);
  if (fault.kind == FaultKind::kWrongType && !refused) reply.body = "[\"ok\"]";
  if (fault.retry_after) reply.headers.push_back({"Retry-After", std::to_string(*fault.retry_after)});
  if (fault.kind == FaultKind::kThrottled) {
    context.rate_headers.clear();
    if (fault.reset) {
      context.rate_headers = {{"X-RateLimit-Limit", limiter_.limit_header(route.category)},
                              {"X-RateLimit-Remaining", "0"},
                              {"X-RateLimit-Reset", std::to_string(*fault.reset)}};
    }
  }
  return reply;
}

Millis World::lateness(bool unknown) {
  const Millis window =
      unknown ? std::max(options_.unknown_window, options_.reorder_window) : options_.reorder_window;
  if (window <= Millis{0}) return Millis{0};
  return Millis{static_cast<int64_t>(random_.below(static_cast<uint64_t>(window.count()) + 1))};
}

const HashSet* World::members(std::string_view list_id) const {
  const CustomerList* const list = lists_.find(list_id);
  return list == nullptr ? nullptr : &list->members;
}

std::string World::status(const CustomerList& list, Time now) const {
  if (list.forced_status) return *list.forced_status;
  if (now < list.created + options_.processing_time) return "PROCESSING";
  return list.members.size() >= options_.members_ready ? "READY" : "TOO_SMALL";
}

}  // namespace pinrelay::sim
