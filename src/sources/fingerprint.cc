#include "sources/fingerprint.h"

#include <algorithm>

namespace pinrelay::sources {
namespace {

constexpr size_t kReadBytes = 1024 * 1024;

}  // namespace

FingerprintReader::FingerprintReader(const InputFile& file) : file_(file), buffer_(kReadBytes) {}

Result<std::optional<Fingerprint>> FingerprintReader::read(uint64_t bytes_max) {
  for (const uint64_t end = std::min(file_.size(), offset_ + bytes_max); offset_ < end;) {
    const size_t got = TRY(file_.read(offset_, buffer_));
    sha256_.add({buffer_.data(), got});
    offset_ += got;
  }
  if (offset_ < file_.size()) return std::optional<Fingerprint>();
  TRY(file_.check_unchanged());
  return std::optional(Fingerprint{sha256_.finish(), file_.size()});
}

Result<Fingerprint> fingerprint(const std::string& path, const std::stop_token& stop) {
  const InputFile file = TRY(InputFile::open(path));
  FingerprintReader reader(file);
  while (!stop.stop_requested()) {
    if (const auto print = TRY(reader.read(kReadBytes))) return *print;
  }
  return Error{ErrorKind::kCancelled, "stopped", "reading the file was given up", path, "import it again"};
}

}  // namespace pinrelay::sources
