// fuzz_inputs: generated inputs for every parser that faces the outside. See README.md.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <optional>

#include "runner.h"

namespace pinrelay::fuzz {
namespace {

constexpr const char* kUsage =
    "fuzz_inputs --inputs 250000 --seed 1 [--target NAME] [--out DIRECTORY]\n"
    "fuzz_inputs --target NAME --replay FILE\n";

struct Arguments {
  uint64_t inputs = 250'000;
  std::string target, replay;
  RunnerOptions runner;
};

bool read_number(std::string_view text, uint64_t& out) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc() && end == text.data() + text.size();
}

std::optional<Arguments> read_arguments(int count, char** words) {
  Arguments out;
  out.runner.program = words[0];
  out.runner.corpus = FUZZ_CORPUS;
  out.runner.out_directory = std::filesystem::absolute(words[0]).parent_path();
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    if (i + 1 == count) return {};
    const std::string value = words[i + 1];
    bool known = true;
    if (name == "--inputs")
      known = read_number(value, out.inputs);
    else if (name == "--seed")
      known = read_number(value, out.runner.seed);
    else if (name == "--target")
      out.target = value;
    else if (name == "--replay")
      out.replay = value;
    else if (name == "--out")
      out.runner.out_directory = value;
    else
      known = false;
    if (!known) return {};
  }
  if (!out.replay.empty() && out.target.empty()) return {};
  return out;
}

// Those to run: the named one, or all that have a share.
std::vector<Target> choose(const std::string& name) {
  std::vector<Target> chosen;
  for (Target& target : all_targets())
    if (name.empty() ? target.share > 0 : target.name == name) chosen.push_back(std::move(target));
  return chosen;
}

int run(const std::vector<Target>& targets, const Arguments& arguments) {
  uint64_t shares = 0;
  for (const Target& target : targets) shares += target.share;
  Tally total;
  for (const Target& target : targets) {
    const uint64_t share = shares == 0 ? 1 : shares;
    const uint64_t inputs =
        shares == 0 ? arguments.inputs : (arguments.inputs * target.share + share - 1) / share;
    const auto begin = std::chrono::steady_clock::now();
    const Tally tally = run_target(target, inputs, arguments.runner);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    fmt::print("fuzz: {:<13} {:>8} inputs {:>4} of the corpus {:>6.1f} s {} crashes\n", target.name,
               tally.inputs, tally.kept, took.count(), tally.crashes);
    std::fflush(stdout);
    total.inputs += tally.inputs;
    total.kept += tally.kept;
    total.crashes += tally.crashes;
  }
  fmt::print("fuzz: {} inputs, {} of the corpus, {} targets, {} crashes\n", total.inputs, total.kept,
             targets.size(), total.crashes);
  return total.crashes == 0 ? 0 : 1;
}

int main_of(int count, char** words) {
  const auto arguments = read_arguments(count, words);
  const std::vector<Target> targets = arguments ? choose(arguments->target) : std::vector<Target>{};
  if (targets.empty()) {
    fmt::print(stderr, "{}targets:", kUsage);
    for (const Target& target : all_targets()) fmt::print(stderr, " {}", target.name);
    fmt::print(stderr, "\n");
    return 2;
  }
  if (arguments->replay.empty()) return run(targets, *arguments);
  if (replay(targets[0], arguments->replay)) return 0;
  fmt::print(stderr, "fuzz_inputs: cannot read {}\n", arguments->replay);
  return 2;
}

}  // namespace
}  // namespace pinrelay::fuzz

int main(int count, char** words) { return pinrelay::fuzz::main_of(count, words); }
