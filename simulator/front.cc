#include "simulator/front.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_text.h"
#include "simulator/control.h"

namespace pinrelay::sim {
namespace {

// Longer than any client of ours waits.
constexpr Millis kSilence = std::chrono::minutes{10};
constexpr size_t kRecordedBytesMax = 64 * 1024;

// What follows `scheme` in an Authorization header, or "".
std::string credentials(std::string_view header, std::string_view scheme) {
  return header.starts_with(scheme) ? std::string(header.substr(scheme.size())) : std::string();
}

Call call_of(http::ServerRequest&& request) {
  Call call;
  const std::string_view authorization = request.header("Authorization");
  call.bearer = credentials(authorization, "Bearer ");
  call.basic = credentials(authorization, "Basic ");
  call.content_type = request.header("Content-Type");
  call.method = std::move(request.method);
  call.target = std::move(request.path);
  if (!request.query.empty()) call.target += "?" + request.query;
  call.body = std::move(request.body);
  return call;
}

http::ServerResponse answer_of(Reply&& reply) {
  http::ServerResponse answer;
  answer.status = reply.status;
  answer.content_type = std::move(reply.content_type);
  answer.headers = std::move(reply.headers);
  answer.body = std::move(reply.body);
  answer.cut = reply.delivery != Delivery::kAnswered;
  return answer;
}

void cut(const http::Responder& respond) {
  http::ServerResponse answer;
  answer.cut = true;
  respond(std::move(answer));
}

}  // namespace

DelayedAnswers::DelayedAnswers() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

DelayedAnswers::~DelayedAnswers() { end(); }

void DelayedAnswers::send_after(Millis delay, http::Responder respond, http::ServerResponse answer) {
  const std::lock_guard lock(mutex_);
  if (ended_) return cut(respond);
  waiting_.emplace(std::chrono::steady_clock::now() + delay, Waiting{std::move(respond), std::move(answer)});
  changed_.notify_one();
}

void DelayedAnswers::end() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  for (const auto& [deadline, waiting] : waiting_) cut(waiting.respond);
  waiting_.clear();
}

void DelayedAnswers::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (waiting_.empty()) {
      changed_.wait(lock, stop, [&] { return !waiting_.empty(); });
      continue;
    }
    const Deadline next = waiting_.begin()->first;
    if (std::chrono::steady_clock::now() < next) {
      changed_.wait_until(lock, stop, next, [&] { return waiting_.begin()->first < next; });
      continue;
    }
    Waiting due = std::move(waiting_.extract(waiting_.begin()).mapped());
    lock.unlock();
    due.respond(std::move(due.answer));
    lock.lock();
  }
}

Front::Front(World& world, const Clock& clock, const std::string& record_file)
    : world_(world), clock_(clock), record_file_(record_file) {
  if (!record_file_.empty()) record_.open(record_file_, std::ios::app);
}

void Front::handle(http::ServerRequest request, const http::Responder& respond) {
  const Call call = call_of(std::move(request));
  Reply reply;
  {
    const std::lock_guard lock(mutex_);
    const bool ours = call.path().starts_with(kControlPrefix);
    reply = ours ? control(world_, call, clock_.now()) : world_.handle(call, clock_.now());
    if (!ours && !record_file_.empty()) write_record(call, reply);
  }
  const Millis delay = reply.delivery == Delivery::kNeverAnswered ? kSilence : reply.delay;
  http::ServerResponse answer = answer_of(std::move(reply));
  if (delay > Millis{0}) return delayed_.send_after(delay, respond, std::move(answer));
  respond(std::move(answer));
}

void Front::write_record(const Call& call, const Reply& reply) {
  if (call.body.size() > kRecordedBytesMax || reply.body.size() > kRecordedBytesMax) return;
  const bool answered = reply.delivery == Delivery::kAnswered;
  const nlohmann::ordered_json line{{"method", call.method},
                                    {"path", call.path()},
                                    {"query", call.query()},
                                    {"request_body", call.body},
                                    {"status", answered ? reply.status : 0},
                                    {"response_body", answered ? reply.body : ""},
                                    {"fault", reply.fault}};
  record_ << json_text(line) << std::endl;
}

}  // namespace pinrelay::sim
