#include "base/result.h"

namespace pinrelay {

std::string Error::text() const {
  std::string out;
  if (!where.empty()) out += where + ": ";
  out += message;
  if (!fix.empty()) out += " — " + fix;
  return out;
}

}  // namespace pinrelay
