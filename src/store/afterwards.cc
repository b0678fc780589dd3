#include "store/afterwards.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "base/random.h"
#include "store/folder.h"

namespace pinrelay::store {
namespace {

constexpr std::string_view kMagic = "PRAFTER1";
constexpr int64_t kEntryBytes = 64;  // the header's, too
constexpr size_t kMacBytes = 16, kMacAt = kEntryBytes - kMacBytes;
constexpr int64_t kEntriesAtOnce = 1024;
constexpr Millis kDropAtLeast{24 * 3'600'000};
constexpr uint8_t kTypeBits = 0x7f;

Error file_error(const std::string& path, const char* what) {
  return {ErrorKind::kUnavailable, "afterwards_not_written", fmt::format("{}: {}", what, strerror(errno)),
          path, "check afterwards_folder, its owner and free space: without it no erasure is acknowledged"};
}

Error damaged(const std::string& path) {
  return {ErrorKind::kCorrupt, "afterwards_damaged",
          "the file of what was erased and revoked was altered, or is damaged", path,
          "put a copy of it back"};
}

Error missing(const std::string& path) {
  return {ErrorKind::kNotFound, "afterwards_missing", "the file of what was erased and revoked is not there",
          path, "put it back"};
}

bool write_all(int fd, ByteView bytes, int64_t at) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(put));
    at += put;
  }
  return true;
}

bool read_all(int fd, uint8_t* out, size_t bytes, int64_t at) {
  while (bytes > 0) {
    const ssize_t got = ::pread(fd, out, bytes, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got, bytes -= static_cast<size_t>(got), at += got;
  }
  return true;
}

std::vector<std::string> candidates(const std::string& path) {
  const std::filesystem::path named(path);
  std::vector<std::string> found{path};
  std::error_code failed;
  for (const auto& file : std::filesystem::directory_iterator(named.parent_path(), failed)) {
    const std::string name = file.path().filename();
    if (name.starts_with(named.filename().string() + ".") && !name.ends_with(".part"))
      found.push_back(file.path());
  }
  return found;
}

}  // namespace

AfterwardKeys::AfterwardKeys(std::string profile_secret) : secret_(std::move(profile_secret)) {
  const Hash key = hmac_sha256(as_bytes(secret_), "afterwards");
  mac_key_ = as_text(key);
}

// As Profiles::id_of.
ProfileId AfterwardKeys::person(std::string_view key) const {
  Sha256 sha256;
  sha256.add(secret_);
  return profile_id_at(sha256.hash(key).data());
}

ProfileId AfterwardKeys::row(AfterwardKind kind, ByteView identity) const {
  Bytes text{static_cast<uint8_t>(kind)};
  append(text, identity);
  return profile_id_at(hmac_sha256(as_bytes(mac_key_), as_text(text)).data());
}

Bytes AfterwardKeys::user_identity(int64_t number) {
  Bytes identity;
  append_fixed(identity, number);
  return identity;
}

std::array<uint8_t, 16> AfterwardKeys::mac(int64_t id, ByteView bytes) const {
  Bytes text;
  append_fixed(text, id);
  append(text, bytes);
  const Hash hash = hmac_sha256(as_bytes(mac_key_), as_text(text));
  std::array<uint8_t, kMacBytes> mac{};
  std::copy_n(hash.begin(), mac.size(), mac.begin());
  return mac;
}

void AfterwardKeys::erasures_in(ByteView changes, std::vector<Afterward>& out) const {
  uint32_t size = 0;
  for (size_t at = 0; at + sizeof size < changes.size(); at += sizeof size + size) {
    std::memcpy(&size, changes.data() + at, sizeof size);
    if ((changes[at + sizeof size] & kTypeBits) != static_cast<uint8_t>(ChangeType::kDelete)) continue;
    ChangeReader reader(changes.subspan(at));
    ChangeView change;
    if (!reader.next(change)) return;
    out.push_back({AfterwardKind::kErased, person(change.key), change.at});
  }
}

Afterwards::~Afterwards() {
  if (fd_ >= 0) ::close(fd_);
}

Bytes Afterwards::header(int64_t before_first) const {
  Bytes out;
  append(out, as_bytes(kMagic));
  append_fixed(out, id_);
  append_fixed(out, before_first);
  out.resize(kMacAt);
  append(out, keys_.mac(id_, out));
  return out;
}

Bytes Afterwards::encoded(const Afterward& entry) const {
  Bytes out;
  append_fixed(out, entry.number);
  append_fixed(out, to_millis(entry.noted));
  append_fixed(out, entry.at);
  append_fixed(out, entry.kind);
  append_fixed(out, entry.role);
  out.resize(out.size() + 6);
  append(out, as_bytes(entry.whom));
  append(out, keys_.mac(id_, out));
  return out;
}

bool Afterwards::is_blank(int64_t index) const {
  Bytes bytes(kEntryBytes);
  return read_all(fd_, bytes.data(), bytes.size(), (index + 1) * kEntryBytes) && bytes == Bytes(kEntryBytes);
}

// Nothing: it is not the one that belongs there.
std::optional<Afterward> Afterwards::entry(int64_t index) const {
  Bytes bytes(kEntryBytes);
  if (!read_all(fd_, bytes.data(), bytes.size(), (index + 1) * kEntryBytes)) return std::nullopt;
  if (!std::ranges::equal(keys_.mac(id_, ByteView(bytes).first(kMacAt)), ByteView(bytes).subspan(kMacAt)))
    return std::nullopt;
  ByteReader reader(bytes);
  Afterward out;
  out.number = reader.fixed<int64_t>();
  out.noted = from_millis(reader.fixed<int64_t>());
  out.at = reader.fixed<int64_t>();
  out.kind = reader.fixed<AfterwardKind>();
  out.role = reader.fixed<Role>();
  reader.bytes(6);
  out.whom = profile_id_at(reader.bytes(16).data());
  if (out.number != before_first_ + index + 1) return std::nullopt;
  return out;
}

Result<std::unique_ptr<Afterwards>> Afterwards::read(const std::string& path, const AfterwardKeys& keys,
                                                     bool write) {
  std::unique_ptr<Afterwards> file(new Afterwards(path, keys));
  file->fd_ = ::open(path.c_str(), (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (file->fd_ < 0) return missing(path);
  struct stat info {};
  Bytes bytes(kEntryBytes);
  if (::fstat(file->fd_, &info) != 0 || !read_all(file->fd_, bytes.data(), bytes.size(), 0))
    return damaged(path);
  ByteReader reader(ByteView(bytes).subspan(kMagic.size()));
  file->id_ = reader.fixed<int64_t>();
  file->before_first_ = reader.fixed<int64_t>();
  if (file->header(file->before_first_) != bytes) return damaged(path);
  file->count_ = info.st_size / kEntryBytes - 1;
  // Where a crash cut off a write there are zeros at the end: an entry never spans two sectors of a disk.
  while (file->count_ > 0 && file->is_blank(file->count_ - 1)) --file->count_;
  if (file->count_ > 0 && !file->entry(file->count_ - 1)) return damaged(path);
  return file;
}

Result<std::unique_ptr<Afterwards>> Afterwards::find(const std::string& path, const AfterwardKeys& keys,
                                                     int64_t id) {
  std::unique_ptr<Afterwards> best;
  bool one_is_damaged = false;
  for (const std::string& candidate : candidates(path)) {
    auto file = read(candidate, keys, false);
    one_is_damaged |= candidate == path && !file && file.error().kind == ErrorKind::kCorrupt;
    if (!file || (id != 0 && (*file)->id() != id)) continue;
    if (!best || (*file)->last() > best->last()) best = std::move(file).value();
  }
  if (best) return best;
  return one_is_damaged ? damaged(path) : missing(path);
}

Result<std::unique_ptr<Afterwards>> Afterwards::begin(const std::string& path, const AfterwardKeys& keys,
                                                      bool durable) {
  std::unique_ptr<Afterwards> file(new Afterwards(path, keys));
  file->durable_ = durable;
  while (file->id_ <= 0) {
    const Bytes bytes = random_bytes(sizeof file->id_);
    file->id_ = ByteReader(bytes).fixed<int64_t>() & INT64_MAX;
  }
  TRY(file->write_anew(0));
  return file;
}

Result<std::unique_ptr<Afterwards>> Afterwards::open(const std::string& path, const AfterwardKeys& keys,
                                                     int64_t id, bool durable) {
  const auto found = find(path, keys, id);
  const bool here = found.ok() && (*found)->path() == path;
  if (!here && file_exists(path)) {
    const std::string aside = fmt::format("{}.{}", path, to_hex(random_bytes(4)));
    if (::rename(path.c_str(), aside.c_str()) != 0)
      return file_error(path, "another store's cannot be moved aside");
    log(LogLevel::kWarning, "store",
        "a file of erasures and revocations that is not this store's was moved aside", {{"to", aside}});
  }
  if (found.ok() && !here && ::rename((*found)->path().c_str(), path.c_str()) != 0)
    return file_error(path, "the file cannot be moved back");
  if (!found.ok()) return begin(path, keys, durable);
  auto file = TRY(read(path, keys, true));
  file->durable_ = durable;
  return file;
}

int64_t Afterwards::last() const {
  const std::lock_guard lock(mutex_);
  return before_first_ + count_;
}

int64_t Afterwards::before_first() const {
  const std::lock_guard lock(mutex_);
  return before_first_;
}

Result<void> Afterwards::note(std::vector<Afterward> entries, Time now) {
  const std::lock_guard lock(mutex_);
  Bytes bytes;
  int64_t number = before_first_ + count_;
  for (Afterward& entry : entries) {
    entry.number = ++number;
    entry.noted = now;
    append(bytes, encoded(entry));
  }
  struct stat info {};
  if (::fstat(fd_, &info) != 0 || info.st_nlink == 0)
    return Error{ErrorKind::kUnavailable, "afterwards_not_written",
                 "the file of what was erased and revoked was removed while the service runs", path_,
                 "restart the service, which begins a new one, and make a backup"};
  const int64_t end = (count_ + 1) * kEntryBytes;
  if (!write_all(fd_, bytes, end) || (durable_ && ::fdatasync(fd_) != 0)) {
    const Error error = file_error(path_, "what was erased or revoked cannot be noted");
    (void)!::ftruncate(fd_, end);  // what is left there is written over
    return error;
  }
  count_ += static_cast<int64_t>(entries.size());
  return {};
}

Result<void> Afterwards::each(int64_t after, const std::function<bool(const Afterward&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (int64_t i = std::max<int64_t>(after - before_first_, 0); i < count_; ++i) {
    const auto next = entry(i);
    if (!next) return damaged(path_);
    if (!visit(*next)) break;
  }
  return {};
}

Result<void> Afterwards::drop_before(Time time) {
  const std::lock_guard lock(mutex_);
  const auto first = count_ > 0 ? entry(0) : std::nullopt;
  if (!first || first->noted > time - kDropAtLeast) return {};
  int64_t from = 0;
  for (; from < count_; ++from) {
    const auto next = entry(from);
    if (!next) return damaged(path_);
    if (next->noted >= time) break;
  }
  return write_anew(from);
}

// Beside the file, made durable, then moved over it: without the entries before `from`.
Result<void> Afterwards::write_anew(int64_t from) {
  const std::string part = path_ + ".part";
  ::unlink(part.c_str());
  const int fd = ::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const auto failed = [&] {
    const Error error = file_error(path_, "the file cannot be written");
    if (fd >= 0) ::close(fd);
    return error;
  };
  if (fd < 0 || !write_all(fd, header(before_first_ + from), 0)) return failed();
  Bytes bytes;
  for (int64_t i = from; i < count_; i += kEntriesAtOnce) {
    bytes.resize(static_cast<size_t>(std::min(kEntriesAtOnce, count_ - i) * kEntryBytes));
    if (!read_all(fd_, bytes.data(), bytes.size(), (i + 1) * kEntryBytes) ||
        !write_all(fd, bytes, (i - from + 1) * kEntryBytes))
      return failed();
  }
  if ((durable_ && ::fsync(fd) != 0) || ::rename(part.c_str(), path_.c_str()) != 0) return failed();
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  before_first_ += from;
  count_ -= from;
  if (!durable_) return {};
  return sync_directory(std::filesystem::absolute(path_).parent_path());
}

}  // namespace pinrelay::store
