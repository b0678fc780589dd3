#include "base/folder_mode.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace pinrelay {

WritableBy writable_by(const std::string& folder, bool sticky_protects) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return WritableBy::kOwner;
  if (sticky_protects && (info.st_mode & S_ISVTX) != 0) return WritableBy::kOwner;
  if ((info.st_mode & S_IWOTH) != 0) return WritableBy::kOthers;
  return (info.st_mode & S_IWGRP) != 0 ? WritableBy::kGroup : WritableBy::kOwner;
}

Result<void> refuse_open_folder(const std::string& folder, bool sticky_protects, const char* what) {
  if (writable_by(folder, sticky_protects) != WritableBy::kOthers) return {};
  return Error{ErrorKind::kInvalid, "folder_open",
               fmt::format("everybody on this machine may write there, and could exchange {}", what), folder,
               "chmod o-w " + folder};
}

}  // namespace pinrelay
