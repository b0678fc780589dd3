#include "store/profiles.h"

#include <algorithm>
#include <unordered_set>

#include "store/notices.h"
#include "store/seal.h"

namespace pinrelay::store {
namespace {

constexpr size_t kLogEntryBytes = 16 + 1 + 4 + 8;

void append_entry(Bytes& out, const LogEntry& entry) {
  append(out, entry.profile.bytes);
  out.push_back(static_cast<uint8_t>(entry.kind));
  append_fixed(out, entry.audience);
  append_fixed(out, entry.field_mask);
}

LogEntry read_entry(ByteReader& reader) {
  LogEntry entry{};
  const ByteView id = reader.bytes(16);
  if (id.size() == 16) entry.profile = profile_id_at(id.data());
  entry.kind = static_cast<EntryKind>(reader.fixed<uint8_t>());
  entry.audience = reader.fixed<uint32_t>();
  entry.field_mask = reader.fixed<uint64_t>();
  return entry;
}

uint64_t first_eight(const Hash& hash) {
  uint64_t value;
  std::memcpy(&value, hash.data(), sizeof value);
  return value == 0 ? 1 : value;
}

const auto in_key_order = [](const auto& a, const auto& b) {
  return a.id != b.id ? a.id < b.id : a.offset < b.offset;
};

bool loses_a_value(const std::vector<StoredField>& before, const Person& person) {
  return std::any_of(before.begin(), before.end(), [&](const StoredField& old) {
    if (old.type == ValueType::kNull) return false;
    const StoredField* now = person.field(old.number);
    return now == nullptr || as_text(now->value) != as_text(old.value);
  });
}

}  // namespace

Profiles::Profiles(Db& db, Catalog& catalog)
    : db_(db),
      catalog_(catalog),
      people_(db, "person_chunk", "person_recent", 16),
      put_log_(db, "INSERT INTO change_log(first, count, at, entries) VALUES (?, ?, ?, ?)"),
      select_log_(
          db, "SELECT first, count, entries FROM change_log WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      select_log_from_(db, "SELECT first, count, entries FROM change_log WHERE first > ? ORDER BY first"),
      log_bounds_(db,
                  "SELECT coalesce(min(first) - 1, 0), (SELECT value FROM meta WHERE name = 'log_head'), "
                  "(SELECT value FROM meta WHERE name = 'people') FROM change_log"),
      log_time_(db,
                "SELECT at FROM change_log WHERE first >= (SELECT coalesce(max(first), 0) FROM change_log "
                "WHERE first <= ?1) AND first + count > ?1 ORDER BY first LIMIT 1"),
      // Only from the beginning: after a step of the clock an old time can stand between newer ones.
      trim_log_(db,
                "DELETE FROM change_log WHERE first < (SELECT coalesce(min(first), ?2) FROM (SELECT first "
                "FROM change_log WHERE at >= ?1 ORDER BY first LIMIT 1))"),
      select_secret_(db, "SELECT value FROM meta WHERE name = 'profile_secret'"),
      put_meta_(db, "INSERT OR REPLACE INTO meta(name, value) VALUES (?, ?)") {}

void Profiles::load() {
  people_.load();
  const bool found = log_bounds_.first();
  head_ = found ? log_bounds_.integer(1) : 0;
  people_count_ = found ? log_bounds_.integer(2) : 0;
  log_bounds_.done();
  secret_.clear();
  if (select_secret_.first()) secret_ = select_secret_.text(0);
  select_secret_.done();
  if (!secret_.empty() || db_.failure()) return;
  const auto random = make_system_random();
  Bytes secret;
  for (int i = 0; i < 4; ++i) append_fixed(secret, random->next());
  secret_ = as_text(secret);
  put_meta_.run("profile_secret", secret);
}

ProfileId Profiles::id_of(std::string_view key) {
  sha256_.add(secret_);
  const Hash hash = sha256_.hash(key);
  return profile_id_at(hash.data());
}

void Profiles::number_change(const ChangeView& change, NumberedChange& out) {
  out.type = change.type;
  out.at = change.at;
  out.key = change.key;
  out.audience = change.audience.empty() ? 0 : catalog_.audience_number(change.audience);
  out.row_id_hash = 0;
  if (!change.row_id.empty()) {
    sha256_.add(secret_);
    out.row_id_hash = first_eight(sha256_.hash(change.row_id));
  }
  out.fields.clear();
  change.for_each_field([&](const FieldView& field) {
    const FieldNumber number = catalog_.field_number(field.name);
    catalog_.learn(number, field.type);
    out.fields.push_back({number, change.at, field.type, field.value});
  });
  number_groups(change, out);
}

// An array or a null says what there is of its name, so what stood under it goes; where nothing ever did,
// there is no group to replace.
void Profiles::number_groups(const ChangeView& change, NumberedChange& out) {
  out.groups.clear(), out.named.clear(), out.belongs.clear();
  const auto replace = [&](std::string_view name) {
    const FieldNumber group = catalog_.group_number(name);
    const auto same = [&](const auto& each) { return each.number == group; };
    if (std::ranges::none_of(out.groups, same)) out.groups.push_back({group, catalog_.members_of(group)});
  };
  change.for_each_group(replace);
  change.for_each_field([&](const FieldView& field) {
    const bool whole = field.type == ValueType::kNull || field.type == ValueType::kArray;
    if (whole && catalog_.has_fields_under(field.name)) replace(field.name);
  });
  for (const StoredField& field : out.fields) {
    if (!out.groups.empty()) out.named.push_back(field.number);
    for (const FieldNumber group : catalog_.groups_of(field.number))
      out.belongs.push_back({field.number, group});
  }
  std::ranges::sort(out.named);
}

// Value by value: what does not fit is left out, and its old value stays.
void Profiles::keep_within_size(const Person& person, NumberedChange& change, ApplyCounts& counts) const {
  size_t bytes = 0;
  for (const StoredField& field : person.fields) bytes += field.value.size();
  std::erase_if(change.fields, [&](const StoredField& field) {
    const StoredField* old = person.field(field.number);
    const size_t before = old == nullptr ? 0 : old->value.size();
    const bool fits =
        field.value.size() <= before || bytes - before + field.value.size() <= person_bytes_max_;
    if (fits) bytes += field.value.size() - before;
    counts.too_large += !fits;
    return !fits;
  });
}

void Profiles::count_fields(const Person& person, int64_t by) {
  for (const StoredField& field : person.fields) {
    if (field.type != ValueType::kNull) catalog_.count_people(field.number, by);
  }
}

// Finds the rows of a buffer and brings them into key order; false when the buffer is damaged.
bool Profiles::sort_rows(Batch& batch, const ChangeObserver* observer) {
  ChangeView change;
  for (uint32_t offset = 0; offset < batch.end;) {
    ChangeReader reader(batch.changes.subspan(offset));
    if (!reader.next(change)) return false;
    batch.rows.push_back({id_of(change.key), offset});
    if (observer != nullptr && (offset == 0 || !change.continues)) batch.requests.push_back(offset);
    offset += static_cast<uint32_t>(reader.position());
  }
  if (observer != nullptr && !find_rows_ahead(batch, *observer)) return false;
  // Offsets rise in order of arrival, so sorting by (id, offset) keeps it within a person.
  std::sort(batch.rows.begin(), batch.rows.end(), in_key_order);
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    if (i > 0 && batch.rows[i].id == batch.rows[i - 1].id) continue;
    batch.starts.push_back(i);
    append(batch.keys, batch.rows[i].id.bytes);
  }
  batch.starts.push_back(batch.rows.size());
  return true;
}

// Where the end cuts a request: its further rows of people who enter before the end.
bool Profiles::find_rows_ahead(Batch& batch, const ChangeObserver& observer) {
  ChangeReader rest(batch.changes.subspan(batch.end));
  ChangeView change;
  if (batch.rows.empty() || !rest.next(change) || !change.continues) return rest.ok();
  std::unordered_set<std::string_view> entering;
  ChangeReader request(batch.changes.subspan(batch.requests.back(), batch.end - batch.requests.back()));
  AudienceNumber audience = 0;
  for (ChangeView row; request.next(row);) {
    if (row.type == ChangeType::kEnter && catalog_.find_audience(row.audience, audience) &&
        observer.follows(audience))
      entering.insert(row.key);
  }
  size_t offset = batch.end;
  for (bool more = !entering.empty(); more && change.continues; more = rest.next(change)) {
    if (entering.contains(change.key))
      batch.ahead.push_back({id_of(change.key), static_cast<uint32_t>(offset)});
    offset = batch.end + rest.position();
  }
  std::sort(batch.ahead.begin(), batch.ahead.end(), in_key_order);
  return rest.ok();
}

Applied Profiles::apply_row(const Row& row, Person& person, Batch& batch) {
  ChangeReader reader(batch.changes.subspan(row.offset));
  ChangeView change;
  reader.next(change);
  number_change(change, batch.numbered);
  batch.person_bytes += change.fields.size();
  if (batch.person_bytes > person_bytes_max_) keep_within_size(person, batch.numbered, batch.counts);
  batch.entries.clear();
  const Applied applied = apply_change(person, batch.numbered, batch.entries);
  for (LogEntry& entry : batch.entries) entry.profile = row.id;
  return applied;
}

// Applies one person's rows; true when the record has to be written.
bool Profiles::apply_rows(std::span<const Row> rows, Person& person, Batch& batch) {
  bool touched = false;
  for (const Row& row : rows) {
    const Applied applied = apply_row(row, person, batch);
    batch.counts.older += applied == Applied::kOlder;
    batch.counts.repeated += applied == Applied::kRepeated;
    // An older row changes nothing, but its id has to be remembered.
    touched |= applied == Applied::kOlder ? batch.numbered.row_id_hash != 0 : applied != Applied::kRepeated;
    for (const LogEntry& entry : batch.entries) batch.log.push_back({row.offset, entry});
    if (batch.notices == nullptr) continue;
    const auto next = std::ranges::upper_bound(batch.requests, row.offset);
    const auto request = static_cast<size_t>(next - batch.requests.begin());
    batch.notices->add({row.offset, request}, batch.numbered, applied, batch.entries, person);
  }
  if (batch.notices != nullptr) finish_notices(rows.front().id, person, batch);
  return touched;
}

// An enter whose request goes on behind the end has the values of the whole request.
void Profiles::finish_notices(const ProfileId& id, const Person& person, Batch& batch) {
  const size_t request = batch.requests.size();
  if (!batch.ahead.empty() && batch.notices->waits(request)) {
    Person later = person;
    for (const Row& row : std::ranges::equal_range(batch.ahead, id, {}, &Row::id)) {
      const Applied applied = apply_row(row, later, batch);
      batch.notices->look_ahead({row.offset, request}, batch.numbered, applied, later);
    }
  }
  batch.notices->finish();
}

ApplyCounts Profiles::apply(ByteView changes, size_t end, Time arrival, ChangeObserver* observer) {
  CHECK(changes.size() < UINT32_MAX && end <= changes.size());
  std::optional<Notices> notices;
  if (observer != nullptr) notices.emplace(*observer);
  Batch batch;
  batch.changes = changes;
  batch.end = end;
  batch.notices = notices ? &*notices : nullptr;
  if (!sort_rows(batch, observer)) {
    db_.fail_damaged("an accepted row");
    return {};
  }
  ApplyCounts& counts = batch.counts;
  counts.rows = batch.rows.size();
  Person person;
  const int64_t people_before = people_count_;
  people_.update(kPeopleMap, batch.keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
    person.clear();
    if (old && !read_known(*old, person)) return Write::kKeep;
    const bool existed = person.exists();
    batch.before = person.fields;
    batch.person_bytes = old ? old->size() : 0;
    count_fields(person, -1);
    const size_t start = batch.starts[i];
    const bool touched =
        apply_rows(std::span(batch.rows).subspan(start, batch.starts[i + 1] - start), person, batch);
    count_fields(person, +1);
    counts.new_people += !existed && person.exists();
    people_count_ += person.exists() - existed;
    if (!touched) return Write::kKeep;
    write_person(person, record);
    // A value that is gone is gone from the disk, too.
    return (existed && !person.exists()) || loses_a_value(batch.before, person) ? Write::kPutThrough
                                                                                : Write::kPut;
  });
  for (const Pending& p : batch.log) {
    if (p.entry.kind == EntryKind::kEnter) ++counts.enters, catalog_.count_members(p.entry.audience, +1);
    if (p.entry.kind == EntryKind::kExit) ++counts.exits, catalog_.count_members(p.entry.audience, -1);
    counts.deleted += p.entry.kind == EntryKind::kDeleted;
  }
  if (people_count_ != people_before) put_meta_.run("people", people_count_);
  append_log(batch.log, arrival);
  catalog_.flush();
  return counts;
}

void Profiles::bury(const std::vector<Tombstone>& tombstones) {
  Bytes keys;
  for (const Tombstone& each : tombstones) append(keys, each.id.bytes);
  Person person;
  people_.update(kPeopleMap, keys, [&](size_t i, std::optional<ByteView> old, Bytes& record) {
    person.clear();
    if (old && !read_known(*old, person)) return Write::kKeep;
    if (person.exists() || person.deleted_at >= tombstones[i].at) return Write::kKeep;
    person.deleted_at = tombstones[i].at;
    write_person(person, record);
    return Write::kPut;
  });
}

bool Profiles::read_known(ByteView record, Person& out) {
  if (read_person(record, out)) return true;
  db_.fail_damaged("a profile");
  return false;
}

void Profiles::append_log(std::vector<Pending>& entries, Time arrival) {
  if (entries.empty()) return;
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Pending& a, const Pending& b) { return a.offset < b.offset; });
  Bytes blob;
  blob.reserve(entries.size() * kLogEntryBytes + kSealBytes);
  for (const Pending& p : entries) append_entry(blob, p.entry);
  seal(blob, static_cast<uint64_t>(head_ + 1));
  put_log_.run(head_ + 1, entries.size(), to_millis(arrival), blob);
  head_ += static_cast<Position>(entries.size());
  put_meta_.run("log_head", head_);
}

void Profiles::read(const std::vector<ProfileId>& ids,
                    const std::function<void(size_t i, const Person&)>& visit) {
  Person person;
  static_assert(sizeof(ProfileId) == 16);
  const ByteView keys(reinterpret_cast<const uint8_t*>(ids.data()), ids.size() * sizeof(ProfileId));
  people_.read(kPeopleMap, keys, [&](size_t i, ByteView record) {
    if (read_known(record, person)) visit(i, person);
  });
}

void Profiles::scan(const ProfileId& from,
                    const std::function<bool(const ProfileId&, const Person&)>& visit) {
  Person person;
  people_.scan(kPeopleMap, from.bytes, [&](ByteView key, ByteView record) {
    return read_known(record, person) && visit(profile_id_at(key.data()), person);
  });
}

Position Profiles::log_tail() {
  const Position tail = log_bounds_.first() ? log_bounds_.integer(0) : 0;
  log_bounds_.done();
  // An empty log that has had entries: everything up to the head is gone.
  return tail == 0 && head_ > 0 && !log_time_after(0) ? head_ : tail;
}

Position Profiles::read_log(Position cursor, size_t entries_max,
                            const std::function<void(const LogEntry&)>& visit) {
  size_t visited = 0;
  const auto visit_page = [&](Statement& statement) {
    const Position first = statement.integer(0);
    const Position last = first + statement.integer(1) - 1;
    ByteView entries = statement.blob(2);
    if (!unseal(entries, static_cast<uint64_t>(first)) ||
        entries.size() != static_cast<size_t>(last - first + 1) * kLogEntryBytes) {
      return db_.fail_damaged("the change log");
    }
    ByteReader reader(entries);
    if (cursor >= first && cursor <= last)
      reader.bytes(static_cast<size_t>(cursor - first + 1) * kLogEntryBytes);
    if (cursor < first) cursor = first - 1;
    for (; cursor < last && visited < entries_max; ++cursor, ++visited) visit(read_entry(reader));
  };
  if (select_log_.first(cursor + 1)) {
    visit_page(select_log_);
    select_log_.done();
  }
  for (bool more = visited < entries_max && select_log_from_.first(cursor); more;
       more = select_log_from_.next()) {
    visit_page(select_log_from_);
    if (visited < entries_max) continue;
    select_log_from_.done();
    break;
  }
  return cursor;
}

std::optional<Time> Profiles::log_time_after(Position cursor) {
  if (!log_time_.first(cursor + 1)) return std::nullopt;
  const Time time = from_millis(log_time_.integer(0));
  log_time_.done();
  return time;
}

void Profiles::drop_log_before(Time time) { trim_log_.run(to_millis(time), INT64_MAX); }

}  // namespace pinrelay::store
