#include "identity/clear_text.h"

#include <algorithm>
#include <array>

#include "identity/ascii.h"

namespace pinrelay::identity {
namespace {

// Characters outside ASCII are letters here: international addresses are addresses.
bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c) || is_foreign(c); }
bool is_local(char c) {
  return is_letter_or_digit(c) || std::string_view("._%+-'\"!#$*^`{}|~").find(c) != std::string_view::npos;
}
bool is_label(char c) { return is_letter_or_digit(c) || c == '-'; }

bool ends_with_address(std::string_view text) {
  while (!text.empty() && is_local(text.back())) {
    if (is_letter_or_digit(text.back())) return true;
    text.remove_suffix(1);
  }
  return false;
}

// The top-level domain that the label is, or begins with: "org" of an order id "ann@example.org-7".
std::string_view top_level(std::string_view label) {
  if (label.starts_with("xn--")) return label;
  const auto end = std::ranges::find_if_not(label, [](char c) { return is_letter(c) || is_foreign(c); });
  const auto size = static_cast<size_t>(end - label.begin());
  return size >= 2 ? label.substr(0, size) : std::string_view{};
}

// logo@2x.png: a picture for screens of twice the density.
bool is_picture(std::string_view first_label, std::string_view last_label) {
  constexpr std::array<std::string_view, 7> kEndings{"png", "jpg", "jpeg", "gif", "svg", "webp", "avif"};
  return first_label.size() == 2 && is_digit(first_label[0]) && to_lower(first_label[1]) == 'x' &&
         std::ranges::any_of(kEndings,
                             [&](std::string_view ending) { return same_word(last_label, ending); });
}

bool starts_with_domain(std::string_view text) {
  std::string_view first;
  while (true) {
    const size_t size = static_cast<size_t>(std::ranges::find_if_not(text, is_label) - text.begin());
    if (size == 0) return false;
    const std::string_view label = text.substr(0, size);
    if (!first.empty() && !top_level(label).empty()) return !is_picture(first, top_level(label));
    if (first.empty()) first = label;
    if (size == text.size() || text[size] != '.') return false;
    text.remove_prefix(size + 1);
  }
}

bool holds_plain(std::string_view text) {
  for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1))
    if (ends_with_address(text.substr(0, at)) && starts_with_domain(text.substr(at + 1))) return true;
  return false;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char small = to_lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool encoded =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    out += encoded ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (encoded) i += 2;
  }
  return out;
}

// The parameters without those that hold an address; the others as they were.
std::string clean_query(std::string_view query) {
  std::string out;
  bool first = true;
  while (true) {
    const size_t end = std::min(query.find('&'), query.size());
    if (!holds_email(query.substr(0, end))) {
      if (!first) out += '&';
      out += query.substr(0, end);
      first = false;
    }
    if (end == query.size()) return out;
    query.remove_prefix(end + 1);
  }
}

}  // namespace

bool holds_email(std::string_view text) {
  const bool encoded = text.find('%') != std::string_view::npos;
  if (!encoded && text.find('@') == std::string_view::npos) return false;
  if (holds_plain(text)) return true;
  if (!encoded) return false;
  const std::string once = percent_decoded(text);
  if (holds_plain(once)) return true;
  return once.find('%') != std::string::npos && holds_plain(percent_decoded(once));
}

UrlCleaning clean_url(std::string& url) {
  if (url.find('@') == std::string::npos && url.find('%') == std::string::npos) return UrlCleaning::kNothing;
  const std::string_view all = url;
  const size_t host = all.find("://") + 3, host_end = std::min(all.find_first_of("/?#", host), all.size());
  const size_t fragment = std::min(all.find('#', host_end), all.size());
  const size_t query = std::min(all.find('?', host_end), fragment);
  std::string_view authority = all.substr(host, host_end - host);
  authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
  if (authority.empty() || authority[0] == ':' || holds_email(authority)) return UrlCleaning::kHopeless;
  std::string out(all.substr(0, host));
  out += authority;
  if (!holds_email(all.substr(host_end, query - host_end)) && !holds_email(all.substr(fragment))) {
    out += all.substr(host_end, query - host_end);
    const std::string_view parameters = all.substr(query, fragment - query);
    if (!parameters.empty()) {
      const std::string kept = clean_query(parameters.substr(1));
      if (!kept.empty() || parameters.size() == 1) (out += '?') += kept;
    }
    out += all.substr(fragment);
  }
  if (out == url) return UrlCleaning::kNothing;
  url = std::move(out);
  return UrlCleaning::kCleaned;
}

}  // namespace pinrelay::identity
