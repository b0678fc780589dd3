// Text that must not get out: a token, a key, a password. It has no way to be printed, formatted, logged or
// turned into JSON (secret_test.cc holds the compiler to that); who needs the text says reveal(). It is wiped
// when it goes.
#pragma once

#include <openssl/crypto.h>

#include <string>
#include <utility>

namespace pinrelay {

// Overwrites the text, its spare room included.
inline void wipe(std::string& text) {
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string&& text) : text_(text) { wipe(text); }
  explicit Secret(std::string_view text) : text_(text) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
  Secret& operator=(const Secret& other) {
    if (this != &other) wipe(text_), text_ = other.text_;
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) wipe(text_), text_ = std::move(other.text_), wipe(other.text_);
    return *this;
  }
  ~Secret() { wipe(text_); }

  bool empty() const { return text_.empty(); }
  // The text itself, for the one place that sends, seals or compares it.
  const std::string& reveal() const { return text_; }
  // In a time that tells nothing of where they differ.
  friend bool operator==(const Secret& a, const Secret& b) {
    return a.text_.size() == b.text_.size() &&
           CRYPTO_memcmp(a.text_.data(), b.text_.data(), a.text_.size()) == 0;
  }

 private:
  std::string text_;
};

}  // namespace pinrelay
