#include "store/queue.h"

#include <algorithm>

namespace pinrelay::store {
namespace {

constexpr uint8_t kPrimaryFlag = 1, kUnbrakedFlag = 2, kRemoveFlag = 4, kErasesFlag = 8;

QueueRow read_row(Statement& statement) {
  QueueRow row;
  const ByteView hash = statement.blob(0);
  if (hash.size() == row.hash.size()) std::memcpy(row.hash.data(), hash.data(), hash.size());
  row.queue_class = static_cast<QueueClass>(statement.integer(1));
  row.at = statement.integer(2);
  row.cause.job = static_cast<JobNumber>(statement.integer(3));
  const ByteView profile = statement.blob(4);
  if (profile.size() == 16) row.cause.profile = profile_id_at(profile.data());
  const int64_t flags = statement.integer(5);
  row.primary = (flags & kPrimaryFlag) != 0;
  row.unbraked = (flags & kUnbrakedFlag) != 0 || row.queue_class == QueueClass::kRemoveUnbraked;
  row.erases = (flags & kErasesFlag) != 0;
  row.operation = (flags & kRemoveFlag) != 0 ? Operation::kRemove : Operation::kAdd;
  row.run = statement.integer(6);
  return row;
}

#define QUEUE_COLUMNS "hash, class, at, job, profile, flags, run"

}  // namespace

Queue::Queue(Db& db)
    : get_(db, "SELECT " QUEUE_COLUMNS " FROM queue WHERE list = ? AND hash = ?"),
      put_(db, "INSERT OR REPLACE INTO queue(list, " QUEUE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      erase_(db, "DELETE FROM queue WHERE list = ? AND hash = ?"),
      page_(db, "SELECT " QUEUE_COLUMNS
                " FROM queue INDEXED BY queue_by_class WHERE list = ? AND class = ? AND at <= ? ORDER BY at, "
                "hash LIMIT ?"),
      caused_by_(db, "SELECT " QUEUE_COLUMNS " FROM queue WHERE list = ? AND job = ? AND profile = ?"),
      removals_(
          db, "SELECT " QUEUE_COLUMNS " FROM queue WHERE list = ? AND class IN (2, 4, 5) AND flags & 6 = 4"),
      unbrake_job_(db,
                   "UPDATE queue SET flags = flags | 2, class = CASE class WHEN 2 THEN 3 ELSE class END "
                   "WHERE list = ? AND job = ? AND class IN (2, 4, 5) AND flags & 6 = 4"),
      additions_(db,
                 "SELECT " QUEUE_COLUMNS " FROM queue WHERE list = ? AND job = ? AND flags & 4 = 0 LIMIT ?"),
      removals_after_(db, "SELECT " QUEUE_COLUMNS
                          " FROM queue WHERE list = ? AND hash > ? AND class IN (2, 4, 5) AND flags & 6 = 4 "
                          "ORDER BY hash LIMIT ?"),
      give_(db, "UPDATE queue SET job = ?3 WHERE list = ?1 AND job = ?2"),
      brake_all_(db,
                 "UPDATE queue SET flags = flags & ~2, class = CASE class WHEN 3 THEN 2 ELSE class END "
                 "WHERE list = ? AND flags & 8 = 0"),
      erasures_(db,
                "SELECT count(*), coalesce(min(CASE class WHEN 4 THEN NULL ELSE at END), 0) FROM queue "
                "WHERE list = ? AND flags & 12 = 12"),
      oldest_(
          db,
          "SELECT at FROM queue INDEXED BY queue_by_class WHERE list = ? AND class = ? ORDER BY at LIMIT 1"),
      count_(db,
             "SELECT list, class, count(*), sum(flags & 1) FROM queue WHERE class BETWEEN 1 AND 5 GROUP BY "
             "list, class"),
      move_(db, "UPDATE queue SET class = ?3 WHERE list = ?1 AND class = ?2"),
      release_(db,
               "UPDATE queue SET class = CASE flags & 6 WHEN 4 THEN 2 WHEN 6 THEN 3 ELSE 1 END WHERE list = "
               "? AND class = 5"),
      clamp_(db, "UPDATE queue SET at = ?2 WHERE list = ?1 AND class IN (1, 2, 3) AND at > ?2"),
      erase_all_(db, "DELETE FROM queue WHERE list = ?") {}

void Queue::load() {
  counts_.clear();
  for (bool more = count_.first(); more; more = count_.next()) {
    counts_[static_cast<ListNumber>(count_.integer(0))][static_cast<size_t>(count_.integer(1))] = {
        count_.integer(2), count_.integer(3)};
  }
}

void Queue::add(ListNumber list, const QueueRow& row, int sign) {
  QueueCount& count = counts_[list][static_cast<size_t>(row.queue_class)];
  count.rows += sign;
  count.users += row.primary ? sign : 0;
}

std::optional<QueueRow> Queue::get(ListNumber list, const Hash& hash) {
  if (!get_.first(list, hash)) return std::nullopt;
  QueueRow row = read_row(get_);
  get_.done();
  return row;
}

void Queue::put(ListNumber list, const QueueRow& row) {
  if (const auto old = get(list, row.hash)) add(list, *old, -1);
  add(list, row, +1);
  put_.run(list, row.hash, static_cast<int>(row.queue_class), row.at, row.cause.job,
           ByteView(row.cause.profile.bytes),
           (row.primary ? kPrimaryFlag : 0) | (row.unbraked ? kUnbrakedFlag : 0) |
               (row.operation == Operation::kRemove ? kRemoveFlag : 0) | (row.erases ? kErasesFlag : 0),
           row.run);
}

void Queue::erase(ListNumber list, const Hash& hash) {
  const auto old = get(list, hash);
  if (!old) return;
  add(list, *old, -1);
  erase_.run(list, hash);
}

std::vector<QueueRow> Queue::page(ListNumber list, QueueClass queue_class, int64_t until, size_t limit) {
  std::vector<QueueRow> rows;
  bool more = page_.first(list, static_cast<int>(queue_class), until, static_cast<int64_t>(limit));
  for (; more; more = page_.next()) rows.push_back(read_row(page_));
  return rows;
}

std::vector<QueueRow> Queue::caused_by(ListNumber list, const Owner& owner) {
  std::vector<QueueRow> rows;
  bool more = caused_by_.first(list, owner.job, ByteView(owner.profile.bytes));
  for (; more; more = caused_by_.next()) rows.push_back(read_row(caused_by_));
  return rows;
}

void Queue::unbrake(ListNumber list, const std::vector<Owner>& causes, bool erases) {
  std::vector<QueueRow> found;
  for (bool more = removals_.first(list); more; more = removals_.next()) {
    QueueRow row = read_row(removals_);
    if (std::binary_search(causes.begin(), causes.end(), row.cause)) found.push_back(row);
  }
  for (QueueRow& row : found) {
    row.unbraked = true;
    row.erases |= erases;
    if (row.queue_class == QueueClass::kRemove) row.queue_class = QueueClass::kRemoveUnbraked;
    put(list, row);
  }
}

void Queue::unbrake_job(ListNumber list, JobNumber job) {
  unbrake_job_.run(list, job);
  load();
}

std::vector<QueueRow> Queue::additions(ListNumber list, JobNumber job, size_t limit) {
  std::vector<QueueRow> rows;
  bool more = additions_.first(list, job, static_cast<int64_t>(limit));
  for (; more; more = additions_.next()) rows.push_back(read_row(additions_));
  return rows;
}

std::vector<QueueRow> Queue::removals(ListNumber list, const Hash& after, size_t limit) {
  std::vector<QueueRow> rows;
  bool more = removals_after_.first(list, after, static_cast<int64_t>(limit));
  for (; more; more = removals_after_.next()) rows.push_back(read_row(removals_after_));
  return rows;
}

void Queue::give(ListNumber list, JobNumber from, JobNumber to) { give_.run(list, from, to); }

void Queue::brake_all(ListNumber list) {
  brake_all_.run(list);
  load();
}

Queue::Erasures Queue::erasures(ListNumber list) {
  Erasures found;
  if (erasures_.first(list)) found = {erasures_.integer(0), erasures_.integer(1)};
  erasures_.done();
  return found;
}

std::optional<int64_t> Queue::oldest(ListNumber list, QueueClass queue_class) {
  if (!oldest_.first(list, static_cast<int>(queue_class))) return std::nullopt;
  const int64_t at = oldest_.integer(0);
  oldest_.done();
  return at;
}

QueueCount Queue::count(ListNumber list, QueueClass queue_class) const {
  const auto found = counts_.find(list);
  return found == counts_.end() ? QueueCount{} : found->second[static_cast<size_t>(queue_class)];
}

void Queue::clamp(ListNumber list, int64_t now) { clamp_.run(list, now); }

bool Queue::empty(ListNumber list) const {
  const auto found = counts_.find(list);
  if (found == counts_.end()) return true;
  for (const QueueCount& count : found->second) {
    if (count.rows != 0) return false;
  }
  return true;
}

void Queue::move_all(ListNumber list, QueueClass from, QueueClass to) {
  if (from == to) return;
  move_.run(list, static_cast<int>(from), static_cast<int>(to));
  auto& counts = counts_[list];
  QueueCount& source = counts[static_cast<size_t>(from)];
  QueueCount& target = counts[static_cast<size_t>(to)];
  target.rows += source.rows, target.users += source.users;
  source = {};
}

void Queue::release_waiting(ListNumber list) {
  if (count(list, QueueClass::kWaiting).rows == 0) return;
  release_.run(list);
  load();
}

void Queue::erase_all(ListNumber list) {
  erase_all_.run(list);
  counts_.erase(list);
}

}  // namespace pinrelay::store
