// What goes to Pinterest in clear must not hold an e-mail address by accident.
#pragma once

#include <string>
#include <string_view>

namespace pinrelay::identity {

// Whether an e-mail address stands anywhere in the text, plain or percent-encoded once or twice. "@home",
// "user@host" and "logo@2x.png" are none.
bool holds_email(std::string_view text);

enum class UrlCleaning {
  kNothing,   // the address is as it was
  kCleaned,   // something personal was cut out of it
  kHopeless,  // it stands in the host; nothing can be sent
};

// Takes out of an http address what is personal: `user:password@`; each query parameter that holds an e-mail
// address; and when one stands in the path or in the fragment, all behind the host. Everything else stays
// byte for byte.
UrlCleaning clean_url(std::string& url);

}  // namespace pinrelay::identity
