#include "sources/csv_rows.h"

#include <gtest/gtest.h>

#include <map>

namespace pinrelay::sources {
namespace {

const Time kArrival = from_millis(1'800'000'000'000);

struct Outcome {
  std::vector<std::map<std::string, std::string>> people;  // field → "type text"; the key under ""
  std::vector<RowError> errors;
};

Outcome read(std::string_view text, std::string_view key_column = "key") {
  Outcome out;
  CsvReader reader({});
  reader.feed(text, true);
  CsvRows rows;
  EXPECT_EQ(reader.next(), CsvReader::Next::kRow);
  if (auto error = rows.read_header(reader.row(), key_column)) {
    out.errors.push_back(*error);
    return out;
  }
  Bytes bytes;
  store::ChangeWriter writer(bytes);
  while (reader.next() == CsvReader::Next::kRow)
    if (auto error = rows.write(reader.row(), kArrival, writer)) out.errors.push_back(*error);
  store::ChangeReader changes(bytes);
  for (store::ChangeView view; changes.next(view);) {
    EXPECT_EQ(view.type, store::ChangeType::kProfile);
    EXPECT_EQ(view.at, to_millis(kArrival));
    auto& person = out.people.emplace_back();
    person[""] = view.key;
    view.for_each_field([&](const store::FieldView& field) {
      constexpr const char* kTypes[] = {"null", "string", "int", "number", "bool", "date", "array"};
      person[std::string(field.name)] =
          std::string(kTypes[static_cast<size_t>(field.type)]) + " " + std::string(as_text(field.value));
    });
  }
  return out;
}

TEST(CsvRows, makes_a_typed_field_of_each_cell) {
  const Outcome out = read("zip,key,age,score,vip,since,phone\n02134,u1,42,4.5,true,2024-02-29,+49123\n");
  ASSERT_EQ(out.people.size(), 1u);
  EXPECT_EQ(out.people[0], (std::map<std::string, std::string>{{"", "u1"},
                                                               {"zip", "string 02134"},
                                                               {"age", "int 42"},
                                                               {"score", "number 4.5"},
                                                               {"vip", "bool true"},
                                                               {"since", "date 2024-02-29"},
                                                               {"phone", "string +49123"}}));
}

TEST(CsvRows, leaves_fields_of_empty_cells_alone) {
  const Outcome out = read("key,a,b\nu1,,\"\"\n");
  ASSERT_EQ(out.people.size(), 1u);
  EXPECT_EQ(out.people[0].size(), 1u);
}

TEST(CsvRows, a_named_key_column_is_a_field_too) {
  const Outcome out = read("email,age\na@example.org,7\n", "email");
  ASSERT_EQ(out.people.size(), 1u);
  EXPECT_EQ(out.people[0].at(""), "a@example.org");
  EXPECT_EQ(out.people[0].at("email"), "string a@example.org");
}

TEST(CsvRows, repeats_nothing_of_a_first_row_that_is_a_person) {
  for (const char* row : {"anna@example.org,Anna,Berlin", "+491701234567,Anna,Anna", "Anna,Anna,030 1234567",
                          "Anna,2001-01-31", "Anna,5d41402abc4b2a76b9719d911017c592"}) {
    const RowError error = read(std::string(row) + "\n", "id").errors.at(0);
    for (const std::string& said : {error.message, error.fix})
      for (const char* part : {"nna", "1", "erlin", "5d"})
        EXPECT_EQ(said.find(part), std::string::npos) << said;
  }
}

TEST(CsvRows, says_what_is_wrong_with_a_header) {
  const auto error = [](std::string_view header, std::string_view key = "key") {
    return read(std::string(header) + "\n", key).errors.at(0);
  };
  EXPECT_EQ(error("key,a,,b").code, "empty_value");
  EXPECT_EQ(error("key,a,,b").column, 7u);
  EXPECT_EQ(error("key,a, a ").code, "duplicate_member");
  EXPECT_EQ(error("key,a, a ").column, 7u);
  EXPECT_EQ(error("kee,a").code, "missing_member");
  EXPECT_EQ(error("e-mail,a", "email").fix, "did you mean --key e-mail?");
  EXPECT_EQ(error("key,\xff").code, "bad_utf8");
  EXPECT_EQ(error("key," + std::string(store::kNameBytesMax + 1, 'x')).code, "too_long");
}

TEST(CsvRows, a_bad_row_never_stops_the_next_one) {
  const Outcome out =
      read("key,a,b\nu1,1\nu2,1,2,3\n,1,2\nu4,\xff,2\n" + std::string(store::kKeyBytesMax + 1, 'k') +
           ",1,2\nu6,1,\"" + std::string(store::kValueBytesMax + 1, 'v') + "\"\nu7,1,2\n");
  ASSERT_EQ(out.people.size(), 1u);
  EXPECT_EQ(out.people[0].at(""), "u7");
  const std::vector<std::string> codes{"cell_count", "cell_count", "empty_value",
                                       "bad_utf8",   "too_long",   "too_long"};
  const std::vector<uint32_t> columns{5, 8, 1, 4, 1, 6};
  ASSERT_EQ(out.errors.size(), codes.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(out.errors[i].code, codes[i]);
    EXPECT_EQ(out.errors[i].line, i + 2);
    EXPECT_EQ(out.errors[i].column, columns[i]) << i;
  }
}

TEST(CsvRows, points_behind_line_breaks_within_cells) {
  const Outcome out = read("key,a\nu1,\"x\ny\",more\n");
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].line, 3u);
  EXPECT_EQ(out.errors[0].column, 4u);
}

}  // namespace
}  // namespace pinrelay::sources
