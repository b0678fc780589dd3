// Conversion events for the tests of this folder.
#pragma once

#include <initializer_list>
#include <string>

#include "base/sha256.h"
#include "simulator/sample_calls.h"

namespace pinrelay::sim {

inline std::string sha256_of(std::string_view text) {
  Sha256 sha256;
  return to_hex(sha256.hash(text));
}

// An event of kStart with nothing but what is required; `more` stands behind it: ",\"opt_out\":true".
struct SampleEvent {
  std::string id = "order-1";
  std::string name = "checkout";
  std::string source = "web";
  int64_t time = to_millis(kStart) / 1000;
  std::string user_data = R"({"em":[")" + sha256_of("jane.doe@example.com") + R"("]})";
  std::string more{};

  std::string json() const {
    return R"({"event_name":")" + name + R"(","action_source":")" + source + R"(","event_time":)" +
           std::to_string(time) + R"(,"event_id":")" + id + R"(","user_data":)" + user_data + more + "}";
  }
};

inline std::string events_body(std::initializer_list<SampleEvent> events) {
  std::string text;
  for (const SampleEvent& event : events) text += (text.empty() ? "" : ",") + event.json();
  return R"({"data":[)" + text + "]}";
}

inline Call send_body(std::string body, const std::string& query = "") {
  Call call =
      sample_call("POST", std::string("ad_accounts/") + kAccount + "/events" + query, std::move(body));
  call.bearer = "pina_conversion_sim";
  return call;
}

inline Call send_events(std::initializer_list<SampleEvent> events, const std::string& query = "") {
  return send_body(events_body(events), query);
}

// How often the event counts.
inline uint32_t effective(const World& world, std::string_view id, std::string_view name = "checkout") {
  const Conversion* const known = world.conversions().find(kAccount, name, id);
  return known == nullptr ? 0 : known->effective;
}

inline uint64_t violations(const World& world, ViolationKind kind) {
  return world.conversions().violations().of(kind);
}

}  // namespace pinrelay::sim
