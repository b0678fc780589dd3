#include "sources/forecast.h"

#include "store/snapshot.h"

namespace pinrelay::sources {
namespace {

constexpr size_t kBytesAtOnce = 1024 * 1024;
constexpr size_t kSortMemory = 16 * 1024 * 1024;

Error stopped() { return {ErrorKind::kCancelled, "stopped", "the service stops", "", "try again"}; }

// Members of the audience who are not among the sorted people.
Result<uint64_t> count_leavers(store::Snapshot& people, std::string_view name, Sorter& staying,
                               const std::stop_token& stop) {
  store::AudienceNumber audience = 0;
  if (!people.catalog.find_audience(name, audience)) return 0;
  uint64_t leavers = 0;
  const uint8_t* next = staying.next();
  people.profiles.scan({}, [&](const store::ProfileId& profile, const store::Person& person) {
    while (next != nullptr && store::profile_id_at(next) < profile) next = staying.next();
    const bool stays = next != nullptr && store::profile_id_at(next) == profile;
    leavers += !stays && person.member_of(audience);
    return !stop.stop_requested();
  });
  TRY(staying.status());
  TRY(people.status());
  return leavers;
}

}  // namespace

Result<Forecast> forecast(const store::ImportRow& row, const std::string& directory,
                          const std::stop_token& stop) {
  const auto rows = TRY(RowStream::open(stream_options(row)));
  std::unique_ptr<store::Snapshot> people;
  if (row.snapshot) people = TRY(store::Snapshot::open(directory));
  Sorter staying(directory, sizeof(store::ProfileId), kSortMemory);
  Forecast found;
  Bytes changes;
  for (bool more = true; more; changes.clear()) {
    if (stop.stop_requested()) return stopped();
    const RowBatch batch = TRY(rows->next(kBytesAtOnce, time_of(row), changes));
    more = !batch.end;
    if (people)
      for (const std::string& key : batch.keys_of_bad) staying.add(people->profiles.id_of(key).bytes);
    store::ChangeReader reader(changes);
    for (store::ChangeView change; reader.next(change);) {
      if (change.audience.empty()) continue;
      auto counts = found.audiences.find(change.audience);
      if (counts == found.audiences.end())
        counts = found.audiences.emplace(change.audience, Forecast::Counts()).first;
      const bool enters = change.type == store::ChangeType::kEnter;
      ++(enters ? counts->second.enters : counts->second.exits);
      if (people && enters && change.audience == row.audience)
        staying.add(people->profiles.id_of(change.key).bytes);
    }
  }
  if (!people) return found;
  TRY(staying.finish());
  found.leavers = TRY(count_leavers(*people, row.audience, staying, stop));
  if (stop.stop_requested()) return stopped();
  return found;
}

}  // namespace pinrelay::sources
