// Fields of a row that stand there twice.
#pragma once

#include "sources/json_row.h"

namespace pinrelay::sources {

// Keeps one field of each name, the last one, but a literal "a.b" rather than the b of an object a; and of
// all fields as many as a row may have. What is left out is among the row's dropped values.
void drop_doubled_fields(JsonRow& row);

}  // namespace pinrelay::sources
