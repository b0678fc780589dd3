// A command of the CLI as a row of a table: name, arguments, options, help, and the function that does it.
// Parsing, help, the reference page and what the service accepts on its control socket derive from the rows
// (commands.cc).
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "config/config.h"
#include "credentials/sign_in.h"
#include "exports/engine.h"
#include "sources/importer.h"

namespace pinrelay::admin {
class SecurityWatch;
}

namespace pinrelay::cli {

using Json = nlohmann::ordered_json;

struct Output;

// A question to Pinterest that has to be answered before a command can say anything; `finish` may have
// another one. The service goes on with its work meanwhile.
struct Call {
  http::Request request;
  std::function<Output(const http::Response&)> finish;  // on the engine's thread
  bool elsewhere = false;  // not a question to Pinterest after all: the system's certificates count
};

// A long look, at the people in a snapshot of the store or at a file, before a command can say anything. The
// service goes on with its work meanwhile. One look at the people at a time, and one at a file; of one that
// is cut short by the service's end nothing is said.
struct Look {
  std::function<void(const std::stop_token& stop)> work;  // on a thread for that; nothing counts after a stop
  std::function<Result<Output>()> finish;                 // then, on the engine's thread
  bool at_file = false;
};

// What a command says: text for people, JSON for --json.
struct Output {
  Json json = Json::object();
  std::string text;
  int exit_code = 0;
  // Instead of the rest, which its end gives: one of them.
  std::shared_ptr<Call> call = nullptr;
  std::shared_ptr<Look> look = nullptr;
};

struct Arguments {
  std::map<std::string, std::string>
      values;  // options without dashes ("people" for --people); flags are "true"
  std::vector<std::string> positional;
  std::string directory;  // relative paths are taken from here (the caller's, not the service's)
  Secret secret;          // what was typed or piped in, for the commands that ask for it
  // The names of the jobs that the caller may see, when it is a token that is bound to some.
  std::optional<std::vector<std::string>> only_jobs = std::nullopt;

  bool sees(const std::string& job) const {
    return !only_jobs || std::ranges::find(*only_jobs, job) != only_jobs->end();
  }

  bool has(const std::string& name) const { return values.contains(name); }
  std::string value(const std::string& name, const std::string& otherwise = "") const {
    const auto found = values.find(name);
    return found == values.end() ? otherwise : found->second;
  }
  // An argument's path as the caller meant it.
  std::string path(const std::string& text) const;
};

// What a command that works on the store gets; on the engine's thread, in the service or in a process of its
// own.
struct Context {
  const config::Config& config;
  exports::Engine& engine;
  sources::Importer& importer;
  const Clock& clock;
  credentials::Credentials& credentials;
  credentials::SignIns& sign_ins;
  uint16_t port = 0;                         // of HTTP; 0: nothing listens
  admin::SecurityWatch* security = nullptr;  // null: nobody takes notes of who looks at people
  store::Store& store() { return engine.core().store; }
  // Runs `read` against one consistent state of the store.
  Result<void> read(const std::function<Result<void>()>& read) { return engine.transact(read); }
};

enum class Needs {
  kNothing,  // runs in the calling process, without a store
  kStore,    // runs where the store is: in the service when one runs, else here
};

struct Option {
  std::string name;      // without dashes
  std::string argument;  // "" = a flag
  std::string help;
  bool repeats = false;  // may be given several times: its values are lines of one
};

struct Command {
  std::string name;       // "job pause"
  std::string arguments;  // "NAME", "FILE", "[NAME]" or ""
  std::vector<Option> options;
  std::string summary;
  std::string example;
  Needs needs = Needs::kStore;
  Result<Output> (*run_here)(const Arguments&) = nullptr;                // kNothing
  Result<Output> (*run_on_store)(Context&, const Arguments&) = nullptr;  // kStore
  std::string asks_for;  // a secret, from the terminal or standard input: "conversion token"; "" = none
  bool changes = false;  // something that lasts; goes into the audit log
  bool of_configuration = false;  // its FILE is a configuration, and can be all there is
  bool shows_person = false;      // its KEY, or what --key names: who looks at whom is noted
};

const std::vector<Command>& commands();

// Exit codes, documented in docs/reference/cli.md.
int exit_code(const Error& error);

// Finds the command in argv (without the program's name) and reads its arguments. The Output is for --help
// and usage errors.
struct Parsed {
  const Command* command = nullptr;
  Arguments arguments;
  bool json = false;
  std::string config_path;
  std::string server, token_file;  // of a service elsewhere
  std::optional<Output> instead;   // print this and stop
};
Parsed parse(const std::vector<std::string>& argv);

}  // namespace pinrelay::cli
