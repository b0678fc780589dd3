#include "config/keys.h"

#include <array>
#include <vector>

#include "config/job_keys.h"

namespace pinrelay::config {
namespace {

constexpr int64_t kSecond = 1000, kHour = 3600 * kSecond, kDay = 24 * kHour;
constexpr int64_t kNameBytes = 128;  // of fields and audiences, as in store/change.h

constexpr auto kKeys = std::to_array<Key>({
    {.path = "store",
     .kind = Kind::kPath,
     .standard = "./pinrelay-data",
     .help = "The folder that holds everything Pinrelay keeps.",
     .store = [](Config& c, const Value& v) { c.store = v.text; }},
    {.path = "listen",
     .kind = Kind::kAddress,
     .standard = "127.0.0.1:7700",
     .help = "Where `serve` accepts HTTP. An address other machines can reach needs `tls`, `trusted_proxies` "
             "or `plain_http`.",
     .store = [](Config& c, const Value& v) { c.listen = v.text; }},
    {.path = "tls",
     .kind = Kind::kOption,
     .help = "Serves HTTPS. Without it: HTTP, for this machine and `trusted_proxies`."},
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
    {.path = "trusted_proxies",
     .kind = Kind::kNetworks,
     .max = 100,
     .help =
         "Proxies that have TLS, by address or network (`10.1.0.0/16`). From these alone, "
         "`X-Forwarded-For` says who calls and `X-Forwarded-Proto` whether by https. Without `tls` nobody "
         "else may connect from another machine. A proxy on this machine is `127.0.0.1`.",
     .store = [](Config& c, const Value& v) { c.trusted_proxies.push_back(v.network); }},
    {.path = "plain_http",
     .kind = Kind::kFlag,
     .standard = "false",
     .help = "Lets other machines connect without TLS, though whoever is on the network between can read "
             "along: for API tokens and write keys alone. Browsers cannot sign in from there.",
     .store = [](Config& c, const Value& v) { c.plain_http = v.flag; }},
    {.path = "security_log",
     .kind = Kind::kChoice,
     .standard = "none",
     .choices = "none stdout",
     .help = "`stdout`: `serve` also writes each security event to standard output, a line of JSON each, for "
             "whatever collects them. They are kept in the store either way.",
     .store = [](Config& c, const Value& v) { c.security_log = v.text == "stdout"; }},
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
    {.path = "limits",
     .advanced = true,
     .kind = Kind::kGroup,
     .help = "How much senders may make and send. Fields and audiences that the configuration or a job names "
             "always have room, and what is there already stays whatever these say."},
    {.path = "limits.fields",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "2000",
     .min = 1,
     .max = 1000000,
     .help = "How many fields there may be. A value of a field that would be one too many is left out and "
             "counted; its row stays.",
     .store = [](Config& c, const Value& v) { c.limits.fields = v.number; }},
    {.path = "limits.audiences",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "1000",
     .min = 1,
     .max = 100000,
     .help = "How many audiences there may be.",
     .store = [](Config& c, const Value& v) { c.limits.audiences = v.number; }},
    {.path = "limits.values",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "500",
     .min = 1,
     .max = 10000,
     .help = "How many values an array may have.",
     .store = [](Config& c, const Value& v) { c.limits.values = v.number; }},
    {.path = "limits.names_a_day",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "200",
     .min = 1,
     .max = 100000,
     .help = "How many new fields and audiences one write key may make in a day (UTC). In all, a key may "
             "make half of what `fields` and `audiences` allow.",
     .store = [](Config& c, const Value& v) { c.limits.names_a_day = v.number; }},
    {.path = "limits.person_bytes",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "65536",
     .min = 1024,
     .max = 1048576,
     .help = "How many bytes the values of one person may take. A value that would pass that is left out and "
             "counted.",
     .store = [](Config& c, const Value& v) { c.limits.person_bytes = v.number; }},
    {.path = "limits.rows_a_minute",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "3000000",
     .min = 60,
     .max = 1000000000,
     .help = "How many rows one write key may send in a minute. Above that it is told to wait.",
     .store = [](Config& c, const Value& v) { c.limits.rows_a_minute = v.number; }},
    {.path = "limits.bytes_a_minute",
     .advanced = true,
     .kind = Kind::kCount,
     .standard = "2147483648",
     .min = 1048576,
     .max = 1000000000000,
     .help = "How many bytes one write key may send in a minute.",
     .store = [](Config& c, const Value& v) { c.limits.bytes_a_minute = v.number; }},
    {.path = "afterwards_folder",
     .kind = Kind::kPath,
     .help =
         "Where the file `<store>.afterwards` lies: it notes, without names, who was erased and what was "
         "revoked, so that a restore does not bring it back. Without it: beside the store. *Name a folder "
         "on another disk*: what is lost with the store is missing when it is restored.",
     .store = [](Config& c, const Value& v) { c.afterwards_folder = v.text; }},
    {.path = "backup_age_max",
     .kind = Kind::kDuration,
     .standard = "400d",
     .min = kDay,
     .max = 3650 * kDay,
     .help = "How old a backup may be when it is restored: what was erased and revoked is noted for so long. "
             "Earlier master keys are kept, sealed, for so long "
             "after `auth rotate-key`.",
     .store = [](Config& c, const Value& v) { c.backup_age_max = Millis{v.number}; }},
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
     .made = true,
     .help = "The key that stored secrets are sealed with. Without it: the file `<store>.key`, which is made "
             "with the first secret or backup. Keep a copy of it apart from the backups: without it they "
             "open for nobody, unless a passphrase sealed them.",
     .store = [](Config& c, const Value& v) { c.master_key = v.secret; }},
    {.path = "webhooks",
     .kind = Kind::kList,
     .max = 100,
     .help =
         "Where alerts can be sent, by name. Only these may lie inside your own network; `pinrelay webhook "
         "add` takes public addresses alone.",
     .store = [](Config& c, const Value&) { c.webhooks.emplace_back(); }},
    {.path = "webhooks[].name",
     .kind = Kind::kName,
     .required = true,
     .help = "What alerts call it.",
     .store = [](Config& c, const Value& v) { c.webhooks.back().name = v.text; }},
    {.path = "webhooks[].url",
     .kind = Kind::kUrl,
     .required = true,
     .help = "Where messages are posted to. `http` is refused unless it leads to this machine.",
     .store = [](Config& c, const Value& v) { c.webhooks.back().url = v.text; }},
    {.path = "webhooks[].secret",
     .kind = Kind::kSecret,
     .required = true,
     .help = "What signs the messages: `whsec_` and 24 to 64 random bytes in base64, for example from `echo "
             "whsec_$(openssl rand -base64 32)`.",
     .store = [](Config& c, const Value& v) { c.webhooks.back().secret = v.secret; }},
    {.path = "smtp", .kind = Kind::kOption, .help = "The mail server that alerts go out by."},
    {.path = "smtp.url",
     .kind = Kind::kText,
     .min = 1,
     .max = 300,
     .required = true,
     .help =
         "`smtps://host:465`, or `smtp://host:587` for a server that begins in clear text: it then has to "
         "offer STARTTLS, unless it is on this machine.",
     .store = [](Config& c, const Value& v) { c.smtp.url = v.text; }},
    {.path = "smtp.from",
     .kind = Kind::kText,
     .min = 3,
     .max = 254,
     .required = true,
     .help = "The sender's address.",
     .store = [](Config& c, const Value& v) { c.smtp.from = v.text; }},
    {.path = "smtp.user",
     .kind = Kind::kText,
     .min = 1,
     .max = 254,
     .help = "Who signs in at the server. Without it nobody does.",
     .store = [](Config& c, const Value& v) { c.smtp.user = v.text; }},
    {.path = "smtp.password",
     .kind = Kind::kSecret,
     .help = "The user's password.",
     .store = [](Config& c, const Value& v) { c.smtp.password = v.secret; }},
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
});

// Both parts, in the order of the reference.
std::vector<Key> all_keys() {
  std::vector<Key> all(kKeys.begin(), kKeys.end());
  all.insert(all.end(), job_keys().begin(), job_keys().end());
  return all;
}

}  // namespace

std::span<const Key> keys() {
  static const std::vector<Key> all = all_keys();
  return all;
}

}  // namespace pinrelay::config
