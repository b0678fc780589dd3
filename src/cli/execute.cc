#include "cli/execute.h"

#include "admin/security_watch.h"
#include "admin/users.h"
#include "cli/audit_change.h"
#include "cli/format.h"
#include "cli/known_names.h"
#include "cli/people.h"

namespace pinrelay::cli {
namespace {

// Of an address: where it leads. Path and user can be secrets.
std::string host_of(const std::string& url) {
  const std::string authority = url.substr(0, url.find_first_of("/?#", 8));
  return authority.substr(authority.rfind('@') + 1);
}

// What was asked for, without secrets and without people's keys.
std::string detail_of(const Arguments& arguments) {
  std::string text;
  for (const auto& [name, value] : arguments.values) {
    if (name == "config" || name == "ticket" || name == "by" || name == "origin") continue;
    const bool hidden = name == "key" || (name == "to" && value.find('@') != std::string::npos);
    text += (text.empty() ? "" : " ") + name + "=" +
            (hidden          ? "(a person)"
             : name == "url" ? host_of(value)
                             : joined(lines_of(value)));
  }
  return text;
}

// The people that a command is asked about.
std::vector<std::string> people_of(const Command& command, const Arguments& arguments) {
  if (arguments.has("people")) return lines_of(arguments.value("people"));
  if (command.arguments == "KEY") return arguments.positional;
  if (arguments.has("key")) return {arguments.value("key")};
  return {};
}

// As the audit log names one of them: by profile id.
std::string whom(Context& context, const Command& command, const Arguments& arguments) {
  std::string text = "(a person who is not known)";
  (void)context.read([&]() -> Result<void> {
    for (const std::string& person : people_of(command, arguments))
      text = id_text(TRY(find_person(context, person)));
    return {};
  });
  return text;
}

// Records that the caller has looked at people, by profile id alone. Only for commands that succeeded.
void note_views(Context& context, const Command& command, const Arguments& arguments, const Caller& caller) {
  if (context.security == nullptr) return;
  for (const std::string& person : people_of(command, arguments)) {
    admin::SecurityEvent event{store::SecurityKind::kPersonViewed, caller.origin, caller.who, command.name};
    (void)context.read([&]() -> Result<void> {
      const store::ProfileId id = TRY(find_person(context, person));
      event.whom.assign(id.bytes.begin(), id.bytes.end());
      return {};
    });
    context.security->note(std::move(event));
  }
}

store::AuditRow entry_of(Context& context, const Command& command, const Arguments& arguments,
                         const Caller& caller) {
  store::AuditRow entry;
  entry.at = context.clock.now();
  entry.who = caller.who;
  entry.origin = caller.origin;
  entry.action = command.name;
  if (!arguments.positional.empty()) entry.object = arguments.positional.front();
  if (command.shows_person) entry.object = whom(context, command, arguments);
  // Where a name belongs people type passwords, too.
  const bool of_user = command.name.starts_with("user ") && command.name != "user add";
  if (of_user && !entry.object.empty() && !admin::find_user(context.store(), entry.object))
    entry.object = "(a user who does not exist)";
  entry.detail = detail_of(arguments);
  entry.outcome = "done";
  return entry;
}

// A command that has done nothing durable yet is told as what it came to.
Result<Output> told(Context& context, store::AuditRow entry, const std::function<Result<Output>()>& work) {
  Known before;
  // Not within the command's transaction, which may fail where this must not.
  if (auto read = context.read([&]() -> Result<void> {
        before = known_of(context, entry.action, entry.object);
        return {};
      });
      !read.ok())
    return read.error();
  context.engine.note(entry, [&context, before](store::AuditRow& row) {
    row.changed = change_between(before, known_of(context, row.action, row.object));
  });
  auto result = work();
  auto left = context.engine.take_note();
  if (!left) return result;
  if (result.ok() && result->call) {
    result->call->finish = [&context, entry = std::move(entry),
                            finish = std::move(result->call->finish)](const http::Response& response) {
      auto said = told(context, entry, [&]() -> Result<Output> { return finish(response); });
      return std::move(said).value();
    };
    return result;
  }
  if (result.ok() && result->look) {
    result->look->finish = [&context, entry = std::move(entry), finish = std::move(result->look->finish)] {
      return told(context, entry, finish);
    };
    return result;
  }
  left->outcome = !result.ok() ? result.error().code : result->exit_code != 0 ? "refused" : "nothing to do";
  auto written = context.engine.transact([&]() -> Result<void> {
    context.store().audit.append(*left);
    return {};
  });
  return written.ok() || !result.ok() ? std::move(result) : Result<Output>(written.error());
}

}  // namespace

Result<Output> execute(Context& context, const Command& command, const Arguments& arguments,
                       const Caller& caller) {
  Arguments given = arguments;
  given.values["by"] = caller.who;
  given.values["origin"] = caller.origin;
  const auto work = [&] { return command.run_on_store(context, given); };
  if (command.shows_person && !command.changes) {
    auto shown = work();
    if (shown.ok()) note_views(context, command, given, caller);
    return shown;
  }
  if (!command.changes) return work();
  auto result = told(context, entry_of(context, command, given, caller), work);
  tell_known_names(context);  // a job may name others now
  return result;
}

}  // namespace pinrelay::cli
