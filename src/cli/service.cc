#include "cli/service.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "base/json_text.h"
#include "base/log.h"
#include "cli/access.h"
#include "cli/entrance.h"
#include "cli/known_names.h"
#include "cli/upgrade_notes.h"
#include "http/guarded.h"

namespace pinrelay::cli {
namespace {

constexpr auto kIdleWait = std::chrono::milliseconds(200);
constexpr Millis kDrainTime{10'000};
constexpr size_t kBodiesBytesMax = 64 * 1024 * 1024;
constexpr Millis kHandlingTimeout{10 * 60'000};  // a plan over millions of people takes minutes
constexpr Millis kImportRetry{5'000};
constexpr Millis kTidyEvery{60'000};
constexpr auto kRetryWait = std::chrono::milliseconds(1'000);

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

}  // namespace

Service::Service(config::Config config, ServiceOptions options)
    : config_(std::move(config)),
      options_(std::move(options)),
      clock_(make_system_clock()),
      readiness_(*clock_),
      callers_(*clock_),
      security_(*clock_, [this] { wake(); }),
      random_(make_system_random()),
      credentials_(std::make_unique<credentials::Credentials>(config_, *clock_)),
      sign_ins_(std::make_unique<credentials::SignIns>(config_, *credentials_, *clock_)) {}

Service::~Service() {
  set_log_observer({});
  control_server_.reset();
  ingest_server_.reset();
  door_.reset();
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
  context_->security = &security_;
  TRY(credentials_->load(*engine_));
  TRY(engine_->load());
  tell_known_names(*context_);
  TRY(load_sender_uses(*context_));
  history_ = std::make_unique<insight::History>(*engine_);
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
  ingest_->on_use([this](int64_t number) { queue_.post([this, number] { note_write_key(number); }); });
  TRY(load_callers());
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
  ingest.standard_headers = http::standard_headers();
  if (!config_.tls_certificate_file.empty()) ingest.standard_headers.push_back(http::only_https());
  ingest.streams = admin::takes_file;
  ingest.streamed_bytes_max = sources::kUploadBytesMax;
  const sources::UploadFolder uploads(*store_);
  uploads_ = std::make_unique<sources::UploadWriter>(
      sources::UploadParts{uploads, [uploads] { return uploads.free_bytes(); }});
  door_ = std::make_unique<Door>(door_parts());
  ingest.admit = [this](http::ServerRequest& head) { return door_->admit(head); };
  ingest.bodies_bytes_max = kBodiesBytesMax;
  ingest.makes_room = true;
  ingest.handling_timeout = kHandlingTimeout;
  ingest_server_ =
      TRY(http::start_server(ingest, [this](http::ServerRequest request, http::Responder respond) {
        door_->handle(std::move(request), std::move(respond));
      }));
  context_->port = port();
  site_ = config::site_of(config_.public_url, config_.listen, port(), !config_.tls_certificate_file.empty());
  passwords_ = std::make_unique<credentials::PasswordThread>();
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
      readiness_.fail_disk();
      wake();
    }
    done(std::move(result));
  });
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

// Whatever a command still waits for, then `done`.
void Service::finish(Result<Output> output, Done done) {
  if (output.ok() && output->call) return ask(std::move(*output->call), std::move(done));
  if (output.ok() && output->look) return look(output->look, done);
  done(std::move(output));
}

void Service::look(const std::shared_ptr<Look>& look, const Done& done) {
  if (!looks_) looks_ = std::make_unique<Looks>(*store_, [this](auto work) { queue_.post(std::move(work)); });
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
    queue_.run();
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
  if (command.shows_person) write_security(security_.take());
  // Who may call may be what has changed.
  if (command.changes && ingest_) TRY(load_callers());
  return said;
}

Result<bool> Service::round() {
  readiness_.beat();
  bool worked = queue_.run();
  write_security(security_.take());
  if (live_) run_guarded([this] { live_->tick(); });
  worked |= finish_calls();
  if (options_.network)
    for (credentials::Question& question : credentials_->due()) ask(std::move(question));
  worked |= TRY(engine_->run_once());
  if (options_.network) worked |= TRY(alerts_->run_once());
  worked |= TRY(history_->run_once());
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
  readiness_.begin();
  while (!stopping_) {
    if (readiness_.disk_has_failed())
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
      if (engine_->idle() && !alerts_->sending()) return history_->finish();
      TRY(engine_->transact([this]() -> Result<void> {
        engine_->flush_all();
        return {};
      }));
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, wait, [this] { return woken_ || stopping_; });
    woken_ = false;
  }
  readiness_.end();
  write_security(security_.take_all());
  drain();
  return history_->finish();
}

}  // namespace pinrelay::cli
