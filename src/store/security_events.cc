#include "store/security_events.h"

#include <algorithm>

#include "store/table.h"

namespace pinrelay::store {
namespace {

const std::string kPage = "SELECT " + Table<SecurityEventRow>::column_names() +
                          " FROM security_event WHERE number < ? ORDER BY number DESC";

}  // namespace

const SecurityKindInfo* find_security_kind(std::string_view name) {
  const auto found = std::ranges::find(kSecurityKinds, name, &SecurityKindInfo::name);
  return found == std::end(kSecurityKinds) ? nullptr : found;
}

std::string_view name_of(SecurityKind kind) {
  const auto found = std::ranges::find(kSecurityKinds, kind, &SecurityKindInfo::kind);
  return found == std::end(kSecurityKinds) ? std::string_view("unknown") : found->name;
}

SecurityEvents::SecurityEvents(Db& db)
    : append_(db,
              "INSERT INTO security_event(kind, at, source, who, what, whom, count) "
              "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      page_(db, kPage.c_str()),
      sum_(db,
           "SELECT coalesce(sum(count), 0), count(DISTINCT source) FROM security_event "
           "WHERE kind = ? AND at >= ?"),
      cap_(db,
           "DELETE FROM security_event WHERE kind = ?1 AND (at, number) < (SELECT at, number FROM "
           "security_event WHERE kind = ?1 ORDER BY at DESC, number DESC LIMIT 1 OFFSET ?2)"),
      drop_(db, "DELETE FROM security_event WHERE at < ?") {}

void SecurityEvents::append(SecurityEventRow row) {
  const auto kind = static_cast<int64_t>(row.kind);
  append_.run(kind, to_millis(row.at), row.source, row.who, row.what, ByteView(row.whom), row.count);
  cap_.run(kind, kRowsMax - 1);
}

void SecurityEvents::each(int64_t before, const std::function<bool(const SecurityEventRow&)>& visit) {
  for (bool more = page_.first(before == 0 ? INT64_MAX : before); more; more = page_.next())
    if (!visit(Table<SecurityEventRow>::read(page_))) break;
  page_.done();
}

SecurityEvents::Sum SecurityEvents::sum(SecurityKind kind, Time since) {
  Sum sum;
  if (sum_.first(static_cast<int64_t>(kind), to_millis(since))) sum = {sum_.integer(0), sum_.integer(1)};
  sum_.done();
  return sum;
}

void SecurityEvents::drop_before(Time time) { drop_.run(to_millis(time)); }

}  // namespace pinrelay::store
