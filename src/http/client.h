// HTTP out. The engine never blocks on the network: it submits a request, goes on, and later takes what has
// finished. One real implementation (libcurl on a few threads) and one fake (the deterministic simulation).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace pinrelay::http {

struct Header {
  std::string name;
  std::string value;
};

// A message for one mailbox, by SMTP, instead of an HTTP request: the request's URL is the server's (smtps,
// or smtp, which then has to offer STARTTLS unless it is on this machine), its body the whole message.
struct Mail {
  std::string from, to;  // plain addresses
  std::string user, password;
};

struct Request {
  std::string method;
  std::string url;  // absolute
  std::string bearer_token;
  std::string basic;  // credentials of "Authorization: Basic", encoded; instead of a bearer token
  std::string content_type;
  std::vector<Header> headers = {};  // further ones, without control characters
  std::string body;
  // Instead of `body`: the content of this file, read while it is sent. A server that refuses is asked first,
  // when the file is large.
  std::string body_file = {};
  // Its address came over the API: only to public addresses, by https (address_guard.h).
  bool guarded = false;
  std::optional<Mail> mail;
  Millis timeout{60'000};                     // for the whole exchange
  size_t answer_bytes_max = 4 * 1024 * 1024;  // a larger answer ends the exchange as kBroken
};

// How an exchange ended, as far as the receiver's state is concerned.
enum class Ending {
  kAnswered,  // a complete answer was read
  kNotSent,   // ended before the first byte of the body (or, without a body, of the request) left us: surely
              // not applied
  kBroken,    // ended after that: whether it was applied is unknown
};

struct Response {
  Ending ending = Ending::kNotSent;
  int status = 0;  // only when answered
  std::vector<Header> headers;
  std::string body;
  std::string error;  // why, when not answered; never holds a token
  Millis duration{0};
  bool refused = false;     // by the guard: trying again is of no use
  bool tls_failed = false;  // nobody trustworthy was there to send to

  // The first header of that name (names compare without case), or "".
  std::string_view header(std::string_view name) const;
};

struct Finished {
  uint64_t ticket;
  Response response;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Starts an exchange; `ticket` comes back with its end. Never blocks, never fails at once.
  virtual void submit(uint64_t ticket, Request request) = 0;
  // What has finished since the last call, in order of finishing.
  virtual std::vector<Finished> take_finished() = 0;
};

struct CurlOptions {
  std::string ca_file;      // instead of the system's certificates; "" = the system's
  std::string unix_socket;  // connects to this path, whatever host the URL names; "" = TCP
  unsigned threads = 4;     // exchanges at once
  Millis connect_timeout{10'000};
  // Without a byte in either direction, the wait for the answer included; in whole seconds.
  Millis stall_timeout{45'000};
};

class WakeUp {
 public:
  virtual ~WakeUp() = default;
  // Called on a transport thread after each end, to wake the engine; it must not block.
  virtual void wake() = 0;
};

// Redirects are answers, not followed; proxies named by the environment are not used; certificates are always
// verified. A request is delivered at most once, except that one without a body whose method is GET or HEAD
// may be sent again when a kept-alive connection turns out dead. The caller bounds the number of exchanges
// under way. The destructor ends running exchanges, drops waiting ones, and waits for the threads; nothing is
// reported of either.
std::unique_ptr<Transport> make_curl_transport(CurlOptions options, WakeUp& wake_up);
// Of libcurl: "7.88.1".
std::string curl_version_text();

}  // namespace pinrelay::http
