// The true content of a customer list: a set of raw 32-byte hashes, made for tens of millions of them. It is
// cut into 256 open-addressing tables by the first byte, so that growing moves little at once and a sorted
// walk needs the memory of one table only. Not thread-safe.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace pinrelay::sim {

class HashSet {
 public:
  // True when the set changed.
  bool insert(const Hash& hash);
  bool erase(const Hash& hash);
  bool contains(const Hash& hash) const;
  size_t size() const { return size_; }

  // Many at once: faster, since the memory of the next ones is fetched meanwhile.
  void insert(std::span<const Hash> hashes);
  void erase(std::span<const Hash> hashes);

  // Ascending; first bytes from `first` to `last`.
  template <typename Visit>
  void for_each_sorted(Visit visit, unsigned first = 0, unsigned last = 255) const {
    for (unsigned i = first; i <= last && i < shards_.size(); ++i) {
      for (const Hash& hash : shards_[i].sorted()) visit(hash);
    }
  }
  std::vector<Hash> sorted() const;
  // SHA-256, in hex, of the members as lower-case hex lines in ascending order: what
  // `curl …/members | sha256sum` prints. Sorts everything: seconds for 10 million.
  std::string digest() const;

 private:
  struct Shard {
    std::vector<Hash> slots;  // a power of two of them; all zeros = empty
    size_t used = 0;
    bool has_zero = false;  // whether the hash of all zeros is a member

    size_t home(const Hash& hash) const;
    size_t find(const Hash& hash) const;  // its slot, or the empty one where it belongs
    bool insert(const Hash& hash);
    bool erase(const Hash& hash);
    void grow();
    std::vector<Hash> sorted() const;
  };
  void prefetch(const Hash& hash) const;

  std::vector<Shard> shards_;  // none until the first insert
  size_t size_ = 0;
};

}  // namespace pinrelay::sim
