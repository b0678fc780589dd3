#include "job_book.h"

#include <fmt/format.h>

namespace pinrelay::simulation {

Rule rule_of(const config::JobSettings& job) {
  return {job.audience,        job.email_field,   job.sha256_email_field,
          job.mobile_id_field, job.consent_field, job.maid_case == config::MaidCase::kUpper};
}

KnownJob* JobBook::find(const std::string& name) {
  const auto found = jobs_.find(name);
  return found == jobs_.end() ? nullptr : &found->second;
}

KnownJob* JobBook::find(int number) {
  for (auto& [name, job] : jobs_)
    if (job.number == number) return &job;
  return nullptr;
}

void JobBook::pause_all() {
  for (auto& [name, job] : jobs_) job.paused = job.started;
}

std::string JobBook::list_of(const config::JobSettings& settings) {
  return settings.list ? settings.list->id : fmt::format("made {}", ++lists_made_);
}

bool JobBook::apply(const config::JobSettings& settings) {
  KnownJob& job = jobs_[settings.name];
  const bool is_new = job.number == 0;
  const bool was_named = job.settings.list.has_value();
  const bool moves = is_new || settings.ad_account != job.settings.ad_account ||
                     settings.list.has_value() != was_named ||
                     (settings.list && settings.list->id != job.settings.list->id);
  if (is_new) job.number = ++numbers_;
  if (moves) job.list = list_of(settings);
  job.settings = settings;
  return moves && !is_new;
}

}  // namespace pinrelay::simulation
