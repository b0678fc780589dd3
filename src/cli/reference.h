// The pages of docs/reference/, from the tables in the program.
#pragma once

#include <string>
#include <vector>

namespace pinrelay::cli {

struct ReferencePage {
  std::string name;  // of the file
  std::string text;  // Markdown
};

std::vector<ReferencePage> reference_pages();

}  // namespace pinrelay::cli
