// Files as programs write them: what they are, and that they are read as that.
#include "sources/file_shape.h"

#include <gtest/gtest.h>

#include <fstream>

#include "sources/file_preview.h"
#include "store/store_testing.h"

namespace pinrelay::sources {
namespace {

const Time kArrival = from_millis(1'800'000'000'000);

std::string in_utf16(std::string_view ascii, bool big, bool mark) {
  std::string out = !mark ? "" : big ? "\xfe\xff" : "\xff\xfe";
  for (const char c : ascii) out += big ? std::string{'\0', c} : std::string{c, '\0'};
  return out;
}

struct FileShapeTest : testing::Test {
  std::string write(const std::string& text, const std::string& name = "people.csv") {
    path_ = folder_ / name.c_str();
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  Result<FileShape> shape(FileWishes wishes = {}) {
    wishes.path = path_;
    return decide_shape(wishes);
  }
  std::string refusal(FileWishes wishes = {}) {
    const auto decided = shape(std::move(wishes));
    return decided.ok() ? "" : decided.error().code;
  }
  RowStreamOptions options(const FileShape& shape) const {
    return {.path = path_,
            .format = shape.format,
            .delimiter = shape.delimiter,
            .key_column = shape.key_column.empty() ? "key" : shape.key_column,
            .encoding = shape.encoding};
  }
  // Every change of the file as "key field=value …", and the drops and errors behind; each batch by a stream
  // of its own, as after a kill.
  std::vector<std::string> rows(FileWishes wishes = {}, size_t batch_bytes = SIZE_MAX) {
    std::vector<std::string> out;
    const auto decided = shape(std::move(wishes));
    EXPECT_TRUE(decided.ok()) << (decided.ok() ? "" : decided.error().text());
    if (!decided.ok()) return out;
    RowStreamOptions where = options(*decided);
    for (bool end = false; !end;) {
      const auto stream = RowStream::open(where);
      EXPECT_TRUE(stream.ok()) << (stream.ok() ? "" : stream.error().text());
      if (!stream.ok()) break;
      Bytes changes;
      const auto batch = (*stream)->next(batch_bytes, kArrival, changes);
      EXPECT_TRUE(batch.ok()) << (batch.ok() ? "" : batch.error().text());
      if (!batch.ok()) break;
      store::ChangeReader reader(changes);
      for (store::ChangeView change; reader.next(change);) {
        std::string row(change.key);
        change.for_each_field([&](const store::FieldView& field) {
          row += " " + std::string(field.name) + "=" + std::string(as_text(field.value));
        });
        out.push_back(row);
      }
      for (const RowError& error : batch->errors) out.push_back("!" + error.code);
      for (const RowError& value : batch->dropped.listed) out.push_back("-" + value.code);
      EXPECT_TRUE(batch->end || batch->offset > where.offset);
      where.offset = batch->offset, where.line = batch->line;
      end = batch->end;
    }
    return out;
  }
  using Rows = std::vector<std::string>;

  store::TempDirectory folder_;
  std::string path_;
};

TEST_F(FileShapeTest, lines_may_end_with_carriage_returns_alone) {
  write("id,email\r1,ann@example.org\r2,\"two\rlines\"\r\r3,cho@example.org");
  EXPECT_EQ(rows(), (Rows{"1 id=1 email=ann@example.org", "2 id=2 email=two\rlines",
                          "3 id=3 email=cho@example.org"}));
  EXPECT_EQ(rows({}, 1), rows());
}

TEST_F(FileShapeTest, lines_may_end_with_several_carriage_returns_and_a_line_feed) {
  write("id,email\r\r\n1,ann@example.org\r\r\n2,\"bob@example.org\"\r\r\n");
  EXPECT_EQ(rows(), (Rows{"1 id=1 email=ann@example.org", "2 id=2 email=bob@example.org"}));
  EXPECT_EQ(rows({}, 1), rows());
}

TEST_F(FileShapeTest, a_stray_carriage_return_ends_no_line) {
  write("id,email\n1,a\rb\n2,c\n");
  EXPECT_EQ(rows(), (Rows{"1 id=1 email=a\rb", "2 id=2 email=c"}));
}

TEST_F(FileShapeTest, a_first_line_that_names_the_delimiter_is_none_of_the_rows) {
  for (const char* first : {"sep=;\r\n", "\xef\xbb\xbfsep=;\n", "\"sep=;\"\r\n"}) {
    write(std::string(first) + "id;email\r\n1;ann@example.org\r\n2;b,b\r\n");
    EXPECT_EQ(rows(), (Rows{"1 id=1 email=ann@example.org", "2 id=2 email=b,b"})) << first;
    EXPECT_EQ(rows({}, 1), rows());
  }
}

TEST_F(FileShapeTest, the_delimiter_is_found_out_and_a_given_one_is_taken) {
  for (const char delimiter : {',', ';', '\t', '|'}) {
    write(std::string("id") + delimiter + "email\n1" + delimiter + "ann@example.org\n");
    EXPECT_EQ(shape()->delimiter, delimiter);
  }
  EXPECT_EQ(shape({.delimiter = '+'})->delimiter, '+');
}

TEST_F(FileShapeTest, the_ending_of_the_name_counts_in_any_case_and_else_the_content) {
  const std::string csv = "id,email\n1,ann@example.org\n", ndjson = "{\"type\":\"delete\",\"key\":\"1\"}\n";
  for (const char* name : {"a.csv", "a.CSV", "a.tsv", "a.Tsv", "a.txt", "a", "a.dat"}) {
    write(csv, name);
    EXPECT_EQ(shape()->format, RowFormat::kCsv) << name;
  }
  for (const char* name : {"a.ndjson", "a.NDJSON", "a.jsonl", "a.json", "a.txt", "a"}) {
    write(ndjson, name);
    EXPECT_EQ(shape()->format, RowFormat::kNdjson) << name;
  }
  write(ndjson, "a.csv");
  EXPECT_EQ(shape({.format = RowFormat::kNdjson})->format, RowFormat::kNdjson);
}

TEST_F(FileShapeTest, utf16_is_read_with_a_mark_and_without_one) {
  std::string text = "id,email\r\n";
  for (int i = 0; i < 3000; ++i) text += std::to_string(i) + ",p" + std::to_string(i) + "@example.org\r\n";
  write(text);
  const Rows expected = rows();
  ASSERT_EQ(expected.size(), 3000u);
  for (const bool big : {false, true})
    for (const bool mark : {false, true}) {
      write(in_utf16(text, big, mark));
      EXPECT_EQ(rows(), expected) << big << mark;
      EXPECT_EQ(rows({}, 1000), expected) << big << mark;
    }
}

TEST_F(FileShapeTest, characters_of_two_units_are_one_and_half_of_one_costs_its_value) {
  const auto unit = [](int value) {
    return std::string{static_cast<char>(value & 0xff), static_cast<char>(value >> 8)};
  };
  write("\xff\xfe" + in_utf16("id,a,b\n1,", false, false) + unit(0xd83d) + unit(0xde00) +
        in_utf16(",x\n2,", false, false) + unit(0xd83d) + in_utf16(",y\n", false, false));
  EXPECT_EQ(rows(), (Rows{"1 id=1 a=\xf0\x9f\x98\x80 b=x", "2 id=2 b=y", "-bad_utf8"}));
}

TEST_F(FileShapeTest, an_import_in_another_encoding_resumes_at_the_right_row) {
  std::string text = "id,name\n";
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + ",Ren\xe9 \x80 " + std::to_string(i) + "\n";
  write(text);
  const Rows whole = rows({.encoding = "windows-1252"});
  ASSERT_EQ(whole.size(), 20'000u);
  EXPECT_EQ(whole[7], "7 id=7 name=Ren\xc3\xa9 \xe2\x82\xac 7");
  EXPECT_EQ(rows({.encoding = "windows-1252"}, 50'000), whole);
}

TEST_F(FileShapeTest, a_file_in_another_encoding_is_refused_with_the_likely_one) {
  write(
      "id,email,note\r\n1,ann@example.org,10 \x96 "
      "20\r\n2,bob@example.org,plain\r\n3,cho@example.org,Caf\xe9\r\n");
  const auto decided = shape();
  ASSERT_FALSE(decided.ok());
  EXPECT_EQ(decided.error().code, "other_encoding");
  EXPECT_NE(decided.error().message.find("windows-1252"), std::string::npos) << decided.error().text();
  EXPECT_NE(decided.error().fix.find("--encoding windows-1252"), std::string::npos);
  EXPECT_EQ(rows({.encoding = "windows-1252"}), (Rows{"1 id=1 email=ann@example.org note=10 \xe2\x80\x93 20",
                                                      "2 id=2 email=bob@example.org note=plain",
                                                      "3 id=3 email=cho@example.org note=Caf\xc3\xa9"}));
}

TEST_F(FileShapeTest, it_is_refused_however_late_the_first_byte_is_that_says_so) {
  const std::string ascii = "id,name\n" + std::string(700'000, ' ') + "\n";
  write(ascii + "1,Ren\xe9\n");
  EXPECT_EQ(refusal(), "other_encoding");
  EXPECT_EQ(preview_file({.path = path_}, kArrival)->mistakes.at(0).code, "other_encoding");
  write(ascii + "1,Ren\xe9");
  EXPECT_EQ(refusal(), "other_encoding");
  write("1,Ren\xe9\n" + ascii + "1,Ren\xc3\xa9\n");
  EXPECT_EQ(refusal(), "");
}

TEST_F(FileShapeTest, a_file_with_some_characters_of_utf8_is_utf8_with_damaged_values) {
  write("id,name,city\n3,Ren\xc3\xa9,Bonn\n9,Zo\xc3,Rome\n");
  EXPECT_EQ(rows(), (Rows{"3 id=3 name=Ren\xc3\xa9 city=Bonn", "9 id=9 city=Rome", "-bad_utf8"}));
}

TEST_F(FileShapeTest, whoever_says_that_it_is_utf8_has_it_read_as_that) {
  write("id,name\n1,Ren\xe9\n");
  EXPECT_EQ(rows({.encoding = "utf-8"}), (Rows{"1 id=1", "-bad_utf8"}));
}

TEST_F(FileShapeTest, knows_encodings_that_can_be_read_from_their_middle_on) {
  EXPECT_EQ(canonical_encoding("UTF8").value(), "");
  EXPECT_EQ(canonical_encoding("latin1").value(), canonical_encoding("ISO-8859-1").value());
  EXPECT_TRUE(canonical_encoding("shift_jis").ok());
  EXPECT_EQ(canonical_encoding("nonsense").error().code, "unknown_encoding");
  EXPECT_EQ(canonical_encoding("ISO-2022-JP").error().code, "unknown_encoding");
}

TEST_F(FileShapeTest, says_what_a_file_is_that_holds_no_rows) {
  const std::pair<std::string, const char*> files[] = {
      {std::string("PK\x03\x04", 4) + "xxxx[Content_Types].xml", "workbook"},
      {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"},
      {std::string("PK\x03\x04", 4) + "xxxxpeople.csv", "archive"},
      {"\x1f\x8b\x08", "gzip"}};
  for (const auto& [content, code] : files)
    for (const char* name : {"people.csv", "people.ndjson", "people"}) {
      write(content, name);
      EXPECT_EQ(refusal(), code) << name;
    }
  write("[\n  {\"type\":\"delete\",\"key\":\"1\"}\n]\n", "people.json");
  EXPECT_EQ(refusal(), "json_array");
  write("[{\"type\":\"delete\",\"key\":\"1\"},\n{\"type\":\"delete\",\"key\":\"2\"}]\n", "people.json");
  EXPECT_EQ(refusal(), "json_array");
  write("{\n  \"type\": \"profile\",\n  \"key\": \"1\"\n}\n", "people.json");
  EXPECT_EQ(refusal(), "json_lines");
  // A first row that is only broken is a bad row.
  write("{\"type\":\"delete\",\n{\"type\":\"delete\",\"key\":\"2\"}\n", "people.json");
  EXPECT_EQ(rows(), (Rows{"2", "!bad_json"}));
  write("[1,2]\n{\"type\":\"delete\",\"key\":\"2\"}\n", "people.json");
  EXPECT_EQ(rows(), (Rows{"2", "!not_an_object"}));
}

TEST_F(FileShapeTest, the_first_thousand_rows_of_a_preview_and_an_import_agree_on_every_decision) {
  std::string csv = "sep=;\r\nid;email;city;\r\n", ndjson;
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    csv += i % 7 == 3    ? n + ";x;y;z;w\r\n"
           : i % 11 == 4 ? n + ";\"a\"b;c;\r\n"
                         : n + ";p" + n + (i % 5 == 2 ? "\xff" : "\xc3\xa9") + ";Bonn;\r\n";
    ndjson += "{\"type\":\"profile\",\"key\":" + n + ",\"fields\":{\"a\":" +
              (i % 7 == 3   ? "NaN"
               : i % 5 == 2 ? "[[1]]"
                            : "{\"b\":[{\"c\":1},null]}") +
              "}}\n";
  }
  for (const auto& [text, name] : {std::pair(csv, "people.csv"),
                                   {in_utf16("id\temail\n1\ta\n2\tb\tc\n", false, true), "p.tsv"},
                                   {ndjson, "people.json"}}) {
    write(text, name);
    const FilePreview seen = preview_file({.path = path_}, kArrival).value();
    const FileShape decided = shape().value();
    EXPECT_EQ(seen.format, decided.format);
    EXPECT_EQ(seen.encoding, decided.encoding);
    EXPECT_EQ(seen.delimiter, decided.delimiter);
    EXPECT_TRUE(seen.whole);
    const auto stream = RowStream::open(options(decided));
    ASSERT_TRUE(stream.ok());
    Bytes changes;
    const RowBatch batch = (*stream)->next(SIZE_MAX, kArrival, changes).value();
    EXPECT_EQ(seen.rows, batch.accepted);
    EXPECT_EQ(seen.bad_rows, batch.errors.size());
    EXPECT_EQ(seen.dropped.json(), batch.dropped.counts.json());
  }
}

}  // namespace
}  // namespace pinrelay::sources
