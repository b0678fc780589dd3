#include "credentials/vault.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace pinrelay::credentials {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kIdBytes = 8;
constexpr size_t kWrappedAt = 1 + kIdBytes, kSealedAt = kWrappedAt + kNonceBytes + kKeyBytes + kTagBytes;
constexpr size_t kFileBytesMax = 4'096;

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

bool sync_file(int fd) { return ::fsync(fd) == 0 && ::close(fd) == 0; }

}  // namespace

struct Vault::Key {
  uint8_t bytes[kKeyBytes];
  uint8_t id[kIdBytes];

  ByteView id_view() const { return {id, kIdBytes}; }
  // Which key it is, telling nothing of it.
  void name() {
    uint8_t digest[crypto_generichash_BYTES_MIN];
    crypto_generichash(digest, sizeof digest, bytes, kKeyBytes, nullptr, 0);
    std::memcpy(id, digest, kIdBytes);
  }
};

void Vault::Wipe::operator()(Key* key) const { sodium_free(key); }

// Of memory that libsodium locks, fences, and wipes when it is given back.
Vault::KeyPointer Vault::new_key() {
  CHECK(sodium_init() >= 0);
  auto* const key = static_cast<Key*>(sodium_malloc(sizeof(Key)));
  CHECK(key != nullptr);
  return KeyPointer(key);
}

Result<void> Vault::load() {
  if (!keys_.empty()) return {};
  if (key_file_.empty())
    return key_error(ErrorKind::kNotFound, "no_master_key", "the master key's credential was not given",
                     "CREDENTIALS_DIRECTORY", "start it as a systemd unit with LoadCredential=");
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
  bool good = true;
  for (size_t at = 0; at < text.size() && good;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    KeyPointer key = new_key();
    size_t read = 0;
    good = sodium_hex2bin(key->bytes, kKeyBytes, text.data() + at, end - at, nullptr, &read, nullptr) == 0 &&
           read == kKeyBytes;
    key->name();
    keys.push_back(std::move(key));
    at = end + 1;
  }
  wipe(text);
  if (!good || keys.empty())
    return key_error(ErrorKind::kInvalid, "master_key_wrong", "this is no master key: 64 hex digits a line",
                     key_file_, "put the right file back");
  keys_ = std::move(keys);
  return {};
}

// Beside the file, made durable, then moved over it.
Result<void> Vault::write(const std::vector<const Key*>& keys) {
  const std::string part = key_file_ + ".part";
  const auto failed = [&] {
    return key_error(ErrorKind::kUnavailable, "master_key_unwritable",
                     fmt::format("the master key's file cannot be written: {}", std::strerror(errno)),
                     key_file_,
                     "let this user write there; a systemd credential is changed where it is kept");
  };
  std::string text;
  for (const Key* key : keys) {
    char hex[2 * kKeyBytes + 1];
    sodium_bin2hex(hex, sizeof hex, key->bytes, kKeyBytes);
    text.append(hex).append("\n");
    sodium_memzero(hex, sizeof hex);
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
  KeyPointer key = new_key();
  randombytes_buf(key->bytes, kKeyBytes);
  key->name();
  std::vector<const Key*> all{key.get()};
  for (const KeyPointer& old : keys_) all.push_back(old.get());
  TRY(write(all));
  keys_.insert(keys_.begin(), std::move(key));
  return {};
}

Result<void> Vault::drop_old_keys() {
  TRY(load());
  TRY(write({keys_.front().get()}));
  keys_.resize(1);
  return {};
}

Result<size_t> Vault::keys() {
  TRY(load());
  return keys_.size();
}

const Vault::Key* Vault::find(ByteView sealed) const {
  for (const KeyPointer& key : keys_)
    if (std::memcmp(sealed.data() + 1, key->id, kIdBytes) == 0) return key.get();
  return nullptr;
}

bool Vault::sealed_by_first(ByteView sealed) {
  return load().ok() && sealed.size() > kSealedAt && find(sealed) == keys_.front().get();
}

Result<Bytes> Vault::seal(const Place& place, const Secret& secret) {
  TRY(load());
  const Key& master = *keys_.front();
  const KeyPointer data_key = new_key();
  randombytes_buf(data_key->bytes, kKeyBytes);
  Bytes out{kFormat};
  append(out, master.id_view());
  append_encrypted(out, {data_key->bytes, kKeyBytes}, bound_to(place, master.id_view()), master.bytes);
  append_encrypted(out, as_bytes(secret.reveal()), bound_to(place, {}), data_key->bytes);
  return out;
}

Result<Vault::KeyPointer> Vault::unwrap(const Place& place, ByteView sealed) {
  TRY(load());
  if (sealed.size() < kSealedAt + kNonceBytes + kTagBytes || sealed[0] != kFormat) return damaged();
  const Key* master = find(sealed);
  if (master == nullptr)
    return key_error(ErrorKind::kAuth, "other_master_key", "the secret was sealed by another master key",
                     key_file_, "put that key back, or sign in again");
  KeyPointer data_key = new_key();
  if (!decrypt(data_key->bytes, sealed.subspan(kWrappedAt, kSealedAt - kWrappedAt),
               bound_to(place, master->id_view()), master->bytes))
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
  const Key& master = *keys_.front();
  Bytes out{kFormat};
  append(out, master.id_view());
  append_encrypted(out, {data_key->bytes, kKeyBytes}, bound_to(place, master.id_view()), master.bytes);
  append(out, sealed.subspan(kSealedAt));
  return out;
}

}  // namespace pinrelay::credentials
