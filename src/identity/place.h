// Places as Pinterest wants them before hashing. `out` holds the result when the answer is true.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace pinrelay::identity {

// Lower case, letters and digits only: "San Francisco" → sanfrancisco. False without a letter.
bool normalise_city(std::string_view text, std::string& out);

// The two-letter code of a state or province, small. Names and codes of the United States and Canada are
// known ("California", "US-CA", "Calif." is not); elsewhere a code of two or three letters or digits passes,
// and a name is refused: Pinterest says nothing about it, so its hash would match nobody.
bool normalise_state(std::string_view text, std::string& out);

// Digits only. A spreadsheet's ".0" goes. The four digits that can follow a five-digit ZIP code are left out.
// A code with letters (SW1A 1AA) is refused: what remains of it without them names another place. So are
// zeros alone, and a date.
bool normalise_zip(std::string_view text, std::string& out);

// ISO 3166-1 alpha-2, small: from alpha-2, alpha-3, the number (840), the English names of ICU and ISO with
// and without accents, and what people write instead (UK, Ivory Coast). Building it takes a few milliseconds.
class Countries {
 public:
  Countries();
  bool normalise(std::string_view text, std::string& out) const;

 private:
  std::unordered_map<std::string, std::string> codes_;  // by the key of each name
};

// The one that all share; made when it is first asked for.
const Countries& countries();

}  // namespace pinrelay::identity
