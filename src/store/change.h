// A change: one row of input after parsing, in the binary form that the inbox keeps and the profile store
// applies. Sources write changes through ChangeWriter; nothing after that knows whether they came by HTTP,
// NDJSON or CSV.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"

namespace pinrelay::store {

enum class ChangeType : uint8_t { kProfile = 1, kEnter = 2, kExit = 3, kDelete = 4 };

// Types of field values. A scalar is kept as its text ("42", "true", "2026-01-01"), so nothing is lost
// whatever the type.
enum class ValueType : uint8_t {
  kNull = 0,
  kString = 1,
  kInt = 2,
  kNumber = 3,
  kBool = 4,
  kDate = 5,
  kArray = 6,
  kGroup = 7  // of a change only: everything under "name." goes, except what the change names
};

constexpr size_t kKeyBytesMax = 512;
constexpr size_t kNameBytesMax = 128;      // of fields, audiences and row ids
constexpr size_t kValueBytesMax = 65'536;  // of one field, arrays in all
constexpr size_t kFieldsMax = 1'000;       // of one row

struct FieldView {
  std::string_view name;
  ValueType type;
  ByteView value;  // scalar: its text; array: items as written by ChangeWriter::item; null: empty
};

// One item of an array value, or the value itself when scalar. An item of type null is absent: it keeps the
// place of those after it.
struct ItemView {
  ValueType type;
  std::string_view text;
};

// Calls visit(ItemView) for the value, or for each place of an array, absent items included; nothing for
// null. For arrays that stand side by side with others.
template <typename Visit>
void for_each_place(ValueType type, ByteView value, Visit visit) {
  if (type == ValueType::kNull) return;
  if (type != ValueType::kArray) return visit(ItemView{type, as_text(value)});
  for (ByteReader reader(value); !reader.done() && reader.ok();) {
    const auto item_type = static_cast<ValueType>(reader.fixed<uint8_t>());
    const ByteView text = reader.sized();
    if (reader.ok()) visit(ItemView{item_type, as_text(text)});
  }
}

// Calls visit(ItemView) for the value, or for each item of an array that is there; nothing for null.
template <typename Visit>
void for_each_item(ValueType type, ByteView value, Visit visit) {
  for_each_place(type, value, [&](const ItemView& item) {
    if (item.type != ValueType::kNull) visit(item);
  });
}

// Borrowed from a buffer of changes; valid as long as that.
struct ChangeView {
  ChangeType type{};
  int64_t at = 0;  // milliseconds since 1970; sources put the arrival time where the row names none
  std::string_view key;
  std::string_view audience;  // enter and exit
  std::string_view row_id;    // "" = none
  bool continues = false;     // it belongs to the same request as the row before it
  ByteView fields;            // profile: iterate with for_each_field and for_each_group

  template <typename Visit>
  void for_each_field(Visit visit) const {
    for_each([&](const FieldView& field) {
      if (field.type != ValueType::kGroup) visit(field);
    });
  }
  // Calls visit(name) for each name whose group the change replaces.
  template <typename Visit>
  void for_each_group(Visit visit) const {
    for_each([&](const FieldView& field) {
      if (field.type == ValueType::kGroup) visit(field.name);
    });
  }

 private:
  template <typename Visit>
  void for_each(Visit visit) const {
    for (ByteReader reader(fields); !reader.done() && reader.ok();) {
      FieldView field;
      field.name = as_text(reader.sized());
      field.type = static_cast<ValueType>(reader.fixed<uint8_t>());
      field.value = reader.sized();
      if (reader.ok()) visit(field);
    }
  }
};

// Appends changes to a buffer: begin, field or array/item… calls, end. `cancel` drops what came since begin.
class ChangeWriter {
 public:
  explicit ChangeWriter(Bytes& out) : out_(out) {}

  void begin(ChangeType type, int64_t at_millis, std::string_view key, std::string_view audience = {},
             std::string_view row_id = {});
  void field(std::string_view name, ValueType type, std::string_view text);
  void null_field(std::string_view name) { field(name, ValueType::kNull, {}); }
  // Everything under "name." goes, except the fields of this change. Once per name.
  void replace_group(std::string_view name) { field(name, ValueType::kGroup, {}); }
  void begin_array(std::string_view name);
  void item(ValueType type, std::string_view text);
  void end_array();
  void end();
  void cancel() { out_.resize(start_); }

 private:
  Bytes& out_;
  Bytes items_;
  std::string_view array_name_;
  size_t start_ = 0;
};

// Rows stand alone unless they are marked: the row that begins at `row` continues the request of the row before
// it; all rows of the buffer are of one request.
void continue_request(Bytes& changes, size_t row);
void join_rows(Bytes& changes);

// Reads a buffer of changes one after the other; false at its end (or where it is damaged: then `ok` is
// false).
class ChangeReader {
 public:
  explicit ChangeReader(ByteView bytes) : reader_(bytes), begin_(bytes.data()) {}
  bool next(ChangeView& out);
  bool ok() const { return ok_; }
  // How much of the buffer has been read.
  size_t position() const { return static_cast<size_t>(reader_.position() - begin_); }

 private:
  ByteReader reader_;
  const uint8_t* begin_;
  bool ok_ = true;
};

}  // namespace pinrelay::store
