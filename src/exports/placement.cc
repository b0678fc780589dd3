#include "exports/placement.h"

#include <algorithm>

namespace pinrelay::exports {
namespace {

constexpr size_t kPromotePage = 20'000;
constexpr size_t kRevisePage = 20'000;

void drop(Core& core, List& list, const QueueRow& row) {
  if (row.primary) core.tally.not_sent(row.run, Reason::kNoChange);
  core.store.queue.erase(list.row.number, row.hash);
}

// Who the row counts for: the new cause, when it has no row yet, takes it over from an older one.
void attribute(Core& core, const std::optional<QueueRow>& old, Cause* cause, QueueRow& row) {
  if (cause != nullptr && !cause->placed) {
    if (old && old->primary) core.tally.not_sent(old->run, Reason::kSuperseded);
    row.cause = cause->owner, row.run = cause->run, row.primary = true;
    cause->placed = true;
  } else if (old) {
    row.cause = old->cause, row.run = old->run, row.primary = old->primary;
  } else if (cause != nullptr) {
    row.cause = cause->owner, row.run = cause->run;
  }
  if (row.operation == Operation::kAdd) return;
  row.unbraked = (cause != nullptr && cause->unbraked) || (old && old->unbraked);
  row.erases = (cause != nullptr && cause->erases) || (old && old->erases);
}

}  // namespace

QueueClass ready_class(Operation operation, bool unbraked) {
  if (operation == Operation::kAdd) return QueueClass::kAdd;
  return unbraked ? QueueClass::kRemoveUnbraked : QueueClass::kRemove;
}

Wish read_wish(LedgerEntry& entry, Millis settle_now) {
  if (entry.marked && entry.mark_until <= settle_now) entry.marked = false;
  Wish wish{entry.wanted(), entry.rejected ? std::nullopt : entry.difference(), std::nullopt};
  if (wish.difference && entry.marked && entry.marked_operation != *wish.difference)
    wish.settles_at = entry.mark_until;
  return wish;
}

void place(Core& core, List& list, const Hash& hash, const Wish& wish, Cause* cause) {
  const std::optional<QueueRow> old = core.store.queue.get(list.row.number, hash);
  QueueRow row;
  row.hash = hash;
  if (list.in_flight(hash) != nullptr) {
    // The attempt's end decides; only a wish that its success would not fulfil has to be remembered.
    row.operation = wish.wanted ? Operation::kAdd : Operation::kRemove;
    if (row.operation == list.open->operation) {
      if (old) drop(core, list, *old);
      return;
    }
    attribute(core, old, cause, row);
    row.queue_class = QueueClass::kWaiting;
  } else if (!wish.difference) {
    if (old) drop(core, list, *old);
    return;
  } else {
    row.operation = *wish.difference;
    attribute(core, old, cause, row);
    const bool isolated = old && old->queue_class == QueueClass::kWaiting && old->operation == row.operation;
    row.queue_class = wish.settles_at ? QueueClass::kSettling
                      : isolated      ? QueueClass::kWaiting
                                      : ready_class(row.operation, row.unbraked);
  }
  const bool keeps_age = old && old->operation == row.operation && old->queue_class != QueueClass::kSettling;
  row.at = row.queue_class == QueueClass::kSettling ? wish.settles_at->count()
           : keeps_age                              ? old->at
                                                    : to_millis(core.now());
  core.store.queue.put(list.row.number, row);
}

int64_t revise_ledger(Core& core, List& list, const std::function<bool(LedgerEntry&)>& change,
                      const std::function<Cause(const LedgerEntry&)>& cause) {
  struct Changed {
    Hash hash;
    Wish wish;
    std::optional<Cause> cause;
  };
  int64_t present = 0;
  LedgerEntry entry;
  const LedgerReader ledger(core, list.row.number);
  Bytes from;
  do {
    std::vector<Changed> changed;
    const auto look = [&](size_t, ByteView key, std::optional<ByteView> old, Bytes& record) {
      ledger.read(old, entry);
      const bool was_there = entry.presence != Presence::kAbsent;
      if (!change(entry)) return store::Write::kKeep;
      present += (entry.presence != Presence::kAbsent) - was_there;
      Changed& item = changed.emplace_back();
      std::memcpy(item.hash.data(), key.data(), item.hash.size());
      item.wish = read_wish(entry, core.settle.now());
      if (cause && item.wish.difference) item.cause = cause(entry);
      if (entry.empty()) return store::Write::kErase;
      store::write_ledger_entry(entry, record);
      return store::Write::kPut;
    };
    from = core.store.ledger.merge(list.row.number, from, {}, {}, kRevisePage, look);
    for (Changed& item : changed) {
      place(core, list, item.hash, item.wish, item.cause ? &*item.cause : nullptr);
      if (item.cause && !item.cause->placed) core.tally.not_sent(item.cause->run, Reason::kNoChange);
    }
  } while (!from.empty());
  return present;
}

void promote_settled(Core& core, List& list) {
  if (core.store.queue.count(list.row.number, QueueClass::kSettling).rows == 0) return;
  const auto due =
      core.store.queue.page(list.row.number, QueueClass::kSettling, core.settle.now().count(), kPromotePage);
  for (QueueRow row : due) {
    row.queue_class = ready_class(row.operation, row.unbraked);
    row.at = to_millis(core.now());
    core.store.queue.put(list.row.number, row);
  }
}

}  // namespace pinrelay::exports
