// What views show of people's values: times, amounts, order ids and the like as they are, and hints of
// whatever tells who somebody is.
#pragma once

#include <map>

#include "cli/command.h"
#include "pinterest/conversion_fields.h"

namespace pinrelay::cli {

// A value that goes to the target. Everything about the user (a birth date, too), addresses of pages, and any
// value that holds an e-mail address are masked.
std::string shown_value(const pinterest::ConversionField& target, std::string_view text);
// The same for whatever stands in an event: texts, or arrays of them.
Json shown_json(const pinterest::ConversionField& target, Json value);

// The fields whose values are shown as they are, because jobs send them so and none takes them for a
// person's.
class ShownFields {
 public:
  explicit ShownFields(Context& context);
  std::string show(const std::string& field, std::string_view text) const;

 private:
  std::map<std::string, const pinterest::ConversionField*> targets_;  // null: it tells who somebody is
};

}  // namespace pinrelay::cli
