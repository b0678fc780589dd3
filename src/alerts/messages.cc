#include "alerts/messages.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/random.h"
#include "base/sha256.h"

namespace pinrelay::alerts {
namespace {

constexpr std::string_view kSecretBegins = "whsec_";
constexpr size_t kSecretBytes = 32, kSecretBytesMin = 24, kSecretBytesMax = 64;
constexpr size_t kLineMax = 76;  // of base64 in a mail
constexpr Millis kTimeout{30'000};
constexpr size_t kAnswerBytesMax = 64 * 1024;

std::string_view watches(const store::EpisodeRow& episode) {
  const Kind* kind = find_kind(episode.kind);
  return kind == nullptr ? std::string_view("test") : kind->watches;
}

std::string json_body(const store::EpisodeRow& episode, std::string_view event, std::string_view id, Time now,
                      bool simulated) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", id).field("type", event).field("alert", episode.rule_name);
  json.field("kind", episode.kind).field("episode", episode.number);
  json.key("object")
      .begin_object()
      .field("type", watches(episode))
      .field("name", episode.object)
      .end_object();
  json.field("since", format_rfc3339(episode.opened_at)).field("at", format_rfc3339(now));
  json.field("summary", episode.summary).field("next_step", episode.next_step);
  json.field("simulated", simulated).end_object();
  return out;
}

std::string mail_text(const store::EpisodeRow& episode, std::string_view event, Time now, bool simulated) {
  const std::string_view what = event == kResolved ? "resolved" : event == kOpened ? "alert" : "test";
  std::string out = fmt::format("[Pinrelay] {}: {} ({})\n\n", what, episode.rule_name, episode.kind);
  if (simulated) out += "SIMULATOR: this is not about Pinterest itself.\n\n";
  out += episode.summary + "\n\n";
  if (event == kResolved) {
    out += fmt::format("That is over: {}. It had begun at {}.\n", format_rfc3339(now),
                       format_rfc3339(episode.opened_at));
  } else if (event == kOpened) {
    out += fmt::format("Since: {}\nNext step: {}\n\nYou get another message when it is over.\n",
                       format_rfc3339(episode.opened_at), episode.next_step);
  }
  return out;
}

// Whatever the text holds, it is a mail's body and no header.
std::string in_base64_lines(std::string_view text) {
  const std::string coded = to_base64(as_bytes(text));
  std::string out;
  for (size_t at = 0; at < coded.size(); at += kLineMax) out += coded.substr(at, kLineMax) + "\r\n";
  return out;
}

std::string mail_of(const store::MessageRow& message, const std::string& from) {
  const size_t end = std::min(message.body.find('\n'), message.body.size());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(message.created_at);
  return fmt::format(
             "From: Pinrelay <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} +0000\r\n"
             "Message-ID: <{}@{}>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
             from, message.destination, message.body.substr(0, end), seconds, message.id,
             from.substr(from.find('@') + 1)) +
         in_base64_lines(std::string_view(message.body).substr(std::min(end + 2, message.body.size())));
}

struct Target {
  std::string url;
  Secret secret;
  bool guarded = true;
};

Result<Target> target_of(const std::string& name, const config::Config& config, exports::Engine& engine,
                         credentials::Credentials& credentials) {
  for (const config::Webhook& known : config.webhooks)
    if (known.name == name) return Target{known.url, Secret(TRY(config::read_secret(known.secret))), false};
  for (const store::WebhookRow& row : engine.core().store.alerts.webhooks.all())
    if (row.name == name)
      return Target{row.url, TRY(credentials.vault().open(credentials::place_of(row), row.secret)), true};
  return Error{ErrorKind::kNotFound, "no_webhook", fmt::format("there is no webhook '{}'", name), "",
               "see 'pinrelay webhook list'"};
}

Result<http::Request> mail_request(const store::MessageRow& message, const config::Smtp& smtp) {
  if (smtp.url.empty())
    return Error{ErrorKind::kConflict, "no_mail_server", "no mail server is configured", "smtp",
                 "add smtp to the configuration file and restart"};
  http::Request request;
  request.method = "MAIL";
  request.url = smtp.url;
  request.timeout = kTimeout;
  request.mail = http::Mail{smtp.from, message.destination, smtp.user, ""};
  if (!smtp.user.empty()) request.mail->password = TRY(config::read_secret(smtp.password));
  request.body = mail_of(message, smtp.from);
  return request;
}

}  // namespace

bool is_mail(std::string_view destination) { return destination.find('@') != std::string_view::npos; }

std::string body_of(const store::EpisodeRow& episode, std::string_view event, std::string_view id,
                    std::string_view destination, Time now, bool simulated) {
  return is_mail(destination) ? mail_text(episode, event, now, simulated)
                              : json_body(episode, event, id, now, simulated);
}

Secret new_secret() { return Secret(std::string(kSecretBegins) + to_base64(random_bytes(kSecretBytes))); }

Result<std::string> signature(const Secret& secret, std::string_view id, int64_t seconds,
                              std::string_view body) {
  const std::string_view text = secret.reveal();
  Bytes key;
  if (!text.starts_with(kSecretBegins) || !parse_base64(text.substr(kSecretBegins.size()), key) ||
      key.size() < kSecretBytesMin || key.size() > kSecretBytesMax)
    return Error{ErrorKind::kInvalid, "bad_signing_secret",
                 "the signing secret is not whsec_ and 24 to 64 bytes in base64", "",
                 "make one: echo whsec_$(openssl rand -base64 32)"};
  return "v1," + to_base64(hmac_sha256(key, fmt::format("{}.{}.{}", id, seconds, body)));
}

Result<http::Request> webhook_request(const std::string& name, const std::string& id, const std::string& body,
                                      const config::Config& config, exports::Engine& engine,
                                      credentials::Credentials& credentials) {
  const Target target = TRY(target_of(name, config, engine, credentials));
  const int64_t seconds = to_millis(engine.core().now()) / 1000;
  http::Request request;
  request.method = "POST";
  request.url = target.url;
  request.content_type = "application/json";
  request.body = body;
  request.guarded = target.guarded;
  request.timeout = kTimeout;
  request.answer_bytes_max = kAnswerBytesMax;
  request.headers = {{"webhook-id", id},
                     {"webhook-timestamp", std::to_string(seconds)},
                     {"webhook-signature", TRY(signature(target.secret, id, seconds, body))}};
  return request;
}

Result<http::Request> request_of(const store::MessageRow& message, const config::Config& config,
                                 exports::Engine& engine, credentials::Credentials& credentials) {
  if (is_mail(message.destination)) return mail_request(message, config.smtp);
  return webhook_request(message.destination, message.id, message.body, config, engine, credentials);
}

std::string failure_of(const http::Response& response) {
  if (response.ending != http::Ending::kAnswered) return response.error;
  if (response.status >= 200 && response.status < 300) return "";
  return fmt::format("answered with {}{}", response.status,
                     response.status >= 300 && response.status < 400 ? ", a redirect: not followed" : "");
}

}  // namespace pinrelay::alerts
