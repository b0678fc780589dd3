#include "http/curl_trust.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace pinrelay::http {
namespace {

// No hashes and keys of less than 112 bits, whatever the machine's openssl.cnf lets pass: no SHA-1, no RSA
// below 2048.
constexpr int kSecurityLevelMin = 2;

bool has_alternative_name(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const int type = sk_GENERAL_NAME_value(names.get(), i)->type;
    if (type == GEN_DNS || type == GEN_IPADD) return true;
  }
  return false;
}

// Where there is no alternative name libcurl takes the common name, which the limits of an authority to
// certain names do not hold for.
int on_certificate(int fine, X509_STORE_CTX* chain) noexcept {
  if (fine == 0 || X509_STORE_CTX_get_error_depth(chain) != 0) return fine;
  if (has_alternative_name(X509_STORE_CTX_get_current_cert(chain))) return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
  return 0;
}

CURLcode on_context(CURL*, void* context, void*) noexcept {
  auto* ssl = static_cast<SSL_CTX*>(context);
  SSL_CTX_set_security_level(ssl, std::max(kSecurityLevelMin, SSL_CTX_get_security_level(ssl)));
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, &on_certificate);
  return CURLE_OK;
}

// A handshake that never ended: connected to a port, and no TLS yet.
bool within_handshake(CURL* easy) {
  const char* scheme = nullptr;
  long port = 0;
  curl_off_t secured = 0;
  curl_easy_getinfo(easy, CURLINFO_SCHEME, &scheme);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &secured);
  const std::string_view name = scheme == nullptr ? "" : scheme;
  return (name == "HTTPS" || name == "SMTPS") && port != 0 && secured == 0;
}

}  // namespace

void require_trust(CURL* easy, const std::string& ca_file) {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // or the system's certificates would count too
  }
  // Only a libcurl that uses OpenSSL knows it.
  CHECK(curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &on_context) == CURLE_OK);
}

bool trust_failed(CURL* easy, CURLcode code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
      return true;
    case CURLE_OPERATION_TIMEDOUT:
      return within_handshake(easy);
    default:
      return false;
  }
}

}  // namespace pinrelay::http
