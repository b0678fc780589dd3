// Receipts of people who were deleted by a command: what was held of them, and for each list how many of
// their identifiers were there, and when Pinterest acknowledged the last removal. Rows name people by profile
// id alone. They are kept for good, as proof.
#pragma once

#include "store/ledger.h"
#include "store/profiles.h"
#include "store/table.h"

namespace pinrelay::store {

struct DeletionRow {
  int64_t number = 0;  // the receipt's
  Bytes profile;
  Time at{};
  std::string who;        // "user ada", "cli"
  Position position = 0;  // in the change log: whoever has read this far has seen it
  int64_t fields = 0, audiences = 0;
  int64_t events = 0;            // conversions that waited, and ended
  int64_t events_in_flight = 0;  // that were on their way to Pinterest

  template <typename F>
  void columns(F f) {
    f("number", number), f("profile", profile), f("at", at), f("who", who), f("position", position);
    f("fields", fields), f("audiences", audiences), f("events", events);
    f("events_in_flight", events_in_flight);
  }
};

// A list that had, or may have had, identifiers of the person. Its names are those of then.
struct DeletionListRow {
  int64_t number = 0;
  int64_t deletion = 0;
  Bytes profile;
  ListNumber list = 0;
  std::string name, id, ad_account;
  int64_t identifiers = 0;  // to be removed
  int64_t shared = 0;       // that stay, because somebody else has them, too
  int64_t removed = 0;      // acknowledged by Pinterest
  Time removed_at{};        // the last of them
  int64_t request = 0;      // that removed it
  bool open = false;        // removals are still awaited

  template <typename F>
  void columns(F f) {
    f("number", number), f("deletion", deletion), f("profile", profile), f("list", list), f("name", name);
    f("id", id), f("ad_account", ad_account), f("identifiers", identifiers), f("shared", shared);
    f("removed", removed), f("removed_at", removed_at), f("request", request), f("open", open);
  }
};

class Deletions {
 public:
  explicit Deletions(Db& db);

  void add(const DeletionRow& row) { rows_.put(row); }
  // Gives the row its number.
  void add_list(DeletionListRow row);
  std::optional<DeletionRow> get(int64_t number) { return rows_.get(number); }
  // Of a person, newest first.
  std::vector<DeletionRow> of_person(const ProfileId& profile);
  std::vector<DeletionListRow> lists_of(int64_t deletion);
  // Whether any receipt awaits a removal from the list.
  bool awaits(ListNumber list);
  // Pinterest has acknowledged that an identifier of the person is off the list.
  void acknowledge(ListNumber list, const ProfileId& profile, Time now, int64_t request);

 private:
  Table<DeletionRow> rows_;
  Table<DeletionListRow> list_rows_;
  Statement of_person_, lists_of_, awaits_, acknowledge_;
};

}  // namespace pinrelay::store
