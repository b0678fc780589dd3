#include "sources/csv_rows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace pinrelay::sources {
namespace {

const Time kArrival = from_millis(1'800'000'000'000);

struct Outcome {
  std::vector<std::map<std::string, std::string>> people;  // field → "type text"; the key under ""
  std::vector<RowError> errors;
  std::vector<std::string> keys_of_bad;  // "" where it could not be read
  DropCounts dropped;
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
  for (auto next = reader.next(); next != CsvReader::Next::kEnd; next = reader.next()) {
    if (next == CsvReader::Next::kBad) {
      out.errors.push_back(reader.error());
      out.keys_of_bad.emplace_back(rows.key_of_first_cell(reader.first_cell_of_bad()));
    } else if (auto error = rows.write(reader.row(), kArrival, writer)) {
      out.errors.push_back(*error);
      out.keys_of_bad.emplace_back(rows.key_of_bad());
    } else {
      for (const DroppedValue& value : rows.dropped()) out.dropped.add(value.code);
    }
  }
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

TEST(CsvRows, columns_are_counted_before_their_names_are_compared) {
  std::string header = "c0,c0";
  for (size_t i = 2; i <= store::kFieldsMax; ++i) header += fmt::format(",c{}", i);
  const Outcome out = read(header + "\n");
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].code, "too_many_fields");
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
  // u4 and u6 lost a value each.
  ASSERT_EQ(out.people.size(), 3u);
  EXPECT_EQ(out.people[0], (std::map<std::string, std::string>{{"", "u4"}, {"b", "int 2"}}));
  EXPECT_EQ(out.people[1], (std::map<std::string, std::string>{{"", "u6"}, {"a", "int 1"}}));
  EXPECT_EQ(out.people[2].at(""), "u7");
  EXPECT_EQ(out.dropped.json(), R"({"bad_utf8":1,"too_long":1})");
  const std::vector<std::string> codes{"cell_count", "cell_count", "empty_value", "too_long"};
  const std::vector<uint32_t> columns{5, 8, 1, 1};
  const std::vector<uint64_t> lines{2, 3, 4, 6};
  ASSERT_EQ(out.errors.size(), codes.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(out.errors[i].code, codes[i]);
    EXPECT_EQ(out.errors[i].line, lines[i]);
    EXPECT_EQ(out.errors[i].column, columns[i]) << i;
  }
}

TEST(CsvRows, trims_the_names_of_columns_as_values_are_trimmed) {
  // No-break spaces, a zero-width space, a byte order mark.
  const Outcome out =
      read("\xc2\xa0id,email\xc2\xa0,\xe2\x80\x8b\xef\xbb\xbf city \n1,a@example.org,Bonn\n", "id");
  ASSERT_EQ(out.people.size(), 1u);
  EXPECT_EQ(out.people[0].at("email"), "string a@example.org");
  EXPECT_EQ(out.people[0].at("city"), "string Bonn");
}

TEST(CsvRows, empty_columns_behind_the_last_one_do_not_count) {
  for (const char* text : {"id,city,\n1,Bonn,\n2,Rome,\n", "id,city\n1,Bonn,\n2,Rome,\n",
                           "id,city,,\n1,Bonn\n2,Rome,,\n", "id,city, \n1,Bonn, \n2,Rome\n"}) {
    const Outcome out = read(text, "id");
    EXPECT_TRUE(out.errors.empty()) << text;
    ASSERT_EQ(out.people.size(), 2u) << text;
    EXPECT_EQ(out.people[1].at("city"), "string Rome");
    EXPECT_EQ(out.dropped.json(), "");
  }
}

TEST(CsvRows, what_stands_in_a_column_without_a_name_is_dropped) {
  const Outcome out = read("id,city,\n1,Bonn,lost\n", "id");
  ASSERT_EQ(out.people.size(), 1u);
  EXPECT_EQ(out.dropped.json(), R"({"empty_value":1})");
}

TEST(CsvRows, a_row_of_nothing_but_delimiters_is_blank) {
  const Outcome out = read("id,city\n,\n1,Bonn\n\"\",\n,,\n", "id");
  EXPECT_TRUE(out.errors.empty());
  EXPECT_EQ(out.people.size(), 1u);
}

TEST(CsvRows, the_key_of_a_bad_row_is_read_where_it_is_certain_which_cell_it_is) {
  EXPECT_EQ(read("id,a,b\n5,x,Doe, Jim\n", "id").keys_of_bad, (std::vector<std::string>{"5"}));
  EXPECT_EQ(read("id,a,b\n7,x,Jim \"JJ\" Doe\n", "id").keys_of_bad, (std::vector<std::string>{"7"}));
  EXPECT_EQ(read("id,a,b\n7,x\n", "id").keys_of_bad, (std::vector<std::string>{"7"}));
  const std::vector<std::string> none{""};
  EXPECT_EQ(read("a,id,b\nx,5,Doe, Jim\n", "id").keys_of_bad, none);
  EXPECT_EQ(read("id,a,b\n5,\"x\ny\"\n", "id").keys_of_bad, none);
  EXPECT_EQ(read("id,a,b\n\xff,x\n", "id").keys_of_bad, none);
  EXPECT_EQ(read("id,a,b\n,x,y\n", "id").keys_of_bad, none);
  EXPECT_EQ(read("id,a,b\n5\"x,y,z\n", "id").keys_of_bad, none);
  EXPECT_EQ(read("id,a,b\n\"5\"x,y,z\n", "id").keys_of_bad, none);
  EXPECT_EQ(read("id,a,b\n5,\"x,y\n6,x,y\n", "id").keys_of_bad, none);
}

TEST(CsvRows, points_behind_line_breaks_within_cells) {
  const Outcome out = read("key,a\nu1,\"x\ny\",more\n");
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].line, 3u);
  EXPECT_EQ(out.errors[0].column, 4u);
}

}  // namespace
}  // namespace pinrelay::sources
