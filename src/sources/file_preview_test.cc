#include "sources/file_preview.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/store_testing.h"

namespace pinrelay::sources {
namespace {

class FilePreviewTest : public testing::Test {
 protected:
  FilePreview look(const std::string& text, FileWishes options = {.format = RowFormat::kCsv}) {
    options.path = folder_ / "people";
    std::ofstream(options.path, std::ios::binary) << text;
    auto seen = preview_file(options, store::kNoon + std::chrono::hours(24 * 900));
    EXPECT_TRUE(seen.ok()) << (seen.ok() ? "" : seen.error().text());
    return seen.ok() ? std::move(*seen) : FilePreview{};
  }
  static std::string types(const FilePreview& preview) {
    std::string text;
    for (const ColumnPreview& column : preview.columns)
      text += column.name + ":" + std::string(store::type_name(column.type)) + ":" +
              std::to_string(column.filled) + " ";
    return text;
  }
  static std::string codes(const FilePreview& preview) {
    std::string text;
    for (const RowError& mistake : preview.mistakes)
      text += std::to_string(mistake.line) + ":" + mistake.code + " ";
    return text;
  }

  store::TempDirectory folder_;
};

TEST_F(FilePreviewTest, shows_columns_in_order_with_types_and_masked_samples) {
  const FilePreview seen = look(
      "email,key,born,visits,score,active,note\n"
      "anna@example.org,u1,1990-02-01,4,1.5,true,x\n"
      "bert@example.org,u2,1991-03-02,5,2,false,\n"
      "carl@example.org,u3,,6,3,,\"two\nlines\"\n");
  EXPECT_EQ(types(seen),
            "email:string:3 key:string:3 born:date:2 visits:int:3 score:number:3 active:bool:2 "
            "note:string:2 ");
  EXPECT_EQ(seen.columns[0].samples, (std::vector<std::string>{"a***@e***.org", "b***@e***.org"}));
  EXPECT_EQ(seen.key_column, "key");
  EXPECT_EQ(seen.rows, 3U);
  EXPECT_TRUE(seen.whole);
  EXPECT_EQ(codes(seen), "");
}

TEST_F(FilePreviewTest, guesses_what_separates_cells) {
  for (const std::string d : {",", ";", "\t", "|"}) {
    const FilePreview seen = look("id" + d + "email" + d + "note\n1" + d + "a@example.org" + d +
                                  "\"x, y; z | a\"\n2" + d + "b@example.org" + d + "\n");
    EXPECT_EQ(std::string(1, seen.delimiter), d);
    EXPECT_EQ(seen.columns.size(), 3U) << d;
    EXPECT_EQ(seen.key_column, "id");
  }
  EXPECT_EQ(look("email\na@example.org\n").delimiter, ',');
  EXPECT_EQ(look("a;b\n1;2\n", {.format = RowFormat::kCsv, .delimiter = ','}).columns.size(), 1U);
}

TEST_F(FilePreviewTest, guesses_the_key_among_those_that_tell_people_apart) {
  EXPECT_EQ(look("email,id\na@example.org,1\nb@example.org,2\n").key_column, "id");
  EXPECT_EQ(look("id,email\n1,a@example.org\n1,b@example.org\n").key_column, "email");
  EXPECT_EQ(look("city,code\nRome,1\nRome,2\n").key_column, "code");
  EXPECT_EQ(look("city,Customer_ID\nRome,1\nOslo,2\n").key_column, "Customer_ID");
  EXPECT_EQ(look("city,key\nRome,1\nOslo,2\n", {.format = RowFormat::kCsv, .key_column = "city"}).key_column,
            "city");
}

TEST_F(FilePreviewTest, tells_mistakes_with_their_lines_and_never_a_value) {
  const FilePreview seen = look("key,email\nu1,a@example.org\nu2\n,secret@example.org\nu3,c@example.org\n");
  EXPECT_EQ(codes(seen), "3:cell_count 4:empty_value ");
  EXPECT_EQ(seen.rows, 2U);
  EXPECT_EQ(seen.bad_rows, 2U);
  for (const RowError& mistake : seen.mistakes)
    EXPECT_EQ((mistake.message + mistake.fix).find("secret"), std::string::npos);
  EXPECT_EQ(codes(look("key,email,email\nu1,a,b\n")), "1:duplicate_member ");
  EXPECT_EQ(codes(look("")), "1:empty_file ");
  EXPECT_NE(codes(look("a,b\n1,2\n", {.format = RowFormat::kCsv, .key_column = "id"})), "");
}

TEST_F(FilePreviewTest, a_file_without_names_shows_nobody) {
  const FilePreview seen = look("anna@example.org,u1\nbert@example.org,u2\n");
  EXPECT_EQ(codes(seen), "1:no_header ");
  for (const ColumnPreview& column : seen.columns) EXPECT_EQ(column.name.find("anna@"), std::string::npos);
  EXPECT_EQ(seen.key_column.find("anna@"), std::string::npos);
  for (const char* file : {"+491701234567,Ada,Lovelace\n+491701234568,Bert,Brown\n",
                           "Ada,5d41402abc4b2a76b9719d911017c592\nBert,7d793037a0760186574b0282f2f435e7\n"}) {
    const FilePreview other = look(file);
    EXPECT_EQ(codes(other), "1:no_header ");
    for (const ColumnPreview& column : other.columns)
      for (const char* part : {"Ada", "1701234567", "5d41402a", "Lovelace"})
        EXPECT_EQ(column.name.find(part), std::string::npos) << column.name;
  }
}

TEST_F(FilePreviewTest, reads_ndjson_as_it_is_imported) {
  const FilePreview seen = look(
      "{\"type\":\"profile\",\"key\":\"u1\",\"fields\":{\"email\":\"a@example.org\",\"visits\":3}}\n"
      "{\"type\":\"profile\",\"key\":\"u2\",\"fields\":{\"visits\":4.5,\"tags\":[\"x\",\"y\"]}}\n"
      "{\"type\":\"enter\",\"key\":\"u2\",\"audience\":\"Readers\"}\n"
      "not json\n",
      {.format = RowFormat::kNdjson});
  EXPECT_EQ(types(seen), "key:string:3 email:string:1 visits:number:2 tags:array:1 ");
  EXPECT_EQ(codes(seen), "4:not_an_object ");
  EXPECT_EQ(seen.rows, 3U);
}

TEST_F(FilePreviewTest, looks_at_the_beginning_of_a_large_file_only) {
  std::string text = "key,email\n";
  for (int i = 0; i < 100'000; ++i) text += "u" + std::to_string(i) + ",a@example.org\n";
  const FilePreview seen = look(text);
  EXPECT_EQ(seen.bytes, text.size());
  EXPECT_FALSE(seen.whole);
  EXPECT_GT(seen.rows, 1'000U);
  EXPECT_LT(seen.rows, 20'000U);
}

TEST_F(FilePreviewTest, a_file_that_is_none_is_an_error) {
  EXPECT_EQ(preview_file({.path = folder_ / "nothing"}, {}).error().code, "file_not_found");
  EXPECT_EQ(preview_file({.path = folder_.path()}, {}).error().code, "not_a_file");
}

}  // namespace
}  // namespace pinrelay::sources
