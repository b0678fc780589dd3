#include "service.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>

#include "admin/api.h"
#include "admin/pages.h"
#include "admin/security_watch.h"
#include "base/json_text.h"
#include "cli/access.h"
#include "cli/door.h"
#include "cli/execute.h"
#include "cli/imports.h"
#include "cli/known_names.h"
#include "sources/upload_writer.h"

namespace pinrelay::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr Time kNow = from_millis(1'800'000'000'000);
constexpr const char* kConfiguration = R"(store: ./store
public_url: https://pinrelay.example.com
pinterest: {app_id: "1", app_secret: {file: token}}
write_keys: [{name: site, key: {file: write-key}}]
authorizations: [{name: acme, token: {file: token}}]
jobs:
  - name: readers
    type: audience_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    identifiers: [{email: email}]
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Buyers
    ad_account: "1"
    identifiers: [{email: em}]
    event: [{order: event_id}, {at: event_time}]
    action_source_default: web
    event_name_default: checkout
)";
constexpr std::string_view kPeople =
    R"({"type":"profile","key":"u1","fields":{"email":"a@example.org","order":"o-1","at":"2027-01-01"}})"
    "\n"
    R"({"type":"enter","key":"u1","audience":"Readers"})"
    "\n"
    R"({"type":"enter","key":"u1","audience":"Buyers"})";

void write_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
  CHECK(::chmod(path.c_str(), 0600) == 0);
}

// Everything succeeds, at once.
class Agreeable final : public http::Transport {
 public:
  void submit(uint64_t ticket, http::Request) override {
    finished_.push_back({ticket, {http::Ending::kAnswered, 200, {}, R"({"id":"777"})", "", Millis{7}}});
  }
  std::vector<http::Finished> take_finished() override { return std::exchange(finished_, {}); }

 private:
  std::vector<http::Finished> finished_;
};

// A body that is there already, in pieces as the server would give them.
class HeldBody final : public http::IncomingBody {
 public:
  explicit HeldBody(std::string bytes) : bytes_(std::move(bytes)) {}
  void next(std::function<void(http::BodyPiece)> take) override {
    const std::string piece = bytes_.substr(at_, kPieceBytesMin);
    at_ += piece.size();
    using enum http::BodyPiece::State;
    take({at_ == bytes_.size() ? kLast : kMore, piece});
  }
  std::optional<uint64_t> length() const override { return bytes_.size(); }

 private:
  const std::string bytes_;
  size_t at_ = 0;
};

// Rows that were accepted are not applied: what is fuzzed is the way there.
class Forgetful final : public sources::InboxPort {
 public:
  void append(Bytes, uint64_t, std::function<void(Result<void>)> done) override { done({}); }
};

// Work of other threads, and an answer, wake whoever waits for them.
class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    wake_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool rung_ = false;  // guarded by mutex_
};

config::Config read_configuration(const std::string& folder) {
  auto loaded = config::load_config_file(folder + "/pinrelay.yaml");
  CHECK(loaded.ok() && loaded->problems.empty());
  return std::move(loaded->config);
}

std::unique_ptr<store::Store> open(const std::string& directory, const Clock& clock) {
  auto store = store::Store::open({.directory = directory, .durable = false, .cache_bytes = 1024 * 1024},
                                  {.clock = &clock});
  CHECK(store.ok());
  return std::move(store).value();
}

Bytes hash_of(const char* secret) { return admin::token_hash(Secret(std::string_view(secret))); }

void put_callers(store::Store& store) {
  const std::pair<store::Role, const char*> tokens[] = {{store::Role::kViewer, kViewerToken},
                                                        {store::Role::kOperator, kOperatorToken},
                                                        {store::Role::kAdmin, kAdminToken}};
  for (const auto& [role, text] : tokens) {
    store::ApiTokenRow row;
    row.number = store.next_number("api_tokens");
    row.name = text;
    row.role = role;
    row.hash = hash_of(text);
    row.used_at = kNow;
    store.api_tokens.put(row);
  }
  store::UserRow ada, bob;
  ada.number = store.next_number("users"), ada.name = "ada", ada.role = store::Role::kAdmin;
  bob.number = store.next_number("users"), bob.name = "bob";
  bob.invitation = hash_of(kInvitation), bob.invited_until = kNow + admin::kInvitationLasts;
  store::SessionRow session;
  session.number = store.next_number("sessions"), session.user = ada.number;
  session.hash = hash_of(kSessionCookieText);
  session.created_at = session.seen_at = session.confirmed_at = kNow;
  store.users.put(ada), store.users.put(bob), store.sessions.put(session);
}

}  // namespace

// One life of the service: what the program has, with everything that waits done at once.
struct Service::World {
  explicit World(const std::string& at) : config(read_configuration(at)) {
    CHECK(credentials.load(engine).ok() && engine.load().ok());
    cli::tell_known_names(context);
    ready.begin();
    callers.set(store->api_tokens.all(), store->sessions.all());
    const auto begun = sign_ins.begin(7700);
    CHECK(begun.ok());
    ticket = (*begun)->ticket, state = (*begun)->state.reveal();
  }

  Result<cli::Output> finish(Result<cli::Output> begun) {
    cli::Output output = TRY(std::move(begun));
    while (output.call || output.look) {
      if (const auto look = output.look) {
        look->work({});
        output = TRY(look->finish());
      } else {
        const auto call = output.call;
        output = call->finish(pinterest);
      }
    }
    return output;
  }
  Result<cli::Output> execute(std::string_view command, const cli::Arguments& arguments,
                              const cli::Caller& caller) {
    const auto found = std::ranges::find(cli::commands(), command, &cli::Command::name);
    CHECK(found != cli::commands().end());
    auto begun = found->needs == cli::Needs::kNothing ? found->run_here(arguments)
                                                      : cli::execute(context, *found, arguments, caller);
    return finish(std::move(begun));
  }
  void run(admin::Invocation call, const std::function<void(admin::Said)>& done) {
    cli::Arguments arguments;
    arguments.positional = std::move(call.positional);
    arguments.values = std::move(call.values);
    arguments.secret = std::move(call.secret);
    arguments.only_jobs = std::move(call.only_jobs);
    arguments.directory = "/nowhere";
    const auto said = execute(call.command, arguments, {call.who, call.origin});
    if (!said.ok()) return done({said.error(), 0, ""});
    done({std::nullopt, said->exit_code, json_text(said->json)});
  }
  void take_file(admin::Incoming file, const std::function<void(admin::Said)>& done) {
    const auto format = file.format == "csv" ? sources::RowFormat::kCsv : sources::RowFormat::kNdjson;
    uploads.receive(format, std::move(file.body), [this, done](Result<sources::Upload> received) {
      queue.post([done, received = std::move(received)] {
        received.ok() ? done({std::nullopt, 0, json_text(cli::upload_json(*received))})
                      : done({received.error(), 0, ""});
      });
    });
  }
  void ask(credentials::Question question) {
    while (auto next = question.answer(pinterest)) question = std::move(*next);
  }
  Result<std::string> state_of(std::string_view command, const std::vector<std::string>& arguments,
                               const std::optional<std::vector<std::string>>& only_jobs) {
    cli::Arguments given;
    given.positional = arguments;
    given.only_jobs = only_jobs;
    return json_text(TRY(execute(command, given, {})).json);
  }

  config::Config config;
  FakeClock clock{kNow};
  SeededRandom random{7};
  Agreeable transport;
  http::Response pinterest;  // its answer to every question of a command
  std::string ticket, state;
  std::unique_ptr<store::Store> store = open(config.store, clock);
  credentials::Credentials credentials{config, clock};
  credentials::SignIns sign_ins{config, credentials, clock};
  exports::Engine engine{{*store, clock, random, transport, credentials}, {}, config.authorizations};
  sources::Importer importer{*store, engine, clock};
  cli::Context context{config, engine, importer, clock, credentials, sign_ins, 7700};
  config::Site site = config::site_of(config.public_url, config.listen, 7700, false);
  admin::KnownCallers callers{clock};
  cli::Readiness ready{clock};
  Bell bell;
  cli::EngineQueue queue{[this] { bell.ring(); }};
  Forgetful inbox;
  sources::InputLimits limits{{}, clock};
  sources::Ingest ingest{{{"site", kWriteKey}}, {clock, inbox, limits, 1'000'000'000, 1LL << 40}};
  // A hash takes a tenth of a second and 64 MiB: no password is right, and a new one is kept as none.
  admin::Users users{{*store, clock, [this](const auto& change) { return engine.transact(change); },
                      [](credentials::Lane, const auto&, const std::function<void()>& then) {
                        then();
                        return true;
                      }}};
  admin::LogTail log;
  admin::Live live{{clock, log, "boot",
                    [this](std::string_view command, const auto& arguments, const auto& only_jobs) {
                      return state_of(command, arguments, only_jobs);
                    },
                    [](const std::string&) { return std::nullopt; }}};
  std::map<int64_t, store::KeptAnswerRow> kept;
  admin::Api api{{[this](admin::Invocation call, const auto& done) { run(std::move(call), done); },
                  [this] { return store->api_tokens.all(); },
                  [](const store::ApiTokenRow&) {},
                  "0.0",
                  &users,
                  site,
                  {[this](int64_t number) {
                     const auto found = kept.find(number);
                     return found == kept.end() ? std::nullopt : std::optional(found->second);
                   },
                   [this](const store::KeptAnswerRow& row) { kept[row.number] = row; }},
                  &live,
                  false,
                  false,
                  [this](admin::Incoming file, const auto& done) { take_file(std::move(file), done); },
                  [] { return int64_t{0}; },
                  [this](const std::string& numbers) { return cli::job_names(context, numbers); }}};
  sources::UploadFolder kept_files{*store};
  sources::UploadWriter uploads{{kept_files, [] { return uint64_t{1} << 40; }}};
  // Last, so that its thread ends before what it uses.
  cli::Door door{{config, ready, callers, ingest, queue,
                  [this](const http::ServerRequest& request, admin::ReadRequest read,
                         const http::Responder& respond) { api.handle(request, std::move(read), respond); },
                  [this](const http::ServerRequest& request, const http::Responder& respond) {
                    sign_ins.handle(request, respond,
                                    [this](credentials::Question question) { ask(std::move(question)); });
                  },
                  [this](const http::ServerRequest& request) {
                    return admin::page(request, site, {}, admin::embedded_interface());
                  },
                  [](const http::ServerRequest& request, const http::ServerResponse& response) {
                    if (const auto event = admin::refusal_of(request, response)) CHECK(!event->what.empty());
                  }}};
};

Service::Service() {
  std::string name = (fs::temp_directory_path() / "pinrelay-fuzz-XXXXXX").string();
  CHECK(mkdtemp(name.data()) != nullptr);
  folder_ = name;
  const std::string made = folder_ + "/template";
  fs::create_directory(made);
  write_file(made + "/pinrelay.yaml", kConfiguration);
  write_file(made + "/token", "pina_test\n");
  write_file(made + "/write-key", kWriteKey);
  {
    World first(made);
    cli::Arguments file;
    file.positional = {made + "/pinrelay.yaml"};
    file.values = {{"start", "true"}};
    CHECK(first.execute("apply", file, {}).ok());
    Bytes changes;
    const auto parsed = sources::parse_change_rows(kPeople, kNow, 1, changes);
    CHECK(parsed.accepted == parsed.rows);
    CHECK(first.engine
              .transact([&]() -> Result<void> {
                first.engine.apply(changes, 0);
                put_callers(*first.store);
                return {};
              })
              .ok());
    for (int i = 0; i < 1'000 && first.engine.run_once().value();) ++i;
  }
  renew();
}

Service::~Service() {
  world_.reset();
  fs::remove_all(folder_);
}

void Service::renew() {
  const std::string at = folder_ + "/world";
  world_.reset();
  fs::remove_all(at);
  fs::copy(folder_ + "/template", at, fs::copy_options::recursive);
  world_ = std::make_unique<World>(at);
}

std::string Service::ticket() const { return world_->ticket; }
std::string Service::state() const { return world_->state; }

http::ServerResponse Service::call(http::ServerRequest request, const http::Response& pinterest) {
  World& world = *world_;
  world.pinterest = pinterest;
  std::string body = std::exchange(request.body, {});
  http::Admission admission = world.door.admit(request);
  if (admission.refusal) return std::move(*admission.refusal);
  const auto budget = std::make_shared<http::BodyBudget>(size_t{64} << 20);
  request.lease = std::make_shared<http::BodyLease>(budget, http::Sender{admission.account, request.peer});
  if (admin::takes_file(request.method, request.path)) {
    request.incoming = std::make_shared<HeldBody>(std::move(body));
  } else if (body.size() > admission.body_bytes_max) {
    http::ServerResponse too_large;
    too_large.status = 413;
    return too_large;
  } else {
    CHECK(request.lease->grow_to(body.size()));
    request.body = std::move(body);
  }
  std::mutex mutex;
  std::optional<http::ServerResponse> answer;
  world.door.handle(std::move(request), [&](http::ServerResponse response) {
    {
      const std::lock_guard lock(mutex);
      CHECK(!answer);  // there is one answer
      answer = std::move(response);
    }
    world.bell.ring();
  });
  for (;;) {
    world.queue.run();
    {
      const std::lock_guard lock(mutex);
      if (answer) return std::move(*answer);
    }
    world.bell.wait();
  }
}

}  // namespace pinrelay::fuzz
