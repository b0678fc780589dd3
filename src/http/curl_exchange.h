// One libcurl handle with its kept-alive connections, and one exchange at a time on it.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <memory>

#include "http/client.h"

namespace pinrelay::http {

class CurlExchanger {
 public:
  explicit CurlExchanger(const CurlOptions& options);

  // Blocks until the exchange has ended.
  Response run(const Request& request);
  // From any thread: ends the running exchange, and every later one at once.
  void stop();

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  struct Exchange;

  void set_lasting_options(const CurlOptions& options);
  void set_request_options(Exchange& exchange);
  void set_method(const Exchange& exchange);
  CURLcode drive();
  Response failed(Exchange& exchange, CURLcode code) const;

  const Millis connect_timeout_;
  const std::string ca_file_;
  // The connections live in multi_, which is there so that stop() can wake a running exchange.
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  char error_[CURL_ERROR_SIZE] = "";
  std::atomic<bool> stopping_{false};
};

}  // namespace pinrelay::http
