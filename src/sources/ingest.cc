#include "sources/ingest.h"

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "base/log.h"
#include "base/sha256.h"
#include "config/network.h"
#include "sources/change_rows.h"

namespace pinrelay::sources {
namespace {

constexpr std::string_view kRetryAfterSeconds = "5";
constexpr Millis kNotedEvery{3'600'000};  // uses of a key
constexpr std::array<std::string_view, 5> kContentTypes{"", "application/x-ndjson", "application/ndjson",
                                                        "application/jsonl", "application/json"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

http::ServerResponse answer_error(int status, std::string_view code, std::string_view message,
                                  std::string_view fix) {
  http::ServerResponse response;
  response.status = status;
  if (status == 401 || status == 403) response.refusal_code = code;
  JsonWriter json(response.body);
  json.begin_object().key("error").begin_object();
  json.field("code", code).field("message", message).field("fix", fix).end_object().end_object();
  return response;
}

void write_errors(JsonWriter& json, std::string_view name, const std::vector<RowError>& errors) {
  json.key(name).begin_array();
  for (const RowError& error : errors) {
    json.begin_object().field("line", error.line);
    if (error.column != 0) json.field("column", error.column);
    json.field("code", error.code).field("message", error.message).field("fix", error.fix).end_object();
  }
  json.end_array();
}

http::ServerResponse answer_rows(int status, const ParsedRows& parsed) {
  http::ServerResponse response;
  response.status = status;
  JsonWriter json(response.body);
  json.begin_object().field("accepted", parsed.accepted).field("rejected", parsed.errors_total);
  write_errors(json, "errors", parsed.errors);
  if (parsed.dropped.counts.total() > 0) {
    json.key("dropped").begin_object();
    parsed.dropped.counts.for_each([&](std::string_view code, uint64_t count) { json.field(code, count); });
    json.end_object();
    write_errors(json, "dropped_values", parsed.dropped.listed);
  }
  json.end_object();
  return response;
}

http::ServerResponse answer_failure(const Error& error) {
  const bool later = error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kThrottled;
  http::ServerResponse response =
      later ? answer_error(503, error.code, "nothing was stored: " + error.message,
                           "send the same rows again after the time in Retry-After")
            : answer_error(500, "internal", "nothing is known to be stored", "send the same rows again");
  if (later) response.headers.push_back({"Retry-After", std::string(kRetryAfterSeconds)});
  return response;
}

// Announced as JSON, or plainly JSON: senders leave their tool's default type, as curl does.
bool holds_rows(const http::ServerRequest& request) {
  const std::string_view header = request.header("content-type");
  const std::string type = lower(trim(header.substr(0, header.find(';'))));
  if (std::find(kContentTypes.begin(), kContentTypes.end(), type) != kContentTypes.end()) return true;
  const size_t first = request.body.find_first_not_of(" \t\r\n");
  return first == std::string::npos || request.body[first] == '{';
}

std::optional<http::ServerResponse> refuse_content(const http::ServerRequest& request) {
  if (!holds_rows(request))
    return answer_error(415, "unsupported_media_type",
                        "the body is not announced as NDJSON, and does not begin with a JSON object",
                        "send one JSON object per line, with Content-Type: application/x-ndjson");
  const std::string encoding = lower(trim(request.header("content-encoding")));
  if (!encoding.empty() && encoding != "identity")
    return answer_error(415, "unsupported_media_type", "the body is compressed", "send it uncompressed");
  if (request.body.size() > kIngestBytesMax)
    return answer_error(413, "body_too_large", "the body is larger than 16 MiB", "send fewer rows a request");
  return {};
}

}  // namespace

Ingest::Ingest(const std::vector<WriteKeySecret>& keys, IngestParts parts) : parts_(parts) {
  Sha256 sha256;
  for (const WriteKeySecret& key : keys) of_configuration_.push_back({key.name, sha256.hash(key.secret)});
  keys_ = std::make_shared<const Keys>(of_configuration_);
}

void Ingest::set_stored_keys(const std::vector<StoredWriteKey>& keys) {
  auto all = std::make_shared<Keys>(of_configuration_);
  for (const StoredWriteKey& key : keys)
    all->push_back({key.name, key.hash, key.number, key.expires_at, key.suspended, key.limits});
  const std::lock_guard lock(mutex_);
  keys_ = std::move(all);
}

std::shared_ptr<const Ingest::Keys> Ingest::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void Ingest::note_use(const Key& key) const {
  if (key.number == 0 || !used_) return;
  {
    const std::lock_guard lock(mutex_);
    Time& noted = noted_[key.number];
    if (parts_.clock.now() < noted + kNotedEvery) return;
    noted = parts_.clock.now();
  }
  used_(key.number);
}

// Hashes are compared, all of them and in full: how long it takes tells nothing about a key.
const Ingest::Key* Ingest::find_key(const Keys& keys, std::string_view authorization) const {
  constexpr std::string_view kScheme = "bearer ";
  if (lower(authorization.substr(0, kScheme.size())) != kScheme) return nullptr;
  const std::string_view secret = trim(authorization.substr(kScheme.size()));
  if (secret.empty()) return nullptr;  // or an empty key file would let everybody in
  const Hash presented = Sha256().hash(secret);
  const Key* found = nullptr;
  for (const Key& key : keys) {
    unsigned difference = 0;
    for (size_t i = 0; i < presented.size(); ++i)
      difference |= static_cast<unsigned>(presented[i] ^ key.hash[i]);
    const bool ended = to_millis(key.expires_at) != 0 && key.expires_at <= parts_.clock.now();
    found = difference == 0 && !ended ? &key : found;
  }
  return found;
}

std::optional<http::ServerResponse> Ingest::refuse_key(const Key& key, std::string_view peer) {
  if (key.suspended)
    return answer_error(403, "suspended_by_restore",
                        "this write key came back with a restored backup, and nobody has confirmed it",
                        "on the machine itself: pinrelay restore --confirm");
  if (!config::comes_from(key.limits.networks, peer))
    return answer_error(403, "wrong_network", "this write key may not be used from this address",
                        "call from a network of the key, or make one for this network: pinrelay write-key "
                        "add NAME --network NETWORK");
  return {};
}

std::optional<http::ServerResponse> Ingest::refuse_head(const http::ServerRequest& head,
                                                        const Key* key) const {
  if (head.method != "POST") {
    auto response = answer_error(405, "method_not_allowed", "change rows are sent by POST", "use POST");
    response.headers.push_back({"Allow", "POST"});
    return response;
  }
  if (key == nullptr) {
    auto response = answer_error(401, "bad_write_key", "the request has no write key that we know",
                                 "set the header Authorization: Bearer <write key>; 'pinrelay write-key add' "
                                 "makes one");
    response.headers.push_back({"WWW-Authenticate", "Bearer"});
    return response;
  }
  if (auto refused = refuse_key(*key, head.peer)) {
    refused->refused_who = "write key " + key->name;
    return refused;
  }
  return slow_down(*key);
}

// A name can come back, a number cannot; those of the configuration have none.
std::string Ingest::account_of(const Key& key) {
  return key.number == 0 ? "write key " + key.name : "write key #" + std::to_string(key.number);
}

http::Admission Ingest::admit(const http::ServerRequest& head) const {
  const auto known = keys();
  const Key* key = find_key(*known, head.header("authorization"));
  http::Admission admission;
  admission.refusal = refuse_head(head, key);
  admission.body_bytes_max = kIngestBytesMax;
  if (key != nullptr) admission.account = account_of(*key);
  return admission;
}

// Before anything is read of what a key sends that has sent too much.
std::optional<http::ServerResponse> Ingest::slow_down(const Key& key) const {
  const Millis now = parts_.clock.monotonic();
  Millis wait{0};
  {
    const std::lock_guard lock(mutex_);
    const auto pace = paces_.find(account_of(key));
    if (pace != paces_.end()) wait = std::max(pace->second.rows.wait(now), pace->second.bytes.wait(now));
  }
  if (wait.count() == 0) return {};
  auto response = answer_error(429, "too_fast", "the write key has sent more than it may in a minute",
                               "send the same rows again after the time in Retry-After");
  response.headers.push_back({"Retry-After", std::to_string((wait.count() + 999) / 1000)});
  return response;
}

void Ingest::note_sent(const Key& key, uint64_t rows, size_t bytes) const {
  const Millis now = parts_.clock.monotonic();
  const std::lock_guard lock(mutex_);
  const auto most = [](int64_t own, int64_t of_all) { return own == 0 ? of_all : std::min(own, of_all); };
  const Pace fresh{SenderPace(most(key.limits.rows_a_minute, parts_.rows_a_minute)),
                   SenderPace(most(key.limits.bytes_a_minute, parts_.bytes_a_minute))};
  Pace& pace = paces_.try_emplace(account_of(key), fresh).first->second;
  pace.rows.note(now, static_cast<int64_t>(rows));
  pace.bytes.note(now, static_cast<int64_t>(bytes));
}

void Ingest::handle(const http::ServerRequest& request, http::Responder respond) const {
  const auto known = keys();
  const Key* key = find_key(*known, request.header("authorization"));
  if (auto refused = refuse_head(request, key)) return respond(std::move(*refused));
  if (auto refused = refuse_content(request)) return respond(std::move(*refused));
  note_use(*key);
  Bytes changes;
  ParsedRows parsed = parse_change_rows(request.body, parts_.clock.now(), 1, changes,
                                        RowNames(&parts_.limits, key->name), key->limits.rows);
  note_sent(*key, parsed.rows, request.body.size());
  if (parsed.rows == 0)
    return respond(
        answer_error(400, "empty_body", "the body holds no rows", "send one JSON object per line"));
  if (parsed.errors_total > 0)
    log(LogLevel::kDebug, "sources", "rows rejected",
        {{"write_key", key->name}, {"rejected", parsed.errors_total}, {"first_code", parsed.errors[0].code}});
  if (parsed.accepted == 0) return respond(answer_rows(400, parsed));
  store::join_rows(changes);
  const uint64_t rows = parsed.accepted;
  parts_.inbox.append(std::move(changes), rows,
                      [parsed = std::move(parsed), respond = std::move(respond)](const Result<void>& done) {
                        respond(done ? answer_rows(202, parsed) : answer_failure(done.error()));
                      });
}

}  // namespace pinrelay::sources
