// Writes uploads as they come in, each piece on one thread of its own: neither the engine's nor the server's
// thread waits for the disk. A piece is asked for when the one before is written, so a client sends as fast
// as the disk takes it, and a slow one holds up nobody.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "http/incoming_body.h"
#include "sources/uploads.h"

namespace pinrelay::sources {

// What uploads leave free: without it rows could not be made durable any more.
constexpr uint64_t kFreeBytesMin = 256ULL << 20;

struct UploadParts {
  UploadFolder folder;
  std::function<uint64_t()> free_bytes;  // of the disk
};

class UploadWriter {
 public:
  static constexpr size_t kAtOnceMax = 4;

  // Drops what another process has left half-written.
  explicit UploadWriter(UploadParts parts);
  // The bodies have to be over: no piece may come after it.
  ~UploadWriter();

  // `done` is called once, on the writer's thread or before this returns: when the file is durable, or with
  // why it is not; then nothing is left of it. For any thread.
  void receive(RowFormat format, std::shared_ptr<http::IncomingBody> body,
               std::function<void(Result<Upload>)> done);
  // UploadFolder::tidy, on the writer's thread.
  void tidy(UploadImports imports, Time now);

 private:
  struct Open;
  Result<void> may_begin(const http::IncomingBody& body);
  Result<void> has_room(uint64_t bytes) const;
  void begin(const std::shared_ptr<Open>& open);
  void ask(const std::shared_ptr<Open>& open);
  void take(const std::shared_ptr<Open>& open, const http::BodyPiece& piece);
  Result<void> write(Open& open, const http::BodyPiece& piece) const;
  void finish(Open& open, Result<void> written);
  void post(std::function<void()> work);
  void run(const std::stop_token& stop);

  const UploadParts parts_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> waiting_;  // at most one for each open upload, and what tidies
  size_t open_ = 0;
  std::jthread thread_;
};

}  // namespace pinrelay::sources
