#!/usr/bin/env python3
"""Writes country_names.h from Debian's iso-codes: the names and codes of ISO 3166-1.

  python3 src/identity/country_names.py > src/identity/country_names.h
"""

import json

SOURCE = "/usr/share/iso-codes/json/iso_3166-1.json"

print("""// The codes and names of ISO 3166-1, from Debian's iso-codes; written by country_names.py, not by hand.
#pragma once

#include <string_view>

namespace pinrelay::identity {

struct CountryName {
  std::string_view alpha2, alpha3, numeric, name, common_name, official_name;
};
// clang-format off
constexpr CountryName kCountryNames[] = {""")
for country in json.load(open(SOURCE, encoding="utf-8"))["3166-1"]:
    keys = ("alpha_2", "alpha_3", "numeric", "name", "common_name", "official_name")
    print("    {" + ", ".join(json.dumps(country.get(key, ""), ensure_ascii=False) for key in keys) + "},")
print("""};
// clang-format on

}  // namespace pinrelay::identity""")
