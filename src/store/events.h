// Frozen conversion events that have no final outcome yet, the attempts that carry them, and the claims on
// (ad account, event name, event id) that keep one conversion from being sent twice.
//
// An event's bytes are written once, in the transaction that applied the membership event, and erased with
// its final outcome. Events lie by (destination, class, age), so a body's worth is a range of rows; those of
// a backfill begin in pages (event_pages.h).
#pragma once

#include <functional>
#include <set>

#include "store/chunk_map.h"
#include "store/event_pages.h"

namespace pinrelay::store {

// What an attempt carried, in the order of its body.
struct EventAttemptEntry {
  EventNumber number = 0;
  EventClass event_class = EventClass::kLive;
  JobNumber job = 0;
  ProfileId profile;
  Time happened{};
  uint8_t result = 0;  // EventResult, once it has ended
  // Of the event, while the attempt is open in this process; not stored.
  bool known = false;
  Claim claim{};
  int64_t run = 0;
  Time first_attempt_at{};
  int64_t attempts = 0, at_risk = 0;
};
enum class EventResult : uint8_t {
  kOpen = 0,
  kSent = 1,
  kRejected = 2,
  kUnknown = 3,
  kNotAccepted = 4,
  kTested = 5
};
constexpr const char* kEventResultNames[] = {"open", "sent", "rejected", "unknown", "not_accepted", "tested"};

struct EventAttempt {
  int64_t request = 0;
  ListNumber list = 0;
  EventClass event_class = EventClass::kLive;
  bool offline = false;           // carried as offline events, which Pinterest does not deduplicate
  Time started_at{}, ended_at{};  // zero: open
  std::vector<EventAttemptEntry> entries;
};

// Why an event is of the class kRefused: Pinterest's words, and the record that tells of it.
struct EventRefusal {
  EventNumber number = 0;
  int64_t record = 0;
  std::string words;
};

class Events {
 public:
  explicit Events(Db& db);
  void load();  // after opening and after each rollback

  EventNumber next_number() { return ++next_; }
  // Writes down which numbers are taken; before the transaction that took some ends.
  void save_number();
  EventNumber last_number() const { return next_; }
  void add(ListNumber list, const Event& event);
  // Keeps number, class and list.
  void update(ListNumber list, const Event& event);
  void erase(ListNumber list, const Event& event);
  // The oldest events of the class with a number above `after`, until visit returns false. The event is valid
  // during the visit.
  void page(ListNumber list, EventClass event_class, EventNumber after,
            const std::function<bool(const Event&)>& visit);
  std::optional<Event> get(ListNumber list, EventClass event_class, EventNumber number);
  // An event's place among all rows of its list, in the order of class and number; above 0.
  static int64_t place_in_list(const Event& event);
  // At most `most` events of all classes in the order of their places, the first behind `after`.
  std::vector<Event> after(ListNumber list, int64_t after, size_t most);
  // All events of a person without an outcome, oldest first.
  std::vector<std::pair<ListNumber, Event>> of_person(const ProfileId& profile);
  // Those that wait for a claim, oldest first.
  std::vector<std::pair<ListNumber, Event>> waiting_for(const Claim& claim);
  // `count_rows` leaves out those in pages.
  int64_t count_rows(ListNumber list, EventClass event_class) const;
  int64_t count(ListNumber list, EventClass event_class) const;
  // The earliest event time of those that wait to be sent; nothing when none does.
  std::optional<Time> earliest(ListNumber list);
  // Whether the event has no outcome yet and does not wait for a claim.
  bool is_open(ListNumber list, EventNumber number);
  // Whether any event of the list has no outcome yet.
  bool any(ListNumber list) const;
  // Another class for the rows of a class; `change_old` leaves out those that are neither offline nor from
  // before `time`.
  void change_class(ListNumber list, EventClass from, EventClass to);
  void change_old(ListNumber list, EventClass from, EventClass to, Time time);
  // What Pinterest said of events of the class kRefused, oldest first.
  void note_refusal(ListNumber list, const EventRefusal& refusal);
  std::vector<EventRefusal> refusals(ListNumber list);
  void forget_refusals(ListNumber list);
  // Gives each event of the page a row of its own.
  void unfold(PagePlace place);
  // Whether any event of any list waits for a claim.
  bool any_waiting() const;

  // An attempt is durable before its first byte, and stays as history once it has ended.
  void put_attempt(const EventAttempt& attempt);
  std::vector<EventAttempt> open_attempts();
  // What a request carried, as long as it is kept.
  std::optional<EventAttempt> attempt(int64_t request);
  // Attempts that have ended, newest first, until visit returns false.
  void each_attempt(const std::function<bool(const EventAttempt&)>& visit);
  void drop_attempts_before(Time time);

  // People who entered after a scan of present members began and before it came to them.
  void note_entered(JobNumber job, const ProfileId& profile);
  bool has_entered(JobNumber job, const ProfileId& profile);
  // At most `most` of them, in order, the first not before `from`.
  std::vector<ProfileId> entered(JobNumber job, const ProfileId& from, size_t most);
  void forget_entered(JobNumber job);

  EventPages pages;

 private:
  void put(Statement& statement, ListNumber list, const Event& event);
  void change_rows(ListNumber list, EventClass from, EventClass to, int64_t happened_before);
  Event read(Statement& statement);
  EventAttempt read_attempt(Statement& statement);
  std::vector<std::pair<ListNumber, Event>> read_all(Statement& statement);

  Db& db_;
  Statement add_, update_, erase_, page_, get_, open_event_, person_, waiting_, count_, earliest_, number_,
      put_number_;
  Statement change_class_, put_refusal_, refusals_, forget_refusals_;
  Statement put_attempt_, open_, history_, attempt_, trim_, note_, noted_, all_noted_, forget_;
  std::map<std::pair<ListNumber, EventClass>, int64_t> counts_;
  EventNumber next_ = 0;
};

// Who holds a claim: pending while the owner is open, taken for good once it has gone; a claim that is given
// back is erased. The value of the store's claims.
struct ClaimEntry {
  uint16_t day = 0;  // since 1970, of the last change
  EventNumber owner = 0;
  ListNumber list = 0;  // the owner's
  JobNumber job = 0;
  ProfileId profile{};  // whose event it is; kept while the person is a member
};
bool read_claim(ByteView record, ClaimEntry& out);
void write_claim(const ClaimEntry& claim, Bytes& out);

}  // namespace pinrelay::store
