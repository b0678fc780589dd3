#include "http/header_names.h"
#include "http/server.h"

namespace pinrelay::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view first_header(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equal_names(header.name, name)) return header.value;
  }
  return {};
}

}  // namespace

bool equal_names(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view Response::header(std::string_view name) const { return first_header(headers, name); }
std::string_view ServerRequest::header(std::string_view name) const { return first_header(headers, name); }

}  // namespace pinrelay::http
