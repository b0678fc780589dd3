#include "credentials/vault.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/folder_mode.h"

namespace pinrelay::credentials {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kIdBytes = std::tuple_size_v<KeyId>;
constexpr size_t kWrappedAt = 1 + kIdBytes, kSealedAt = kWrappedAt + kNonceBytes + kKeyBytes + kTagBytes;
constexpr size_t kFileBytesMax = 64 * 1024;
constexpr std::string_view kKeptBegins = "kept ";
constexpr char kBackupContext[crypto_kdf_CONTEXTBYTES + 1] = "prbackup";
constexpr uint64_t kBackupKeyNumber = 1;

Error key_error(ErrorKind kind, std::string code, std::string message, const std::string& path,
                std::string fix) {
  return {kind, std::move(code), std::move(message), path, std::move(fix)};
}

Error damaged() {
  return {ErrorKind::kCorrupt, "secret_damaged", "a stored secret was altered, or belongs elsewhere", "",
          "sign in, or give the token, again"};
}

// What both encryptions are bound to.
Bytes bound_to(const Place& place, ByteView id) {
  Bytes out;
  append_sized(out, as_bytes(place.table));
  append_fixed(out, place.row);
  append_sized(out, as_bytes(place.column));
  append_fixed(out, place.version);
  append(out, id);
  return out;
}

void append_encrypted(Bytes& out, ByteView plain, ByteView bound, const uint8_t* key) {
  const size_t at = out.size();
  out.resize(at + kNonceBytes + plain.size() + kTagBytes);
  randombytes_buf(out.data() + at, kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + at + kNonceBytes, nullptr, plain.data(),
                                             plain.size(), bound.data(), bound.size(), nullptr,
                                             out.data() + at, key);
}

// `sealed` begins with the nonce; `plain` has room for what is in it.
bool decrypt(uint8_t* plain, ByteView sealed, ByteView bound, const uint8_t* key) {
  return crypto_aead_xchacha20poly1305_ietf_decrypt(plain, nullptr, nullptr, sealed.data() + kNonceBytes,
                                                    sealed.size() - kNonceBytes, bound.data(), bound.size(),
                                                    sealed.data(), key) == 0;
}

ByteView id_in(ByteView sealed) { return sealed.subspan(1, kIdBytes); }

bool sync_file(int fd) { return ::fsync(fd) == 0 && ::close(fd) == 0; }

}  // namespace

namespace {

Bytes bound_to(Time until) { return bound_to({"master key", 0, "kept", to_millis(until)}, {}); }

std::string hex_line(ByteView bytes) {
  std::string hex(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
  hex.back() = '\n';
  return hex;
}

bool read_hex(std::string_view text, uint8_t* out, size_t bytes) {
  size_t read = 0;
  return sodium_hex2bin(out, bytes, text.data(), text.size(), nullptr, &read, nullptr) == 0 && read == bytes;
}

}  // namespace

Result<void> Vault::load() {
  if (!keys_.empty()) return {};
  if (key_file_.empty())
    return key_error(ErrorKind::kNotFound, "no_master_key", "the master key's credential was not given",
                     "CREDENTIALS_DIRECTORY", "start it as a systemd unit with LoadCredential=");
  TRY(refuse_open_folder(std::filesystem::absolute(key_file_).parent_path(), true, "the master key"));
  const int fd = ::open(key_file_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return key_error(ErrorKind::kNotFound, "no_master_key",
                     fmt::format("the master key cannot be read: {}", std::strerror(errno)), key_file_,
                     "put it back, or see docs/concepts.md for the way back without it");
  struct stat file {};
  std::string text(kFileBytesMax, '\0');
  const bool known = ::fstat(fd, &file) == 0;
  const ssize_t size = ::read(fd, text.data(), text.size());
  ::close(fd);
  if (!known || (file.st_mode & 077) != 0) {
    wipe(text);
    return key_error(ErrorKind::kInvalid, "master_key_open", "others than its owner may read the master key",
                     key_file_, "chmod 600 it");
  }
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  std::vector<KeyPointer> keys;
  std::vector<Kept> kept;
  auto lines = read_lines(text, keys, kept);
  wipe(text);
  TRY(std::move(lines));
  keys_ = std::move(keys);
  kept_ = std::move(kept);
  return {};
}

// "kept <milliseconds since 1970> <hex>", sealed by one of the keys above it: a rotation that was interrupted
// leaves two.
Result<void> Vault::read_lines(std::string_view text, std::vector<KeyPointer>& keys,
                               std::vector<Kept>& kept) {
  const auto read_kept = [&](std::string_view line) {
    int64_t until = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), until);
    Bytes sealed(kNonceBytes + kKeyBytes + kTagBytes);
    line.remove_prefix(static_cast<size_t>(end - line.data()));
    if (error != std::errc() || !line.starts_with(' ') ||
        !read_hex(line.substr(1), sealed.data(), sealed.size()))
      return false;
    KeyPointer key = new_key();
    const Time time = from_millis(until);
    if (std::ranges::none_of(keys, [&](const KeyPointer& by) {
          return decrypt(key->bytes, sealed, bound_to(time), by->bytes);
        }))
      return false;
    key->name();
    kept.push_back({std::move(key), time});
    return true;
  };
  bool good = true;
  for (size_t at = 0; at < text.size() && good;) {
    const std::string_view line = text.substr(at, std::min(text.find('\n', at), text.size()) - at);
    at += line.size() + 1;
    if (line.starts_with(kKeptBegins)) {
      good = read_kept(line.substr(kKeptBegins.size()));
      continue;
    }
    KeyPointer key = new_key();
    good = read_hex(line, key->bytes, kKeyBytes);
    key->name();
    keys.push_back(std::move(key));
  }
  if (good && !keys.empty()) return {};
  return key_error(ErrorKind::kInvalid, "master_key_wrong",
                   "this is no file of master keys: 64 hex digits a line, and perhaps kept keys", key_file_,
                   "put the right file back");
}

// Beside the file, made durable, then moved over it.
Result<void> Vault::write(const std::vector<const LockedKey*>& keys, const std::vector<Kept>& kept) {
  const std::string part = key_file_ + ".part";
  const auto failed = [&] {
    return key_error(ErrorKind::kUnavailable, "master_key_unwritable",
                     fmt::format("the master key's file cannot be written: {}", std::strerror(errno)),
                     key_file_,
                     "let this user write there; a systemd credential is changed where it is kept");
  };
  std::string text;
  text.reserve(kFileBytesMax);  // so that no copy of a key stays behind
  for (const LockedKey* key : keys) text += hex_line(key->view());
  for (const Kept& old : kept) {
    Bytes sealed;
    append_encrypted(sealed, old.key->view(), bound_to(old.until), keys.front()->bytes);
    text += fmt::format("{}{} {}", kKeptBegins, to_millis(old.until), hex_line(sealed));
  }
  ::unlink(part.c_str());
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  wipe(text);
  if (!written || !sync_file(fd) || ::rename(part.c_str(), key_file_.c_str()) != 0) return failed();
  const std::string folder = std::filesystem::absolute(key_file_).parent_path().string();
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || !sync_file(directory)) return failed();
  return {};
}

Result<void> Vault::ready(bool anything_sealed) {
  const auto loaded = load();
  const bool missing = !loaded.ok() && loaded.error().code == "no_master_key" && !key_file_.empty() &&
                       ::access(key_file_.c_str(), F_OK) != 0 && errno == ENOENT;
  if (loaded.ok() || !missing || anything_sealed) return loaded;
  return add_key();
}

Result<void> Vault::add_key() {
  KeyPointer key = random_key();
  std::vector<const LockedKey*> all{key.get()};
  for (const KeyPointer& old : keys_) all.push_back(old.get());
  TRY(write(all, kept_));
  keys_.insert(keys_.begin(), std::move(key));
  return {};
}

Result<void> Vault::drop_old_keys(Time keep_until, Time now) {
  TRY(load());
  for (size_t i = 1; i < keys_.size() && keep_until > now; ++i)
    kept_.push_back({std::move(keys_[i]), keep_until});
  keys_.resize(1);
  std::erase_if(kept_, [now](const Kept& old) { return old.until <= now; });
  auto written = write({keys_.front().get()}, kept_);
  // What the file says counts.
  if (!written) keys_.clear();
  return written;
}

Result<void> Vault::forget_kept(Time now) {
  TRY(load());
  if (std::ranges::none_of(kept_, [now](const Kept& old) { return old.until <= now; })) return {};
  std::erase_if(kept_, [now](const Kept& old) { return old.until <= now; });
  std::vector<const LockedKey*> all;
  for (const KeyPointer& key : keys_) all.push_back(key.get());
  return write(all, kept_);
}

Result<std::vector<Vault::KeptKey>> Vault::kept() {
  TRY(load());
  std::vector<KeptKey> all;
  for (const Kept& old : kept_) all.push_back({old.key->id, old.until});
  return all;
}

Result<KeyPointer> Vault::backup_key() {
  TRY(load());
  return backup_key(keys_.front()->id);
}

Result<KeyPointer> Vault::backup_key(const KeyId& id) {
  TRY(load());
  const LockedKey* const master = find(id);
  if (master == nullptr)
    return key_error(
        ErrorKind::kNotFound, "other_master_key",
        fmt::format("the backup was sealed under the master key {}, which is not in this file", to_hex(id)),
        key_file_, "put the file with that key there; without it the backup does not open");
  KeyPointer key = new_key();
  crypto_kdf_derive_from_key(key->bytes, kKeyBytes, kBackupKeyNumber, kBackupContext, master->bytes);
  key->id = master->id;
  return key;
}

Result<size_t> Vault::keys() {
  TRY(load());
  return keys_.size();
}

const LockedKey* Vault::find(ByteView id) const {
  const auto is = [&](const KeyPointer& key) { return std::ranges::equal(key->id, id); };
  for (const KeyPointer& key : keys_)
    if (is(key)) return key.get();
  for (const Kept& old : kept_)
    if (is(old.key)) return old.key.get();
  return nullptr;
}

bool Vault::sealed_by_first(ByteView sealed) {
  return load().ok() && sealed.size() > kSealedAt && find(id_in(sealed)) == keys_.front().get();
}

Result<Bytes> Vault::seal(const Place& place, const Secret& secret) {
  TRY(load());
  const LockedKey& master = *keys_.front();
  const KeyPointer data_key = random_key();
  Bytes out{kFormat};
  append(out, master.id);
  append_encrypted(out, {data_key->bytes, kKeyBytes}, bound_to(place, master.id), master.bytes);
  append_encrypted(out, as_bytes(secret.reveal()), bound_to(place, {}), data_key->bytes);
  return out;
}

Result<KeyPointer> Vault::unwrap(const Place& place, ByteView sealed) {
  TRY(load());
  if (sealed.size() < kSealedAt + kNonceBytes + kTagBytes || sealed[0] != kFormat) return damaged();
  const LockedKey* master = find(id_in(sealed));
  if (master == nullptr)
    return key_error(ErrorKind::kAuth, "other_master_key", "the secret was sealed by another master key",
                     key_file_, "put that key back, or sign in again");
  KeyPointer data_key = new_key();
  if (!decrypt(data_key->bytes, sealed.subspan(kWrappedAt, kSealedAt - kWrappedAt),
               bound_to(place, master->id), master->bytes))
    return damaged();
  return data_key;
}

Result<Secret> Vault::open(const Place& place, ByteView sealed) {
  const KeyPointer data_key = TRY(unwrap(place, sealed));
  std::string text(sealed.size() - kSealedAt - kNonceBytes - kTagBytes, '\0');
  const bool whole = decrypt(reinterpret_cast<uint8_t*>(text.data()), sealed.subspan(kSealedAt),
                             bound_to(place, {}), data_key->bytes);
  if (!whole) return damaged();
  return Secret(std::move(text));
}

Result<Bytes> Vault::rewrap(const Place& place, ByteView sealed) {
  const KeyPointer data_key = TRY(unwrap(place, sealed));
  const LockedKey& master = *keys_.front();
  Bytes out{kFormat};
  append(out, master.id);
  append_encrypted(out, {data_key->bytes, kKeyBytes}, bound_to(place, master.id), master.bytes);
  append(out, sealed.subspan(kSealedAt));
  return out;
}

}  // namespace pinrelay::credentials
