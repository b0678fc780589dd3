// Reads and checks the body of POST events as strictly as Pinterest's description says: one wrong key refuses
// it whole. What the description lets pass and Pinterest is known to refuse makes one event fail.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/answers.h"
#include "simulator/violations.h"

namespace pinrelay::sim {

constexpr size_t kEventsMax = 1'000, kTestEventsMax = 20;

enum class ActionSource : uint8_t { kWeb, kAppAndroid, kAppIos, kOffline };
std::string_view to_text(ActionSource source);
const ActionSource* find_action_source(std::string_view name);

// The texts are good until the reader reads again.
struct ReadEvent {
  std::string_view bytes;  // the object exactly as it stood in the body
  std::string_view event_name, event_id;
  int64_t event_time = 0;  // as sent
  ActionSource action_source = ActionSource::kWeb;
  bool has_external_id = false, has_click_id = false;
  std::string error;  // "" = good
};

struct ReadViolation {
  ViolationKind kind;
  size_t event;
  std::string field;
};

struct EventBody {
  std::vector<ReadEvent> events;
  std::vector<ReadViolation> violations;  // also of a body that is refused
};

// Keeps its buffers from call to call: 1,000 events take about a millisecond.
class EventBodyReader {
 public:
  EventBodyReader();
  ~EventBodyReader();
  EventBodyReader(const EventBodyReader&) = delete;
  EventBodyReader& operator=(const EventBodyReader&) = delete;

  // The 400 that Pinterest would answer, or nothing when `out` is good.
  std::optional<Reply> read(std::string_view json, EventBody& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pinrelay::sim
