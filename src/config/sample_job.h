// For the tests of this folder: the smallest complete job, and how they load a text.
#pragma once

#include <string>
#include <string_view>

#include "config/config.h"

namespace pinrelay::config {

// Ten lines; what is added to the job stands from line 11 on.
inline constexpr std::string_view kJob = R"(authorizations:
  - name: acme
    token: {file: token}
jobs:
  - name: readers
    type: audience_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    identifiers: [{email: email}]
)";

inline std::string with_job(std::string_view more) { return std::string(kJob) + std::string(more); }

inline Loaded load(std::string_view text) { return load_config(std::string(text), "/etc/pinrelay"); }

inline std::string problems_of(const Loaded& loaded) { return describe("f", loaded.problems); }

}  // namespace pinrelay::config
