// Secrets at rest. Each is encrypted with a data key of its own (XChaCha20-Poly1305), and the data keys with
// a master key that lies in a file outside the store, so that a backup without it opens nothing. Both
// encryptions are bound to where the secret lies: moved to another row, column or version it does not open.
//
//   sealed = 1 | id of the master key (8) | nonce (24) | data key, wrapped (48) | nonce (24) | secret, sealed
//
// The master key's file holds one key a line, in hex. The first seals; the others only open what a rotation
// has not come to yet.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace pinrelay::credentials {

// Where a secret lies.
struct Place {
  std::string_view table;
  int64_t row = 0;
  std::string_view column;
  int64_t version = 0;  // of the row
};

class Vault {
 public:
  // `key_file` is read when it is first needed.
  explicit Vault(std::string key_file) : key_file_(std::move(key_file)) {}

  // Makes the key's file (mode 0600) when there is none and `anything_sealed` is false: with sealed secrets a
  // missing key has to be put back, not replaced.
  Result<void> ready(bool anything_sealed);
  Result<Bytes> seal(const Place& place, const Secret& secret);
  // kAuth: sealed by a key that the file does not hold; kCorrupt: altered, or from another place.
  Result<Secret> open(const Place& place, ByteView sealed);
  // The same secret, its data key wrapped by the first key of the file.
  Result<Bytes> rewrap(const Place& place, ByteView sealed);
  bool sealed_by_first(ByteView sealed);

  // A rotation: writes a new key before the present one, and later leaves only the first. Either is one
  // rename: a kill leaves a file that opens everything.
  Result<void> add_key();
  Result<void> drop_old_keys();
  Result<size_t> keys();  // in the file

  const std::string& key_file() const { return key_file_; }

 private:
  // In memory that is locked and wiped.
  struct Key;
  struct Wipe {
    void operator()(Key* key) const;
  };
  using KeyPointer = std::unique_ptr<Key, Wipe>;

  Result<void> load();
  Result<void> write(const std::vector<const Key*>& keys);
  static KeyPointer new_key();
  const Key* find(ByteView sealed) const;
  Result<KeyPointer> unwrap(const Place& place, ByteView sealed);

  const std::string key_file_;
  std::vector<KeyPointer> keys_;
};

}  // namespace pinrelay::credentials
