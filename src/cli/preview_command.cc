// `pinrelay preview`: the conversion events that profile rows would become, so that a mapping can be tested
// where neither a store nor a network is.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/json_text.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/imports.h"
#include "exports/mapping.h"
#include "sources/file_preview.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kRowsMax = 100'000;  // all lines are held until the end; samples are smaller

// One row read: its key and the values of the mapped fields. Views into the change.
struct PreviewRow {
  std::string key;
  std::vector<pinterest::FieldValue> values;
  exports::Reason consent = exports::Reason::kNone;
};

class Preview {
 public:
  Preview(const config::JobSettings& job, Time now)
      : job_(job),
        builder_(exports::event_mapping(job.conversions)),
        fields_(exports::mapped_fields(job.conversions)),
        now_(now) {}

  // The line of a row.
  Json line(const sources::SampleRow& row) {
    if (row.error) return {{"line", row.line}, {"error", row.error->message}, {"fix", row.error->fix}};
    store::ChangeReader reader(row.change);
    store::ChangeView change;
    if (!reader.next(change) || change.type != store::ChangeType::kProfile)
      return {{"line", row.line},
              {"error", "only rows of the type profile have values"},
              {"fix", "leave it out"}};
    Json out = event_line(read(change));
    for (sources::DroppedValue value : row.dropped) {
      const sources::RowError said = sources::describe(value);
      out["not_read"].push_back({{"reason", said.code}, {"message", said.message}, {"fix", said.fix}});
    }
    return out;
  }
  int64_t events() const { return events_; }
  int64_t invalid() const { return invalid_; }

 private:
  PreviewRow read(const store::ChangeView& change) const {
    PreviewRow row{std::string(change.key), std::vector<pinterest::FieldValue>(fields_.size()),
                   job_.consent_field.empty() ? exports::Reason::kNone : exports::Reason::kNoConsent};
    change.for_each_field([&](const store::FieldView& field) {
      for (size_t i = 0; i < fields_.size(); ++i)
        if (fields_[i] == field.name) row.values[i] = {field.type, field.value};
      if (field.name == job_.consent_field) row.consent = exports::read_consent(field.type, field.value);
    });
    return row;
  }

  Json event_line(const PreviewRow& row) {
    Json out = {{"key", row.key}};
    if (row.consent != exports::Reason::kNone) {
      ++invalid_;
      out["invalid"] = exports::info(row.consent).name;
      out["dropped"] = Json::array();
      return out;
    }
    const pinterest::BuiltEvent& event = builder_.build(row.values, now_);
    if (event.problem == pinterest::EventProblem::kNone) {
      ++events_;
      out["event"] = Json::parse(event.json);
    } else {
      ++invalid_;
      out["invalid"] = pinterest::to_text(event.problem);
    }
    out["dropped"] = Json::array();
    for (const pinterest::DroppedValue& dropped : event.dropped)
      out["dropped"].push_back({{"field", field_of(*dropped.target)},
                                {"target", dropped.target->target},
                                {"reason", pinterest::to_text(dropped.problem)}});
    if (event.late) out["late"] = true;
    if (event.ambiguous_time) out["ambiguous_time"] = true;
    return out;
  }

  // The first that is mapped to it; "" where the value is a constant.
  std::string field_of(const pinterest::ConversionField& target) const {
    const auto& targets = builder_.mapping().targets;
    const auto found = std::ranges::find(targets, &target);
    return found == targets.end() ? "" : fields_[static_cast<size_t>(found - targets.begin())];
  }

  const config::JobSettings& job_;
  pinterest::EventBuilder builder_;
  const std::vector<std::string> fields_;
  const Time now_;
  int64_t events_ = 0, invalid_ = 0;
};

Result<const config::JobSettings*> find_job(const config::Config& config, const std::string& name) {
  const auto job = std::ranges::find(config.jobs, name, &config::JobSettings::name);
  if (job == config.jobs.end())
    return Error{ErrorKind::kNotFound, "no_such_job",
                 fmt::format("the configuration has no job '{}'", plain(name)), "", "name one of its jobs"};
  if (job->type != config::JobType::kConversionsExport)
    return Error{ErrorKind::kInvalid, "no_conversions",
                 fmt::format("the job '{}' sends no conversions", plain(name)), "",
                 "name a job of the type conversions_export"};
  return &*job;
}

}  // namespace

Result<Output> run_preview(const Arguments& arguments) {
  const config::Config config = TRY(load_configuration(configuration_path(arguments.value("config"))));
  const config::JobSettings* job = TRY(find_job(config, arguments.positional.at(0)));
  const Time now =
      arguments.has("now") ? TRY(parse_rfc3339(arguments.value("now"))) : make_system_clock()->now();
  if (!arguments.has("rows"))
    return Error{ErrorKind::kInvalid, "usage", "which rows?", "--rows", "add --rows FILE"};
  const std::string path = arguments.path(arguments.value("rows"));
  std::ifstream file(path);
  if (!file)
    return Error{ErrorKind::kNotFound, "file_not_readable", "the file cannot be read", path,
                 "check the path"};
  Preview preview(*job, now);
  Output output;
  uint64_t rows = 0, bad = 0;
  TRY(sources::read_sample(TRY(read_wishes(arguments, path)), now, [&](const sources::SampleRow& row) {
    if (++rows > kRowsMax) return false;
    const Json line = preview.line(row);
    bad += line.contains("error");
    output.text += json_text(line) + "\n";
    return true;
  }));
  if (rows > kRowsMax)
    return Error{ErrorKind::kInvalid, "too_many_rows", fmt::format("more than {} rows", kRowsMax), path,
                 "preview a sample"};
  output.json = {{"events", preview.events()}, {"invalid", preview.invalid()}, {"bad_rows", bad}};
  output.exit_code = bad > 0 ? 1 : 0;
  return output;
}

}  // namespace pinrelay::cli
