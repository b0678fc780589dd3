// A job's settings back as the text of a file: for exporting one, and for saying how two differ. Has a row
// for every key below jobs[] (a test holds it against the table of keys).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace pinrelay::config {

struct JobText {
  std::string_view key;        // below jobs[]: "flush.after"
  std::string_view only_type;  // as in the table of keys; "" = any
  // As it stands in YAML; "" where the job does not have it.
  std::string (*text)(const JobSettings&);
};
std::span<const JobText> job_texts();
// "[{our_field: target}, …]", as it stands behind a key, each entry in its shortest form; "" = none.
std::string mapping_text(const std::vector<MappedField>& fields);

// The identifiers of a customer list, as they are mapped in a file.
std::vector<MappedField> list_identifiers(const JobSettings& job);

struct JobDifference {
  std::string key, file, running;  // as they would be written; "" = not set
};
std::vector<JobDifference> job_differences(const JobSettings& file, const JobSettings& running);

// A file with the one job and the authorization it names; what is as without the key is left out.
std::string job_yaml(const JobSettings& job, const Authorization& authorization);

}  // namespace pinrelay::config
