#include "cli/entrance.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "admin/answers.h"
#include "base/random.h"
#include "http/header_names.h"
#include "http/query.h"

namespace pinrelay::cli {
namespace {

// Descriptors that HTTP connections leave alone: the store's and imported files, the control socket's
// connections, calls to Pinterest, webhooks.
constexpr size_t kFilesReserved = 192;
constexpr size_t kConnectionsMin = 16, kConnectionsMax = 1024;

// A header may come several times, which is one list.
std::string joined(const http::ServerRequest& request, std::string_view name) {
  std::string out;
  for (const http::Header& header : request.headers)
    if (http::equal_names(header.name, name)) out += (out.empty() ? "" : ",") + header.value;
  return out;
}

// The last item of a list, without blanks around it; takes it off.
std::string_view take_last(std::string_view& list) {
  const size_t comma = list.rfind(',');
  std::string_view item = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
  while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
  return item;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// An address as proxies write it, of whom some add the caller's port and put brackets around IPv6.
std::string_view without_port(std::string_view item) {
  const bool brackets = item.starts_with('[');
  const size_t end = brackets ? item.find(']') : item.find(':');
  if (end == std::string_view::npos) return item;
  const std::string_view rest = item.substr(end + brackets);
  const bool port = rest.starts_with(':') && is_port(rest.substr(1));
  if (brackets) return port || rest.empty() ? item.substr(1, end - 1) : item;
  return port ? item.substr(0, end) : item;
}

// Each proxy adds the address that it sees at the right. What stands left of the first stranger is that
// stranger's own word, and is not looked at.
config::Address caller_behind(const std::vector<config::Network>& proxies, const config::Address& peer,
                              std::string_view forwarded) {
  config::Address caller = peer;
  while (!forwarded.empty() && config::within(caller, proxies)) {
    const auto next = config::read_address(without_port(take_last(forwarded)));
    if (!next) return peer;
    caller = *next;
  }
  return caller;
}

// A proxy that says nothing of it may have been called in clear text.
bool came_by_https(std::string_view schemes) {
  if (schemes.empty()) return false;
  while (!schemes.empty())
    if (!http::equal_names(take_last(schemes), "https")) return false;
  return true;
}

// What a proxy asks on its own account, to learn whether we are well.
bool is_probe(const http::ServerRequest& request) {
  return request.path == "/livez" || request.path == "/readyz";
}

// A proxy that is not listed would make whoever it speaks for this machine, or its own network.
std::optional<http::ServerResponse> refuse_unlisted(const http::ServerRequest& request) {
  static constexpr std::string_view kForwards = "x-forwarded-";
  const auto forwards = [](const http::Header& header) {
    return http::equal_names(header.name, "Forwarded") || http::equal_names(header.name, "X-Real-IP") ||
           http::equal_names(std::string_view(header.name).substr(0, kForwards.size()), kForwards);
  };
  const auto found = std::ranges::find_if(request.headers, forwards);
  if (found == request.headers.end()) return std::nullopt;
  return admin::problem_answer(
      {400, "unlisted_proxy",
       fmt::format("{} comes with the header {}, but is not listed as a proxy", request.peer, found->name),
       fmt::format("if it is your proxy, add to the configuration: trusted_proxies: [{}]", request.peer)},
      random_hex(8));
}

}  // namespace

size_t connections_max() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return kConnectionsMin;
  const size_t all = std::min<rlim_t>(files.rlim_cur, kConnectionsMax + kFilesReserved);
  return std::max(all, kFilesReserved + kConnectionsMin) - kFilesReserved;
}

std::optional<http::ServerResponse> let_in(const config::Config& config, http::ServerRequest& request) {
  if (!http::has_utf8_target(request))
    return admin::problem_answer({400, "bad_utf8", "the path or the query is not UTF-8",
                                  "write other characters in UTF-8, each byte as %XX"},
                                 random_hex(8));
  const auto peer = config::read_address(request.peer);
  const bool trusted = peer && config::within(*peer, config.trusted_proxies);
  auto caller = peer;
  if (trusted) caller = caller_behind(config.trusted_proxies, *peer, joined(request, "X-Forwarded-For"));
  if (caller) request.peer = config::address_text(*caller);
  if (!trusted && !is_probe(request))
    if (auto refused = refuse_unlisted(request)) return refused;
  const std::string schemes = joined(request, "X-Forwarded-Proto");
  const bool forwarded = trusted && (!schemes.empty() || !joined(request, "X-Forwarded-For").empty());
  const bool here = peer && config::is_loopback(*peer) && !forwarded;
  const bool sealed = trusted ? came_by_https(schemes) : !config.tls_certificate_file.empty();
  request.in_clear = !sealed && !here;
  request.by_tls = sealed;
  if (!request.in_clear || config.plain_http || is_probe(request)) return std::nullopt;
  return admin::problem_answer({403, "clear_text", "nothing is taken in clear text from other machines",
                                "call by https, through a proxy that is listed under trusted_proxies; or, "
                                "for API tokens and write keys "
                                "alone, set plain_http"},
                               random_hex(8));
}

}  // namespace pinrelay::cli
