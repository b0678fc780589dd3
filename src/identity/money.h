// Amounts of money as shops and spreadsheets write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pinrelay::identity {

struct Money {
  std::string amount;  // a decimal number with at most six decimals: 12.50
  // What the sign or code beside the amount can mean, as codes of ISO 4217; none when there is no such sign.
  std::vector<std::string> currencies;

  // The one currency that was meant: that of EUR, €, £. "" for $ and ¥, which several countries use.
  std::string_view currency() const;
  bool may_be(std::string_view code) const;
};

// Not negative. A lone dot is a decimal point; a lone comma with one or two digits behind it is a decimal
// comma; with three behind it, it can be read in two ways and the amount is refused. Of two different marks
// the last one is the decimal mark and the other one must group digits properly: 1.234,56, 1,234.56,
// 1'234.50, 1 234,56. More than six decimals, the noise of binary fractions, are rounded.
bool read_money(std::string_view text, Money& out);

// ISO 4217, of currencies in use; the code for "no currency" is none.
bool read_currency(std::string_view text, std::string& out);

}  // namespace pinrelay::identity
