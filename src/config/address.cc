#include "config/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "config/network.h"
#include "config/problems.h"

namespace pinrelay::config {
namespace {

struct HostPort {
  std::string host, port;  // without the brackets of an IPv6 address
  bool bracketed = false;
};

// Splits at the last colon outside brackets; the port is "" where there is none.
HostPort split(std::string_view text) {
  HostPort out;
  size_t host_end = text.rfind(':');
  if (text.starts_with('[') && text.find(']') != std::string_view::npos) {
    const size_t bracket = text.find(']');
    out.bracketed = true;
    out.host = text.substr(1, bracket - 1);
    if (bracket + 1 < text.size() && text[bracket + 1] == ':') out.port = text.substr(bracket + 2);
    return out;
  }
  if (host_end == std::string_view::npos) host_end = text.size();
  out.host = text.substr(0, host_end);
  if (host_end < text.size()) out.port = text.substr(host_end + 1);
  return out;
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return value <= 65'535;
}

bool is_ip(const HostPort& address) {
  in6_addr parsed{};
  return inet_pton(address.bracketed ? AF_INET6 : AF_INET, address.host.c_str(), &parsed) == 1;
}

bool is_loopback(const HostPort& address) {
  if (address.host == "localhost") return true;
  if (!is_ip(address)) return false;
  return address.bracketed ? address.host == "::1" : address.host.starts_with("127.");
}

// Of every interface.
bool is_wildcard(const HostPort& address) {
  const auto read = read_address(address.host);
  return read && (address_text(*read) == "0.0.0.0" || address_text(*read) == "::");
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

Error bad_url(std::string_view text, std::string_view why) {
  return Error{ErrorKind::kInvalid, "bad_url", fmt::format("{} {}", quoted(text), why), "",
               "Write it as https://api.pinterest.com/v5"};
}

}  // namespace

Result<void> check_listen_address(std::string_view text) {
  const HostPort address = split(text);
  if (is_ip(address) && is_port(address.port)) return {};
  const std::string port = is_port(address.port) ? address.port : "7700";
  const bool all = address.host.empty() || address.host == "*";
  return Error{ErrorKind::kInvalid, "bad_address",
               fmt::format("{} is not an IP address and a port", quoted(text)), "",
               fmt::format("Write {}:{}", all ? "0.0.0.0" : "127.0.0.1", port)};
}

bool listens_on_loopback(std::string_view text) { return is_loopback(split(text)); }

Result<std::string> check_base_url(std::string_view text) {
  const bool https = text.starts_with("https://");
  if (!https && !text.starts_with("http://")) return bad_url(text, "does not begin with https://");
  if (text.find_first_of("?#@\\ ") != std::string_view::npos)
    return bad_url(text, "has a user, query, fragment or space in it");
  std::string_view rest = text.substr(https ? 8 : 7);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const HostPort address = split(authority);
  const bool has_port = !authority.ends_with(']') && authority.find(':') != std::string_view::npos;
  if (!(address.bracketed ? is_ip(address) : is_host_name(address.host)) ||
      (has_port && !is_port(address.port)))
    return bad_url(text, "has no valid host and port");
  if (!https && !is_loopback(address))
    return Error{ErrorKind::kInvalid, "plaintext_url",
                 fmt::format("{} would send the token in clear text", quoted(text)), "",
                 "Use https; http is for a simulator on this machine"};
  return fmt::format("{}://{}", https ? "https" : "http", rest);
}

Result<void> check_smtp_url(std::string_view text) {
  const bool secure = text.starts_with("smtps://");
  const Error wrong{ErrorKind::kInvalid, "bad_url",
                    fmt::format("{} is not the address of a mail server", quoted(text)), "",
                    "Write it as smtps://mail.example.com:465, without user and path"};
  if (!secure && !text.starts_with("smtp://")) return wrong;
  const std::string_view authority = text.substr(secure ? 8 : 7);
  const HostPort address = split(authority);
  const bool has_port = !authority.ends_with(']') && authority.find(':') != std::string_view::npos;
  if (!(address.bracketed ? is_ip(address) : is_host_name(address.host)) ||
      (has_port && !is_port(address.port)))
    return wrong;
  return {};
}

bool is_mail_address(std::string_view text) {
  constexpr std::string_view kSigns = "!#$%&'*+/=?^_`{|}~.-";  // beside letters and digits
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSigns.find(c) != std::string_view::npos;
  };
  const std::string_view user = text.substr(0, at), host = text.substr(at + 1);
  return std::all_of(user.begin(), user.end(), fits) && is_host_name(host) && !host.starts_with('.') &&
         !host.ends_with('.') && !host.starts_with('-');
}

bool Site::has_host(std::string_view host) const {
  std::string small(host);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::ranges::find(hosts, small) != hosts.end();
}

bool Site::has_origin(std::string_view text) const {
  const size_t scheme = origin.find("://") + 3;
  return text.starts_with(std::string_view(origin).substr(0, scheme)) && has_host(text.substr(scheme));
}

Site site_of(const std::string& public_url, const std::string& listen, uint16_t port, bool tls) {
  const HostPort address = split(listen);
  const std::string port_text = std::to_string(address.port == "0" ? port : std::stoi(address.port));
  const auto here = [&](const std::string& host) { return host + ":" + port_text; };
  const std::string listened = here(address.bracketed ? "[" + address.host + "]" : address.host);
  Site site;
  const bool anywhere = is_wildcard(address);  // then links lead to this machine: another name is not known
  site.origin = !public_url.empty()
                    ? public_url
                    : (tls ? "https://" : "http://") + (anywhere ? here("127.0.0.1") : listened);
  site.hosts = {listened};
  if (is_loopback(address) || anywhere)
    site.hosts.insert(site.hosts.end(), {here("localhost"), here("127.0.0.1")});
  if (anywhere && address.bracketed) site.hosts.push_back(here("[::1]"));
  if (!public_url.empty()) site.hosts.push_back(public_url.substr(public_url.find("://") + 3));
  // Browsers write hosts small and leave the usual port out.
  const std::string_view usual = site.origin.starts_with("https:") ? ":443" : ":80";
  for (std::string& host : site.hosts) {
    if (host.ends_with(usual)) host.resize(host.size() - usual.size());
    for (char& c : host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return site;
}

}  // namespace pinrelay::config
