// The pages of docs/reference/, from the tables in the program.
#pragma once

#include <string>
#include <vector>

#include "exports/reasons.h"

namespace pinrelay::cli {

struct ReferencePage {
  std::string name;  // of the file
  std::string text;  // Markdown
};

std::vector<ReferencePage> reference_pages();

// "omitted"
std::string_view outcome_name(exports::OutcomeClass outcome);

}  // namespace pinrelay::cli
