// A notation for the shape of JSON, and the JSON Schemas (2020-12) that it stands for.
//
//   // What a job works on.
//   Audience {
//     name: string
//     members: integer           // now
//     removed_at?: time | null   // `?`: the key may be missing
//     kept_in: "file" | "store"
//     jobs: { name: string, state: JobState }[]
//     hours: (integer | null)[]
//     reasons: map<integer>      // any key
//   }
//   Member { ...Audience, since: time }   // has all keys of Audience
//   Found = Audience | Member
//
// Basic types: string, integer, number, boolean, null, time (RFC 3339), object (any keys), unknown
// (anything). An object has the keys that are written and no others. A comment describes what stands before
// it on its line, else what follows.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinrelay::admin {

struct ShapeFile {
  std::string_view name, text;
};

// All schemas by name, as one JSON object whose references are "#/components/schemas/NAME". `given`: a JSON
// object of schemas that shapes may refer to, which are part of the result. Fails with kInvalid; `where` is
// "jobs.shapes:12".
Result<std::string> schemas_of(std::span<const ShapeFile> files, std::string_view given);

}  // namespace pinrelay::admin
