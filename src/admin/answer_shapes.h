// The shape (shapes.h) of every answer of the API, from the files in answers/. They become the schemas of the
// OpenAPI document; the types of the web interface are made from that document, and tests validate every
// answer by it.
#pragma once

#include <span>
#include <string>

#include "admin/shapes.h"

namespace pinrelay::admin {

std::span<const ShapeFile> answer_shapes();
// Schemas made from tables of the program, which the shapes refer to, as a JSON object by name: words such as
// the states of a job, and the settings of one.
std::string table_shapes();

}  // namespace pinrelay::admin
