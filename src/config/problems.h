// Collects what is wrong with a configuration: every problem has one of the stable codes listed here.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace pinrelay::config {

// Where something stands in the file, from 1. Columns count bytes.
struct Position {
  int line = 1, column = 1;
};

struct Code {
  std::string_view name, meaning;
  bool more_rules = false;  // only a load with MoreRules finds it
  bool apart = false;       // a warning, or found by lint alone
};
// Every code a Problem can have, with what it means, for the reference page.
std::span<const Code> problem_codes();

// Keeps at most kProblemsMax, so that a hostile file cannot make the list larger than itself.
class Problems {
 public:
  static constexpr size_t kProblemsMax = 200;

  // `wrong` gives code, message and fix.
  void add(Position at, std::string_view path, const Error& wrong);
  // Whether something was already wrong at `path` or below it.
  bool within(std::string_view path) const;
  // Whether further problems are only counted.
  bool full() const { return list_.size() >= kProblemsMax; }
  bool empty() const { return list_.empty(); }
  // In the order of the file.
  std::vector<Problem> take();

 private:
  std::vector<Problem> list_;
  size_t dropped_ = 0;
};

// `text` for a message: in quotes, shortened, without control characters.
std::string quoted(std::string_view text);

}  // namespace pinrelay::config
