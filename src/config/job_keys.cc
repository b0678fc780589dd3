#include "config/job_keys.h"

#include <array>

namespace pinrelay::config {
namespace {

constexpr int64_t kSecond = 1000, kHour = 3600 * kSecond, kDay = 24 * kHour;
constexpr int64_t kNameBytes = 128;  // of fields and audiences, as in store/change.h

// What jobs[].type says.
constexpr std::string_view kAudienceExport = "audience_export", kConversionsExport = "conversions_export";

JobSettings& job(Config& c) { return c.jobs.back(); }
ConversionSettings& conversions(Config& c) { return c.jobs.back().conversions; }

constexpr auto kJobKeys = std::to_array<Key>({
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
     .blank = true,
     .help = "What people read. Without it: the name.",
     .store = [](Config& c, const Value& v) { job(c).label = v.text; }},
    {.path = "jobs[].description",
     .kind = Kind::kText,
     .max = 2000,
     .blank = true,
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
     .advanced = true,
     .kind = Kind::kText,
     .standard = "Pinrelay",
     .min = 1,
     .max = 64,
     .only_type = kAudienceExport,
     .blank = true,
     .help = "A new list is named `<prefix> <audience> <unix seconds>`; without a prefix when it is blank.",
     .store = [](Config& c, const Value& v) { job(c).list_prefix = v.text; }},
    {.path = "jobs[].create_audience",
     .advanced = true,
     .kind = Kind::kFlag,
     .standard = "true",
     .only_type = kAudienceExport,
     .help = "Makes a Pinterest audience from a list we created; without one the list cannot be targeted.",
     .store = [](Config& c, const Value& v) { job(c).create_audience = v.flag; }},
    {.path = "jobs[].identifiers",
     .kind = Kind::kMapping,
     .max = 100,
     .choices = "email sha256_email mobile_id",
     .only_type = kAudienceExport,
     .help =
         "Which of our fields identify a person, each as `our field: identifier`: `email` (an address; it "
         "is normalised and hashed), `sha256_email` (addresses that are SHA-256 hashes already) or "
         "`mobile_id` (a mobile advertising id, raw or a SHA-256 hash). A list holds one identifier type: "
         "`email` and `sha256_email` may be combined, `mobile_id` stands alone.",
     .store =
         [](Config& c, const Value& v) {
           (v.target == "email"          ? job(c).email_field
            : v.target == "sha256_email" ? job(c).sha256_email_field
                                         : job(c).mobile_id_field) = v.text;
         }},
    {.path = "jobs[].maid_case",
     .advanced = true,
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
     .advanced = true,
     .kind = Kind::kText,
     .min = 1,
     .max = kNameBytes,
     .help = "Only people whose value of this field is a yes are sent (`true`, `t`, `yes`, `y`, `on`, `1`). "
             "Neither a "
             "yes nor a no counts as `consent_unreadable`. Pinterest applies no opt-out to lists.",
     .store = [](Config& c, const Value& v) { job(c).consent_field = v.text; }},
    {.path = "jobs[].flush",
     .advanced = true,
     .kind = Kind::kGroup,
     .only_type = kAudienceExport,
     .help = "When queued people are sent; what comes first counts."},
    {.path = "jobs[].flush.after",
     .advanced = true,
     .kind = Kind::kDuration,
     .standard = "5m",
     .min = 100,
     .max = kDay,
     .only_type = kAudienceExport,
     .help = "This long after the oldest of them was queued.",
     .store = [](Config& c, const Value& v) { job(c).flush_after = Millis{v.number}; }},
    {.path = "jobs[].flush.users",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "10000",
     .min = 1,
     .max = 10'000'000,
     .only_type = kAudienceExport,
     .help = "With this many people queued.",
     .store = [](Config& c, const Value& v) { job(c).flush_users = static_cast<uint64_t>(v.number); }},
    {.path = "jobs[].records_per_request",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "10000",
     .min = 1,
     .max = 100'000,
     .only_type = kAudienceExport,
     .help = "The most identifiers in one request; fewer when Pinterest finds it too large.",
     .store = [](Config& c,
                 const Value& v) { job(c).records_per_request = static_cast<uint32_t>(v.number); }},
    {.path = "jobs[].settle_after_unknown",
     .advanced = true,
     .kind = Kind::kDuration,
     .standard = "20m",
     .max = 7 * kDay,
     .only_type = kAudienceExport,
     .help = "After a request whose outcome is unknown, how long an identifier waits before the opposite is "
             "sent.",
     .store = [](Config& c, const Value& v) { job(c).settle_after_unknown = Millis{v.number}; }},
    {.path = "jobs[].settle_after_success",
     .advanced = true,
     .kind = Kind::kDuration,
     .standard = "0s",
     .max = 7 * kDay,
     .only_type = kAudienceExport,
     .help = "The same after a success. `0s` is right as long as Pinterest applies requests in order, which "
             "it does "
             "not promise.",
     .store = [](Config& c, const Value& v) { job(c).settle_after_success = Millis{v.number}; }},
    {.path = "jobs[].brake",
     .advanced = true,
     .kind = Kind::kGroup,
     .only_type = kAudienceExport,
     .help = "Holds removals that look like an accident until a person releases them. Additions go on."},
    {.path = "jobs[].brake.enabled",
     .advanced = true,
     .kind = Kind::kFlag,
     .standard = "true",
     .only_type = kAudienceExport,
     .help = "Whether removals can be held.",
     .store = [](Config& c, const Value& v) { job(c).brake.enabled = v.flag; }},
    {.path = "jobs[].brake.percent",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "20",
     .min = 1,
     .max = 100,
     .only_type = kAudienceExport,
     .help = "Held when the removals of 24 hours exceed this share of the list …",
     .store = [](Config& c, const Value& v) { job(c).brake.percent = static_cast<unsigned>(v.number); }},
    {.path = "jobs[].brake.people",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "1000",
     .max = 1'000'000'000,
     .only_type = kAudienceExport,
     .help = "… and this many people.",
     .store = [](Config& c, const Value& v) { job(c).brake.people = static_cast<uint64_t>(v.number); }},
    {.path = "jobs[].reassert",
     .advanced = true,
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
     .help =
         "Which of our fields identify a person, each as `our field: Pinterest field` or in a longer form "
         "(conversion-fields.md). Pinterest needs an e-mail address, a mobile ad id, or an IP address with a "
         "user agent.",
     .when_missing = "Add for example `identifiers: [{email: em}]`",
     .store =
         [](Config& c, const Value& v) {
           conversions(c).identifiers.push_back({v.text, v.target, v.others, v.standard});
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
           conversions(c).event.push_back({v.text, v.target, v.others, v.standard});
         }},
    {.path = "jobs[].details",
     .kind = Kind::kMapping,
     .max = 100,
     .only_type = kConversionsExport,
     .help = "The same for everything else Pinterest takes, value and currency first.",
     .store =
         [](Config& c, const Value& v) {
           conversions(c).details.push_back({v.text, v.target, v.others, v.standard});
         }},
    {.path = "jobs[].action_source_default",
     .kind = Kind::kChoice,
     .choices = "app_android app_ios web offline",
     .only_type = kConversionsExport,
     .blank = true,
     .help = "Where it happened, for people whose mapped field is empty or when none is mapped.",
     .store = [](Config& c, const Value& v) { conversions(c).action_source_default = v.text; }},
    {.path = "jobs[].event_name_default",
     .kind = Kind::kText,
     .min = 1,
     .max = 100,
     .only_type = kConversionsExport,
     .blank = true,
     .help = "The event, likewise: `checkout`, `lead`, `signup` …",
     .store = [](Config& c, const Value& v) { conversions(c).event_name_default = v.text; }},
    {.path = "jobs[].partner_name_default",
     .kind = Kind::kText,
     .min = 1,
     .max = 100,
     .only_type = kConversionsExport,
     .blank = true,
     .help = "The partner name, likewise. Pinterest's convention is `ss-` and a name; leave it out unless "
             "Pinterest "
             "gave you one.",
     .store = [](Config& c, const Value& v) { conversions(c).partner_name_default = v.text; }},
    {.path = "jobs[].existing_users",
     .kind = Kind::kFlag,
     .standard = "false",
     .only_type = kConversionsExport,
     .help = "Whether present members become conversions, too: when the job starts, or when this is "
             "switched on later.",
     .store = [](Config& c, const Value& v) { conversions(c).existing_users = v.flag; }},
    {.path = "jobs[].membership_events",
     .advanced = true,
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
     .advanced = true,
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
     .advanced = true,
     .kind = Kind::kDuration,
     .standard = "7d",
     .min = kHour,
     .max = 30 * kDay,
     .only_type = kConversionsExport,
     .help = "Older events are not sent (`event_too_old`). Above 7 days `lint` and `plan` warn: Pinterest is "
             "expected to refuse such events.",
     .store = [](Config& c, const Value& v) { conversions(c).event_max_age = Millis{v.number}; }},
    {.path = "jobs[].date_order",
     .advanced = true,
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
     .advanced = true,
     .kind = Kind::kText,
     .standard = "UTC",
     .min = 1,
     .max = 64,
     .only_type = kConversionsExport,
     .help = "For times without a zone: an IANA name such as `Europe/Berlin`.",
     .store = [](Config& c, const Value& v) { conversions(c).time_zone = v.text; }},
    {.path = "jobs[].default_country",
     .advanced = true,
     .kind = Kind::kText,
     .min = 2,
     .max = 2,
     .only_type = kConversionsExport,
     .blank = true,
     .help = "For phone numbers and places without one: two letters of ISO 3166-1.",
     .store = [](Config& c, const Value& v) { conversions(c).default_country = v.text; }},
    {.path = "jobs[].content_ids_separator",
     .advanced = true,
     .kind = Kind::kText,
     .min = 1,
     .max = 8,
     .only_type = kConversionsExport,
     .blank = true,
     .help = "Splits a text mapped to `content_ids`. Without it a value is one id.",
     .store = [](Config& c, const Value& v) { conversions(c).content_ids_separator = v.text; }},
    {.path = "jobs[].test_mode",
     .advanced = true,
     .kind = Kind::kFlag,
     .standard = "false",
     .only_type = kConversionsExport,
     .help =
         "Sends everything as a test that Pinterest does not record; what was sent so is never sent again.",
     .store = [](Config& c, const Value& v) { conversions(c).test_mode = v.flag; }},
});

}  // namespace

std::span<const Key> job_keys() { return kJobKeys; }

}  // namespace pinrelay::config
