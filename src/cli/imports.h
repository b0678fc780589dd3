// What the commands of imports and of uploads share.
#pragma once

#include "cli/command.h"
#include "sources/uploads.h"

namespace pinrelay::cli {

// --format, or by the path's ending.
Result<sources::RowFormat> read_format(const Arguments& arguments, const std::string& path);
// --delimiter
Result<char> read_delimiter(const Arguments& arguments, char otherwise);
// The other options of an import.
Result<sources::ImportOptions> read_import_options(const Arguments& arguments, std::string path,
                                                   sources::RowFormat format);

std::string upload_format(sources::RowFormat format);
Json upload_json(const sources::Upload& upload);  // upload_commands.cc

// Begins, as of now, when the file has been read once, for its fingerprint; `then` may have more to do.
Result<Output> begin_import(Context& context, sources::ImportOptions options,
                            std::function<Result<void>(const Output& begun)> then = {});

}  // namespace pinrelay::cli
