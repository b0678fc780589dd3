#include "cli/door.h"

#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "base/random.h"
#include "cli/entrance.h"
#include "credentials/sign_in.h"
#include "http/guarded.h"
#include "pinterest/requests.h"

namespace pinrelay::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kChanges = "/v1/changes";
constexpr size_t kLargeBody = 64 * 1024;  // takes milliseconds to read
constexpr int kNiceness = 5;              // of the thread that does: small requests go before large ones

http::ServerResponse busy() {
  return admin::problem_answer(
      {503, "busy", "the service has too much to do at the moment", "try again in a few seconds"},
      random_hex(8));
}

bool is_sign_in(std::string_view path) {
  using credentials::SignIns;
  return path == SignIns::kStartPath || path == SignIns::kBackPath || path == SignIns::kScriptPath;
}

// What is left of a request, whose body may be large, for when it is answered: that there was a token, too.
http::ServerRequest head_of(const http::ServerRequest& request) {
  http::ServerRequest head;
  head.method = request.method, head.path = request.path;
  head.peer = request.peer, head.by_tls = request.by_tls;
  if (!request.header("Authorization").empty()) head.headers.push_back({"Authorization", "Bearer"});
  return head;
}

// What every answer of ours has in common.
void finish(const http::ServerRequest& request, http::ServerResponse& response,
            const DoorParts::Refused& refused) {
  if (request.by_tls) response.headers.push_back(http::only_https());
  if (!response.refusal_code.empty()) refused(request, response);
}

}  // namespace

http::ServerResponse json_response(int status, std::string json) {
  http::ServerResponse response;
  response.status = status;
  response.body = std::move(json) + "\n";
  return response;
}

http::Admission Door::admit(http::ServerRequest& head) const {
  http::Admission admission = decide(head);
  if (admission.refusal) finish(head, *admission.refusal, parts_.refused);
  return admission;
}

http::Admission Door::decide(http::ServerRequest& head) const {
  http::Admission admission;
  if (auto refused = let_in(parts_.config, head)) {
    admission.refusal = std::move(refused);
  } else if (head.path == kChanges) {
    admission = parts_.ingest.admit(head);
  } else if (head.path.starts_with(admin::kApiPrefix)) {
    admission = admin::admit(parts_.callers, head);
    if (admission.refusal)
      admin::add_marks(*admission.refusal, !pinterest::is_pinterest(parts_.config.pinterest_base_url),
                       parts_.config.plain_http);
  } else {
    admission.body_bytes_max = admin::kNoBodyBytesMax;
  }
  return admission;
}

void Door::handle(http::ServerRequest request, http::Responder answer) {
  // The answer may come when there is no door any more.
  const http::Responder respond = [asked = head_of(request), refused = parts_.refused,
                                   answer = std::move(answer)](http::ServerResponse response) {
    finish(asked, response, refused);
    answer(std::move(response));
  };
  if (request.path == "/livez") return respond(json_response(200, R"({"status":"ok"})"));
  if (request.path == "/readyz") {
    const std::string why = parts_.readiness.why_not();
    if (why.empty()) return respond(json_response(200, R"({"status":"ok"})"));
    return respond(json_response(503, json_text(Json{{"status", "not ready"}, {"reason", why}})));
  }
  const auto shared = std::make_shared<const http::ServerRequest>(std::move(request));
  if (shared->path == kChanges)
    return read_aside(shared, respond, [this, shared, respond] { parts_.ingest.handle(*shared, respond); });
  if (shared->path.starts_with(admin::kApiPrefix))
    return read_aside(shared, respond, [this, shared, respond] { call_api(shared, respond); });
  if (auto page = parts_.page(*shared)) return respond(std::move(*page));
  if (is_sign_in(shared->path))
    return on_engine(shared, respond, [this, shared, respond] { parts_.sign_in(*shared, respond); });
  respond(json_response(
      404, R"({"error":{"code":"not_found","message":"no such path","fix":"POST /v1/changes"}})"));
}

// A small body is read at once. A large one would keep the connections of others waiting.
void Door::read_aside(const Shared& request, const http::Responder& respond, std::function<void()> read) {
  if (request->body.size() <= kLargeBody) return read();
  if (!bodies_.add([read = std::move(read)](const std::stop_token&) {
        (void)setpriority(PRIO_PROCESS, 0, kNiceness);
        read();
      }))
    respond(busy());
}

void Door::call_api(const Shared& request, const http::Responder& respond) {
  // Shared, because what waits for the engine can be copied.
  auto read = std::make_shared<admin::ReadRequest>(admin::read_request(*request));
  on_engine(request, respond,
            [this, request, read, respond] { parts_.api(*request, std::move(*read), respond); });
}

void Door::on_engine(const Shared& request, const http::Responder& respond, EngineQueue::Work work) {
  http::Sender sender = request->lease->sender();
  // Who claims the first account does so here, and gets in however many strangers wait.
  const auto address = config::read_address(request->peer);
  if (sender.account.empty() && address && config::is_loopback(*address)) sender.account = "this machine";
  if (!parts_.queue.offer(sender, std::move(work))) respond(busy());
}

}  // namespace pinrelay::cli
