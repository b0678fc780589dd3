// fuzz_coverage: the same targets, driven by libFuzzer, whose arguments it takes. See README.md. The rest is
// in the environment, which the processes that libFuzzer starts have, too:
//
//   FUZZ_TARGET   the target's name; without it, all names are printed, a line each
//   FUZZ_START    a folder, made for the files that inputs begin with; FOLDER.words is for -dict
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/result.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

// libFuzzer has functions to call, not objects.
Run& run() {
  static Run chosen;
  return chosen;
}

[[noreturn]] void list_targets() {
  for (const Target& target : all_targets()) std::printf("%s\n", std::string(target.name).c_str());
  std::exit(0);
}

std::string escaped(const std::string& word) {
  std::string out = "\"";
  for (const char c : word) {
    char hex[5];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += hex;
  }
  return out + "\"\n";
}

// What generated inputs are made from, as libFuzzer takes it.
void write_start(const Target& target, const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (size_t i = 0; i < target.seeds.size(); ++i)
    std::ofstream(folder + "/seed-" + std::to_string(i), std::ios::binary) << target.seeds[i];
  std::ofstream words(folder + ".words");
  for (const std::string& word : target.words)
    if (!word.empty()) words << escaped(word);
}

void choose(std::string_view name) {
  for (const Target& target : all_targets()) {
    if (target.name != name) continue;
    if (const char* folder = std::getenv("FUZZ_START")) write_start(target, folder);
    run() = target.start();
    return;
  }
  std::fprintf(stderr, "fuzz_coverage: there is no such target\n");
  std::exit(2);
}

}  // namespace
}  // namespace pinrelay::fuzz

// What libFuzzer calls first.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* target = std::getenv("FUZZ_TARGET");
  if (target == nullptr) pinrelay::fuzz::list_targets();
  pinrelay::fuzz::choose(target);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  pinrelay::fuzz::run()({reinterpret_cast<const char*>(data), size});
  return 0;
}
