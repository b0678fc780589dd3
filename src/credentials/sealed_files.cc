#include "credentials/sealed_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

#include "base/sha256.h"

namespace pinrelay::credentials {
namespace {

constexpr std::string_view kMagic = "PRBACKUP";
constexpr uint8_t kVersion = 1;
constexpr size_t kPieceBytes = 64 * 1024;
constexpr size_t kSealedPieceBytes = kPieceBytes + crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr size_t kNameBytesMax = 64;
constexpr auto kPasses = crypto_pwhash_argon2id_OPSLIMIT_MODERATE;
constexpr auto kMemory = crypto_pwhash_argon2id_MEMLIMIT_MODERATE;

Error io_error(const std::string& path, const char* what) {
  return {ErrorKind::kUnavailable, "backup_io", fmt::format("{}: {}", what, std::strerror(errno)), path,
          "check the path, its owner and free space"};
}

Error damaged(const std::string& path) {
  return {ErrorKind::kCorrupt, "backup_damaged", "the backup was altered, or is cut off", path,
          "use another backup"};
}

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool good() const { return fd_ >= 0; }
  // The number of bytes read, fewer than asked for only at the end; nothing after an error.
  std::optional<size_t> read(uint8_t* out, size_t bytes) const {
    size_t had = 0;
    while (had < bytes) {
      const ssize_t got = ::read(fd_, out + had, bytes - had);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::nullopt;
      if (got == 0) break;
      had += static_cast<size_t>(got);
    }
    return had;
  }
  bool write(ByteView bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(put));
    }
    return true;
  }
  bool sync() const { return ::fsync(fd_) == 0; }
  std::optional<uint64_t> size() const {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) return std::nullopt;
    return static_cast<uint64_t>(info.st_size);
  }

 private:
  int fd_;
};

Bytes clear_part(const SealedHead& head) {
  Bytes out;
  append(out, as_bytes(kMagic));
  out.push_back(kVersion);
  out.push_back(static_cast<uint8_t>(head.by));
  append(out, head.key_id);
  append(out, head.salt);
  return out;
}
constexpr size_t kClearBytes = kMagic.size() + 2 + sizeof(KeyId) + sizeof(SealedHead::salt);
constexpr size_t kStreamHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;

Result<SealedHead> parse_clear(ByteView bytes, const std::string& path) {
  const bool ours = bytes.size() == kClearBytes && as_text(bytes.first(kMagic.size())) == kMagic;
  if (!ours) return Error{ErrorKind::kCorrupt, "no_backup", "this is no backup", path, "name another one"};
  ByteReader reader(bytes.subspan(kMagic.size()));
  SealedHead head;
  const auto version = reader.fixed<uint8_t>(), by = reader.fixed<uint8_t>();
  if (version != kVersion)
    return Error{ErrorKind::kConflict, "backup_newer",
                 "the backup is of a kind that this program does not know", path, "use the newer program"};
  if (by != static_cast<uint8_t>(SealedBy::kMasterKey) && by != static_cast<uint8_t>(SealedBy::kPassphrase))
    return damaged(path);
  head.by = static_cast<SealedBy>(by);
  std::ranges::copy(reader.bytes(head.key_id.size()), head.key_id.begin());
  std::ranges::copy(reader.bytes(head.salt.size()), head.salt.begin());
  return head;
}

// Takes bytes as they come and writes sealed pieces.
class Sealer {
 public:
  Sealer(const File& file, const SealedHead& head, const LockedKey& key) : file_(file) {
    uint8_t header[kStreamHeaderBytes];
    crypto_secretstream_xchacha20poly1305_init_push(&state_, header, key.bytes);
    bound_ = clear_part(head);
    good_ = file_.write(bound_) && file_.write(header);
    piece_.reserve(kPieceBytes);
  }
  ~Sealer() {
    sodium_memzero(&state_, sizeof state_);
    sodium_memzero(piece_.data(), piece_.size());
  }
  void put(ByteView bytes) {
    while (!bytes.empty()) {
      if (piece_.size() == kPieceBytes) push(0);
      const size_t part = std::min(bytes.size(), kPieceBytes - piece_.size());
      append(piece_, bytes.first(part));
      bytes = bytes.subspan(part);
    }
  }
  bool finish() {
    push(crypto_secretstream_xchacha20poly1305_TAG_FINAL);
    return good_;
  }

 private:
  void push(uint8_t tag) {
    Bytes sealed(piece_.size() + crypto_secretstream_xchacha20poly1305_ABYTES);
    crypto_secretstream_xchacha20poly1305_push(&state_, sealed.data(), nullptr, piece_.data(), piece_.size(),
                                               bound_.data(), bound_.size(), tag);
    good_ = good_ && file_.write(sealed);
    piece_.clear();
    bound_.clear();
  }

  const File& file_;
  crypto_secretstream_xchacha20poly1305_state state_;
  Bytes piece_, bound_;
  bool good_ = false;
};

// Gives the bytes that sealed pieces hold, each authenticated before it is given.
class Opener {
 public:
  Opener(const File& file, std::string path) : file_(file), path_(std::move(path)) {}
  ~Opener() {
    sodium_memzero(&state_, sizeof state_);
    sodium_memzero(piece_.data(), piece_.size());
  }
  Result<void> begin(const LockedKey& key) {
    bound_.resize(kClearBytes);
    if (file_.read(bound_.data(), bound_.size()) != bound_.size()) return damaged(path_);
    by_ = TRY(parse_clear(bound_, path_)).by;
    uint8_t header[kStreamHeaderBytes];
    if (file_.read(header, sizeof header) != sizeof header) return damaged(path_);
    if (crypto_secretstream_xchacha20poly1305_init_pull(&state_, header, key.bytes) != 0)
      return damaged(path_);
    return {};
  }
  // At most so many bytes, valid until the next call; none: the end, behind which there is nothing.
  Result<ByteView> some(size_t most) {
    while (at_ == piece_.size() && !final_) TRY(pull());
    const size_t part = std::min(most, piece_.size() - at_);
    at_ += part;
    return ByteView(piece_).subspan(at_ - part, part);
  }
  // Exactly so many.
  Result<Bytes> exactly(size_t bytes) {
    Bytes out;
    while (out.size() < bytes) {
      const ByteView part = TRY(some(bytes - out.size()));
      if (part.empty()) return damaged(path_);
      append(out, part);
    }
    return out;
  }
  Result<bool> at_end() {
    while (at_ == piece_.size() && !final_) TRY(pull());
    return at_ == piece_.size();
  }

 private:
  Result<void> pull() {
    Bytes sealed(kSealedPieceBytes);
    const auto had = file_.read(sealed.data(), sealed.size());
    if (!had) return io_error(path_, "the backup cannot be read");
    if (*had < crypto_secretstream_xchacha20poly1305_ABYTES) return damaged(path_);
    piece_.resize(*had - crypto_secretstream_xchacha20poly1305_ABYTES);
    at_ = 0;
    uint8_t tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&state_, piece_.data(), nullptr, &tag, sealed.data(), *had,
                                                   bound_.data(), bound_.size()) != 0)
      return first_ && by_ == SealedBy::kPassphrase
                 ? Error{ErrorKind::kAuth, "wrong_passphrase",
                         "the passphrase is wrong, or the backup was altered at its beginning", path_,
                         "give the passphrase it was made with"}
                 : damaged(path_);
    first_ = false;
    bound_.clear();
    final_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    uint8_t more = 0;
    if (final_ && file_.read(&more, 1) != 0) return damaged(path_);
    return {};
  }

  const File& file_;
  const std::string path_;
  crypto_secretstream_xchacha20poly1305_state state_{};
  SealedBy by_{};
  Bytes piece_, bound_;
  size_t at_ = 0;
  bool first_ = true, final_ = false;
};

// Content comes in parts; an empty part begins each file.
using Receive = std::function<Result<void>(const std::string& name, ByteView part)>;

Result<void> open_files(const std::string& path, const LockedKey& key, const Receive& receive) {
  const File file(path, O_RDONLY);
  if (!file.good()) return io_error(path, "the backup cannot be read");
  Opener opener(file, path);
  TRY(opener.begin(key));
  while (!TRY(opener.at_end())) {
    const Bytes name_size = TRY(opener.exactly(sizeof(uint16_t)));
    const size_t size_of_name = ByteReader(name_size).fixed<uint16_t>();
    if (size_of_name > kNameBytesMax) return damaged(path);
    const Bytes name_bytes = TRY(opener.exactly(size_of_name));
    const std::string name(as_text(name_bytes));
    const Bytes size = TRY(opener.exactly(sizeof(uint64_t)));
    TRY(receive(name, {}));
    for (auto left = ByteReader(size).fixed<uint64_t>(); left > 0;) {
      const ByteView part = TRY(opener.some(std::min<uint64_t>(left, kPieceBytes)));
      if (part.empty()) return damaged(path);
      TRY(receive(name, part));
      left -= part.size();
    }
  }
  return {};
}

Result<Hash> seal_file(const NamedFile& named, Sealer& sealer) {
  const File file(named.path, O_RDONLY);
  const auto size = file.good() ? file.size() : std::nullopt;
  if (!size) return io_error(named.path, "the file cannot be read");
  Bytes head;
  append_fixed(head, static_cast<uint16_t>(named.name.size()));
  append(head, as_bytes(named.name));
  append_fixed(head, *size);
  sealer.put(head);
  Sha256 digest;
  Bytes part(kPieceBytes);
  for (uint64_t left = *size; left > 0;) {
    const auto had = file.read(part.data(), std::min<uint64_t>(left, part.size()));
    if (!had || *had == 0) return io_error(named.path, "the file cannot be read");
    const ByteView content = ByteView(part).first(*had);
    digest.add(as_text(content));
    sealer.put(content);
    left -= *had;
  }
  sodium_memzero(part.data(), part.size());
  return digest.finish();
}

using Digests = std::map<std::string, Hash>;

Result<Digests> digests_of(const std::string& path, const LockedKey& key) {
  std::map<std::string, Sha256> open;
  TRY(open_files(path, key, [&](const std::string& name, ByteView part) -> Result<void> {
    open[name].add(as_text(part));
    return {};
  }));
  Digests digests;
  for (auto& [name, digest] : open) digests[name] = digest.finish();
  return digests;
}

Result<void> write_sealed(const std::vector<NamedFile>& files, const std::string& to, const SealedHead& head,
                          const LockedKey& key) {
  Digests put;
  {
    const File out(to, O_WRONLY | O_CREAT | O_EXCL);
    if (!out.good()) return io_error(to, "the backup cannot be made");
    Sealer sealer(out, head, key);
    for (const NamedFile& file : files) put[file.name] = TRY(seal_file(file, sealer));
    if (!sealer.finish() || !out.sync()) return io_error(to, "the backup cannot be written");
  }
  if (TRY(digests_of(to, key)) == put) return {};
  return damaged(to);
}

}  // namespace

Result<void> seal_files(const std::vector<NamedFile>& files, const std::string& to, const SealedHead& head,
                        const LockedKey& key) {
  CHECK(sodium_init() >= 0);
  const std::string part = to + ".part";
  ::unlink(part.c_str());
  auto made = write_sealed(files, part, head, key);
  if (made && ::rename(part.c_str(), to.c_str()) != 0) made = io_error(to, "the backup cannot be named");
  if (!made) {
    ::unlink(part.c_str());
    return made;
  }
  const File folder(std::filesystem::absolute(to).parent_path(), O_RDONLY | O_DIRECTORY);
  if (!folder.good() || !folder.sync()) return io_error(to, "the folder cannot be written");
  return {};
}

Result<SealedHead> read_sealed_head(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.good())
    return Error{ErrorKind::kNotFound, "no_backup",
                 fmt::format("the backup cannot be read: {}", std::strerror(errno)), path,
                 "name the folder of a backup"};
  Bytes clear(kClearBytes);
  clear.resize(file.read(clear.data(), clear.size()).value_or(0));
  return parse_clear(clear, path);
}

Result<void> unseal_files(const std::string& from, const LockedKey& key,
                          const std::function<std::string(const std::string&)>& place) {
  CHECK(sodium_init() >= 0);
  std::unique_ptr<File> out;
  std::string path;
  const auto finish = [&]() -> Result<void> {
    if (out && !out->sync()) return io_error(path, "the file cannot be written");
    return {};
  };
  TRY(open_files(from, key, [&](const std::string& name, ByteView part) -> Result<void> {
    if (part.empty()) {
      TRY(finish());
      path = place(name);
      out = path.empty() ? nullptr : std::make_unique<File>(path, O_WRONLY | O_CREAT | O_EXCL);
      if (out && !out->good()) return io_error(path, "the file cannot be made");
    } else if (out && !out->write(part)) {
      return io_error(path, "the file cannot be written");
    }
    return {};
  }));
  return finish();
}

SealedHead passphrase_head() {
  CHECK(sodium_init() >= 0);
  SealedHead head;
  head.by = SealedBy::kPassphrase;
  static_assert(sizeof head.salt == crypto_pwhash_argon2id_SALTBYTES);
  randombytes_buf(head.salt.data(), head.salt.size());
  return head;
}

Result<KeyPointer> passphrase_key(const Secret& passphrase, const SealedHead& head) {
  KeyPointer key = new_key();
  const std::string& text = passphrase.reveal();
  if (crypto_pwhash_argon2id(key->bytes, kKeyBytes, text.data(), text.size(), head.salt.data(), kPasses,
                             kMemory, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
    return key;
  return Error{ErrorKind::kUnavailable, "no_memory", "a key from a passphrase takes 256 MiB of memory", "",
               "free some, or back up under the master key"};
}

}  // namespace pinrelay::credentials
