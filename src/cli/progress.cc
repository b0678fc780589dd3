#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <thread>

namespace pinrelay::cli {
namespace {

using std::chrono::steady_clock;

class Progress {
 public:
  void show(const Json& import) {
    const double done = import["bytes_done"].get<double>(), all = import["bytes"].get<double>();
    const auto now = steady_clock::now();
    if (now - last_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000)))
      return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    const double rows = import["rows"].get<double>();
    const double share = all > 0 ? done / all : 1;
    const double left = share > 0 ? seconds * (1 - share) / share : 0;
    const std::string line =
        fmt::format("{:3.0f} %  {:.0f} rows  {:.0f} rows/s  about {:.0f} s left  ({})", share * 100, rows,
                    seconds > 0 ? rows / seconds : 0, left, import["state"].get<std::string>());
    if (!terminal_) {
      fmt::print(stderr, "{}\n", line);
      return;
    }
    const auto filled = static_cast<size_t>(share * 30);
    fmt::print(stderr, "\r[{:<30}] {}\033[K", std::string(filled, '#'), line);
    shown_ = true;
  }
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }

 private:
  const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  const steady_clock::time_point started_ = steady_clock::now();
  steady_clock::time_point last_ = started_;
  bool shown_ = false;
};

bool ended(const Json& import) { return import["state"] != "reading" && import["state"] != "removing"; }

Output with_exit_code(Output output) {
  if (output.json["state"] == "failed") output.exit_code = 1;
  return output;
}

// What the beginning has to say, which the end does not repeat.
void print_notes(const Output& begun) {
  const auto notes = begun.json.find("notes");
  if (notes == begun.json.end()) return;
  for (const Json& note : *notes) fmt::print(stderr, "{}\n", note.get<std::string>());
}

}  // namespace

Result<Output> follow_import(const std::function<Result<Output>(const std::string& number)>& show,
                             Output begun) {
  print_notes(begun);
  Progress progress;
  const std::string number = std::to_string(begun.json["number"].get<int64_t>());
  Output output = std::move(begun);
  while (!ended(output.json)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    output = TRY(show(number));
    progress.show(output.json);
  }
  return with_exit_code(std::move(output));
}

Result<Output> work_import(Service& service, Output begun) {
  print_notes(begun);
  Progress progress;
  Arguments show;
  show.positional.push_back(std::to_string(begun.json["number"].get<int64_t>()));
  Output output = std::move(begun);
  for (bool more = true; more;) {
    TRY(service.context().engine.transact([&]() -> Result<void> {
      more = TRY(service.context().importer.step());
      return {};
    }));
    for (const Command& command : commands()) {
      if (command.name == "import show") output = TRY(service.execute(command, show));
    }
    progress.show(output.json);
  }
  return with_exit_code(std::move(output));
}

}  // namespace pinrelay::cli
