#include "bench/world.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "exports/mapping.h"

namespace pinrelay::bench {
namespace {

void require(const Result<void>& result) {
  if (result.ok()) return;
  fmt::print(stderr, "bench: {}\n", result.error().text());
  std::exit(1);
}

std::string beside_us(const char* name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / name).string();
}

}  // namespace

Simulator::Simulator(const std::string& folder) : ca_file_(folder + "/sim.crt") {
  const std::string make_certificate = fmt::format(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
      "subjectAltName=DNS:localhost,IP:127.0.0.1 "
      "-keyout {0}/sim.key -out {0}/sim.crt >/dev/null 2>&1",
      folder);
  if (std::system(make_certificate.c_str()) != 0) std::exit(1);
  int out[2];
  if (::pipe(out) != 0) std::exit(1);
  child_ = ::fork();
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(out[1], STDOUT_FILENO);
    const std::string program = beside_us("pinrelay-sim");
    ::execl(program.c_str(), program.c_str(), "--listen", "127.0.0.1:0", "--tls-cert", ca_file_.c_str(),
            "--tls-key", (folder + "/sim.key").c_str(), "--token", "pina_sim", "--no-limits", nullptr);
    std::_Exit(127);
  }
  ::close(out[1]);
  FILE* lines = ::fdopen(out[0], "r");
  char line[512];
  while (std::fgets(line, sizeof line, lines) != nullptr) {
    const std::string text(line);
    const size_t at = text.find("https://127.0.0.1:");
    if (at == std::string::npos) continue;
    base_url_ = text.substr(at, text.find_first_of(" \n/", at + 8) - at) + "/v5";
    return;
  }
  fmt::print(stderr, "bench: the simulator did not start\n");
  std::exit(1);
}

Simulator::~Simulator() {
  ::kill(child_, SIGTERM);
  ::waitpid(child_, nullptr, 0);
}

std::string key_of(uint64_t person) { return fmt::format("person-{:08}", person); }

World::World(std::string folder, const Simulator& simulator, bool until_idle) : folder_(std::move(folder)) {
  std::ofstream(folder_ + "/token") << "pina_sim\n";
  ::chmod((folder_ + "/token").c_str(), 0600);
  config::Config config;
  config.store = folder_ + "/store";
  config.pinterest_base_url = simulator.base_url();
  config.pinterest_ca_file = simulator.ca_file();
  config.authorizations.push_back({.name = "bench", .token = {folder_ + "/token", ""}});
  config.write_keys.push_back({"bench", {folder_ + "/token", ""}});
  // The load generator is faster than one key may be.
  config.limits.rows_a_minute = 1'000'000'000;
  config.limits.bytes_a_minute = 1'000'000'000'000;
  config.listen = "127.0.0.1:0";
  cli::ServiceOptions options;
  options.until_idle = until_idle;
  options.engine.rate_budget = false;
  auto service = cli::Service::open(config, options);
  if (!service) require(service.error());
  service_ = std::move(service).value();
}

std::string World::write_people(uint64_t count, uint64_t salt, uint64_t bad_every) const {
  std::string path = fmt::format("{}/people-{}-{}.ndjson", folder_, count, salt);
  std::ofstream out(path);
  std::string block;
  // Stepping by a prime that does not divide the count visits everybody once, far from in order.
  for (uint64_t i = 0, person = salt % count; i < count; ++i, person = (person + 7'368'787) % count) {
    const char* domain = bad_every != 0 && person % bad_every == 0 ? "" : "@example.org";
    block += fmt::format(R"({{"type":"profile","key":"{}","fields":{{"email":"reader.{}{}","visits":{}}}}})",
                         key_of(person), person, domain, salt + i % 100);
    block += '\n';
    if (block.size() > 1'000'000) out << block, block.clear();
  }
  out << block;
  return path;
}

void World::import_file(const std::string& path, const std::string& audience) {
  sources::ImportOptions options;
  options.path = path;
  options.audience = audience;
  auto& context = service_->context();
  require(context.engine.transact([&]() -> Result<void> {
    TRY(context.importer.begin(options, TRY(sources::fingerprint(options.path))));
    return {};
  }));
  for (bool more = true; more;) {
    require(context.engine.transact([&]() -> Result<void> {
      more = TRY(context.importer.step());
      return {};
    }));
  }
  require(context.store().checkpoint());
}

namespace {

config::JobSettings list_job() {
  config::JobSettings job;
  job.name = "bench";
  job.authorization = "bench";
  job.audience = "Readers";
  job.ad_account = "549755885175";
  job.email_field = "email";
  job.create_audience = false;
  job.brake.enabled = false;
  return job;
}

config::JobSettings conversion_job() {
  config::JobSettings job;
  job.type = config::JobType::kConversionsExport;
  job.name = "conversions";
  job.authorization = "bench";
  job.audience = "Buyers";
  job.ad_account = "549755885175";
  job.conversions.identifiers = {{"email", "em"}, {"phone", "ph"}, {"first", "fn"}, {"last", "ln"},
                                 {"city", "ct"},  {"state", "st"}, {"zip", "zp"},   {"country", "country"}};
  job.conversions.event = {{"order", "event_id"}, {"at", "event_time"}};
  job.conversions.details = {{"total", "value"}, {"currency", "currency"}};
  job.conversions.event_name_default = "checkout";
  job.conversions.action_source_default = "web";
  job.conversions.existing_users = true;
  return job;
}

}  // namespace

void World::start_job() {
  const config::JobSettings job = list_job();
  auto& engine = service_->context().engine;
  require(engine.transact([&]() -> Result<void> {
    TRY(engine.jobs().apply(job));
    return engine.jobs().start(*engine.jobs().find("bench"));
  }));
}

cli::Output World::run(std::string_view command, const cli::Arguments& arguments) {
  const auto found = std::ranges::find(cli::commands(), command, &cli::Command::name);
  auto said = service_->execute(*found, arguments);
  require(said.ok() ? Result<void>{} : Result<void>(said.error()));
  return std::move(*said);
}

std::string World::add_token(const std::string& name, const std::string& role) {
  cli::Arguments arguments;
  arguments.positional = {name};
  arguments.values["role"] = role;
  return run("token add", arguments).json["token"].get<std::string>();
}

std::string World::add_user(const std::string& name) {
  cli::Arguments arguments;
  arguments.positional = {name};
  const std::string link = run("user add", arguments).json["link"].get<std::string>();
  return link.substr(link.find('#') + 1);
}

void World::add_jobs(uint64_t count) {
  auto& engine = service_->context().engine;
  for (uint64_t i = 1; i <= count; ++i) {
    const bool converts = i % 2 != 0;
    config::JobSettings job = converts ? conversion_job() : list_job();
    job.name = fmt::format("{}-{}", converts ? "conversions" : "list", i);
    job.audience = fmt::format("Audience {}", i % 100);
    job.conversions.existing_users = false;
    require(engine.transact([&]() -> Result<void> {
      TRY(engine.jobs().apply(job));
      exports::Job& made = *engine.jobs().find(job.name);
      if (i % 4 < 2) TRY(engine.jobs().start(made));
      if (i % 4 == 0) TRY(engine.jobs().pause(made));
      return {};
    }));
  }
}

void World::add_audit_rows(uint64_t count) {
  auto& context = service_->context();
  require(context.engine.transact([&]() -> Result<void> {
    for (uint64_t i = 0; i < count; ++i) {
      store::AuditRow row;
      row.at = context.clock.now();
      row.who = "token bench", row.origin = "127.0.0.1";
      row.action = "job pause", row.object = fmt::format("list-{}", i), row.outcome = "done";
      context.store().audit.append(row);
    }
    return {};
  }));
}

namespace {

std::string buyer(uint64_t person, const std::string& at) {
  return fmt::format(
      R"({{"type":"profile","key":"{}","fields":{{"email":"Reader.{}@example.org","phone":"+1 415 {:03} {:04}",)"
      R"("first":"Jane","last":"Doe{}","city":"San Francisco","state":"California","zip":"{:05}",)"
      R"("country":"US","order":"order-{}","at":"{}","total":"{}.90","currency":"usd"}}}})"
      "\n",
      key_of(person), person, 200 + person % 800, person / 800 % 10'000, person % 997, person % 100'000,
      person, at, person % 500);
}

}  // namespace

std::string World::buyer_enters(uint64_t person, const std::string& at) {
  return buyer(person, at) + fmt::format(R"({{"type":"enter","key":"{}","audience":"Buyers"}})"
                                         "\n",
                                         key_of(person));
}

std::string World::reader_enters(uint64_t number) {
  return fmt::format("{{\"type\":\"enter\",\"key\":\"{}\",\"audience\":\"Audience {}\"}}\n", key_of(number),
                     number % 100);
}

std::string World::write_buyers(uint64_t count) const {
  std::string path = fmt::format("{}/buyers-{}.ndjson", folder_, count);
  std::ofstream out(path);
  std::string block;
  const std::string now = format_rfc3339(service_->context().clock.now());
  for (uint64_t i = 0, person = 0; i < count; ++i, person = (person + 7'368'787) % count) {
    block += buyer(person, now);
    if (block.size() > 1'000'000) out << block, block.clear();
  }
  out << block;
  return path;
}

std::string World::write_consents(uint64_t count, bool yes) const {
  std::string path = fmt::format("{}/consents-{}-{}.ndjson", folder_, count, yes);
  std::ofstream out(path);
  std::string block;
  for (uint64_t i = 0, person = 0; i < count; ++i, person = (person + 7'368'787) % count) {
    block += fmt::format("{{\"type\":\"profile\",\"key\":\"{}\",\"fields\":{{\"ok\":{}}}}}\n", key_of(person),
                         yes);
    if (block.size() > 1'000'000) out << block, block.clear();
  }
  out << block;
  return path;
}

void World::follow_buyers() {
  auto& engine = service_->context().engine;
  for (const char* event_name : {"checkout", "signup"}) {
    config::JobSettings job = conversion_job();
    job.name = event_name;
    job.consent_field = "ok";
    job.conversions.event_name_default = event_name;
    job.conversions.existing_users = false;
    require(engine.transact([&]() -> Result<void> {
      TRY(engine.jobs().apply(job));
      exports::Job& made = *engine.jobs().find(job.name);
      TRY(engine.jobs().start(made));
      return engine.jobs().pause(made);
    }));
  }
}

int64_t World::waiting_events() {
  auto& context = service_->context();
  int64_t count = 0;
  require(context.read([&]() -> Result<void> {
    for (const auto& [number, job] : context.engine.core().jobs)
      count += context.store().events.count(job.row.list, store::EventClass::kLive);
    return {};
  }));
  return count;
}

void World::start_conversions(const std::string& name, bool existing) {
  auto& engine = service_->context().engine;
  config::JobSettings job = conversion_job();
  job.name = name;
  job.conversions.existing_users = existing;
  require(engine.transact([&]() -> Result<void> {
    TRY(engine.jobs().apply(job));
    return engine.jobs().start(*engine.jobs().find(name));
  }));
}

uint64_t World::build_events() {
  const config::JobSettings job = conversion_job();
  pinterest::EventBuilder builder(exports::event_mapping(job.conversions));
  std::vector<store::FieldNumber> numbers;
  auto& context = service_->context();
  require(context.engine.transact([&]() -> Result<void> {
    for (const std::string& field : exports::mapped_fields(job.conversions))
      numbers.push_back(context.store().catalog.field_number(field));
    return {};
  }));
  uint64_t built = 0;
  std::vector<pinterest::FieldValue> values(numbers.size());
  const Time now = context.clock.now();
  require(context.read([&]() -> Result<void> {
    context.store().profiles.scan({}, [&](const store::ProfileId&, const store::Person& person) {
      for (size_t i = 0; i < numbers.size(); ++i) {
        const store::StoredField* field = person.field(numbers[i]);
        values[i] =
            field == nullptr ? pinterest::FieldValue{} : pinterest::FieldValue{field->type, field->value};
      }
      built += builder.build(values, now).problem == pinterest::EventProblem::kNone;
      return true;
    });
    return {};
  }));
  return built;
}

store::RunRow World::conversions(const std::string& name) {
  store::RunRow sum;
  auto& context = service_->context();
  require(context.read([&]() -> Result<void> {
    context.store().each_run(context.engine.jobs().find(name)->row.number, [&](const store::RunRow& run) {
      sum.added += run.added;
      sum.omitted += run.omitted;
      return true;
    });
    return {};
  }));
  return sum;
}

std::map<store::ProfileId, Time> World::requested() {
  std::map<store::ProfileId, Time> at;
  require(service_->context().read([&]() -> Result<void> {
    service_->context().store().events.each_attempt([&](const store::EventAttempt& attempt) {
      for (const store::EventAttemptEntry& entry : attempt.entries) at[entry.profile] = attempt.started_at;
      return true;
    });
    return {};
  }));
  return at;
}

void World::remember_others(uint64_t count) {
  constexpr uint64_t kAtOnce = 100'000;
  const store::ClaimEntry claim{exports::day_of(service_->context().clock.now()), 1, 1, 1, {}};
  Bytes record;
  store::write_claim(claim, record);
  const uint64_t step = UINT64_MAX / count;
  for (uint64_t first = 0; first < count; first += kAtOnce) {
    Bytes keys;
    for (uint64_t i = first; i < std::min(count, first + kAtOnce); ++i) {
      store::Claim key{};
      for (int byte = 0; byte < 8; ++byte) key[byte] = static_cast<uint8_t>(i * step >> (56 - 8 * byte));
      append(keys, key);
    }
    require(service_->context().engine.transact([&]() -> Result<void> {
      service_->context().store().claims.update(keys, [&](size_t, std::optional<ByteView>, Bytes& value) {
        value = record;
        return store::Write::kPut;
      });
      return {};
    }));
  }
  require(service_->context().store().checkpoint());
}

void World::resync() {
  auto& engine = service_->context().engine;
  require(engine.transact([&] { return engine.jobs().resync(*engine.jobs().find("bench"), false); }));
}

void World::change(uint64_t count, uint64_t changes) {
  const int64_t now = to_millis(service_->context().clock.now());
  Bytes page;
  store::ChangeWriter writer(page);
  const uint64_t stride = count / changes;
  for (uint64_t i = 0; i < changes; ++i) {
    const uint64_t person = (i * 7'368'787 % changes) * stride;
    writer.begin(i % 2 == 0 ? store::ChangeType::kExit : store::ChangeType::kEnter, now,
                 i % 2 == 0 ? key_of(person) : key_of(count + person), "Readers");
    writer.end();
    if (i % 2 != 0) {
      writer.begin(store::ChangeType::kProfile, now, key_of(count + person));
      writer.field("email", store::ValueType::kString, fmt::format("new.{}@example.org", person));
      writer.end();
    }
    if (page.size() < 100'000 && i + 1 < changes) continue;
    std::promise<void> durable;
    service_->context().store().inbox().append(page, [&](Result<void> done) {
      require(done);
      durable.set_value();
    });
    durable.get_future().wait();
    page.clear();
  }
}

void World::finish_backfill() {
  exports::Engine& engine = service_->context().engine;
  while (engine.jobs().find("conversions")->row.bulk != store::BulkKind::kNone) {
    const auto worked = engine.run_once();
    if (!worked) require(worked.error());
    if (!*worked) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // for an answer
  }
}

// Work is done when it is written to its place: what it leaves in the write-ahead log would be paid for by
// the next measurement.
void World::settle() {
  require(service_->run());
  require(service_->context().store().checkpoint());
}

int64_t World::present() {
  int64_t present = 0;
  for (const auto& [number, list] : service_->context().engine.core().lists) present += list.row.present;
  return present;
}

int64_t World::used_bytes() { return service_->context().store().used_bytes(); }

}  // namespace pinrelay::bench
