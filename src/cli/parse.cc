#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "cli/overview.h"
#include "sources/file_shape.h"

namespace pinrelay::cli {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

// What the options of one command were given as.
struct Given {
  std::map<std::string, std::string> values;
  std::map<std::string, bool> flags;
  std::vector<std::string> positional;
};

void add_arguments(CLI::App& app, const Command& command, Given& given) {
  for (const Option& option : command.options) {
    if (option.argument.empty()) {
      app.add_flag("--" + option.name, given.flags[option.name], option.help);
    } else {
      app.add_option("--" + option.name, given.values[option.name], option.help)->type_name(option.argument);
    }
  }
  if (command.arguments.empty()) return;
  const bool optional = command.arguments[0] == '[';
  auto* positional = app.add_option(command.arguments, given.positional)->type_name("");
  positional->expected(optional ? 0 : 1, 1);
  if (!optional) positional->required();
}

// The subcommand for "job pause" below the one for "job", which is made on first need.
CLI::App* subcommand(CLI::App& root, const std::string& name, const std::string& summary) {
  CLI::App* at = &root;
  const auto parts = words(name);
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto named = at->get_subcommands([&](CLI::App* app) { return app->get_name() == parts[i]; });
    CLI::App* next = named.empty() ? nullptr : named.front();
    if (next == nullptr)
      next = at->add_subcommand(parts[i], i + 1 == parts.size() ? summary : parts[i] + " commands");
    if (i + 1 < parts.size()) next->require_subcommand(1);
    at = next;
  }
  return at;
}

// Where the command begins: behind the options that stand before it.
size_t command_at(const std::vector<std::string>& argv) {
  size_t at = 0;
  for (; at < argv.size() && argv[at].starts_with("-"); ++at)
    at += argv[at] == "--config" || argv[at] == "--server" || argv[at] == "--token-file" ? 1 : 0;
  return at;
}

// "import FILE" is the short form of "import file FILE".
std::vector<std::string> spell_out_import(std::vector<std::string> argv) {
  const size_t at = command_at(argv);
  if (at + 1 >= argv.size() || argv[at] != "import") return argv;
  const std::string& next = argv[at + 1];
  const bool known = std::ranges::any_of(
      commands(), [&](const Command& command) { return command.name == "import " + next; });
  if (!known && next != "--help" && next != "-h")
    argv.insert(argv.begin() + static_cast<std::ptrdiff_t>(at + 1), "file");
  return argv;
}

}  // namespace

std::string Arguments::path(const std::string& text) const {
  return (std::filesystem::path(directory) / text).lexically_normal().string();
}

Parsed parse(const std::vector<std::string>& argv) {
  Parsed parsed;
  parsed.arguments.directory = std::filesystem::current_path().string();
  parsed.instead = overview(argv);
  if (parsed.instead) {
    parsed.json = std::find(argv.begin(), argv.end(), "--json") != argv.end();
    return parsed;
  }
  CLI::App app("", "pinrelay");
  app.require_subcommand(1);
  app.add_option("--config", parsed.config_path, "the configuration file (default: pinrelay.yaml)")
      ->type_name("FILE");
  app.add_option("--server", parsed.server, "run it at this service, over its HTTP API")->type_name("URL");
  app.add_option("--token-file", parsed.token_file, "with --server: the file that holds the API token")
      ->type_name("FILE");
  app.add_flag("--json", parsed.json, "print JSON instead of text");
  app.fallthrough();
  std::vector<Given> given(commands().size());
  std::vector<CLI::App*> apps;
  for (size_t i = 0; i < commands().size(); ++i) {
    const Command& command = commands()[i];
    CLI::App* sub = subcommand(app, command.name, command.summary);
    sub->description("Example:\n  " + command.example + "\n\n" + command.summary);
    sub->fallthrough();
    add_arguments(*sub, command, given[i]);
    apps.push_back(sub);
  }
  std::vector<std::string> reversed = spell_out_import(argv);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& e) {
    std::ostringstream out, err;
    const int code = app.exit(e, out, err);
    parsed.instead = Output{
        {{"error", {{"code", "usage"}, {"message", e.what()}}}}, out.str() + err.str(), code == 0 ? 0 : 2};
    return parsed;
  }
  for (size_t i = 0; i < apps.size(); ++i) {
    if (!apps[i]->parsed()) continue;
    parsed.command = &commands()[i];
    parsed.arguments.positional = given[i].positional;
    for (const auto& [name, value] : given[i].values) {
      if (apps[i]->count("--" + name) > 0) parsed.arguments.values[name] = value;
    }
    for (const auto& [name, set] : given[i].flags) {
      if (set) parsed.arguments.values[name] = "true";
    }
  }
  return parsed;
}

int exit_code(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
      // Such a file has failed, as one whose rows cannot be read; what was asked for is right.
      return sources::is_refused_file(error.code) ? 1 : 78;
    case ErrorKind::kThrottled:
      return 5;
    case ErrorKind::kUnavailable:
      return 69;
    case ErrorKind::kCorrupt:
      return 74;
    case ErrorKind::kAuth:
      return 77;
    case ErrorKind::kNotFound:
    case ErrorKind::kConflict:
    case ErrorKind::kCancelled:
    case ErrorKind::kInternal:
      return 1;
  }
  return 1;
}

}  // namespace pinrelay::cli
