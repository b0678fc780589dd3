#include "cli/confirm.h"

#include <algorithm>

namespace pinrelay::cli {
namespace {

// A word as a shell reads it back.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

}  // namespace

Result<void> confirmed(const Arguments& arguments, std::string what_follows) {
  if (arguments.has("yes")) return {};
  return Error{ErrorKind::kConflict, kNotConfirmed, std::move(what_follows), "",
               "if that is what you want, repeat the command with --yes"};
}

std::string line_with_yes(const std::vector<std::string>& argv) {
  std::string line = "pinrelay";
  for (const std::string& word : argv) line += " " + shell_word(word);
  return line + " --yes";
}

}  // namespace pinrelay::cli
