// From a conversions job's settings to what builds its events.
#pragma once

#include "config/checks.h"
#include "config/config.h"
#include "exports/reasons.h"
#include "pinterest/conversion_event.h"

namespace pinrelay::exports {

// The mapping of the settings, identifiers first, then event, then details: its i-th target reads the field
// mapped_fields()[i]. Targets that Pinterest does not have are left out; check_mappings tells them.
pinterest::EventMapping event_mapping(const config::ConversionSettings& settings);
std::vector<std::string> mapped_fields(const config::ConversionSettings& settings);

// What a person-change that has no event, and a value that was left out of one, count as.
Reason reason_of(pinterest::EventProblem problem);
Reason reason_of(pinterest::ValueProblem problem);

// What keeps the configuration's conversions jobs from starting; a config::MoreRules.
void check_mappings(const config::Config& config, const config::Positions& positions,
                    config::Problems& problems);

// What is allowed in a conversions job's settings and will hardly do what was meant; a sentence each.
std::vector<std::string> settings_warnings(const config::JobSettings& job);

// What the value of a consent field says: kNone when it plainly says yes. Nothing and a no are kNoConsent;
// what is neither is kConsentUnreadable, which is no consent either, but somebody's mistake.
Reason read_consent(store::ValueType type, ByteView value);
// Consent is refused by a value that plainly says so; null, empty and unreadable values say nothing.
bool says_no(store::ValueType type, ByteView value);

}  // namespace pinrelay::exports
