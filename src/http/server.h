// HTTP in: a small server over Boost.Beast. A handler gets a whole request and answers when it can, from any
// thread; a waiting answer holds no thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/body_budget.h"
#include "http/client.h"
#include "http/incoming_body.h"
#include "http/pace.h"
#include "http/stream.h"

namespace pinrelay::http {

struct ServerRequest {
  std::string method;
  std::string path;   // percent-decoding is not done; without the query
  std::string query;  // after '?', or ""
  std::vector<Header> headers;
  std::string body;
  // Instead of `body`, when it is streamed.
  std::shared_ptr<IncomingBody> incoming = nullptr;
  std::string peer =
      {};  // address of the other side; or of whom it speaks for, where somebody has looked that up
  // Set by whoever knows the configuration: it came over a network without TLS; it came by TLS, here or at a
  // proxy that is trusted. On the machine itself it is neither.
  bool in_clear = false, by_tls = false;
  // What its body takes of ServerOptions::bodies_bytes_max; whoever keeps the body keeps this.
  std::shared_ptr<BodyLease> lease = nullptr;

  std::string_view header(std::string_view name) const;  // first of that name, without case, or ""
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<Header> headers;
  std::string body;
  // Set: what is sent here is the body, for as long as it lasts; the connection ends with it, so the body has
  // no length. To a HEAD request it is over at once.
  std::shared_ptr<Stream> stream = nullptr;
  // Not sent, for whoever watches over that: why the caller was refused ("role_too_low"; "" = they were not),
  // and who it is, where that is known ("token ci").
  std::string refusal_code = {}, refused_who = {};
  // Only the simulator uses these two, to act broken: cut the connection without an answer / after this many
  // bytes of it, head included.
  bool cut = false;
  size_t cut_after = SIZE_MAX;
};

// Whether the body of such a request is streamed: its handler is called when the head has been read, and
// reads the body as far as it likes. Answered before its end, the connection ends with the answer.
using StreamedBodies = bool (*)(std::string_view method, std::string_view path);

// What is decided about a request by its head, before a byte of its body is kept.
struct Admission {
  // Answers the request; a body that it would have had ends the connection.
  std::optional<ServerResponse> refusal = std::nullopt;
  uint64_t body_bytes_max = 0;  // larger: 413; not of streamed bodies
  std::string account = {};     // whom the caller has been recognised as; "" for a stranger
};
// Called on the server's threads with the head; what it changes there, the handler gets. The client is its
// `peer`. It must not block.
using Admit = std::function<Admission(ServerRequest& head)>;

// Call exactly once, from any thread; on the handler's own thread it may be called before the handler
// returns. Not while a piece of a streamed body is awaited, which cuts the connection. Destroying it (every
// copy) uncalled answers 500.
using Responder = std::function<void(ServerResponse)>;
// Called on the server's threads: on several at once when ServerOptions::threads > 1. It must not block.
using Handler = std::function<void(ServerRequest, Responder)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;        // 0 = any free one
  std::string unix_socket;  // listens on this path (mode 0600) instead of TCP when not empty
  std::string certificate_file, private_key_file;  // both set = TLS 1.2 or newer
  unsigned threads = 1;
  size_t header_bytes_max = 16 * 1024;
  size_t body_bytes_max = 16 * 1024 * 1024;  // larger: 413, with the connection closed
  StreamedBodies streams = nullptr;          // null: of no request
  uint64_t streamed_bytes_max = 8ULL << 30;  // larger: as above
  Admit admit = nullptr;                     // null: everybody may send body_bytes_max
  // In memory at once, all bodies that are held; beyond it, or beyond a sender's share: 503. 0: no bound.
  size_t bodies_bytes_max = 0;
  size_t connections_max = 1024;  // more: closed at once
  // Instead of that, the address that has most connections loses one, unless all of its are at work for a
  // caller who has been recognised.
  bool makes_room = false;
  Millis idle_timeout{60'000};             // between requests
  Millis read_timeout{30'000};             // for a head; of a streamed body, for each piece
  PaceRule pace{};                         // of bodies; slower: 408
  Millis handling_timeout{Millis::max()};  // for the handler; then 503, though it goes on
  std::string server_name = "pinrelay";
  std::vector<Header> standard_headers = {};  // of every answer that has none of the same name
  Millis tls_look_every{2'000};               // at whether its files have changed; when somebody connects
};

class Server {
 public:
  virtual ~Server() = default;  // stops without grace
  virtual uint16_t port() const = 0;
  // Stops accepting, ends streams and streamed bodies, gives running answers up to `grace`, then closes.
  // Idempotent; not for the handler's use. No handler is called after it; a Responder called after it does
  // nothing.
  virtual void stop(Millis grace = Millis{2'000}) = 0;
};

Result<std::unique_ptr<Server>> start_server(ServerOptions options, Handler handler);

}  // namespace pinrelay::http
