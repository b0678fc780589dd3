// A SQLite table whose rows are plain structs. The struct lists its columns once:
//   template <typename F> void columns(F f) { f("number", number); f("name", name); … }
// the first being the primary key. Meant for the small tables (lists, jobs, runs, imports); people and
// identifiers live in chunk maps.
#pragma once

#include <type_traits>

#include "base/clock.h"
#include "store/db.h"

namespace pinrelay::store {

template <typename Row>
class Table {
 public:
  Table(Db& db, std::string name)
      : name_(std::move(name)),
        // Not "or replace": a row that clashes in another unique column must fail, not erase the other row.
        put_sql_("INSERT INTO " + name_ + "(" + column_names() + ") VALUES (" + placeholders() +
                 ") ON CONFLICT(" + key_name() + ") DO UPDATE SET " + assignments()),
        get_sql_("SELECT " + column_names() + " FROM " + name_ + " WHERE " + key_name() + " = ?"),
        all_sql_("SELECT " + column_names() + " FROM " + name_ + " ORDER BY " + key_name()),
        erase_sql_("DELETE FROM " + name_ + " WHERE " + key_name() + " = ?"),
        next_sql_("SELECT coalesce(max(" + key_name() + "), 0) + 1 FROM " + name_),
        put_(db, put_sql_.c_str()),
        get_(db, get_sql_.c_str()),
        all_(db, all_sql_.c_str()),
        erase_(db, erase_sql_.c_str()),
        next_(db, next_sql_.c_str()) {}

  void put(Row row) {
    put_.bind_each(
        [&](auto bind) { row.columns([&](const char*, auto& value) { bind(to_column(value)); }); });
  }
  std::optional<Row> get(int64_t key) {
    if (!get_.first(key)) return std::nullopt;
    Row row = read(get_);
    get_.done();
    return row;
  }
  std::vector<Row> all() {
    std::vector<Row> rows;
    for (bool more = all_.first(); more; more = all_.next()) rows.push_back(read(all_));
    return rows;
  }
  void erase(int64_t key) { erase_.run(key); }
  // One more than the largest key.
  int64_t next_key() {
    const int64_t key = next_.first() ? next_.integer(0) : 0;
    next_.done();
    return key;
  }

  // Reads the present row of a statement that selects this table's columns in order.
  static Row read(Statement& statement) {
    Row row;
    int column = 0;
    row.columns([&](const char*, auto& value) { from_column(statement, column++, value); });
    return row;
  }
  static std::string column_names() {
    std::string names;
    Row row;
    row.columns([&](const char* name, auto&) { names += (names.empty() ? "" : ", ") + std::string(name); });
    return names;
  }

 private:
  static std::string key_name() { return column_names().substr(0, column_names().find(',')); }
  static std::string placeholders() {
    std::string marks;
    Row row;
    row.columns([&](const char*, auto&) { marks += marks.empty() ? "?" : ", ?"; });
    return marks;
  }

  static std::string assignments() {
    std::string list;
    Row row;
    row.columns([&](const char* name, auto&) {
      list += (list.empty() ? "" : ", ") + std::string(name) + " = excluded." + name;
    });
    return list;
  }

  template <typename T>
  static auto to_column(const T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      return std::string_view(value);
    } else if constexpr (std::is_same_v<T, Bytes>) {
      return ByteView(value);
    } else if constexpr (std::is_same_v<T, Millis>) {
      return static_cast<int64_t>(value.count());
    } else if constexpr (std::is_same_v<T, Time>) {
      return to_millis(value);
    } else {
      return static_cast<int64_t>(value);
    }
  }
  template <typename T>
  static void from_column(Statement& statement, int column, T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      value = statement.text(column);
    } else if constexpr (std::is_same_v<T, Bytes>) {
      const ByteView blob = statement.blob(column);
      value.assign(blob.begin(), blob.end());
    } else if constexpr (std::is_same_v<T, Millis>) {
      value = Millis{statement.integer(column)};
    } else if constexpr (std::is_same_v<T, Time>) {
      value = from_millis(statement.integer(column));
    } else if constexpr (std::is_same_v<T, bool>) {
      value = statement.integer(column) != 0;
    } else {
      value = static_cast<T>(statement.integer(column));
    }
  }

  std::string name_, put_sql_, get_sql_, all_sql_, erase_sql_, next_sql_;
  Statement put_, get_, all_, erase_, next_;
};

}  // namespace pinrelay::store
