// The body of a request as it comes in, for bodies too large to hold: see ServerOptions::streams.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace pinrelay::http {

struct BodyPiece {
  enum class State {
    kMore,    // ask for the next one
    kLast,    // the body is whole
    kBroken,  // it never will be: the client has gone, was too slow, sent too much or nonsense; or we stop
  };
  State state = State::kBroken;
  std::string bytes = {};
};

// Read piece by piece, each when it is asked for: what is not asked for stays with the client, so whoever
// reads slowly slows the client down. For any thread.
class IncomingBody {
 public:
  // A piece has at least so many bytes, unless it is the last: who sends less within
  // ServerOptions::read_timeout is too slow.
  static constexpr size_t kPieceBytesMin = 16 * 1024;

  virtual ~IncomingBody() = default;
  // `take` is called once, on a thread of the server or before this returns, and must not block. One at a
  // time, until a piece that is not kMore.
  virtual void next(std::function<void(BodyPiece)> take) = 0;
  // How long it will be, when the client says so.
  virtual std::optional<uint64_t> length() const = 0;
};

}  // namespace pinrelay::http
