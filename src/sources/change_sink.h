// Where the rows of a source go. The engine implements it: it alone applies changes, so nothing that follows
// them can be passed by.
#pragma once

#include "store/profiles.h"

namespace pinrelay::sources {

class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  struct Applied {
    size_t end = 0;  // in the buffer: what lies before it is applied
    store::ApplyCounts counts;
  };
  // Applies `changes` (store/change.h) from `from` on, as far as one transaction may go, but at least one
  // row. The rest belongs into the next transaction, with the same buffer. Within a transaction.
  virtual Applied apply(ByteView changes, size_t from) = 0;
};

}  // namespace pinrelay::sources
