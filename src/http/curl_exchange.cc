#include "http/curl_exchange.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "http/address_guard.h"
#include "http/curl_mail.h"
#include "http/curl_trust.h"

namespace pinrelay::http {
namespace {

constexpr long kUploadBufferBytes = 1024 * 1024;
constexpr size_t kHeaderBytesMax = 64 * 1024;
// Below what servers usually grant an idle connection, so that a request rarely meets one that is closing.
constexpr long kIdleSecondsMax = 45;
constexpr int kPollMillis = 1'000;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

void add_line(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  CHECK(longer != nullptr);
  (void)list.release();
  list.reset(longer);
}

// Texts that go into the head as they are.
bool fit_for_head(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c != 0x7f; });
}

bool fit_header(const Header& header) { return fit_for_head(header.name) && fit_for_head(header.value); }

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

// What libcurl's callbacks note while it runs. None of them may throw: C code is above them.
struct CurlExchanger::Exchange {
  explicit Exchange(const Request& r) : request(r), body_size(r.body.size()) {}
  ~Exchange() {
    if (file >= 0) ::close(file);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const Request& request;
  Response response;
  HeaderList lines;
  int file = -1;  // of the body
  size_t body_size, body_sent = 0;
  size_t header_bytes = 0;
  bool head_done = false;
  bool begun = false;       // the request may have left
  bool body_begun = false;  // the body may have left
  const char* refusal = nullptr;

  bool ambiguous() const { return body_size == 0 ? begun : body_begun; }
  bool repeatable() const { return request.method == "GET" || request.method == "HEAD"; }

  // Called for each address that a connection is about to be made to.
  static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    auto& exchange = *static_cast<Exchange*>(self);
    const auto why = exchange.request.guarded ? refused_range(address->addr) : std::string_view();
    exchange.response.refused = !why.empty();  // the last address decides what is told
    if (!why.empty()) return CURL_SOCKET_BAD;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  size_t refuse(const char* why) {
    refusal = why;
    return 0;  // not the number libcurl expects: ends the exchange
  }

  // Called before each try on an open connection. libcurl tries again by itself when a kept-alive connection
  // turns out dead; what may have been applied must not go out a second time.
  static int on_start(void* self, char*, char*, int, int) noexcept {
    auto& exchange = *static_cast<Exchange*>(self);
    const bool again = exchange.begun;
    exchange.begun = true;
    const bool harmless = exchange.body_size == 0 ? exchange.repeatable() : !exchange.body_begun;
    if (!again || harmless) return CURL_PREREQFUNC_OK;
    exchange.refusal = "the kept-alive connection was lost while the request was being sent";
    return CURL_PREREQFUNC_ABORT;
  }
  static size_t on_read(char* into, size_t, size_t size, void* self) noexcept {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::string& body = exchange.request.body;
    exchange.body_begun = true;
    const size_t count = std::min(size, exchange.body_size - exchange.body_sent);
    if (exchange.file < 0) {
      std::copy_n(body.data() + exchange.body_sent, count, into);
    } else if (::pread(exchange.file, into, count, static_cast<off_t>(exchange.body_sent)) !=
               static_cast<ssize_t>(count)) {
      exchange.refusal = "the file became shorter, or cannot be read any more";
      return CURL_READFUNC_ABORT;
    }
    exchange.body_sent += count;
    return count;
  }
  static size_t on_header(char* text, size_t, size_t size, void* self) noexcept {
    return static_cast<Exchange*>(self)->note_line({text, size});
  }
  static size_t on_body(char* bytes, size_t, size_t size, void* self) noexcept {
    auto& exchange = *static_cast<Exchange*>(self);
    std::string& body = exchange.response.body;
    if (size > exchange.request.answer_bytes_max - body.size())
      return exchange.refuse("the answer is too large");
    body.append(bytes, size);
    return size;
  }

  bool open_file() {
    if (request.body_file.empty()) return true;
    file = ::open(request.body_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    body_size = static_cast<size_t>(status.st_size);
    return true;
  }

  size_t note_line(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kHeaderBytesMax) return refuse("the answer's header is too large");
    // A status line starts a head: the final one follows any 1xx.
    if (line.starts_with("HTTP/")) {
      response.headers.clear();
      head_done = false;
    } else if (trimmed(line).empty()) {
      head_done = true;  // fields after a chunked body come later, and are dropped
    } else if (const size_t colon = line.find(':'); !head_done && colon != std::string_view::npos) {
      response.headers.push_back(
          {std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
    }
    return line.size();
  }
};

CurlExchanger::CurlExchanger(const CurlOptions& options)
    : connect_timeout_(options.connect_timeout), ca_file_(options.ca_file) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);
  multi_.reset(curl_multi_init());
  easy_.reset(curl_easy_init());
  CHECK(multi_ != nullptr && easy_ != nullptr);
  set_lasting_options(options);
}

void CurlExchanger::set_lasting_options(const CurlOptions& options) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  require_trust(easy, options.ca_file);
  if (!options.unix_socket.empty())
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleSecondsMax);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes a second
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(std::chrono::ceil<std::chrono::seconds>(options.stall_timeout).count()));
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Exchange::on_start);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &Exchange::on_read);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Exchange::on_open);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
}

void CurlExchanger::set_request_options(Exchange& exchange) {
  CURL* easy = easy_.get();
  const Request& request = exchange.request;
  if (exchange.file < 0) add_line(exchange.lines, "Expect:");  // no waiting for "100 Continue"
  add_line(exchange.lines, "Accept: application/json");
  add_line(exchange.lines, "User-Agent: pinrelay");
  if (!request.bearer_token.empty())
    add_line(exchange.lines, "Authorization: Bearer " + request.bearer_token);
  else if (!request.basic.empty())
    add_line(exchange.lines, "Authorization: Basic " + request.basic);
  for (const Header& header : request.headers) add_line(exchange.lines, header.name + ": " + header.value);
  add_line(exchange.lines,
           "Content-Type:" + (request.content_type.empty() ? std::string() : " " + request.content_type));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange.lines.get());
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout_.count()));
  // A kept-alive connection was not looked at by the guard.
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.guarded ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  set_method(exchange);
}

// The order matters: each of libcurl's options for a method undoes parts of the others.
void CurlExchanger::set_method(const Exchange& exchange) {
  CURL* easy = easy_.get();
  const Request& request = exchange.request;
  const bool takes_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
  if (takes_body || exchange.body_size > 0) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange.body_size));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange.body_size == 0 ? "" : nullptr);
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  }
  const bool head = request.method == "HEAD";
  if (head) curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, head ? nullptr : request.method.c_str());
}

CURLcode CurlExchanger::drive() {
  for (int running = 1; running > 0;) {
    if (stopping_) return CURLE_ABORTED_BY_CALLBACK;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
    if (running > 0) curl_multi_poll(multi_.get(), nullptr, 0, kPollMillis, nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
  return message == nullptr ? CURLE_OUT_OF_MEMORY : message->data.result;
}

Response CurlExchanger::run(const Request& request) {
  if (request.mail) return send_mail(request, ca_file_, connect_timeout_, stopping_);
  const auto start = std::chrono::steady_clock::now();
  Exchange exchange(request);
  Response& response = exchange.response;
  if (!fit_for_head(request.method) || !fit_for_head(request.bearer_token) || !fit_for_head(request.basic) ||
      !fit_for_head(request.content_type) || !std::ranges::all_of(request.headers, fit_header)) {
    response.error = "the method, the token or a header holds a control character";
    return response;
  }
  if (const auto checked = request.guarded ? check_guarded_url(request.url) : Result<void>(); !checked) {
    response.refused = true;
    response.error = checked.error().message;
    return response;
  }
  if (!exchange.open_file()) {
    response.error = "there is no file that can be read: " + request.body_file;
    return response;
  }
  set_request_options(exchange);
  error_[0] = '\0';
  CURLcode code = CURLE_OUT_OF_MEMORY;
  if (curl_multi_add_handle(multi_.get(), easy_.get()) == CURLM_OK) code = drive();
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(multi_.get(), easy_.get());
  response.duration = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start);
  // libcurl takes a head cut off behind its status line for a whole answer; we do not.
  if (code == CURLE_OK && status >= 200 && exchange.head_done) {
    response.ending = Ending::kAnswered;
    response.refused = false;
    response.status = static_cast<int>(status);
    return response;
  }
  return failed(exchange, code);
}

Response CurlExchanger::failed(Exchange& exchange, CURLcode code) const {
  Response& response = exchange.response;
  response.ending = exchange.ambiguous() ? Ending::kBroken : Ending::kNotSent;
  response.headers.clear();
  response.body.clear();
  response.refused = response.refused && response.ending == Ending::kNotSent;
  response.tls_failed = response.ending == Ending::kNotSent && trust_failed(easy_.get(), code);
  response.error = response.refused              ? "the name leads to no public address"
                   : exchange.refusal != nullptr ? exchange.refusal
                   : code == CURLE_OK            ? "the answer's head is not whole"
                   : error_[0] != '\0'           ? error_
                                                 : curl_easy_strerror(code);
  if (response.tls_failed) response.error.insert(0, kNoTrust);
  return std::move(response);
}

void CurlExchanger::stop() {
  stopping_ = true;
  curl_multi_wakeup(multi_.get());
}

}  // namespace pinrelay::http
