#include "simulator/conversions.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace pinrelay::sim {
namespace {

constexpr size_t kFirstSlots = 1024;
constexpr size_t kBlockBytes = 1 << 20;

uint64_t mixed(uint64_t value) {
  value *= 0x9e3779b97f4a7c15ULL;
  return value ^ (value >> 32);
}

// In seconds; what a client sends by mistake must not overflow.
bool is_too_old(int64_t event_time, Time now) {
  const int64_t oldest =
      std::chrono::floor<std::chrono::seconds>(now - kOfflineAge).time_since_epoch().count();
  return event_time < oldest;
}

}  // namespace

uint32_t Conversions::Key::hash() const {
  const std::hash<std::string_view> of;
  return static_cast<uint32_t>(mixed(of(event_id) ^ mixed(of(event_name) ^ mixed(of(ad_account)))));
}

// The slot of this key, or the empty one where it belongs.
size_t Conversions::slot_of(const Key& key, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  for (; slots_[slot].place != 0; slot = (slot + 1) & mask) {
    if (slots_[slot].hash != hash) continue;
    const Conversion& known = all_[slots_[slot].place - 1];
    if (known.event_id == key.event_id && *known.event_name == key.event_name &&
        *known.ad_account == key.ad_account)
      break;
  }
  return slot;
}

Conversion* Conversions::look_up(const Key& key, uint32_t hash) {
  if (slots_.empty()) return nullptr;
  const Slot& slot = slots_[slot_of(key, hash)];
  return slot.place == 0 ? nullptr : &all_[slot.place - 1];
}

Conversion* Conversions::known_of(const ReadEvent& event, std::string_view ad_account) {
  return const_cast<Conversion*>(find(ad_account, event.event_name, event.event_id));
}

const Conversion* Conversions::find(std::string_view ad_account, std::string_view event_name,
                                    std::string_view event_id) const {
  const Key key{ad_account, event_name, event_id};
  return const_cast<Conversions*>(this)->look_up(key, key.hash());
}

Conversion& Conversions::make(const Key& key, uint32_t hash) {
  if ((all_.size() + 1) * 4 > slots_.size() * 3) grow();
  slots_[slot_of(key, hash)] = {hash, static_cast<uint32_t>(all_.size() + 1)};
  Conversion& made = all_.emplace_back();
  made.ad_account = interned(key.ad_account);
  made.event_name = interned(key.event_name);
  made.event_id = stored(key.event_id);
  made.place = static_cast<uint32_t>(all_.size() - 1);
  return made;
}

void Conversions::grow() {
  std::vector<Slot> old(std::max(kFirstSlots, slots_.size() * 2));
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& moved : old) {
    if (moved.place == 0) continue;
    size_t slot = moved.hash & mask;
    while (slots_[slot].place != 0) slot = (slot + 1) & mask;
    slots_[slot] = moved;
  }
}

std::string_view Conversions::stored(std::string_view text) {
  if (blocks_.empty() || block_left_ < text.size()) {
    block_left_ = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique<char[]>(block_left_));
    block_end_ = blocks_.back().get() + block_left_;
  }
  char* const at = block_end_ - block_left_;
  std::memcpy(at, text.data(), text.size());
  block_left_ -= text.size();
  return {at, text.size()};
}

const std::string* Conversions::interned(std::string_view text) {
  const auto known = names_.find(text);
  return known != names_.end() ? &*known : &*names_.emplace(text).first;
}

ConversionCounts& Conversions::counts(std::string_view ad_account) {
  const auto known = counts_.find(ad_account);
  return known != counts_.end() ? known->second : counts_[std::string(ad_account)];
}

ConversionCounts Conversions::total() const {
  ConversionCounts total;
  for (const auto& [ad_account, counts] : counts_) {
    for (const ConversionCount& count : kConversionCounts) total.*count.member += counts.*count.member;
  }
  return total;
}

void Conversions::compare(const Conversion& known, const ReadEvent& event, const Hash& bytes) {
  if ((known.accepted || known.uncertain) && known.bytes != bytes)
    violations_.add(ViolationKind::kOtherBytes, *known.ad_account, event.event_id, event.event_name);
}

// The conversion that the event belongs to; its first bytes are kept.
Conversion& Conversions::meet(const ReadEvent& event, const Hash& bytes, std::string_view ad_account) {
  const Key key{ad_account, event.event_name, event.event_id};
  const uint32_t hash = key.hash();
  Conversion* known = look_up(key, hash);
  const bool fresh = known == nullptr;
  fresh ? void(known = &make(key, hash)) : compare(*known, event, bytes);
  if (known->accepted || known->uncertain) return *known;
  known->bytes = bytes;
  known->event_time = event.event_time;
  known->action_source = event.action_source;
  if (!keep_events_) return *known;
  if (fresh) kept_.emplace_back();
  kept_[known->place] = stored(event.bytes);
  return *known;
}

void Conversions::take(const ReadEvent& event, const Hash& bytes, const Arrival& arrival) {
  Conversion& conversion = meet(event, bytes, arrival.ad_account);
  conversion.accepted = true;
  ConversionCounts& counted = counts(arrival.ad_account);
  ++counted.received;
  ++counted.pending;
  const bool too_old = is_too_old(event.event_time, arrival.now);
  const Later later{&conversion, event.action_source == ActionSource::kOffline, too_old};
  if (arrival.late <= Millis{0}) return count(later, arrival.now);
  pending_.emplace(arrival.now + arrival.late, later);
}

void Conversions::count(const Later& later, Time now) {
  Conversion& conversion = *later.conversion;
  ConversionCounts& counted = counts(*conversion.ad_account);
  --counted.pending;
  const bool offline = later.by_source || later.too_old;
  const bool known = conversion.last_online != Time{} && now < conversion.last_online + window_;
  if (!offline && known) {
    ++counted.duplicates;
    return;
  }
  ++counted.effective;
  counted.offline += offline;
  counted.late += later.too_old && !later.by_source;
  if (conversion.effective++ == 0) conversion.first_effective = now;
  conversion.last_effective = now;
  conversion.offline = offline;
  if (!offline) conversion.last_online = now;
}

void Conversions::lose(const ReadEvent& event, const Hash& bytes, const Arrival& arrival) {
  meet(event, bytes, arrival.ad_account).uncertain = true;
  ++counts(arrival.ad_account).lost;
}

void Conversions::fail(const ReadEvent& event, const Hash& bytes, const Arrival& arrival) {
  refuse(event, bytes, arrival);
  ConversionCounts& counted = counts(arrival.ad_account);
  ++counted.received;
  ++counted.failed;
}

void Conversions::refuse(const ReadEvent& event, const Hash& bytes, const Arrival& arrival) {
  if (arrival.unknown) {
    meet(event, bytes, arrival.ad_account).uncertain = true;
    return;
  }
  Conversion* const known = known_of(event, arrival.ad_account);
  if (known == nullptr) return;
  compare(*known, event, bytes);
  known->uncertain = false;
}

void Conversions::pass(const ReadEvent& event, const Hash& bytes, const Arrival& arrival) {
  if (const Conversion* const known = known_of(event, arrival.ad_account)) compare(*known, event, bytes);
}

void Conversions::settle(Time now) {
  while (!pending_.empty() && pending_.begin()->first <= now) {
    const auto due = pending_.extract(pending_.begin());
    count(due.mapped(), due.key());
  }
}

void Conversions::settle_all() {
  if (!pending_.empty()) settle(pending_.rbegin()->first);
}

void Conversions::put(std::string_view ad_account, std::string_view event_name, Conversion conversion,
                      std::string_view json) {
  const Key key{ad_account, event_name, conversion.event_id};
  Conversion& made = make(key, key.hash());
  conversion.ad_account = made.ad_account;
  conversion.event_name = made.event_name;
  conversion.event_id = made.event_id;
  conversion.place = made.place;
  made = conversion;
  if (keep_events_) kept_.push_back(stored(json));
}

}  // namespace pinrelay::sim
