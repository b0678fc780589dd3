// Several files in one that is encrypted and authenticated as a stream: libsodium's secretstream
// (XChaCha20-Poly1305) in pieces of 64 KiB, so a file of any size takes little memory. A piece that was
// altered, left out, doubled or moved does not open, and neither does a file without its last piece or with
// anything behind it.
//
//   "PRBACKUP" | version | what opens it | id of the master key (8) | salt (16) | header of the stream (24)
//   pieces; opened, one after the other: size of the name (2) | name | size (8) | content
//
// What stands in clear before the pieces is bound to the first of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "credentials/locked_key.h"

namespace pinrelay::credentials {

enum class SealedBy : uint8_t { kMasterKey = 1, kPassphrase = 2 };

// What a sealed file says in clear.
struct SealedHead {
  SealedBy by = SealedBy::kMasterKey;
  KeyId key_id{};                  // of the master key
  std::array<uint8_t, 16> salt{};  // of the passphrase
};

struct NamedFile {
  std::string name, path;
};

// Makes `to` (mode 0600) of the files: puts it on the disk under another name, reads it back, compares what
// opens with the files, and only then gives it its name.
Result<void> seal_files(const std::vector<NamedFile>& files, const std::string& to, const SealedHead& head,
                        const LockedKey& key);
// kNotFound: there is no such file; kCorrupt: it does not begin as one.
Result<SealedHead> read_sealed_head(const std::string& path);
// Makes each of the files at the path that `place` gives for its name; "" leaves it out. Until this returns
// without an error nothing in them counts. kCorrupt: altered, or cut off; kAuth: the passphrase is wrong.
Result<void> unseal_files(const std::string& from, const LockedKey& key,
                          const std::function<std::string(const std::string& name)>& place);

// The head of a file that a passphrase opens, with a new salt.
SealedHead passphrase_head();
// Argon2id, 256 MiB and three passes: takes about a second. kUnavailable: there is not so much memory.
Result<KeyPointer> passphrase_key(const Secret& passphrase, const SealedHead& head);

}  // namespace pinrelay::credentials
