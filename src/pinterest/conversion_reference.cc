#include "pinterest/conversion_reference.h"

#include "pinterest/conversion_event.h"
#include "pinterest/conversion_fields.h"

namespace pinrelay::pinterest {
namespace {

struct Rule {
  Reading reading;
  std::string_view name, rule, why;
};
constexpr Rule kRules[] = {
    {Reading::kEmail, "e-mail address",
     "Blanks at the ends go, letters become small, an international domain becomes its A-labels. Dots and "
     "+tags stay.",
     "Pinterest asks for small letters and no white space. Only some mail providers ignore dots and tags."},
    {Reading::kMaid, "mobile ad id", "A UUID with dashes, in small letters. All zeros is nobody.",
     "Pinterest's help page asks for capitals for lists; for conversions nothing is said, and other senders "
     "use small "
     "ones."},
    {Reading::kPhone, "phone number",
     "Digits: country code and number. `+` and `00` say the country; else it is a number of "
     "`default_country`; else "
     "digits that are a valid number with a country code are taken for one. Trunk prefixes and extensions "
     "go.",
     "Pinterest: country code, area code, number, no signs, no leading zeros. Italy's leading zero is part "
     "of the "
     "number and stays."},
    {Reading::kName, "first and last name",
     "Small letters, blanks at the ends go, several within become one space.",
     "Pinterest names neither punctuation nor accents, so both stay."},
    {Reading::kGender, "gender", "`f`, `m` or `n`, from the usual words in several languages.",
     "The hash in Pinterest's example is that of `male`, against its own text; we follow the text."},
    {Reading::kBirthDate, "date of birth",
     "`YYYYMMDD`, of the years 1900 to 2099; `date_order` decides 03/04/1990.",
     "The text says year, month, day; the hash in Pinterest's example is that of `01/01/1900`; other senders "
     "use "
     "YYYYMMDD."},
    {Reading::kCity, "city", "Small letters; spaces and punctuation go; accents stay.",
     "As Pinterest's text says."},
    {Reading::kState, "state",
     "Two letters, small; names of states of the USA and provinces of Canada become theirs; `US-CA` is `ca`. "
     "Elsewhere a code of two or three letters or digits passes and a name is left out.",
     "Pinterest asks for a two-letter code and does not say what holds elsewhere."},
    {Reading::kZip, "postal code", "Digits; `94107-1234` becomes `94107`; a code with letters is left out.",
     "Pinterest asks for digits only. Without its letters SW1A 1AA would be the code of another place."},
    {Reading::kCountry, "country", "ISO 3166-1 alpha-2, small; from codes and English names.",
     "The hash in Pinterest's example is that of `US`, against its own text; we follow the text."},
    {Reading::kExternalId, "external id", "Blanks at the ends go; its case stays.",
     "The tag sends it as it is, and both must give one hash. Some senders make it small."},
    {Reading::kIp, "IP address",
     "IPv4 or IPv6 in its short spelling, in clear. Private, loopback, link-local and multicast addresses "
     "are left out.",
     "Such an address is a server's or a proxy's. Pinterest wants the visitor's."},
    {Reading::kUserAgent, "user agent",
     "As it is, in clear. Programs without a person (curl, crawlers) are left out.",
     "Pinterest's rules forbid bots and user agents made up by a server."},
    {Reading::kDecimal, "money",
     "A text with a decimal number, digit for digit; no sign, no comma, no currency.",
     "Pinterest wants a text. 1,234 can be read in two ways, so it is left out."},
    {Reading::kEventTime, "event time",
     "Seconds since 1970, from dates, RFC 3339, RFC 2822, and seconds, milliseconds or microseconds by their "
     "size. Without "
     "a zone: `time_zone`. Empty: now, fixed at the membership event. In the future by more than 5 minutes, "
     "or older than "
     "`event_max_age`: no event. Older than an hour: sent, and counted as late.",
     "Pinterest takes what is older than an hour for an offline event, for reporting only."},
    {Reading::kOptOut, "opt_out", "A value that is not plainly a no is a yes.", "The careful reading."},
    {Reading::kOptOutType, "Limited Data Processing",
     "`LDP`, or a yes. `st` and `country` are then sent as the hashes of the small and of the capital code.",
     "Pinterest ignores it without both, and its documents disagree about the case. Counted when one is "
     "missing."},
};

constexpr const char* kGenerated =
    "Generated from the tables in the program by `pinrelay docs`; do not edit.\n\n";

void append_cell(std::string& out, std::string_view text) { out.append(" ").append(text).append(" |"); }

}  // namespace

std::string_view kind_of(const ConversionField& field) {
  if (field.hashed()) return "SHA-256";
  switch (field.reading) {
    case Reading::kInteger:
    case Reading::kEventTime:
      return "whole number";
    case Reading::kFlag:
    case Reading::kOptOut:
      return "true or false";
    case Reading::kDecimal:
      return "decimal number, as text";
    case Reading::kChoice:
      return "a choice";
    default:
      return "text";
  }
}

std::string limits_of(const ConversionField& field) {
  constexpr auto kNone = std::numeric_limits<int64_t>::max();
  if (!field.choices.empty()) return "`" + std::string(field.choices) + "`";
  if (field.most == kNone || field.hashed()) return "";
  const bool number = field.reading == Reading::kInteger;
  return std::to_string(field.least) + " to " + std::to_string(field.most) +
         (number                                ? ""
          : field.reading == Reading::kLanguage ? " values"
                                                : " characters");
}

std::string conversion_fields_reference() {
  std::string out = "# Fields of a conversion\n\n";
  out += kGenerated;
  out +=
      "What our fields can be mapped to, in the three mappings of a job. A list of ours becomes several "
      "values where "
      "\"several\" stands, else its first valid value is taken; one value becomes a list of one. Values that "
      "cannot be made "
      "valid are left out and counted; how each is read stands in normalisation.md.\n";
  for (const Group group : {Group::kIdentifier, Group::kEvent, Group::kDetails}) {
    out.append("\n## ").append(to_text(group));
    out += "\n\n| Pinterest field | Sent as | Several | Limits | Meaning |\n|---|---|---|---|---|\n";
    for (const ConversionField& field : conversion_fields()) {
      if (field.group != group) continue;
      out.append("| `").append(field.target).append("` |");
      append_cell(out, kind_of(field));
      append_cell(out, field.array ? "several" : "");
      append_cell(out, limits_of(field));
      append_cell(out, field.help);
      out += '\n';
    }
  }
  out +=
      "\n## Event names\n\nIn any spelling: `AddToCart` is `add_to_cart`.\n\n| Name | Meaning |\n|---|---|\n";
  for (const EventName& name : event_names()) {
    out.append("| `").append(name.name).append("` |");
    append_cell(out, std::string(name.help) +
                         (name.described ? "" : " Newer than Pinterest's official description."));
    out += '\n';
  }
  out += "\n## Why a value is left out\n\n";
  for (auto problem = ValueProblem::kPlaceholder; problem <= ValueProblem::kUnevenContents;
       problem = static_cast<ValueProblem>(static_cast<int>(problem) + 1))
    out.append("`").append(to_text(problem)).append(problem == ValueProblem::kUnevenContents ? "`\n" : "`, ");
  out += "\n## Why there is no event\n\n";
  for (auto problem = EventProblem::kMissingIdentifier; problem <= EventProblem::kEventTooOld;
       problem = static_cast<EventProblem>(static_cast<int>(problem) + 1))
    out.append("`").append(to_text(problem)).append(problem == EventProblem::kEventTooOld ? "`\n" : "`, ");
  return out;
}

std::string normalisation_reference() {
  std::string out = "# How values are read\n\n";
  out += kGenerated;
  out +=
      "Blanks at the ends of every value go, also those that nobody sees. What programs write for nothing "
      "(`null`, `n/a`, "
      "`none`, `unknown` …) is left out. Where a hash is sent, 64 hex digits are taken for one and pass in "
      "small letters, "
      "unless it is the hash of nothing or of such a word; MD5 and SHA-1 are left out, since they can match "
      "nobody. "
      "Normalising what is normalised changes nothing.\n\n| What | What we do | Why |\n|---|---|---|\n";
  for (const Rule& rule : kRules) {
    out += '|';
    append_cell(out, rule.name);
    append_cell(out, rule.rule);
    append_cell(out, rule.why);
    out += '\n';
  }
  return out;
}

}  // namespace pinrelay::pinterest
