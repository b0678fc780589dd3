// The one spelling of an e-mail address that is hashed. Pinterest asks for lower case and no white space and
// says nothing more, so:
//
// - Letters become small, in the local part too; Unicode ones by the root locale's rules, in form NFC.
// - Nothing else is touched: dots and "+tag" stay, since only some mail providers ignore them.
// - An international domain becomes its A-labels (bücher.example → xn--bcher-kva.example, by UTS #46,
//   non-transitional). That is what browsers submit from e-mail fields and what mail travels to, and the two
//   spellings of one domain become one identifier.
//
// Valid is: one '@', a local part of 1 to 64 bytes of the characters RFC 5321 allows without quotes (dots
// anywhere: such addresses exist) or of Unicode, a domain of two or more labels whose last is no number, 254
// bytes in all. "mailto:", display names, quoted local parts and address literals are not addresses.
#pragma once

#include <string>
#include <string_view>

namespace pinrelay::identity {

// `text` is trimmed. False when it is not a valid address; `out` is then meaningless. Allocates nothing for
// an ASCII address once `out` has room.
bool normalise_email(std::string_view text, std::string& out);

}  // namespace pinrelay::identity
