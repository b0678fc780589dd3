#include "store/change.h"

namespace pinrelay::store {
namespace {

// A bit of the byte that tells the type. Rows stored before there was such a bit stand alone.
constexpr uint8_t kContinuesRequest = 0x80;

}  // namespace

void ChangeWriter::begin(ChangeType type, int64_t at_millis, std::string_view key, std::string_view audience,
                         std::string_view row_id) {
  start_ = out_.size();
  append_fixed<uint32_t>(out_, 0);  // the size, written by end()
  out_.push_back(static_cast<uint8_t>(type));
  append_fixed(out_, at_millis);
  append_sized(out_, as_bytes(key));
  append_sized(out_, as_bytes(audience));
  append_sized(out_, as_bytes(row_id));
}

void ChangeWriter::field(std::string_view name, ValueType type, std::string_view text) {
  append_sized(out_, as_bytes(name));
  out_.push_back(static_cast<uint8_t>(type));
  append_sized(out_, as_bytes(text));
}

void ChangeWriter::begin_array(std::string_view name) {
  items_.clear();
  array_name_ = name;
}

void ChangeWriter::item(ValueType type, std::string_view text) {
  items_.push_back(static_cast<uint8_t>(type));
  append_sized(items_, as_bytes(text));
}

void ChangeWriter::end_array() { field(array_name_, ValueType::kArray, as_text(items_)); }

void ChangeWriter::end() {
  const auto size = static_cast<uint32_t>(out_.size() - start_ - sizeof(uint32_t));
  std::memcpy(out_.data() + start_, &size, sizeof size);
}

void continue_request(Bytes& changes, size_t row) { changes[row + sizeof(uint32_t)] |= kContinuesRequest; }

void join_rows(Bytes& changes) {
  for (size_t row = 0; row < changes.size();) {
    if (row > 0) continue_request(changes, row);
    uint32_t size;
    std::memcpy(&size, changes.data() + row, sizeof size);
    row += sizeof size + size;
  }
}

bool ChangeReader::next(ChangeView& out) {
  if (reader_.done() || !ok_) return false;
  const ByteView row = reader_.bytes(reader_.fixed<uint32_t>());
  ByteReader fields(row);
  const auto type = fields.fixed<uint8_t>();
  out.type = static_cast<ChangeType>(type & ~kContinuesRequest);
  out.continues = (type & kContinuesRequest) != 0;
  out.at = fields.fixed<int64_t>();
  out.key = as_text(fields.sized());
  out.audience = as_text(fields.sized());
  out.row_id = as_text(fields.sized());
  ok_ = reader_.ok() && fields.ok() && out.type >= ChangeType::kProfile && out.type <= ChangeType::kDelete;
  if (!ok_) return false;
  out.fields = {fields.position(), static_cast<size_t>(row.data() + row.size() - fields.position())};
  return true;
}

}  // namespace pinrelay::store
