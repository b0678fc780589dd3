// Names, gender and birth date as Pinterest wants them before hashing. All are UTF-8; `out` holds the result
// when the answer is true.
#pragma once

#include <string>
#include <string_view>

#include "identity/instant.h"

namespace pinrelay::identity {

// Lower case by the root locale's rules, composed (NFC). False when the bytes are not UTF-8.
bool fold(std::string_view text, std::string& out);

// A first or last name: blanks at the ends are gone, those within are one space, and those without width are
// gone; nothing else is touched.
// False without a letter.
bool normalise_name(std::string_view text, std::string& out);
// f, m or n, from the words for them in the languages of Pinterest's larger markets.
bool normalise_gender(std::string_view text, std::string& out);
// YYYYMMDD, of the years from 1900 on, and not after `today`.
bool normalise_birth_date(std::string_view text, DateOrder order, std::chrono::sys_days today,
                          std::string& out);

}  // namespace pinrelay::identity
