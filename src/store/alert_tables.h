// Everything durable about alerts.
#pragma once

#include "store/alert_rows.h"
#include "store/table.h"

namespace pinrelay::store {

class AlertTables {
 public:
  explicit AlertTables(Db& db);

  std::vector<EpisodeRow> open_episodes();
  // Newest first.
  std::vector<EpisodeRow> newest_episodes(size_t limit);
  // Those that are still to be sent, oldest first.
  std::vector<MessageRow> waiting_messages(size_t limit);
  size_t count_waiting();
  std::vector<MessageRow> newest_messages(size_t limit);
  // What ended before.
  void drop_before(Time episodes_end, Time messages_end);

 private:
  template <typename Row>
  static std::vector<Row> read_all(Statement& statement, int64_t limit);

  std::string open_sql_, newest_sql_, waiting_sql_, messages_sql_;
  Statement open_, newest_, waiting_, count_, messages_, drop_episodes_, drop_messages_;

 public:
  Table<WebhookRow> webhooks;
  Table<AlertRow> rules;
  Table<EpisodeRow> episodes;
  Table<MessageRow> messages;
  Table<JobHoursRow> job_hours;
  Table<JobWaitingRow> job_waiting;
};

}  // namespace pinrelay::store
