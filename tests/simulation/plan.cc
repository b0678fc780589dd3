#include "plan.h"

#include <fmt/format.h>

namespace pinrelay::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

template <typename T, size_t N>
T one_of(Random& random, const T (&choices)[N]) {
  return choices[random.below(N)];
}

void choose_identifiers(config::JobSettings& job, bool mobile, Random& random) {
  job.email_field = job.sha256_email_field = job.mobile_id_field = "";
  if (mobile) {
    job.mobile_id_field = "device";
    job.maid_case = random.chance(50) ? config::MaidCase::kUpper : config::MaidCase::kLower;
    return;
  }
  const uint64_t which = random.below(4);
  if (which != 0) job.email_field = "email";
  if (which == 0 || which == 3) job.sha256_email_field = "hashed";
}

void choose_account(config::JobSettings& job, const Plan& plan, Random& random) {
  job.ad_account = kAccounts[plan.two_accounts ? random.below(2) : 0];
}

void choose_authorization(config::JobSettings& job, const Plan& plan, Random& random) {
  job.authorization = kAuthorizations[plan.two_authorizations ? random.below(2) : 0];
}

config::JobSettings make_job(size_t number, const Plan& plan, Random& random) {
  config::JobSettings job;
  job.name = job.label = fmt::format("job{}", number);
  choose_authorization(job, plan, random);
  job.audience = fmt::format("audience{}", random.below(static_cast<uint64_t>(plan.audiences)));
  choose_account(job, plan, random);
  choose_identifiers(job, random.chance(15), random);
  if (random.chance(25)) job.consent_field = "consent";
  job.flush_after = one_of(random, {Millis{1'000}, Millis{10'000}, Millis{60'000}, Millis{300'000}});
  job.flush_users = one_of<uint64_t>(random, {1, 5, 50, 10'000});
  job.records_per_request = one_of<uint32_t>(random, {3, 10, 100, 10'000});
  if (plan.tier == config::Tier::kTrial) job.records_per_request += 100;
  job.create_audience = random.chance(50);
  job.brake = {random.chance(30), 20, random.below(40)};
  return job;
}

config::JobSettings make_conversions(size_t number, const Plan& plan, Random& random) {
  using enum config::MembershipEvents;
  config::JobSettings job;
  job.type = config::JobType::kConversionsExport;
  job.name = job.label = fmt::format("conversions{}", number);
  choose_authorization(job, plan, random);
  job.audience = fmt::format("audience{}", random.below(static_cast<uint64_t>(plan.audiences)));
  choose_account(job, plan, random);
  job.conversions.identifiers = {{"email", "em"}};
  job.conversions.event = {{"order", "event_id"}, {random.chance(50) ? "nothing" : "happened", "event_time"}};
  job.conversions.details = {{"city", "content_name"}};
  job.conversions.event_name_default = one_of(random, {"checkout", "lead"});
  job.conversions.action_source_default = "web";
  if (random.chance(30)) job.consent_field = "consent";
  if (random.chance(10)) job.conversions.test_mode = true;
  if (random.chance(30)) job.conversions.existing_users = true;
  job.conversions.membership_events = one_of(random, {kEntersAndExits, kEntersAndExits, kEnters, kExits});
  return job;
}

void choose_lateness(Plan& plan, Control control, Random& random) {
  const bool shows = control.defect == Defect::kNoSettling, defect = shows && control.injected;
  const bool reorders = shows || random.chance(25);
  const bool late = reorders || random.chance(50);
  const Millis window = late ? Millis{one_of(random, {5'000, 60'000, 600'000})} : Millis{0};
  plan.world.unknown_window = window;
  if (reorders) plan.world.reorder_window = window;
  plan.network.transit_late = one_of(random, {Millis{1'000}, Millis{30'000}, Millis{90'000}});
  plan.network.late_percent = random.chance(30) ? 3 : 0;
  // What is under way when the exchange ends arrives later by at most the longest way.
  const Millis settle = window + std::max(plan.network.transit_late, plan.network.transit_max);
  for (config::JobSettings& job : plan.jobs) {
    job.settle_after_unknown = defect ? Millis{0} : settle;
    job.settle_after_success = reorders && !defect ? settle : Millis{0};
  }
}

void choose_troubles(Plan& plan, Random& random) {
  plan.faults_per_mille = one_of<unsigned>(random, {0, 50, 200, 500});
  plan.crash_percent = one_of<unsigned>(random, {0, 1, 5});
  plan.full_disk_percent = one_of<unsigned>(random, {0, 0, 2});
  plan.verb_percent = one_of<unsigned>(random, {0, 2, 10});
  plan.outside_percent = one_of<unsigned>(random, {0, 1, 5});
  plan.step_percent = one_of<unsigned>(random, {0, 0, 3});
  plan.bad_records_stay = random.chance(50);
}

void choose_pages(Plan& plan, Random& random) {
  plan.engine.pinterest_base_url = "https://pinterest.example/v5";
  plan.engine.log_page = one_of<size_t>(random, {3, 50, 20'000});
  plan.engine.scan_page = one_of<size_t>(random, {5, 40, 20'000});
  plan.engine.inbox_page_bytes = one_of<size_t>(random, {300, 20'000, 4'000'000});
  plan.engine.sort_memory = one_of<size_t>(random, {1'000, 40'000'000});
  plan.engine.event_page = one_of<size_t>(random, {1, 4, 1'000});
  plan.engine.retention = one_of<Millis>(random, {hours{1}, hours{24}, hours{24 * 14}});
}

// Where a defect can be seen, so that a world of fifty shows it.
bool about_conversions(Defect defect) {
  switch (defect) {
    case Defect::kRememberedTooSoon:
    case Defect::kBuiltAnew:
    case Defect::kPairedAnew:
    case Defect::kFilesUnseen:
    case Defect::kWithdrawalIgnored:
    case Defect::kTestModeIgnored:
    case Defect::kRestoredGo:
    case Defect::kRetriedUnderAnyId:
    case Defect::kRequestsTornApart:
      return true;
    default:
      return false;
  }
}

void show(Plan& plan, Defect defect) {
  const bool ends = defect == Defect::kOwnersKeptWhenOver || defect == Defect::kLeftListsForgotten;
  if (ends) plan.deletes = true;
  if (ends) plan.verb_percent = 10;
  if (defect == Defect::kTestModeIgnored) plan.verb_percent = 25;
  if (defect == Defect::kRetriedUnderAnyId) {  // only an event that Pinterest refused has an id to keep to
    plan.faults_per_mille = 500;
    plan.refused_per_mille = 500;
    plan.orders = 1'000'000;  // each is somebody's alone
    plan.verb_percent = 40;
  }
  if (defect == Defect::kLeftListsForgotten) plan.delete_percent = 5;
  if (defect == Defect::kOwnersKeptWhenOver) plan.acts = 200;
  if (defect == Defect::kFilesUnseen) plan.file_percent = 15;
  if (defect == Defect::kRestoredGo) plan.backup_percent = 3;
  if (defect == Defect::kWithdrawalIgnored)
    for (config::JobSettings& job : plan.conversions) job.consent_field = "consent";
}

void switch_off(exports::Policy& policy, Defect defect) {
  policy.coalesce_at_retry = defect != Defect::kNoCoalescingAtRetry;
  policy.owners_are_a_set = defect != Defect::kOwnersCounted;
  policy.remember_after_answer = defect != Defect::kRememberedTooSoon;
  policy.repeat_same_bytes = defect != Defect::kBuiltAnew;
  policy.pair_with_what_was_sent = defect != Defect::kPairedAnew;
  policy.acknowledge_what_was_sent = defect != Defect::kPresentWishAcknowledged;
  policy.files_make_conversions = defect != Defect::kFilesUnseen;
  policy.withdrawals_end_events = defect != Defect::kWithdrawalIgnored;
  policy.test_mode_holds_events = defect != Defect::kTestModeIgnored;
  policy.restored_events_wait = defect != Defect::kRestoredGo;
  policy.retry_under_first_id = defect != Defect::kRetriedUnderAnyId;
  policy.over_means_left = defect != Defect::kOwnersKeptWhenOver;
  policy.erasure_reaches_left_lists = defect != Defect::kLeftListsForgotten;
  policy.requests_belong_together = defect != Defect::kRequestsTornApart;
}

}  // namespace

Plan make_plan(uint64_t seed, Control control) {
  const Defect defect = control.defect;
  SeededRandom random(seed * 2 + 1);
  Plan plan;
  plan.people = one_of(random, {5, 30, 150, 600});
  plan.addresses = std::max(3, plan.people * one_of(random, {1, 2, 4}) / 2);
  plan.audiences = one_of(random, {1, 2});
  plan.orders = 4 * plan.people;
  plan.array_percent = one_of<unsigned>(random, {0, 20, 60});
  plan.invalid_percent = one_of<unsigned>(random, {0, 5, 20});
  plan.old_percent = one_of<unsigned>(random, {0, 5, 30});
  plan.repeated_percent = one_of<unsigned>(random, {0, 5});
  plan.profile_percent = one_of<unsigned>(random, {3, 10, 30});
  plan.delete_percent = one_of<unsigned>(random, {0, 1, 5});
  plan.tier = random.chance(10) ? config::Tier::kTrial : config::Tier::kStandard;
  plan.existing_lists = random.chance(40);
  plan.two_accounts = random.chance(40);
  plan.two_authorizations = random.chance(40);
  const size_t jobs = 1 + random.below(3);
  for (size_t i = 0; i < jobs; ++i) plan.jobs.push_back(make_job(i, plan, random));
  if (about_conversions(defect) || random.chance(50)) {
    const size_t conversions = 1 + random.below(2);
    for (size_t i = 0; i < conversions; ++i) plan.conversions.push_back(make_conversions(i, plan, random));
  }
  choose_lateness(plan, control, random);
  choose_troubles(plan, random);
  choose_pages(plan, random);
  plan.rounds = static_cast<int>(1 + random.below(2));
  plan.acts = one_of(random, {30, 100});
  plan.rows_max = one_of(random, {5, 200, 1'500});
  plan.pause = one_of<Millis>(random, {Millis{500}, seconds{20}, minutes{5}});
  plan.world.seed = seed;
  plan.world.records_max = one_of<size_t>(random, {7, 100'000, 100'000});
  if (plan.tier == config::Tier::kTrial) plan.world.records_max = 100'000;
  plan.world.too_large_status = random.chance(50) ? 413 : 400;
  plan.world.members_ready = 10;
  plan.deletes = random.chance(40);
  plan.file_percent = one_of<unsigned>(random, {0, 3, 15});
  plan.unreadable_percent = one_of<unsigned>(random, {0, 0, 5});
  plan.file_page_bytes = one_of<size_t>(random, {1, 700, 1'000'000});
  plan.backup_percent = random.chance(15) ? 3 : 0;
  plan.longest_pause = one_of(random, {30, 30, 24 * 16});
  if (control.injected) switch_off(plan.engine.policy, defect);
  show(plan, defect);
  plan.claims.run_min = one_of<size_t>(random, {1, 5, 5'000});
  plan.claims.runs_max = one_of<size_t>(random, {1, 3, 24});
  plan.claims.filter_min = one_of<size_t>(random, {10, 2'000'000});
  return plan;
}

config::JobSettings edited(const config::JobSettings& job, const Plan& plan, Random& random) {
  config::JobSettings out = job;
  switch (random.below(6)) {
    case 0:
      out.audience = fmt::format("audience{}", random.below(static_cast<uint64_t>(plan.audiences)));
      break;
    case 1:
      choose_identifiers(out, !job.mobile_id_field.empty(), random);
      break;
    case 2:
      out.consent_field = out.consent_field.empty() ? "consent" : "";
      break;
    case 3:
      choose_account(out, plan, random);
      break;
    case 4:
      choose_authorization(out, plan, random);
      break;
    default:
      out.flush_after = one_of<Millis>(random, {seconds{1}, seconds{10}, minutes{1}});
      out.records_per_request =
          plan.tier == config::Tier::kTrial ? 200 : one_of<uint32_t>(random, {1, 4, 40});
      break;
  }
  return out;
}

config::JobSettings edited_conversions(const config::JobSettings& job, const Plan& plan, Random& random) {
  using enum config::MembershipEvents;
  config::JobSettings out = job;
  switch (random.below(8)) {
    case 0:
      out.audience = fmt::format("audience{}", random.below(static_cast<uint64_t>(plan.audiences)));
      break;
    case 1:
      out.consent_field = out.consent_field.empty() ? "consent" : "";
      break;
    case 2:
      out.conversions.test_mode = !out.conversions.test_mode;
      break;
    case 3:
      out.conversions.membership_events = one_of(random, {kEntersAndExits, kEnters, kExits});
      break;
    case 4:
      choose_account(out, plan, random);
      break;
    case 5:
      choose_authorization(out, plan, random);
      break;
    case 6:
      out.conversions.existing_users = !out.conversions.existing_users;
      break;
    default:
      out.conversions.event_name_default = one_of(random, {"checkout", "lead"});
      out.conversions.event[0].field = one_of(random, {"order", "voucher"});
      break;
  }
  return out;
}

}  // namespace pinrelay::simulation
