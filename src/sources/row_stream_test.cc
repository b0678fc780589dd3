#include "sources/row_stream.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"

namespace pinrelay::sources {
namespace {

const Time kArrival = from_millis(1'800'000'000'000);

class RowStreamTest : public testing::Test {
 protected:
  RowStreamTest() {
    std::string name = testing::TempDir() + "row_stream_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~RowStreamTest() override { std::filesystem::remove_all(directory_); }

  std::string write(std::string_view content, std::ios::openmode mode = std::ios::trunc) const {
    const std::string path = directory_ / "rows";
    std::ofstream(path, mode | std::ios::binary) << content;
    return path;
  }

  std::filesystem::path directory_;
};

struct Total {
  uint64_t rows = 0, accepted = 0;
  std::vector<RowError> errors;
  std::vector<std::string> keys;
  size_t batches = 0;
  uint64_t offset = 0, line = 0;
};

// Reads to the end; with `reopen`, every batch by a stream of its own, as after a crash.
Total read_all(RowStreamOptions options, size_t bytes_max, bool reopen = false) {
  Total total;
  auto stream = RowStream::open(options);
  for (bool end = false; !end;) {
    EXPECT_TRUE(stream.ok()) << stream.error().text();
    if (!stream.ok()) break;
    Bytes changes;
    auto batch = stream.value()->next(bytes_max, kArrival, changes);
    EXPECT_TRUE(batch.ok());
    if (!batch.ok()) break;
    EXPECT_EQ(batch->errors.size(), batch->rows - batch->accepted);
    total.rows += batch->rows;
    total.accepted += batch->accepted;
    total.errors.insert(total.errors.end(), batch->errors.begin(), batch->errors.end());
    store::ChangeReader reader(changes);
    for (store::ChangeView view; reader.next(view);) total.keys.emplace_back(view.key);
    ++total.batches;
    EXPECT_TRUE(batch->end || batch->offset > total.offset);
    total.offset = batch->offset;
    total.line = batch->line;
    end = batch->end;
    if (!reopen) continue;
    options.offset = batch->offset;
    options.line = batch->line;
    stream = RowStream::open(options);
  }
  return total;
}

std::string row(uint64_t n) { return R"({"type":"delete","key":"u)" + std::to_string(n) + "\"}"; }

void expect_same(const Total& a, const Total& b) {
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.keys, b.keys);
  EXPECT_EQ(a.line, b.line);
  ASSERT_EQ(a.errors.size(), b.errors.size());
  for (size_t i = 0; i < a.errors.size(); ++i) {
    EXPECT_EQ(a.errors[i].line, b.errors[i].line);
    EXPECT_EQ(a.errors[i].column, b.errors[i].column);
    EXPECT_EQ(a.errors[i].code, b.errors[i].code);
  }
}

TEST_F(RowStreamTest, reads_change_rows_in_batches_that_can_be_resumed) {
  std::string text = "\xef\xbb\xbf";
  for (uint64_t i = 0; i < 150; ++i) text += (i % 7 == 3 ? "bad" : row(i)) + (i % 5 == 0 ? "\r\n\n" : "\n");
  text += row(150);
  const RowStreamOptions options{.path = write(text)};
  const Total whole = read_all(options, SIZE_MAX);
  EXPECT_EQ(whole.batches, 1u);
  EXPECT_EQ(whole.rows, 151u);
  EXPECT_EQ(whole.errors.size(), 21u);
  EXPECT_EQ(whole.errors[0].line, 5u);
  EXPECT_EQ(whole.offset, text.size());
  expect_same(read_all(options, 100), whole);
  expect_same(read_all(options, 100, true), whole);
  expect_same(read_all(options, 0, true), whole);
}

// "a+a b": lines of one key that belong together are joined by '+'.
std::string requests(const Bytes& changes) {
  std::string out;
  store::ChangeReader reader(changes);
  for (store::ChangeView view; reader.next(view);)
    out += (out.empty() ? "" : view.continues ? "+" : " ") + std::string(view.key);
  return out;
}

TEST_F(RowStreamTest, no_batch_ends_between_lines_of_one_key) {
  std::string text;
  for (const uint64_t key : {1, 1, 2, 3, 3, 3, 1}) text += row(key) + "\n\n";
  text += "bad\n" + row(1) + "\n";
  for (const bool reopen : {false, true}) {
    RowStreamOptions options{.path = write(text)};
    auto stream = RowStream::open(options);
    std::vector<std::string> batches;
    for (bool end = false; !end;) {
      Bytes changes;
      const RowBatch batch = stream.value()->next(0, kArrival, changes).value();
      batches.push_back(requests(changes));
      end = batch.end;
      options.offset = batch.offset, options.line = batch.line;
      if (reopen) stream = RowStream::open(options);
    }
    EXPECT_EQ(batches, (std::vector<std::string>{"u1+u1", "u2", "u3+u3+u3", "u1", "u1"})) << reopen;
  }
}

TEST_F(RowStreamTest, a_thousand_lines_of_one_key_belong_together_and_no_more) {
  std::string text;
  for (size_t i = 0; i < 2 * kRunLinesMax + 1; ++i) text += row(1) + "\n";
  const auto stream = RowStream::open({.path = write(text)});
  Bytes changes;
  for (const size_t lines : {kRunLinesMax, kRunLinesMax, size_t{1}})
    EXPECT_EQ(stream.value()->next(0, kArrival, changes)->rows, lines);
  EXPECT_EQ(std::ranges::count(requests(changes), ' '), 2);
}

TEST_F(RowStreamTest, reads_csv_in_batches_that_can_be_resumed) {
  std::string text = "email;note\r\n";
  for (int i = 0; i < 300; ++i) {
    const std::string n = std::to_string(i);
    text += "p" + n + "@example.org;" + (i % 3 == 0 ? "\"two\nlines\"" : i % 11 == 5 ? "bad\"" : "x") + "\n";
  }
  const RowStreamOptions options{
      .path = write(text), .format = RowFormat::kCsv, .delimiter = ';', .key_column = "email"};
  const Total whole = read_all(options, SIZE_MAX);
  EXPECT_EQ(whole.rows, 300u);
  EXPECT_EQ(whole.keys.size() + whole.errors.size(), 300u);
  EXPECT_EQ(whole.keys[0], "p0@example.org");
  EXPECT_EQ(whole.line, 402u);
  expect_same(read_all(options, 50), whole);
  expect_same(read_all(options, 50, true), whole);
}

TEST_F(RowStreamTest, reads_files_larger_than_its_buffer) {
  std::string ndjson, csv = "key,text\n";
  for (uint64_t i = 0; i < 60; ++i) {
    const std::string filler(50'000 + i * 997, ' ');
    ndjson += row(i).insert(1, filler) + "\n";
    csv += "u" + std::to_string(i) + ",\"" + filler.substr(0, 60'000) + "\"\n";
  }
  const Total rows = read_all({.path = write(ndjson)}, 1'000'000);
  EXPECT_EQ(rows.accepted, 60u);
  EXPECT_EQ(rows.keys.back(), "u59");
  const Total cells = read_all({.path = write(csv), .format = RowFormat::kCsv}, 1'000'000);
  EXPECT_EQ(cells.accepted, 60u);
  EXPECT_EQ(cells.keys.back(), "u59");
}

TEST_F(RowStreamTest, leaves_out_lines_of_any_size) {
  for (const size_t size : {kRowBytesMax + 1, 2 * kRowBytesMax + 4096, 5 * kRowBytesMax}) {
    const std::string large(size, 'x');
    const Total middle = read_all({.path = write(row(1) + "\n" + large + "\n" + row(2) + "\n")}, SIZE_MAX);
    EXPECT_EQ(middle.keys, (std::vector<std::string>{"u1", "u2"}));
    ASSERT_EQ(middle.errors.size(), 1u);
    EXPECT_EQ(middle.errors[0].code, "row_too_large");
    EXPECT_EQ(middle.errors[0].line, 2u);
    EXPECT_EQ(middle.line, 4u);
    const Total last = read_all({.path = write(row(1) + "\n" + large)}, SIZE_MAX);
    EXPECT_EQ(last.rows, 2u);
    EXPECT_EQ(last.offset, row(1).size() + 1 + size);
    const Total csv =
        read_all({.path = write("key\nu1\n" + large + "\nu2\n"), .format = RowFormat::kCsv}, SIZE_MAX);
    EXPECT_EQ(csv.keys, (std::vector<std::string>{"u1", "u2"}));
    EXPECT_EQ(csv.errors.size(), 1u);
  }
}

TEST_F(RowStreamTest, ends_a_batch_that_is_full_of_errors) {
  std::string text;
  for (size_t i = 0; i < 3 * RowBatch::kErrorsMax; ++i) text += "x\n";
  const Total total = read_all({.path = write(text)}, SIZE_MAX);
  EXPECT_EQ(total.batches, 3u);
  EXPECT_EQ(total.errors.size(), 3 * RowBatch::kErrorsMax);
}

TEST_F(RowStreamTest, an_empty_file_is_at_its_end) {
  const Total total = read_all({.path = write("")}, 100);
  EXPECT_EQ(total.rows, 0u);
  EXPECT_EQ(total.line, 1u);
  const auto csv = RowStream::open({.path = write(""), .format = RowFormat::kCsv});
  ASSERT_FALSE(csv.ok());
  EXPECT_EQ(csv.error().code, "empty_file");
}

TEST_F(RowStreamTest, says_why_a_file_cannot_be_opened) {
  const auto code = [](const std::string& path) {
    const auto stream = RowStream::open({.path = path});
    return stream.ok() ? "" : stream.error().code;
  };
  EXPECT_EQ(code(directory_ / "missing"), "file_not_found");
  EXPECT_EQ(code(directory_), "not_a_file");
  EXPECT_EQ(code("/dev/null"), "not_a_file");
  const std::string pipe = directory_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(code(pipe), "not_a_file");
  if (geteuid() != 0) {
    const std::string path = write("x");
    chmod(path.c_str(), 0);
    EXPECT_EQ(code(path), "file_unreadable");
  }
}

TEST_F(RowStreamTest, says_where_a_csv_header_is_wrong) {
  const std::string path = write("\nkey,a,a\n");
  const auto stream = RowStream::open({.path = path, .format = RowFormat::kCsv});
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().where, path + ":2:7");
  for (const char delimiter : {'"', '\n', '\0', '\xe4'})
    EXPECT_FALSE(RowStream::open({.path = path, .format = RowFormat::kCsv, .delimiter = delimiter}).ok());
}

TEST_F(RowStreamTest, notices_that_the_file_changed) {
  const std::string path = write(row(1) + "\n" + row(2) + "\n");
  for (const std::string_view edit : {"longer", "shorter"}) {
    write(row(1) + "\n" + row(2) + "\n");
    auto stream = RowStream::open({.path = path});
    ASSERT_TRUE(stream.ok());
    Bytes changes;
    ASSERT_TRUE(stream.value()->next(1, kArrival, changes).ok());
    const size_t before = changes.size();
    edit == "longer" ? write(row(3) + "\n", std::ios::app) : write(row(4));
    const auto batch = stream.value()->next(1, kArrival, changes);
    ASSERT_FALSE(batch.ok()) << edit;
    EXPECT_EQ(batch.error().code, "file_changed");
    EXPECT_EQ(changes.size(), before);
  }
}

TEST_F(RowStreamTest, refuses_to_resume_behind_the_end) {
  const auto stream = RowStream::open({.path = write("short"), .offset = 100, .line = 3});
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().code, "file_changed");
}

}  // namespace
}  // namespace pinrelay::sources
