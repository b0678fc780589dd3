// What the commands of imports and of uploads share.
#pragma once

#include "cli/command.h"
#include "sources/file_shape.h"
#include "sources/uploads.h"

namespace pinrelay::cli {

// --format, --encoding, --delimiter and --key, as far as they are given; what is not, the file says.
Result<sources::FileWishes> read_wishes(const Arguments& arguments, std::string path);
// The other options of an import.
Result<sources::ImportOptions> read_import_options(const Arguments& arguments);

std::string upload_format(sources::RowFormat format);
Json upload_json(const sources::Upload& upload);  // upload_commands.cc

// Begins, as of now, when the file has been read once, for what it is and for its fingerprint; `then` may
// have more to do.
Result<Output> begin_import(Context& context, sources::FileWishes wishes, sources::ImportOptions options,
                            std::function<Result<void>(const Output& begun)> then = {});

}  // namespace pinrelay::cli
