#include "credentials/password.h"

#include <sodium.h>
#include <zxcvbn.h>

#include <algorithm>
#include <set>

namespace pinrelay::credentials {
namespace {

constexpr size_t kCharactersMin = 12, kBytesMax = 512;
constexpr size_t kDifferentMin = 5;
constexpr double kBitsMin = 33;  // ten thousand million guesses
// Of the beginning. What repeats takes time by the length's fourth power: 10 ms here, 2 s for 100 bytes.
constexpr size_t kBytesGuessed = 32;
constexpr auto kPasses = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr auto kMemory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Error weak(std::string message, std::string fix) {
  return {ErrorKind::kInvalid, "weak_password", std::move(message), "password", std::move(fix)};
}

// How many guesses it takes who tries lists of passwords, words, names, dates, rows of keys and repetitions,
// as a power of two.
double guess_bits(std::string_view user, std::string_view text) {
  std::string begin(text.substr(0, kBytesGuessed)), name(user);
  std::ranges::replace(begin, '\0', ' ');  // which would end it there
  const char* words[] = {"pinrelay", name.c_str(), nullptr};
  const double bits = ZxcvbnMatch(begin.c_str(), words, nullptr);
  wipe(begin);
  return bits;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

Result<void> check_password(std::string_view user, const Secret& password) {
  const std::string& text = password.reveal();
  if (text.size() > kBytesMax) return weak("the password is longer than 512 bytes", "shorten it");
  if (characters(text) < kCharactersMin)
    return weak("the password has fewer than 12 characters",
                "take several words that do not belong together");
  if (std::set<char>(text.begin(), text.end()).size() < kDifferentMin)
    return weak("the password has fewer than 5 different characters", "take words instead");
  std::string small = lowered(text);
  const bool guessable = small.find("password") != std::string::npos ||
                         small.find("pinrelay") != std::string::npos ||
                         (!user.empty() && small.find(lowered(user)) != std::string::npos);
  wipe(small);
  if (guessable)
    return weak("the password holds the user's name, 'pinrelay' or 'password'", "leave that out");
  if (guess_bits(user, text) < kBitsMin)
    return weak("the password is easily guessed: it is a common one, or made of common parts",
                "take four words that do not belong together, or let a password manager make one");
  return {};
}

std::string hash_password(const Secret& password) {
  CHECK(sodium_init() >= 0);
  char hash[crypto_pwhash_STRBYTES];
  // Fails only without memory.
  CHECK(crypto_pwhash_str(hash, password.reveal().data(), password.reveal().size(), kPasses, kMemory) == 0);
  return hash;
}

bool password_fits(const std::string& hash, const Secret& password) {
  CHECK(sodium_init() >= 0);
  static const std::string nobodys = hash_password(Secret(std::string_view("of nobody")));
  const std::string& against = hash.empty() ? nobodys : hash;
  const bool fits =
      crypto_pwhash_str_verify(against.c_str(), password.reveal().data(), password.reveal().size()) == 0;
  return fits && !hash.empty();
}

bool hash_is_dated(const std::string& hash) {
  return crypto_pwhash_str_needs_rehash(hash.c_str(), kPasses, kMemory) != 0;
}

}  // namespace pinrelay::credentials
