#include "pinterest/message.h"

#include <algorithm>

#include "base/utf8.h"
#include "identity/mask.h"

namespace pinrelay::pinterest {
namespace {

constexpr size_t kMessageBytesMax = 300;
// Read at most this much of a text (a proxy's error page can be long).
constexpr size_t kTextBytesMax = 4'096;

// Controls, and what turns the direction of text around or breaks lines.
bool is_control(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

std::string one_line(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const Codepoint code = decode_utf8(text.substr(i));
    const bool plain = code.ok && !is_control(code.value) && code.value != ' ';
    if (plain) out.append(text, i, code.size);
    if (!plain && !out.empty() && out.back() != ' ') out += ' ';
    i += code.size;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

// Addresses; and hashes, device ids and tokens, which are long and hold digits, as words do not.
bool is_personal(std::string_view word) {
  if (word.find('@') != std::string_view::npos || word.find("%40") != std::string_view::npos) return true;
  constexpr size_t kLong = 32;
  return word.starts_with("pina_") || word.starts_with("pinr.") || word.starts_with("pinc.") ||
         (word.size() >= kLong && word.find_first_of("0123456789") != std::string_view::npos);
}

std::string mask_words(std::string_view text) {
  constexpr std::string_view kBetween = " ,;\"'`()[]{}<>";
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    is_personal(word) ? out.append(identity::mask(word)) : out.append(word);
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return out;
}

void cap(std::string& text, size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  size_t at = bytes_max;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  text.resize(at);
}

}  // namespace

std::string safe_message(std::string_view text) {
  std::string out = mask_words(one_line(text.substr(0, kTextBytesMax)));
  cap(out, kMessageBytesMax);
  return out;
}

}  // namespace pinrelay::pinterest
