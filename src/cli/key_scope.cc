#include "cli/key_scope.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/access.h"
#include "cli/format.h"
#include "config/network.h"
#include "sources/row_error.h"

namespace pinrelay::cli {
namespace {

using sources::RowScope;

constexpr size_t kNamesMax = 100;  // networks, jobs, audiences

// The lines of an option, which are not too many.
Result<std::vector<std::string>> read_lines(const Arguments& arguments, const std::string& option) {
  std::vector<std::string> lines = lines_of(arguments.value(option));
  if (lines.size() <= kNamesMax) return lines;
  return Error{ErrorKind::kInvalid, "too_many", fmt::format("{} are more than {}", lines.size(), kNamesMax),
               option, "name fewer, or make another one for the rest"};
}

Result<void> read_networks(const Arguments& arguments, store::ApiTokenRow& row) {
  for (const std::string& line : TRY(read_lines(arguments, "network"))) {
    if (const auto network = config::read_network(line); !network.ok()) {
      Error wrong = network.error();
      wrong.where = "network";
      return wrong;
    }
    row.networks += (row.networks.empty() ? "" : " ") + line;
  }
  return {};
}

Json words(std::string_view text) {
  Json list = Json::array();
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    list.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return list.empty() ? Json() : list;
}

Json number_or_null(int64_t number) { return number == 0 ? Json() : Json(number); }

std::string text_of(const Json& list) { return joined(list.get<std::vector<std::string>>()); }

void add(std::string& text, const std::string& part) { text += (text.empty() ? "" : "; ") + part; }

}  // namespace

Result<void> read_token_scope(Context& context, const Arguments& arguments, store::ApiTokenRow& row) {
  TRY(read_networks(arguments, row));
  for (const std::string& name : TRY(read_lines(arguments, "job"))) {
    const exports::Job* job = context.engine.jobs().find(name);
    if (job == nullptr)
      return Error{ErrorKind::kNotFound, "no_job", fmt::format("there is no job '{}'", plain(name)), "job",
                   "see 'pinrelay job list'"};
    // The number: another job that gets this name one day is another job.
    row.jobs += fmt::format("{}{}", row.jobs.empty() ? "" : " ", job->row.number);
  }
  return {};
}

Result<void> read_key_scope(const Arguments& arguments, store::ApiTokenRow& row) {
  TRY(read_networks(arguments, row));
  const std::vector<std::string> audiences = TRY(read_lines(arguments, "audience"));
  for (const std::string& name : audiences)
    if (const auto wrong = sources::check_name("audience", name))
      return Error{ErrorKind::kInvalid, wrong->code, wrong->message, "audience", wrong->fix};
  row.audiences = sources::audience_lines(audiences);
  row.row_types = RowScope::kNewKey;
  if (arguments.has("rows")) row.row_types = TRY(sources::read_row_types(arguments.value("rows")));
  row.rows_a_minute = static_cast<int64_t>(TRY(read_count(arguments, "rows-a-minute", 0, INT64_MAX)));
  row.bytes_a_minute = static_cast<int64_t>(TRY(read_count(arguments, "bytes-a-minute", 0, INT64_MAX)));
  return {};
}

std::vector<std::string> job_names(Context& context, const std::string& numbers) {
  std::vector<std::string> names;
  for (const Json& word : words(numbers)) {
    const auto text = word.get<std::string>();
    store::JobNumber number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    const auto job = context.engine.core().jobs.find(number);
    if (job != context.engine.core().jobs.end()) names.push_back(job->second.row.name);
  }
  return names;
}

Json token_scope_json(Context& context, const store::ApiTokenRow& row) {
  return {{"networks", words(row.networks)},
          {"jobs", row.jobs.empty() ? Json() : Json(job_names(context, row.jobs))}};
}

Json key_scope_json(const store::ApiTokenRow& row) {
  const RowScope scope = sources::stored_scope(row.row_types, row.audiences);
  return {{"rows", sources::row_type_names(scope.types)},
          {"audiences", scope.audiences.empty() ? Json() : Json(scope.audiences)},
          {"networks", words(row.networks)},
          {"rows_a_minute", number_or_null(row.rows_a_minute)},
          {"bytes_a_minute", number_or_null(row.bytes_a_minute)},
          {"unlimited", is_unlimited(row)}};
}

std::string token_scope_text(const Json& token) {
  std::string text;
  if (!token["jobs"].is_null())
    add(text, token["jobs"].empty() ? "jobs that are gone" : "jobs " + text_of(token["jobs"]));
  if (!token["networks"].is_null()) add(text, "from " + text_of(token["networks"]));
  return text.empty() ? "everything, from anywhere" : text;
}

std::string key_scope_text(const Json& key) {
  if (key["unlimited"] == true) return "unlimited";
  std::string text = text_of(key["rows"]);
  if (!key["audiences"].is_null()) add(text, "audiences " + text_of(key["audiences"]));
  if (!key["networks"].is_null()) add(text, "from " + text_of(key["networks"]));
  for (const auto& [name, unit] : {std::pair("rows_a_minute", "rows"), {"bytes_a_minute", "bytes"}})
    if (!key[name].is_null())
      add(text, fmt::format("{} {} a minute", thousands(key[name].get<int64_t>()), unit));
  return text;
}

bool is_unlimited(const store::ApiTokenRow& key) {
  return sources::stored_scope(key.row_types, key.audiences).is_unlimited() && key.networks.empty();
}

}  // namespace pinrelay::cli
