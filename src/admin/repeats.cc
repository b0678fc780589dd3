#include "admin/repeats.h"

#include <algorithm>
#include <cstring>

#include "base/sha256.h"

namespace pinrelay::admin {
namespace {

constexpr size_t kKeyBytesMax = 255;

Bytes hash_of(std::initializer_list<std::string_view> parts) {
  Bytes text;
  for (const std::string_view part : parts) append_sized(text, as_bytes(part));
  const Hash hash = Sha256().hash(as_text(text));
  return {hash.begin(), hash.end()};
}

int64_t number_of(const Bytes& call) {
  int64_t number = 0;
  std::memcpy(&number, call.data(), sizeof number);
  return number;
}

http::ServerResponse kept_response(const store::KeptAnswerRow& row, const std::string& id) {
  const bool fine = row.status < 400;
  return guarded_answer(static_cast<int>(row.status), fine ? "application/json" : "application/problem+json",
                        row.body, id);
}

// An answer that another try could change is none to keep.
bool is_final(int status) { return status < 500 && status != 429; }

}  // namespace

bool may_repeat(const Route& route) {
  constexpr std::string_view kBegins[] = {"/api/v1/jobs/", "/api/v1/imports", "/api/v1/authorizations",
                                          "/api/v1/sign-ins/save"};
  return route.method == "POST" && route.changes &&
         std::ranges::any_of(kBegins, [&](std::string_view each) { return route.path.starts_with(each); });
}

void Repeats::answer(const http::ServerRequest& request, const std::string& who, const std::string& id,
                     const http::Responder& respond, const std::function<void(http::Responder)>& run) {
  const std::string_view key = request.header(kRepeatHeader);
  if (key.empty()) return run(respond);
  if (key.size() > kKeyBytesMax || std::ranges::any_of(key, [](char c) { return c < '!' || c > '~'; }))
    return respond(problem_answer({400, "bad_value", "this is no key: 1 to 255 visible ASCII characters",
                                   "use for example a UUID", std::string(kRepeatHeader)},
                                  id));
  const Bytes call = hash_of({who, key});
  const Bytes asked = hash_of({request.method, request.path, request.query, request.body});
  const auto refuse = [&] {
    respond(problem_answer({422, "key_reused", "this key was used for another request",
                            "use a new key for each new request", std::string(kRepeatHeader)},
                           id));
  };
  if (const auto open = running_.find(call); open != running_.end()) {
    if (open->second.request != asked) return refuse();
    open->second.waiting.push_back(respond);
    return;
  }
  if (const auto known = parts_.find(number_of(call)); known && known->call == call) {
    if (known->request != asked) return refuse();
    return respond(kept_response(*known, id));
  }
  running_[call] = {asked, {respond}};
  run([this, call, asked](const http::ServerResponse& response) {
    const auto ended = running_.extract(call);
    if (is_final(response.status))
      parts_.keep({number_of(call), call, asked, Time{}, response.status, response.body});
    for (const http::Responder& each : ended.mapped().waiting) each(response);
  });
}

}  // namespace pinrelay::admin
