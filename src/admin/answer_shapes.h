// What every route answers, as shapes (shapes.h) in the files of answers/: the one place that says it. The
// OpenAPI document is made from it, the types of the web interface from the document, and tests hold every
// answer against it.
#pragma once

#include <span>
#include <string>

#include "admin/shapes.h"

namespace pinrelay::admin {

std::span<const ShapeFile> answer_shapes();
// What shapes refer to and tables of the program say already, as a JSON object of schemas by name: words such
// as the states of a job, and the settings of one.
std::string table_shapes();

}  // namespace pinrelay::admin
