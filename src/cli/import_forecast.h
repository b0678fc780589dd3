// What an import will do, said before it begins.
#pragma once

#include "cli/command.h"
#include "sources/forecast.h"

namespace pinrelay::cli {

// A look at a whole file. What is wrong with the file, its import or its preview says.
struct FileLook {
  store::ImportRow row;   // the import that would begin
  std::string directory;  // of the store
  std::optional<sources::Forecast> found;
  void read(const std::stop_token& stop);
};

std::vector<config::JobSettings> collecting_jobs(Context& context);
// Of a store that may be open elsewhere; none where there is no store.
Result<std::vector<config::JobSettings>> collecting_jobs(const std::string& directory);

// How many conversions each of the jobs makes of the file, at most: "conversions_at_most", and a sentence
// each in "notes".
void add_conversions(const std::vector<config::JobSettings>& jobs, const FileLook& look, Json& out);
// For a file that is refused because it was imported before: says how many people it would remove.
Output look_at_leavers(const std::shared_ptr<FileLook>& look, Error refused);

bool is_new_audience(Context& context, const std::string& name);
std::string new_audience_note(Context& context, const std::string& name);

}  // namespace pinrelay::cli
