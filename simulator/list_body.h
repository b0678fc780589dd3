// Reads and checks the bodies of the two list writes, as strictly as Pinterest's description says.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "simulator/answers.h"
#include "simulator/records.h"

namespace pinrelay::sim {

enum class ListBodyKind { kCreate, kChange };

struct ListBody {
  std::string name;                 // create
  std::string list_type = "EMAIL";  // create
  std::string operation;            // change: ADD or REMOVE
  Records records;
};

// Keeps its buffers from call to call: 10,000 records take well under a millisecond.
class ListBodyReader {
 public:
  ListBodyReader();
  ~ListBodyReader();
  ListBodyReader(const ListBodyReader&) = delete;
  ListBodyReader& operator=(const ListBodyReader&) = delete;

  // The 400 that Pinterest would answer, or nothing when `out` is good.
  std::optional<Reply> read(const std::string& json, ListBodyKind kind, ListBody& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pinrelay::sim
