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

Result<Output> begin_import(Context& context, const sources::ImportOptions& options);

}  // namespace pinrelay::cli
