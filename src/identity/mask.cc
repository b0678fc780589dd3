#include "identity/mask.h"

#include "base/bytes.h"
#include "base/utf8.h"

namespace pinrelay::identity {
namespace {

void append_first(std::string& out, std::string_view text) {
  if (text.empty()) return;
  const Codepoint first = decode_utf8(text);
  first.ok ? out.append(text, 0, first.size) : out.append("?");
}

std::string mask_email(std::string_view value, size_t at) {
  const std::string_view domain = value.substr(at + 1);
  std::string out;
  append_first(out, value.substr(0, at));
  out += "***@";
  append_first(out, domain);
  out += "***";
  // The last label, unless it is so long that it may be no top-level domain at all.
  const size_t dot = domain.rfind('.');
  if (dot != std::string_view::npos && dot > 0 && domain.size() - dot <= 8) out += domain.substr(dot);
  return out;
}

}  // namespace

std::string mask(std::string_view value) {
  if (value.empty()) return {};
  if (const size_t at = value.rfind('@'); at != std::string_view::npos) return mask_email(value, at);
  std::string out;
  if (Hash hash; parse_hex(value, hash)) return out.append(value, 0, 6).append("…");
  append_first(out, value);
  return out += "***";
}

}  // namespace pinrelay::identity
