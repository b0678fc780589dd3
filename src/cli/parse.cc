#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "cli/confirm.h"
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
      auto* added = app.add_option("--" + option.name, given.values[option.name], option.help);
      added->type_name(option.argument);
      if (option.repeats) added->multi_option_policy(CLI::MultiOptionPolicy::Join)->delimiter('\n');
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

bool takes_value(const std::string& word) {
  if (word == "--config" || word == "--server" || word == "--token-file") return true;
  const auto named = [&](const Option& option) {
    return !option.argument.empty() && word == "--" + option.name;
  };
  return std::ranges::any_of(commands(), [&](const Command& command) {
    return command.name.starts_with("import ") && std::ranges::any_of(command.options, named);
  });
}

// The next word that is neither an option nor an option's value.
size_t word_at(const std::vector<std::string>& argv, size_t from) {
  while (from < argv.size() && argv[from].starts_with("-")) from += takes_value(argv[from]) ? 2 : 1;
  return std::min(from, argv.size());
}

// "import FILE" is the short form of "import file FILE", wherever its options stand.
void spell_out_import(std::vector<std::string>& argv, size_t command) {
  const size_t next = word_at(argv, command + 1);
  const auto named = [&](const Command& each) {
    return next < argv.size() && each.name == "import " + argv[next];
  };
  const auto of_a_file = [](const std::string& word) {
    return word.starts_with("--") && word != "--help" && word != "--json";
  };
  const bool short_form =
      next < argv.size()
          ? !std::ranges::any_of(commands(), named)
          : std::any_of(argv.begin() + static_cast<std::ptrdiff_t>(command) + 1, argv.end(), of_a_file);
  if (short_form) argv.insert(argv.begin() + static_cast<std::ptrdiff_t>(command + 1), "file");
}

// The short forms: "import FILE", "help COMMAND" and "--version".
std::vector<std::string> spell_out(std::vector<std::string> argv) {
  const size_t at = word_at(argv, 0);
  const auto version = std::find(argv.begin(), argv.begin() + static_cast<std::ptrdiff_t>(at), "--version");
  if (at == argv.size() && version != argv.end()) {
    *version = "version";
  } else if (at < argv.size() && argv[at] == "help") {
    argv[at] = "--help";
    std::rotate(argv.begin() + static_cast<std::ptrdiff_t>(at),
                argv.begin() + static_cast<std::ptrdiff_t>(at) + 1, argv.end());
  } else if (at < argv.size() && argv[at] == "import") {
    spell_out_import(argv, at);
  }
  return argv;
}

}  // namespace

std::string Arguments::path(const std::string& text) const {
  return (std::filesystem::path(directory) / text).lexically_normal().string();
}

Parsed parse(const std::vector<std::string>& typed) {
  const std::vector<std::string> argv = spell_out(typed);
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
  std::vector<std::string> reversed(argv.rbegin(), argv.rend());
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
  if (error.code == kNotConfirmed) return 2;  // the command line does not say yes
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
