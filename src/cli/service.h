// A running Pinrelay: the store, the engine on the calling thread, HTTP ingest, and the control socket by
// which other processes of ours ask it to run commands. `serve` runs it until a signal, `run --until-idle`
// until nothing is left to do, and the other commands use the part without network.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "admin/api.h"
#include "admin/known_callers.h"
#include "admin/live.h"
#include "admin/security_watch.h"
#include "alerts/alerts.h"
#include "cli/door.h"
#include "cli/engine_queue.h"
#include "cli/execute.h"
#include "cli/looks.h"
#include "cli/readiness.h"
#include "credentials/password_queue.h"
#include "http/server.h"
#include "insight/history.h"
#include "sources/ingest.h"
#include "sources/upload_writer.h"

namespace pinrelay::cli {

struct ServiceOptions {
  bool network = true;  // may send to Pinterest
  bool listen = true;   // HTTP ingest and the control socket
  bool until_idle = false;
  exports::EngineOptions engine;
};

class Service final : public http::WakeUp, public sources::InboxPort {
 public:
  static Result<std::unique_ptr<Service>> open(config::Config config, ServiceOptions options);
  ~Service() override;

  // Works until stop() (or until idle). The error says why it cannot go on.
  Result<void> run();
  // From any thread, and from a signal's thread.
  void stop();
  // While nobody can sign in: a link that makes the first administrator.
  Result<void> offer_claim();
  // Runs a command on the engine's thread (the caller's, when run() is not running).
  Result<Output> execute(const Command& command, const Arguments& arguments, const Caller& caller = {});
  // What a command says in the end, also when it has to ask Pinterest or to look at everybody first: waits
  // for that. Only while run() is not running.
  Result<Output> complete(Result<Output> output);
  // Does what is to be done now, or waits a moment. Only while run() is not running.
  Result<void> work_or_wait();
  // Of HTTP; 0 without.
  uint16_t port() const { return ingest_server_ ? ingest_server_->port() : 0; }
  Context& context() { return *context_; }

  static std::string control_socket(const config::Config& config);

 private:
  Service(config::Config config, ServiceOptions options);
  Result<void> start();
  void wake() override;
  void append(Bytes changes, uint64_t rows, std::function<void(Result<void>)> done) override;
  Result<void> load_callers();
  void note_write_key(int64_t number);
  DoorParts door_parts();
  void handle_control(http::ServerRequest request, http::Responder respond);
  Result<Output> run_control(const http::ServerRequest& request);
  void answer_control(const http::ServerRequest& request, http::Responder respond);
  using Done = std::function<void(Result<Output>)>;
  void finish(Result<Output> output, Done done);
  void ask(Call call, Done done);
  void ask(credentials::Question question);
  void look(const std::shared_ptr<Look>& look, const Done& done);
  std::unique_ptr<http::Transport> connect(const std::string& ca_file);
  admin::ApiParts api_parts();
  admin::UsersParts users_parts();
  void begin_live();
  std::vector<store::ApiTokenRow> present_tokens();
  void run_api(admin::Invocation call, const std::function<void(admin::Said)>& done);
  void take_file(admin::Incoming file, std::function<void(admin::Said)> done);
  void tidy_uploads();
  void write_security(std::vector<store::SecurityEventRow> rows);
  bool finish_calls();
  Result<bool> round();
  Result<bool> import();
  void drain();

  config::Config config_;
  ServiceOptions options_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<ArrivalClock> arrivals_;
  Readiness readiness_;
  admin::KnownCallers callers_;
  admin::SecurityWatch security_;
  EngineQueue queue_{[this] { wake(); }};
  std::unique_ptr<Random> random_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<http::Transport> transport_;
  // Of commands, beside the engine's; made when one asks for the first time.
  struct OpenCall {
    std::function<Output(const http::Response&)> finish;
    Done done;
  };
  std::unique_ptr<http::Transport> calls_, elsewhere_;
  std::map<uint64_t, OpenCall> open_calls_;
  uint64_t next_call_ = 0;
  std::unique_ptr<credentials::Credentials> credentials_;
  std::unique_ptr<credentials::SignIns> sign_ins_;
  std::unique_ptr<alerts::Alerts> alerts_;
  std::unique_ptr<exports::Engine> engine_;
  std::unique_ptr<insight::History> history_;
  std::unique_ptr<sources::InputLimits> limits_;
  std::unique_ptr<sources::Importer> importer_;
  Millis import_after_{0}, tidy_after_{0};  // on the monotonic clock
  std::unique_ptr<sources::Ingest> ingest_;
  std::unique_ptr<Context> context_;
  config::Site site_;
  std::unique_ptr<admin::Users> users_;
  admin::LogTail log_tail_;
  std::unique_ptr<admin::Live> live_;  // null without HTTP
  std::unique_ptr<admin::Api> api_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> begun_{false};  // start() is done

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool woken_ = false;

  // Last, so that their threads end before what they use.
  std::unique_ptr<credentials::PasswordThread> passwords_;
  std::unique_ptr<Looks> looks_;
  std::unique_ptr<sources::UploadWriter> uploads_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<http::Server> ingest_server_, control_server_;
};

// Runs the command in the service that has the store open; kNotFound when none runs.
Result<Output> run_remote(const config::Config& config, const std::vector<std::string>& argv,
                          const Arguments& arguments);

}  // namespace pinrelay::cli
