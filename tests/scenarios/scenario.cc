#include "scenario.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace pinrelay::scenarios {
namespace {

constexpr int kStepsMax = 100'000;

std::string value_of(std::string_view body, std::string_view key) {
  const std::string name = fmt::format("\"{}\":\"", key);
  const size_t at = body.find(name);
  if (at == std::string_view::npos) return {};
  body.remove_prefix(at + name.size());
  return std::string(body.substr(0, body.find('"')));
}

}  // namespace

void FakePinterest::submit(uint64_t ticket, http::Request request) {
  SeenRequest seen_request;
  seen_request.at = clock_->now();
  seen_request.method = request.method;
  seen_request.path = request.url.substr(request.url.find("/v5") + 3);
  seen_request.operation = request.method == "POST" ? "CREATE" : value_of(request.body, "operation_type");
  const std::string records = value_of(request.body, "records");
  seen_request.records = records.empty() ? 0 : (records.size() + 1) / 65;
  const sim::Reply reply = world_.handle(sim::call_from(request), clock_->now());
  const http::Response response = sim::seen_by_client(reply);
  if (response.ending == http::Ending::kAnswered) seen_request.status = response.status;
  seen.push_back(std::move(seen_request));
  finished_.push_back({ticket, response});
}

std::vector<http::Finished> FakePinterest::take_finished() {
  if (held_) return {};
  return std::exchange(finished_, {});
}

std::string address(int number) { return fmt::format("person{}@example.org", number); }

Hash hash_of(std::string_view text) {
  Sha256 sha256;
  return sha256.hash(text);
}

std::set<Hash> hashes(int from, int to) {
  std::set<Hash> all;
  for (int i = from; i < to; ++i) all.insert(hash_of(address(i)));
  return all;
}

Scenario::Scenario() : pinterest_(world_, shown_clock_), clock_(std::make_unique<FakeClock>(kNoon)) {
  std::string name = (std::filesystem::temp_directory_path() / "pinrelay_scenario_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  directory_ = name;
  options_.pinterest_base_url = "https://api.pinterest.com/v5";
  authorization_.name = "main";
  shown_clock_ = clock_.get();
  arrivals_ = std::make_unique<ArrivalClock>(*clock_, Time{});
}

Scenario::~Scenario() {
  engine_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

// In every scenario: the counters add up, nothing left in clear, and no limit of Pinterest's was met.
void Scenario::TearDown() {
  if (!store_) return;
  for (const store::RunRow& run : store_->runs.all()) {
    EXPECT_EQ(run.considered, run.added + run.removed + run.omitted + run.invalid + run.rejected +
                                  run.uncertain + run.pending)
        << "run " << run.number << " of " << store::kRunKindNames[static_cast<size_t>(run.kind)];
  }
  EXPECT_EQ(world_.conversions().violations().total(), 0u);
  EXPECT_EQ(world_.traffic().plain_records, 0u);
  EXPECT_EQ(world_.traffic().hashes_of_nothing, 0u);
  EXPECT_EQ(world_.traffic().throttled, 0u);
}

void Scenario::boot() {
  auto opened =
      store::Store::open({.directory = directory_ + "/store", .durable = false, .commit_fate = commit_fate_});
  ASSERT_TRUE(opened.ok()) << opened.error().text();
  store_ = std::move(opened).value();
  arrivals_ = std::make_unique<ArrivalClock>(*clock_, std::max(arrivals_->now(), store_->last_arrival()));
  engine_ =
      std::make_unique<exports::Engine>(exports::EngineParts{*store_, *clock_, random_, pinterest_, tokens_},
                                        options_, std::vector{authorization_});
  const Result<void> loaded = engine_->load();
  ASSERT_TRUE(loaded.ok()) << loaded.error().text();
}

// Its monotonic clock begins anew, and answers that are under way find nobody.
void Scenario::restart_process() {
  engine_.reset();
  store_.reset();
  pinterest_.lose_answers();
  auto clock = std::make_unique<FakeClock>(clock_->now());
  clock_ = std::move(clock);
  shown_clock_ = clock_.get();
  arrivals_ = std::make_unique<ArrivalClock>(*clock_, Time{});
  boot();
}

void Scenario::backup() {
  std::filesystem::remove_all(directory_ + "/backup");
  const auto made = store::Store::backup(directory_ + "/store", directory_ + "/backup", now());
  ASSERT_TRUE(made.ok()) << made.error().text();
}

void Scenario::restore() {
  engine_.reset();
  store_.reset();
  pinterest_.lose_answers();
  std::filesystem::remove_all(directory_ + "/store");
  const auto restored =
      store::Store::restore(directory_ + "/backup", directory_ + "/store",
                            {.afterwards = directory_ + "/none", .without_afterwards = true, .now = now()});
  ASSERT_TRUE(restored.ok()) << restored.error().text();
  boot();
}

void Scenario::settle() {
  if (!engine_) boot();
  feed();
  for (int i = 0; i < kStepsMax; ++i) {
    const Result<bool> worked = engine_->run_once();
    ASSERT_TRUE(worked.ok()) << worked.error().text();
    if (!*worked) return;
  }
  FAIL() << "the engine never comes to rest";
}

void Scenario::advance(Millis by, Millis step) {
  const Time until = clock_->now() + by;
  settle();
  while (clock_->now() < until && !HasFatalFailure()) {
    clock_->advance(std::min(step, until - clock_->now()));
    settle();
  }
}

config::JobSettings Scenario::job_settings(const std::string& name) const {
  config::JobSettings settings;
  settings.name = settings.label = name;
  settings.authorization = "main";
  settings.audience = "Readers";
  settings.ad_account = kAdAccount;
  settings.email_field = "email";
  settings.create_audience = false;
  settings.brake.enabled = false;
  return settings;
}

config::JobSettings Scenario::conversion_settings(const std::string& name) const {
  config::JobSettings settings;
  settings.type = config::JobType::kConversionsExport;
  settings.name = settings.label = name;
  settings.authorization = "main";
  settings.audience = "Buyers";
  settings.ad_account = kAdAccount;
  settings.conversions.identifiers = {{"email", "em"}};
  settings.conversions.event = {{"order", "event_id"}, {"at", "event_time"}};
  settings.conversions.event_name_default = "checkout";
  settings.conversions.action_source_default = "web";
  return settings;
}

void Scenario::buys(int number, const std::string& order) {
  const std::string key = fmt::format("u{}", number);
  person(key, {address(number)});
  field(key, "order", order);
  enter(key, "Buyers");
}

const sim::Conversion* Scenario::conversion(const std::string& order, const std::string& event_name) {
  return world_.conversions().find(kAdAccount, event_name, order);
}

void Scenario::apply(const config::JobSettings& settings) {
  if (!engine_) boot();
  const Result<void> done = engine_->transact([&]() -> Result<void> {
    TRY(engine_->jobs().apply(settings));
    return {};
  });
  ASSERT_TRUE(done.ok()) << done.error().text();
}

void Scenario::start(const config::JobSettings& settings) {
  apply(settings);
  verb(settings.name, [](exports::Jobs& jobs, exports::Job& job) { return jobs.start(job); });
  settle();
}

void Scenario::verb(const std::string& name,
                    const std::function<Result<void>(exports::Jobs&, exports::Job&)>& what) {
  const Result<void> done = engine_->transact([&] { return what(engine_->jobs(), job(name)); });
  ASSERT_TRUE(done.ok()) << done.error().text();
}

exports::Job& Scenario::job(const std::string& name) {
  exports::Job* found = engine_->jobs().find(name);
  if (found == nullptr) std::abort();
  return *found;
}

exports::List& Scenario::list(const std::string& name) {
  return engine_->core().lists.at(job(name).row.list);
}

void Scenario::add_row(store::ChangeType type, const std::string& key, const std::string& audience,
                       const std::function<void(store::ChangeWriter&)>& fields) {
  store::ChangeWriter writer(rows_);
  writer.begin(type, to_millis(arrivals_->now()), key, audience);
  if (fields) fields(writer);
  writer.end();
}

void Scenario::feed() {
  if (rows_.empty()) return;
  store_->inbox().append(std::exchange(rows_, {}), [](const Result<void>& kept) { EXPECT_TRUE(kept.ok()); });
}

void Scenario::person(const std::string& key, const std::vector<std::string>& addresses) {
  add_row(store::ChangeType::kProfile, key, "", [&](store::ChangeWriter& writer) {
    if (addresses.size() == 1) return writer.field("email", store::ValueType::kString, addresses[0]);
    if (addresses.empty()) return writer.null_field("email");
    writer.begin_array("email");
    for (const std::string& text : addresses) writer.item(store::ValueType::kString, text);
    writer.end_array();
  });
}

void Scenario::field(const std::string& key, const std::string& name, const std::string& value) {
  add_row(store::ChangeType::kProfile, key, "",
          [&](store::ChangeWriter& writer) { writer.field(name, store::ValueType::kString, value); });
}

void Scenario::enter(const std::string& key, const std::string& audience) {
  add_row(store::ChangeType::kEnter, key, audience, {});
}

void Scenario::leave(const std::string& key, const std::string& audience) {
  add_row(store::ChangeType::kExit, key, audience, {});
}

void Scenario::erase(const std::string& key) { add_row(store::ChangeType::kDelete, key, "", {}); }

void Scenario::members(int from, int to) {
  for (int i = from; i < to; ++i) {
    person(fmt::format("u{}", i), {address(i)});
    enter(fmt::format("u{}", i));
  }
}

void Scenario::leavers(int from, int to) {
  for (int i = from; i < to; ++i) leave(fmt::format("u{}", i));
}

std::set<Hash> Scenario::on_list(const std::string& name) {
  const sim::HashSet* members = world_.members(list(name).row.id);
  if (members == nullptr) return {};
  const auto sorted = members->sorted();
  return {sorted.begin(), sorted.end()};
}

std::vector<SeenRequest> Scenario::writes() {
  std::vector<SeenRequest> found;
  for (; writes_told_ < pinterest_.seen.size(); ++writes_told_) {
    const SeenRequest& request = pinterest_.seen[writes_told_];
    if (request.method != "GET") found.push_back(request);
  }
  return found;
}

std::string Scenario::existing_list(const std::vector<Hash>& on_it) {
  sim::CustomerList theirs;
  theirs.ad_account = kAdAccount;
  theirs.name = "theirs";
  theirs.list_type = "EMAIL";
  return world_.lists().create(theirs, on_it, Millis{0}, false, now());
}

void Scenario::fault(sim::FaultKind kind, uint64_t count, bool applied, const char* method) {
  sim::FaultRule rule;
  rule.method = method;
  rule.count = count;
  rule.fault.kind = kind;
  rule.fault.applied = applied;
  world_.faults().add_rule(rule);
}

store::RunRow Scenario::total(const std::string& name) {
  store::RunRow sum;
  store_->each_run(job(name).row.number, [&](const store::RunRow& run) {
    sum.considered += run.considered, sum.added += run.added, sum.removed += run.removed;
    sum.omitted += run.omitted, sum.invalid += run.invalid, sum.rejected += run.rejected;
    sum.pending += run.pending, sum.uncertain += run.uncertain, sum.requests += run.requests;
    return true;
  });
  return sum;
}

int64_t Scenario::reason_count(exports::Reason reason, const std::string& name) {
  int64_t count = 0;
  store_->each_run(job(name).row.number, [&](const store::RunRow& run) {
    count += exports::read_reasons(run.reasons)[static_cast<size_t>(reason)];
    return true;
  });
  return count;
}

}  // namespace pinrelay::scenarios
