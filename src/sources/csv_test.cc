#include "sources/csv.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pinrelay::sources {
namespace {

using Cells = std::vector<std::string>;

struct Read {
  std::vector<Cells> rows;
  std::vector<uint64_t> lines;  // of the rows
  std::vector<RowError> errors;
  uint64_t offset = 0, line = 0;
};

// Reads `text` fed in pieces of `piece` bytes, as an importer would: what was not consumed comes again.
Read read(std::string_view text, size_t piece = SIZE_MAX, CsvOptions options = {}) {
  Read out;
  std::vector<char> copy;
  CsvReader reader(options);
  size_t end = std::min(piece, text.size());
  reader.feed(text.substr(0, end), end == text.size());
  for (;;) {
    const CsvReader::Next next = reader.next();
    if (next == CsvReader::Next::kEnd) break;
    if (next == CsvReader::Next::kStarved) {
      EXPECT_LT(end, text.size());
      if (end == text.size()) break;
      end = std::min(end + std::min(piece, text.size()), text.size());
      // A copy without spare bytes, so that a read past its end is seen by the sanitizer.
      copy.assign(text.begin() + static_cast<ptrdiff_t>(reader.offset()),
                  text.begin() + static_cast<ptrdiff_t>(end));
      copy.shrink_to_fit();
      reader.feed({copy.data(), copy.size()}, end == text.size());
    } else if (next == CsvReader::Next::kBad) {
      out.errors.push_back(reader.error());
    } else {
      out.rows.emplace_back(reader.row().cells.begin(), reader.row().cells.end());
      out.lines.push_back(reader.row().line);
      EXPECT_EQ(reader.row().cells.size(), reader.row().starts.size());
    }
  }
  out.offset = reader.offset();
  out.line = reader.line();
  return out;
}

TEST(Csv, reads_bare_and_quoted_cells) {
  const Read out = read("a,b,c\n1,\"two\",\n,,\"\"\n");
  EXPECT_EQ(out.rows, (std::vector<Cells>{{"a", "b", "c"}, {"1", "two", ""}, {"", "", ""}}));
  EXPECT_TRUE(out.errors.empty());
}

TEST(Csv, keeps_delimiters_quotes_and_line_breaks_inside_quotes) {
  const Read out = read("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\r\nthree\"\n\"\"\"\",x,y\n");
  EXPECT_EQ(out.rows, (std::vector<Cells>{{"a,b", "say \"hi\"", "two\nlines\r\nthree"}, {"\"", "x", "y"}}));
  EXPECT_EQ(out.lines, (std::vector<uint64_t>{1, 4}));
}

TEST(Csv, takes_every_line_end_and_none_at_the_end) {
  EXPECT_EQ(read("a,b\r\nc,d\ne,\"f\"\r\ng,h").rows,
            (std::vector<Cells>{{"a", "b"}, {"c", "d"}, {"e", "f"}, {"g", "h"}}));
  EXPECT_EQ(read("a,\"b\"").rows, (std::vector<Cells>{{"a", "b"}}));
  EXPECT_EQ(read("a,\"b\"\r").rows, (std::vector<Cells>{{"a", "b"}}));
  EXPECT_EQ(read("a,b\r").rows, (std::vector<Cells>{{"a", "b"}}));
  EXPECT_EQ(read("a,").rows, (std::vector<Cells>{{"a", ""}}));
  EXPECT_EQ(read("a\rb,c\n").rows, (std::vector<Cells>{{"a\rb", "c"}}));
}

TEST(Csv, skips_a_byte_order_mark_and_blank_lines) {
  const Read out = read("\xef\xbb\xbf\"a\",b\n\n\r\n1,2\n\n");
  EXPECT_EQ(out.rows, (std::vector<Cells>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(out.lines, (std::vector<uint64_t>{1, 4}));
  EXPECT_TRUE(read("").rows.empty());
  EXPECT_TRUE(read("\n\r\n").rows.empty());
  EXPECT_TRUE(read("\xef\xbb\xbf").rows.empty());
}

TEST(Csv, takes_other_delimiters) {
  EXPECT_EQ(read("a;b,c;\"d;e\"\n", SIZE_MAX, {.delimiter = ';'}).rows,
            (std::vector<Cells>{{"a", "b,c", "d;e"}}));
  EXPECT_EQ(read("a\tb\n", SIZE_MAX, {.delimiter = '\t'}).rows, (std::vector<Cells>{{"a", "b"}}));
}

TEST(Csv, says_where_a_quote_stands_wrong) {
  const Read out = read("a,b\n1,x\"y\n2,\"x\"y\n3,4\n");
  EXPECT_EQ(out.rows, (std::vector<Cells>{{"a", "b"}, {"3", "4"}}));
  ASSERT_EQ(out.errors.size(), 2u);
  EXPECT_EQ(out.errors[0].code, "bad_quote");
  EXPECT_EQ(out.errors[0].line, 2u);
  EXPECT_EQ(out.errors[0].column, 4u);
  EXPECT_EQ(out.errors[1].line, 3u);
  EXPECT_EQ(out.errors[1].column, 6u);
}

TEST(Csv, an_unterminated_quote_costs_its_line_only) {
  const Read out = read("a,b\n1,\"x\n2,y\n3,z\n");
  EXPECT_EQ(out.rows, (std::vector<Cells>{{"a", "b"}, {"2", "y"}, {"3", "z"}}));
  EXPECT_EQ(out.lines, (std::vector<uint64_t>{1, 3, 4}));
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].code, "unterminated_quote");
  EXPECT_EQ(out.errors[0].line, 2u);
  EXPECT_EQ(out.errors[0].column, 3u);
}

TEST(Csv, a_quote_that_swallows_lines_gives_them_back) {
  const Read out = read("1,\"x\n2,y\n3,\"z\"\n");
  EXPECT_EQ(out.rows, (std::vector<Cells>{{"2", "y"}, {"3", "z"}}));
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].code, "bad_quote");
  EXPECT_EQ(out.errors[0].line, 3u);
}

TEST(Csv, bounds_the_size_of_a_row) {
  const CsvOptions small{.row_bytes_max = 8};
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{1000}}) {
    const Read out = read("12345678\n123456789\n1,2\n\"345678901234\"\n\"\"\"\"\n", piece, small);
    EXPECT_EQ(out.rows, (std::vector<Cells>{{"12345678"}, {"1", "2"}, {"\""}})) << piece;
    ASSERT_EQ(out.errors.size(), 2u) << piece;
    EXPECT_EQ(out.errors[0].code, "row_too_large");
    EXPECT_EQ(out.errors[0].line, 2u);
    EXPECT_EQ(out.errors[1].code, "unterminated_quote");
    EXPECT_EQ(out.errors[1].line, 4u);
  }
}

TEST(Csv, goes_on_from_any_row_boundary) {
  const std::string text = "\xef\xbb\xbfk,v\n1,\"a\nb\"\r\nbad\"\n\n2,\"c\"\"d\"\n3,e";
  const Read whole = read(text);
  CsvReader reader({});
  reader.feed(text, true);
  size_t seen = 0;
  for (CsvReader::Next next = reader.next(); next != CsvReader::Next::kEnd; next = reader.next()) {
    if (next == CsvReader::Next::kRow) ++seen;
    CsvReader resumed({}, reader.offset(), reader.line());
    resumed.feed(std::string_view(text).substr(reader.offset()), true);
    size_t at = seen;
    for (CsvReader::Next more = resumed.next(); more != CsvReader::Next::kEnd; more = resumed.next()) {
      if (more != CsvReader::Next::kRow) continue;
      EXPECT_EQ(Cells(resumed.row().cells.begin(), resumed.row().cells.end()), whole.rows[at]);
      EXPECT_EQ(resumed.row().line, whole.lines[at]);
      ++at;
    }
    EXPECT_EQ(at, whole.rows.size());
  }
}

TEST(Csv, tells_the_position_of_a_cell_behind_line_breaks) {
  CsvReader reader({});
  reader.feed("a,\"b\nb\",cc,d\n", true);
  ASSERT_EQ(reader.next(), CsvReader::Next::kRow);
  const CsvRow& row = reader.row();
  EXPECT_EQ(row.position(row.starts[1]).line, 1u);
  EXPECT_EQ(row.position(row.starts[1]).column, 3u);
  EXPECT_EQ(row.position(row.starts[3]).line, 2u);
  EXPECT_EQ(row.position(row.starts[3]).column, 7u);
  EXPECT_EQ(row.raw, "a,\"b\nb\",cc,d");
}

std::string quote(const std::string& cell) {
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

TEST(Csv, reads_back_what_was_written_whatever_the_pieces) {
  SeededRandom random(11);
  for (int round = 0; round < 300; ++round) {
    std::vector<Cells> rows(1 + random.below(6));
    std::string text;
    for (Cells& row : rows) {
      row.resize(2 + random.below(4));
      for (size_t i = 0; i < row.size(); ++i) {
        for (uint64_t n = random.below(6); n > 0; --n) row[i] += "ab \",\n\r\xc3"[random.below(8)];
        const bool bare = row[i].find_first_of("\",\n\r") == std::string::npos && random.chance(70);
        text += (i == 0 ? "" : ",") + (bare ? row[i] : quote(row[i]));
      }
      text += random.chance(50) ? "\n" : "\r\n";
    }
    const size_t piece = 1 + random.below(20);
    const Read out = read(text, piece);
    EXPECT_EQ(out.rows, rows) << "round " << round;
    EXPECT_EQ(out.offset, text.size());
  }
}

TEST(Csv, pieces_never_change_the_outcome_of_damaged_text) {
  SeededRandom random(12);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (uint64_t n = random.below(40); n > 0; --n) text += "aa,,\"\"\n\r"[random.below(8)];
    const CsvOptions options{.row_bytes_max = 6 + random.below(40)};
    const Read whole = read(text, SIZE_MAX, options);
    const Read pieces = read(text, 1 + random.below(5), options);
    EXPECT_EQ(pieces.rows, whole.rows) << "round " << round;
    EXPECT_EQ(pieces.lines, whole.lines) << "round " << round;
    ASSERT_EQ(pieces.errors.size(), whole.errors.size()) << "round " << round;
    for (size_t i = 0; i < whole.errors.size(); ++i) {
      EXPECT_EQ(pieces.errors[i].line, whole.errors[i].line);
      EXPECT_EQ(pieces.errors[i].column, whole.errors[i].column);
      EXPECT_EQ(pieces.errors[i].code, whole.errors[i].code);
    }
    EXPECT_EQ(pieces.offset, text.size());
    EXPECT_EQ(pieces.line, whole.line);
  }
}

}  // namespace
}  // namespace pinrelay::sources
