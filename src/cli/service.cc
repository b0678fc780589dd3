#include "cli/service.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "admin/pages.h"
#include "base/json_text.h"
#include "base/log.h"
#include "cli/access.h"
#include "cli/entrance.h"
#include "cli/imports.h"
#include "cli/known_names.h"
#include "cli/upgrade_notes.h"

namespace pinrelay::cli {
namespace {

constexpr auto kIdleWait = std::chrono::milliseconds(200);
constexpr Millis kDrainTime{10'000};
constexpr Millis kImportRetry{5'000};
constexpr Millis kTidyEvery{60'000};
constexpr Millis kUsedEvery{3'600'000};  // the time of a token's last use is noted no finer
constexpr auto kRetryWait = std::chrono::milliseconds(1'000);
constexpr size_t kPasswordsWaiting = 16;

// For commands that only look or change state: nothing is sent.
class NoTransport final : public http::Transport {
 public:
  void submit(uint64_t ticket, http::Request) override {
    finished_.push_back(
        {ticket, {http::Ending::kNotSent, 0, {}, {}, "this process does not send", Millis{0}}});
  }
  std::vector<http::Finished> take_finished() override { return std::exchange(finished_, {}); }

 private:
  std::vector<http::Finished> finished_;
};

http::ServerResponse json_response(int status, const Json& body) {
  http::ServerResponse response;
  response.status = status;
  // A name from the command line can hold anything.
  response.body = json_text(body) + "\n";
  return response;
}

// A bug in one piece of work costs that work alone: its responder, dropped, answers 500, and the jobs go on.
void run_guarded(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& problem) {
    log(LogLevel::kError, "cli", "a piece of work failed", {{"reason", problem.what()}});
  }
}

}  // namespace

Service::Service(config::Config config, ServiceOptions options)
    : config_(std::move(config)),
      options_(std::move(options)),
      clock_(make_system_clock()),
      random_(make_system_random()),
      credentials_(std::make_unique<credentials::Credentials>(config_, *clock_)),
      sign_ins_(std::make_unique<credentials::SignIns>(config_, *credentials_, *clock_)) {}

Service::~Service() {
  set_log_observer({});
  control_server_.reset();
  ingest_server_.reset();
  uploads_.reset();
  passwords_.reset();
  looks_.reset();
  // Their threads wake us.
  alerts_.reset();
  calls_.reset();
  elsewhere_.reset();
  transport_.reset();
  if (store_) store_->inbox().stop();
}

std::string Service::control_socket(const config::Config& config) { return config.store + "/control.sock"; }

Result<std::unique_ptr<Service>> Service::open(config::Config config, ServiceOptions options) {
  std::unique_ptr<Service> service(new Service(std::move(config), std::move(options)));
  TRY(service->start());
  return service;
}

Result<void> Service::start() {
  store_ = TRY(store::Store::open({.directory = config_.store},
                                  {config::afterwards_file(config_), clock_.get(), config_.backup_age_max}));
  TRY(log_upgrade_notes(*store_));
  if (options_.network) {
    http::CurlOptions curl;
    curl.ca_file = config_.pinterest_ca_file;
    transport_ = http::make_curl_transport(curl, *this);
  } else {
    transport_ = std::make_unique<NoTransport>();
  }
  options_.engine.pinterest_base_url = config_.pinterest_base_url;
  options_.engine.retention = config_.retention;
  engine_ = std::make_unique<exports::Engine>(
      exports::EngineParts{*store_, *clock_, *random_, *transport_, *credentials_}, options_.engine,
      config_.authorizations);
  arrivals_ = std::make_unique<ArrivalClock>(*clock_, store_->last_arrival());
  importer_ = std::make_unique<sources::Importer>(*store_, *engine_, *arrivals_);
  importer_->keep_errors_for(config_.retention);
  limits_ = std::make_unique<sources::InputLimits>(limit_values(config_.limits), *arrivals_);
  importer_->set_limits(limits_.get());
  store_->profiles.set_person_bytes_max(limits_->values().person_bytes);
  context_.reset(new Context{config_, *engine_, *importer_, *clock_, *credentials_, *sign_ins_});
  TRY(credentials_->load(*engine_));
  TRY(engine_->load());
  tell_known_names(*context_);
  TRY(load_sender_uses(*context_));
  alerts_ = std::make_unique<alerts::Alerts>(
      alerts::Parts{config_, *engine_, *credentials_, *clock_, [this] { return connect(""); }});
  if (!options_.listen) return {};
  begin_live();
  std::vector<sources::WriteKeySecret> keys;
  for (const config::WriteKey& key : config_.write_keys)
    keys.push_back({key.name, TRY(config::read_secret(key.key))});
  ingest_ = std::make_unique<sources::Ingest>(
      keys, sources::IngestParts{*arrivals_, *this, *limits_, config_.limits.rows_a_minute,
                                 config_.limits.bytes_a_minute});
  ingest_->on_use([this](int64_t number) { on_engine([this, number] { note_write_key(number); }); });
  TRY(load_write_keys());
  store_->inbox().start([this] { wake(); });

  http::ServerOptions control;
  control.unix_socket = control_socket(config_);
  control.connections_max = kControlConnections;
  std::filesystem::remove(control.unix_socket);
  control_server_ =
      TRY(http::start_server(control, [this](http::ServerRequest request, http::Responder respond) {
        handle_control(std::move(request), std::move(respond));
      }));
  http::ServerOptions ingest;
  ingest.connections_max = connections_max();
  const size_t colon = config_.listen.rfind(':');
  ingest.address = config_.listen.substr(0, colon);
  if (ingest.address.starts_with('[')) ingest.address = ingest.address.substr(1, colon - 2);
  ingest.port = static_cast<uint16_t>(std::stoul(config_.listen.substr(colon + 1)));
  ingest.certificate_file = config_.tls_certificate_file;
  ingest.private_key_file = config_.tls_private_key_file;
  ingest.streams = admin::takes_file;
  ingest.streamed_bytes_max = sources::kUploadBytesMax;
  const sources::UploadFolder uploads(*store_);
  uploads_ = std::make_unique<sources::UploadWriter>(
      sources::UploadParts{uploads, [uploads] { return uploads.free_bytes(); }});
  ingest_server_ =
      TRY(http::start_server(ingest, [this](http::ServerRequest request, http::Responder respond) {
        handle_http(std::move(request), std::move(respond));
      }));
  context_->port = port();
  site_ = config::site_of(config_.public_url, config_.listen, port(), !config_.tls_certificate_file.empty());
  passwords_ = std::make_unique<WorkThread>("passwords", kPasswordsWaiting);
  users_ = std::make_unique<admin::Users>(users_parts());
  api_ = std::make_unique<admin::Api>(api_parts());
  begun_ = true;
  return {};
}

void Service::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_one();
}

void Service::stop() {
  stopping_ = true;
  wake();
}

void Service::append(Bytes changes, uint64_t, std::function<void(Result<void>)> done) {
  store_->inbox().append(std::move(changes), [this, done = std::move(done)](Result<void> result) {
    if (!result.ok() && result.error().kind == ErrorKind::kCorrupt) {
      disk_failed_ = true;
      wake();
    }
    done(std::move(result));
  });
}

Result<void> Service::load_write_keys() {
  std::vector<sources::StoredWriteKey> keys;
  TRY(context_->read([&]() -> Result<void> {
    const int64_t suspended = store_->suspended().write_keys;
    for (const store::ApiTokenRow& row : store_->write_keys.all()) {
      sources::StoredWriteKey key{row.number, row.name, {}, row.expires_at, row.number <= suspended};
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

void Service::handle_http(http::ServerRequest request, http::Responder respond) {
  if (auto refused = let_in(config_, request)) return respond(std::move(*refused));
  if (request.path == "/v1/changes") return ingest_->handle(request, std::move(respond));
  if (request.path == "/livez") return respond(json_response(200, {{"status", "ok"}}));
  if (request.path == "/readyz") {
    const bool ready = ready_ && !disk_failed_;
    return respond(json_response(ready ? 200 : 503, {{"status", ready ? "ok" : "not ready"}}));
  }
  if (request.path.starts_with(admin::kApiPrefix))
    return on_engine([this, request, respond = std::move(respond)] { api_->handle(request, respond); });
  // Before that, site_ may not be there yet.
  const admin::Marks marks{!pinterest::is_pinterest(config_.pinterest_base_url), config_.plain_http};
  if (auto page = !begun_ ? std::nullopt : admin::page(request, site_, marks, admin::embedded_interface()))
    return respond(std::move(*page));
  using credentials::SignIns;
  if (request.path == SignIns::kStartPath || request.path == SignIns::kBackPath ||
      request.path == SignIns::kScriptPath)
    return on_engine([this, request, respond = std::move(respond)] {
      sign_ins_->handle(request, respond,
                        [this](credentials::Question question) { ask(std::move(question)); });
    });
  respond(json_response(
      404, {{"error", {{"code", "not_found"}, {"message", "no such path"}, {"fix", "POST /v1/changes"}}}}));
}

void Service::begin_live() {
  set_log_observer([this](const LogLine& line) { log_tail_.add(line); });
  live_ = std::make_unique<admin::Live>(admin::LiveParts{
      *clock_, log_tail_, random_hex(8),
      [this](std::string_view command, const std::vector<std::string>& arguments) -> Result<std::string> {
        const auto found = std::ranges::find(commands(), command, &Command::name);
        Arguments given;
        given.positional = arguments;
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
  return {*store_, *clock_,
          [this](const std::function<Result<void>()>& change) { return engine_->transact(change); },
          [this](std::function<void()> work, std::function<void()> then) {
            return passwords_->add([this, work = std::move(work), then = std::move(then)](const auto&) {
              work();
              on_engine(then);
            });
          }};
}

// While nobody can sign in, whoever started us may: by a link on standard error and in a file that only they
// can read. It is no log line, so that no view of the log shows it.
Result<void> Service::offer_claim() {
  const std::string path = config_.store + "/claim-link";
  std::filesystem::remove(path);
  const auto ticket = claim_ticket(*context_);
  if (!ticket.ok()) return ticket.error().kind == ErrorKind::kConflict ? Result<void>() : ticket.error();
  const std::string link = invitation_link(config_, port(), *ticket) + "\n";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && ::write(fd, link.data(), link.size()) == static_cast<ssize_t>(link.size());
  if (fd >= 0) ::close(fd);
  if (!written) log(LogLevel::kWarning, "cli", "the claim link is on standard error only", {{"path", path}});
  std::fprintf(stderr,
               "Nobody can sign in yet. To become the first administrator, open within 30 minutes:\n%s",
               link.c_str());
  return {};
}

void Service::run_api(admin::Invocation call, const std::function<void(admin::Said)>& done) {
  const auto command = std::ranges::find(commands(), call.command, &Command::name);
  Arguments arguments;
  arguments.positional = std::move(call.positional);
  arguments.values = std::move(call.values);
  arguments.secret = std::move(call.secret);
  arguments.directory = std::string(1, '/');  // "/" itself draws a false warning of g++ 12
  auto result = command->needs == Needs::kNothing
                    ? command->run_here(arguments)
                    : execute(*command, arguments, {std::move(call.who), std::move(call.origin)});
  finish(std::move(result), [done](const Result<Output>& said) {
    if (!said.ok()) return done({said.error(), 0, ""});
    done({std::nullopt, said->exit_code, json_text(said->json)});
  });
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
    on_engine([kept, done, received = std::move(received)] {
      received.ok() ? kept(*received) : done({received.error(), 0, ""});
    });
  });
}

void Service::on_engine(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(work));
  woken_ = true;
  wake_.notify_one();
}

void Service::handle_control(http::ServerRequest request, http::Responder respond) {
  on_engine([this, request = std::move(request), respond = std::move(respond)] {
    answer_control(request, respond);
  });
}

Result<Output> Service::run_control(const http::ServerRequest& request) {
  const Json call = Json::parse(request.body, nullptr, false);
  const auto text = [&](const char* key) {
    const auto found = call.find(key);
    return found == call.end() || found->is_string();
  };
  const bool argv = call.is_object() && call.contains("argv") && call["argv"].is_array() &&
                    std::ranges::all_of(call["argv"], [](const Json& each) { return each.is_string(); });
  if (!argv || !text("directory") || !text("secret"))
    return Error{ErrorKind::kInvalid, "bad_call", "this is no call of a command", "", ""};
  Parsed parsed = parse(call.at("argv").get<std::vector<std::string>>());
  parsed.arguments.directory = call.value("directory", "/");
  parsed.arguments.secret = Secret(call.value("secret", ""));
  if (parsed.instead) return *parsed.instead;
  if (parsed.command->needs != Needs::kStore)
    return Output{{{"error", {{"code", "not_here"}}}}, "this command does not run in the service\n", 2};
  return execute(*parsed.command, parsed.arguments);
}

void Service::answer_control(const http::ServerRequest& request, http::Responder respond) {
  finish(run_control(request), [respond](const Result<Output>& said) {
    if (said.ok())
      return respond(
          json_response(200, {{"json", said->json}, {"text", said->text}, {"exit_code", said->exit_code}}));
    const Error& e = said.error();
    respond(json_response(200, {{"error",
                                 {{"kind", static_cast<int>(e.kind)},
                                  {"code", e.code},
                                  {"message", e.message},
                                  {"where", e.where},
                                  {"fix", e.fix}}}}));
  });
}

// Whatever a command still waits for, then `done`.
void Service::finish(Result<Output> output, Done done) {
  if (output.ok() && output->call) return ask(std::move(*output->call), std::move(done));
  if (output.ok() && output->look) return look(output->look, done);
  done(std::move(output));
}

void Service::look(const std::shared_ptr<Look>& look, const Done& done) {
  if (!looks_) looks_ = std::make_unique<Looks>(*store_, [this](auto work) { on_engine(std::move(work)); });
  const auto begun = looks_->begin(look, [this, look, done] { finish(look->finish(), done); });
  if (!begun) done(begun.error());
}

// For one exchange at a time, beside the engine's.
std::unique_ptr<http::Transport> Service::connect(const std::string& ca_file) {
  http::CurlOptions options;
  options.ca_file = ca_file;
  options.threads = 1;
  return http::make_curl_transport(options, *this);
}

void Service::ask(Call call, Done done) {
  auto& transport = call.elsewhere ? elsewhere_ : calls_;
  if (!transport) transport = connect(call.elsewhere ? "" : config_.pinterest_ca_file);
  open_calls_[++next_call_] = {std::move(call.finish), std::move(done)};
  transport->submit(next_call_, std::move(call.request));
}

// One question after the other; what they are for is done in their answers.
void Service::ask(credentials::Question question) {
  ask(Call{std::move(question.request),
           [this, answer = std::move(question.answer)](const http::Response& response) {
             if (auto next = answer(response)) ask(std::move(*next));
             return Output{};
           }},
      [](const Result<Output>&) {});
}

bool Service::finish_calls() {
  std::vector<http::Finished> finished;
  for (http::Transport* transport : {calls_.get(), elsewhere_.get()})
    if (transport != nullptr) std::ranges::move(transport->take_finished(), std::back_inserter(finished));
  for (const http::Finished& end : finished) {
    auto open = open_calls_.extract(end.ticket);
    run_guarded([&] { finish(open.mapped().finish(end.response), std::move(open.mapped().done)); });
  }
  return !finished.empty();
}

bool Service::run_posted() {
  std::vector<std::function<void()>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (auto& work : posted) run_guarded(std::exchange(work, nullptr));
  return !posted.empty();
}

Result<Output> Service::complete(Result<Output> output) {
  std::optional<Result<Output>> said;
  // Goes with the callback: expired without an answer, the work has failed and no answer will come.
  auto awaited = std::make_shared<bool>(true);
  const std::weak_ptr<bool> open = awaited;
  finish(std::move(output),
         [&said, awaited = std::move(awaited)](Result<Output> end) { said = std::move(end); });
  while (!said && !open.expired()) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kIdleWait, [this] { return woken_; });
      woken_ = false;
    }
    run_posted();
    finish_calls();
  }
  if (!said) return Error{ErrorKind::kInternal, "internal", "the command failed", "", "see the log"};
  return std::move(*said);
}

Result<void> Service::work_or_wait() {
  if (TRY(round())) return {};
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kIdleWait, [this] { return woken_; });
  woken_ = false;
  return {};
}

Result<Output> Service::execute(const Command& command, const Arguments& arguments, const Caller& caller) {
  auto said = cli::execute(*context_, command, arguments, caller);
  // Which write keys there are may be what has changed.
  if (command.changes && ingest_) TRY(load_write_keys());
  return said;
}

Result<bool> Service::round() {
  bool worked = run_posted();
  if (live_) run_guarded([this] { live_->tick(); });
  worked |= finish_calls();
  if (options_.network)
    for (credentials::Question& question : credentials_->due()) ask(std::move(question));
  worked |= TRY(engine_->run_once());
  if (options_.network) worked |= TRY(alerts_->run_once());
  return worked | TRY(import());
}

// One page of an import. What passes by itself, a full disk for instance, does not stop the jobs.
Result<bool> Service::import() {
  if (clock_->monotonic() < import_after_) return false;
  bool imported = false;
  const auto result = engine_->transact([&]() -> Result<void> {
    imported = TRY(importer_->step());
    return {};
  });
  if (result.ok() && (imported || clock_->monotonic() >= tidy_after_)) tidy_uploads();
  if (result.ok()) return imported;
  importer_->forget();
  if (result.error().kind != ErrorKind::kUnavailable) return result.error();
  log(LogLevel::kWarning, "cli", "an import is interrupted",
      {{"code", result.error().code}, {"reason", result.error().text()}});
  import_after_ = clock_->monotonic() + kImportRetry;
  return false;
}

void Service::tidy_uploads() {
  if (!uploads_) return;
  tidy_after_ = clock_->monotonic() + kTidyEvery;
  (void)save_sender_uses(*context_);
  (void)context_->read([&]() -> Result<void> {
    uploads_->tidy(sources::upload_imports(store_->imports.all()), clock_->now());
    return {};
  });
}

// Lets open requests end, so that their outcome is known: one that is cut off makes its identifiers wait
// after the next start.
void Service::drain() {
  if (live_) live_->end_all();
  engine_->drain();
  const auto deadline = clock_->monotonic() + kDrainTime;
  while (engine_->requests_open() && clock_->monotonic() < deadline) {
    if (!engine_->run_once()) return;
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kIdleWait, [this] { return woken_; });
    woken_ = false;
  }
}

Result<void> Service::run() {
  ready_ = true;
  while (!stopping_) {
    if (disk_failed_)
      return Error{ErrorKind::kCorrupt, "store_io", "the disk failed while rows were made durable",
                   config_.store, "check the disk"};
    auto worked = round();
    auto wait = kIdleWait;
    if (!worked) {
      // A full disk passes; what else is wrong with a store does not.
      if (worked.error().kind != ErrorKind::kUnavailable) return worked.error();
      log(LogLevel::kWarning, "cli", "work is interrupted",
          {{"code", worked.error().code}, {"reason", worked.error().text()}});
      wait = kRetryWait;
    } else if (worked.value()) {
      continue;
    } else if (options_.until_idle) {
      if (engine_->idle() && !alerts_->sending()) return {};
      TRY(engine_->transact([this]() -> Result<void> {
        engine_->flush_all();
        return {};
      }));
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, wait, [this] { return woken_ || stopping_; });
    woken_ = false;
  }
  drain();
  return {};
}

}  // namespace pinrelay::cli
