#include "simulator/faults.h"

#include <algorithm>

namespace pinrelay::sim {
namespace {

using enum FaultKind;
using enum Applies;

constexpr std::array<FaultInfo, kFaultKinds> kTable{{
    {kThrottled, "throttled", 429, 8, kNever},
    {kTooLarge, "too_large", 413, 413, kNever},
    {kUnauthorized, "unauthorized", 401, 2, kNever},
    {kForbidden, "forbidden", 403, 29, kNever},
    {kNotFound, "not_found", 404, 1001, kNever},
    {kRequestTimeout, "request_timeout", 408, 408, kEither},
    {kInternalError, "internal_error", 500, 500, kEither},
    {kBadGateway, "bad_gateway", 502, 502, kEither},
    {kUnavailable, "unavailable", 503, 503, kEither},
    {kRampedDown, "ramped_down", 503, 4197, kEither},
    {kNeverAnswered, "never_answered", 0, 0, kEither},
    {kCutBeforeBody, "cut_before_body", 0, 0, kNever},
    {kCutAfterBody, "cut_after_body", 0, 0, kEither},
    {kHtml, "html", 200, 0, kAlways},
    {kTruncated, "truncated", 200, 0, kAlways},
    {kWrongType, "wrong_type", 200, 0, kAlways},
    {kSlow, "slow", 0, 0, kAlways},
    {kPartialFailure, "partial_failure", 0, 0, kAlways},
    {kUnprocessable, "unprocessable", 0, 0, kAlways},
    {kUnprocessableOpaque, "unprocessable_opaque", 0, 0, kAlways},
    {kWholeBody400, "whole_body_400", 0, 0, kAlways},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].kind) != i) return false;
  }
  return true;
}
static_assert(in_order(), "the table is indexed by kind");

Fault simple(FaultKind kind, bool applied = false) {
  Fault fault;
  fault.kind = kind;
  fault.applied = applied;
  return fault;
}

Fault throttled(std::optional<int> retry_after, std::optional<int> reset) {
  Fault fault = simple(kThrottled);
  fault.retry_after = retry_after;
  fault.reset = reset;
  return fault;
}

Fault slow(Millis delay) {
  Fault fault = simple(kSlow);
  fault.delay = delay;
  return fault;
}

// Ramped-down and 413 come only without the change: that is what they promise.
std::vector<FaultShare> profile_of(unsigned weight) {
  std::vector<FaultShare> shares{
      {throttled(2, std::nullopt), weight},
      {throttled(std::nullopt, 3), weight},
      {throttled(std::nullopt, std::nullopt), weight},
      {simple(kTooLarge), 1},
      {simple(kRampedDown), weight},
      {simple(kCutBeforeBody), weight},
      {simple(kHtml), weight},
      {simple(kTruncated), weight},
      {simple(kWrongType), weight},
      {slow(Millis{500}), 2 * weight},
  };
  for (const FaultKind kind :
       {kRequestTimeout, kInternalError, kBadGateway, kUnavailable, kNeverAnswered, kCutAfterBody}) {
    shares.push_back({simple(kind, true), weight});
    shares.push_back({simple(kind, false), weight});
  }
  return shares;
}

bool fits(FaultKind kind, std::string_view path) {
  return !is_about_events(kind) || path.ends_with("/events");
}

bool matches(const FaultRule& rule, std::string_view method, std::string_view path) {
  return fits(rule.fault.kind, path) && (rule.method.empty() || rule.method == method) &&
         (rule.path_part.empty() || path.find(rule.path_part) != std::string_view::npos);
}

}  // namespace

std::span<const FaultInfo> fault_table() { return kTable; }

const FaultInfo& fault_info(FaultKind kind) { return kTable[static_cast<size_t>(kind)]; }

const FaultInfo* find_fault(std::string_view name) {
  const auto at =
      std::find_if(kTable.begin(), kTable.end(), [&](const FaultInfo& info) { return info.name == name; });
  return at == kTable.end() ? nullptr : &*at;
}

bool is_about_events(FaultKind kind) { return kind >= kPartialFailure; }

bool leaves_unknown(FaultKind kind) {
  const bool told = kind == kRampedDown || kind == kSlow || is_about_events(kind);
  return fault_info(kind).applies != kNever && !told;
}

const FaultProfile* find_profile(std::string_view name) {
  static constexpr std::pair<std::string_view, FaultProfile> kProfiles[] = {
      {"none", FaultProfile::kNone}, {"light", FaultProfile::kLight}, {"heavy", FaultProfile::kHeavy}};
  for (const auto& [known, profile] : kProfiles) {
    if (known == name) return &profile;
  }
  return nullptr;
}

bool Fault::makes_change() const {
  const Applies applies = fault_info(kind).applies;
  return applies == kAlways || (applies == kEither && applied);
}

void Faults::set_profile(FaultProfile profile) {
  shares_.clear();
  if (profile == FaultProfile::kLight) shares_ = profile_of(2);
  if (profile == FaultProfile::kHeavy) shares_ = profile_of(18);
}

// Every matching rule counts the call, also when another one hits it: "skip" means calls, not luck.
std::optional<Fault> Faults::choose(std::string_view method, std::string_view path) {
  std::optional<Fault> chosen;
  for (FaultRule& rule : rules_) {
    if (rule.count == 0 || !matches(rule, method, path)) continue;
    if (rule.skip > 0) {
      --rule.skip;
    } else if (!chosen) {
      chosen = rule.fault;
      --rule.count;
    }
  }
  std::erase_if(rules_, [](const FaultRule& rule) { return rule.count == 0; });
  if (chosen || shares_.empty()) return chosen;
  uint64_t draw = random_.below(1000);
  for (const FaultShare& share : shares_) {
    if (draw < share.per_mille)
      return fits(share.fault.kind, path) ? std::optional(share.fault) : std::nullopt;
    draw -= share.per_mille;
  }
  return std::nullopt;
}

}  // namespace pinrelay::sim
