// Tells an observer what the rows of one person have done, in their order. An enter of an audience that the
// observer follows waits here for the profile rows behind it in its request, and everything behind it waits
// with it.
#pragma once

#include <deque>
#include <span>

#include "store/profiles.h"

namespace pinrelay::store {

class Notices {
 public:
  explicit Notices(ChangeObserver& observer) : observer_(observer) {}

  // A row that has just been applied to `person`: where it begins in the buffer, which request it is of, and
  // the log entries it made. The person's values have to stay valid until finish().
  struct Row {
    size_t place = 0, request = 0;
  };
  void add(Row row, const NumberedChange& change, Applied applied, std::span<const LogEntry> entries,
           const Person& person);
  // A row that has not been applied yet, here to a copy of the person: it counts only for those who wait.
  void look_ahead(Row row, const NumberedChange& change, Applied applied, const Person& person);
  // Whether an enter of that request still waits.
  bool waits(size_t request) const;
  // No row of the person is left.
  void finish();

 private:
  struct Notice {
    LogEntry entry;
    Person person;
    Row row;
    int64_t at = 0;
    bool deleting = false;
    bool open = false;  // it waits for more
  };
  void tell_closed();

  ChangeObserver& observer_;
  std::deque<Notice> notices_;
};

}  // namespace pinrelay::store
