#include "cli/overview.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_name.h"

namespace pinrelay::cli {
namespace {

constexpr std::string_view kAbout =
    "Keeps Pinterest customer lists equal to your audiences, and sends their enters and exits as "
    "conversions.\n\n"
    "Example:\n  pinrelay serve --config pinrelay.yaml\n";
constexpr std::string_view kEverywhere =
    "\nEvery command takes --config FILE (else PINRELAY_CONFIG, else pinrelay.yaml), --json and --help; with "
    "--server URL\n"
    "and --token-file FILE it runs at a service elsewhere. 'pinrelay help COMMAND' explains one, 'pinrelay "
    "--version'\n"
    "shows the version.\n";

// The words before the first option that only some commands have, without what the others take.
std::vector<std::string> leading_words(const std::vector<std::string>& argv) {
  std::vector<std::string> words;
  for (size_t i = 0; i < argv.size(); ++i) {
    if (argv[i] == "--config" || argv[i] == "--server" || argv[i] == "--token-file") {
      ++i;
    } else if (!argv[i].starts_with("-")) {
      words.push_back(argv[i]);
    } else if (!words.empty() && argv[i] != "--json") {
      break;
    }
  }
  return words;
}

bool asks_for_help(const std::vector<std::string>& argv) {
  return std::any_of(argv.begin(), argv.end(),
                     [](const std::string& w) { return w == "--help" || w == "-h"; });
}

std::string list_commands(std::string_view group) {
  std::string text;
  for (const Command& command : commands()) {
    if (!group.empty() && !command.name.starts_with(std::string(group) + " ")) continue;
    text += fmt::format("  {:<26} {}\n", command.name + " " + command.arguments, command.summary);
  }
  return text;
}

Output usage(std::string message, std::string text) {
  return {{{"error", {{"code", "usage"}, {"message", std::move(message)}}}}, std::move(text), 2};
}

// A whole command that is near, or a group that is near its first word.
Output unknown(const std::string& words) {
  std::vector<std::string_view> names, first{"help"};
  for (const Command& command : commands()) {
    names.push_back(command.name);
    first.push_back(names.back().substr(0, names.back().find(' ')));
  }
  std::string_view near = nearest_name(words, names);
  if (near.empty()) near = nearest_name(words.substr(0, words.find(' ')), first);
  const std::string fix =
      near.empty() ? "'pinrelay --help' lists them" : fmt::format("did you mean '{}'?", near);
  const std::string message = fmt::format("there is no command '{}'; {}", words.substr(0, 100), fix);
  return usage(message, message + "\n");
}

}  // namespace

std::optional<Output> overview(const std::vector<std::string>& argv) {
  const std::vector<std::string> words = leading_words(argv);
  const bool help = asks_for_help(argv);
  if (words.empty()) {
    const std::string text = fmt::format("{}\nCommands:\n{}{}", kAbout, list_commands(""), kEverywhere);
    return help ? Output{Json::object(), text, 0} : usage("no command is given", text);
  }
  const auto is_command = [](const std::string& name) {
    return std::any_of(commands().begin(), commands().end(),
                       [&](const Command& c) { return c.name == name; });
  };
  if (is_command(words[0])) return std::nullopt;
  const auto first = std::find_if(commands().begin(), commands().end(),
                                  [&](const Command& c) { return c.name.starts_with(words[0] + " "); });
  if (first == commands().end()) return unknown(words.size() > 1 ? words[0] + " " + words[1] : words[0]);
  if (words.size() > 1) {
    if (is_command(words[0] + " " + words[1])) return std::nullopt;
    return unknown(words[0] + " " + words[1]);
  }
  const std::string text =
      fmt::format("Example:\n  {}\n\nCommands:\n{}{}", first->example, list_commands(words[0]), kEverywhere);
  return help ? Output{Json::object(), text, 0} : usage(words[0] + " what?", text);
}

}  // namespace pinrelay::cli
