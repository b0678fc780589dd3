// The closed table of reasons why a person-change was not sent, and of what is noted about those that were.
// The numbers are stored: append, never renumber.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pinrelay::exports {

enum class Reason : uint8_t {
  kNone = 0,
  kMissingIdentifier,
  kInvalidEmail,
  kWrongHash,
  kInvalidMaid,
  kNoConsent,
  kNoChange,
  kSuperseded,
  kSharedIdentifier,
  kRejectedByPinterest,
  kTooLarge,
  // Conversions.
  kMissingEventId,
  kEventIdTooLong,
  kMissingEventName,
  kUnknownEventName,
  kMissingActionSource,
  kUnknownActionSource,
  kEventTimeUnparsable,
  kEventInFuture,
  kEventTooOld,
  kDuplicateEvent,
  kSuppressed,
  kTestMode,
  kJobDeleted,
  kUncertain,
  kLate,
  kAmbiguousTime,
  kNewerEventName,
  kLimitedWithoutPlace,
  kPlaceholder,
  kInvalidPhone,
  kInvalidName,
  kInvalidGender,
  kInvalidBirthDate,
  kInvalidCity,
  kInvalidState,
  kInvalidZip,
  kInvalidCountry,
  kInvalidIp,
  kPrivateIp,
  kInvalidUserAgent,
  kInvalidUrl,
  kInvalidLanguage,
  kInvalidCurrency,
  kInvalidNumber,
  kOutOfRange,
  kInvalidFlag,
  kUnknownChoice,
  kTooLong,
  kUnevenContents,
  kEmailLeftOut,
  kHashLeftOut,
  kMaidLeftOut,
  kMayCountTwice,
  kConsentUnreadable,
  kCurrencyConflict,
  kInvalidTime,
  kEmailInClear,
  kUrlCleaned,
  kEmailInId,
  kOptOutAssumed,
  kCount,
};

// Which counter a person with that reason goes to. A note is no outcome: it counts beside one.
enum class OutcomeClass : uint8_t { kOmitted, kInvalid, kRejected, kUncertain, kNote };

struct ReasonInfo {
  Reason reason;
  std::string_view name;
  OutcomeClass outcome;
  std::string_view meaning;
  std::string_view fix;
};

constexpr std::array<ReasonInfo, static_cast<size_t>(Reason::kCount)> kReasons{{
    {Reason::kNone, "none", OutcomeClass::kOmitted, "nothing stands in the way", ""},
    {Reason::kMissingIdentifier, "missing_identifier", OutcomeClass::kInvalid,
     "a member without a value in any mapped identifier field", "fill the field, or map another one"},
    {Reason::kInvalidEmail, "invalid_email", OutcomeClass::kInvalid,
     "the mapped value is not an e-mail address", "correct the address"},
    {Reason::kWrongHash, "wrong_hash", OutcomeClass::kInvalid,
     "the value looks like MD5 or SHA-1, or is the hash of nothing; Pinterest could not match it",
     "send the address itself or its SHA-256"},
    {Reason::kInvalidMaid, "invalid_maid", OutcomeClass::kInvalid,
     "the value is not a mobile ad id (a UUID), or is all zeros",
     "map the field that holds the device's ad id"},
    {Reason::kNoConsent, "no_consent", OutcomeClass::kOmitted, "the consent field is not true",
     "nothing: a list gets the person when they consent; a conversion that was left out is not made later"},
    {Reason::kNoChange, "no_change", OutcomeClass::kOmitted,
     "the list was already as wished, or the wish went back before anything was sent", ""},
    {Reason::kSuperseded, "superseded", OutcomeClass::kOmitted,
     "a newer change of the same identifier took its place before it was sent", ""},
    {Reason::kSharedIdentifier, "shared_identifier", OutcomeClass::kOmitted,
     "another member has the same identifier, so it stays on the list", ""},
    {Reason::kRejectedByPinterest, "rejected_by_pinterest", OutcomeClass::kRejected,
     "Pinterest refused this record when it stood alone in a request",
     "correct the value; it is sent again when it changes, or by 'pinrelay job retry'"},
    {Reason::kTooLarge, "too_large", OutcomeClass::kRejected,
     "Pinterest found a request of one record too large", "report this"},
    {Reason::kMissingEventId, "missing_event_id", OutcomeClass::kInvalid,
     "the field mapped to event_id is empty", "fill it; without an id nobody can tell two conversions apart"},
    {Reason::kEventIdTooLong, "event_id_too_long", OutcomeClass::kInvalid,
     "the event id has more than 1024 characters", "map a shorter one"},
    {Reason::kMissingEventName, "missing_event_name", OutcomeClass::kInvalid,
     "there is no event name and no default", "fill the mapped field or set event_name_default"},
    {Reason::kUnknownEventName, "unknown_event_name", OutcomeClass::kInvalid, "Pinterest knows no such event",
     "use one of docs/reference/conversion-fields.md"},
    {Reason::kMissingActionSource, "missing_action_source", OutcomeClass::kInvalid,
     "there is no action source and no default", "fill the mapped field or set action_source_default"},
    {Reason::kUnknownActionSource, "unknown_action_source", OutcomeClass::kInvalid,
     "the action source is none of app_android, app_ios, web, offline", "correct the value"},
    {Reason::kEventTimeUnparsable, "event_time_unparsable", OutcomeClass::kInvalid,
     "the event time cannot be read", "write it as a date, or set on_event_time_unparsable: now"},
    {Reason::kEventInFuture, "event_in_future", OutcomeClass::kInvalid,
     "the event time is more than 5 minutes ahead", "correct the value or the time zone"},
    {Reason::kEventTooOld, "event_too_old", OutcomeClass::kInvalid, "the event is older than event_max_age",
     "Pinterest would not use it"},
    {Reason::kDuplicateEvent, "duplicate_event", OutcomeClass::kOmitted,
     "an event of that name and id was sent to the ad account before", ""},
    {Reason::kSuppressed, "suppressed", OutcomeClass::kOmitted,
     "the person was deleted before the event was sent", ""},
    {Reason::kTestMode, "test_mode", OutcomeClass::kOmitted,
     "the job is in test mode: Pinterest looked at the event and recorded nothing",
     "set test_mode: false for real sending"},
    {Reason::kJobDeleted, "job_deleted", OutcomeClass::kOmitted,
     "the job was stopped before the event was sent", ""},
    {Reason::kUncertain, "uncertain", OutcomeClass::kUncertain,
     "whether Pinterest has the event is not known, and a repeat could count twice", ""},
    {Reason::kLate, "late", OutcomeClass::kNote,
     "older than an hour when it was frozen: offline at Pinterest, reporting only", "send sooner"},
    {Reason::kAmbiguousTime, "ambiguous_time", OutcomeClass::kNote,
     "day and month of the event time could be the other way round", "write dates as 2026-01-31"},
    {Reason::kNewerEventName, "newer_event_name", OutcomeClass::kNote,
     "the event name is newer than Pinterest's official description", ""},
    {Reason::kLimitedWithoutPlace, "limited_without_place", OutcomeClass::kNote,
     "Limited Data Processing without state and country, which Pinterest then ignores", "map st and country"},
    {Reason::kPlaceholder, "placeholder", OutcomeClass::kNote, "a value such as null or n/a was left out",
     ""},
    {Reason::kInvalidPhone, "invalid_phone", OutcomeClass::kNote, "a phone number was left out",
     "write it with its country, or set default_country"},
    {Reason::kInvalidName, "invalid_name", OutcomeClass::kNote, "a name without a letter was left out", ""},
    {Reason::kInvalidGender, "invalid_gender", OutcomeClass::kNote, "a gender was left out", "use f, m or n"},
    {Reason::kInvalidBirthDate, "invalid_birth_date", OutcomeClass::kNote, "a date of birth was left out",
     "write it as 1990-01-31"},
    {Reason::kInvalidCity, "invalid_city", OutcomeClass::kNote, "a city without a letter was left out", ""},
    {Reason::kInvalidState, "invalid_state", OutcomeClass::kNote, "a state was left out",
     "use its two-letter code"},
    {Reason::kInvalidZip, "invalid_zip", OutcomeClass::kNote, "a postal code was left out",
     "Pinterest takes those of digits only"},
    {Reason::kInvalidCountry, "invalid_country", OutcomeClass::kNote, "a country was left out",
     "use its two-letter code"},
    {Reason::kInvalidIp, "invalid_ip", OutcomeClass::kNote, "an IP address was left out", "map one address"},
    {Reason::kPrivateIp, "private_ip", OutcomeClass::kNote,
     "an IP address that is not the visitor's was left out", "map the address in front of the proxy"},
    {Reason::kInvalidUserAgent, "invalid_user_agent", OutcomeClass::kNote,
     "a user agent that no person looks through was left out", "map the visitor's"},
    {Reason::kInvalidUrl, "invalid_url", OutcomeClass::kNote, "an address of a page was left out",
     "map whole addresses with https://"},
    {Reason::kInvalidLanguage, "invalid_language", OutcomeClass::kNote, "a language was left out",
     "use two letters of ISO 639-1"},
    {Reason::kInvalidCurrency, "invalid_currency", OutcomeClass::kNote, "a currency was left out",
     "use three letters of ISO 4217"},
    {Reason::kInvalidNumber, "invalid_number", OutcomeClass::kNote, "a number was left out",
     "write it plainly, with a decimal point"},
    {Reason::kOutOfRange, "out_of_range", OutcomeClass::kNote,
     "a number outside Pinterest's limits was left out", ""},
    {Reason::kInvalidFlag, "invalid_flag", OutcomeClass::kNote,
     "a value that is neither yes nor no was left out", ""},
    {Reason::kUnknownChoice, "unknown_choice", OutcomeClass::kNote,
     "a value that is not among Pinterest's choices was left out", ""},
    {Reason::kTooLong, "too_long", OutcomeClass::kNote, "a text beyond Pinterest's limit was left out", ""},
    {Reason::kUnevenContents, "uneven_contents", OutcomeClass::kNote,
     "fields mapped to contents have different numbers of values", "keep the lists of a person equally long"},
    {Reason::kEmailLeftOut, "email_left_out", OutcomeClass::kNote,
     "a value that is no e-mail address was left out", "correct the address"},
    {Reason::kHashLeftOut, "hash_left_out", OutcomeClass::kNote,
     "an MD5, a SHA-1 or the hash of nothing was left out", "send the value itself or its SHA-256"},
    {Reason::kMaidLeftOut, "maid_left_out", OutcomeClass::kNote,
     "a value that is no mobile ad id was left out", ""},
    {Reason::kMayCountTwice, "may_count_twice", OutcomeClass::kNote,
     "sent again because an answer was missing, as an offline event, which Pinterest does not recognise as a "
     "repeat",
     ""},
    {Reason::kConsentUnreadable, "consent_unreadable", OutcomeClass::kOmitted,
     "the consent field holds a value that is neither yes nor no, so the person is treated as without "
     "consent",
     "write yes or no, true or false, t or f, 1 or 0"},
    {Reason::kCurrencyConflict, "currency_conflict", OutcomeClass::kNote,
     "an amount was left out because the sign or code beside it contradicts the event's currency",
     "map the currency of the amount"},
    {Reason::kInvalidTime, "invalid_time", OutcomeClass::kNote, "a time that cannot be read was left out",
     "write it as 2026-01-31T12:00:00Z"},
    {Reason::kEmailInClear, "email_in_clear", OutcomeClass::kNote,
     "a value that holds an e-mail address was left out of a field that is sent unhashed",
     "map another field there"},
    {Reason::kUrlCleaned, "url_cleaned", OutcomeClass::kNote,
     "an e-mail address or a login was cut out of the address of a page", ""},
    {Reason::kEmailInId, "email_in_id", OutcomeClass::kNote,
     "an event id or click id holds an e-mail address and was sent as it is",
     "use ids that say nothing about the person"},
    {Reason::kOptOutAssumed, "opt_out_assumed", OutcomeClass::kNote,
     "an opt-out value that is neither yes nor no was taken for a yes", "write true or false"},
}};

constexpr const ReasonInfo& info(Reason reason) { return kReasons[static_cast<size_t>(reason)]; }

// kNone when there is none of that name.
constexpr Reason reason_named(std::string_view name) {
  for (const ReasonInfo& info : kReasons)
    if (info.name == name) return info.reason;
  return Reason::kNone;
}

static_assert([] {
  for (size_t i = 0; i < kReasons.size(); ++i) {
    if (static_cast<size_t>(kReasons[i].reason) != i || kReasons[i].name.empty()) return false;
  }
  return true;
}());

}  // namespace pinrelay::exports
