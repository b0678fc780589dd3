#include "sources/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace pinrelay::sources {
namespace {

Error unreadable(const std::string& path, int code) {
  const bool missing = code == ENOENT || code == ENOTDIR;
  if (missing)
    return Error{ErrorKind::kNotFound, "file_not_found", "there is no such file", path, "check the path"};
  const bool denied = code == EACCES || code == EPERM;
  return Error{denied ? ErrorKind::kInvalid : ErrorKind::kUnavailable, "file_unreadable",
               "the file cannot be read: " + std::generic_category().message(code), path,
               denied ? "let the user who runs this read it" : "check the disk and try again"};
}

Error not_a_file(const std::string& path, bool is_directory) {
  return Error{ErrorKind::kInvalid, "not_a_file",
               is_directory ? "this is a directory" : "this is neither a file nor a link to one", path,
               is_directory ? "name one file in it"
                            : "write the data to a file first: an import must be able to resume"};
}

Error changed(const std::string& path) {
  return Error{ErrorKind::kConflict, "file_changed", "the file changed while it was read", path,
               "import it again when nothing writes to it any more"};
}

}  // namespace

Result<InputFile> InputFile::open(const std::string& path) {
  // Not blocking, or opening a pipe that nobody writes to would wait for ever.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return unreadable(path, errno);
  InputFile file(path, descriptor);
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return unreadable(path, errno);
  if (!S_ISREG(status.st_mode)) return not_a_file(path, S_ISDIR(status.st_mode));
  file.size_ = static_cast<uint64_t>(status.st_size);
  file.modified_ = status.st_mtim;
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      modified_(other.modified_) {}

InputFile::~InputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<size_t> InputFile::read(uint64_t offset, std::span<char> to) const {
  size_t done = 0;
  while (done < to.size() && offset + done < size_) {
    const ssize_t got =
        pread(descriptor_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path_, errno);
    if (got == 0) return changed(path_);
    done += static_cast<size_t>(got);
  }
  return done;
}

Result<void> InputFile::check_unchanged() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) return unreadable(path_, errno);
  const bool same = static_cast<uint64_t>(status.st_size) == size_ &&
                    status.st_mtim.tv_sec == modified_.tv_sec && status.st_mtim.tv_nsec == modified_.tv_nsec;
  if (!same) return changed(path_);
  return {};
}

}  // namespace pinrelay::sources
