#include <fmt/format.h>

#include <charconv>

#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/import_forecast.h"
#include "cli/imports.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kImportsMax = 500;

Result<store::ImportRow> find_import(Context& context, const Arguments& arguments) {
  const std::string& text = arguments.positional.at(0);
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  auto row = context.store().imports.get(number);
  if (row) return *row;
  return Error{ErrorKind::kNotFound, "no_import", fmt::format("there is no import '{}'", text), "",
               "see 'pinrelay import list'"};
}

Json import_json(Context& context, const store::ImportRow& row) {
  return {
      {"number", row.number},
      {"path", row.path},
      {"audience", row.audience},
      {"mode", row.snapshot ? "snapshot" : "upsert"},
      {"state", store::kImportStateNames[static_cast<size_t>(row.state)]},
      {"as_of", format_rfc3339(row.as_of)},
      {"bytes", row.size},
      {"bytes_done", row.state == store::ImportState::kReading ? row.offset : row.size},
      {"rows", row.rows},
      {"bad_rows", row.bad_rows},
      {"errors_file", row.bad_rows > 0 ? sources::Importer::errors_path(context.store(), row.number) : ""},
      {"exits", row.exits},
      {"error", row.error}};
}

std::string import_text(const Json& row) {
  std::string text = fmt::format("import {}: {}, {} rows", row["number"].get<int64_t>(),
                                 row["state"].get<std::string>(), row["rows"].get<int64_t>());
  if (row["bad_rows"] > 0) {
    text += fmt::format(", {} bad rows (listed in {})", row["bad_rows"].get<int64_t>(),
                        row["errors_file"].get<std::string>());
  }
  if (row["exits"] > 0) text += fmt::format(", {} exits", row["exits"].get<int64_t>());
  if (row["state"] == "failed") text += ": " + plain(row["error"].get<std::string>());
  if (row["state"] == "held") {
    text += fmt::format(
        "\n  the file is empty or keeps less than a fifth of the audience; nobody has left it yet.\n"
        "  If that is right: pinrelay import release {}",
        row["number"].get<int64_t>());
  }
  return text + "\n";
}

}  // namespace

Result<sources::RowFormat> read_format(const Arguments& arguments, const std::string& path) {
  const std::string format = arguments.value("format", path.ends_with(".csv") ? "csv" : "ndjson");
  if (format != "csv" && format != "ndjson")
    return usage_error("unknown format '" + format + "'", "use csv or ndjson");
  return format == "csv" ? sources::RowFormat::kCsv : sources::RowFormat::kNdjson;
}

Result<char> read_delimiter(const Arguments& arguments, char otherwise) {
  const std::string delimiter = arguments.value("delimiter", std::string(1, otherwise));
  if (delimiter.size() != 1 && delimiter != "\\t")
    return usage_error("a delimiter is one character", "for example --delimiter ';'");
  return delimiter == "\\t" ? '\t' : delimiter[0];
}

Result<sources::ImportOptions> read_import_options(const Arguments& arguments, std::string path,
                                                   sources::RowFormat format) {
  sources::ImportOptions options;
  options.path = std::move(path);
  options.format = format;
  options.key_column = arguments.value("key", "key");
  options.delimiter = TRY(read_delimiter(arguments, ','));
  options.audience = arguments.value("audience");
  if (arguments.has("audience") && options.audience.empty())
    return usage_error("the name of the audience is empty", "leave --audience out, or give it a name");
  const std::string mode = arguments.value("mode", "upsert");
  if (mode != "upsert" && mode != "snapshot")
    return usage_error("unknown mode '" + mode + "'", "use upsert or snapshot");
  options.snapshot = mode == "snapshot";
  if (arguments.has("as-of")) options.as_of = TRY(parse_rfc3339(arguments.value("as-of")));
  options.again = arguments.has("again");
  return options;
}

Result<Output> begin_import(Context& context, sources::ImportOptions options,
                            std::function<Result<void>(const Output& begun)> then) {
  // What can be told at once is.
  TRY(context.importer.check(options));
  TRY(sources::InputFile::open(options.path));
  // Who enters while the file is read is newer than it.
  if (!options.as_of) options.as_of = context.importer.now();
  const auto print = std::make_shared<std::optional<Result<sources::Fingerprint>>>();
  const auto whole = std::make_shared<FileLook>(
      FileLook{sources::row_of(options, context.importer.now()), context.store().directory(), std::nullopt});
  const bool counted = !collecting_jobs(context).empty();
  Output output;
  output.look = std::make_shared<Look>();
  output.look->at_file = true;
  output.look->work = [print, whole, counted, path = options.path](const std::stop_token& stop) {
    *print = sources::fingerprint(path, stop);
    if (counted) whole->read(stop);
  };
  output.look->finish = [&context, print, whole, options, then = std::move(then)]() -> Result<Output> {
    const sources::Fingerprint known = TRY(std::move(**print));
    Output begun;
    const Result<void> done = context.engine.transact([&]() -> Result<void> {
      const bool fresh = is_new_audience(context, options.audience);
      const int64_t number = TRY(context.importer.begin(options, known));
      begun.json = import_json(context, *context.store().imports.get(number));
      begun.json["notes"] = Json::array();
      if (fresh) begun.json["notes"].push_back(new_audience_note(context, options.audience));
      if (whole->found) add_conversions(collecting_jobs(context), *whole, begun.json);
      return {};
    });
    if (!done && done.error().code == "already_imported" && options.snapshot)
      return look_at_leavers(whole, done.error());
    TRY(done);
    begun.text = import_text(begun.json);
    for (const Json& note : begun.json["notes"]) begun.text += "  " + note.get<std::string>() + "\n";
    if (then) TRY(then(begun));
    return begun;
  };
  return output;
}

Result<Output> run_import_begin(Context& context, const Arguments& arguments) {
  const std::string path = arguments.path(arguments.positional.at(0));
  return begin_import(context, TRY(read_import_options(arguments, path, TRY(read_format(arguments, path)))));
}

Result<Output> run_import_list(Context& context, const Arguments& arguments) {
  const size_t limit = TRY(read_count(arguments, "limit", kImportsMax, kImportsMax));
  const int64_t after = TRY(read_cursor(arguments));
  Output output;
  output.json["imports"] = Json::array();
  TRY(context.read([&]() -> Result<void> {
    int64_t last = 0;
    bool more = false;
    for (const store::ImportRow& row : context.store().imports.all()) {
      if (row.number <= after || more) continue;
      more = output.json["imports"].size() == limit;
      if (more) continue;
      last = row.number;
      output.json["imports"].push_back(import_json(context, row));
      output.text += import_text(output.json["imports"].back());
    }
    output.json["next_cursor"] = next_cursor(more, last);
    return {};
  }));
  if (output.text.empty()) output.text = "nothing has been imported\n";
  return output;
}

Result<Output> run_import_show(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.read([&]() -> Result<void> {
    output.json = import_json(context, TRY(find_import(context, arguments)));
    return {};
  }));
  output.text = import_text(output.json);
  return output;
}

Result<Output> run_import_release(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.engine.transact([&]() -> Result<void> {
    const store::ImportRow row = TRY(find_import(context, arguments));
    TRY(context.importer.release(row.number));
    output.json = import_json(context, row);
    return {};
  }));
  output.text = "the held exits are let through\n";
  return output;
}

}  // namespace pinrelay::cli
