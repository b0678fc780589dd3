#include "store/events.h"

#include "store/seal.h"

namespace pinrelay::store {
namespace {

// place = list (14 bits), class (3 bits), number (46 bits): by destination, class and age.
constexpr int kClassShift = kEventNumberBits, kListShift = kClassShift + 3;

int64_t place_of(ListNumber list, EventClass event_class, EventNumber number) {
  return int64_t{list} << kListShift | static_cast<int64_t>(event_class) << kClassShift | number;
}
ListNumber list_at(int64_t place) { return static_cast<ListNumber>(place >> kListShift); }
EventClass class_at(int64_t place) { return static_cast<EventClass>(place >> kClassShift & 7); }
EventNumber number_at(int64_t place) { return place & ((int64_t{1} << kClassShift) - 1); }

#define EVENT_COLUMNS \
  "place, job, profile, claim, offline, happened, first_attempt_at, attempts, at_risk, run, bytes"
#define ATTEMPT_COLUMNS "request, list, class, offline, started_at, ended_at, entries"

// Those that hold their claim.
constexpr EventClass kHolders[] = {EventClass::kLive, EventClass::kBackfill, EventClass::kHeld,
                                   EventClass::kRefused};

}  // namespace

Events::Events(Db& db)
    : pages(db),
      db_(db),
      add_(db, "INSERT INTO event(" EVENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_(db, "REPLACE INTO event(" EVENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      erase_(db, "DELETE FROM event WHERE place = ?"),
      page_(db, "SELECT " EVENT_COLUMNS " FROM event WHERE place > ? AND place < ? ORDER BY place"),
      get_(db, "SELECT " EVENT_COLUMNS " FROM event WHERE place = ?"),
      open_event_(db, "SELECT 1 FROM event WHERE place IN (?, ?, ?, ?)"),
      person_(db, "SELECT " EVENT_COLUMNS " FROM event WHERE profile = ? ORDER BY place & 0x3fffffffffff"),
      waiting_(db, "SELECT " EVENT_COLUMNS
                   " FROM event WHERE claim = ? AND (place >> 46 & 7) = 3 ORDER BY place & "
                   "0x3fffffffffff"),
      count_(db, "SELECT place >> 46, count(*) FROM event GROUP BY place >> 46"),
      earliest_(db, "SELECT min(happened) FROM event WHERE place >> 46 = ?"),
      number_(db, "SELECT value FROM meta WHERE name = 'event_number'"),
      put_number_(db, "INSERT OR REPLACE INTO meta(name, value) VALUES ('event_number', ?)"),
      change_class_(
          db,
          "UPDATE event SET place = place + ? WHERE place > ? AND place < ? AND (offline OR happened "
          "< ?)"),
      put_refusal_(db,
                   "INSERT OR REPLACE INTO event_refusal(list, number, record, words) VALUES (?, ?, ?, ?)"),
      refusals_(db, "SELECT number, record, words FROM event_refusal WHERE list = ? ORDER BY number"),
      forget_refusals_(db, "DELETE FROM event_refusal WHERE list = ?"),
      put_attempt_(db,
                   "INSERT OR REPLACE INTO event_attempt(" ATTEMPT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)"),
      open_(db, "SELECT " ATTEMPT_COLUMNS " FROM event_attempt WHERE ended_at = 0 ORDER BY request"),
      history_(db, "SELECT " ATTEMPT_COLUMNS " FROM event_attempt WHERE ended_at > 0 ORDER BY request DESC"),
      attempt_(db, "SELECT " ATTEMPT_COLUMNS " FROM event_attempt WHERE request = ?"),
      trim_(db, "DELETE FROM event_attempt WHERE ended_at > 0 AND ended_at < ?"),
      note_(db, "INSERT OR IGNORE INTO scan_entered(job, profile) VALUES (?, ?)"),
      noted_(db, "SELECT 1 FROM scan_entered WHERE job = ? AND profile = ?"),
      all_noted_(db,
                 "SELECT profile FROM scan_entered WHERE job = ? AND profile >= ? ORDER BY profile LIMIT ?"),
      forget_(db, "DELETE FROM scan_entered WHERE job = ?") {}

void Events::load() {
  counts_.clear();
  for (bool more = count_.first(); more; more = count_.next()) {
    const int64_t place = count_.integer(0) << kClassShift;
    counts_[{list_at(place), class_at(place)}] = count_.integer(1);
  }
  next_ = number_.first() ? number_.integer(0) : 0;
  number_.done();
  pages.load();
}

void Events::save_number() { put_number_.run(next_); }

void Events::put(Statement& statement, ListNumber list, const Event& event) {
  Bytes sealed = event.bytes;
  seal(sealed, static_cast<uint64_t>(event.number));
  statement.run(place_of(list, event.event_class, event.number), event.job, ByteView(event.profile.bytes),
                ByteView(event.claim), event.offline, to_millis(event.happened),
                to_millis(event.first_attempt_at), event.attempts, event.at_risk, event.run, sealed);
}

void Events::add(ListNumber list, const Event& event) {
  ++counts_[{list, event.event_class}];
  put(add_, list, event);
}

void Events::update(ListNumber list, const Event& event) { put(update_, list, event); }

void Events::erase(ListNumber list, const Event& event) {
  --counts_[{list, event.event_class}];
  erase_.run(place_of(list, event.event_class, event.number));
}

Event Events::read(Statement& statement) {
  Event event;
  const int64_t place = statement.integer(0);
  event.number = number_at(place);
  event.event_class = class_at(place);
  event.job = static_cast<JobNumber>(statement.integer(1));
  const ByteView profile = statement.blob(2), claim = statement.blob(3);
  ByteView bytes = statement.blob(10);
  if (profile.size() != event.profile.bytes.size() || claim.size() != event.claim.size() ||
      !unseal(bytes, static_cast<uint64_t>(event.number))) {
    db_.fail_damaged("a frozen event");
    return event;
  }
  event.profile = profile_id_at(profile.data());
  std::memcpy(event.claim.data(), claim.data(), claim.size());
  event.offline = statement.integer(4) != 0;
  event.happened = from_millis(statement.integer(5));
  event.first_attempt_at = from_millis(statement.integer(6));
  event.attempts = statement.integer(7);
  event.at_risk = statement.integer(8);
  event.run = statement.integer(9);
  event.bytes.assign(bytes.begin(), bytes.end());
  return event;
}

void Events::page(ListNumber list, EventClass event_class, EventNumber after,
                  const std::function<bool(const Event&)>& visit) {
  const int64_t end = place_of(list, event_class, 0) + (int64_t{1} << kClassShift);
  bool more = page_.first(place_of(list, event_class, after), end);
  for (; more; more = page_.next()) {
    if (!visit(read(page_))) return page_.done();
  }
}

std::optional<Event> Events::get(ListNumber list, EventClass event_class, EventNumber number) {
  if (!get_.first(place_of(list, event_class, number))) return std::nullopt;
  Event event = read(get_);
  get_.done();
  return event;
}

std::vector<std::pair<ListNumber, Event>> Events::read_all(Statement& statement) {
  std::vector<std::pair<ListNumber, Event>> events;
  do {
    const ListNumber list = list_at(statement.integer(0));
    events.emplace_back(list, read(statement));
  } while (statement.next());
  return events;
}

std::vector<std::pair<ListNumber, Event>> Events::of_person(const ProfileId& profile) {
  if (!person_.first(ByteView(profile.bytes))) return {};
  return read_all(person_);
}

std::vector<std::pair<ListNumber, Event>> Events::waiting_for(const Claim& claim) {
  if (!waiting_.first(ByteView(claim))) return {};
  return read_all(waiting_);
}

int64_t Events::count_rows(ListNumber list, EventClass event_class) const {
  const auto found = counts_.find({list, event_class});
  return found == counts_.end() ? 0 : found->second;
}

int64_t Events::count(ListNumber list, EventClass event_class) const {
  const int64_t rows = count_rows(list, event_class);
  return event_class == EventClass::kBackfill ? rows + pages.count(list) : rows;
}

std::optional<Time> Events::earliest(ListNumber list) {
  std::optional<Time> earliest = pages.earliest(list);
  for (const EventClass event_class : {EventClass::kLive, EventClass::kBackfill, EventClass::kHeld}) {
    if (count_rows(list, event_class) == 0) continue;
    if (earliest_.first(place_of(list, event_class, 0) >> kClassShift))
      earliest = std::min(earliest.value_or(Time::max()), from_millis(earliest_.integer(0)));
    earliest_.done();
  }
  return earliest;
}

bool Events::is_open(ListNumber list, EventNumber number) {
  if (pages.with_number(list, number)) return true;
  int64_t rows = 0;
  for (const EventClass c : kHolders) rows += count_rows(list, c);
  if (rows == 0) return false;
  const bool found =
      open_event_.first(place_of(list, kHolders[0], number), place_of(list, kHolders[1], number),
                        place_of(list, kHolders[2], number), place_of(list, kHolders[3], number));
  open_event_.done();
  return found;
}

int64_t Events::place_in_list(const Event& event) { return place_of(0, event.event_class, event.number); }

std::vector<Event> Events::after(ListNumber list, int64_t after, size_t most) {
  std::vector<Event> events;
  bool more = page_.first(place_of(list, EventClass{}, 0) + after, place_of(list + 1, EventClass{}, 0));
  for (; more && events.size() < most; more = page_.next()) events.push_back(read(page_));
  page_.done();
  return events;
}

bool Events::any(ListNumber list) const {
  for (auto at = counts_.lower_bound({list, EventClass{}}); at != counts_.end() && at->first.first == list;
       ++at)
    if (at->second > 0) return true;
  return pages.count(list) > 0;
}

void Events::change_rows(ListNumber list, EventClass from, EventClass to, int64_t happened_before) {
  const int64_t first = place_of(list, from, 0);
  const int64_t before = db_.writes();
  change_class_.run(place_of(list, to, 0) - first, first, first + (int64_t{1} << kClassShift),
                    happened_before);
  const int64_t changed = db_.writes() - before;
  counts_[{list, from}] -= changed;
  counts_[{list, to}] += changed;
}

void Events::change_class(ListNumber list, EventClass from, EventClass to) {
  change_rows(list, from, to, INT64_MAX);
}

void Events::change_old(ListNumber list, EventClass from, EventClass to, Time time) {
  change_rows(list, from, to, to_millis(time));
}

void Events::note_refusal(ListNumber list, const EventRefusal& refusal) {
  put_refusal_.run(list, refusal.number, refusal.record, std::string_view(refusal.words));
}

std::vector<EventRefusal> Events::refusals(ListNumber list) {
  std::vector<EventRefusal> found;
  for (bool more = refusals_.first(list); more; more = refusals_.next())
    found.push_back({refusals_.integer(0), refusals_.integer(1), refusals_.text(2)});
  return found;
}

void Events::forget_refusals(ListNumber list) { forget_refusals_.run(list); }

void Events::unfold(PagePlace place) {
  for (const Event& event : pages.get(place)) add(place.list, event);
  pages.erase(place);
}

bool Events::any_waiting() const {
  for (const auto& [place, count] : counts_)
    if (place.second == EventClass::kWaiting && count > 0) return true;
  return false;
}

void Events::put_attempt(const EventAttempt& attempt) {
  Bytes entries;
  entries.reserve(attempt.entries.size() * 32);
  for (const EventAttemptEntry& entry : attempt.entries) {
    append_varint(entries, static_cast<uint64_t>(entry.number));
    append_fixed(entries, entry.job);
    append(entries, entry.profile.bytes);
    append_varint(entries, static_cast<uint64_t>(to_millis(entry.happened)));
    entries.push_back(entry.result);
  }
  seal(entries, static_cast<uint64_t>(attempt.request));
  put_attempt_.run(attempt.request, attempt.list, static_cast<int>(attempt.event_class), attempt.offline,
                   to_millis(attempt.started_at), to_millis(attempt.ended_at), entries);
}

EventAttempt Events::read_attempt(Statement& statement) {
  EventAttempt attempt;
  attempt.request = statement.integer(0);
  attempt.list = static_cast<ListNumber>(statement.integer(1));
  attempt.event_class = static_cast<EventClass>(statement.integer(2));
  attempt.offline = statement.integer(3) != 0;
  attempt.started_at = from_millis(statement.integer(4));
  attempt.ended_at = from_millis(statement.integer(5));
  ByteView entries = statement.blob(6);
  if (!unseal(entries, static_cast<uint64_t>(attempt.request))) db_.fail_damaged("an attempt of events");
  ByteReader reader(entries);
  while (!reader.done() && !db_.failure()) {
    EventAttemptEntry entry;
    entry.event_class = attempt.event_class;
    entry.number = static_cast<EventNumber>(reader.varint());
    entry.job = reader.fixed<JobNumber>();
    const ByteView profile = reader.bytes(16);
    entry.happened = from_millis(static_cast<int64_t>(reader.varint()));
    entry.result = reader.fixed<uint8_t>();
    CHECK(reader.ok());  // the seal has vouched for the bytes
    entry.profile = profile_id_at(profile.data());
    attempt.entries.push_back(entry);
  }
  return attempt;
}

std::vector<EventAttempt> Events::open_attempts() {
  std::vector<EventAttempt> attempts;
  for (bool more = open_.first(); more; more = open_.next()) attempts.push_back(read_attempt(open_));
  return attempts;
}

std::optional<EventAttempt> Events::attempt(int64_t request) {
  if (!attempt_.first(request)) return std::nullopt;
  EventAttempt attempt = read_attempt(attempt_);
  attempt_.done();
  return attempt;
}

void Events::each_attempt(const std::function<bool(const EventAttempt&)>& visit) {
  for (bool more = history_.first(); more; more = history_.next()) {
    if (!visit(read_attempt(history_))) return history_.done();
  }
}

void Events::drop_attempts_before(Time time) { trim_.run(to_millis(time)); }

void Events::note_entered(JobNumber job, const ProfileId& profile) {
  note_.run(job, ByteView(profile.bytes));
}

bool Events::has_entered(JobNumber job, const ProfileId& profile) {
  const bool found = noted_.first(job, ByteView(profile.bytes));
  if (found) noted_.done();
  return found;
}

std::vector<ProfileId> Events::entered(JobNumber job, const ProfileId& from, size_t most) {
  std::vector<ProfileId> out;
  for (bool more = all_noted_.first(job, ByteView(from.bytes), static_cast<int64_t>(most)); more;
       more = all_noted_.next())
    out.push_back(profile_id_at(all_noted_.blob(0).data()));
  return out;
}

void Events::forget_entered(JobNumber job) { forget_.run(job); }

// Earlier versions told here what the owner's presence tells.
constexpr uint8_t kClaimVersion = 1;

bool read_claim(ByteView record, ClaimEntry& out) {
  ByteReader reader(record);
  reader.fixed<uint8_t>();
  out.day = reader.fixed<uint16_t>();
  out.owner = static_cast<EventNumber>(reader.varint());
  out.list = reader.fixed<ListNumber>();
  out.job = reader.fixed<JobNumber>();
  const ByteView profile = reader.bytes(out.profile.bytes.size());
  if (!reader.ok()) return false;
  out.profile = profile_id_at(profile.data());
  return reader.ok() && reader.done();
}

void write_claim(const ClaimEntry& claim, Bytes& out) {
  out.push_back(kClaimVersion);
  append_fixed(out, claim.day);
  append_varint(out, static_cast<uint64_t>(claim.owner));
  append_fixed(out, claim.list);
  append_fixed(out, claim.job);
  append(out, claim.profile.bytes);
}

}  // namespace pinrelay::store
