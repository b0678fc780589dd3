// How changes come in: from the inbox, or from whoever has the engine as their sink.
#include "base/log.h"
#include "exports/engine.h"

namespace pinrelay::exports {
namespace {

// How much an event may take where nothing is known of those to come; by how much more rows may be tried
// next.
constexpr size_t kLargeEvent = 24 * 1024;
constexpr size_t kGrowth = 4;

// How many enters and exits the next part of the input may have.
size_t next_part(size_t part, size_t frozen, size_t room, size_t least) {
  const size_t more = std::min(part * kGrowth, std::max(room / kFrozenRowBytes, least));
  if (frozen == 0) return more;
  const auto fits = static_cast<size_t>(static_cast<double>(room) / static_cast<double>(frozen) *
                                        static_cast<double>(part));
  return fits < least ? 0 : std::min(more, fits);
}

}  // namespace

// Where the part of the input ends that has so many enters and exits of audiences that conversions follow.
size_t Engine::end_of_part(ByteView changes, size_t most) const {
  store::ChangeReader reader(changes);
  store::AudienceNumber audience = 0;
  size_t followed = 0;
  for (store::ChangeView change; followed < most && reader.next(change);) {
    const bool enters_or_exits =
        change.type == store::ChangeType::kEnter || change.type == store::ChangeType::kExit;
    followed += enters_or_exits && core_.store.catalog.find_audience(change.audience, audience) &&
                conversions_.follows(audience);
  }
  return reader.ok() ? reader.position() : changes.size();
}

sources::ChangeSink::Applied Engine::apply(ByteView changes, size_t from) {
  const Applied applied = apply_rows(changes, from, core_.options.policy.files_make_conversions);
  // The inbox notes its own when it accepts them.
  core_.store.note_erasures(changes.subspan(from, applied.end - from));
  return applied;
}

Engine::Applied Engine::apply_rows(ByteView changes, size_t from, bool observed) {
  store::Profiles& profiles = core_.store.profiles;
  Applied applied{from, {}};
  core_.store.note_arrival(core_.now());
  if (!observed || !conversions_.observes())
    return {changes.size(), profiles.apply(changes.subspan(from), core_.now(), nullptr)};
  size_t room = core_.options.freeze_bytes;
  const size_t least = std::max<size_t>(room / kLargeEvent, 1);
  for (size_t part = least; part > 0 && applied.end < changes.size();) {
    const ByteView rest = changes.subspan(applied.end);
    const size_t end = end_of_part(rest, part);
    applied.counts += profiles.apply(rest, end, core_.now(), &conversions_);
    const size_t frozen = conversions_.settle_page();
    applied.end += end;
    room -= std::min(room, frozen);
    part = next_part(part, frozen, room, least);
  }
  return applied;
}

// Nobody can be told any more: the sender's rows were accepted when they were durable.
void Engine::note_too_large(uint64_t values) {
  if (values == 0) return;
  const auto before = core_.store.number("values_too_large");
  core_.store.set_number("values_too_large", before + static_cast<int64_t>(values));
  log(LogLevel::kWarning, "exports", "values were left out: their people would have become too large",
      {{"values", values}});
}

Result<bool> Engine::apply_input() {
  int64_t cursor = core_.store.inbox_cursor();
  const store::InboxPage page = TRY(core_.store.inbox().read(cursor, core_.options.inbox_page_bytes));
  if (page.last == 0) return false;
  TRY(step([&] {
    const Applied applied = apply_rows(page.changes, core_.store.inbox_offset(), true);
    const size_t end = applied.end;
    note_too_large(applied.counts.too_large);
    size_t begin = 0;  // of the row that is not applied to its end
    for (const auto& [number, row_end] : page.rows)
      if (row_end <= end) cursor = number, begin = row_end;
    core_.store.set_inbox_cursor(cursor, end - begin);
    return true;
  }));
  core_.store.inbox().erase_through(cursor);
  return true;
}

}  // namespace pinrelay::exports
