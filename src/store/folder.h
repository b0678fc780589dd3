// The folder that a store or a copy of one lies in. Only src/store includes this.
#pragma once

#include "store/db.h"
#include "store/schema.h"

namespace pinrelay::store {

constexpr const char* kInboxFile = "/inbox.db";  // beside kMainFile

Error io_error(const std::string& where, const char* what);
Error no_store(const std::string& directory);
// A new one is for its owner alone; one that exists stays as it is.
Result<void> make_directory(const std::string& directory);
// kInvalid: others may write into the folder, or could exchange it.
Result<void> check_directory(const std::string& directory);
// Closes to others what lies in the folder, and below it: all of it is ours. Links are left alone.
void close_to_others(const std::string& path);
// The lock lives as long as the file descriptor, so a killed process leaves none behind.
Result<int> lock_directory(const std::string& directory);
// Puts what is in the folder itself on the disk: names that were given or taken away.
Result<void> sync_directory(const std::string& directory);
bool file_exists(const std::string& path);
// Brings a database to the schema that this program knows.
Result<void> migrate(Db& db);

}  // namespace pinrelay::store
