#include "store/deletions.h"

namespace pinrelay::store {
namespace {

const std::string kOfPerson =
    "SELECT " + Table<DeletionRow>::column_names() + " FROM deletion WHERE profile = ? ORDER BY number DESC";
const std::string kListsOf = "SELECT " + Table<DeletionListRow>::column_names() +
                             " FROM deletion_list WHERE deletion = ? ORDER BY number";

template <typename Row>
std::vector<Row> read_all(Statement& statement, bool more) {
  std::vector<Row> rows;
  for (; more; more = statement.next()) rows.push_back(Table<Row>::read(statement));
  return rows;
}

}  // namespace

Deletions::Deletions(Db& db)
    : rows_(db, "deletion"),
      list_rows_(db, "deletion_list"),
      of_person_(db, kOfPerson.c_str()),
      lists_of_(db, kListsOf.c_str()),
      awaits_(db, "SELECT 1 FROM deletion_list WHERE open = 1 AND list = ? LIMIT 1"),
      acknowledge_(db,
                   "UPDATE deletion_list SET removed = removed + 1, removed_at = ?3, request = ?4, "
                   "open = removed + 1 < identifiers WHERE open = 1 AND list = ?1 AND profile = ?2") {}

void Deletions::add_list(DeletionListRow row) {
  row.number = list_rows_.next_key();
  list_rows_.put(std::move(row));
}

std::vector<DeletionRow> Deletions::of_person(const ProfileId& profile) {
  return read_all<DeletionRow>(of_person_, of_person_.first(ByteView(profile.bytes)));
}

std::vector<DeletionListRow> Deletions::lists_of(int64_t deletion) {
  return read_all<DeletionListRow>(lists_of_, lists_of_.first(deletion));
}

bool Deletions::awaits(ListNumber list) {
  const bool any = awaits_.first(static_cast<int64_t>(list));
  awaits_.done();
  return any;
}

void Deletions::acknowledge(ListNumber list, const ProfileId& profile, Time now, int64_t request) {
  acknowledge_.run(static_cast<int64_t>(list), ByteView(profile.bytes), to_millis(now), request);
}

}  // namespace pinrelay::store
