// How one value becomes what Pinterest takes: hashed, or in clear.
#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "identity/ascii.h"
#include "identity/blank.h"
#include "identity/clear_text.h"
#include "identity/detail.h"
#include "identity/flag.h"
#include "identity/money.h"
#include "identity/place.h"
#include "identity/visitor.h"
#include "pinterest/conversion_event.h"

namespace pinrelay::pinterest {
namespace {

using identity::is_placeholder;
using identity::read_flag;
using identity::trim;

identity::IdentifierKind kind_of(Reading reading) {
  using identity::IdentifierKind;
  switch (reading) {
    case Reading::kMaid:
      return IdentifierKind::kMaid;
    case Reading::kPhone:
      return IdentifierKind::kPhone;
    case Reading::kName:
      return IdentifierKind::kName;
    case Reading::kGender:
      return IdentifierKind::kGender;
    case Reading::kBirthDate:
      return IdentifierKind::kBirthDate;
    case Reading::kCity:
      return IdentifierKind::kCity;
    case Reading::kState:
      return IdentifierKind::kState;
    case Reading::kZip:
      return IdentifierKind::kZip;
    case Reading::kCountry:
      return IdentifierKind::kCountry;
    case Reading::kExternalId:
      return IdentifierKind::kExternalId;
    default:
      return IdentifierKind::kEmail;
  }
}

ValueProblem problem_of(identity::Problem problem) {
  using identity::Problem;
  switch (problem) {
    case Problem::kNone:
      return ValueProblem::kNone;
    case Problem::kMissing:
      return ValueProblem::kPlaceholder;
    case Problem::kInvalidEmail:
      return ValueProblem::kInvalidEmail;
    case Problem::kWrongHash:
      return ValueProblem::kWrongHash;
    case Problem::kInvalidMaid:
      return ValueProblem::kInvalidMaid;
    case Problem::kInvalidPhone:
      return ValueProblem::kInvalidPhone;
    case Problem::kInvalidName:
      return ValueProblem::kInvalidName;
    case Problem::kInvalidGender:
      return ValueProblem::kInvalidGender;
    case Problem::kInvalidBirthDate:
      return ValueProblem::kInvalidBirthDate;
    case Problem::kInvalidCity:
      return ValueProblem::kInvalidCity;
    case Problem::kInvalidState:
      return ValueProblem::kInvalidState;
    case Problem::kInvalidZip:
      return ValueProblem::kInvalidZip;
    case Problem::kInvalidCountry:
      return ValueProblem::kInvalidCountry;
  }
  return ValueProblem::kWrongHash;
}

// What a detail that cannot be read has for a reason.
ValueProblem problem_of(Reading reading) {
  switch (reading) {
    case Reading::kTime:
      return ValueProblem::kInvalidTime;
    case Reading::kUserAgent:
      return ValueProblem::kInvalidUserAgent;
    case Reading::kUrl:
      return ValueProblem::kInvalidUrl;
    case Reading::kLanguage:
      return ValueProblem::kInvalidLanguage;
    case Reading::kCurrency:
      return ValueProblem::kInvalidCurrency;
    case Reading::kMoney:
    case Reading::kInteger:
      return ValueProblem::kInvalidNumber;
    case Reading::kFlag:
      return ValueProblem::kInvalidFlag;
    default:
      return ValueProblem::kUnknownChoice;
  }
}

// Two digits of each byte.
constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t i = 0; i < 256; ++i) pairs[i] = {"0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15]};
  return pairs;
}();

void append_hash(std::string& out, const Hash& hash) {
  char text[2 * sizeof(Hash) + 2];
  char* at = text;
  *at++ = '"';
  for (const uint8_t byte : hash) at = std::copy_n(kHexPairs[byte].data(), 2, at);
  *at++ = '"';
  out.append(text, at);
}

std::string find_choice(std::string_view choices, std::string_view text) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  while (!choices.empty()) {
    const size_t end = std::min(choices.find(' '), choices.size());
    if (std::ranges::equal(text, choices.substr(0, end), same)) return std::string(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return {};
}

}  // namespace

int64_t characters(std::string_view text) {
  int64_t count = 0;
  for (size_t i = 0; i < text.size(); ++count) i += decode_utf8(text.substr(i)).size;
  return count;
}

void append_integer(std::string& out, int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::optional<std::string> EventBuilder::normalised(const ConversionField& field, std::string_view text) {
  CHECK(field.hashed());
  if (!hasher_.extract(kind_of(field.reading), trim(text), reading_).ok()) return std::nullopt;
  const std::string_view plain = hasher_.normalised();
  return plain.empty() ? std::nullopt : std::optional(std::string(plain));
}

// By the event's own country, else by the job's.
bool EventBuilder::lives_in_usa() {
  std::string country;
  const std::string_view text = any_text(entry_of(Reading::kCountry));
  if (text.empty()) return mapping_.default_country == "US";
  return identity::countries().normalise(text, country) && country == "us";
}

ValueProblem EventBuilder::append_hashed(const ConversionField& field, std::string_view text,
                                         std::string& out) {
  // Asked only where it decides: of a state in digits.
  reading_.in_usa = field.reading == Reading::kState && identity::is_digit(text.back()) && lives_in_usa();
  const identity::Extracted extracted = hasher_.extract(kind_of(field.reading), text, reading_);
  if (!extracted.ok()) return problem_of(extracted.problem);
  append_hash(out, extracted.hash);
  // Pinterest's documents disagree about the case of these two, and under Limited Data Processing they
  // decide.
  const bool both = limited_ && (field.reading == Reading::kState || field.reading == Reading::kCountry);
  if (both && !hasher_.normalised().empty()) {
    out += ',';
    append_hash(out, hasher_.hash_of_capitals());
  }
  return ValueProblem::kNone;
}

ValueProblem EventBuilder::append_value(const ConversionField& field, std::string_view text,
                                        std::string& out) {
  if (field.hashed()) return append_hashed(field, text, out);
  if (field.reading == Reading::kOptOut) {
    const std::optional<bool> flag = read_flag(text);
    if (!flag) event_.dropped.push_back({&field, ValueProblem::kOptOutAssumed});
    out += flag.value_or(true) ? "true" : "false";
    return ValueProblem::kNone;
  }
  if (field.reading == Reading::kOptOutType) {
    if (!limited_) return read_flag(text) ? ValueProblem::kNone : ValueProblem::kUnknownChoice;
    out += "\"LDP\"";
    return ValueProblem::kNone;
  }
  // A page may have a template in its query; that parameter says nothing, and the rest does.
  const bool page = field.reading == Reading::kUrl && text.find("://") != std::string_view::npos;
  if (!page && is_placeholder(text)) return ValueProblem::kPlaceholder;
  const bool number = field.reading == Reading::kInteger || field.reading == Reading::kFlag;
  return number ? append_number(field, text, out) : append_clear(field, text, out);
}

ValueProblem EventBuilder::append_number(const ConversionField& field, std::string_view text,
                                         std::string& out) {
  if (field.reading == Reading::kFlag) {
    const auto flag = read_flag(text);
    if (!flag) return ValueProblem::kInvalidFlag;
    out += *flag ? "true" : "false";
    return ValueProblem::kNone;
  }
  const auto number = identity::read_integer(text);
  if (!number) return ValueProblem::kInvalidNumber;
  if (*number < field.least || *number > field.most) return ValueProblem::kOutOfRange;
  append_integer(out, *number);
  return ValueProblem::kNone;
}

// Fields whose value can be any text, so that an e-mail address may stand in it.
ValueProblem EventBuilder::append_clear(const ConversionField& field, std::string_view text,
                                        std::string& out) {
  std::string plain;
  if (const ValueProblem problem = read_clear(field, text, plain); problem != ValueProblem::kNone)
    return problem;
  if (field.reading == Reading::kUrl) {
    const identity::UrlCleaning cleaning = identity::clean_url(plain);
    if (cleaning == identity::UrlCleaning::kHopeless) return ValueProblem::kEmailInClear;
    if (cleaning == identity::UrlCleaning::kCleaned)
      event_.dropped.push_back({&field, ValueProblem::kUrlCleaned});
  } else if ((field.reading == Reading::kText || field.reading == Reading::kUserAgent) &&
             identity::holds_email(plain)) {
    // Pinterest matches by the click id as it is.
    if (field.target != "click_id") return ValueProblem::kEmailInClear;
    event_.dropped.push_back({&field, ValueProblem::kEmailInId});
  }
  append_json_string(out, plain);
  return ValueProblem::kNone;
}

ValueProblem EventBuilder::read_clear(const ConversionField& field, std::string_view text, std::string& out) {
  switch (field.reading) {
    case Reading::kIp: {
      const auto problem = identity::normalise_ip(text, out);
      if (problem == identity::AddressProblem::kMalformed) return ValueProblem::kInvalidIp;
      return problem == identity::AddressProblem::kPrivate ? ValueProblem::kPrivateIp : ValueProblem::kNone;
    }
    case Reading::kText:
      if (characters(text) > field.most) return ValueProblem::kTooLong;
      out = text;
      return ValueProblem::kNone;
    case Reading::kChoice:
      out = find_choice(field.choices, text);
      return out.empty() ? ValueProblem::kUnknownChoice : ValueProblem::kNone;
    case Reading::kMoney:
      return read_amount(text, out);
    default: {
      const bool read = field.reading == Reading::kUserAgent  ? identity::normalise_user_agent(text, out)
                        : field.reading == Reading::kUrl      ? identity::read_url(text, out)
                        : field.reading == Reading::kLanguage ? identity::read_language(text, out)
                                                              : identity::read_currency(text, out);
      return read ? ValueProblem::kNone : problem_of(field.reading);
    }
  }
}

// An amount whose sign or code contradicts the event's currency would be sent as another amount.
ValueProblem EventBuilder::read_amount(std::string_view text, std::string& out) {
  identity::Money money;
  if (!identity::read_money(text, money)) return ValueProblem::kInvalidNumber;
  if (!money.currencies.empty() && !currency_.empty() && !money.may_be(currency_))
    return ValueProblem::kCurrencyConflict;
  out = std::move(money.amount);
  return ValueProblem::kNone;
}

// The currency of the event: the one that is mapped; where it is silent, the one that stands beside an
// amount.
void EventBuilder::find_currency() {
  currency_.clear();
  currency_from_amount_ = false;
  for (const Entry& entry : entries_) {
    if (entry.field->reading != Reading::kMoney) continue;
    for (const auto& [from, count] : entry.sources)
      for (size_t i = from; i < from + count && !look_for_currency(values_[i]); ++i) {
      }
  }
  if (!currency_.empty()) return;
  const Entry* entry = entry_of(Reading::kCurrency);
  if (entry != nullptr && !entry->fixed.empty() && is_absent(*entry))
    identity::read_currency(entry->fixed, currency_);
}

// Remembers the currency that stands beside an amount. True if the value has an amount at all.
bool EventBuilder::look_for_currency(const FieldValue& value) {
  const auto signless = [](char c) { return identity::is_digit(c) || c == '.'; };
  bool amount = false;
  store::for_each_item(value.type, value.value, [&](const store::ItemView& item) {
    if (!currency_.empty() || std::ranges::all_of(item.text, signless)) {
      amount = amount || !item.text.empty();
      return;
    }
    identity::Money money;
    const std::string_view text = trim(item.text);
    if (is_placeholder(text) || !identity::read_money(text, money)) return;
    amount = true;
    if (money.currencies.empty() || read_mapped_currency()) return;
    currency_ = money.currency();
    currency_from_amount_ = !currency_.empty();
  });
  return amount;
}

// Looked at only when an amount has a sign: nearly none has. A default is none yet: the amount knows better.
bool EventBuilder::read_mapped_currency() {
  const Entry* entry = entry_of(Reading::kCurrency);
  if (entry == nullptr) return false;
  const auto read = [&](std::string_view text) {
    std::string code;
    if (currency_.empty() && identity::read_currency(trim(text), code)) currency_ = code;
  };
  for (const auto& [from, count] : entry->sources)
    for (const FieldValue& value : values_.subspan(from, count))
      store::for_each_item(value.type, value.value, [&](const store::ItemView& item) { read(item.text); });
  if (entry->is_constant()) read(entry->fixed);
  return !currency_.empty();
}

}  // namespace pinrelay::pinterest
