// Pinterest Sign-In: the way of a person from our start page to Pinterest and back, and what came of it. All
// of it lives in memory for ten minutes: nothing is stored before somebody saves it.
//
//   begin() → start page (sets a cookie, leads to Pinterest) → back(): code → tokens → whose they are →
//   save()
//
// `state` stands in the address that Pinterest sends back to and in the browser's cookie; both must be the
// one we gave, which serves once. So nobody can push their own account onto somebody else's sign-in.
#pragma once

#include <list>

#include "credentials/credentials.h"
#include "http/server.h"

namespace pinrelay::credentials {

enum class SignInPhase { kBegun, kAway, kAsking, kSignedIn, kFailed, kSaved };
inline constexpr std::string_view kSignInPhaseNames[] = {"begun",     "at_pinterest", "asking",
                                                         "signed_in", "failed",       "saved"};

struct SignIn {
  std::string ticket;  // names it; a secret of who began it
  Secret state;
  Time ends{};
  SignInPhase phase = SignInPhase::kBegun;
  std::string code, message, fix;  // why it failed
  pinterest::Grant grant;
  std::string connected_as;
};

class SignIns {
 public:
  SignIns(const config::Config& config, Credentials& credentials, const Clock& clock)
      : config_(config), credentials_(credentials), clock_(clock) {}

  // `port`: where the service listens, for addresses on this machine.
  Result<const SignIn*> begin(uint16_t port);
  Result<SignIn*> find(std::string_view ticket);
  std::string start_url(const SignIn& sign_in) const;
  // What has to be registered with the app, to the byte.
  std::string redirect_uri() const { return origin_ + std::string(kBackPath); }
  // Stores what was signed in; `made` says the rest.
  Result<void> save(std::string_view ticket, NewCredentials made);

  static constexpr std::string_view kStartPath = "/oauth/start", kBackPath = "/oauth/pinterest",
                                    kScriptPath = "/oauth/close.js";
  // The browser's requests for these paths. Instead of an answer there may be a question whose end gives it.
  using Ask = std::function<void(Question)>;
  void handle(const http::ServerRequest& request, const http::Responder& respond, const Ask& ask);

 private:
  http::ServerResponse start(const http::ServerRequest& request);
  void back(const http::ServerRequest& request, const http::Responder& respond, const Ask& ask);
  std::optional<Question> exchanged(const std::string& ticket, const http::Response& response,
                                    const http::Responder& respond);
  void finish(const std::string& ticket, const http::Response& response, const http::Responder& respond);
  http::ServerResponse fail(SignIn& sign_in, std::string code, std::string message, std::string fix);
  void forget_old();

  const config::Config& config_;
  Credentials& credentials_;
  const Clock& clock_;
  std::string origin_;  // https://pinrelay.example.com
  std::list<SignIn> open_;
};

}  // namespace pinrelay::credentials
