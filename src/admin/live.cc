#include "admin/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "base/json_writer.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

// A state that takes so long to say that it would cost more than a twentieth of the time is said less often.
constexpr int kPausePerWork = 20;
// For a client that lost its connection: when to come back.
constexpr std::string_view kRetry = "retry: 2000\n\n";

// `data` has no line break: JSON as our writers make it has none.
std::string event_of(std::string_view type, std::string_view data, std::string_view id = "") {
  return fmt::format("{}{}{}event: {}\ndata: {}\n\n", id.empty() ? "" : "id: ", id, id.empty() ? "" : "\n",
                     type, data);
}

std::string end_event(const Error& why) {
  std::string data;
  JsonWriter(data)
      .begin_object()
      .field("code", why.code)
      .field("detail", why.message)
      .field("fix", why.fix)
      .end_object();
  return event_of("end", data);
}

Error too_many(const char* whose) {
  return {ErrorKind::kUnavailable, "too_many_streams",
          fmt::format("there are as many open streams as {} may have", whose), "",
          "close one, or ask for the same again and again: /api/v1/jobs"};
}

// Two states are the same when nothing differs but the moment they are of.
std::string without_moment(const std::string& state) {
  Json json = Json::parse(state, nullptr, false);
  if (json.is_object()) json.erase("as_of");
  return json_text(json);
}

}  // namespace

std::string Live::log_id(uint64_t number) const { return fmt::format("{}-{}", parts_.boot, number); }

Result<std::shared_ptr<http::Stream>> Live::open(LiveRequest request) {
  std::erase_if(readers_, [](const Reader& each) { return each.stream.expired(); });
  if (readers_.size() >= kStreamsMax) return too_many("the service");
  const auto own = std::ranges::count(readers_, request.caller, &Reader::caller);
  if (static_cast<size_t>(own) >= kStreamsPerCaller) return too_many("one caller");
  auto stream = std::make_shared<http::Stream>();
  Reader reader;
  reader.stream = stream;
  reader.caller = request.caller;
  reader.role = request.route->role;
  stream->send(kRetry);
  if (request.route->by == By::kLog) {
    begin_log(request, reader, *stream);
  } else {
    TRY(begin_state(request, reader, *stream));
  }
  reader.heartbeat = parts_.clock.monotonic() + kHeartbeatEvery;
  readers_.push_back(std::move(reader));
  return stream;
}

Result<void> Live::begin_state(const LiveRequest& request, Reader& reader, http::Stream& stream) {
  reader.topic = request.route->command;
  for (const std::string& argument : request.arguments) reader.topic += "\n" + argument;
  if (request.only_jobs) reader.topic += "\nonly";
  for (const std::string& job : request.only_jobs.value_or(std::vector<std::string>()))
    reader.topic += "\n" + job;
  Topic& topic = topics_[reader.topic];
  topic.command = request.route->command;
  topic.arguments = request.arguments;
  topic.only_jobs = request.only_jobs;
  // Somebody who comes again and again does not make us say it again and again.
  if (topic.version == 0 || parts_.clock.monotonic() >= topic.next) {
    if (const auto renewed = renew(topic); !renewed) {
      if (topic.version == 0) topics_.erase(reader.topic);
      return renewed.error();
    }
  }
  stream.send(topic.event);
  reader.seen = topic.version;
  return {};
}

// From where the client was; from the oldest line that is left when it is new, or when that is not known any
// more.
void Live::begin_log(const LiveRequest& request, Reader& reader, http::Stream& stream) {
  const std::vector<LogTail::Entry> entries = parts_.log.after(0);
  const uint64_t oldest = entries.empty() ? 0 : entries.front().number - 1;
  reader.job = request.job;
  reader.seen = oldest;
  if (!request.last_event_id.empty()) {
    const std::string ours = parts_.boot + "-";
    const std::string_view id = request.last_event_id;
    uint64_t number = 0;
    const bool known =
        id.starts_with(ours) &&
        std::from_chars(id.data() + ours.size(), id.data() + id.size(), number).ptr == id.data() + id.size();
    if (known && number >= oldest && number <= parts_.log.last()) {
      reader.seen = number;
    } else {
      stream.send(event_of("gap", R"({"lost":"lines before these"})", log_id(oldest)));
    }
  }
  // What has been added since is sent by the next tick.
  std::string text;
  for (const LogTail::Entry& entry : entries) {
    if (entry.number <= reader.seen) continue;
    if (reader.job.empty() || reader.job == entry.job)
      text += event_of("log", entry.json, log_id(entry.number));
    reader.seen = entry.number;
  }
  if (!text.empty()) stream.send(text);
  log_seen_ = std::min(log_seen_, reader.seen);
}

void Live::tick() {
  if (readers_.empty()) return;
  send_log();
  const Millis now = parts_.clock.monotonic();
  if (now < next_) return;
  next_ = now + kLiveEvery;
  std::erase_if(readers_, [](const Reader& each) { return each.stream.expired(); });
  end_unwelcome();
  send_states();
  send_heartbeats();
}

void Live::end_unwelcome() {
  std::map<std::string, std::optional<Role>> roles;
  for (const Reader& reader : readers_)
    if (!roles.contains(reader.caller)) roles.emplace(reader.caller, parts_.role_of(reader.caller));
  end_those(
      [&](const Reader& reader) {
        const auto& role = roles.at(reader.caller);
        return !role || *role < reader.role;
      },
      {ErrorKind::kAuth, "signed_out", "who opened this may not see it any more", "",
       "sign in again, or use another token"});
}

Result<void> Live::renew(Topic& topic) {
  const Millis begun = parts_.clock.monotonic();
  const std::string state = TRY(parts_.state(topic.command, topic.arguments, topic.only_jobs));
  const Millis now = parts_.clock.monotonic();
  topic.next = now + std::max(kLiveEvery, kPausePerWork * (now - begun));
  std::string compared = without_moment(state);
  if (compared == topic.compared) return {};
  topic.compared = std::move(compared);
  topic.event = event_of("state", state);
  ++topic.version;
  return {};
}

// Said once for all who look at it. One that has not taken the last state yet gets none that it would throw
// away: the newest one comes when it has.
void Live::send_states() {
  std::erase_if(topics_, [&](const auto& topic) {
    return std::ranges::find(readers_, topic.first, &Reader::topic) == readers_.end();
  });
  for (auto& [name, topic] : topics_) {
    if (parts_.clock.monotonic() < topic.next) continue;
    if (const auto renewed = renew(topic); !renewed)
      end_those([&name = name](const Reader& reader) { return reader.topic == name; }, renewed.error());
  }
  for (Reader& reader : readers_) {
    const auto topic = topics_.find(reader.topic);
    const auto stream = reader.stream.lock();
    if (!stream || topic == topics_.end() || reader.seen == topic->second.version || stream->waiting() > 0)
      continue;
    reader.seen = topic->second.version;
    send(reader, *stream, topic->second.event);
  }
}

void Live::send_log() {
  if (parts_.log.last() == log_seen_) return;
  const std::vector<LogTail::Entry> entries = parts_.log.after(log_seen_);
  for (Reader& reader : readers_) {
    const auto stream = reader.stream.lock();
    if (!stream || !reader.topic.empty()) continue;
    std::string text;
    if (entries.front().number > reader.seen + 1)
      text += event_of("gap", R"({"lost":"lines before these"})", log_id(entries.front().number - 1));
    for (const LogTail::Entry& entry : entries)
      if (entry.number > reader.seen && (reader.job.empty() || reader.job == entry.job))
        text += event_of("log", entry.json, log_id(entry.number));
    reader.seen = entries.back().number;
    if (!text.empty()) send(reader, *stream, text);
  }
  log_seen_ = entries.back().number;
}

// With the id of the newest line, so that a client that only gets few of them can resume from it, too.
void Live::send_heartbeats() {
  for (Reader& reader : readers_) {
    const auto stream = reader.stream.lock();
    if (!stream || parts_.clock.monotonic() < reader.heartbeat) continue;
    send(reader, *stream,
         reader.topic.empty() ? fmt::format(": alive\nid: {}\n\n", log_id(reader.seen)) : ": alive\n\n");
  }
}

void Live::send(Reader& reader, http::Stream& stream, std::string_view text) {
  stream.send(text);
  reader.heartbeat = parts_.clock.monotonic() + kHeartbeatEvery;
}

void Live::end_those(const std::function<bool(const Reader&)>& which, const Error& why) {
  const std::string last = end_event(why);
  std::erase_if(readers_, [&](const Reader& reader) {
    if (!which(reader)) return false;
    if (const auto stream = reader.stream.lock()) stream->send(last), stream->close();
    return true;
  });
}

void Live::end_of(std::string_view caller) {
  end_those([&](const Reader& reader) { return reader.caller == caller; },
            {ErrorKind::kAuth, "signed_out", "who opened this has signed out", "", "sign in again"});
}

void Live::end_all() {
  end_those([](const Reader&) { return true; },
            {ErrorKind::kUnavailable, "stopping", "the service is being stopped", "",
             "come back when it runs again"});
}

size_t Live::streams() {
  std::erase_if(readers_, [](const Reader& each) { return each.stream.expired(); });
  return readers_.size();
}

}  // namespace pinrelay::admin
