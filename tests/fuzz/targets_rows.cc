// Change rows and CSV: what arrives by wire and by file.
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "base/json_writer.h"
#include "base/result.h"
#include "sources/change_rows.h"
#include "sources/csv.h"
#include "sources/csv_rows.h"
#include "sources/encoding.h"
#include "sources/value_types.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

using sources::CsvReader;

const Time kArrival = from_millis(1'800'000'000'000);

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

// What is stored must be whole and within its limits, or the store would choke on it later.
uint64_t check_changes(const Bytes& bytes) {
  store::ChangeReader reader(bytes);
  uint64_t changes = 0;
  for (store::ChangeView view; reader.next(view); ++changes) {
    CHECK(!view.key.empty() && view.key.size() <= store::kKeyBytesMax && is_utf8(view.key));
    CHECK(view.audience.size() <= store::kNameBytesMax && is_utf8(view.audience));
    CHECK(view.row_id.size() <= store::kNameBytesMax && is_utf8(view.row_id));
    CHECK(view.at <= to_millis(kArrival + sources::kFutureMax));
    size_t fields = 0;
    view.for_each_field([&](const store::FieldView& field) {
      ++fields;
      CHECK(!field.name.empty() && field.name.size() <= store::kNameBytesMax && is_utf8(field.name));
      CHECK(field.value.size() <= store::kValueBytesMax);
      store::for_each_item(field.type, field.value, [](const store::ItemView& item) {
        CHECK(is_utf8(item.text) && item.type != store::ValueType::kNull);
      });
    });
    CHECK(fields <= store::kFieldsMax);
    view.for_each_group([](std::string_view name) {
      CHECK(!name.empty() && name.size() <= store::kNameBytesMax && is_utf8(name));
    });
  }
  CHECK(reader.ok());
  return changes;
}

void check_error(const sources::RowError& error) {
  CHECK(error.line > 0 && !error.message.empty() && !error.fix.empty());
  CHECK(is_utf8(error.message) && is_utf8(error.fix));
  const bool known = std::any_of(sources::kRowErrorCodes.begin(), sources::kRowErrorCodes.end(),
                                 [&](const auto& entry) { return entry.code == error.code; });
  CHECK(known);
}

void run_change_rows(std::string_view input) {
  // An exact copy on the heap: a read past its end is seen.
  const std::vector<char> exact(input.begin(), input.end());
  Bytes changes;
  const auto parsed = sources::parse_change_rows({exact.data(), exact.size()}, kArrival, 1, changes);
  CHECK(parsed.rows == parsed.accepted + parsed.errors_total);
  CHECK(check_changes(changes) == parsed.accepted);
  for (const auto& error : parsed.errors) check_error(error);
  for (const auto& value : parsed.dropped.listed) check_error(value);
}

using Places = std::vector<std::pair<store::ValueType, std::string>>;
using Fields = std::map<std::string, std::pair<store::ValueType, Places>>;

// The fields of the row; nothing when it is bad.
std::optional<Fields> fields_of(std::string_view row) {
  Bytes changes;
  const auto parsed = sources::parse_change_rows(row, kArrival, 1, changes);
  check_changes(changes);
  if (parsed.accepted != 1 || parsed.rows != 1) return std::nullopt;
  Fields fields;
  store::ChangeReader reader(changes);
  for (store::ChangeView view; reader.next(view);) {
    view.for_each_field([&](const store::FieldView& field) {
      const auto [at, is_new] = fields.try_emplace(std::string(field.name), field.type, Places{});
      CHECK(is_new);
      store::for_each_place(field.type, field.value, [&](const store::ItemView& item) {
        at->second.second.emplace_back(item.type, item.text);
      });
    });
  }
  return fields;
}

void append_item(std::string& json, const Places::value_type& item) {
  using enum store::ValueType;
  if (item.first == kString || item.first == kDate) return append_json_string(json, item.second);
  json += item.first == kNull ? "null" : item.second;
}

std::string flat_row(const Fields& fields) {
  std::string json = R"({"type":"profile","key":"k","fields":{)";
  for (const auto& [name, value] : fields) {
    if (json.back() != '{') json += ',';
    append_json_string(json, name);
    json += ':';
    const bool array = value.first == store::ValueType::kArray;
    if (array) json += '[';
    for (size_t i = 0; i < value.second.size(); ++i) {
      if (i > 0) json += ',';
      append_item(json, value.second[i]);
    }
    if (array) json += ']';
    if (!array && value.second.empty()) json += "null";
  }
  return json + "}}";
}

// Objects are another way to write fields with dotted names: written flat, the row says the same, and each
// item of an array is in its place.
void run_nested_values(std::string_view input) {
  std::string row = R"({"type":"profile","key":"k","fields":)" + std::string(input) + "}";
  std::ranges::replace(row, '\n', ' ');
  const auto nested = fields_of(row);
  if (!nested) return;
  const std::string flat = flat_row(*nested);
  if (flat.size() <= sources::kRowBytesMax) CHECK(fields_of(flat) == nested);
}

// Decoding in pieces gives the same text as decoding at once, and leads back to places where decoding can
// begin.
void run_encodings(std::string_view input) {
  if (input.empty()) return;
  constexpr const char* kEncodings[] = {"UTF-16LE",  "UTF-16BE", "windows-1252",
                                        "Shift_JIS", "GB18030",  "UTF-32LE"};
  const auto choice = static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  const std::string encoding =
      sources::canonical_encoding(kEncodings[choice % std::size(kEncodings)]).value();
  sources::Decoder decoder(encoding);
  std::string whole;
  CHECK(decoder.decode(input, true, whole) == input.size());
  std::string pieces;
  const size_t piece = 8 + choice + input.size() / 64;
  for (size_t at = 0; at < input.size();) {
    const std::string_view part = input.substr(at, piece);
    const bool is_last = at + part.size() == input.size();
    const size_t before = pieces.size();
    const size_t read = decoder.decode(part, is_last, pieces);
    CHECK(read > 0 && read <= part.size());
    CHECK(decoder.place_of(part, is_last, pieces.size() - before) == read);
    at += read;
  }
  CHECK(pieces == whole);
  sources::Utf8Survey survey;
  survey.add(input);
  if (survey.is_another_encoding()) CHECK(!survey.likely_encoding().empty());
}

// Everything a reader says, as one text, for comparing.
std::string read_csv(std::string_view text, sources::CsvOptions options, size_t piece) {
  std::string out;
  CsvReader reader(options);
  size_t end = std::min(piece, text.size());
  std::vector<char> exact(text.begin(), text.begin() + static_cast<ptrdiff_t>(end));
  reader.feed({exact.data(), exact.size()}, end == text.size());
  for (;;) {
    const CsvReader::Next next = reader.next();
    if (next == CsvReader::Next::kEnd) break;
    if (next == CsvReader::Next::kStarved) {
      CHECK(end < text.size());
      end += std::min(piece, text.size() - end);
      exact.assign(text.begin() + static_cast<ptrdiff_t>(reader.offset()),
                   text.begin() + static_cast<ptrdiff_t>(end));
      exact.shrink_to_fit();
      reader.feed({exact.data(), exact.size()}, end == text.size());
      continue;
    }
    if (next == CsvReader::Next::kBad) {
      check_error(reader.error());
      out += "!" + reader.error().code + std::to_string(reader.error().column);
    } else {
      for (const std::string_view cell : reader.row().cells) out.append(cell) += '\x1f';
    }
    out += "@" + std::to_string(reader.offset()) + "," + std::to_string(reader.line()) + "\n";
  }
  CHECK(reader.offset() == text.size());
  return out;
}

// The first byte chooses the options, so that an input replays alone.
void run_csv(std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input[0]);
  input.remove_prefix(1);
  const sources::CsvOptions options{
      .delimiter = ",;\t|"[choice % 4],
      .line_end = choice % 5 == 0 ? '\r' : '\n',
      .row_bytes_max = choice % 3 == 0 ? size_t{choice} + 1 : sources::kRowBytesMax};
  const std::string whole = read_csv(input, options, SIZE_MAX);
  // Small pieces of large inputs would take quadratic time without finding more.
  const size_t piece = 1 + choice / 4 + input.size() / 64;
  CHECK(read_csv(input, options, piece) == whole);
}

void run_csv_rows(std::string_view input) {
  CsvReader reader({});
  reader.feed(input, true);
  sources::CsvRows rows;
  if (reader.next() != CsvReader::Next::kRow) return;
  if (const auto error = rows.read_header(reader.row(), "key")) return check_error(*error);
  Bytes changes;
  store::ChangeWriter writer(changes);
  uint64_t written = 0;
  for (CsvReader::Next next = reader.next(); next != CsvReader::Next::kEnd; next = reader.next()) {
    if (next != CsvReader::Next::kRow) continue;
    const auto error = rows.write(reader.row(), kArrival, writer);
    if (error) check_error(*error);
    written += !error && !rows.is_blank();
    CHECK(rows.key_of_bad().size() <= store::kKeyBytesMax && is_utf8(rows.key_of_bad()));
    for (sources::DroppedValue value : rows.dropped()) {
      value.line = 1;
      check_error(sources::describe(value));
    }
  }
  CHECK(check_changes(changes) == written);
}

}  // namespace

Target change_rows_target() {
  return {
      .name = "change_rows",
      .share = 80,
      .seeds = {R"({"type":"profile","key":"u1","fields":{"email":"a@example.org","phones":["+491","+492"],)"
                R"("age":42,"score":-4.5e-3,"vip":true,"old":null,"since":"2024-02-29"},)"
                R"("at":"2026-01-01T00:00:00.5+02:00","id":"r1"})"
                "\n",
                R"({"type":"enter","key":"u1","audience":"Readers"})"
                "\r\n"
                R"({"audience":"Readers","key":"u\u00fc\n2","type":"exit","id":"\ud83d\ude00"})",
                "\xef\xbb\xbf{\"type\":\"delete\",\"key\":\"u1\"}\n\n{\"type\":\"delete\",\"key\":\"u2\"}",
                R"({"type":"profile","key":"k","fields":{"a":{"b":[]}}})",
                R"({"type":"profile","key":17,"fields":{"items":[{"sku":"a","n":1},null,{"sku":["x"]},"t"],)"
                R"("a":{"b":{"c":{"d":{"e":{"f":1}}}}},"a.b":2,"s":NaN}})",
                "{\"type\":\"profile\",\"key\":\"u\",\"fields\":{\"a\":\"\xe9\",\"b\":[\"\xff\",{\"c\":"
                "\"\\ud800\"}]}}",
                R"( { "type" : "profile" , )"
                R"("fields" : { } , "key" : "k" } )"},
      .words = {"{",
                "}",
                "[",
                "]",
                ":",
                ",",
                "\"",
                "\"type\"",
                "\"key\"",
                "\"at\"",
                "\"id\"",
                "\"audience\"",
                "\"fields\"",
                "\"profile\"",
                "\"enter\"",
                "\"exit\"",
                "\"delete\"",
                "\"u1\"",
                "true",
                "false",
                "null",
                "42",
                "-1.5e3",
                "\n",
                "\"2026-01-01T00:00:00Z\"",
                "\"a\":1,",
                "{\"type\":\"profile\",",
                "\"fields\":{",
                "\"x\":[",
                "é",
                "\\u00e9",
                "\\\""},
      .start = [] { return run_change_rows; }};
}

Target nested_values_target() {
  return {
      .name = "nested_values",
      .share = 40,
      .seeds = {R"({"items":[{"sku":"a","n":1},null,{"sku":["x"]},"t",{"n":3}],"a.b":2,"a":{"b":1,"c":2}})",
                R"({"a":{"b":{"c":{"d":{"e":{"f":1}}}}},"list":[1,"two",null,true,-4.50,[3]],"x":null})",
                R"({"cart":{"items":[{"dim":{"w":1}},{"dim":{"w":2,"h":3}}],"total":"9.90"},"":1})",
                "{\"a\":[{\"b\":\"\xff\"},{\"b\":\"\\ud800\"},{\"b\":\"ok\",\"c\":{}}],\"d\":[]}"},
      .words = {"{",
                "}",
                "[",
                "]",
                ":",
                ",",
                "null",
                "true",
                "1",
                "-1.50",
                "\"a\":",
                "\"b\":{",
                "\"a.b\":",
                "\"items\":[{",
                "},{",
                "\"sku\":",
                "\"text\"",
                "\"2024-02-29\"",
                "\\u00e9",
                "\xff",
                "\"\":",
                "1e400",
                "9223372036854775808"},
      .start = [] { return run_nested_values; }};
}

Target encodings_target() {
  return {.name = "encodings",
          .share = 20,
          .seeds = {std::string("\x00\xff\xfei\0d\0\n\0\x3d\xd8\x00\xde", 12), "\x02Ren\xe9 10 \x96 20\n",
                    "\x03\x83\x65\x83\x58\n", "\x04\x81\x30\x81\x30"},
          .words = {"\xff\xfe", "\xfe\xff", "\xd8", "\xdc", "\x81", "\x30", "\n", "\xc3\xa9", "a"},
          .start = [] { return run_encodings; }};
}

Target csv_target() {
  return {.name = "csv",
          .share = 60,
          .seeds = {"\x01key,name\nu1,Anna\r\nu2,\"two\nlines\"\nu3,\"say \"\"hi\"\"\"\n",
                    "\x02\xef\xbb\xbf\"a\";\"b\";\n\n\"1\";;\"\"\r\n",
                    std::string("\x18") + "12345678,\"9\"\n,\n\"x",
                    "\x30"
                    "a,b\"c\n\"a\"b\n"},
          .words = {",", ";", "\t", "|", "\"", "\"\"", "\n", "\r\n", "\r", "a", "bb", "\",\"", "\"\n\"",
                    "\x03", "\xff"},
          .start = [] { return run_csv; }};
}

Target csv_rows_target() {
  return {.name = "csv_rows",
          .share = 30,
          .seeds = {"key,email,age,score,vip,since,zip\nu1,a@example.org,42,4.5,true,2024-02-29,02134\n"
                    "u2,\"b@example.org\",,-0,TRUE,2024-02-30,+49\nu3,x\n,,,,,,\n",
                    " key ,a\r\nk,\"v\nw\"\r\n", "key\n1\n2\n3\n"},
          .words = {"key", ",", "\n", "\"", "a", "42", "-7", "4.50", "1e5", "true", "2026-01-31",
                    "2026-01-31T12:00:00Z", "9223372036854775807", "0.1234567890123456", "é"},
          .start = [] { return run_csv_rows; }};
}

}  // namespace pinrelay::fuzz
