#include "store/notices.h"

#include <algorithm>

namespace pinrelay::store {
namespace {

const StoredField* known_field(const Person& person, FieldNumber number) {
  const auto found = std::ranges::find(person.fields, number, &StoredField::number);
  return found == person.fields.end() ? nullptr : &*found;
}

// What the change has brought, which is not what an older row says of a field.
void carry(const NumberedChange& change, const Person& from, Person& to) {
  for (const StoredField& field : change.fields) {
    const StoredField* now = known_field(from, field.number);
    if (now == nullptr || now->at != field.at || as_text(now->value) != as_text(field.value)) continue;
    const auto at = std::ranges::lower_bound(to.fields, field.number, {}, &StoredField::number);
    if (at != to.fields.end() && at->number == field.number) {
      *at = *now;
    } else {
      to.fields.insert(at, *now);
    }
  }
}

bool ends_wait(const NumberedChange& change, AudienceNumber audience) {
  return change.type == ChangeType::kDelete ||
         (change.type != ChangeType::kProfile && change.audience == audience);
}

}  // namespace

void Notices::look_ahead(Row row, const NumberedChange& change, Applied applied, const Person& person) {
  const bool counts = applied == Applied::kChanged || applied == Applied::kUnchanged;
  for (Notice& notice : notices_) {
    if (!notice.open) continue;
    if (row.request != notice.row.request) {
      notice.open = false;
    } else if (counts && ends_wait(change, notice.entry.audience)) {
      notice.open = false;
    } else if (counts && change.type == ChangeType::kProfile && change.at == notice.at) {
      carry(change, person, notice.person);
    }
  }
}

void Notices::add(Row row, const NumberedChange& change, Applied applied, std::span<const LogEntry> entries,
                  const Person& person) {
  if (!notices_.empty()) {
    look_ahead(row, change, applied, person);
    tell_closed();
  }
  const bool deleting = change.type == ChangeType::kDelete;
  for (const LogEntry& entry : entries) {
    const bool open = entry.kind == EntryKind::kEnter && observer_.follows(entry.audience);
    if (!open && notices_.empty()) {
      observer_.observe(entry, person, row.place, deleting);
    } else {
      notices_.push_back({entry, person, row, change.at, deleting, open});
    }
  }
}

bool Notices::waits(size_t request) const {
  return std::ranges::any_of(notices_, [&](const Notice& n) { return n.open && n.row.request == request; });
}

void Notices::finish() {
  for (Notice& notice : notices_) notice.open = false;
  tell_closed();
}

void Notices::tell_closed() {
  for (; !notices_.empty() && !notices_.front().open; notices_.pop_front()) {
    const Notice& notice = notices_.front();
    observer_.observe(notice.entry, notice.person, notice.row.place, notice.deleting);
  }
}

}  // namespace pinrelay::store
