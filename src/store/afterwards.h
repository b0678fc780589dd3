// What must not come back with a backup: who was erased, and which tokens, keys, users and passwords were
// taken away. It is a small file of its own, best on another disk than the store, that only grows; a restore
// plays into the store what the file has noted since the backup. The file names nobody: it holds keyed
// hashes, and the key lies in the store and its backups.
//
//   "PRAFTER1" | id (8) | number of the entry before the first (8) | zeros (24) | MAC (16)
//   entries: number (8) | noted at (8) | at (8) | kind (1) | role (1) | zeros (6) | whom (16) | MAC (16)
//
// Every MAC is made with a key that belongs to the store and covers the file's id, so neither an entry nor a
// file of another store passes for one of ours. Zeros at the end are what a crash cut off: nobody was told
// that it is done, and it is written over.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/sha256.h"
#include "store/person.h"
#include "store/rows.h"

namespace pinrelay::store {

// The numbers are stored.
enum class AfterwardKind : uint8_t {
  kErased = 1,  // a person; `at` is the deletion's
  kTokenEnded = 2,
  kTokenLowered = 3,  // to `role`
  kWriteKeyEnded = 4,
  kUserEnded = 5,
  kUserLowered = 6,  // to `role`
  kPasswordEnded = 7,
};

struct Afterward {
  AfterwardKind kind{};
  ProfileId whom{};  // a person's id, or the keyed hash of a row's identity
  int64_t at = 0;
  Role role = Role::kNobody;
  int64_t number = 0;  // note() gives it, and the time
  Time noted{};
};

// Makes the hashes and MACs of one store.
class AfterwardKeys {
 public:
  explicit AfterwardKeys(std::string profile_secret);
  ProfileId person(std::string_view key) const;
  // A token or write key by its hash, a user by the number.
  ProfileId row(AfterwardKind kind, ByteView identity) const;
  static Bytes user_identity(int64_t number);
  std::array<uint8_t, 16> mac(int64_t id, ByteView bytes) const;
  // The deletions among changes as ChangeWriter writes them. Others cost a step over the row.
  void erasures_in(ByteView changes, std::vector<Afterward>& out) const;

 private:
  std::string secret_, mac_key_;
};

class Afterwards {
 public:
  // The file that belongs to these keys and has this id (0: any): `path`, or one beside it that begins with
  // its name. kNotFound: there is none; kCorrupt: there is one, and it is damaged.
  static Result<std::unique_ptr<Afterwards>> find(const std::string& path, const AfterwardKeys& keys,
                                                  int64_t id);
  // The file at `path` for a store that is in use. One of that id which was moved aside comes back; another
  // one is moved aside; without any, a new one begins.
  static Result<std::unique_ptr<Afterwards>> open(const std::string& path, const AfterwardKeys& keys,
                                                  int64_t id, bool durable);
  ~Afterwards();
  Afterwards(const Afterwards&) = delete;
  Afterwards& operator=(const Afterwards&) = delete;

  const std::string& path() const { return path_; }
  int64_t id() const { return id_; }
  const AfterwardKeys& keys() const { return keys_; }
  // The number of the last entry, and of the one before the first that is still there. Thread-safe.
  int64_t last() const;
  int64_t before_first() const;

  // On the disk when it returns. Thread-safe. An error: none of them is noted.
  Result<void> note(std::vector<Afterward> entries, Time now);
  // The entries with a greater number, in order, until visit returns false. kCorrupt: one was altered.
  Result<void> each(int64_t after, const std::function<bool(const Afterward&)>& visit) const;
  // Entries at the beginning that were noted before that go; the file is written anew for a day's worth.
  Result<void> drop_before(Time time);

 private:
  Afterwards(std::string path, AfterwardKeys keys) : path_(std::move(path)), keys_(std::move(keys)) {}
  static Result<std::unique_ptr<Afterwards>> read(const std::string& path, const AfterwardKeys& keys,
                                                  bool write);
  static Result<std::unique_ptr<Afterwards>> begin(const std::string& path, const AfterwardKeys& keys,
                                                   bool durable);
  Bytes header(int64_t before_first) const;
  Bytes encoded(const Afterward& entry) const;
  bool is_blank(int64_t index) const;
  std::optional<Afterward> entry(int64_t index) const;
  Result<void> write_anew(int64_t from);

  std::string path_;
  const AfterwardKeys keys_;
  int64_t id_ = 0;
  bool durable_ = true;
  mutable std::mutex mutex_;  // guards what follows
  int fd_ = -1;
  int64_t before_first_ = 0, count_ = 0;
};

}  // namespace pinrelay::store
