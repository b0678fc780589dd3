// Rows of input, and the forms in which they come in: over HTTP (as the engine's inbox keeps them), as lines
// of NDJSON, as a CSV file of profiles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/change.h"

namespace pinrelay::simulation {

struct Value {
  std::string field;
  bool null = false;
  bool array = false;
  std::vector<std::string> items;
};

// Rows come again within this time: their ids are remembered for a week.
constexpr int64_t kRepeatedWithin = 3LL * 24 * 3'600'000;

enum class RowType : uint8_t { kProfile, kEnter, kExit, kDelete, kUnreadable };

struct Row {
  RowType type = RowType::kProfile;
  int64_t at = 0;
  bool timed = true;  // in a file: the row names its time
  std::string key, audience, id;
  std::vector<Value> values;
};

void write_row(const Row& row, store::ChangeWriter& writer);
std::string ndjson_text(const std::vector<Row>& rows);
// Of profiles: a column for each field, an empty cell where a row has no value for it.
std::string csv_text(const std::vector<Row>& rows);

}  // namespace pinrelay::simulation
