#include "config/keys.h"

#include <array>

namespace pinrelay::config {
namespace {

constexpr int64_t kSecond = 1000, kHour = 3600 * kSecond, kDay = 24 * kHour;
constexpr int64_t kNameBytes = 128;  // of fields and audiences, as in store/change.h

// What jobs[].type says.
constexpr std::string_view kAudienceExport = "audience_export", kConversionsExport = "conversions_export";

JobSettings& job(Config& c) { return c.jobs.back(); }
ConversionSettings& conversions(Config& c) { return c.jobs.back().conversions; }

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
    {.path = "pinterest.app_id",
     .kind = Kind::kId,
     .help = "The id of your Pinterest app, with which people sign in.",
     .store = [](Config& c, const Value& v) { c.pinterest_app_id = v.text; }},
    {.path = "pinterest.app_secret",
     .kind = Kind::kSecret,
     .help = "The app's secret key.",
     .store = [](Config& c, const Value& v) { c.pinterest_app_secret = v.secret; }},
    {.path = "pinterest.app_tier",
     .kind = Kind::kChoice,
     .standard = "standard",
     .choices = "trial standard",
     .help = "The access tier of the app, for the authorizations that are signed in with it and are not "
             "listed here.",
     .store =
         [](Config& c, const Value& v) {
           c.pinterest_app_tier = v.text == "trial" ? Tier::kTrial : Tier::kStandard;
         }},
    {.path = "pinterest.authorize_url",
     .kind = Kind::kUrl,
     .standard = "https://www.pinterest.com/oauth/",
     .help = "Where people sign in. `http` is refused unless it leads to this machine (a simulator).",
     .store = [](Config& c, const Value& v) { c.pinterest_authorize_url = v.text; }},
    {.path = "public_url",
     .kind = Kind::kUrl,
     .help = "How browsers reach this service, without a path: `https://pinrelay.example.com`. Pinterest "
             "sends people back to `<public_url>/oauth/pinterest`, which has to be registered with the app "
             "exactly so. Without it: as `listen` says.",
     .store = [](Config& c, const Value& v) { c.public_url = v.text; }},
    {.path = "master_key",
     .kind = Kind::kSecret,
     .help = "The key that stored secrets are sealed with. Without it: the file `<store>.key`, which is made "
             "with the first secret. A backup of the store opens no secret without it.",
     .store = [](Config& c, const Value& v) { c.master_key = v.secret; }},
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
     .help =
         "An OAuth access token with the scope `ads:write`, or a conversion token. The file is read again "
         "when it changes. Without it, the store keeps the token: `pinrelay auth login` or `pinrelay auth "
         "add` puts it there.",
     .store = [](Config& c, const Value& v) { c.authorizations.back().token = v.secret; }},
    {.path = "authorizations[].method",
     .kind = Kind::kChoice,
     .standard = "sign_in",
     .choices = "sign_in conversion_token",
     .help = "`sign_in`: the token comes from signing in and serves both types of job. `conversion_token`: "
             "it was "
             "made in Ads Manager and serves conversions alone.",
     .store =
         [](Config& c, const Value& v) {
           c.authorizations.back().method = v.text == "sign_in" ? Method::kSignIn : Method::kConversionToken;
         }},
    {.path = "authorizations[].ad_account",
     .kind = Kind::kId,
     .help = "The ad account that a conversion token is for; its jobs need not repeat it.",
     .store = [](Config& c, const Value& v) { c.authorizations.back().ad_account = v.text; }},
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
     .choices = "audience_export conversions_export",
     .required = true,
     .help =
         "`audience_export`: a customer list equals an audience. `conversions_export`: who enters or leaves "
         "an audience becomes a conversion event.",
     .when_missing = "Add `type: audience_export` or `type: conversions_export`",
     .store =
         [](Config& c, const Value& v) {
           job(c).type = v.text == kAudienceExport ? JobType::kAudienceExport : JobType::kConversionsExport;
         }},
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
     .help = "The audience whose members are to be on the list, or whose enters and exits are conversions.",
     .store = [](Config& c, const Value& v) { job(c).audience = v.text; }},
    {.path = "jobs[].ad_account",
     .kind = Kind::kId,
     .help = "The id of the ad account at Pinterest. Required, except where the authorization names one.",
     .store = [](Config& c, const Value& v) { job(c).ad_account = v.text; }},
    {.path = "jobs[].list",
     .kind = Kind::kOption,
     .only_type = kAudienceExport,
     .help = "An existing customer list. Without it a new one is created with the first people to send.",
     .store = [](Config& c, const Value&) { job(c).list.emplace(); }},
    {.path = "jobs[].list.id",
     .kind = Kind::kId,
     .required = true,
     .only_type = kAudienceExport,
     .help = "The list's id at Pinterest.",
     .store = [](Config& c, const Value& v) { job(c).list->id = v.text; }},
    {.path = "jobs[].list.type",
     .kind = Kind::kChoice,
     .choices = "EMAIL MAID",
     .required = true,
     .only_type = kAudienceExport,
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
     .only_type = kAudienceExport,
     .help = "Confirms that another job writes to the same list, whose content is then the union.",
     .store = [](Config& c, const Value& v) { job(c).list->shared = v.flag; }},
    {.path = "jobs[].list_prefix",
     .kind = Kind::kText,
     .standard = "Pinrelay",
     .min = 1,
     .max = 64,
     .only_type = kAudienceExport,
     .help = "A new list is named `<prefix> <audience> <unix seconds>`.",
     .store = [](Config& c, const Value& v) { job(c).list_prefix = v.text; }},
    {.path = "jobs[].create_audience",
     .kind = Kind::kFlag,
     .standard = "true",
     .only_type = kAudienceExport,
     .help = "Makes a Pinterest audience from a list we created; without one the list cannot be targeted.",
     .store = [](Config& c, const Value& v) { job(c).create_audience = v.flag; }},
    {.path = "jobs[].identifiers",
     .kind = Kind::kGroup,
     .only_type = kAudienceExport,
     .help = "Which fields identify a person. A list holds one identifier type: `email` and `sha256_email` "
             "may be "
             "combined, `mobile_id` stands alone."},
    {.path = "jobs[].identifiers.email",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .only_type = kAudienceExport,
     .help = "The field with the e-mail address; it is normalised and hashed.",
     .store = [](Config& c, const Value& v) { job(c).email_field = v.text; }},
    {.path = "jobs[].identifiers.sha256_email",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .only_type = kAudienceExport,
     .help = "The field with e-mail addresses that are SHA-256 hashes already.",
     .store = [](Config& c, const Value& v) { job(c).sha256_email_field = v.text; }},
    {.path = "jobs[].identifiers.mobile_id",
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .only_type = kAudienceExport,
     .help = "The field with the mobile advertising id, raw or a SHA-256 hash.",
     .store = [](Config& c, const Value& v) { job(c).mobile_id_field = v.text; }},
    {.path = "jobs[].maid_case",
     .kind = Kind::kChoice,
     .standard = "lower",
     .choices = "lower upper",
     .only_type = kAudienceExport,
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
     .only_type = kAudienceExport,
     .help = "When queued people are sent; what comes first counts."},
    {.path = "jobs[].flush.after",
     .kind = Kind::kDuration,
     .standard = "5m",
     .min = 100,
     .max = kDay,
     .only_type = kAudienceExport,
     .help = "This long after the oldest of them was queued.",
     .store = [](Config& c, const Value& v) { job(c).flush_after = Millis{v.number}; }},
    {.path = "jobs[].flush.users",
     .kind = Kind::kCount,
     .standard = "10000",
     .min = 1,
     .max = 10'000'000,
     .only_type = kAudienceExport,
     .help = "With this many people queued.",
     .store = [](Config& c, const Value& v) { job(c).flush_users = static_cast<uint64_t>(v.number); }},
    {.path = "jobs[].records_per_request",
     .kind = Kind::kCount,
     .standard = "10000",
     .min = 1,
     .max = 100'000,
     .only_type = kAudienceExport,
     .help = "The most identifiers in one request; fewer when Pinterest finds it too large.",
     .store = [](Config& c,
                 const Value& v) { job(c).records_per_request = static_cast<uint32_t>(v.number); }},
    {.path = "jobs[].settle_after_unknown",
     .kind = Kind::kDuration,
     .standard = "20m",
     .max = 7 * kDay,
     .only_type = kAudienceExport,
     .help = "After a request whose outcome is unknown, how long an identifier waits before the opposite is "
             "sent.",
     .store = [](Config& c, const Value& v) { job(c).settle_after_unknown = Millis{v.number}; }},
    {.path = "jobs[].settle_after_success",
     .kind = Kind::kDuration,
     .standard = "0s",
     .max = 7 * kDay,
     .only_type = kAudienceExport,
     .help = "The same after a success. `0s` is right as long as Pinterest applies requests in order, which "
             "it does "
             "not promise.",
     .store = [](Config& c, const Value& v) { job(c).settle_after_success = Millis{v.number}; }},
    {.path = "jobs[].brake",
     .kind = Kind::kGroup,
     .only_type = kAudienceExport,
     .help = "Holds removals that look like an accident until a person releases them. Additions go on."},
    {.path = "jobs[].brake.enabled",
     .kind = Kind::kFlag,
     .standard = "true",
     .only_type = kAudienceExport,
     .help = "Whether removals can be held.",
     .store = [](Config& c, const Value& v) { job(c).brake.enabled = v.flag; }},
    {.path = "jobs[].brake.percent",
     .kind = Kind::kCount,
     .standard = "20",
     .min = 1,
     .max = 100,
     .only_type = kAudienceExport,
     .help = "Held when the removals of 24 hours exceed this share of the list …",
     .store = [](Config& c, const Value& v) { job(c).brake.percent = static_cast<unsigned>(v.number); }},
    {.path = "jobs[].brake.people",
     .kind = Kind::kCount,
     .standard = "1000",
     .max = 1'000'000'000,
     .only_type = kAudienceExport,
     .help = "… and this many people.",
     .store = [](Config& c, const Value& v) { job(c).brake.people = static_cast<uint64_t>(v.number); }},
    {.path = "jobs[].reassert",
     .kind = Kind::kChoice,
     .standard = "never",
     .choices = "never weekly",
     .only_type = kAudienceExport,
     .help = "`weekly` sends every member again, in case somebody edited the list in Ads Manager.",
     .store = [](Config& c, const Value& v) { job(c).reassert_weekly = v.text == "weekly"; }},
    {.path = "jobs[].identifiers",
     .kind = Kind::kMapping,
     .max = 100,
     .required = true,
     .only_type = kConversionsExport,
     .help = "Which of our fields identify a person, each as `our field: Pinterest field`. Pinterest needs "
             "an e-mail "
             "address, a mobile ad id, or an IP address with a user agent.",
     .when_missing = "Add for example `identifiers: [{email: em}]`",
     .store =
         [](Config& c, const Value& v) {
           conversions(c).identifiers.push_back({v.text, v.target});
         }},
    {.path = "jobs[].event",
     .kind = Kind::kMapping,
     .max = 100,
     .required = true,
     .only_type = kConversionsExport,
     .help =
         "The same for what happened: `event_id` and `event_time` always, `event_name` and `action_source` "
         "unless they have a default.",
     .when_missing = "Add for example `event: [{order_id: event_id}, {order_time: event_time}]`",
     .store =
         [](Config& c, const Value& v) {
           conversions(c).event.push_back({v.text, v.target});
         }},
    {.path = "jobs[].details",
     .kind = Kind::kMapping,
     .max = 100,
     .only_type = kConversionsExport,
     .help = "The same for everything else Pinterest takes, value and currency first.",
     .store =
         [](Config& c, const Value& v) {
           conversions(c).details.push_back({v.text, v.target});
         }},
    {.path = "jobs[].action_source_default",
     .kind = Kind::kChoice,
     .choices = "app_android app_ios web offline",
     .only_type = kConversionsExport,
     .help = "Where it happened, for people whose mapped field is empty or when none is mapped.",
     .store = [](Config& c, const Value& v) { conversions(c).action_source_default = v.text; }},
    {.path = "jobs[].event_name_default",
     .kind = Kind::kText,
     .min = 1,
     .max = 100,
     .only_type = kConversionsExport,
     .help = "The event, likewise: `checkout`, `lead`, `signup` …",
     .store = [](Config& c, const Value& v) { conversions(c).event_name_default = v.text; }},
    {.path = "jobs[].partner_name_default",
     .kind = Kind::kText,
     .min = 1,
     .max = 100,
     .only_type = kConversionsExport,
     .help = "The partner name, likewise. Pinterest's convention is `ss-` and a name; leave it out unless "
             "Pinterest "
             "gave you one.",
     .store = [](Config& c, const Value& v) { conversions(c).partner_name_default = v.text; }},
    {.path = "jobs[].existing_users",
     .kind = Kind::kFlag,
     .standard = "false",
     .only_type = kConversionsExport,
     .help = "Whether present members become conversions, too, when the job starts.",
     .store = [](Config& c, const Value& v) { conversions(c).existing_users = v.flag; }},
    {.path = "jobs[].membership_events",
     .kind = Kind::kChoice,
     .standard = "enters_and_exits",
     .choices = "enters_and_exits enters exits",
     .only_type = kConversionsExport,
     .help = "Which membership events become conversions.",
     .store =
         [](Config& c, const Value& v) {
           conversions(c).membership_events = v.text == "enters"  ? MembershipEvents::kEnters
                                              : v.text == "exits" ? MembershipEvents::kExits
                                                                  : MembershipEvents::kEntersAndExits;
         }},
    {.path = "jobs[].on_event_time_unparsable",
     .kind = Kind::kChoice,
     .standard = "reject",
     .choices = "reject now",
     .only_type = kConversionsExport,
     .help = "What becomes of an event whose time cannot be read.",
     .store =
         [](Config& c, const Value& v) {
           conversions(c).on_event_time_unparsable =
               v.text == "now" ? UnparsableTime::kNow : UnparsableTime::kReject;
         }},
    {.path = "jobs[].event_max_age",
     .kind = Kind::kDuration,
     .standard = "7d",
     .min = kHour,
     .max = 30 * kDay,
     .only_type = kConversionsExport,
     .help = "Older events are not sent (`event_too_old`).",
     .store = [](Config& c, const Value& v) { conversions(c).event_max_age = Millis{v.number}; }},
    {.path = "jobs[].date_order",
     .kind = Kind::kChoice,
     .standard = "day_first",
     .choices = "day_first month_first",
     .only_type = kConversionsExport,
     .help = "How `03/04/2025` is read.",
     .store =
         [](Config& c, const Value& v) {
           conversions(c).date_order =
               v.text == "month_first" ? DateOrder::kMonthFirst : DateOrder::kDayFirst;
         }},
    {.path = "jobs[].time_zone",
     .kind = Kind::kText,
     .standard = "UTC",
     .min = 1,
     .max = 64,
     .only_type = kConversionsExport,
     .help = "For times without a zone: an IANA name such as `Europe/Berlin`.",
     .store = [](Config& c, const Value& v) { conversions(c).time_zone = v.text; }},
    {.path = "jobs[].default_country",
     .kind = Kind::kText,
     .min = 2,
     .max = 2,
     .only_type = kConversionsExport,
     .help = "For phone numbers and places without one: two letters of ISO 3166-1.",
     .store = [](Config& c, const Value& v) { conversions(c).default_country = v.text; }},
    {.path = "jobs[].content_ids_separator",
     .kind = Kind::kText,
     .min = 1,
     .max = 8,
     .only_type = kConversionsExport,
     .help = "Splits a text mapped to `content_ids`. Without it a value is one id.",
     .store = [](Config& c, const Value& v) { conversions(c).content_ids_separator = v.text; }},
    {.path = "jobs[].test_mode",
     .kind = Kind::kFlag,
     .standard = "false",
     .only_type = kConversionsExport,
     .help =
         "Sends everything as a test that Pinterest does not record; what was sent so is never sent again.",
     .store = [](Config& c, const Value& v) { conversions(c).test_mode = v.flag; }},
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
    case Kind::kMapping:
      return "a list of `our field: Pinterest field`";
    case Kind::kSecret:
      break;
  }
  return "{file: …} or {credential: …}";
}

}  // namespace pinrelay::config
