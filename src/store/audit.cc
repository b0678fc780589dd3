#include "store/audit.h"

#include "base/sha256.h"
#include "store/table.h"

namespace pinrelay::store {
namespace {

Bytes hash_of(const AuditRow& row, ByteView before) {
  Bytes text;
  append_sized(text, before);
  append_fixed(text, row.number);
  append_fixed(text, to_millis(row.at));
  for (const std::string* part : {&row.who, &row.origin, &row.action, &row.object, &row.detail, &row.outcome})
    append_sized(text, as_bytes(*part));
  // Entries from before there was such a column have the hash they had.
  if (!row.changed.empty()) append_sized(text, as_bytes(row.changed));
  const Hash hash = Sha256().hash(std::string_view(reinterpret_cast<const char*>(text.data()), text.size()));
  return {hash.begin(), hash.end()};
}

void cut(std::string& text) {
  if (text.size() <= Audit::kTextBytesMax) return;
  const std::string rest =
      "… (" + std::to_string(text.size()) + " bytes, SHA-256 " + to_hex(Sha256().hash(text)) + ")";
  size_t end = Audit::kTextBytesMax;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  text.replace(end, std::string::npos, rest);
}

const std::string kColumns = "SELECT " + Table<AuditRow>::column_names() + " FROM audit ";
const std::string kLast = kColumns + "ORDER BY number DESC LIMIT 1";
const std::string kPage = kColumns + "WHERE number < ? ORDER BY number DESC";
const std::string kAll = kColumns + "ORDER BY number";

}  // namespace

Audit::Audit(Db& db)
    : append_(db,
              "INSERT INTO audit(number, at, who, origin, action, object, detail, outcome, hash, changed) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      last_(db, kLast.c_str()),
      page_(db, kPage.c_str()),
      all_(db, kAll.c_str()) {}

void Audit::append(AuditRow row) {
  for (std::string* text : {&row.who, &row.origin, &row.action, &row.object, &row.detail}) cut(*text);
  AuditRow before;
  if (last_.first()) before = Table<AuditRow>::read(last_);
  last_.done();
  row.number = before.number + 1;
  row.hash = hash_of(row, before.hash);
  append_.run(row.number, to_millis(row.at), row.who, row.origin, row.action, row.object, row.detail,
              row.outcome, ByteView(row.hash), row.changed);
}

void Audit::each(int64_t before, const std::function<bool(const AuditRow&)>& visit) {
  for (bool more = page_.first(before == 0 ? INT64_MAX : before); more; more = page_.next())
    if (!visit(Table<AuditRow>::read(page_))) break;
  page_.done();
}

Audit::Verified Audit::verify() {
  Verified out;
  for (bool more = all_.first(); more; more = all_.next()) {
    const AuditRow row = Table<AuditRow>::read(all_);
    const bool fits = row.number == out.rows + 1 && row.hash == hash_of(row, out.head);
    if (!fits && !out.broken) out.broken = row.number;
    ++out.rows;
    out.head = row.hash;
  }
  return out;
}

}  // namespace pinrelay::store
