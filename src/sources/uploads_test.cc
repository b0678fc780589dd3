#include "sources/uploads.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>

#include "sources/upload_writer.h"
#include "store/store_testing.h"

namespace pinrelay::sources {
namespace {

namespace fs = std::filesystem;
using http::BodyPiece;
using State = http::BodyPiece::State;

// A client that sends when the test says so.
class FakeBody final : public http::IncomingBody {
 public:
  explicit FakeBody(std::optional<uint64_t> length = std::nullopt) : length_(length) {}

  void next(std::function<void(BodyPiece)> take) override { asked_.set_value(std::move(take)); }
  std::optional<uint64_t> length() const override { return length_; }

  // Until a piece is asked for: the one before is written.
  void wait() {
    if (take_) return;
    take_ = asked_.get_future().get();
    asked_ = {};
  }
  void send(State state, std::string bytes = "") {
    wait();
    std::exchange(take_, nullptr)({state, std::move(bytes)});
  }

 private:
  const std::optional<uint64_t> length_;
  std::promise<std::function<void(BodyPiece)>> asked_;
  std::function<void(BodyPiece)> take_;
};

class UploadsTest : public testing::Test {
 protected:
  struct Sent {
    std::shared_ptr<FakeBody> body;
    std::shared_ptr<std::promise<Result<Upload>>> promise = std::make_shared<std::promise<Result<Upload>>>();
    Result<Upload> result() const { return promise->get_future().get(); }
  };

  void open() {
    writer_ = std::make_unique<UploadWriter>(UploadParts{uploads_, [this] { return free_.load(); }});
  }
  Sent send(std::optional<uint64_t> length = std::nullopt, RowFormat format = RowFormat::kCsv) {
    Sent sent{std::make_shared<FakeBody>(length)};
    writer_->receive(format, sent.body,
                     [promise = sent.promise](Result<Upload> got) { promise->set_value(std::move(got)); });
    return sent;
  }
  Upload kept(const std::string& bytes, RowFormat format = RowFormat::kCsv) {
    const Sent sent = send(bytes.size(), format);
    sent.body->send(State::kLast, bytes);
    return sent.result().value();
  }
  std::string refused(std::optional<uint64_t> length = std::nullopt) {
    return send(length).result().error().code;
  }
  // Everything that lies in the folder.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& file : fs::directory_iterator(store_->directory() + "/uploads", none))
      names.push_back(file.path().filename().string());
    return names;
  }
  // Until the writer has done all that it was given.
  void settle() {
    writer_.reset();
    open();
  }
  void tidy(const UploadImports& imports, Time now) {
    writer_->tidy(imports, now);
    settle();
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void age(const Upload& upload, Time at) {
    const timespec times[2] = {{to_millis(at) / 1'000, 0}, {to_millis(at) / 1'000, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, uploads_.path(upload).c_str(), times, 0), 0);
  }
  static store::ImportRow import_of(const std::string& path, store::ImportState state) {
    store::ImportRow row;
    row.path = path;
    row.state = state;
    return row;
  }

  store::TempDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::open_store(folder_ / "store");
  UploadFolder uploads_{*store_};
  std::atomic<uint64_t> free_ = kFreeBytesMin + 1'000'000;
  std::unique_ptr<UploadWriter> writer_;
};

TEST_F(UploadsTest, a_file_is_kept_as_it_was_sent_for_its_owner_alone) {
  open();
  const Sent sent = send();
  sent.body->send(State::kMore, "key,email\n");
  sent.body->send(State::kMore, "u1,");
  EXPECT_TRUE(uploads_.list().empty()) << "nothing is there before it is whole";
  sent.body->send(State::kLast, "a@example.org\n");
  const Upload upload = sent.result().value();
  EXPECT_EQ(upload.bytes, 27U);
  EXPECT_EQ(upload.name.size(), 34U);
  EXPECT_EQ(read(uploads_.path(upload)), "key,email\nu1,a@example.org\n");
  struct stat status {};
  ASSERT_EQ(stat(uploads_.path(upload).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat((store_->directory() + "/uploads").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  const Upload other = kept("{}\n", RowFormat::kNdjson);
  EXPECT_NE(other.name, upload.name);
  ASSERT_EQ(uploads_.list().size(), 2U);
  EXPECT_EQ(uploads_.find(other.name)->format, RowFormat::kNdjson);
}

TEST_F(UploadsTest, a_piece_is_asked_for_when_the_one_before_is_written) {
  open();
  const Sent sent = send();
  sent.body->send(State::kMore, std::string(100'000, 'x'));
  sent.body->wait();
  ASSERT_EQ(files().size(), 1U);
  EXPECT_GE(fs::file_size(store_->directory() + "/uploads/" + files()[0]), 100'000U);
  sent.body->send(State::kBroken);
  EXPECT_FALSE(sent.result().ok());
}

TEST_F(UploadsTest, a_broken_one_leaves_nothing) {
  open();
  const Sent sent = send(1'000);
  sent.body->send(State::kMore, "half");
  sent.body->send(State::kBroken);
  EXPECT_EQ(sent.result().error().code, "upload_broken");
  EXPECT_TRUE(files().empty());
}

TEST_F(UploadsTest, what_a_killed_process_left_half_written_is_dropped_and_nothing_else) {
  open();
  const Upload upload = kept("whole\n");
  const std::string part = store_->directory() + "/uploads/u-" + std::string(32, 'a') + ".csv.part";
  std::ofstream(part) << "half";
  settle();
  kept("another\n");
  EXPECT_FALSE(fs::exists(part));
  EXPECT_TRUE(uploads_.find(upload.name).ok());
}

TEST_F(UploadsTest, the_free_space_that_the_store_needs_stays_free) {
  open();
  EXPECT_EQ(refused(1'000'001), "no_room");
  const Sent sent = send(1'000'000);
  sent.body->send(State::kMore, "fits");
  sent.body->wait();
  free_ = kFreeBytesMin + 3;
  sent.body->send(State::kMore, "four");
  EXPECT_EQ(sent.result().error().code, "no_room");
  EXPECT_TRUE(files().empty());
}

TEST_F(UploadsTest, size_and_number_are_bounded) {
  open();
  free_ = ~0ULL;
  EXPECT_EQ(refused(kUploadBytesMax + 1), "too_large");
  std::vector<Sent> sent;
  for (size_t i = 0; i < UploadWriter::kAtOnceMax; ++i) sent.push_back(send());
  EXPECT_EQ(refused(), "too_many_uploads");
  for (const Sent& each : sent) each.body->send(State::kLast, "row\n");
  for (const Sent& each : sent) EXPECT_TRUE(each.result().ok());
  for (size_t i = sent.size(); i < kUploadsMax; ++i) kept("row\n");
  EXPECT_EQ(refused(), "too_many_uploads");
  EXPECT_TRUE(uploads_.remove(uploads_.list()[0].name).ok());
  kept("row\n");
}

TEST_F(UploadsTest, a_slow_client_holds_up_nobody) {
  open();
  const Sent slow = send();
  slow.body->send(State::kMore, "x");
  EXPECT_TRUE(kept("quick\n").bytes > 0);
  slow.body->send(State::kLast, "y");
  EXPECT_EQ(slow.result()->bytes, 2U);
}

TEST_F(UploadsTest, one_that_cannot_be_written_says_why) {
  open();
  std::ofstream(store_->directory() + "/uploads") << "a file where the folder should be";
  EXPECT_EQ(refused(3), "upload_unwritable");
}

TEST_F(UploadsTest, it_goes_when_its_import_has_ended_or_nobody_imports_it_for_a_day) {
  open();
  using store::ImportState;
  const Time now = store::kNoon + std::chrono::hours(24 * 1'000);
  std::vector<store::ImportRow> rows;
  std::map<std::string, bool> stays;
  for (const auto& [state, keep] : {std::pair{ImportState::kReading, true},
                                    {ImportState::kHeld, true},
                                    {ImportState::kExiting, true},
                                    {ImportState::kDone, false},
                                    {ImportState::kFailed, false}}) {
    const Upload upload = kept("row\n");
    age(upload, now - std::chrono::hours(48));
    rows.push_back(import_of(uploads_.path(upload), state));
    stays[upload.name] = keep;
  }
  rows.push_back(import_of(rows[0].path, ImportState::kDone));  // an earlier one of the same file
  rows.push_back(import_of("/somewhere/people.csv", ImportState::kDone));
  for (const auto& [hours, keep] : {std::pair{23, true}, {24, false}}) {
    const Upload upload = kept("row\n");
    age(upload, now - std::chrono::hours(hours));
    stays[upload.name] = keep;
  }
  const std::string foreign = store_->directory() + "/uploads/notes.txt";
  std::ofstream(foreign) << "not ours";
  tidy(upload_imports(rows), now);
  for (const auto& [name, keep] : stays) EXPECT_EQ(uploads_.find(name).ok(), keep) << name;
  EXPECT_TRUE(fs::exists(foreign));
}

TEST_F(UploadsTest, a_name_is_a_name_and_no_path) {
  open();
  const Upload upload = kept("row\n");
  for (const std::string& name :
       {std::string(""), std::string("../pinrelay.db"), "./" + upload.name, upload.name + ".csv",
        upload.name.substr(0, 33), std::string("u-") + std::string(32, '.'), std::string("/etc/passwd")})
    EXPECT_EQ(uploads_.find(name).error().code, "no_upload") << name;
  const std::string link = store_->directory() + "/uploads/u-" + std::string(32, 'b') + ".csv";
  fs::create_symlink("/etc/passwd", link);
  EXPECT_FALSE(uploads_.find("u-" + std::string(32, 'b')).ok()) << "a link is no upload";
}

}  // namespace
}  // namespace pinrelay::sources
