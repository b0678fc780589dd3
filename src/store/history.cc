#include "store/history.h"

namespace pinrelay::store {
namespace {

Bytes write_amounts(const std::vector<int64_t>& amounts) {
  Bytes bytes;
  for (const int64_t amount : amounts) append_varint(bytes, static_cast<uint64_t>(amount));
  return bytes;
}

std::vector<int64_t> read_amounts(ByteView bytes) {
  std::vector<int64_t> amounts;
  ByteReader reader(bytes);
  while (reader.ok() && !reader.done()) amounts.push_back(static_cast<int64_t>(reader.varint()));
  return amounts;
}

}  // namespace

HistoryTable::HistoryTable(Db& db)
    : put_(db, "INSERT OR REPLACE INTO history(step, job, slot, amounts) VALUES (?, ?, ?, ?)"),
      get_(db, "SELECT amounts FROM history WHERE step = ? AND job = ? AND slot = ?"),
      read_(db, "SELECT slot, amounts FROM history WHERE step = ? AND job = ? AND slot >= ? ORDER BY slot"),
      drop_before_(db, "DELETE FROM history WHERE step = ? AND slot < ?"),
      drop_unknown_(db, "DELETE FROM history WHERE job <> 0 AND job NOT IN (SELECT number FROM job)") {}

void HistoryTable::put(const HistoryRow& row) {
  put_.run(static_cast<int>(row.step), row.job, row.slot, write_amounts(row.amounts));
}

std::optional<HistoryRow> HistoryTable::get(HistoryStep step, JobNumber job, int64_t slot) {
  if (!get_.first(static_cast<int>(step), job, slot)) return std::nullopt;
  HistoryRow row{step, job, slot, read_amounts(get_.blob(0))};
  get_.done();
  return row;
}

std::vector<HistoryRow> HistoryTable::read(HistoryStep step, JobNumber job, int64_t from) {
  std::vector<HistoryRow> rows;
  for (bool more = read_.first(static_cast<int>(step), job, from); more; more = read_.next())
    rows.push_back({step, job, read_.integer(0), read_amounts(read_.blob(1))});
  return rows;
}

void HistoryTable::drop_before(HistoryStep step, int64_t slot) {
  drop_before_.run(static_cast<int>(step), slot);
}

void HistoryTable::drop_unknown_jobs() { drop_unknown_.run(); }

}  // namespace pinrelay::store
