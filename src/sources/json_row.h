// Reads one line of NDJSON as a change row: its members and fields, in any order, as views. Knows JSON and
// the names of the members; which of them a type of row needs is judged by change_rows.
//
// Objects become fields with dotted names, and arrays of objects become arrays side by side: {"items":
// [{"sku":"a"},{"price":2}]} is items.sku ["a",absent] and items.price [absent,2]. A value that cannot be
// taken is dropped, and the row stays; see docs/adr/0022-rows-that-cannot-be-read.md.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sources/row_error.h"
#include "store/change.h"

namespace pinrelay::sources {

enum RowMember : size_t { kTypeMember, kKeyMember, kAtMember, kIdMember, kAudienceMember, kFieldsMember };
inline constexpr std::array<std::string_view, 6> kRowMembers{"type", "key", "at", "id", "audience", "fields"};

struct JsonMember {
  std::string_view text;  // of all but `fields`
  uint32_t column = 0;    // where it stands; 0 = it does not

  bool present() const { return column != 0; }
};

struct JsonField {
  std::string_view name;
  store::ValueType type;
  std::string_view text;                    // a scalar's
  uint32_t items_first = 0, items_end = 0;  // an array's, in JsonRow::items
  uint32_t column = 0;
  bool nested = false;  // came out of an object, under a dotted name
};

struct JsonRow {
  std::array<JsonMember, kRowMembers.size()> members;
  std::vector<JsonField> fields;         // of different names
  std::vector<store::ItemView> items;    // of type null: absent, but in its place
  std::vector<std::string_view> groups;  // names of arrays of objects: they replace all that is under them
  std::vector<DroppedValue> dropped;     // values that cannot be taken; the row stays
  bool whole = false;                    // all of it was read, whatever is wrong with it
  bool key_doubled = false;
};

// Not thread-safe: one per thread. Keeps its buffers, so that a usual row allocates nothing.
class JsonRowReader {
 public:
  JsonRowReader();
  ~JsonRowReader();
  JsonRowReader(const JsonRowReader&) = delete;
  JsonRowReader& operator=(const JsonRowReader&) = delete;

  // `line` has no line end. `readable_end`: how far memory after it may be read (its own end if unknown;
  // kReadAhead bytes more save a copy). The views in `row` are good until the next call and as long as
  // `line`. The error is the first one, its line left 0; unless `row.whole`, nothing after it was read.
  std::optional<RowError> read(std::string_view line, const char* readable_end, JsonRow& row);

  static constexpr size_t kReadAhead = 64;
  static constexpr size_t kNamePartsMax = 5;       // of a dotted name
  static constexpr size_t kNestedFieldsMax = 100;  // of a row

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pinrelay::sources
