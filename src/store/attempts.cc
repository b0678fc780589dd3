#include "store/attempts.h"

#include "store/seal.h"

namespace pinrelay::store {
namespace {

constexpr uint8_t kPrimaryFlag = 1, kUnbrakedFlag = 2, kErasesFlag = 4;

}  // namespace

Attempts::Attempts(Db& db)
    : db_(db),
      put_(db,
           "INSERT INTO attempt(list, request, operation, creates_list, started_at, entries) VALUES (?, ?, "
           "?, ?, ?, ?)"),
      get_(db, "SELECT request, operation, creates_list, started_at, entries FROM attempt WHERE list = ?"),
      erase_(db, "DELETE FROM attempt WHERE list = ?") {}

void Attempts::put(ListNumber list, const Attempt& attempt) {
  Bytes entries;
  entries.reserve(attempt.entries.size() * 56);
  for (const AttemptEntry& entry : attempt.entries) {
    append(entries, entry.hash);
    append_fixed(entries, entry.cause.job);
    append(entries, entry.cause.profile.bytes);
    entries.push_back(static_cast<uint8_t>((entry.primary ? kPrimaryFlag : 0) |
                                           (entry.unbraked ? kUnbrakedFlag : 0) |
                                           (entry.erases ? kErasesFlag : 0)));
    append_varint(entries, static_cast<uint64_t>(entry.run));
  }
  seal(entries, list);
  put_.run(list, attempt.request, static_cast<int>(attempt.operation), attempt.creates_list,
           to_millis(attempt.started_at), entries);
}

std::optional<Attempt> Attempts::get(ListNumber list) {
  if (!get_.first(list)) return std::nullopt;
  Attempt attempt;
  attempt.request = get_.integer(0);
  attempt.operation = static_cast<Operation>(get_.integer(1));
  attempt.creates_list = get_.integer(2) != 0;
  attempt.started_at = from_millis(get_.integer(3));
  ByteView entries = get_.blob(4);
  if (!unseal(entries, list)) db_.fail_damaged("an open attempt");
  ByteReader reader(entries);
  while (!reader.done() && !db_.failure()) {
    AttemptEntry entry;
    const ByteView hash = reader.bytes(32);
    entry.cause.job = reader.fixed<JobNumber>();
    const ByteView profile = reader.bytes(16);
    const auto flags = reader.fixed<uint8_t>();
    entry.run = static_cast<int64_t>(reader.varint());
    CHECK(reader.ok());  // the seal has vouched for the bytes
    std::memcpy(entry.hash.data(), hash.data(), hash.size());
    entry.cause.profile = profile_id_at(profile.data());
    entry.primary = (flags & kPrimaryFlag) != 0;
    entry.unbraked = (flags & kUnbrakedFlag) != 0;
    entry.erases = (flags & kErasesFlag) != 0;
    attempt.entries.push_back(entry);
  }
  get_.done();
  return attempt;
}

void Attempts::erase(ListNumber list) { erase_.run(list); }

}  // namespace pinrelay::store
