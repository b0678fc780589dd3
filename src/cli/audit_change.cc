#include "cli/audit_change.h"

#include <fmt/format.h>

#include "admin/users.h"
#include "base/json_text.h"
#include "cli/format.h"
#include "cli/key_scope.h"
#include "config/job_text.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kValueBytesMax = 200;

std::string cut(std::string text) {
  if (text.size() > kValueBytesMax) text.resize(kValueBytesMax), text += "…";
  return text;
}

std::string_view type_name(const exports::Job& job) {
  return job.converts() ? "conversions_export" : "audience_export";
}

void add_job(Known& known, const exports::Job& job, const std::string& prefix) {
  known[prefix + "state"] = store::kJobStateNames[static_cast<size_t>(job.row.state)];
  // As a configuration file would say it.
  for (const config::JobText& text : config::job_texts()) {
    const bool has = text.text != nullptr && (text.only_type.empty() || text.only_type == type_name(job));
    std::string value = has ? text.text(job.settings) : "";
    if (value.starts_with('"')) value = Json::parse(value).get<std::string>();
    if (!value.empty()) known[fmt::format("{}settings/{}", prefix, text.key)] = value;
  }
}

void add_jobs(Known& known, Context& context) {
  for (const auto& [number, job] : context.engine.core().jobs) add_job(known, job, job.row.name + ".");
}

void add_user(Known& known, Context& context, const std::string& name) {
  const auto user = admin::find_user(context.store(), name);
  if (!user) return;
  known["role"] = store::kRoleNames[static_cast<size_t>(user->role)];
  known["password"] = user->password.empty() ? "none" : "set";
}

std::string expiry_of(const store::ApiTokenRow& row) {
  return to_millis(row.expires_at) == 0 ? "never" : format_rfc3339(row.expires_at);
}

void add_token(Known& known, Context& context, const std::string& name) {
  for (const store::ApiTokenRow& row : context.store().api_tokens.all()) {
    if (row.name != name) continue;
    known["role"] = store::kRoleNames[static_cast<size_t>(row.role)];
    known["expires_at"] = expiry_of(row);
    known["for"] = token_scope_text(token_scope_json(context, row));
  }
}

void add_write_key(Known& known, Context& context, const std::string& name) {
  for (const store::ApiTokenRow& row : context.store().write_keys.all()) {
    if (row.name != name) continue;
    known["expires_at"] = expiry_of(row);
    known["may_send"] = key_scope_text(key_scope_json(row));
  }
}

void add_authorization(Known& known, Context& context, const std::string& name) {
  for (const store::AuthorizationRow& row : context.store().authorizations.all()) {
    if (row.name != name) continue;
    known["label"] = row.label;
    known["description"] = row.description;
    known["ad_account"] = row.ad_account;
    known["connected_as"] = row.connected_as;
    known["secrets"] = fmt::format("version {}", row.version);
  }
}

}  // namespace

Known known_of(Context& context, std::string_view command, const std::string& object) {
  const std::string_view kind = command.substr(0, command.find(' '));
  Known known;
  if (kind == "apply") add_jobs(known, context);
  if (kind == "job")
    if (const exports::Job* job = context.engine.jobs().find(object)) add_job(known, *job, "");
  if (kind == "user") add_user(known, context, object.empty() ? "admin" : object);
  if (kind == "token") add_token(known, context, object);
  if (kind == "write-key") add_write_key(known, context, object);
  if (kind == "auth" || kind == "sign-in") add_authorization(known, context, object);
  return known;
}

std::string change_between(const Known& before, const Known& after) {
  Json changed = Json::object();
  const auto value = [](const Known& known, const std::string& path) {
    const auto found = known.find(path);
    return found == known.end() ? Json() : Json(cut(found->second));
  };
  Known both = before;
  both.insert(after.begin(), after.end());
  for (const auto& [path, ignored] : both) {
    Json was = value(before, path), is = value(after, path);
    if (was != is) changed[path] = Json::array({std::move(was), std::move(is)});
  }
  return changed.empty() ? "" : json_text(changed);
}

std::string change_text(const std::string& changed) {
  if (changed.empty()) return "";
  std::string text;
  const auto word = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : "nothing";
  };
  const Json all = Json::parse(changed);
  for (const auto& [path, values] : all.items()) {
    std::string name = path;  // "settings/" is how the entry tells them from states
    if (const size_t at = name.find("settings/"); at != std::string::npos) name.erase(at, 9);
    text += fmt::format("{}{}: {} → {}", text.empty() ? "" : ", ", name, word(values[0]), word(values[1]));
  }
  return text;
}

}  // namespace pinrelay::cli
