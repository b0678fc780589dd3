// The configuration as plain data, after reading and checking. src/config knows the file's keys, defaults and
// limits from one table; it knows nothing of the store or of Pinterest's protocol.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/network.h"

namespace pinrelay::config {

enum class Tier { kTrial, kStandard };
enum class ListType { kEmail, kMaid };  // Pinterest's EMAIL, MAID
enum class MaidCase { kLower, kUpper };

// A secret is named, never written: the file that holds it. A systemd credential is resolved to its file;
// `path` is "" where this process was given no credentials (read_secret then says so).
struct SecretFile {
  std::string path;
  std::string credential;  // its name, when it was named that way
};

struct WriteKey {
  std::string name;
  SecretFile key;
};

enum class Method { kSignIn, kConversionToken };

struct Authorization {
  std::string name{};
  Method method = Method::kSignIn;
  SecretFile token{};  // an OAuth access token with ads:write, or a conversion token; neither path nor
                       // credential: it is kept in the store
  bool in_store() const { return token.path.empty() && token.credential.empty(); }
  std::string ad_account{};  // a conversion token's; "" otherwise
  Tier tier = Tier::kStandard;
};

// An existing customer list. Pinterest does not tell a list's type, so the user states (confirms) it here
// once.
struct ExistingList {
  std::string id;
  ListType type = ListType::kEmail;
  bool shared = false;  // "yes, another job writes to this list too"
};

struct Brake {
  bool enabled = true;
  unsigned percent = 20;
  uint64_t people = 1'000;
};

enum class JobType { kAudienceExport, kConversionsExport };

// Which membership events become conversions.
enum class MembershipEvents { kEntersAndExits, kEnters, kExits };
enum class UnparsableTime { kReject, kNow };
// How 03/04/2025 is read.
enum class DateOrder { kDayFirst, kMonthFirst };

// One of our fields to one of Pinterest's, or one of the longer forms. Which fields Pinterest has is not
// known here (src/pinterest).
struct MappedField {
  std::string field, target;          // field is "" in an entry that is a constant
  std::vector<std::string> others{};  // fields to ask, in order, while the ones before have no valid value
  std::string standard{};             // the constant, or what holds where no field has a value; "" = none
  bool is_constant() const { return field.empty(); }
  bool operator==(const MappedField&) const = default;
};

struct ConversionSettings {
  std::vector<MappedField> identifiers, event, details;
  std::string action_source_default, event_name_default, partner_name_default;  // "" = none
  bool existing_users = false;
  MembershipEvents membership_events = MembershipEvents::kEntersAndExits;
  UnparsableTime on_event_time_unparsable = UnparsableTime::kReject;
  Millis event_max_age{7LL * 24 * 3600'000};
  DateOrder date_order = DateOrder::kDayFirst;
  std::string time_zone = "UTC";      // IANA name
  std::string default_country;        // ISO 3166-1 alpha-2; "" = none
  std::string content_ids_separator;  // "" = a value is one id
  bool test_mode = false;             // Pinterest records nothing
};

// What a job of either type has, then what only one type has; the other type leaves it alone.
struct JobSettings {
  JobType type = JobType::kAudienceExport;
  std::string name;   // stable identity: [a-z0-9_-]+
  std::string label;  // what people read; the name where the file has none
  std::string description;
  std::string authorization;
  std::string audience;
  std::string ad_account;
  std::string consent_field;  // "" = no gate
  ConversionSettings conversions;
  // The audience export's.
  std::optional<ExistingList> list;  // none = create one
  std::string list_prefix = "Pinrelay";
  bool create_audience = true;  // make a Pinterest audience from a list we created
  std::string email_field, sha256_email_field, mobile_id_field;  // "" = not mapped
  MaidCase maid_case = MaidCase::kLower;
  Millis flush_after{5 * 60'000};
  uint64_t flush_users = 10'000;
  uint32_t records_per_request = 10'000;
  Millis settle_after_unknown{20 * 60'000};
  Millis settle_after_success{0};
  Brake brake;
  bool reassert_weekly = false;

  ListType list_type() const { return mobile_id_field.empty() ? ListType::kEmail : ListType::kMaid; }
};

struct FieldSetting {
  std::string name;
  std::string type;  // string, int, number, bool, date, array
};

// Where alerts may be sent; the secret signs them.
struct Webhook {
  std::string name, url;
  SecretFile secret;
};

// The mail server of alerts; without a URL there is none.
struct Smtp {
  std::string url, user, from;
  SecretFile password;
};

// One thing that is wrong with a file, in the form file:line:column.
struct Problem {
  int line = 0, column = 0;
  std::string path;  // jobs[0].flush.after
  std::string code, message, fix;
};

// How much senders may make; see sources/input_limits.h.
struct Limits {
  int64_t fields = 2'000, audiences = 1'000, values = 500, names_a_day = 200, person_bytes = 64 * 1024;
  int64_t rows_a_minute = 3'000'000, bytes_a_minute = 2LL * 1024 * 1024 * 1024;
};

struct Config {
  std::string store = "./pinrelay-data";
  std::string listen = "127.0.0.1:7700";
  std::string tls_certificate_file, tls_private_key_file;
  std::vector<Network> trusted_proxies;  // whose word on who calls counts
  bool plain_http = false;               // beyond this machine, for tokens and write keys alone
  std::vector<WriteKey> write_keys;
  std::string pinterest_base_url = "https://api.pinterest.com/v5";
  std::string pinterest_ca_file;
  // The app that people sign in with; "" = none.
  std::string pinterest_app_id;
  SecretFile pinterest_app_secret;
  Tier pinterest_app_tier = Tier::kStandard;
  std::string pinterest_authorize_url = "https://www.pinterest.com/oauth/";
  std::string public_url;  // how browsers reach us; "" = as `listen` says
  SecretFile master_key;   // neither path nor credential: <store>.key
  std::vector<Authorization> authorizations;
  std::vector<FieldSetting> fields;
  std::vector<JobSettings> jobs;
  Millis retention{14 * 24 * 3600'000LL};
  std::vector<Webhook> webhooks;
  Smtp smtp;
  Limits limits;
  std::vector<Problem> warnings;  // what is read, but should be written otherwise
  std::string afterwards_folder;  // "": beside the store
  Millis backup_age_max{400 * 24 * 3600'000LL};
  bool security_log = false;  // security events go to standard output, too
};

// A secret that the file names, and where.
struct NamedSecret {
  int line = 0, column = 0;
  std::string path;  // authorizations[0].token
  SecretFile secret;
};

// Everything that is wrong comes back at once; the Config is meaningful only when `problems` is empty.
struct Loaded {
  Config config;
  std::vector<Problem> problems;
  std::vector<NamedSecret> secrets;  // that have to be there; not looked at yet
  bool names_store = false;
};

// Rules that take more knowledge than this folder has; called when the rest has been checked (checks.h).
class Problems;
struct Position;
using Positions = std::map<std::string, Position, std::less<>>;
using MoreRules = void (*)(const Config&, const Positions&, Problems&);

// `text` is YAML; relative paths in it are taken from `directory`. Never throws.
Loaded load_config(const std::string& text, const std::string& directory, MoreRules rules = nullptr);
// Reads the file first, and takes relative paths from where it lies; kNotFound when there is none.
Result<Loaded> load_config_file(const std::string& path, MoreRules rules = nullptr);
// "file:line:column: path: message. Fix [code]", a line per problem.
std::string describe(const std::string& file, const std::vector<Problem>& problems);
// The reference page docs/reference/configuration.md, from the key table.
std::string configuration_reference();

// The file in which the store notes what no backup may bring back.
std::string afterwards_file(const Config& config);

// What is wrong with the files that are to hold secrets; a systemd credential is not looked for.
std::vector<Problem> check_secret_files(const Loaded& loaded);
// Reads a secret: one line, trimmed, at most 64 KiB; the error names the path, never the content.
Result<std::string> read_secret(const SecretFile& secret);

}  // namespace pinrelay::config
