// Conversion events, as their callers see them.
#include <algorithm>

#include "base/json_writer.h"
#include "simulator/event_fields.h"
#include "simulator/world_parts.h"

namespace pinrelay::sim {
namespace {

constexpr std::string_view kRefusedText = "Invalid event: it was refused.";
constexpr std::string_view kNotLookedAt = "Only the first 20 events of a test request are processed.";

Reply invalid(std::string_view what) { return make_error(400, 1, "Invalid request: " + std::string(what)); }

// As in Pinterest's measured answer: all that is missing in one text. It is put together without a detour,
// since a benchmark waits for a million of them.
void append_warning(std::string& out, const ReadEvent& event) {
  const size_t start = out.size();
  const auto add = [&](std::string_view warning) {
    if (out.size() > start) out += "; ";
    out += warning;
  };
  if (!event.has_external_id) add("external_id is missing. We highly recommend this on all events.");
  if (!event.has_click_id && event.action_source == ActionSource::kWeb) add("click_id is missing");
  if (!known_event_name(event.event_name)) add("event_name is not known and is labelled Unknown");
}

void append_event(std::string& out, const ReadEvent& event) {
  if (event.error.empty()) {
    out += R"({"status":"processed","error_message":"","warning_message":")";
    append_warning(out, event);
    out += "\"}";
  } else {
    out += R"({"status":"failed","error_message":)";
    append_json_string(out, event.error);
    out += R"(,"warning_message":""})";
  }
}

// The body of a 200, and what a readable 422 holds as its details.
void append_events(std::string& out, const EventBody& body) {
  const auto good = std::count_if(body.events.begin(), body.events.end(),
                                  [](const ReadEvent& event) { return event.error.empty(); });
  out += R"({"num_events_received":)" + std::to_string(body.events.size());
  out += R"(,"num_events_processed":)" + std::to_string(good) + R"(,"events":[)";
  for (const ReadEvent& event : body.events) {
    if (out.back() != '[') out += ',';
    append_event(out, event);
  }
  out += "]}";
}

Reply taken(const EventBody& body) {
  std::string text;
  text.reserve(body.events.size() * 200 + 100);
  append_events(text, body);
  return make_answer(std::move(text));
}

Reply unprocessable(const EventBody& body, bool readable) {
  Reply reply;
  reply.status = 422;
  reply.body = R"({"code":0,"message":"Not all events were successfully processed.","details":)";
  readable ? append_events(reply.body, body) : void(reply.body += "{}");
  reply.body += '}';
  return reply;
}

Reply answer_of(const EventBody& body, const std::optional<Refusal>& refusal) {
  if (refusal == Refusal::kWholeBody) return make_error(400, 4196, "The request was invalid.");
  if (!refusal || *refusal == Refusal::kPartialFailure) return taken(body);
  return unprocessable(body, *refusal == Refusal::kUnprocessable);
}

// False when the value is neither.
bool read_test(std::string_view query, bool& test) {
  std::string text;
  if (!query_value(query, "test", text)) return true;
  test = text == "true";
  return test || text == "false";
}

Refusal refusal_of(FaultKind kind) { return *find_refusal(fault_info(kind).name); }

}  // namespace

// Without a body that can be read there is nothing more to do.
std::optional<Reply> World::read_events(Context& context, EventBody& body) {
  if (auto refusal = refuse_body(context.call)) return refusal;
  auto refusal = event_reader_.read(context.call.body, body);
  for (const ReadViolation& violation : body.violations) {
    const bool whole = violation.event < body.events.size();
    conversions_.violations().add(violation.kind, context.ids[0],
                                  whole ? body.events[violation.event].event_id : std::string_view(),
                                  violation.field);
  }
  if (refusal) ++conversions_.counts(context.ids[0]).refused_bodies;
  context.log.records = body.events.size();
  return refusal;
}

// Those of the share that the fault makes bad; others stay what they are.
void World::mark_bad_events(Context& context, const EventBody& body) {
  for (const ReadEvent& event : body.events) {
    const bool chosen = event.error.empty() && bad_events_.find(event.event_id) == nullptr &&
                        is_chosen(event.event_id, options_.seed, context.marks->events_per_mille);
    if (!chosen) continue;
    bad_events_.add(std::string(event.event_id), refusal_of(context.marks->kind));
    context.log.fault = fault_info(context.marks->kind).name;
  }
}

// How the request is refused, if any of its events is bad: as the worst of them is. Each bad one has an error
// afterwards.
std::optional<Refusal> World::judge_events(EventBody& body) const {
  std::optional<Refusal> worst;
  for (ReadEvent& event : body.events) {
    const Refusal* const refusal = bad_events_.empty() ? nullptr : bad_events_.find(event.event_id);
    if (event.error.empty() && refusal == nullptr) continue;
    if (event.error.empty()) event.error = kRefusedText;
    worst = std::max(worst, std::optional(refusal == nullptr ? options_.failed_events : *refusal));
  }
  return worst;
}

Reply World::events_send(Context& context) {
  bool test = false;
  if (!read_test(context.call.query(), test)) return invalid("'test' is of the wrong type");
  context.log.operation = test ? "TEST" : "EVENTS";
  EventBody body;
  if (test) return events_test(context, body);
  if (auto refusal = read_events(context, body)) return *std::move(refusal);
  if (context.marks != nullptr) mark_bad_events(context, body);
  const std::optional<Refusal> refusal = judge_events(body);
  record_events(context, body, refusal);
  Reply reply = context.lost ? Reply() : answer_of(body, refusal);
  reply.fault = context.log.fault;
  return reply;
}

void World::record_events(Context& context, const EventBody& body, std::optional<Refusal> refusal) {
  Arrival arrival{.ad_account = context.ids[0], .now = context.now, .late = context.late};
  const bool whole = refusal == Refusal::kWholeBody ||
                     (refusal == Refusal::kUnprocessableOpaque && !options_.opaque_takes_good);
  const bool told = refusal > Refusal::kPartialFailure && context.refusals_are_told;
  arrival.unknown = context.unknown && !told;
  context.log.changed = !whole && !context.lost;
  if (whole && !context.lost) ++conversions_.counts(context.ids[0]).refused_bodies;
  for (const ReadEvent& event : body.events) {
    const Hash bytes = sha256_.hash(event.bytes);
    const bool good = event.error.empty();
    if (context.lost) {
      conversions_.lose(event, bytes, arrival);
    } else if (whole) {
      good ? conversions_.pass(event, bytes, arrival) : conversions_.refuse(event, bytes, arrival);
    } else {
      good ? conversions_.take(event, bytes, arrival) : conversions_.fail(event, bytes, arrival);
    }
  }
}

// The same answer, and nothing is recorded.
Reply World::events_test(Context& context, EventBody& body) {
  RateLimiter::Verdict verdict = limiter_.take_test(context.now);
  if (!verdict.allowed) {
    ++traffic_.throttled;
    context.rate_headers = std::move(verdict.headers);
    return make_error(429, 8, kThrottledText);
  }
  if (auto refusal = read_events(context, body)) return *std::move(refusal);
  ConversionCounts& counted = conversions_.counts(context.ids[0]);
  ++counted.test_requests;
  counted.test_events += std::min(body.events.size(), kTestEventsMax);
  if (body.events.size() > kTestEventsMax)
    conversions_.violations().add(ViolationKind::kTestTooLarge, context.ids[0], "", "data");
  for (size_t i = kTestEventsMax; i < body.events.size(); ++i) body.events[i].error = kNotLookedAt;
  return answer_of(body, judge_events(body));
}

}  // namespace pinrelay::sim
