#include "http/curl_mail.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "http/curl_trust.h"

namespace pinrelay::http {
namespace {

constexpr int kTaken = 250;
constexpr long kRefusals = 400;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What the callbacks share; none of them may throw.
struct Sending {
  const std::string& message;
  const std::atomic<bool>& stopping;
  size_t sent = 0;

  static size_t on_read(char* into, size_t, size_t size, void* self) noexcept {
    auto& sending = *static_cast<Sending*>(self);
    const size_t count = std::min(size, sending.message.size() - sending.sent);
    std::copy_n(sending.message.data() + sending.sent, count, into);
    sending.sent += count;
    return count;
  }
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    return static_cast<Sending*>(self)->stopping ? 1 : 0;
  }
  static size_t on_answer(char*, size_t, size_t size, void*) noexcept { return size; }
};

// What goes into a command of SMTP as it is: libcurl would pass a line break on.
bool plain_address(const std::string& address) {
  return !address.empty() && std::ranges::all_of(address, [](char c) { return c > ' ' && c < 0x7f; }) &&
         address.find_first_of("<>") == std::string::npos;
}

bool on_this_machine(const std::string& url) {
  const size_t host = url.find("://") + 3;
  for (const char* name : {"127.0.0.1", "[::1]", "localhost"}) {
    const std::string_view rest = std::string_view(url).substr(host);
    if (!rest.starts_with(name)) continue;
    const std::string_view after = rest.substr(std::string_view(name).size());
    if (after.empty() || after.front() == ':' || after.front() == '/') return true;
  }
  return false;
}

void set_options(CURL* easy, const Request& request, Sending& sending, Millis connect_timeout) {
  const Mail& mail = *request.mail;
  const std::string greeting = mail.from.substr(mail.from.find('@') + 1);  // who we say we are
  curl_easy_setopt(easy, CURLOPT_URL, (request.url + "/" + greeting).c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  const bool may_be_plain = on_this_machine(request.url);
  curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(may_be_plain ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  if (!mail.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, mail.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, mail.password.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail.from.c_str());
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &Sending::on_read);
  curl_easy_setopt(easy, CURLOPT_READDATA, &sending);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Sending::on_answer);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Sending::on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &sending);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()));
}

}  // namespace

Response send_mail(const Request& request, const std::string& ca_file, Millis connect_timeout,
                   const std::atomic<bool>& stopping) {
  Response response;
  if (!plain_address(request.mail->from) || !plain_address(request.mail->to)) {
    response.error = "this is no plain mail address";
    return response;
  }
  const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
  CHECK(easy != nullptr);
  Sending sending{request.body, stopping};
  set_options(easy.get(), request, sending, connect_timeout);
  require_trust(easy.get(), ca_file);
  const std::unique_ptr<curl_slist, FreeList> to(curl_slist_append(nullptr, request.mail->to.c_str()));
  CHECK(to != nullptr);
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, to.get());
  char error[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, error);
  const CURLcode code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  response.tls_failed = trust_failed(easy.get(), code);
  if (code == CURLE_OK || (status >= kRefusals && !response.tls_failed)) {
    response.ending = Ending::kAnswered;
    response.status = code == CURLE_OK ? kTaken : static_cast<int>(status);
    return response;
  }
  response.ending = sending.sent == 0 ? Ending::kNotSent : Ending::kBroken;
  response.error = error[0] != '\0' ? error : curl_easy_strerror(code);
  if (response.tls_failed) response.error.insert(0, kNoTrust);
  return response;
}

}  // namespace pinrelay::http
