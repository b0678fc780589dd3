#include "admin/tokens.h"

#include "base/random.h"
#include "base/sha256.h"

namespace pinrelay::admin {

Bytes token_hash(const Secret& text) {
  const Hash hash = Sha256().hash(text.reveal());
  return {hash.begin(), hash.end()};
}

NewToken make_token(std::string_view begins) {
  NewToken made;
  made.text = Secret(std::string(begins) + random_hex(32));
  made.hash = token_hash(made.text);
  return made;
}

bool same_hash(const Bytes& a, const Bytes& b) { return Secret(to_hex(a)) == Secret(to_hex(b)); }

}  // namespace pinrelay::admin
