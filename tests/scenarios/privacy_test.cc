// What is left on the disk of somebody who has been erased.
#include <filesystem>
#include <fstream>

#include "scenario.h"

namespace pinrelay::scenarios {
namespace {

class PrivacyScenario : public Scenario {
 protected:
  // The files of the store in which the text stands.
  std::set<std::string> files_with(const std::string& text) const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(store_->directory())) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string content((std::istreambuf_iterator<char>(in)), {});
      if (content.find(text) != std::string::npos) found.insert(entry.path().filename().string());
    }
    return found;
  }
};

TEST_F(PrivacyScenario, two_hours_after_an_erasure_no_file_of_the_store_holds_the_values) {
  person("u1", {"verysecret@example.org"});
  settle();
  EXPECT_FALSE(files_with("verysecret@").empty()) << "or the search finds nothing anywhere";
  erase("u1");
  advance(hours{2}, minutes{10});
  EXPECT_EQ(files_with("verysecret@"), std::set<std::string>());
}

}  // namespace
}  // namespace pinrelay::scenarios
