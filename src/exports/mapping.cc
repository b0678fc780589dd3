#include "exports/mapping.h"

#include <fmt/format.h>

#include <algorithm>

#include "identity/blank.h"
#include "identity/flag.h"
#include "identity/person.h"
#include "identity/place.h"

namespace pinrelay::exports {
namespace {

using config::ConversionSettings;
using config::JobSettings;
using config::MappedField;
using pinterest::ConversionField;
using pinterest::Group;

// f(group, our field and its target), in the order of the mapping.
template <typename F>
void each_mapped(const ConversionSettings& settings, F f) {
  for (const MappedField& mapped : settings.identifiers) f(Group::kIdentifier, mapped);
  for (const MappedField& mapped : settings.event) f(Group::kEvent, mapped);
  for (const MappedField& mapped : settings.details) f(Group::kDetails, mapped);
}

class MappingRules {
 public:
  MappingRules(const JobSettings& job, std::string path, const config::Positions& positions,
               config::Problems& problems)
      : settings_(job.conversions), path_(std::move(path)), positions_(positions), problems_(problems) {}

  void check() {
    size_t index[3] = {0, 0, 0};
    each_mapped(settings_, [&](Group group, const MappedField& mapped) {
      const auto key = pinterest::to_text(group);
      const std::string path = fmt::format("{}.{}[{}]", path_, key, index[static_cast<size_t>(group)]++);
      if (!mapped.target.empty()) check_target(group, mapped, path);  // else the loader has told why
    });
    check_values();
    for (const std::string_view key : {"identifiers", "event", "details"})
      if (problems_.within(fmt::format("{}.{}", path_, key))) return;
    for (const pinterest::MappingProblem& problem : pinterest::check_mapping(event_mapping(settings_)))
      add(path_, problem.code, std::string(problem.message), std::string(problem.fix));
  }

 private:
  void check_target(Group group, const MappedField& mapped, const std::string& path) {
    const ConversionField* field = pinterest::find_conversion_field(mapped.target);
    if (field == nullptr) {
      const ConversionField* near = pinterest::suggest_conversion_field(mapped.target);
      return add(path, "unknown_target",
                 fmt::format("Pinterest has no field {}", config::quoted(mapped.target)),
                 near != nullptr ? fmt::format("Did you mean {}?", near->target)
                                 : "See docs/reference/conversion-fields.md for the fields there are");
    }
    if (field->group != group)
      return add(path, "wrong_mapping", fmt::format("{} does not belong here", mapped.target),
                 fmt::format("Move it to {}", pinterest::to_text(field->group)));
    const bool fixed = !mapped.standard.empty();
    const auto excludes = [&](const auto& each) {
      if (each.first != field) return false;
      const bool constant = mapped.is_constant() || each.second->is_constant();
      return !takes_several(*field) || constant || (fixed && !each.second->standard.empty());
    };
    if (std::ranges::any_of(targets_, excludes))
      return add(path, "duplicate_target", fmt::format("{} is mapped twice", mapped.target),
                 "Keep one of them");
    targets_.emplace_back(field, &mapped);
    if (fixed) check_fixed(*field, mapped, path + (mapped.is_constant() ? ".constant" : ".default"));
  }

  // Never one identity for everybody, and nothing that Pinterest would not take.
  void check_fixed(const ConversionField& field, const MappedField& mapped, const std::string& path) {
    using enum pinterest::Fixed;
    const pinterest::Fixed may = pinterest::may_be_fixed(field);
    if (may == kNever || (may == kConstant && !mapped.is_constant()))
      return add(path, "constant_not_allowed", fmt::format("{} is not the same for everybody", mapped.target),
                 "Map one of our fields, or `first_of` several");
    if (field.reading == pinterest::Reading::kOptOut && !identity::read_flag(mapped.standard).value_or(false))
      return add(path, "bad_constant", "nobody can be said not to have opted out",
                 "Leave it out: without a value nobody has");
    const auto problem = pinterest::check_fixed({&field, mapped.standard});
    if (problem != pinterest::ValueProblem::kNone)
      return add(path, "bad_constant",
                 fmt::format("{} cannot be {}: {}", mapped.target, config::quoted(mapped.standard),
                             pinterest::to_text(problem)),
                 "See docs/reference/conversion-fields.md for what the field takes");
    const std::pair<std::string_view, const std::string&> defaults[] = {
        {"event_name", settings_.event_name_default},
        {"action_source", settings_.action_source_default},
        {"partner_name", settings_.partner_name_default}};
    for (const auto& [target, text] : defaults)
      if (target == mapped.target && !text.empty())
        add(path, "two_defaults", fmt::format("{}_default is set as well", target), "Keep one of them");
  }

  void check_values() {
    if (!settings_.event_name_default.empty() &&
        pinterest::find_event_name(settings_.event_name_default) == nullptr)
      add(path_ + ".event_name_default", "unknown_event_name",
          fmt::format("Pinterest knows no event {}", config::quoted(settings_.event_name_default)),
          "Use one of docs/reference/conversion-fields.md; custom is for events of your own");
    if (!identity::is_time_zone(settings_.time_zone))
      add(path_ + ".time_zone", "unknown_time_zone",
          fmt::format("there is no time zone {}", config::quoted(settings_.time_zone)),
          "Write its IANA name, such as Europe/Berlin");
    std::string code, small;
    const std::string& country = settings_.default_country;
    const bool known = identity::fold(country, small) && identity::countries().normalise(country, code);
    if (!country.empty() && (!known || code != small))
      add(path_ + ".default_country", "unknown_country",
          fmt::format("there is no country {}", config::quoted(country)),
          "Write its two letters of ISO 3166-1, such as DE");
  }

  void add(const std::string& path, std::string_view code, std::string message, std::string fix) {
    const auto at = positions_.find(path);
    problems_.add(at == positions_.end() ? config::Position{} : at->second, path,
                  Error{ErrorKind::kInvalid, std::string(code), std::move(message), "", std::move(fix)});
  }

  const ConversionSettings& settings_;
  const std::string path_;
  const config::Positions& positions_;
  config::Problems& problems_;
  std::vector<std::pair<const ConversionField*, const MappedField*>> targets_;  // so far
};

}  // namespace

pinterest::EventMapping event_mapping(const ConversionSettings& settings) {
  pinterest::EventMapping out;
  each_mapped(settings, [&](Group, const MappedField& mapped) {
    const ConversionField* field = pinterest::find_conversion_field(mapped.target);
    if (field == nullptr) return;
    if (!mapped.is_constant()) out.targets.push_back(field);
    for (size_t i = 0; i < mapped.others.size(); ++i) {
      out.alternatives.push_back(out.targets.size());
      out.targets.push_back(field);
    }
    if (!mapped.standard.empty()) out.fixed.push_back({field, mapped.standard});
  });
  out.action_source_default = settings.action_source_default;
  out.event_name_default = settings.event_name_default;
  out.partner_name_default = settings.partner_name_default;
  out.now_when_unparsable = settings.on_event_time_unparsable == config::UnparsableTime::kNow;
  out.event_max_age = settings.event_max_age;
  out.date_order = settings.date_order == config::DateOrder::kDayFirst ? identity::DateOrder::kDayFirst
                                                                       : identity::DateOrder::kMonthFirst;
  out.time_zone = settings.time_zone;
  std::ranges::transform(settings.default_country, std::back_inserter(out.default_country),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  out.content_ids_separator = settings.content_ids_separator;
  return out;
}

std::vector<std::string> mapped_fields(const ConversionSettings& settings) {
  std::vector<std::string> out;
  each_mapped(settings, [&](Group, const MappedField& mapped) {
    if (pinterest::find_conversion_field(mapped.target) == nullptr) return;
    if (!mapped.is_constant()) out.push_back(mapped.field);
    out.insert(out.end(), mapped.others.begin(), mapped.others.end());
  });
  return out;
}

Reason reason_of(pinterest::EventProblem problem) { return reason_named(pinterest::to_text(problem)); }

Reason reason_of(pinterest::ValueProblem problem) {
  // By these names a list export calls a person who has no identifier at all.
  if (problem == pinterest::ValueProblem::kInvalidEmail) return Reason::kEmailLeftOut;
  if (problem == pinterest::ValueProblem::kWrongHash) return Reason::kHashLeftOut;
  if (problem == pinterest::ValueProblem::kInvalidMaid) return Reason::kMaidLeftOut;
  return reason_named(pinterest::to_text(problem));
}

void check_mappings(const config::Config& config, const config::Positions& positions,
                    config::Problems& problems) {
  for (size_t i = 0; i < config.jobs.size(); ++i) {
    std::string path = fmt::format("jobs[{}]", i);
    if (config.jobs[i].type == config::JobType::kConversionsExport && positions.contains(path))
      MappingRules(config.jobs[i], std::move(path), positions, problems).check();
  }
}

std::vector<std::string> settings_warnings(const config::JobSettings& job) {
  constexpr Millis kAccepted{7LL * 24 * 3600'000};
  std::vector<std::string> out;
  if (job.type == config::JobType::kConversionsExport && job.conversions.event_max_age > kAccepted)
    out.push_back(fmt::format(
        "job {}: event_max_age is above 7 days, and Pinterest is expected to refuse events that are older; "
        "leave it at 7d unless your ad account is known to take them",
        job.name));
  return out;
}

Reason read_consent(store::ValueType type, ByteView value) {
  if (type == store::ValueType::kNull) return Reason::kNoConsent;
  if (type == store::ValueType::kArray) return Reason::kConsentUnreadable;
  const std::string_view text = identity::trim(as_text(value));
  if (const auto flag = identity::read_flag(text)) return *flag ? Reason::kNone : Reason::kNoConsent;
  const bool empty = text.empty() || identity::is_placeholder(text);
  return empty ? Reason::kNoConsent : Reason::kConsentUnreadable;
}

bool says_no(store::ValueType type, ByteView value) {
  if (type == store::ValueType::kNull || type == store::ValueType::kArray) return false;
  const auto flag = identity::read_flag(identity::trim(as_text(value)));
  return flag && !*flag;
}

}  // namespace pinrelay::exports
