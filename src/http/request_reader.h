// Turns the bytes of one connection into requests, strictly: what two readers could understand differently is
// refused (folded lines, bare line feeds, doubled or conflicting lengths), because a proxy before us may be
// the other reader. Knows no socket, so that it can be tested and fuzzed alone.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "http/server.h"

namespace pinrelay::http {

struct ReadLimits {
  size_t header_bytes_max;
  size_t body_bytes_max;
  // See ServerOptions.
  StreamedBodies streams = nullptr;
  uint64_t streamed_bytes_max = 0;
  bool heads_first = false;  // stop at each head, for take_body()
};

// Why a request is not taken: the answer's status, and the reason for whoever reads it.
struct Refusal {
  int status;
  std::string_view reason;
  bool later = false;  // the same request may be taken in a moment: Retry-After
};

class RequestReader {
 public:
  enum class State {
    kMore,     // the request is not whole yet
    kHead,     // of a request whose body is streamed: take_head(); its body comes by take_piece().
               // With heads_first, also of any other: take_body()
    kDone,     // take() it; of a streamed one nothing is left in it
    kRefused,  // answer with refusal() and close; what follows on the connection means nothing
  };

  explicit RequestReader(ReadLimits limits);
  ~RequestReader();

  // Reads on in `bytes` and returns how many were used; the unused ones come first in the next call's.
  size_t read(std::string_view bytes);

  State state() const;
  Refusal refusal() const;
  // Whether the head of a request has been read, and its body is awaited.
  bool begun() const;
  // Whether the client waits for "100 Continue" before it sends the body. True once a request.
  bool take_continue();
  // Of a request at kHead: what is known of it, to be looked at and changed.
  ServerRequest& head();
  bool streamed() const;
  // Goes on to a body that is held, of so many bytes at most.
  void take_body(uint64_t bytes_max);
  // How much of it is here.
  size_t body_bytes() const;
  // Of a request whose body is streamed: its head, and what of the body has been read since the last call.
  ServerRequest take_head();
  std::string take_piece();
  // How long that body is, when its head says so.
  std::optional<uint64_t> length() const;
  // Of the request whose head was read last:
  bool keep_alive() const;
  bool head_only() const;  // a HEAD request: the answer has no body
  // Hands the request out and starts on the next; keep_alive and head_only stay until its head is read.
  ServerRequest take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pinrelay::http
