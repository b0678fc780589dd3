// In which encoding a text is, and reading it as UTF-8. By ICU.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinrelay::sources {

// The name under which an encoding is kept: "" for UTF-8. kInvalid: unknown, or one whose text cannot be read
// from its middle on.
Result<std::string> canonical_encoding(const std::string& name);

// By a byte order mark, or by the zeros that UTF-16 has where UTF-8 has none: "UTF-16LE", "UTF-16BE"; else
// "".
std::string utf16_of(std::string_view beginning);

// Looks through a text that should be UTF-8, piece by piece.
class Utf8Survey {
 public:
  void add(std::string_view piece);
  // Nothing that follows can change is_another_encoding() any more.
  bool settled() const { return valid_; }
  // Of a whole text: bytes beyond ASCII, and nowhere as UTF-8 has them: no damage, but another encoding.
  bool is_another_encoding() const { return (damaged_ || !rest_.empty()) && !valid_; }
  // The likely one.
  std::string likely_encoding() const;

 private:
  std::string rest_;    // a character that the last piece cut off
  std::string sample_;  // around the first bytes that are not UTF-8
  bool valid_ = false, damaged_ = false;
};

// Turns text in an encoding into UTF-8. What is no character becomes the byte kDamaged, which is never UTF-8.
class Decoder {
 public:
  explicit Decoder(const std::string& encoding);
  ~Decoder();

  // Appends what `from` holds to `to` and returns how much of it was read: not a character that its end cuts
  // off, unless nothing follows (`is_last`).
  size_t decode(std::string_view from, bool is_last, std::string& to);
  // Where in `from`, as it was decoded, the byte of the text at `offset` comes from.
  size_t place_of(std::string_view from, bool is_last, size_t offset);

  static constexpr char kDamaged = '\xff';

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pinrelay::sources
