#include <fmt/format.h>

#include <charconv>

#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/import_forecast.h"
#include "cli/imports.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kImportsMax = 500;
constexpr size_t kUnreadableMax = 1'000'000'000;

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
  return {{"number", row.number},
          {"path", row.path},
          {"audience", row.audience},
          {"mode", row.snapshot ? "snapshot" : "upsert"},
          {"state", store::kImportStateNames[static_cast<size_t>(row.state)]},
          {"as_of", format_rfc3339(row.as_of)},
          {"bytes", row.size},
          {"bytes_done", row.state == store::ImportState::kReading ? row.offset : row.size},
          {"format", row.format},
          {"encoding", row.encoding.empty() ? "UTF-8" : row.encoding},
          {"rows", row.rows},
          {"bad_rows", row.bad_rows},
          {"unreadable_keys", row.unreadable},
          {"allow_unreadable", row.unreadable_allowed},
          {"dropped", row.dropped.empty() ? Json::object() : Json::parse(row.dropped)},
          {"errors_listed", row.listed},
          {"errors_file", row.listed > 0 ? sources::Importer::errors_path(context.store(), row.number) : ""},
          {"exits", row.exits},
          {"superseded_by", row.superseded_by == 0 ? Json() : Json(row.superseded_by)},
          {"error", row.error}};
}

std::string dropped_text(const Json& dropped) {
  int64_t all = 0;
  std::string reasons;
  for (const auto& [reason, count] : dropped.items()) {
    all += count.get<int64_t>();
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", reason, thousands(count.get<int64_t>()));
  }
  return all == 0
             ? ""
             : fmt::format("\n  {} values left out of rows that were taken: {}", thousands(all), reasons);
}

// What a person can do about exits that do not happen by themselves.
std::string held_text(const Json& row) {
  const auto number = row["number"].get<int64_t>();
  const auto unreadable = row["unreadable_keys"].get<int64_t>();
  const std::string why =
      unreadable > row["allow_unreadable"].get<int64_t>()
          ? fmt::format("the keys of {} rows cannot be read, so nobody knows who is missing from the file",
                        thousands(unreadable))
          : "the file is empty or keeps less than a fifth of the audience";
  return fmt::format(
      "\n  {}; nobody has left the audience yet.\n  Correct the file and import it again, or let the exits "
      "happen: pinrelay import release {}\n  or drop them: pinrelay import discard {}",
      why, number, number);
}

std::string import_text(const Json& row) {
  std::string text = fmt::format("import {}: {}, {} rows", row["number"].get<int64_t>(),
                                 row["state"].get<std::string>(), row["rows"].get<int64_t>());
  if (row["bad_rows"] > 0) text += fmt::format(", {} bad rows", row["bad_rows"].get<int64_t>());
  if (row["unreadable_keys"] > 0)
    text += fmt::format(", the keys of {} of them cannot be read", row["unreadable_keys"].get<int64_t>());
  if (row["exits"] > 0) text += fmt::format(", {} exits", row["exits"].get<int64_t>());
  if (row["state"] == "failed") text += ": " + plain(row["error"].get<std::string>());
  text += dropped_text(row["dropped"]);
  if (row["errors_file"] != "")
    text += fmt::format("\n  {}listed in {}",
                        row["errors_listed"] >= sources::Importer::kListedMax ? "the first of them " : "",
                        row["errors_file"].get<std::string>());
  if (row["state"] == "held") text += held_text(row);
  if (row["state"] == "discarded")
    text += row["superseded_by"].is_null()
                ? "\n  its exits were dropped"
                : fmt::format("\n  its exits were dropped: import {} of the same audience came after it",
                              row["superseded_by"].get<int64_t>());
  return text + "\n";
}

}  // namespace

Result<sources::FileWishes> read_wishes(const Arguments& arguments, std::string path) {
  sources::FileWishes wishes;
  wishes.path = std::move(path);
  if (arguments.has("format")) {
    const std::string format = arguments.value("format");
    if (format != "csv" && format != "ndjson")
      return usage_error("unknown format '" + format + "'", "use csv or ndjson");
    wishes.format = format == "csv" ? sources::RowFormat::kCsv : sources::RowFormat::kNdjson;
  }
  if (arguments.has("delimiter")) {
    const std::string delimiter = arguments.value("delimiter");
    if (delimiter.size() != 1 && delimiter != "\\t")
      return usage_error("a delimiter is one character", "for example --delimiter ';'");
    wishes.delimiter = delimiter == "\\t" ? '\t' : delimiter[0];
  }
  wishes.encoding = arguments.value("encoding");
  TRY(sources::canonical_encoding(wishes.encoding));
  wishes.key_column = arguments.value("key");
  return wishes;
}

Result<sources::ImportOptions> read_import_options(const Arguments& arguments) {
  sources::ImportOptions options;
  options.audience = arguments.value("audience");
  if (arguments.has("audience") && options.audience.empty())
    return usage_error("the name of the audience is empty", "leave --audience out, or give it a name");
  const std::string mode = arguments.value("mode", "upsert");
  if (mode != "upsert" && mode != "snapshot")
    return usage_error("unknown mode '" + mode + "'", "use upsert or snapshot");
  options.snapshot = mode == "snapshot";
  if (arguments.has("as-of")) options.as_of = TRY(parse_rfc3339(arguments.value("as-of")));
  options.again = arguments.has("again");
  if (arguments.value("allow-unreadable") != "0")
    options.unreadable_allowed =
        static_cast<int64_t>(TRY(read_count(arguments, "allow-unreadable", 0, kUnreadableMax)));
  return options;
}

Result<Output> begin_import(Context& context, sources::FileWishes wishes, sources::ImportOptions options,
                            std::function<Result<void>(const Output& begun)> then) {
  // What can be told at once is.
  options.path = wishes.path;
  TRY(context.importer.check(options));
  TRY(sources::InputFile::open(wishes.path));
  // Who enters while the file is read is newer than it.
  if (!options.as_of) options.as_of = context.importer.now();
  struct Seen {
    Result<sources::FileShape> shape = sources::FileShape{};
    Result<sources::Fingerprint> print = sources::Fingerprint{};
  };
  const auto seen = std::make_shared<Seen>();
  const auto whole = std::make_shared<FileLook>(FileLook{{}, context.store().directory(), std::nullopt});
  const bool counted = !collecting_jobs(context).empty();
  Output output;
  output.look = std::make_shared<Look>();
  output.look->at_file = true;
  output.look->work = [seen, whole, counted, wishes, options,
                       now = context.importer.now()](const std::stop_token& stop) mutable {
    seen->shape = sources::decide_shape(wishes);
    if (!seen->shape) return;
    options.take(wishes, *seen->shape);
    whole->row = sources::row_of(options, now);
    seen->print = sources::fingerprint(wishes.path, stop);
    if (counted) whole->read(stop);
  };
  output.look->finish = [&context, seen, whole, wishes, options,
                         then = std::move(then)]() mutable -> Result<Output> {
    TRY(seen->shape);
    options.take(wishes, *seen->shape);
    const sources::Fingerprint known = TRY(std::move(seen->print));
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
  return begin_import(context, TRY(read_wishes(arguments, path)), TRY(read_import_options(arguments)));
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

Result<Output> run_import_discard(Context& context, const Arguments& arguments) {
  Output output;
  TRY(context.engine.transact([&]() -> Result<void> {
    const store::ImportRow row = TRY(find_import(context, arguments));
    TRY(context.importer.discard(row.number));
    output.json = import_json(context, *context.store().imports.get(row.number));
    return {};
  }));
  output.text = "the held exits are dropped; nobody leaves the audience by this file\n";
  return output;
}

}  // namespace pinrelay::cli
