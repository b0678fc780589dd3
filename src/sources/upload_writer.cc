#include "sources/upload_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/random.h"
#include "http/threads.h"

namespace pinrelay::sources {
namespace {

// So much may wait in the kernel for the disk: the end of a large file then has not all of it to wait for.
constexpr uint64_t kSyncBytes = 64ULL << 20;

}  // namespace

struct UploadWriter::Open {
  Upload upload;
  std::shared_ptr<http::IncomingBody> body;
  std::function<void(Result<Upload>)> done;
  int fd = -1;
  uint64_t synced = 0;
};

UploadWriter::UploadWriter(UploadParts parts)
    : parts_(std::move(parts)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

UploadWriter::~UploadWriter() = default;

void UploadWriter::receive(RowFormat format, std::shared_ptr<http::IncomingBody> body,
                           std::function<void(Result<Upload>)> done) {
  if (const auto may = may_begin(*body); !may) return done(may.error());
  auto open = std::make_shared<Open>();
  open->upload.name = "u-" + random_hex(16);
  open->upload.format = format;
  open->body = std::move(body);
  open->done = std::move(done);
  post([this, open] { begin(open); });
}

Result<void> UploadWriter::may_begin(const http::IncomingBody& body) {
  if (body.length().value_or(0) > kUploadBytesMax)
    return Error{ErrorKind::kInvalid, "too_large", "a file has at most 8 GiB", "", "split it"};
  TRY(has_room(body.length().value_or(0)));
  const size_t kept = parts_.folder.list().size();
  const std::lock_guard lock(mutex_);
  if (open_ >= kAtOnceMax)
    return Error{ErrorKind::kThrottled, "too_many_uploads",
                 fmt::format("{} files are on their way already", open_), "", "wait until one is whole"};
  if (open_ + kept >= kUploadsMax)
    return Error{ErrorKind::kThrottled, "too_many_uploads", fmt::format("{} files wait for an import", kept),
                 "", "import or remove some: 'pinrelay upload list'"};
  ++open_;
  return {};
}

Result<void> UploadWriter::has_room(uint64_t bytes) const {
  const uint64_t free = parts_.free_bytes();
  if (free >= bytes + kFreeBytesMin) return {};
  return Error{ErrorKind::kUnavailable, "no_room",
               fmt::format("the disk has no room for it: {} MiB are free, and {} of them stay so", free >> 20,
                           kFreeBytesMin >> 20),
               "", "make room on the disk of the service, or remove uploads that nobody imports"};
}

void UploadWriter::begin(const std::shared_ptr<Open>& open) {
  auto created = parts_.folder.create(open->upload);
  if (!created) return finish(*open, created.error());
  open->fd = *created;
  ask(open);
}

void UploadWriter::ask(const std::shared_ptr<Open>& open) {
  open->body->next([this, open](http::BodyPiece piece) {
    post([this, open, piece = std::move(piece)] { take(open, piece); });
  });
}

void UploadWriter::take(const std::shared_ptr<Open>& open, const http::BodyPiece& piece) {
  if (piece.state == http::BodyPiece::State::kBroken)
    return finish(*open, Error{ErrorKind::kCancelled, "upload_broken", "the file did not arrive whole", "",
                               "send it again"});
  const auto written = write(*open, piece);
  if (written.ok() && piece.state == http::BodyPiece::State::kMore) return ask(open);
  finish(*open, written);
}

Result<void> UploadWriter::write(Open& open, const http::BodyPiece& piece) const {
  TRY(has_room(piece.bytes.size()));
  for (std::string_view left = piece.bytes; !left.empty();) {
    const ssize_t wrote = ::write(open.fd, left.data(), left.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return parts_.folder.failure(errno);
    left.remove_prefix(static_cast<size_t>(wrote));
  }
  open.upload.bytes += piece.bytes.size();
  if (open.upload.bytes - open.synced < kSyncBytes) return {};
  open.synced = open.upload.bytes;
  if (::fdatasync(open.fd) != 0) return parts_.folder.failure(errno);
  return {};
}

void UploadWriter::finish(Open& open, Result<void> written) {
  if (written.ok()) written = parts_.folder.keep(open.fd, open.upload);
  if (open.fd >= 0) ::close(open.fd);
  if (!written.ok()) parts_.folder.drop(open.upload);
  {
    const std::lock_guard lock(mutex_);
    --open_;
  }
  open.body.reset();
  written.ok() ? open.done(open.upload) : open.done(written.error());
}

void UploadWriter::tidy(UploadImports imports, Time now) {
  post([this, imports = std::move(imports), now] { parts_.folder.tidy(imports, now); });
}

void UploadWriter::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void UploadWriter::run(const std::stop_token& stop) {
  http::name_thread("uploads-", 0);
  parts_.folder.drop_unfinished();
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return !waiting_.empty(); });
      if (waiting_.empty()) return;  // stopped, and nothing is left half-done
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace pinrelay::sources
