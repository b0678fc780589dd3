#include "store/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/folder_mode.h"
#include "base/log.h"

namespace pinrelay::store {

Error io_error(const std::string& where, const char* what) {
  return {ErrorKind::kUnavailable, "store_not_writable", fmt::format("{}: {}", what, strerror(errno)), where,
          "check the path, its owner and free space"};
}

Result<void> make_directory(const std::string& directory) {
  std::error_code failed;
  if (std::filesystem::create_directories(directory, failed)) ::chmod(directory.c_str(), 0700);
  errno = failed.value();
  if (failed) return io_error(directory, "the store's folder cannot be made");
  return {};
}

Result<void> check_directory(const std::string& directory) {
  TRY(refuse_open_folder(directory, false, "what the store keeps"));
  const std::string parent =
      std::filesystem::path(std::filesystem::absolute(directory) / "").parent_path().parent_path();
  return refuse_open_folder(parent, true, "the store");
}

void close_to_others(const std::string& path) {
  using std::filesystem::perms;
  constexpr perms kForeign = perms::group_all | perms::others_all;
  std::error_code failed;
  const auto close = [&](const std::filesystem::path& file) {
    const auto status = std::filesystem::symlink_status(file, failed);
    const bool ours = status.type() == std::filesystem::file_type::regular ||
                      status.type() == std::filesystem::file_type::directory;
    if (failed || !ours || (status.permissions() & kForeign) == perms::none) return;
    std::filesystem::permissions(file, status.permissions() & ~kForeign, failed);
    if (failed)
      log(LogLevel::kWarning, "store", "others than its owner may use a file",
          {{"path", file.string()}, {"reason", failed.message()}});
    else
      log(LogLevel::kInfo, "store", "a file was open to others and is closed", {{"path", file.string()}});
  };
  if (!std::filesystem::is_directory(path, failed)) return close(path);
  for (const auto& file : std::filesystem::recursive_directory_iterator(path, failed)) close(file.path());
}

Error no_store(const std::string& directory) {
  return {ErrorKind::kNotFound, "no_store", "there is no store here", directory,
          "name a store or backup folder"};
}

Result<int> lock_directory(const std::string& directory) {
  const std::string path = directory + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return io_error(path, "the store's lock cannot be opened");
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  ::close(fd);
  return Error{ErrorKind::kConflict, "store_in_use", "another pinrelay process has this store open",
               directory, "use that one, or stop it first"};
}

Result<void> migrate(Db& db) {
  Statement version(db, "PRAGMA user_version");
  const int64_t seen = version.first() ? version.integer(0) : 0;
  version.done();
  const auto known = static_cast<int64_t>(std::size(kMigrations));
  if (seen > known) {
    return Error{ErrorKind::kConflict, "store_newer",
                 fmt::format("the store has version {}, this program knows {}", seen, known), "",
                 "use the newer program"};
  }
  for (int64_t i = seen; i < known; ++i) {
    db.begin();
    db.exec(kMigrations[i]);
    db.exec(fmt::format("PRAGMA user_version={}", i + 1).c_str());
    TRY(db.commit());
  }
  return {};
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<void> sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return io_error(directory, "the folder cannot be opened");
  const bool synced = ::fsync(fd) == 0;
  const Error error = io_error(directory, "the folder cannot be written");
  ::close(fd);
  if (!synced) return error;
  return {};
}

}  // namespace pinrelay::store
