// What a file will do to audiences, at most: found by reading all of it, before anything is applied.
#pragma once

#include <map>
#include <stop_token>

#include "sources/importer.h"

namespace pinrelay::sources {

struct Forecast {
  struct Counts {
    uint64_t enters = 0, exits = 0;  // rows; those that change nothing are among them
  };
  std::map<std::string, Counts, std::less<>> audiences;
  uint64_t leavers = 0;  // snapshot: members of its audience who are not in the file
};

// Of an import that would begin as `row` says (row_of). `directory`: of the store whose members a snapshot is
// compared with, as of its last commit. On any thread.
Result<Forecast> forecast(const store::ImportRow& row, const std::string& directory,
                          const std::stop_token& stop);

}  // namespace pinrelay::sources
