// The safety phase: whatever can happen, happens.
#include <fmt/format.h>

#include "run.h"

namespace pinrelay::simulation {
namespace {

constexpr uint64_t kCommitsAhead = 60;  // within which a planned trouble comes

Millis up_to(Random& random, Millis most) {
  return Millis{1 + static_cast<int64_t>(random.below(static_cast<uint64_t>(most.count())))};
}

}  // namespace

// Lists that exist before us, with members of which some are people of ours.
void Run::make_lists() {
  if (!plan_.existing_lists) return;
  for (config::JobSettings& job : plan_.jobs) {
    const bool mobile = !job.mobile_id_field.empty();
    auto& made = their_lists_[{job.ad_account, mobile}];
    if (made.empty() || random_.chance(30)) {
      Sha256 sha256;
      std::vector<Hash> members;
      for (int i = 0; i < 10; ++i) members.push_back(sha256.hash(fmt::format("person{}@example.org", i)));
      for (int i = 0; i < 10; ++i) members.push_back(sha256.hash(fmt::format("stranger{}@example.org", i)));
      sim::CustomerList list;
      list.ad_account = job.ad_account;
      list.name = "theirs for " + job.name;
      list.list_type = mobile ? "MAID" : "EMAIL";
      made.push_back(world_.lists().create(std::move(list), members, Millis{0}, false, now_));
      known_.lists.add_foreign(made.back(), std::set<Hash>(members.begin(), members.end()));
    }
    job.list =
        config::ExistingList{made.back(), mobile ? config::ListType::kMaid : config::ListType::kEmail, true};
  }
}

// Before anybody is known, so that every membership event is theirs.
void Run::start_conversions() {
  for (const config::JobSettings& settings : plan_.conversions) {
    apply(settings);
    tell(settings.name, "start");
  }
}

void Run::set_faults() {
  using sim::FaultKind;
  world_.faults().clear();
  if (plan_.faults_per_mille == 0) return;
  std::vector<sim::Fault> kinds;
  for (size_t i = 0; i < sim::kFaultKinds; ++i) {
    const auto kind = static_cast<FaultKind>(i);
    if (sim::is_about_events(kind) && plan_.conversions.empty()) continue;
    // These stop a job until a person acts, so they come one at a time (trouble_outside).
    if (kind == FaultKind::kNotFound || kind == FaultKind::kForbidden || kind == FaultKind::kUnauthorized)
      continue;
    // A size once learned is kept, and 300 requests a day carry little when it is small.
    if (kind == FaultKind::kTooLarge && plan_.tier == config::Tier::kTrial) continue;
    sim::Fault fault;
    fault.kind = kind;
    fault.applied = random_.chance(50) && kind != FaultKind::kRampedDown;
    if (kind == FaultKind::kSlow) fault.delay = Millis{random_.chance(50) ? 5'000 : 70'000};
    fault.events_per_mille = plan_.refused_per_mille;
    if (random_.chance(50)) fault.retry_after = random_.chance(80) ? 3 : 400;
    if (random_.chance(50)) fault.reset = 5;
    if (random_.chance(50)) kinds.push_back(fault);
  }
  for (const sim::Fault& fault : kinds)
    world_.faults().add_share(
        {fault, std::max(1U, plan_.faults_per_mille / static_cast<unsigned>(kinds.size()))});
}

void Run::safety() {
  set_faults();
  for (int i = 0; i < plan_.acts && !failed(); ++i) {
    act();
    if (down_ && !failed()) {
      if (random_.chance(20)) advance(up_to(random_, std::chrono::hours{2}));
      boot();
    }
  }
}

void Run::act() {
  if (random_.chance(70)) feed();
  if (random_.chance(plan_.file_percent)) import();
  if (random_.chance(plan_.verb_percent)) verb();
  if (random_.chance(plan_.backup_percent)) backup_&& random_.chance(60) ? restore() : back_up();
  if (random_.chance(plan_.outside_percent)) trouble_outside();
  if (random_.chance(plan_.step_percent)) step_clock();
  if (commits_to_trouble_ == 0 && random_.chance(plan_.crash_percent)) {
    commits_to_trouble_ = 1 + random_.below(kCommitsAhead);
    trouble_ = random_.chance(50) ? store::CommitFate::kCrashBefore : store::CommitFate::kCrashAfter;
  }
  if (down_ || failed()) return;
  if (random_.chance(30)) {
    work(random_.below(10));
  } else {
    rest();
  }
  if (failed()) return;
  const uint64_t pace = random_.below(100);
  if (pace < 60) advance(up_to(random_, plan_.pause));
  if (pace >= 97) advance(up_to(random_, std::chrono::hours{pace == 99 ? plan_.longest_pause : 1}));
}

// One request.
void Run::feed() {
  if (down_) return;
  Bytes changes;
  store::ChangeWriter writer(changes);
  WaitingRows request;
  const uint64_t rows = 1 + random_.below(static_cast<uint64_t>(plan_.rows_max));
  for (uint64_t i = 0; i < rows; ++i) {
    request.rows.push_back(people_.next(to_millis(wall())));
    write_row(request.rows.back(), writer);
  }
  store::join_rows(changes);
  outcome_.rows += rows;
  trace_.mix(as_text(changes));
  trace_.event(now_, fmt::format("{} rows", rows));
  request.number = ++known_.inbox_rows;
  known_.waiting.push_back(std::move(request));
  store_->inbox().append(std::move(changes), [this](const Result<void>& done) {
    if (!done) fail("rows are not taken: " + done.error().text());
  });
}

void Run::step_clock() {
  // A file names times that must not be in the future when it is read.
  if (down_ || importing()) return;
  const Millis by{static_cast<int64_t>(random_.below(7'200'000)) - 3'600'000};
  trace_.event(now_, fmt::format("the clock is stepped by {} ms", by.count()));
  wall_offset_ += by;
  clock_->step(by);
}

void Run::give_token(const std::string& authorization) {
  std::string& token = tokens_.of[authorization];
  token = fmt::format("pina_{}", next_token_++);
  world_.accounts().add_token(token);
}

// What an administrator, a colleague or Pinterest does to us, beyond failing calls.
void Run::trouble_outside() {
  trace_.event(now_, "trouble outside");
  const std::string authorization = kAuthorizations[plan_.two_authorizations ? random_.below(2) : 0];
  const bool known = known_.authorizations.contains(authorization);
  switch (random_.below(4)) {
    case 0:  // the token ends; perhaps another one is there already
      if (tokens_.of.contains(authorization)) world_.accounts().revoke_token(tokens_.of.at(authorization));
      if (known && random_.chance(50)) give_token(authorization);
      return;
    case 1:
      tokens_.of.erase(authorization);
      if (known && random_.chance(50)) give_token(authorization);
      return;
    case 2:  // a record that Pinterest does not like
      if (plan_.tier == config::Tier::kStandard) {
        Sha256 sha256;
        const uint64_t person = random_.below(static_cast<uint64_t>(plan_.addresses));
        const Hash hash = sha256.hash(fmt::format("person{}@example.org", person));
        world_.bad_records().insert(hash);
        once_bad_.insert(hash);
      }
      return;
    default: {
      sim::FaultRule rule;
      rule.count = 1 + random_.below(3);
      rule.fault.kind = random_.chance(50) ? sim::FaultKind::kForbidden : sim::FaultKind::kUnauthorized;
      world_.faults().add_rule(rule);
      return;
    }
  }
}

}  // namespace pinrelay::simulation
