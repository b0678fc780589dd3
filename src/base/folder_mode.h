// Tells whether anyone besides the owner can add files to a folder or remove them.
#pragma once

#include <string>

#include "base/result.h"

namespace pinrelay {

enum class WritableBy { kOwner, kGroup, kOthers };

// Of a folder that is not there: kOwner. Where `sticky_protects`, others who may write into a sticky folder
// (as /tmp) do not count: they can change no file but their own.
WritableBy writable_by(const std::string& folder, bool sticky_protects);
// kInvalid `folder_open` when others may write there, with the chmod to type. `what` is in it: "the store".
Result<void> refuse_open_folder(const std::string& folder, bool sticky_protects, const char* what);

}  // namespace pinrelay
