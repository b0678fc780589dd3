#include "store/alert_tables.h"

namespace pinrelay::store {

AlertTables::AlertTables(Db& db)
    : open_sql_("SELECT " + Table<EpisodeRow>::column_names() +
                " FROM alert_episode WHERE closed_at = 0 ORDER BY number LIMIT ?"),
      newest_sql_("SELECT " + Table<EpisodeRow>::column_names() +
                  " FROM alert_episode ORDER BY number DESC LIMIT ?"),
      waiting_sql_("SELECT " + Table<MessageRow>::column_names() +
                   " FROM alert_message WHERE ended_at = 0 ORDER BY number LIMIT ?"),
      messages_sql_("SELECT " + Table<MessageRow>::column_names() +
                    " FROM alert_message ORDER BY number DESC LIMIT ?"),
      open_(db, open_sql_.c_str()),
      newest_(db, newest_sql_.c_str()),
      waiting_(db, waiting_sql_.c_str()),
      count_(db, "SELECT count(*) FROM alert_message WHERE ended_at = 0"),
      messages_(db, messages_sql_.c_str()),
      drop_episodes_(db, "DELETE FROM alert_episode WHERE closed_at <> 0 AND closed_at < ?"),
      drop_messages_(db, "DELETE FROM alert_message WHERE ended_at <> 0 AND ended_at < ?"),
      webhooks(db, "webhook"),
      rules(db, "alert_rule"),
      episodes(db, "alert_episode"),
      messages(db, "alert_message"),
      job_hours(db, "job_hours"),
      job_waiting(db, "job_waiting") {}

template <typename Row>
std::vector<Row> AlertTables::read_all(Statement& statement, int64_t limit) {
  std::vector<Row> rows;
  for (bool more = statement.first(limit); more; more = statement.next())
    rows.push_back(Table<Row>::read(statement));
  return rows;
}

std::vector<EpisodeRow> AlertTables::open_episodes() { return read_all<EpisodeRow>(open_, -1); }

std::vector<EpisodeRow> AlertTables::newest_episodes(size_t limit) {
  return read_all<EpisodeRow>(newest_, static_cast<int64_t>(limit));
}

std::vector<MessageRow> AlertTables::waiting_messages(size_t limit) {
  return read_all<MessageRow>(waiting_, static_cast<int64_t>(limit));
}

size_t AlertTables::count_waiting() {
  const int64_t count = count_.first() ? count_.integer(0) : 0;
  count_.done();
  return static_cast<size_t>(count);
}

std::vector<MessageRow> AlertTables::newest_messages(size_t limit) {
  return read_all<MessageRow>(messages_, static_cast<int64_t>(limit));
}

void AlertTables::drop_before(Time episodes_end, Time messages_end) {
  drop_episodes_.run(to_millis(episodes_end));
  drop_messages_.run(to_millis(messages_end));
}

}  // namespace pinrelay::store
