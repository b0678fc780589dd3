// What the HTTP API needs of the service: its callers, its commands, its files and its pages.
#include <algorithm>

#include "admin/pages.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/random.h"
#include "cli/access.h"
#include "cli/imports.h"
#include "cli/service.h"

namespace pinrelay::cli {
namespace {

constexpr Millis kUsedEvery{3'600'000};  // the time of a token's last use is noted no finer

sources::KeyLimits key_limits(const store::ApiTokenRow& row) {
  return {sources::stored_scope(row.row_types, row.audiences), row.networks, row.rows_a_minute,
          row.bytes_a_minute};
}

}  // namespace

Result<void> Service::load_callers() {
  std::vector<sources::StoredWriteKey> keys;
  TRY(context_->read([&]() -> Result<void> {
    callers_.set(store_->api_tokens.all(), store_->sessions.all());
    const int64_t suspended = store_->suspended().write_keys;
    for (const store::ApiTokenRow& row : store_->write_keys.all()) {
      sources::StoredWriteKey key{row.number,     row.name, {}, row.expires_at, row.number <= suspended,
                                  key_limits(row)};
      if (row.hash.size() == key.hash.size()) std::ranges::copy(row.hash, key.hash.begin());
      keys.push_back(std::move(key));
    }
    return {};
  }));
  ingest_->set_stored_keys(keys);
  return {};
}

void Service::note_write_key(int64_t number) {
  (void)engine_->transact([&]() -> Result<void> {
    auto row = store_->write_keys.get(number);
    if (!row || clock_->now() < row->used_at + kUsedEvery) return {};
    row->used_at = clock_->now();
    store_->write_keys.put(*row);
    return {};
  });
}

DoorParts Service::door_parts() {
  return {
      config_,
      readiness_,
      callers_,
      *ingest_,
      queue_,
      [this](const http::ServerRequest& request, admin::ReadRequest read, const http::Responder& respond) {
        api_->handle(request, std::move(read), respond);
      },
      [this](const http::ServerRequest& request, const http::Responder& respond) {
        sign_ins_->handle(request, respond,
                          [this](credentials::Question question) { ask(std::move(question)); });
      },
      [this](const http::ServerRequest& request) -> std::optional<http::ServerResponse> {
        if (!begun_) return std::nullopt;  // before that, site_ may not be there yet
        const admin::Marks marks{!pinterest::is_pinterest(config_.pinterest_base_url), config_.plain_http};
        return admin::page(request, site_, marks, admin::embedded_interface());
      },
      [this](const http::ServerRequest& request, const http::ServerResponse& response) {
        if (auto event = admin::refusal_of(request, response)) security_.note(std::move(*event));
      }};
}

void Service::begin_live() {
  set_log_observer([this](const LogLine& line) { log_tail_.add(line); });
  live_ = std::make_unique<admin::Live>(admin::LiveParts{
      *clock_, log_tail_, random_hex(8),
      [this](std::string_view command, const std::vector<std::string>& arguments,
             const std::optional<std::vector<std::string>>& only_jobs) -> Result<std::string> {
        const auto found = std::ranges::find(commands(), command, &Command::name);
        Arguments given;
        given.positional = arguments;
        given.only_jobs = only_jobs;
        return json_text(TRY(execute(*found, given)).json);
      },
      [this](const std::string& caller) -> std::optional<store::Role> {
        for (const store::ApiTokenRow& token : present_tokens())
          if (admin::live_caller(token) == caller) return token.role;
        for (const auto& [session, role] : users_->roles())
          if (admin::live_session(session) == caller) return role;
        return std::nullopt;
      }});
}

// Those that have not ended.
std::vector<store::ApiTokenRow> Service::present_tokens() {
  std::vector<store::ApiTokenRow> tokens;
  (void)context_->read([&]() -> Result<void> {
    tokens = store_->api_tokens.all();
    return {};
  });
  std::erase_if(tokens, [&](const store::ApiTokenRow& token) {
    return to_millis(token.expires_at) != 0 && token.expires_at <= clock_->now();
  });
  return tokens;
}

admin::ApiParts Service::api_parts() {
  admin::ApiParts parts;
  parts.version = PINRELAY_VERSION;
  parts.simulated = !pinterest::is_pinterest(config_.pinterest_base_url);
  parts.plain_http = config_.plain_http;
  parts.users = users_.get();
  parts.site = site_;
  parts.live = live_.get();
  parts.take_file = [this](admin::Incoming file, std::function<void(admin::Said)> done) {
    take_file(std::move(file), std::move(done));
  };
  parts.run = [this](admin::Invocation call, const std::function<void(admin::Said)>& done) {
    run_api(std::move(call), done);
  };
  parts.tokens = [this] { return present_tokens(); };
  parts.suspended = [this] { return store_->suspended().tokens; };
  parts.job_names = [this](const std::string& numbers) { return job_names(*context_, numbers); };
  parts.repeats.find = [this](int64_t number) {
    std::optional<store::KeptAnswerRow> row;
    (void)context_->read([&]() -> Result<void> {
      row = store_->kept_answers.get(number);
      return {};
    });
    if (row && row->at + store::kAnswersKept <= clock_->now()) row.reset();
    return row;
  };
  parts.repeats.keep = [this](store::KeptAnswerRow row) {
    row.at = clock_->now();
    const auto kept = engine_->transact([&]() -> Result<void> {
      store_->kept_answers.put(row);
      return {};
    });
    if (!kept)
      log(LogLevel::kWarning, "cli", "an answer is not kept, so that its call repeated would run again",
          {{"reason", kept.error().text()}});
  };
  parts.used = [this](store::ApiTokenRow token) {
    if (clock_->now() < token.used_at + kUsedEvery) return;
    token.used_at = clock_->now();
    (void)engine_->transact([&]() -> Result<void> {
      store_->api_tokens.put(token);
      return {};
    });
  };
  return parts;
}

admin::UsersParts Service::users_parts() {
  return {
      *store_,
      *clock_,
      [this](const std::function<Result<void>()>& change) { return engine_->transact(change); },
      [this](credentials::Lane lane, std::function<void()> work, std::function<void()> then) {
        return passwords_->add(lane, [this, work = std::move(work), then = std::move(then)] {
          work();
          queue_.post(then);
        });
      },
      [this] {
        if (const auto loaded = load_callers(); !loaded.ok())
          log(LogLevel::kWarning, "cli", "a new session may be refused", {{"reason", loaded.error().text()}});
      },
      [this](admin::SecurityEvent event) { security_.note(std::move(event)); }};
}

void Service::run_api(admin::Invocation call, const std::function<void(admin::Said)>& done) {
  const auto command = std::ranges::find(commands(), call.command, &Command::name);
  Arguments arguments;
  arguments.positional = std::move(call.positional);
  arguments.values = std::move(call.values);
  arguments.secret = std::move(call.secret);
  arguments.only_jobs = std::move(call.only_jobs);
  arguments.directory = std::string(1, '/');  // "/" itself draws a false warning of g++ 12
  auto result = command->needs == Needs::kNothing
                    ? command->run_here(arguments)
                    : execute(*command, arguments, {std::move(call.who), std::move(call.origin)});
  finish(std::move(result), [done](const Result<Output>& said) {
    if (!said.ok()) return done({said.error(), 0, ""});
    done({std::nullopt, said->exit_code, json_text(said->json), said->text});
  });
}

// Lines for whoever collects them go out even where the store cannot take the rows.
void Service::write_security(std::vector<store::SecurityEventRow> rows) {
  if (rows.empty()) return;
  if (config_.security_log && options_.listen) {
    std::string lines;
    for (const store::SecurityEventRow& row : rows) lines += admin::json_line(row);
    std::fwrite(lines.data(), 1, lines.size(), stdout);
    std::fflush(stdout);
  }
  const auto written = engine_->transact([&]() -> Result<void> {
    for (store::SecurityEventRow& row : rows) store_->security_events.append(std::move(row));
    return {};
  });
  if (!written.ok())
    log(LogLevel::kWarning, "cli", "security events are not kept", {{"reason", written.error().text()}});
}

// Who sent a file stands in the audit log; then the sender may know that it is kept.
void Service::take_file(admin::Incoming file, std::function<void(admin::Said)> done) {
  const auto format = file.format == "csv" ? sources::RowFormat::kCsv : sources::RowFormat::kNdjson;
  const auto kept = [this, who = file.who, origin = file.origin, done](const sources::Upload& upload) {
    const auto noted = engine_->transact([&]() -> Result<void> {
      store::AuditRow entry;
      entry.at = clock_->now(), entry.who = who, entry.origin = origin;
      entry.action = "upload add", entry.object = upload.name, entry.outcome = "done";
      entry.detail = "bytes=" + std::to_string(upload.bytes);
      store_->audit.append(entry);
      return {};
    });
    if (noted.ok()) return done({std::nullopt, 0, json_text(upload_json(upload))});
    (void)sources::UploadFolder(*store_).remove(upload.name);
    done({noted.error(), 0, ""});
  };
  uploads_->receive(format, std::move(file.body), [this, kept, done](Result<sources::Upload> received) {
    queue_.post([kept, done, received = std::move(received)] {
      received.ok() ? kept(*received) : done({received.error(), 0, ""});
    });
  });
}

}  // namespace pinrelay::cli
