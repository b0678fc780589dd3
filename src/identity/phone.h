// Phone numbers as Pinterest wants them before hashing: country code and number, digits only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace pinrelay::identity {

// Not thread-safe: one per thread.
class PhoneReader {
 public:
  PhoneReader();
  ~PhoneReader();

  // A number that says its country (+49 …, 0049 …), or one of `country` (ISO 3166-1 alpha-2; "" = none is
  // assumed), which must then be one that is in use there: a date, a postcode or an order number often has
  // the length of a phone number. Digits without a sign are a number of `country` where they can be one, else
  // what the result looks like: country code and number. A spreadsheet's ".0" goes, and so do extensions.
  // False when it is no number that its country can have. With '+' most numbers cost a hundredth of the
  // others.
  bool normalise(std::string_view text, std::string_view country, std::string& out);

 private:
  struct Library;
  bool parse(std::string_view text, std::string_view country);
  bool parse_national(std::string_view text, std::string_view country);
  bool settle_reading(std::string_view text, std::string_view country);
  bool parse_any(std::string_view text, std::string_view country);
  std::unique_ptr<Library> library_;
};

}  // namespace pinrelay::identity
