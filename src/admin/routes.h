// The routes of the HTTP API as one table: who may, which command does it, what it takes. Routing, checks,
// the OpenAPI description and the tests walk this table; a route that is not here does not exist.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/rows.h"

namespace pinrelay::admin {

using store::Role;

// kFile: the whole body, a file that is streamed.
enum class In { kPath, kQuery, kBody, kHeader, kFile };
// kTexts: a list of texts, which a command takes as one option that is given several times.
enum class Kind { kText, kNumber, kFlag, kSecret, kObject, kList, kTexts };

// The command's argument (is_argument), or an option (`_` for `-`; "if_match" in the header If-Match); a
// secret is neither.
struct Parameter {
  std::string_view name;
  In in = In::kPath;
  Kind kind = Kind::kText;
  bool required = true;
  std::string_view help;

  bool is_argument() const {
    return in == In::kPath || in == In::kFile || name == "name" || name == "upload";
  }
  // Commands ask without it. A call is the decision itself, so it is given unless it is said to be false.
  bool is_confirmation() const { return name == "yes"; }
};

// What a route is answered by: a command; the API itself (signing in and out); or Server-Sent Events
// (live.h), which tell what the command says, again whenever it has changed, or the log, which no command
// says; or by taking in the file that is its body; or by the command's table as CSV, a page at a time.
enum class By { kCommand, kSession, kState, kLog, kUpload, kTable };

struct Route {
  std::string_view method, path;  // "/api/v1/jobs/{name}/pause"
  Role role = Role::kViewer;      // the least that may
  std::string_view command;       // "job pause"
  std::string_view summary;
  std::span<const Parameter> parameters;
  std::string_view answer;  // its shape (answer_shapes.h); of the log: that of a line
  bool changes = false;     // says so in the audit log
  int success = 200;
  // What an exit code other than 0 is: an answer of its own (0), or a refusal with this status.
  int refusal = 0;
  By by = By::kCommand;
  // A session's user has to have given the password in the last minutes (kConfirmedFor): who finds an open
  // browser neither lets somebody in nor shuts somebody out.
  bool confirms = false;

  bool is_live() const { return by == By::kState || by == By::kLog; }
};

inline constexpr std::string_view kApiPrefix = "/api/";
inline constexpr std::string_view kNewPassword = "new_password";  // a parameter's name
// Of a table's answer: where the next page begins; absent after the last.
inline constexpr std::string_view kNextCursorHeader = "Pinrelay-Next-Cursor";
inline constexpr std::string_view kSessionCookie = "__Host-pinrelay";

std::span<const Route> routes();
// "if_match" → "if-match"; of kTexts the singular: "networks" → "network"
std::string option_name(const Parameter& parameter);
// "if_match" → "If-Match"
std::string header_name(std::string_view parameter);

struct Match {
  const Route* route = nullptr;
  std::vector<std::string> values;  // of the path's parameters, decoded
  bool path_known = false;          // by another method
};
Match find_route(std::string_view method, std::string_view path);
// http::StreamedBodies
bool takes_file(std::string_view method, std::string_view path);

// The description of all of it, OpenAPI 3.1, as JSON.
std::string openapi(std::string_view version);

}  // namespace pinrelay::admin
