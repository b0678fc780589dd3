// Secrets at rest. Each is encrypted with a data key of its own (XChaCha20-Poly1305), and the data keys with
// a master key that lies in a file outside the store, so that a backup without it opens nothing. Both
// encryptions are bound to where the secret lies: moved to another row, column or version it does not open.
//
//   sealed = 1 | id of the master key (8) | nonce (24) | data key, wrapped (48) | nonce (24) | secret, sealed
//
// The master key's file holds one key a line, in hex. The first seals; the others only open what a rotation
// has not come to yet. Lines that begin with "kept" hold keys of earlier rotations, each sealed by the first
// and with the time it is kept until: they open what is older than the rotation, a backup above all.
//
// What a backup is sealed with is derived from a master key, and neither tells anything about the other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "credentials/locked_key.h"

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
  // The others are kept, sealed, until then; not at all where that is not later than `now`.
  Result<void> drop_old_keys(Time keep_until, Time now);
  Result<size_t> keys();  // in the file, without those that are kept
  // Forgets kept keys whose time is over.
  Result<void> forget_kept(Time now);
  struct KeptKey {
    KeyId id;
    Time until;
  };
  Result<std::vector<KeptKey>> kept();

  // For backups: derived from the first key of the file, or from the one of that id, kept ones included. The
  // id in the answer is the master key's. kNotFound: the file does not hold that one.
  Result<KeyPointer> backup_key();
  Result<KeyPointer> backup_key(const KeyId& master);

  const std::string& key_file() const { return key_file_; }

 private:
  struct Kept {
    KeyPointer key;
    Time until;
  };

  Result<void> load();
  Result<void> read_lines(std::string_view text, std::vector<KeyPointer>& keys, std::vector<Kept>& kept);
  Result<void> write(const std::vector<const LockedKey*>& keys, const std::vector<Kept>& kept);
  const LockedKey* find(ByteView id) const;
  Result<KeyPointer> unwrap(const Place& place, ByteView sealed);

  const std::string key_file_;
  std::vector<KeyPointer> keys_;
  std::vector<Kept> kept_;
};

}  // namespace pinrelay::credentials
