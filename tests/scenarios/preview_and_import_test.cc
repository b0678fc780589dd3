// A preview decides on every row and value as an import does: what is taken, what is bad, what is left out
// and why.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

#include "imports.h"
#include "sources/file_preview.h"

namespace pinrelay::scenarios {
namespace {

using sources::FileWishes;

// Everything that was decided on a file.
struct Decisions {
  std::string refused;  // the code of the file's own error
  int64_t taken = 0;
  std::vector<std::pair<uint64_t, std::string>> bad, dropped;  // line and code, sorted
  std::string dropped_counts;
  // Keys that stand in one row, each with its fields as text.
  std::map<std::string, std::map<std::string, std::string>> people;
};

std::string text_of(store::ValueType type, ByteView value) {
  std::string text;
  store::for_each_item(type, value,
                       [&](const store::ItemView& item) { text += std::string(item.text) + "\n"; });
  return text;
}

class PreviewAndImport : public ImportScenario {
 protected:
  // As `preview JOB --rows` reads the file.
  Decisions sampled(const FileWishes& wishes) {
    Decisions out;
    std::map<std::string, int> seen;
    sources::DropCounts counts;
    const auto read = sources::read_sample(wishes, now(), [&](const sources::SampleRow& row) {
      if (row.error) {
        out.bad.emplace_back(row.line, row.error->code);
        return true;
      }
      ++out.taken;
      for (const sources::DroppedValue& value : row.dropped) {
        out.dropped.emplace_back(row.line, value.code);
        counts.add(value.code);
      }
      store::ChangeReader reader(row.change);
      store::ChangeView change;
      EXPECT_TRUE(reader.next(change));
      ++seen[std::string(change.key)];
      auto& fields = out.people[std::string(change.key)];
      change.for_each_field([&](const store::FieldView& field) {
        if (field.type != store::ValueType::kNull)
          fields[std::string(field.name)] = text_of(field.type, field.value);
      });
      return true;
    });
    out.dropped_counts = counts.json();
    if (!read.ok()) out.refused = read.error().code;
    std::erase_if(out.people, [&](const auto& item) { return seen[item.first] > 1; });
    return sorted(std::move(out));
  }

  Decisions imported(const FileWishes& wishes, const Decisions& expected) {
    Decisions out;
    const auto shape = sources::decide_shape(wishes);
    if (!shape.ok()) {
      out.refused = shape.error().code;
      return out;
    }
    sources::ImportOptions options;
    options.take(wishes, *shape);
    options.key_column = shape->key_column;
    const store::ImportRow row = work(begin(options));
    out.taken = row.rows;
    out.dropped_counts = row.dropped;
    std::ifstream errors(sources::Importer::errors_path(*store_, row.number));
    for (std::string line; std::getline(errors, line);) {
      const auto error = nlohmann::json::parse(line);
      (error.contains("row_taken") ? out.dropped : out.bad).emplace_back(error["line"], error["code"]);
    }
    for (const auto& [key, fields] : expected.people) out.people[key] = stored(key);
    EXPECT_EQ(row.bad_rows, static_cast<int64_t>(out.bad.size()));
    return sorted(std::move(out));
  }

  std::map<std::string, std::string> stored(const std::string& key) {
    std::map<std::string, std::string> fields;
    store_->profiles.read({store_->profiles.id_of(key)}, [&](size_t, const store::Person& person) {
      for (const store::StoredField& field : person.fields)
        if (field.type != store::ValueType::kNull)
          fields[store_->catalog.fields()[field.number].name] = text_of(field.type, field.value);
    });
    return fields;
  }

  static Decisions sorted(Decisions decisions) {
    std::ranges::sort(decisions.bad);
    std::ranges::sort(decisions.dropped);
    return decisions;
  }

  // Both previews, and an import, of the same file.
  void expect_agreement(const std::string& name, const std::string& content, FileWishes wishes = {}) {
    SCOPED_TRACE(name);
    settle();
    importer_.reset();
    wishes.path = store_->directory() + "/" + name;
    std::ofstream(wishes.path, std::ios::binary) << content;
    const Decisions sample = sampled(wishes);
    const auto preview = sources::preview_file(wishes, now());
    ASSERT_TRUE(preview.ok()) << preview.error().text();
    for (const auto& [key, fields] : sample.people) erase(key);  // of the file before
    settle();
    advance(seconds{1});
    const Decisions import = imported(wishes, sample);
    EXPECT_EQ(sample.refused, import.refused);
    if (!import.refused.empty()) {
      ASSERT_EQ(preview->mistakes.size(), 1U);
      EXPECT_EQ(preview->mistakes[0].code, import.refused);
      return;
    }
    EXPECT_EQ(sample.taken, import.taken);
    EXPECT_EQ(sample.bad, import.bad);
    EXPECT_EQ(sample.dropped_counts, import.dropped_counts);
    EXPECT_TRUE(std::ranges::includes(sample.dropped, import.dropped)) << "an import lists the first ones";
    EXPECT_EQ(sample.people, import.people);
    ASSERT_TRUE(preview->whole);
    EXPECT_EQ(static_cast<int64_t>(preview->rows), import.taken);
    EXPECT_EQ(preview->bad_rows, import.bad.size());
    EXPECT_EQ(preview->dropped.json(), import.dropped_counts);
  }
};

std::string row_of(int number, const std::string& fields) {
  return fmt::format(R"({{"type":"profile","key":"k{}","fields":{}}})", number, fields);
}

std::string many_names() {
  std::string text = "{\"deep\":{";
  for (int i = 0; i < 120; ++i) text += fmt::format("{}\"n{}\":{}", i == 0 ? "" : ",", i, i);
  return text + "}}";
}

// A row of each kind that goes wrong somewhere, in any order; `number` makes its key.
std::string nasty_line(int number, uint64_t kind) {
  const std::string key = fmt::format("\"k{}\"", number);
  switch (kind) {
    case 0:
      return row_of(number, R"({"email":"ann@example.org","age":42})");
    case 1:
      return row_of(number, R"({"address":{"city":"Bonn","geo":{"lat":1.5}},"tags":["a",null,"b"]})");
    case 2:
      return row_of(number, R"({"items":[{"sku":"a","n":1},{"sku":"b"},null,{"n":3}]})");
    case 3:
      return row_of(number, R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}},"kept":1})");
    case 4:
      return row_of(number, R"({"address.city":"Rome","address":{"city":"Bonn","zip":"1"}})");
    case 5:
      return row_of(number, many_names());
    case 6:
      return row_of(number, "{\"damaged\":\"caf\xe9\",\"kept\":\"caf\xc3\xa9\"}");
    case 7:
      return row_of(number, R"({"half":"\ud800","kept":1})");
    case 8:
      return row_of(number, R"({"nan":NaN})");
    case 9:
      return row_of(number, R"({"twice":1,"twice":2})");
    case 10:
      return row_of(number, R"({"list":[[1,2],3],"":"nameless"})");
    case 11:
      return row_of(number, "{\"long\":\"" + std::string(70'000, 'x') + "\",\"kept\":1}");
    case 12:
      return fmt::format(R"({{"type":"profile","key":{},"fields":{{"n":9007199254740993}}}})", number);
    case 13:
      return fmt::format(R"({{"type":"profile","key":{}.5,"fields":{{}}}})", number);
    case 14:
      return R"({"type":"profile","fields":{"email":"nobody@example.org"}})";
    case 15:
      return fmt::format(R"({{"type":"profile","key":{},"at":"2099-01-01T00:00:00Z"}})", key);
    case 16:
      return fmt::format(R"({{"type":"profile","key":{},"at":"yesterday"}})", key);
    case 17:
      return fmt::format(R"({{"type":"enter","key":{},"audience":"Readers"}})", key);
    case 18:
      return fmt::format(R"({{"type":"exit","key":{}}})", key);
    case 19:
      return fmt::format(R"({{"type":"leave","key":{}}})", key);
    case 20:
      return fmt::format(R"({{"type":"delete","key":{},"fields":{{}}}})", key);
    case 21:
      return fmt::format(R"({{"type":"profile","key":{},"colour":1}})", key);
    case 22:
      return "[" + row_of(number, "{}") + "]";
    case 23:
      return "  ";
    case 24:
      return row_of(number, R"({"open":"end)");
    case 25:
      return "\t" + row_of(number, R"({"blanks":" \u00a0 "})") + " \r";
    case 26:
      return "{\"type\":\"profile\",\"key\":\"k\xff\",\"fields\":{}}";
    default:
      return fmt::format(R"({{"type":"delete","key":{}}})", key);
  }
}
constexpr uint64_t kNastyKinds = 28;

TEST_F(PreviewAndImport, a_thousand_rows_of_every_kind_that_goes_wrong_are_decided_alike) {
  SeededRandom random(17);
  std::string lines;
  for (int i = 0; i < 1'000; ++i) {
    uint64_t kind = random.below(kNastyKinds);
    if (kind == 11 && i % 400 != 0) kind = 0;  // a preview reads 256 KiB
    lines += nasty_line(i, kind) + "\n";
  }
  ASSERT_LT(lines.size(), 256U * 1024);
  expect_agreement("nasty.ndjson", lines);
}

std::string nasty_cells(int number, uint64_t kind) {
  switch (kind) {
    case 0:
      return fmt::format("{},ann@example.org,42,x", number);
    case 1:
      return fmt::format("{},\"two\nlines\",,\"say \"\"hi\"\"\"", number);
    case 2:
      return fmt::format("{},too,few", number);
    case 3:
      return fmt::format("{},one,too,many,cells", number);
    case 4:
      return fmt::format("{},a\"b,1,c", number);
    case 5:
      return fmt::format("{},\"a\"b,1,c", number);
    case 6:
      return ",no,key,here";
    case 7:
      return "";
    case 8:
      return fmt::format("{},caf\xc3\xa9,1,caf\xe9", number);
    case 9:
      return fmt::format("{},x,1,y,", number);
    case 10:
      return fmt::format(" {} ,TRUE,-4.5e3,2024-02-29", number);
    default:
      return fmt::format("{},{},1,y", number, std::string(100, 'z'));
  }
}
constexpr uint64_t kCellKinds = 12;

std::string nasty_csv() {
  SeededRandom random(18);
  std::string text = "id,email,age,note\n";
  for (int i = 0; i < 1'000; ++i) text += nasty_cells(i, random.below(kCellKinds)) + "\n";
  return text;
}

TEST_F(PreviewAndImport, a_thousand_rows_of_csv_are_decided_alike) {
  expect_agreement("nasty.csv", nasty_csv(), {.key_column = "id"});
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

std::string utf16(std::string_view text, bool mark) {
  std::string out = mark ? "\xff\xfe" : "";
  for (const char c : text) out += c, out += '\0';
  return out;
}

TEST_F(PreviewAndImport, files_as_programs_write_them_are_decided_alike) {
  const std::string people = "id,email\n1,ann@example.org\n2,bob@example.org\n3,\n";
  const std::string western = "id,city\n1,M\xfcnchen\n2,K\xf6ln\n";
  const std::vector<std::tuple<const char*, std::string, FileWishes>> files = {
      {"cr.csv", replaced(people, "\n", "\r"), {}},
      {"crcrlf.csv", replaced(people, "\n", "\r\r\n"), {}},
      {"nbsp.csv", "\xc2\xa0id,email\xc2\xa0\n1,ann@example.org\n", {}},
      {"UPPER.CSV", people, {}},
      {"people.tsv", replaced(people, ",", "\t"), {}},
      {"people.txt", replaced(people, ",", ";"), {}},
      {"sep.csv", "sep=;\r\n" + replaced(people, ",", ";"), {}},
      {"trailing.csv", replaced(people, "\n", ",\n"), {}},
      {"utf16.csv", utf16(people, true), {}},
      {"utf16_plain.csv", utf16(people, false), {}},
      {"western.csv", western, {}},
      {"western_named.csv", western, {.encoding = "windows-1252"}},
      {"damaged.csv", western + "3,D\xc3\xbcren\n4,x\n", {}},
      {"pretty.json", "[\n {\"type\":\"profile\",\"key\":\"a\"}\n]\n", {}},
      {"header_only.csv", "id,email\n", {}},
      {"numeric.ndjson",
       "{\"type\":\"profile\",\"key\":12345,\"fields\":{\"n\":9007199254740993,\"tags\":[\"a\",null]}}\n"
       "{\"type\":\"profile\",\"key\":\"k2\",\"fields\":{\"address\":{\"city\":\"x\"}}}\n"
       "{\"type\":\"profile\",\"key\":\"k3\",\"fields\":{\"x\":NaN}}\n",
       {}},
      {"utf16.ndjson", utf16(row_of(1, R"({"a":1})") + "\n" + row_of(2, "{") + "\n", true), {}},
      {"flags.csv", "id,consent\n1,t\n2,Y\n3,on\n4, yes\n5,1.0\n6,TRUE\n7,\n", {}},
  };
  for (const auto& [name, content, wishes] : files) {
    FileWishes with_key = wishes;
    if (std::string_view(name).find("json") == std::string_view::npos) with_key.key_column = "id";
    expect_agreement(name, content, with_key);
  }
}

}  // namespace
}  // namespace pinrelay::scenarios
