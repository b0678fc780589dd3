// fuzz_coverage: the same targets, driven by libFuzzer. See README.md.
//
//   fuzz_coverage                                          the names of the targets, a line each
//   fuzz_coverage TARGET FOLDER [options of libFuzzer…]    FOLDER: where inputs are kept
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

void choose(std::string_view name, const std::string& folder) {
  for (const Target& target : all_targets()) {
    if (target.name != name) continue;
    write_start(target, folder);
    run() = target.start();
    return;
  }
  std::fprintf(stderr, "fuzz_coverage: there is no such target\n");
  std::exit(2);
}

}  // namespace
}  // namespace pinrelay::fuzz

// What libFuzzer calls first; the names of targets are none of its arguments.
extern "C" int LLVMFuzzerInitialize(int* count, char*** words) {
  if (*count < 3) pinrelay::fuzz::list_targets();
  pinrelay::fuzz::choose((*words)[1], (*words)[2]);
  for (int i = 1; i + 1 < *count; ++i) (*words)[i] = (*words)[i + 1];
  --*count;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  pinrelay::fuzz::run()({reinterpret_cast<const char*>(data), size});
  return 0;
}
