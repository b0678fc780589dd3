#include "generator.h"

#include <algorithm>
#include <array>

namespace pinrelay::fuzz {
namespace {

// What parsers stumble over whatever their language.
constexpr std::array<std::string_view, 26> kNasty{"",
                                                  "\xef\xbb\xbf",
                                                  "\xff",
                                                  "\xc0\xaf",
                                                  "\xed\xa0\x80",
                                                  "\xf4\x90\x80\x80",
                                                  "\xe2\x82",
                                                  std::string_view("\0", 1),
                                                  "\r",
                                                  "\n",
                                                  "\r\n",
                                                  "\"",
                                                  "\\",
                                                  "\\u0000",
                                                  "\\ud800",
                                                  "0",
                                                  "-0",
                                                  "-1",
                                                  "9223372036854775808",
                                                  "18446744073709551616",
                                                  "1e999999",
                                                  "1e-999999",
                                                  "0.1e+",
                                                  "9999-12-31T23:59:60Z",
                                                  "0000-00-00",
                                                  " \t "};

class Generator {
 public:
  Generator(const Target& target, uint64_t seed) : target_(target), random_(seed) {}

  std::string make() {
    std::string text;
    if (random_.chance(15)) {
      for (uint64_t words = random_.below(40); words > 0; --words) text += word();
    } else {
      text = pick(target_.seeds);
    }
    for (uint64_t edits = random_.below(random_.chance(20) ? 40 : 5); edits > 0; --edits) edit(text);
    if (text.size() > kInputBytesMax) text.resize(kInputBytesMax);
    return text;
  }

 private:
  const std::string& pick(const std::vector<std::string>& from) { return from[random_.below(from.size())]; }
  std::string word() {
    return random_.chance(75) ? pick(target_.words) : std::string(kNasty[random_.below(kNasty.size())]);
  }
  // A short piece mostly: long ones leave little to find.
  size_t length(size_t max) {
    const size_t longest = random_.chance(80) ? std::min(max, size_t{8}) : max;
    return random_.below(longest + 1);
  }

  void edit(std::string& text) {
    const size_t at = random_.below(text.size() + 1);
    const size_t size = length(text.size() - at);
    switch (random_.below(9)) {
      case 0:
        text.erase(at, size);
        break;
      case 1:
        text.insert(at, word());
        break;
      case 2:
        text.replace(at, size, word());
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << random_.below(8)));
        break;
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(random_.below(256));
        break;
      case 5:
        text.insert(at, text.substr(random_.below(text.size() + 1), size));
        break;
      case 6:
        splice(text, at);
        break;
      case 7:
        if (random_.chance(20)) text.resize(at);
        break;
      default:
        if (random_.chance(10)) repeat(text, at, size);
    }
  }

  void splice(std::string& text, size_t at) {
    const std::string& other = pick(target_.seeds);
    const size_t from = random_.below(other.size() + 1);
    text.insert(at, other.substr(from, length(other.size() - from)));
  }

  // Deep nesting, long lines, many rows.
  void repeat(std::string& text, size_t at, size_t size) {
    const std::string piece = random_.chance(50) ? word() : text.substr(at, size);
    if (piece.empty()) return;
    const uint64_t room = kInputBytesMax / piece.size();
    const uint64_t times = random_.below(random_.chance(10) ? room : std::min(room, uint64_t{300}));
    std::string repeated;
    for (uint64_t i = 0; i < times; ++i) repeated += piece;
    text.insert(at, repeated);
  }

  const Target& target_;
  SeededRandom random_;
};

uint64_t mix(std::string_view name, uint64_t seed, uint64_t index) {
  uint64_t mixed = SeededRandom(seed).next();
  for (const char c : name) mixed = SeededRandom(mixed ^ static_cast<unsigned char>(c)).next();
  return SeededRandom(mixed ^ index).next();
}

}  // namespace

std::string generate(const Target& target, uint64_t seed, uint64_t index) {
  return Generator(target, mix(target.name, seed, index)).make();
}

}  // namespace pinrelay::fuzz
