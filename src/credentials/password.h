// Passwords: what is kept of one (Argon2id, 64 MiB and two passes) and whether one fits it. Either takes a
// tenth of a second and 64 MiB, so it is done on a thread of its own, one after the other (WorkThread).
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace pinrelay::credentials {

// Of 12 characters or more, and not what is tried first: neither the user's name nor a common password in any
// of its usual disguises. At most some ten milliseconds, whatever it is.
Result<void> check_password(std::string_view user, const Secret& password);
// With its salt and parameters, as text.
std::string hash_password(const Secret& password);
// An empty hash fits nothing, and takes as long to say so.
bool password_fits(const std::string& hash, const Secret& password);
// Made with other parameters than today's.
bool hash_is_dated(const std::string& hash);

}  // namespace pinrelay::credentials
