// Byte buffers and the small encodings the store's blobs are made of: little-endian numbers, varints, hex.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinrelay {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;
// A SHA-256 digest, raw.
using Hash = std::array<uint8_t, 32>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The first eight bytes, of at least as many, as a number that sorts as they do.
inline uint64_t sort_prefix(ByteView bytes) {
  uint64_t word;
  std::memcpy(&word, bytes.data(), sizeof word);
  return __builtin_bswap64(word);
}

inline void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

template <typename T>
void append_fixed(Bytes& out, T value) {
  const size_t at = out.size();
  out.resize(at + sizeof value);
  std::memcpy(out.data() + at, &value, sizeof value);
}

inline void append_varint(Bytes& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

inline void append_sized(Bytes& out, ByteView bytes) {
  append_varint(out, bytes.size());
  append(out, bytes);
}

// Reads what the functions above wrote. After a read past the end `ok()` is false and every read gives zero
// or nothing.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  const uint8_t* position() const { return at_; }

  template <typename T>
  T fixed() {
    T value{};
    if (!have(sizeof value)) return value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && have(1); shift += 7) {
      const uint8_t byte = *at_++;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }
  ByteView bytes(size_t size) {
    if (!have(size)) return {};
    at_ += size;
    return {at_ - size, size};
  }
  ByteView sized() { return bytes(static_cast<size_t>(varint())); }

 private:
  bool have(size_t size) {
    if (static_cast<size_t>(end_ - at_) >= size) return true;
    fail();
    return false;
  }
  void fail() { ok_ = false, at_ = end_; }

  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

// With padding, as RFC 4648 §4.
std::string to_base64(ByteView bytes);
// False when `text` is not exactly that.
bool parse_base64(std::string_view text, Bytes& out);
// Lower-case hex, two characters a byte.
std::string to_hex(ByteView bytes);
// Appends the 64 characters of a digest.
void append_hex(std::string& out, const Hash& hash);
// Accepts either case; false when `text` is not exactly 64 hex digits.
bool parse_hex(std::string_view text, Hash& out);

}  // namespace pinrelay
