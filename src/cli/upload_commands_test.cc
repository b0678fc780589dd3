#include <filesystem>

#include "cli/cli_testing.h"
#include "sources/uploads.h"

namespace pinrelay::cli {
namespace {

struct UploadCommands : CommandTest {
  // As the server leaves it.
  std::string uploaded(const std::string& text, sources::RowFormat format = sources::RowFormat::kCsv) {
    const sources::UploadFolder folder(*store_);
    sources::Upload upload;
    upload.name = "u-" + std::string(31, '0') + std::to_string(count_++);
    upload.format = format;
    const int fd = folder.create(upload).value();
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_TRUE(folder.keep(fd, upload).ok());
    ::close(fd);
    return upload.name;
  }
  void finish_imports() {
    for (bool more = true; more;)
      ASSERT_TRUE(engine_
                      ->transact([&]() -> Result<void> {
                        more = TRY(importer_->step());
                        return {};
                      })
                      .ok());
  }
  int count_ = 0;
};

constexpr const char* kPeople = "id;email\nu1;anna@example.org\nu2;bert@example.org\n";

TEST_F(UploadCommands, a_file_that_was_sent_is_listed_previewed_and_imported) {
  EXPECT_TRUE(json({"upload", "list"})["uploads"].empty());
  const std::string name = uploaded(kPeople);
  const Json listed = json({"upload", "list"})["uploads"][0];
  EXPECT_EQ(listed["upload"], name);
  EXPECT_EQ(listed["importing"], false);
  const Output shown = said({"upload", "show", name});
  EXPECT_EQ(shown.json["upload"], name);
  EXPECT_EQ(shown.json["delimiter"], ";");
  EXPECT_EQ(shown.json["key"], "id");
  EXPECT_EQ(shown.json["columns"].size(), 2u);
  EXPECT_EQ((shown.text + shown.json.dump()).find("anna@"), std::string::npos);
  const Json begun =
      json({"upload", "import", name, "--key", "id", "--delimiter", ";", "--audience", "Readers"});
  EXPECT_EQ(begun["state"], "reading");
  EXPECT_EQ(json({"upload", "list"})["uploads"][0]["importing"], true);
  EXPECT_EQ(fails({"upload", "remove", name}), "upload_in_use");
  finish_imports();
  EXPECT_EQ(json({"import", "show", "1"})["state"], "done");
  EXPECT_EQ(json({"audience", "show", "Readers"})["members"], 2);
  said({"upload", "remove", name});
  EXPECT_EQ(fails({"upload", "show", name}), "no_upload");
}

TEST_F(UploadCommands, the_same_file_sent_twice_is_imported_once_and_lies_there_once) {
  const std::string first = uploaded(kPeople), second = uploaded(kPeople);
  const std::vector<std::string> options = {"--key", "id", "--delimiter", ";", "--audience", "Readers"};
  const auto import = [&](const std::string& name) {
    std::vector<std::string> argv = {"upload", "import", name};
    argv.insert(argv.end(), options.begin(), options.end());
    return argv;
  };
  EXPECT_EQ(json(import(first))["number"], 1);
  EXPECT_EQ(json(import(second))["number"], 1);
  EXPECT_EQ(fails({"upload", "show", second}), "no_upload");
  finish_imports();
  EXPECT_EQ(fails(import(first)), "already_imported");
}

TEST_F(UploadCommands, only_files_that_were_sent_are_imported_by_their_names) {
  write_file(folder_ / "people.csv", kPeople);
  for (const std::string& name :
       {folder_ / "people.csv", std::string("people.csv"), std::string("../people.csv")})
    EXPECT_EQ(fails({"upload", "import", name}), "no_upload") << name;
  EXPECT_EQ(fails({"upload", "import", uploaded(kPeople), "--mode", "sideways"}), "usage");
  EXPECT_EQ(fails({"upload", "add", "people.csv"}), "only_remote");
}

TEST_F(UploadCommands, a_file_of_this_machine_is_previewed_the_same) {
  write_file(folder_ / "people.csv", kPeople);
  Json here = json({"import", "preview", "people.csv"});
  Json there = json({"upload", "show", uploaded(kPeople)});
  there.erase("upload");
  EXPECT_EQ(here, there);
  EXPECT_EQ(fails({"import", "preview", "nothing.csv"}), "file_not_found");
}

}  // namespace
}  // namespace pinrelay::cli
