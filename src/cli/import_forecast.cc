#include "cli/import_forecast.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/nearest_name.h"
#include "cli/format.h"
#include "exports/settings.h"
#include "store/schema.h"
#include "store/snapshot.h"

namespace pinrelay::cli {

void FileLook::read(const std::stop_token& stop) {
  if (auto forecast = sources::forecast(row, directory, stop); forecast.ok())
    found = std::move(forecast).value();
}

std::vector<config::JobSettings> collecting_jobs(Context& context) {
  std::vector<config::JobSettings> jobs;
  for (const auto& [number, job] : context.engine.core().jobs)
    if (exports::collects(job)) jobs.push_back(job.settings);
  return jobs;
}

Result<std::vector<config::JobSettings>> collecting_jobs(const std::string& directory) {
  std::vector<config::JobSettings> jobs;
  if (!std::filesystem::exists(directory + store::kMainFile)) return jobs;
  const auto snapshot = TRY(store::Snapshot::open(directory));
  for (const store::JobRow& row : snapshot->jobs.all()) {
    config::JobSettings settings = TRY(exports::read_settings(row.settings));
    if (exports::collects(settings.type, row.state)) jobs.push_back(std::move(settings));
  }
  TRY(snapshot->status());
  return jobs;
}

void add_conversions(const std::vector<config::JobSettings>& jobs, const FileLook& look, Json& out) {
  Json most = Json::object(), notes = out.value("notes", Json::array());
  for (const config::JobSettings& job : jobs) {
    sources::Forecast::Counts counts;
    const auto named = look.found->audiences.find(job.audience);
    if (named != look.found->audiences.end()) counts = named->second;
    if (look.row.audience == job.audience) counts.exits += look.found->leavers;
    const auto of = [&](store::EntryKind kind, uint64_t count) {
      return exports::wants(job.conversions, kind) ? static_cast<int64_t>(count) : 0;
    };
    const int64_t sum =
        of(store::EntryKind::kEnter, counts.enters) + of(store::EntryKind::kExit, counts.exits);
    if (sum == 0) continue;
    most[job.name] = sum;
    notes.push_back(fmt::format("at most {} conversions by job {}", thousands(sum), plain(job.name)));
  }
  out["conversions_at_most"] = std::move(most);
  out["notes"] = std::move(notes);
}

Output look_at_leavers(const std::shared_ptr<FileLook>& look, Error refused) {
  Output output;
  output.look = std::make_shared<Look>();
  output.look->at_file = true;
  output.look->work = [look](const std::stop_token& stop) { look->read(stop); };
  output.look->finish = [look, refused = std::move(refused)]() -> Result<Output> {
    Error error = refused;
    if (look->found)
      error.fix += fmt::format("; that removes {} people from the audience who are not in the file",
                               thousands(static_cast<int64_t>(look->found->leavers)));
    return error;
  };
  return output;
}

bool is_new_audience(Context& context, const std::string& name) {
  store::AudienceNumber number = 0;
  return !name.empty() && !context.store().catalog.find_audience(name, number);
}

std::string new_audience_note(Context& context, const std::string& name) {
  std::vector<std::string_view> known;
  for (const store::AudienceInfo& audience : context.store().catalog.audiences())
    if (!audience.removed()) known.push_back(audience.name);
  const std::string_view closest = nearest_name(name, known);
  const std::string hint =
      closest.empty() ? "" : fmt::format("; did you mean {}?", plain(sources::shown_name(closest)));
  return fmt::format("no row and no job has named the audience {} before{}", plain(sources::shown_name(name)),
                     hint);
}

}  // namespace pinrelay::cli
