#include "sources/uploads.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace pinrelay::sources {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = ".part";
constexpr size_t kNameBytes = 2 + 32;

bool is_name(std::string_view text) {
  return text.size() == kNameBytes && text.starts_with("u-") &&
         text.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

std::string_view ending(RowFormat format) { return format == RowFormat::kCsv ? ".csv" : ".ndjson"; }

// The upload that the file is; nothing when it is none of ours.
std::optional<Upload> upload_of(const fs::path& file) {
  Upload upload;
  upload.name = file.stem().string();
  const std::string end = file.extension().string();
  if (!is_name(upload.name) || (end != ending(RowFormat::kCsv) && end != ending(RowFormat::kNdjson)))
    return std::nullopt;
  upload.format = end == ending(RowFormat::kCsv) ? RowFormat::kCsv : RowFormat::kNdjson;
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  upload.bytes = static_cast<uint64_t>(status.st_size);
  upload.at = from_millis(status.st_mtim.tv_sec * 1'000 + status.st_mtim.tv_nsec / 1'000'000);
  return upload;
}

std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator next(folder, failed), end; !failed && next != end; next.increment(failed))
    files.push_back(next->path());
  return files;
}

// Else a crash of the machine could undo the name of a file whose content is safe.
bool sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return synced;
}

}  // namespace

UploadImports upload_imports(const std::vector<store::ImportRow>& rows) {
  UploadImports imports;
  for (const store::ImportRow& row : rows) {
    const fs::path path(row.path);
    if (!is_name(path.stem().string())) continue;
    using enum store::ImportState;
    const bool ended = row.state == kDone || row.state == kFailed || row.state == kDiscarded;
    const auto [known, first] = imports.emplace(path.filename().string(), ended);
    if (!first) known->second &= ended;
  }
  return imports;
}

std::vector<Upload> UploadFolder::list() const {
  std::vector<Upload> uploads;
  for (const fs::path& file : files_in(path_))
    if (auto upload = upload_of(file)) uploads.push_back(std::move(*upload));
  std::ranges::sort(uploads, [](const Upload& a, const Upload& b) {
    return std::tie(a.at, a.name) < std::tie(b.at, b.name);
  });
  return uploads;
}

Result<Upload> UploadFolder::find(const std::string& name) const {
  for (Upload& upload : list())
    if (upload.name == name) return std::move(upload);
  return Error{ErrorKind::kNotFound, "no_upload", "there is no such upload", "",
               "see 'pinrelay upload list'; one is kept until its import has ended, and for a day at most"};
}

std::string UploadFolder::path(const Upload& upload) const {
  return fs::absolute(path_).string() + "/" + upload.name + std::string(ending(upload.format));
}

Result<void> UploadFolder::remove(const std::string& name) const {
  const Upload upload = TRY(find(name));
  if (::unlink(path(upload).c_str()) != 0 && errno != ENOENT) return failure(errno);
  return {};
}

void UploadFolder::tidy(const UploadImports& imports, Time now) const {
  for (const Upload& upload : list()) {
    const std::string file = path(upload);
    const auto import = imports.find(fs::path(file).filename().string());
    const bool over = import != imports.end() ? import->second : upload.at + kUploadKept <= now;
    if (over) ::unlink(file.c_str());
  }
}

Result<void> UploadFolder::make() const {
  if (::mkdir(path_.c_str(), 0700) == 0) {
    if (!sync_folder(fs::path(path_).parent_path().string())) return failure(errno);
  } else if (errno != EEXIST) {
    return failure(errno);
  }
  return {};
}

Result<int> UploadFolder::create(const Upload& upload) const {
  TRY(make());
  const int fd = ::open(part(upload).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failure(errno);
  return fd;
}

Result<void> UploadFolder::keep(int fd, const Upload& upload) const {
  if (::fsync(fd) != 0 || ::rename(part(upload).c_str(), path(upload).c_str()) != 0 || !sync_folder(path_))
    return failure(errno);
  return {};
}

void UploadFolder::drop(const Upload& upload) const {
  ::unlink(part(upload).c_str());
  ::unlink(path(upload).c_str());  // where keep() did not get to its end
}

void UploadFolder::drop_unfinished() const {
  for (const fs::path& file : files_in(path_))
    if (file.extension() == kPart) ::unlink(file.c_str());
}

uint64_t UploadFolder::free_bytes() const {
  std::error_code failed;
  const auto space = fs::space(fs::path(path_).parent_path(), failed);
  return failed ? 0 : space.available;
}

Error UploadFolder::failure(int code) const {
  if (code == ENOSPC || code == EDQUOT)
    return {ErrorKind::kUnavailable, "no_room", "the disk has no room for the file", path_,
            "make room on the disk of the service, or remove uploads that nobody imports"};
  return {ErrorKind::kUnavailable, "upload_unwritable",
          "the file cannot be written: " + std::generic_category().message(code), path_,
          "check the disk and its permissions"};
}

}  // namespace pinrelay::sources
