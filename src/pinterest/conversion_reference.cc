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
     "use small ones."},
    {Reading::kPhone, "phone number",
     "Digits: country code and number. A `+` or `00` says the country, whatever stands in front of it. "
     "Without "
     "one, it must be a number that is in use in `default_country`; else digits that are a valid number with "
     "a country code are taken for one. Digits that can be both a landline there without its first zero and "
     "a number of another country are left out. Trunk prefixes, extensions and a spreadsheet's `.0` go. Left "
     "out: "
     "dates, fewer than seven digits (where the country's numbers are longer), and rounded numbers such as "
     "`4.47911E+11`.",
     "Pinterest: country code, area code, number, no signs, no leading zeros. Italy's leading zero is part "
     "of the number and stays. A postcode or an order number must not become somebody's phone."},
    {Reading::kName, "first and last name",
     "Small letters, blanks at the ends go, several within become one space, those without width go.",
     "Pinterest names neither punctuation nor accents, so both stay."},
    {Reading::kGender, "gender", "`f`, `m` or `n`, from the usual words in several languages.",
     "The hash in Pinterest's example is that of `male`, against its own text; we follow the text."},
    {Reading::kBirthDate, "date of birth",
     "`YYYYMMDD`, from 1900 until today; `date_order` decides 03/04/1990.",
     "The text says year, month, day; the hash in Pinterest's example is that of `01/01/1900`; other senders "
     "use YYYYMMDD."},
    {Reading::kCity, "city", "Small letters; spaces and punctuation go; accents stay.",
     "As Pinterest's text says."},
    {Reading::kState, "state",
     "Two letters, small; names of states of the USA and provinces of Canada become theirs; `US-CA` is `ca`. "
     "Elsewhere a code of two or three letters or digits passes and a name is left out. Digits alone are "
     "left "
     "out when the event's country, or without one `default_country`, is the USA. `NA` is Naples; `N/A` is "
     "nothing.",
     "Pinterest asks for a two-letter code and does not say what holds elsewhere."},
    {Reading::kZip, "postal code",
     "Digits; `94107-1234` and `94107.0` become `94107`; a code with letters, zeros alone and dates are left "
     "out.",
     "Pinterest asks for digits only. Without its letters SW1A 1AA would be the code of another place."},
    {Reading::kCountry, "country",
     "ISO 3166-1 alpha-2, small; from codes of two or three letters, the number (`840`), and English names "
     "with or without accents. `NA` is Namibia; `N/A` is nothing.",
     "The hash in Pinterest's example is that of `US`, against its own text; we follow the text."},
    {Reading::kExternalId, "external id", "Blanks at the ends go; its case stays.",
     "The tag sends it as it is, and both must give one hash. Some senders make it small."},
    {Reading::kIp, "IP address",
     "IPv4 or IPv6 in its short spelling, in clear; with a port or in brackets, too. Of a list, the first "
     "public address. Private, loopback, link-local and multicast addresses are left out.",
     "Such an address is a server's or a proxy's. Pinterest wants the visitor's."},
    {Reading::kUserAgent, "user agent",
     "As it is, in clear, if it looks like a person's browser or app: it names an engine or an app, and a "
     "device or a system. Servers, libraries and crawlers are left out (`Amazon CloudFront`, `okhttp/4.9.3`, "
     "`Googlebot`); phones of the maker CUBOT stay.",
     "Pinterest's rules forbid bots and user agents made up by a server."},
    {Reading::kMoney, "money",
     "A decimal number as text. Currency signs and codes and spaces of every kind go. A lone dot is a "
     "decimal "
     "point. A lone comma with one or two digits behind it is a decimal comma; with three, the amount is "
     "left "
     "out. With both marks the last is the decimal one (`1.234,56`, `1,234.56`, `1'234.50`). More than six "
     "decimals are rounded. A sign or code that contradicts the event's currency leaves the amount out "
     "(`currency_conflict`). Where no currency is mapped, `€`, `£` or a code such as `EUR` beside the amount "
     "is used; `$` and `¥` are not.",
     "Pinterest wants a text. 1,234 can be read in two ways, and several countries write `$`. Digits far "
     "behind the point are the noise of binary fractions."},
    {Reading::kCurrency, "currency",
     "ISO 4217, of currencies in use; `XX"
     "X` is none.",
     ""},
    {Reading::kEventTime, "event time",
     "Seconds since 1970, from dates, RFC 3339, RFC 2822, basic ISO 8601 (`20261129T213000Z`), what "
     "browsers, "
     "Java and Unix write, and seconds, milliseconds or microseconds by their size. A number below 10^8, "
     "one of 14 digits, and one with an exponent and fewer than 10 digits are no time. Without a zone: "
     "`time_zone`. Of several values the latest counts that is not in the future. Empty: now, fixed at the "
     "membership event. In the future by more than 5 minutes, or older than `event_max_age`: no event. "
     "Older than an hour: sent, and counted as late. `app_info.install_time` is read in the same way.",
     "Pinterest takes what is older than an hour for an offline event, for reporting only. A spreadsheet's "
     "`46355.9` or `1.79598E+09` would become a wrong day."},
    {Reading::kFlag, "yes or no",
     "`true t yes y on 1 1.0` and `false f no n off 0 0.0`, in any case, with blanks around. The consent "
     "field "
     "is read in the same way: only a yes is consent, and what is neither counts as `consent_unreadable`.",
     "PostgreSQL writes `t`, spreadsheets `TRUE`, and JSON writers `1.0`."},
    {Reading::kOptOut, "opt_out",
     "A value that is not plainly a no is a yes; when it is neither, it is counted as `opt_out_assumed`.",
     "The careful reading."},
    {Reading::kOptOutType, "Limited Data Processing",
     "`LDP`, or a yes. `st` and `country` are then sent as the hashes of the small and of the capital code.",
     "Pinterest ignores it without both, and its documents disagree about the case. Counted when one is "
     "missing."},
    {Reading::kUrl, "event_source_url",
     "As it is, but for what is personal: a login (`user:password@`) and every query parameter that holds an "
     "e-mail address go; when one stands in the path or in the fragment, only scheme and host stay. All "
     "else, "
     "`epik` above all, stays byte for byte. Counted as `url_cleaned`.",
     "An e-mail address must not go out unhashed by accident."},
    {Reading::kText, "other texts in clear",
     "As they are, without blanks at the ends. One that holds an e-mail address, plain or percent-encoded "
     "once "
     "or twice, is left out (`email_in_clear`); in `event_id` and `click_id` it is only counted "
     "(`email_in_id`).",
     "Pinterest hashes nothing itself. The two ids work only as they are."},
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
    case Reading::kTime:
      return "whole number";
    case Reading::kFlag:
    case Reading::kOptOut:
      return "true or false";
    case Reading::kMoney:
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

std::string_view constant_of(const ConversionField& field) {
  const Fixed fixed = may_be_fixed(field);
  return fixed == Fixed::kNever ? "" : fixed == Fixed::kConstant ? "constant" : "constant or default";
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
  out +=
      "\n## Forms of an entry\n\n| Form | What it means |\n|---|---|\n"
      "| `{email: em}` | The field `email` goes to `em`. An entry with one key is this form, whatever the "
      "key is called. |\n"
      "| `{first_of: [total, revenue], to: value}` | The first of these fields that has a valid value; what "
      "could not be "
      "read before it is counted. Of a list, the first field with a valid value. |\n"
      "| `{field: cur, to: currency, default: EUR}` | The default stands in for a value that is missing. It "
      "stands in "
      "for one that cannot be read only where that changes no amount, number, currency or wish. |\n"
      "| `{constant: web, to: action_source}` | The same for everybody. |\n"
      "| two entries with one `to` | Where the field may be *repeated*, their values stand side by side, "
      "once each. |\n"
      "\n`first_of` takes a `default`, too. Where a default currency meets an amount that names its own, the "
      "amount's "
      "counts; a constant contradicts it, and then the amount is left out. *Constant* in the tables below "
      "says where "
      "everybody may have the same: never what identifies one person, purchase or moment.\n";
  for (const Group group : {Group::kIdentifier, Group::kEvent, Group::kDetails}) {
    out.append("\n## ").append(to_text(group));
    out +=
        "\n\n| Pinterest field | Sent as | Several | Constant | Limits | Meaning "
        "|\n|---|---|---|---|---|---|\n";
    for (const ConversionField& field : conversion_fields()) {
      if (field.group != group) continue;
      out.append("| `").append(field.target).append("` |");
      append_cell(out, kind_of(field));
      append_cell(out, takes_several(field) ? "several, repeated" : field.array ? "several" : "");
      append_cell(out, constant_of(field));
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
  out += "\n## Why a value is left out, or changed and counted\n\n";
  for (auto problem = ValueProblem::kPlaceholder; problem <= kLastValueProblem;
       problem = static_cast<ValueProblem>(static_cast<int>(problem) + 1))
    out.append("`").append(to_text(problem)).append(problem == kLastValueProblem ? "`\n" : "`, ");
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
      "Blanks at the ends of every value go, also those that nobody sees. Placeholders are left out, as "
      "identifiers, as details and as event ids alike: words of databases and spreadsheets (`null`, `n/a`, "
      "`none`, `unknown`, `\\N`, `#N/A`, `#REF!`, `[object Object]` …), all-zero UUIDs, the same in quotes, "
      "and templates that nobody filled (`{{…}}`, `${…}`, `*|…|*`, `%%…%%`). Where a hash is sent, 64 hex "
      "digits are taken for one and pass in small letters, unless it is the hash of nothing or of a "
      "placeholder; MD5 and SHA-1 are left out, since they can match nobody. "
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
