// Events that Pinterest refuses although they are well-formed, and how it says so. An event once bad stays
// bad.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pinrelay::sim {

// From the mildest to the hardest: of several bad events in a request the hardest decides about it.
enum class Refusal : uint8_t {
  kPartialFailure,       // 200; the bad events are failed entries
  kUnprocessable,        // 422; its details read like the body of a 200
  kUnprocessableOpaque,  // 422; its details name no event
  kWholeBody,            // 400
};
std::string_view to_text(Refusal refusal);
const Refusal* find_refusal(std::string_view name);

class BadEvents {
 public:
  void add(std::string event_id, Refusal refusal) { refusals_[std::move(event_id)] = refusal; }
  void clear() { refusals_.clear(); }
  bool empty() const { return refusals_.empty(); }
  // Null: the event is good.
  const Refusal* find(std::string_view event_id) const;
  const std::map<std::string, Refusal, std::less<>>& all() const { return refusals_; }

 private:
  std::map<std::string, Refusal, std::less<>> refusals_;
};

// Whether an event is among so many of a thousand, by its id and the seed alone.
bool is_chosen(std::string_view event_id, uint64_t seed, unsigned per_mille);

}  // namespace pinrelay::sim
