#include "admin/interface.h"

#include <algorithm>
#include <array>

#include "http/guarded.h"
#include "http/header_names.h"

extern "C" {
extern const pinrelay::admin::InterfaceFile pinrelay_interface_files[];
extern const size_t pinrelay_interface_count;
}

namespace pinrelay::admin {
namespace {

constexpr std::string_view kIndex = "/index.html", kAssets = "/assets/";
// First segments of what programs call.
constexpr std::array<std::string_view, 6> kNoPages{"api", "v1", "oauth", "livez", "readyz", "metrics"};
constexpr std::string_view kSignIn = "sign-in";  // and what belongs to it

// Takes the first item off a list, without the blanks around it.
std::string_view take_item(std::string_view& list, char separator) {
  const size_t end = std::min(list.find(separator), list.size());
  std::string_view item = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
  while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
  return item;
}

// A quality of 0, however it is written, is a refusal.
bool refuses(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view each = take_item(parameters, ';');
    if (each.starts_with("q=") || each.starts_with("Q="))
      return each.find_first_not_of("0.", 2) == std::string_view::npos;
  }
  return false;
}

bool takes_gzip(std::string_view codings) {
  while (!codings.empty()) {
    std::string_view item = take_item(codings, ',');
    if (http::equal_names(take_item(item, ';'), "gzip")) return !refuses(item);
  }
  return false;
}

// True if If-None-Match lists the tag, strong or weak.
bool names_tag(std::string_view tags, std::string_view tag) {
  while (!tags.empty()) {
    std::string_view item = take_item(tags, ',');
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag || item == "*") return true;
  }
  return false;
}

const InterfaceFile* find(Interface interface, std::string_view path) {
  const auto found =
      std::ranges::find_if(interface, [&](const InterfaceFile& each) { return each.path == path; });
  return found == interface.end() ? nullptr : &*found;
}

http::ServerResponse show(const InterfaceFile& file, const http::ServerRequest& request,
                          std::string_view policy) {
  const bool named_by_content = std::string_view(file.path).starts_with(kAssets);
  http::ServerResponse response = http::guarded(
      200, file.type, "", policy, named_by_content ? "public, max-age=31536000, immutable" : "no-cache");
  const bool zipped = file.gzip_size < file.size && takes_gzip(request.header("Accept-Encoding"));
  // Each encoding is a content of its own, with a tag of its own.
  const std::string tag = '"' + std::string(file.hash) + (zipped ? "-gzip\"" : "\"");
  response.headers.push_back({"ETag", tag});
  response.headers.push_back({"Vary", "Accept-Encoding"});
  if (names_tag(request.header("If-None-Match"), tag)) {
    response.status = 304;
    return response;
  }
  if (zipped) response.headers.push_back({"Content-Encoding", "gzip"});
  response.body = zipped ? std::string(file.gzip, file.gzip_size) : std::string(file.bytes, file.size);
  return response;
}

}  // namespace

Interface embedded_interface() { return {pinrelay_interface_files, pinrelay_interface_count}; }

bool is_of_interface(Interface interface, const http::ServerRequest& request) {
  if (interface.empty() || !request.path.starts_with('/')) return false;
  std::string_view path = std::string_view(request.path).substr(1);
  const std::string_view first = path.substr(0, path.find('/'));
  if (std::ranges::find(kNoPages, first) != kNoPages.end() || first.starts_with(kSignIn)) return false;
  // What is no visit went astray, and is told so where the other paths are known.
  return request.method == "GET" || request.method == "HEAD" || path.empty() ||
         request.path.starts_with(kAssets);
}

http::ServerResponse show_interface(Interface interface, const http::ServerRequest& request,
                                    std::string_view policy) {
  if (const InterfaceFile* file = find(interface, request.path)) return show(*file, request, policy);
  if (request.path.starts_with(kAssets))
    return http::guarded(404, "text/plain", "There is no such file; reload the page.\n", policy);
  return show(*find(interface, kIndex), request, policy);
}

}  // namespace pinrelay::admin
