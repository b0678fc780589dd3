#include "store/event_pages.h"

#include <algorithm>

#include "base/cipher.h"
#include "base/random.h"
#include "store/seal.h"

namespace pinrelay::store {
namespace {

constexpr size_t kKeptBytesMax = 32 * 1024 * 1024;

int64_t row_of(PagePlace place) { return int64_t{place.list} << kEventNumberBits | place.first; }
PagePlace place_at(int64_t row) {
  return {static_cast<ListNumber>(row >> kEventNumberBits), row & ((int64_t{1} << kEventNumberBits) - 1)};
}

}  // namespace

EventPages::EventPages(Db& db)
    : db_(db),
      add_(db, "INSERT INTO event_page(place, run, day, bytes) VALUES (?, ?, ?, ?)"),
      add_key_(db, "INSERT INTO event_page_key(place, key) VALUES (?, ?)"),
      get_(db,
           "SELECT run, bytes, key FROM event_page LEFT JOIN event_page_key USING (place) WHERE place = ?"),
      erase_(db, "DELETE FROM event_page WHERE place = ?"),
      erase_key_(db, "DELETE FROM event_page_key WHERE place = ?"),
      all_(db, "SELECT place, day, key IS X'' FROM event_page LEFT JOIN event_page_key USING (place)") {}

void EventPages::load() {
  index_.clear();
  for (bool more = all_.first(); more; more = all_.next()) {
    const PagePlace place = place_at(all_.integer(0));
    Members& members = index_[place];
    members.day = static_cast<uint16_t>(all_.integer(1));
    members.clear = all_.integer(2) != 0;
    for (const Event& event : get(place)) members.add(event);
    std::sort(members.people.begin(), members.people.end());
  }
}

void EventPages::add(ListNumber list, uint16_t day, std::vector<Event> events) {
  const PagePlace place{list, events.front().number};
  Members& members = index_[place];
  members.day = day;
  constexpr size_t kBesideBytes = 64;  // of an event, at most
  size_t bytes = 0;
  for (const Event& event : events) bytes += kBesideBytes + event.bytes.size();
  Bytes blob;
  blob.reserve(bytes);
  for (const Event& event : events) {
    append_varint(blob, static_cast<uint64_t>(event.number - place.first));
    append_fixed(blob, event.job);
    append(blob, event.profile.bytes);
    append(blob, event.claim);
    blob.push_back(event.offline);
    append_varint(blob, static_cast<uint64_t>(to_millis(event.happened)));
    append_sized(blob, event.bytes);
    members.add(event);
  }
  const int64_t row = row_of(place);
  Bytes key = random_bytes(kStreamKeyBytes);
  apply_key_stream(key, blob, blob.data());
  seal(key, static_cast<uint64_t>(row));
  seal(blob, static_cast<uint64_t>(row));
  add_key_.run(row, key);
  add_.run(row, events.front().run, day, blob);
  std::sort(members.people.begin(), members.people.end());
  if (kept_bytes() + bytes > kKeptBytesMax) return;
  members.kept = std::move(events);
  members.kept_bytes = bytes;
}

size_t EventPages::kept_bytes() const {
  size_t bytes = 0;
  for (const auto& [place, members] : index_) bytes += members.kept_bytes;
  return bytes;
}

std::vector<Event> EventPages::get(PagePlace place) {
  const auto found = index_.find(place);
  if (found == index_.end()) return {};
  Members& members = found->second;
  members.kept_bytes = 0;
  std::vector<Event> events = std::exchange(members.kept, {});
  if (!events.empty()) return events;
  if (!get_.first(row_of(place))) return events;
  ByteView sealed = get_.blob(1), key = get_.blob(2);
  const auto place_of_seal = static_cast<uint64_t>(row_of(place));
  const bool clear = members.clear;
  if (!unseal(sealed, place_of_seal) || (!clear && !unseal(key, place_of_seal)))
    db_.fail_damaged("a page of frozen events");
  if (db_.failure()) return events;
  Bytes blob(sealed.begin(), sealed.end());
  if (!clear) apply_key_stream(key, blob, blob.data());
  ByteReader reader(blob);
  while (!reader.done()) {
    Event& event = events.emplace_back();
    event.event_class = EventClass::kBackfill;
    event.run = get_.integer(0);
    event.number = place.first + static_cast<EventNumber>(reader.varint());
    event.job = reader.fixed<JobNumber>();
    const ByteView profile = reader.bytes(event.profile.bytes.size());
    const ByteView claim = reader.bytes(event.claim.size());
    event.offline = reader.fixed<uint8_t>() != 0;
    event.happened = from_millis(static_cast<int64_t>(reader.varint()));
    const ByteView bytes = reader.sized();
    CHECK(reader.ok());  // the seal has vouched for the bytes
    event.profile = profile_id_at(profile.data());
    std::memcpy(event.claim.data(), claim.data(), claim.size());
    event.bytes.assign(bytes.begin(), bytes.end());
  }
  get_.done();
  return events;
}

void EventPages::erase(PagePlace place) {
  erase_key_.run(row_of(place));
  // Pages in clear leave traces in their neighbours' room, too, when these move.
  db_.overwrite_deleted(std::ranges::any_of(index_, [](const auto& page) { return page.second.clear; }));
  erase_.run(row_of(place));
  db_.overwrite_deleted(true);
  index_.erase(place);
}

std::optional<PagePlace> EventPages::oldest(ListNumber list) const {
  const auto found = index_.lower_bound({list, 0});
  if (found == index_.end() || found->first.list != list) return std::nullopt;
  return found->first;
}

std::optional<PagePlace> EventPages::with_number(ListNumber list, EventNumber number) const {
  // Pages that are filled side by side may overlap.
  for (auto at = index_.lower_bound({list, 0}); at != index_.end() && at->first.list == list; ++at) {
    if (at->first.first > number) break;
    if (std::ranges::binary_search(at->second.numbers, number)) return at->first;
  }
  return std::nullopt;
}

std::vector<PagePlace> EventPages::with_person(const ProfileId& profile) const {
  std::vector<PagePlace> places;
  for (const auto& [place, members] : index_)
    if (std::ranges::binary_search(members.people, profile)) places.push_back(place);
  return places;
}

int64_t EventPages::count(ListNumber list) const {
  int64_t count = 0;
  for (auto at = index_.lower_bound({list, 0}); at != index_.end() && at->first.list == list; ++at)
    count += static_cast<int64_t>(at->second.numbers.size());
  return count;
}

std::optional<Time> EventPages::earliest(ListNumber list) const {
  std::optional<Time> earliest;
  for (auto at = index_.lower_bound({list, 0}); at != index_.end() && at->first.list == list; ++at)
    earliest = std::min(earliest.value_or(Time::max()), at->second.earliest);
  return earliest;
}

}  // namespace pinrelay::store
