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

// Digits only. The four digits that can follow a five-digit ZIP code are left out. A code with letters (SW1A
// 1AA) is refused: what remains of it without them names another place.
bool normalise_zip(std::string_view text, std::string& out);

// ISO 3166-1 alpha-2, small: from alpha-2, alpha-3, the English name, and what people write instead (UK,
// USA). Not thread-safe: one per thread. Building it takes a millisecond.
class Countries {
 public:
  Countries();
  bool normalise(std::string_view text, std::string& out) const;

 private:
  std::unordered_map<std::string, std::string> codes_;  // by folded name without anything but letters
};

}  // namespace pinrelay::identity
