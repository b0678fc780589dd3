#include "base/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pinrelay {

void ScratchFile::clear() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
  size_ = 0;
}

std::optional<ScratchFile::Place> ScratchFile::put(ByteView bytes) {
  if (file_ < 0) file_ = ::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file_ < 0) return std::nullopt;
  for (size_t written = 0; written < bytes.size();) {
    const ssize_t n =
        ::pwrite(file_, bytes.data() + written, bytes.size() - written, static_cast<off_t>(size_ + written));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    written += static_cast<size_t>(n);
  }
  size_ += bytes.size();
  return Place{size_ - bytes.size(), bytes.size()};
}

Result<void> ScratchFile::read(Place place, Bytes& out) const {
  out.resize(place.size);
  for (size_t done = 0; done < place.size;) {
    const ssize_t n =
        ::pread(file_, out.data() + done, place.size - done, static_cast<off_t>(place.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return Error{ErrorKind::kUnavailable, "scratch_file",
                   std::string("a temporary file cannot be read: ") +
                       (n == 0 ? "it is too short" : std::strerror(errno)),
                   directory_, "look at the disk; the work is done again by itself"};
    done += static_cast<size_t>(n);
  }
  return {};
}

}  // namespace pinrelay
