// Uploads, the files that came over the API, and what a file holds before it is imported.
#include <fmt/format.h>

#include <filesystem>

#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/import_forecast.h"
#include "cli/imports.h"
#include "sources/file_preview.h"
#include "sources/uploads.h"

namespace pinrelay::cli {
namespace {

using sources::RowFormat;
using sources::Upload;
using sources::UploadFolder;

Json preview_json(const sources::FilePreview& preview) {
  Json columns = Json::array(), mistakes = Json::array();
  for (const sources::ColumnPreview& column : preview.columns)
    columns.push_back({{"name", column.name},
                       {"type", store::type_name(column.type)},
                       {"filled", column.filled},
                       {"samples", column.samples}});
  for (const sources::RowError& mistake : preview.mistakes)
    mistakes.push_back({{"line", mistake.line},
                        {"column", mistake.column},
                        {"code", mistake.code},
                        {"message", mistake.message},
                        {"fix", mistake.fix}});
  Json dropped = Json::object();
  preview.dropped.for_each(
      [&](std::string_view code, uint64_t count) { dropped[std::string(code)] = count; });
  Json json = {{"format", upload_format(preview.format)},
               {"encoding", preview.encoding.empty() ? "UTF-8" : preview.encoding},
               {"bytes", preview.bytes}};
  if (preview.format == RowFormat::kCsv) {
    json["delimiter"] = std::string(1, preview.delimiter);
    json["key"] = preview.key_column;
  }
  json.update({{"rows", preview.rows},
               {"bad_rows", preview.bad_rows},
               {"dropped", dropped},
               {"whole_file", preview.whole},
               {"columns", columns},
               {"mistakes", mistakes}});
  return json;
}

std::string delimiter_text(const std::string& delimiter) { return delimiter == "\t" ? "tab" : delimiter; }

std::string preview_text(const Json& json) {
  std::string text = fmt::format("{}, {} bytes; {}{} rows looked at, {} bad\n",
                                 json["format"].get<std::string>(), thousands(json["bytes"].get<int64_t>()),
                                 json["whole_file"].get<bool>() ? "all " : "the first ",
                                 thousands(json["rows"].get<int64_t>() + json["bad_rows"].get<int64_t>()),
                                 thousands(json["bad_rows"].get<int64_t>()));
  if (json["encoding"] != "UTF-8") text += "encoding: " + json["encoding"].get<std::string>() + "\n";
  if (json.contains("delimiter"))
    text += fmt::format("delimiter: {}  key: {}\n", delimiter_text(json["delimiter"].get<std::string>()),
                        plain(json["key"].get<std::string>()));
  TextTable table("  ");
  table.row({"column", "type", "filled", "samples"});
  for (const Json& column : json["columns"]) {
    std::string samples;
    for (const Json& sample : column["samples"])
      samples += (samples.empty() ? "" : ", ") + sample.get<std::string>();
    table.row({column["name"].get<std::string>(), column["type"].get<std::string>(),
               thousands(column["filled"].get<int64_t>()), samples});
  }
  text += table.text();
  for (const Json& mistake : json["mistakes"])
    text +=
        fmt::format("line {}: {}. {}\n", mistake["line"].get<uint64_t>(),
                    plain(mistake["message"].get<std::string>()), plain(mistake["fix"].get<std::string>()));
  return text;
}

Result<Output> preview(const sources::FileWishes& wishes, Time now) {
  const auto seen = TRY(sources::preview_file(wishes, now));
  Output output{preview_json(seen), ""};
  output.text = preview_text(output.json);
  return output;
}

// Those that the jobs of this machine's store would make of a file, where there is a store.
Result<void> count_conversions(const Arguments& arguments, const store::ImportRow& row, Json& out) {
  const std::string path = configuration_path(arguments.value("config"));
  if (!std::filesystem::exists(path)) return {};
  const config::Config config = TRY(load_configuration(path));
  const auto jobs = TRY(collecting_jobs(config.store));
  if (jobs.empty()) return {};
  FileLook whole{row, config.store, std::nullopt};
  whole.read({});
  if (whole.found) add_conversions(jobs, whole, out);
  return {};
}

// The rows of imports, read as they are now.
Result<sources::UploadImports> imports_of(Context& context) {
  sources::UploadImports imports;
  TRY(context.read([&]() -> Result<void> {
    imports = sources::upload_imports(context.store().imports.all());
    return {};
  }));
  return imports;
}

// An upload was sent as what it is.
Result<sources::FileWishes> wishes_of(const Arguments& arguments, const UploadFolder& folder,
                                      const Upload& upload) {
  sources::FileWishes wishes = TRY(read_wishes(arguments, folder.path(upload)));
  wishes.format = upload.format;
  return wishes;
}

bool is_imported(const UploadFolder& folder, const Upload& upload, const sources::UploadImports& imports) {
  const std::string path = folder.path(upload);
  const auto found = imports.find(path.substr(path.rfind('/') + 1));
  return found != imports.end() && !found->second;
}

}  // namespace

std::string upload_format(RowFormat format) { return format == RowFormat::kCsv ? "csv" : "ndjson"; }

Json upload_json(const Upload& upload) {
  return {{"upload", upload.name}, {"format", upload_format(upload.format)}, {"bytes", upload.bytes}};
}

Result<Output> run_import_preview(const Arguments& arguments) {
  const std::string path = arguments.path(arguments.positional.at(0));
  const sources::FileWishes wishes = TRY(read_wishes(arguments, path));
  const Time now = make_system_clock()->now();
  Output output = TRY(preview(wishes, now));
  const auto shape = sources::decide_shape(wishes);
  if (!shape) return output;  // the preview says so
  sources::ImportOptions options = TRY(read_import_options(arguments));
  options.take(wishes, *shape);
  if (shape->format == RowFormat::kCsv) options.key_column = shape->key_column;
  const auto counted = count_conversions(arguments, sources::row_of(options, now), output.json);
  if (!counted) output.json["notes"] = {"conversions are not counted: " + counted.error().text()};
  for (const Json& note : output.json.value("notes", Json::array()))
    output.text += note.get<std::string>() + "\n";
  return output;
}

Result<Output> run_upload_add(const Arguments& arguments) {
  return Error{ErrorKind::kInvalid, "only_remote", "a file is sent to a service elsewhere only",
               arguments.positional.at(0),
               "add --server, or import the file itself: pinrelay import " + arguments.positional.at(0)};
}

Result<Output> run_upload_list(Context& context, const Arguments&) {
  const UploadFolder folder(context.store());
  const auto imports = TRY(imports_of(context));
  Output output;
  output.json["uploads"] = Json::array();
  TextTable table;
  for (const Upload& upload : folder.list()) {
    Json json = upload_json(upload);
    json["at"] = json_time(upload.at);
    json["importing"] = is_imported(folder, upload, imports);
    table.row(
        {upload.name, upload_format(upload.format), thousands(static_cast<int64_t>(upload.bytes)) + " bytes",
         when_text(upload.at, context.clock.now()), json["importing"].get<bool>() ? "being imported" : ""});
    output.json["uploads"].push_back(std::move(json));
  }
  output.text = table.empty() ? "no file waits to be imported\n" : table.text();
  return output;
}

Result<Output> run_upload_show(Context& context, const Arguments& arguments) {
  const UploadFolder folder(context.store());
  const Upload upload = TRY(folder.find(arguments.positional.at(0)));
  sources::FileWishes wishes = TRY(wishes_of(arguments, folder, upload));
  std::unique_ptr<sources::InputLimits> trial;
  if (context.importer.limits() != nullptr) trial = context.importer.limits()->trial();
  wishes.limits = trial.get();
  Output output = TRY(preview(wishes, context.clock.now()));
  output.json["upload"] = upload.name;
  return output;
}

Result<Output> run_upload_import(Context& context, const Arguments& arguments) {
  const UploadFolder folder(context.store());
  const Upload upload = TRY(folder.find(arguments.positional.at(0)));
  const sources::FileWishes wishes = TRY(wishes_of(arguments, folder, upload));
  const auto options = TRY(read_import_options(arguments));
  // Not too old to wait any longer, from now on.
  std::error_code ignored;
  std::filesystem::last_write_time(wishes.path, std::filesystem::file_time_type::clock::now(), ignored);
  return begin_import(
      context, wishes, options, [folder, upload, path = wishes.path](const Output& begun) -> Result<void> {
        // The same content is being imported from another file: this one is not needed.
        const auto file_of = [](const std::string& file) { return std::filesystem::path(file).filename(); };
        if (file_of(begun.json["path"].get<std::string>()) != file_of(path)) TRY(folder.remove(upload.name));
        return {};
      });
}

Result<Output> run_upload_remove(Context& context, const Arguments& arguments) {
  const UploadFolder folder(context.store());
  const Upload upload = TRY(folder.find(arguments.positional.at(0)));
  if (is_imported(folder, upload, TRY(imports_of(context))))
    return Error{ErrorKind::kConflict, "upload_in_use", "the file is being imported", upload.name,
                 "it is removed when its import has ended: 'pinrelay import list'"};
  // A change of the store's too, if only of its audit log.
  TRY(context.engine.transact([&] { return folder.remove(upload.name); }));
  return Output{{{"upload", upload.name}}, "the file is removed\n"};
}

}  // namespace pinrelay::cli
