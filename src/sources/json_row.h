// Reads one line of NDJSON as a change row: its members and fields, in any order, as views. Knows JSON and
// the names of the members; which of them a type of row needs is judged by change_rows.
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
};

struct JsonRow {
  std::array<JsonMember, kRowMembers.size()> members;
  std::vector<JsonField> fields;
  std::vector<store::ItemView> items;
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
  // `line`. The error's line is left 0.
  std::optional<RowError> read(std::string_view line, const char* readable_end, JsonRow& row);

  static constexpr size_t kReadAhead = 64;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pinrelay::sources
