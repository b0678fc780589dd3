// job export: a job as a file that `apply` takes, and that changes nothing when it does.
#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "cli/authorization_views.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "config/job_text.h"

namespace pinrelay::cli {

Result<Output> run_job_export(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const exports::Job& job = *TRY(find_job(context, arguments.positional.at(0)));
    config::Authorization authorization{.name = job.settings.authorization};
    const auto all = all_authorizations(context);
    const auto known = std::ranges::find(all, authorization.name, &config::Authorization::name);
    if (known != all.end()) authorization = *known;
    output.text = config::job_yaml(job.settings, authorization);
    output.json = {{"name", job.row.name}, {"yaml", output.text}};
    return {};
  }));
  return output;
}

std::string job_version(const exports::Job& job) {
  return to_hex(ByteView(Sha256().hash(job.row.settings)).first(8));
}

Result<void> check_version(const exports::Job* job, const Arguments& arguments) {
  const std::string wanted = arguments.value("if-match");
  if (wanted.empty() || (job != nullptr && (wanted == "*" || wanted == job_version(*job)))) return {};
  return Error{
      ErrorKind::kConflict, "changed_meanwhile",
      job == nullptr ? "there is no such job any more" : "the job's settings have been changed meanwhile",
      "if-match", "look at the job again, then decide anew"};
}

Json file_json(Context& context, const exports::Job& job) {
  const auto& jobs = context.config.jobs;
  const auto in_file = std::ranges::find(jobs, job.row.name, &config::JobSettings::name);
  Json differences = Json::array();
  if (in_file != jobs.end())
    for (const config::JobDifference& each : config::job_differences(*in_file, job.settings))
      differences.push_back({{"key", each.key},
                             {"file", each.file.empty() ? Json() : Json(each.file)},
                             {"running", each.running.empty() ? Json() : Json(each.running)}});
  return {{"managed_by", in_file != jobs.end() ? "file" : "store"},
          {"file_differences", std::move(differences)}};
}

void add_file(TextTable& table, const Json& job) {
  if (job["managed_by"] == "store") return;
  const Json& differences = job["file_differences"];
  table.row({"Managed by", differences.empty() ? "the configuration file, and is as it says"
                                               : "the configuration file, and differs from it:"});
  const auto text = [](const Json& value) {
    return value.is_null() ? "(not set)" : plain(value.get<std::string>());
  };
  for (const Json& each : differences)
    table.row({"", fmt::format("{}: {} in the file, {} here", each["key"].get<std::string>(),
                               text(each["file"]), text(each["running"]))});
}

}  // namespace pinrelay::cli
