// The composition root: reads the command line, decides where the command runs (here, or in the service that
// has the store open) and prints what it says.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/json_text.h"
#include "base/log.h"
#include "cli/confirm.h"
#include "cli/handlers.h"
#include "cli/progress.h"
#include "cli/remote.h"
#include "cli/service.h"

namespace pinrelay {
namespace {

int print(const cli::Output& output, bool json) {
  const std::string text = json ? json_text(output.json, 2) + "\n" : output.text;
  // Whatever was asked for is the answer, also when it holds something bad.
  const bool refused =
      output.exit_code != 0 && (output.json.contains("error") || output.json.contains("problems"));
  std::fwrite(text.data(), 1, text.size(), refused && !json ? stderr : stdout);
  return output.exit_code;
}

int print(const Error& error, bool json) {
  if (json) {
    const cli::Json body = {
        {"error",
         {{"code", error.code}, {"message", error.message}, {"where", error.where}, {"fix", error.fix}}}};
    std::printf("%s\n", json_text(body, 2).c_str());
  }
  std::fprintf(stderr, "pinrelay: %s\n", error.text().c_str());
  return cli::exit_code(error);
}

// A secret, typed without being shown, or from standard input.
Secret ask_for(const std::string& what) {
  const bool terminal = ::isatty(STDIN_FILENO) != 0;
  termios shown{}, hidden{};
  if (terminal) {
    std::fprintf(stderr, "%s: ", what.c_str());
    tcgetattr(STDIN_FILENO, &shown);
    hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  constexpr size_t kBytesMax = 64 * 1024;
  std::string text;
  for (int c = 0; text.size() < kBytesMax && (c = std::getc(stdin)) != EOF && !(terminal && c == '\n');)
    text += static_cast<char>(c);
  if (terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    std::fputc('\n', stderr);
  }
  return Secret(std::move(text));
}

// Asks the service; when none runs, opens the store here.
Result<cli::Output> run_on_store(const cli::Parsed& parsed, const std::vector<std::string>& argv) {
  const config::Config config = TRY(cli::configuration_for(parsed));
  auto remote = cli::run_remote(config, argv, parsed.arguments);
  const bool importing = parsed.command->name == "import file" && !parsed.arguments.has("no-wait");
  const auto show = [&](const std::string& number) {
    return cli::run_remote(config, {"import", "show", number}, {});
  };
  if (remote.ok()) return importing ? cli::follow_import(show, std::move(*remote)) : std::move(remote);
  if (remote.error().code != "no_service") return remote;
  auto service = TRY(cli::Service::open(config, {.network = false, .listen = false, .engine = {}}));
  auto output = service->complete(service->execute(*parsed.command, parsed.arguments));
  const bool works = importing || parsed.command->name == "import release";
  return works ? cli::work_import(*service, TRY(std::move(output))) : std::move(output);
}

// Whether somebody at a terminal wants what the command would do.
bool wants(const Error& question) {
  if (::isatty(STDIN_FILENO) == 0) return false;
  std::fprintf(stderr, "%s. Go on? [y/N] ", question.message.c_str());
  const int first = std::getc(stdin);
  for (int c = first; c != '\n' && c != EOF;) c = std::getc(stdin);
  return first == 'y' || first == 'Y';
}

Result<cli::Output> run_command(const cli::Parsed& parsed, const std::vector<std::string>& argv) {
  if (!parsed.server.empty()) return cli::run_over_api(parsed);
  return parsed.command->needs == cli::Needs::kNothing ? parsed.command->run_here(parsed.arguments)
                                                       : run_on_store(parsed, argv);
}

int run(std::vector<std::string> argv) {
  cli::Parsed parsed = cli::parse(argv);
  if (parsed.instead) return print(*parsed.instead, parsed.json);
  parsed.arguments.values["config"] = parsed.config_path;
  if (!parsed.command->asks_for.empty()) parsed.arguments.secret = ask_for(parsed.command->asks_for);
  Result<cli::Output> output = run_command(parsed, argv);
  if (!output.ok() && output.error().code == cli::kNotConfirmed && wants(output.error())) {
    argv.emplace_back("--yes");
    parsed.arguments.values["yes"] = "true";
    output = run_command(parsed, argv);
  }
  if (output.ok()) return print(*output, parsed.json);
  Error error = output.error();
  if (error.code == cli::kNotConfirmed) error.fix = "if that is what you want: " + cli::line_with_yes(argv);
  return print(error, parsed.json);
}

// Before anything is opened or any thread runs.
void protect_process() {
  umask(077);
  // A core file, or a debugger, would get tokens and people's data; a key log would open every connection.
  constexpr rlimit kNoCore{0, 0};
  setrlimit(RLIMIT_CORE, &kNoCore);
  prctl(PR_SET_DUMPABLE, 0);
  unsetenv("SSLKEYLOGFILE");
  // Connections need as many descriptors as they get: ServerOptions::connections_max follows from it.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  constexpr rlim_t kFilesWanted = 16'384;
  files.rlim_cur = std::max(files.rlim_cur, std::min(files.rlim_max, kFilesWanted));
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace
}  // namespace pinrelay

// Only the lack of memory throws here, and ends the process as it would anywhere.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  pinrelay::protect_process();
  return pinrelay::run(std::vector<std::string>(argv + 1, argv + argc));
}
