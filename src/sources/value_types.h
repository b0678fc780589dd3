// Which type a value has, judged by its text. The text itself is what is kept, so a judgement never loses
// anything; it decides how the value compares and what the field list shows.
#pragma once

#include <string_view>

#include "store/change.h"

namespace pinrelay::sources {

// "2026-01-31" with a day that exists, or an RFC 3339 date-time with 'T' and a zone. A leap second is not
// taken: it names the same instant as another text.
bool is_date(std::string_view text);

// For text without types (CSV). A type other than string only where the value reads back as the same text:
//   int     42, -7               not 02134, +49, -0, 1e5, " 7", nor beyond 64 bits
//   number  4.5, 19.90           at most 15 significant digits; zeros at the end of a fraction are fine
//   bool    true, false          in lower case
//   date    as is_date
store::ValueType infer_value(std::string_view text);

// Of the name of a column: an address, a number, a phone number or a hash is none. The file begins with a
// person then, and nothing of its first row may be shown.
bool looks_like_data(std::string_view name);

// For a JSON number as it was written: kInt, kNumber (fractions, exponents, beyond 64 bits, -0), or kNull
// when it is no JSON number at all.
store::ValueType json_number_type(std::string_view text);

// The length of the longest start of `text` that is UTF-8.
size_t utf8_prefix(std::string_view text);

}  // namespace pinrelay::sources
