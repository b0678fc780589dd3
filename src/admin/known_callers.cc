#include "admin/known_callers.h"

#include <charconv>

#include "admin/answers.h"
#include "admin/read_request.h"
#include "admin/tokens.h"
#include "base/random.h"
#include "config/network.h"
#include "http/query.h"

namespace pinrelay::admin {
namespace {

uint64_t length_of(const http::ServerRequest& head) {
  const std::string_view text = head.header("Content-Length");
  uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

}  // namespace

void KnownCallers::set(const std::vector<store::ApiTokenRow>& tokens,
                       const std::vector<store::SessionRow>& sessions) {
  auto all = std::make_shared<All>();
  for (const store::ApiTokenRow& token : tokens)
    (*all)[token.hash] = {"token " + std::to_string(token.number), "token " + token.name, token.expires_at,
                          token.networks};
  for (const store::SessionRow& session : sessions)
    (*all)[session.hash] = {"user " + std::to_string(session.user)};
  const std::lock_guard lock(mutex_);
  all_ = std::move(all);
}

KnownCallers::Known KnownCallers::find(const http::ServerRequest& head) const {
  const Secret shown = presented(head);
  if (shown.empty()) return {};
  std::shared_ptr<const All> all;
  {
    const std::lock_guard lock(mutex_);
    all = all_;
  }
  // The order of hashes tells nothing of the secrets behind them.
  const auto found = all->find(token_hash(shown));
  if (found == all->end()) return {};
  const bool ended = to_millis(found->second.expires_at) != 0 && found->second.expires_at <= clock_.now();
  return ended ? Known{} : found->second;
}

http::Admission admit(const KnownCallers& known, const http::ServerRequest& head) {
  const Match match = find_route(head.method, head.path);
  const bool open = match.route != nullptr && match.route->role == Role::kNobody;
  http::Admission admission;
  const KnownCallers::Known caller = known.find(head);
  const bool from_elsewhere = !config::comes_from(caller.networks, head.peer);
  if (!from_elsewhere) admission.account = caller.account;
  if (!open && admission.account.empty()) {
    admission.refusal = problem_answer(from_elsewhere ? wrong_network() : nobody_known(), random_hex(8));
    admission.refusal->refused_who = caller.who;
    return admission;
  }
  const bool file = match.route != nullptr && match.route->by == By::kUpload;
  admission.body_bytes_max = match.route != nullptr ? body_bytes_max(*match.route) : kNoBodyBytesMax;
  if (!file && length_of(head) > admission.body_bytes_max)
    admission.refusal =
        problem_answer(body_too_large(length_of(head), admission.body_bytes_max), random_hex(8));
  return admission;
}

}  // namespace pinrelay::admin
