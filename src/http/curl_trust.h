// What we ask of everybody whom we speak TLS with, by HTTP and by SMTP. There is no switch to ask for less.
#pragma once

#include <curl/curl.h>

#include <string>

namespace pinrelay::http {

// TLS 1.2 or later, a chain to `ca_file` ("" = the system's certificates) that is good today, and the name or
// address of the URL among the certificate's alternative names.
void require_trust(CURL* easy, const std::string& ca_file);
// What an error begins with that trust_failed() is true of.
constexpr char kNoTrust[] = "no trustworthy TLS connection: ";
// Whether an exchange that ended with `code` failed because no such connection was to be had.
bool trust_failed(CURL* easy, CURLcode code);

}  // namespace pinrelay::http
