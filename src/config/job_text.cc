#include "config/job_text.h"

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "config/values.h"

namespace pinrelay::config {
namespace {

constexpr std::string_view kAudience = "audience_export", kConversions = "conversions_export";

// Letters first, and nothing that YAML or a reader could take for anything but a text.
bool plain(std::string_view text) {
  constexpr std::array<std::string_view, 10> kWords{"true", "false", "yes", "no", "on",
                                                    "off",  "null",  "y",   "n",  "~"};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  std::string low(text);
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return !text.empty() && letter(text[0]) && std::ranges::all_of(text, inner) &&
         std::ranges::find(kWords, low) == kWords.end();
}

// A JSON string is one of YAML, too.
std::string quoted_text(std::string_view text) {
  if (text.empty() || plain(text)) return std::string(text);
  std::string out;
  append_json_string(out, text);
  return out;
}

// Of a key that has a default: blank says that it is not to have one.
std::string blank_or(std::string_view text) { return text.empty() ? "\"\"" : quoted_text(text); }

std::string flag(bool value) { return value ? "true" : "false"; }

const ConversionSettings& c(const JobSettings& job) { return job.conversions; }

constexpr auto kTexts = std::to_array<JobText>({
    {"name", "", [](const JobSettings& j) { return quoted_text(j.name); }},
    {"type", "",
     [](const JobSettings& j) {
       return std::string(j.type == JobType::kConversionsExport ? kConversions : kAudience);
     }},
    {"label", "", [](const JobSettings& j) { return quoted_text(j.label); }},
    {"description", "", [](const JobSettings& j) { return quoted_text(j.description); }},
    {"authorization", "", [](const JobSettings& j) { return quoted_text(j.authorization); }},
    {"audience", "", [](const JobSettings& j) { return quoted_text(j.audience); }},
    {"ad_account", "", [](const JobSettings& j) { return quoted_text(j.ad_account); }},
    {"list", kAudience, nullptr},
    {"list.id", kAudience, [](const JobSettings& j) { return j.list ? quoted_text(j.list->id) : ""; }},
    {"list.type", kAudience,
     [](const JobSettings& j) {
       return std::string(!j.list ? "" : j.list->type == ListType::kMaid ? "MAID" : "EMAIL");
     }},
    {"list.shared", kAudience,
     [](const JobSettings& j) { return std::string(j.list && j.list->shared ? "true" : ""); }},
    {"list_prefix", kAudience, [](const JobSettings& j) { return blank_or(j.list_prefix); }},
    {"create_audience", kAudience, [](const JobSettings& j) { return flag(j.create_audience); }},
    {"identifiers", kAudience, [](const JobSettings& j) { return mapping_text(list_identifiers(j)); }},
    {"maid_case", kAudience,
     [](const JobSettings& j) { return std::string(j.maid_case == MaidCase::kUpper ? "upper" : "lower"); }},
    {"consent_field", "", [](const JobSettings& j) { return quoted_text(j.consent_field); }},
    {"flush", kAudience, nullptr},
    {"flush.after", kAudience, [](const JobSettings& j) { return format_duration(j.flush_after.count()); }},
    {"flush.users", kAudience, [](const JobSettings& j) { return std::to_string(j.flush_users); }},
    {"records_per_request", kAudience,
     [](const JobSettings& j) { return std::to_string(j.records_per_request); }},
    {"settle_after_unknown", kAudience,
     [](const JobSettings& j) { return format_duration(j.settle_after_unknown.count()); }},
    {"settle_after_success", kAudience,
     [](const JobSettings& j) { return format_duration(j.settle_after_success.count()); }},
    {"brake", kAudience, nullptr},
    {"brake.enabled", kAudience, [](const JobSettings& j) { return flag(j.brake.enabled); }},
    {"brake.percent", kAudience, [](const JobSettings& j) { return std::to_string(j.brake.percent); }},
    {"brake.people", kAudience, [](const JobSettings& j) { return std::to_string(j.brake.people); }},
    {"reassert", kAudience,
     [](const JobSettings& j) { return std::string(j.reassert_weekly ? "weekly" : "never"); }},
    {"identifiers", kConversions, [](const JobSettings& j) { return mapping_text(c(j).identifiers); }},
    {"event", kConversions, [](const JobSettings& j) { return mapping_text(c(j).event); }},
    {"details", kConversions, [](const JobSettings& j) { return mapping_text(c(j).details); }},
    {"action_source_default", kConversions,
     [](const JobSettings& j) { return quoted_text(c(j).action_source_default); }},
    {"event_name_default", kConversions,
     [](const JobSettings& j) { return quoted_text(c(j).event_name_default); }},
    {"partner_name_default", kConversions,
     [](const JobSettings& j) { return quoted_text(c(j).partner_name_default); }},
    {"existing_users", kConversions, [](const JobSettings& j) { return flag(c(j).existing_users); }},
    {"membership_events", kConversions,
     [](const JobSettings& j) {
       const MembershipEvents events = c(j).membership_events;
       return std::string(events == MembershipEvents::kEnters  ? "enters"
                          : events == MembershipEvents::kExits ? "exits"
                                                               : "enters_and_exits");
     }},
    {"on_event_time_unparsable", kConversions,
     [](const JobSettings& j) {
       return std::string(c(j).on_event_time_unparsable == UnparsableTime::kNow ? "now" : "reject");
     }},
    {"event_max_age", kConversions,
     [](const JobSettings& j) { return format_duration(c(j).event_max_age.count()); }},
    {"date_order", kConversions,
     [](const JobSettings& j) {
       return std::string(c(j).date_order == DateOrder::kMonthFirst ? "month_first" : "day_first");
     }},
    {"time_zone", kConversions, [](const JobSettings& j) { return quoted_text(c(j).time_zone); }},
    {"default_country", kConversions, [](const JobSettings& j) { return quoted_text(c(j).default_country); }},
    {"content_ids_separator", kConversions,
     [](const JobSettings& j) { return quoted_text(c(j).content_ids_separator); }},
    {"test_mode", kConversions, [](const JobSettings& j) { return flag(c(j).test_mode); }},
});

bool concerns(const JobText& row, JobType type) {
  if (row.text == nullptr) return false;  // a group
  return row.only_type.empty() || (row.only_type == kConversions) == (type == JobType::kConversionsExport);
}

void append_secret(std::string& out, const SecretFile& secret) {
  if (!secret.credential.empty()) {
    out += "    token: {credential: " + quoted_text(secret.credential) + "}\n";
  } else if (!secret.path.empty()) {
    out += "    token: {file: " + quoted_text(secret.path) + "}\n";
  }
}

// In the shortest form that says it.
std::string mapping_entry_text(const MappedField& mapped) {
  const std::string to = quoted_text(mapped.target);
  if (mapped.is_constant()) return "{constant: " + quoted_text(mapped.standard) + ", to: " + to + "}";
  if (mapped.others.empty() && mapped.standard.empty())
    return "{" + quoted_text(mapped.field) + ": " + to + "}";
  std::string source = "field: " + quoted_text(mapped.field);
  if (!mapped.others.empty()) {
    source = "first_of: [" + quoted_text(mapped.field);
    for (const std::string& other : mapped.others) source += ", " + quoted_text(other);
    source += "]";
  }
  const std::string standard = mapped.standard.empty() ? "" : ", default: " + quoted_text(mapped.standard);
  return "{" + source + ", to: " + to + standard + "}";
}

}  // namespace

std::vector<MappedField> list_identifiers(const JobSettings& job) {
  std::vector<MappedField> out;
  if (!job.email_field.empty()) out.push_back({job.email_field, "email"});
  if (!job.sha256_email_field.empty()) out.push_back({job.sha256_email_field, "sha256_email"});
  if (!job.mobile_id_field.empty()) out.push_back({job.mobile_id_field, "mobile_id"});
  return out;
}

std::span<const JobText> job_texts() { return kTexts; }

std::string mapping_text(const std::vector<MappedField>& fields) {
  std::string out;
  for (const MappedField& each : fields) out += (out.empty() ? "[" : ", ") + mapping_entry_text(each);
  return out.empty() ? out : out + "]";
}

std::vector<JobDifference> job_differences(const JobSettings& file, const JobSettings& running) {
  std::vector<JobDifference> out;
  for (const JobText& row : kTexts) {
    const std::string one = concerns(row, file.type) ? row.text(file) : "";
    const std::string other = concerns(row, running.type) ? row.text(running) : "";
    if (one != other) out.push_back({std::string(row.key), one, other});
  }
  return out;
}

std::string job_yaml(const JobSettings& job, const Authorization& authorization) {
  std::string out = "authorizations:\n  - name: " + quoted_text(authorization.name) + "\n";
  if (authorization.method == Method::kConversionToken) out += "    method: conversion_token\n";
  append_secret(out, authorization.token);
  if (!authorization.ad_account.empty())
    out += "    ad_account: " + quoted_text(authorization.ad_account) + "\n";
  if (authorization.tier == Tier::kTrial) out += "    tier: trial\n";
  out += "jobs:\n";
  const JobSettings standard{};
  std::string_view group;
  for (const JobText& row : kTexts) {
    if (!concerns(row, job.type)) continue;
    const std::string text = row.text(job);
    const bool as_without = row.key == "label" ? job.label == job.name : text == row.text(standard);
    if (text.empty() || (as_without && row.key != "type")) continue;
    const size_t dot = row.key.find('.');
    const std::string_view in = dot == std::string_view::npos ? std::string_view() : row.key.substr(0, dot);
    if (!in.empty() && in != group) out.append("    ").append(in).append(":\n");
    group = in;
    out += row.key == "name" ? "  - " : in.empty() ? "    " : "      ";
    out.append(in.empty() ? row.key : row.key.substr(dot + 1)).append(": ").append(text).append("\n");
  }
  return out;
}

}  // namespace pinrelay::config
