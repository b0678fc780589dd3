#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "http/client.h"
#include "http/curl_exchange.h"
#include "http/threads.h"

namespace pinrelay::http {
namespace {

class CurlTransport final : public Transport {
 public:
  CurlTransport(CurlOptions options, WakeUp& wake_up) : options_(std::move(options)), wake_up_(wake_up) {
    for (unsigned i = 0; i < std::max(1U, options_.threads); ++i)
      threads_.emplace_back([this, i](const std::stop_token& stop) { work(stop, i); });
  }
  ~CurlTransport() override {
    for (std::jthread& thread : threads_) thread.request_stop();
  }

  void submit(uint64_t ticket, Request request) override {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back({ticket, std::move(request)});
    }
    arrived_.notify_one();
  }

  std::vector<Finished> take_finished() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(finished_, {});
  }

 private:
  struct Submitted {
    uint64_t ticket;
    Request request;
  };

  void work(const std::stop_token& stop, size_t number) {
    name_thread("http-out-", number);
    CurlExchanger exchanger(options_);
    const std::stop_callback on_stop(stop, [&exchanger] { exchanger.stop(); });
    while (const auto next = take_waiting(stop)) {
      Response response = exchanger.run(next->request);
      if (stop.stop_requested()) return;
      finish(next->ticket, std::move(response));
    }
  }

  std::optional<Submitted> take_waiting(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait(lock, stop, [this] { return !waiting_.empty(); }) || stop.stop_requested())
      return std::nullopt;
    std::optional<Submitted> next(std::move(waiting_.front()));
    waiting_.pop_front();
    return next;
  }

  void finish(uint64_t ticket, Response response) {
    {
      const std::lock_guard lock(mutex_);
      finished_.push_back({ticket, std::move(response)});
    }
    wake_up_.wake();
  }

  const CurlOptions options_;
  WakeUp& wake_up_;
  std::mutex mutex_;  // guards waiting_ and finished_
  std::condition_variable_any arrived_;
  std::deque<Submitted> waiting_;
  std::vector<Finished> finished_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace

std::unique_ptr<Transport> make_curl_transport(CurlOptions options, WakeUp& wake_up) {
  return std::make_unique<CurlTransport>(std::move(options), wake_up);
}

std::string curl_version_text() { return curl_version_info(CURLVERSION_NOW)->version; }

}  // namespace pinrelay::http
