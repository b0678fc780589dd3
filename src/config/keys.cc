#include "config/keys.h"

#include <array>

namespace pinrelay::config {
namespace {

constexpr int64_t kSecond = 1000, kHour = 3600 * kSecond, kDay = 24 * kHour;
constexpr int64_t kNameBytes = 128;  // of fields and audiences, as in store/change.h

AudienceJob& job(Config& c) { return c.jobs.back(); }

constexpr auto kKeys = std::to_array<Key>({
    {.path = "store",
     .kind = Kind::kPath,
     .standard = "./pinrelay-data",
     .help = "The folder that holds everything Pinrelay keeps.",
     .store = [](Config& c, const Value& v) { c.store = v.text; }},
    {.path = "listen",
     .kind = Kind::kAddress,
     .standard = "127.0.0.1:7700",
     .help = "Where `serve` accepts HTTP. An address other machines can reach needs `tls`.",
     .store = [](Config& c, const Value& v) { c.listen = v.text; }},
    {.path = "tls", .kind = Kind::kOption, .help = "Serves HTTPS. Without it: HTTP, on this machine only."},
    {.path = "tls.certificate_file",
     .kind = Kind::kPath,
     .required = true,
     .help = "The certificate with its chain, PEM.",
     .store = [](Config& c, const Value& v) { c.tls_certificate_file = v.text; }},
    {.path = "tls.private_key_file",
     .kind = Kind::kPath,
     .required = true,
     .help = "Its private key, PEM.",
     .store = [](Config& c, const Value& v) { c.tls_private_key_file = v.text; }},
    {.path = "write_keys",
     .kind = Kind::kList,
     .max = 1000,
     .help = "Who may send changes over HTTP. Without any, nobody may.",
     .store = [](Config& c, const Value&) { c.write_keys.emplace_back(); }},
    {.path = "write_keys[].name",
     .kind = Kind::kName,
     .required = true,
     .help = "Says in logs and counters which sender it was.",
     .store = [](Config& c, const Value& v) { c.write_keys.back().name = v.text; }},
    {.path = "write_keys[].key",
     .kind = Kind::kSecret,
     .required = true,
     .help = "What the sender presents as Bearer token.",
     .store = [](Config& c, const Value& v) { c.write_keys.back().key = v.secret; }},
    {.path = "retention",
     .kind = Kind::kDuration,
     .standard = "14d",
     .min = kHour,
     .max = 3650 * kDay,
     .help = "How long the change log is kept. A job paused for longer resyncs when it is resumed.",
     .store = [](Config& c, const Value& v) { c.retention = Millis{v.number}; }},
    {.path = "pinterest", .kind = Kind::kGroup, .help = "How to reach Pinterest."},
    {.path = "pinterest.base_url",
     .kind = Kind::kUrl,
     .standard = "https://api.pinterest.com/v5",
     .help = "Pinterest's API. `http` is refused unless it leads to this machine (a simulator).",
     .store = [](Config& c, const Value& v) { c.pinterest_base_url = v.text; }},
    {.path = "pinterest.ca_file",
     .kind = Kind::kPath,
     .help = "Certificate authorities to trust instead of the system's, PEM. Verification is always on.",
     .store = [](Config& c, const Value& v) { c.pinterest_ca_file = v.text; }},
    {.path = "authorizations",
     .kind = Kind::kList,
     .max = 1000,
     .help = "Access to Pinterest that jobs refer to.",
     .store = [](Config& c, const Value&) { c.authorizations.emplace_back(); }},
    {.path = "authorizations[].name",
     .kind = Kind::kName,
     .required = true,
     .help = "What jobs call it.",
     .store = [](Config& c, const Value& v) { c.authorizations.back().name = v.text; }},
    {.path = "authorizations[].token",
     .kind = Kind::kSecret,
     .required = true,
     .help = "An OAuth access token with the scope `ads:write`. The file is read again when it changes.",
     .store = [](Config& c, const Value& v) { c.authorizations.back().token = v.secret; }},
    {.path = "authorizations[].tier",
     .kind = Kind::kChoice,
     .standard = "standard",
     .choices = "trial standard",
     .help = "Pinterest's access tier of the app. `standard` allows 400 list writes a minute, `trial` 300 a "
             "*day*: then Pinrelay lowers its rate budget, stretches the flush interval, and says so.",
     .store =
         [](Config& c, const Value& v) {
           c.authorizations.back().tier = v.text == "trial" ? Tier::kTrial : Tier::kStandard;
         }},
    {.path = "fields",
     .kind = Kind::kList,
     .max = 10'000,
     .help = "Types of fields, where the learned one is not wanted.",
     .store = [](Config& c, const Value&) { c.fields.emplace_back(); }},
    {.path = "fields[].name",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .required = true,
     .help = "The field.",
     .store = [](Config& c, const Value& v) { c.fields.back().name = v.text; }},
    {.path = "fields[].type",
     .kind = Kind::kChoice,
     .choices = "string int number bool date array",
     .required = true,
     .help = "Its type.",
     .store = [](Config& c, const Value& v) { c.fields.back().type = v.text; }},
    {.path = "jobs",
     .kind = Kind::kList,
     .max = 1000,
     .help = "The exports.",
     .store = [](Config& c, const Value&) { c.jobs.emplace_back(); }},
    {.path = "jobs[].name",
     .kind = Kind::kName,
     .required = true,
     .help = "The job's identity: under another name it is another job.",
     .store = [](Config& c, const Value& v) { job(c).name = v.text; }},
    {.path = "jobs[].type",
     .kind = Kind::kChoice,
     .choices = "audience_export",
     .required = true,
     .help = "`audience_export`: a customer list equals an audience.",
     .when_missing = "Add `type: audience_export`",
     .store = [](Config&, const Value&) {}},
    {.path = "jobs[].label",
     .kind = Kind::kText,
     .min = 1,
     .max = 200,
     .help = "What people read. Without it: the name.",
     .store = [](Config& c, const Value& v) { job(c).label = v.text; }},
    {.path = "jobs[].description",
     .kind = Kind::kText,
     .max = 2000,
     .help = "For people.",
     .store = [](Config& c, const Value& v) { job(c).description = v.text; }},
    {.path = "jobs[].authorization",
     .kind = Kind::kName,
     .required = true,
     .help = "The name of one of the `authorizations`.",
     .store = [](Config& c, const Value& v) { job(c).authorization = v.text; }},
    {.path = "jobs[].audience",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .required = true,
     .help = "The audience whose members are to be on the list.",
     .store = [](Config& c, const Value& v) { job(c).audience = v.text; }},
    {.path = "jobs[].ad_account",
     .kind = Kind::kId,
     .required = true,
     .help = "The id of the ad account at Pinterest.",
     .store = [](Config& c, const Value& v) { job(c).ad_account = v.text; }},
    {.path = "jobs[].list",
     .kind = Kind::kOption,
     .help = "An existing customer list. Without it a new one is created with the first people to send.",
     .store = [](Config& c, const Value&) { job(c).list.emplace(); }},
    {.path = "jobs[].list.id",
     .kind = Kind::kId,
     .required = true,
     .help = "The list's id at Pinterest.",
     .store = [](Config& c, const Value& v) { job(c).list->id = v.text; }},
    {.path = "jobs[].list.type",
     .kind = Kind::kChoice,
     .choices = "EMAIL MAID",
     .required = true,
     .help = "The list's type. Pinterest does not tell it, so it is confirmed here, once. `email` and "
             "`sha256_email` "
             "need `EMAIL`, `mobile_id` needs `MAID`.",
     .when_missing =
         "Pinterest does not tell the type of a list: look it up in Ads Manager and confirm it once with "
         "`type: EMAIL` or `type: MAID`",
     .store =
         [](Config& c, const Value& v) {
           job(c).list->type = v.text == "MAID" ? ListType::kMaid : ListType::kEmail;
         }},
    {.path = "jobs[].list.shared",
     .kind = Kind::kFlag,
     .standard = "false",
     .help = "Confirms that another job writes to the same list, whose content is then the union.",
     .store = [](Config& c, const Value& v) { job(c).list->shared = v.flag; }},
    {.path = "jobs[].list_prefix",
     .kind = Kind::kText,
     .standard = "Pinrelay",
     .min = 1,
     .max = 64,
     .help = "A new list is named `<prefix> <audience> <unix seconds>`.",
     .store = [](Config& c, const Value& v) { job(c).list_prefix = v.text; }},
    {.path = "jobs[].create_audience",
     .kind = Kind::kFlag,
     .standard = "true",
     .help = "Makes a Pinterest audience from a list we created; without one the list cannot be targeted.",
     .store = [](Config& c, const Value& v) { job(c).create_audience = v.flag; }},
    {.path = "jobs[].identifiers",
     .kind = Kind::kGroup,
     .help = "Which fields identify a person. A list holds one identifier type: `email` and `sha256_email` "
             "may be "
             "combined, `mobile_id` stands alone."},
    {.path = "jobs[].identifiers.email",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .help = "The field with the e-mail address; it is normalised and hashed.",
     .store = [](Config& c, const Value& v) { job(c).email_field = v.text; }},
    {.path = "jobs[].identifiers.sha256_email",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .help = "The field with e-mail addresses that are SHA-256 hashes already.",
     .store = [](Config& c, const Value& v) { job(c).sha256_email_field = v.text; }},
    {.path = "jobs[].identifiers.mobile_id",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .help = "The field with the mobile advertising id, raw or a SHA-256 hash.",
     .store = [](Config& c, const Value& v) { job(c).mobile_id_field = v.text; }},
    {.path = "jobs[].maid_case",
     .kind = Kind::kChoice,
     .standard = "lower",
     .choices = "lower upper",
     .help = "The case a raw mobile id is given before it is hashed.",
     .store =
         [](Config& c, const Value& v) {
           job(c).maid_case = v.text == "upper" ? MaidCase::kUpper : MaidCase::kLower;
         }},
    {.path = "jobs[].consent_field",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .help = "Only people whose value of this field is true are sent. Pinterest applies no opt-out to lists.",
     .store = [](Config& c, const Value& v) { job(c).consent_field = v.text; }},
    {.path = "jobs[].flush",
     .kind = Kind::kGroup,
     .help = "When queued people are sent; what comes first counts."},
    {.path = "jobs[].flush.after",
     .kind = Kind::kDuration,
     .standard = "5m",
     .min = 100,
     .max = kDay,
     .help = "This long after the oldest of them was queued.",
     .store = [](Config& c, const Value& v) { job(c).flush_after = Millis{v.number}; }},
    {.path = "jobs[].flush.users",
     .kind = Kind::kCount,
     .standard = "10000",
     .min = 1,
     .max = 10'000'000,
     .help = "With this many people queued.",
     .store = [](Config& c, const Value& v) { job(c).flush_users = static_cast<uint64_t>(v.number); }},
    {.path = "jobs[].records_per_request",
     .kind = Kind::kCount,
     .standard = "10000",
     .min = 1,
     .max = 100'000,
     .help = "The most identifiers in one request; fewer when Pinterest finds it too large.",
     .store = [](Config& c,
                 const Value& v) { job(c).records_per_request = static_cast<uint32_t>(v.number); }},
    {.path = "jobs[].settle_after_unknown",
     .kind = Kind::kDuration,
     .standard = "20m",
     .max = 7 * kDay,
     .help = "After a request whose outcome is unknown, how long an identifier waits before the opposite is "
             "sent.",
     .store = [](Config& c, const Value& v) { job(c).settle_after_unknown = Millis{v.number}; }},
    {.path = "jobs[].settle_after_success",
     .kind = Kind::kDuration,
     .standard = "0s",
     .max = 7 * kDay,
     .help = "The same after a success. `0s` is right as long as Pinterest applies requests in order, which "
             "it does "
             "not promise.",
     .store = [](Config& c, const Value& v) { job(c).settle_after_success = Millis{v.number}; }},
    {.path = "jobs[].brake",
     .kind = Kind::kGroup,
     .help = "Holds removals that look like an accident until a person releases them. Additions go on."},
    {.path = "jobs[].brake.enabled",
     .kind = Kind::kFlag,
     .standard = "true",
     .help = "Whether removals can be held.",
     .store = [](Config& c, const Value& v) { job(c).brake.enabled = v.flag; }},
    {.path = "jobs[].brake.percent",
     .kind = Kind::kCount,
     .standard = "20",
     .min = 1,
     .max = 100,
     .help = "Held when the removals of 24 hours exceed this share of the list …",
     .store = [](Config& c, const Value& v) { job(c).brake.percent = static_cast<unsigned>(v.number); }},
    {.path = "jobs[].brake.people",
     .kind = Kind::kCount,
     .standard = "1000",
     .max = 1'000'000'000,
     .help = "… and this many people.",
     .store = [](Config& c, const Value& v) { job(c).brake.people = static_cast<uint64_t>(v.number); }},
    {.path = "jobs[].reassert",
     .kind = Kind::kChoice,
     .standard = "never",
     .choices = "never weekly",
     .help = "`weekly` sends every member again, in case somebody edited the list in Ads Manager.",
     .store = [](Config& c, const Value& v) { job(c).reassert_weekly = v.text == "weekly"; }},
});

}  // namespace

std::span<const Key> keys() { return kKeys; }

std::string_view describe_kind(Kind kind) {
  switch (kind) {
    case Kind::kGroup:
    case Kind::kOption:
      return "a group of keys";
    case Kind::kList:
      return "a list";
    case Kind::kText:
      return "a text";
    case Kind::kName:
      return "a name";
    case Kind::kId:
      return "an id of digits";
    case Kind::kCount:
      return "a whole number";
    case Kind::kDuration:
      return "a duration";
    case Kind::kFlag:
      return "true or false";
    case Kind::kChoice:
      return "a choice";
    case Kind::kPath:
      return "a path";
    case Kind::kUrl:
      return "a URL";
    case Kind::kAddress:
      return "an address and port";
    case Kind::kSecret:
      break;
  }
  return "{file: …} or {credential: …}";
}

}  // namespace pinrelay::config
