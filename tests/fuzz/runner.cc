#include "runner.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/result.h"
#include "generator.h"

namespace pinrelay::fuzz {
namespace {

constexpr unsigned kHangSeconds = 10;
constexpr uint64_t kCrashesMax = 10;  // of one target; then it is given up

// What the worker is doing, in memory that outlives it.
struct Shared {
  uint64_t done;  // inputs that are through
  uint64_t size;
  char input[kInputBytesMax];
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() > kInputBytesMax) text.resize(kInputBytesMax);
  return text;
}

// In the order of their names, so that every machine generates the same from them.
std::vector<std::string> read_corpus(const std::string& directory, std::string_view target) {
  std::vector<std::string> paths, files;
  std::error_code missing;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory + "/" + std::string(target), missing))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) files.push_back(read_file(path));
  return files;
}

// The corpus, then what is generated.
struct Inputs {
  const Target& target;
  std::vector<std::string> corpus;
  uint64_t seed, total;

  std::string at(uint64_t index) const {
    return index < corpus.size() ? corpus[index] : generate(target, seed, index - corpus.size());
  }
};

// The worker process. It ends by exit(), so that the leak checker has its say.
[[noreturn]] void work(const Inputs& inputs, Shared& shared) {
  {
    alarm(kHangSeconds);
    const Run run = inputs.target.start();
    for (uint64_t index = shared.done; index < inputs.total; ++index) {
      const std::string input = inputs.at(index);
      std::memcpy(shared.input, input.data(), input.size());
      shared.size = input.size();
      alarm(kHangSeconds);
      run(input);
      shared.done = index + 1;
    }
    alarm(kHangSeconds);
  }
  std::exit(0);
}

// How the worker ended; "" = well.
std::string wait_for(pid_t worker) {
  int status = 0;
  while (waitpid(worker, &status, 0) < 0) CHECK(errno == EINTR);
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGALRM ? "hung" : strsignal(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  return code == 0 ? "" : fmt::format("exit code {}", code);
}

void report(const Inputs& inputs, const Shared& shared, const std::string& how,
            const RunnerOptions& options) {
  if (shared.done == inputs.total) {
    fmt::print("fuzz: {}: {} after the last input (a leak?)\n", inputs.target.name, how);
    return;
  }
  const std::string path =
      fmt::format("{}/fuzz-{}-{}-{}", options.out_directory, inputs.target.name, options.seed, shared.done);
  std::ofstream(path, std::ios::binary).write(shared.input, static_cast<std::streamsize>(shared.size));
  fmt::print("fuzz: {}: {} at input {} of seed {}; replay:\n  {} --target {} --replay {}\n",
             inputs.target.name, how, shared.done, options.seed, options.program, inputs.target.name, path);
}

}  // namespace

Tally run_target(const Target& known, uint64_t inputs, const RunnerOptions& options) {
  const std::vector<std::string> corpus = read_corpus(options.corpus, known.name);
  Target target = known;
  target.seeds.insert(target.seeds.end(), corpus.begin(), corpus.end());
  const Inputs all{target, corpus, options.seed, corpus.size() + inputs};
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  Shared& shared = *static_cast<Shared*>(memory);
  Tally tally;
  while (tally.crashes < kCrashesMax) {
    std::fflush(nullptr);  // or the worker would print it again
    const pid_t worker = fork();
    CHECK(worker >= 0);
    if (worker == 0) work(all, shared);
    const std::string how = wait_for(worker);
    if (how.empty()) break;
    ++tally.crashes;
    report(all, shared, how, options);
    if (shared.done == all.total) break;
    ++shared.done;
  }
  tally.inputs = shared.done;
  tally.kept = std::min<uint64_t>(shared.done, corpus.size());
  munmap(memory, sizeof(Shared));
  return tally;
}

bool replay(const Target& target, const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return false;
  target.start()(read_file(path));
  return true;
}

}  // namespace pinrelay::fuzz
