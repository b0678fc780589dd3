// The store's numbers of fields, and numbers for fields that it has never seen: settings that are not saved
// can map those, and rows to preview can bring them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/catalog.h"

namespace pinrelay::cli {

class FieldNumbers {
 public:
  // The catalog has to outlive it.
  explicit FieldNumbers(const store::Catalog& catalog) : catalog_(catalog) {}

  const store::Catalog& catalog() const { return catalog_; }
  std::optional<store::FieldNumber> find(const std::string& name) const;
  // Gives the field a number of its own when it has none.
  store::FieldNumber number(const std::string& name);
  const std::string& name(store::FieldNumber number) const;

 private:
  const store::Catalog& catalog_;
  std::vector<std::string> unseen_;
};

}  // namespace pinrelay::cli
