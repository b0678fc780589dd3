// Frozen events of a backfill that travel together: one row holds a whole body of them, because writing and
// erasing a row for each event would cost more than all the rest. An event that needs a way of its own (an
// unknown outcome, a deleted person) gets one when its page is unfolded into event rows.
//
// A page is encrypted under a key of its own, which is written over when the page goes: from then on nothing
// of it can be read in the file, nor in its log once that has been emptied, as after every erasure. The page
// itself need not be written over, which would cost as much as writing it.
//
// A page's place is (destination, number of its first event). Its events have no attempt of known end behind
// them and are all of one run.
#pragma once

#include <map>
#include <optional>

#include "store/db.h"
#include "store/event.h"

namespace pinrelay::store {

// Where a page lies; the smaller of two pages of a list is the older.
struct PagePlace {
  ListNumber list = 0;
  EventNumber first = 0;
  auto operator<=>(const PagePlace&) const = default;
};

class EventPages {
 public:
  explicit EventPages(Db& db);
  void load();  // after opening and after each rollback

  // Events of one run, never attempted, in the order of their numbers. `day` (since 1970): of their freezing.
  void add(ListNumber list, uint16_t day, std::vector<Event> events);
  // Most pages are sent as soon as they are written. The first call gives what `add` was given, if that has
  // been kept; any other reads it.
  std::vector<Event> get(PagePlace place);
  void erase(PagePlace place);

  std::optional<PagePlace> oldest(ListNumber list) const;
  std::optional<PagePlace> with_number(ListNumber list, EventNumber number) const;
  std::vector<PagePlace> with_person(const ProfileId& profile) const;
  bool contains(PagePlace place) const { return index_.contains(place); }
  uint16_t day(PagePlace place) const { return index_.at(place).day; }
  int64_t count(ListNumber list) const;  // of events
  // The earliest event time; nothing when there is no page.
  std::optional<Time> earliest(ListNumber list) const;

 private:
  // Of one page; both lists are sorted.
  struct Members {
    uint16_t day = 0;
    bool clear = false;  // not encrypted: from before pages were
    Time earliest = Time::max();
    std::vector<EventNumber> numbers;
    std::vector<ProfileId> people;
    std::vector<Event> kept;  // all events, or none
    size_t kept_bytes = 0;
    void add(const Event& event) {
      earliest = std::min(earliest, event.happened);
      numbers.push_back(event.number), people.push_back(event.profile);
    }
  };

  // Bytes of the events that are kept, of all pages.
  size_t kept_bytes() const;

  Db& db_;
  Statement add_, add_key_, get_, erase_, erase_key_, all_;
  std::map<PagePlace, Members> index_;  // small: a scan stops while a few thousand events wait
};

}  // namespace pinrelay::store
