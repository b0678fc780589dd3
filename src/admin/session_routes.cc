// Signing in and out, and who is calling.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "admin/api.h"
#include "base/json_text.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

Json caller_json(const Caller& caller) {
  Json json = {{"who", caller.who}, {"role", store::kRoleNames[static_cast<size_t>(caller.role)]}};
  if (caller.only_jobs) json["jobs"] = *caller.only_jobs;
  if (caller.signed_in) {
    const store::SessionRow& session = caller.signed_in->session;
    json["idle_until"] = format_rfc3339(session.seen_at + kSessionIdle);
    json["ends_at"] = format_rfc3339(session.created_at + kSessionLasts);
    json["confirmed_until"] = format_rfc3339(session.confirmed_at + kConfirmedFor);
  }
  return json;
}

// Only for this host, over TLS or on this machine, never for scripts, never from another site's page.
http::Header cookie_header(std::string_view value, Millis lasts) {
  return {"Set-Cookie", fmt::format("{}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Strict",
                                    kSessionCookie, value, lasts.count() / 1'000)};
}

http::ServerResponse said(int status, const Json& json, const std::string& id) {
  return guarded_answer(status, "application/json", json_text(json) + "\n", id);
}

// A wrong password ends no session, so it is no 401.
std::function<void(Result<SignedIn>)> answer_of_session(const Caller& caller, const http::Responder& respond,
                                                        const std::string& id) {
  return [respond, caller, id](Result<SignedIn> renewed) {
    if (renewed.ok()) {
      const Caller now{caller.who, caller.role, caller.id, caller.live, std::move(*renewed)};
      return respond(said(200, caller_json(now), id));
    }
    Problem why = problem_of(renewed.error());
    if (renewed.error().kind == ErrorKind::kAuth) why.status = 403;
    respond(problem_answer(why, id));
  };
}

}  // namespace

void Api::session_route(const Route& route, Invocation call, const Caller& caller,
                        const http::Responder& respond, const std::string& id) {
  if (route.command == "session show") return respond(said(200, caller_json(caller), id));
  if (route.command == "session close") {
    if (caller.signed_in)
      if (auto closed = parts_.users->close(*caller.signed_in, call.origin); !closed.ok())
        return respond(problem_answer(problem_of(closed.error()), id));
    if (caller.signed_in) parts_.live->end_of(caller.live);
    auto response = said(200, {{"who", caller.who}, {"closed", caller.signed_in.has_value()}}, id);
    response.headers.push_back(cookie_header("", Millis{0}));
    return respond(response);
  }
  if (route.command == "session confirm") return confirm(std::move(call), caller, respond, id);
  if (route.command == "session password") return change_password(std::move(call), caller, respond, id);
  const auto done = [respond, id](Result<Users::Opened> opened) {
    if (!opened.ok()) {
      Problem why = problem_of(opened.error());
      if (opened.error().kind == ErrorKind::kAuth) why.status = why.code == kSuspended ? 403 : 401;
      return respond(problem_answer(why, id));
    }
    const Caller now{"user " + opened->who.user.name, opened->who.user.role, "", "", opened->who};
    auto response = said(201, caller_json(now), id);
    response.headers.push_back(cookie_header(opened->cookie.reveal(), kSessionLasts));
    respond(response);
  };
  if (route.command == "session open") {
    const std::string name = call.positional.empty() ? "" : call.positional.front();
    return parts_.users->open(name, std::move(call.secret), call.origin, done);
  }
  parts_.users->accept(Secret(call.values["ticket"]), std::move(call.secret), call.origin, done);
}

// A token has nothing to confirm.
void Api::confirm(Invocation call, const Caller& caller, const http::Responder& respond,
                  const std::string& id) {
  if (!caller.signed_in) return respond(said(200, caller_json(caller), id));
  parts_.users->confirm(*caller.signed_in, std::move(call.secret), call.origin,
                        answer_of_session(caller, respond, id));
}

void Api::change_password(Invocation call, const Caller& caller, const http::Responder& respond,
                          const std::string& id) {
  if (!caller.signed_in)
    return respond(problem_answer({400, "no_session", "a token has no password", "sign in as the user"}, id));
  parts_.users->change_password(*caller.signed_in, std::move(call.secret), std::move(call.new_secret),
                                call.origin, answer_of_session(caller, respond, id));
}

}  // namespace pinrelay::admin
