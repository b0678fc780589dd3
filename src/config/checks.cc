#include "config/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "config/address.h"
#include "config/values.h"

namespace pinrelay::config {
namespace {

class Rules {
 public:
  Rules(const Config& config, const Positions& positions, Problems& problems)
      : config_(config), positions_(positions), problems_(problems) {}

  void check() {
    check_listen();
    check_unique(config_.write_keys, "write_keys");
    check_unique(config_.authorizations, "authorizations");
    check_unique(config_.fields, "fields");
    check_methods();
    check_unique(config_.webhooks, "webhooks");
    check_smtp();
    check_unique(config_.jobs, "jobs");
    for (size_t i = 0; i < config_.jobs.size(); ++i) {
      const JobSettings& job = config_.jobs[i];
      const std::string path = fmt::format("jobs[{}]", i);
      if (!positions_.contains(path)) continue;  // its item could not be read
      check_authorization(job, path);
      check_ad_account(job, path);
      if (job.type != JobType::kAudienceExport) continue;
      check_identifiers(job, path);
      if (job.list) check_list(job, i, path);
    }
  }

 private:
  // At the key when the file has it, else at what it would stand in.
  void add(std::string_view path, std::string_view code, std::string message, std::string fix) {
    std::string_view at = path;
    while (!positions_.contains(at) && at.find_last_of(".[") != std::string_view::npos)
      at = at.substr(0, at.find_last_of(".["));
    const auto found = positions_.find(at);
    problems_.add(found == positions_.end() ? Position{} : found->second, path,
                  Error{ErrorKind::kInvalid, std::string(code), std::move(message), "", std::move(fix)});
  }

  void check_listen() {
    if (listens_on_loopback(config_.listen) || !config_.tls_certificate_file.empty()) return;
    if (!config_.trusted_proxies.empty() || config_.plain_http) return;
    for (const char* key : {"listen", "tls", "trusted_proxies", "plain_http"})
      if (problems_.within(key)) return;
    add("listen", "plaintext_listen",
        fmt::format("{} is reachable from other machines without TLS", config_.listen),
        "Add tls, or trusted_proxies with the address of a proxy that has it, or listen on 127.0.0.1; for "
        "API "
        "tokens alone, on a network where nobody reads along: plain_http: true");
  }

  template <typename Item>
  void check_unique(const std::vector<Item>& items, std::string_view list) {
    std::map<std::string_view, size_t> seen;
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].name.empty()) continue;
      const auto [first, added] = seen.emplace(items[i].name, i);
      if (added) continue;
      add(fmt::format("{}[{}].name", list, i), "duplicate_name",
          fmt::format("{} is the name of {}[{}] too", quoted(items[i].name), list, first->second),
          "Choose another name");
    }
  }

  void check_methods() {
    for (size_t i = 0; i < config_.authorizations.size(); ++i) {
      const Authorization& authorization = config_.authorizations[i];
      const std::string path = fmt::format("authorizations[{}]", i);
      if (authorization.method == Method::kSignIn || !authorization.ad_account.empty()) continue;
      if (problems_.within(path)) continue;
      add(path + ".ad_account", "missing_key", "a conversion token needs its ad account",
          "Add `ad_account: …`, the account id that stands beside the token in Ads Manager");
    }
  }

  void check_smtp() {
    if (!positions_.contains("smtp") || problems_.within("smtp")) return;
    const Smtp& smtp = config_.smtp;
    if (const auto checked = check_smtp_url(smtp.url); !checked)
      add("smtp.url", checked.error().code, checked.error().message, checked.error().fix);
    if (!is_mail_address(smtp.from))
      add("smtp.from", "bad_mail_address", fmt::format("{} is not a mail address", quoted(smtp.from)),
          "Write it as alerts@example.com, in ASCII");
    if (smtp.user.empty() != (smtp.password.path.empty() && smtp.password.credential.empty()))
      add("smtp", "missing_key", "user and password belong together", "Add the other one, or leave both out");
  }

  void check_authorization(const JobSettings& job, const std::string& path) {
    if (job.authorization.empty() || problems_.within("authorizations")) return;
    std::vector<std::string_view> names;
    names.reserve(config_.authorizations.size());
    for (const Authorization& authorization : config_.authorizations) names.push_back(authorization.name);
    if (std::find(names.begin(), names.end(), job.authorization) != names.end()) return;
    const std::string_view near = nearest_name(job.authorization, names);
    add(path + ".authorization", "unknown_authorization",
        fmt::format("there is no authorization {}", quoted(job.authorization)),
        near.empty() ? "Add it under authorizations" : fmt::format("Did you mean {}?", near));
  }

  // A conversion token says where its conversions go, and cannot do anything else.
  void check_ad_account(const JobSettings& job, const std::string& path) {
    if (problems_.within(path + ".ad_account") || problems_.within("authorizations")) return;
    for (const Authorization& authorization : config_.authorizations) {
      if (authorization.name != job.authorization || authorization.method == Method::kSignIn) continue;
      if (job.type == JobType::kAudienceExport)
        return add(path + ".authorization", "wrong_method",
                   "customer lists cannot be written with a conversion token",
                   "Name an authorization whose method is sign_in");
      if (job.ad_account.empty() || job.ad_account == authorization.ad_account) return;
      return add(path + ".ad_account", "wrong_ad_account", "the conversion token is for another ad account",
                 "Leave the key out");
    }
    if (job.ad_account.empty())
      add(path + ".ad_account", "missing_key", "ad_account is missing", "Add `ad_account: …`");
  }

  void check_identifiers(const JobSettings& job, const std::string& path) {
    const std::string at = path + ".identifiers";
    if (problems_.within(at)) return;
    const bool email = !job.email_field.empty() || !job.sha256_email_field.empty();
    const bool mobile = !job.mobile_id_field.empty();
    if (!email && !mobile)
      add(at, "no_identifier", "no field is mapped to an identifier",
          "Add for example `identifiers: [{email: email}]`");
    if (email && mobile)
      add(at, "mixed_identifiers",
          "a list can only contain one identifier type, and mobile_id is another than e-mail",
          "Keep mobile_id or the e-mail fields, and make a second job for the other");
  }

  void check_list(const JobSettings& job, size_t index, const std::string& path) {
    const std::string at = path + ".list";
    if (problems_.within(at)) return;
    check_list_type(job, path);
    for (size_t i = 0; i < index; ++i) {
      const JobSettings& other = config_.jobs[i];
      const std::string other_path = fmt::format("jobs[{}]", i);
      if (other.list && other.list->id == job.list->id && !problems_.within(other_path + ".list"))
        return check_sharing(job, other, other_path, path);
    }
  }

  void check_list_type(const JobSettings& job, const std::string& path) {
    if (problems_.within(path + ".identifiers") || job.list->type == job.list_type()) return;
    const bool mobile = job.list_type() == ListType::kMaid;
    add(path + ".list.type", "list_type_mismatch",
        mobile ? "mobile_id needs a list of type MAID" : "email and sha256_email need a list of type EMAIL",
        mobile ? "Choose a MAID list, or map email" : "Choose an EMAIL list, or map mobile_id");
  }

  // `other` is the first job of the file with the same list.
  void check_sharing(const JobSettings& job, const JobSettings& other, const std::string& other_path,
                     const std::string& path) {
    if (job.list->type != other.list->type)
      return add(path + ".list.type", "list_type_conflict",
                 fmt::format("{} gives this list another type", other_path),
                 "Look the type up in Ads Manager");
    if (job.ad_account != other.ad_account && !job.ad_account.empty() && !other.ad_account.empty())
      return add(path + ".ad_account", "list_account_conflict",
                 fmt::format("{} has the same list in another ad account", other_path),
                 "Give both jobs the ad account that owns the list");
    if (!job.list->shared && !other.list->shared)
      add(path + ".list.id", "list_not_shared", fmt::format("{} writes to the same list", other_path),
          "Add `shared: true` here if the list is meant to hold both audiences");
  }

  const Config& config_;
  const Positions& positions_;
  Problems& problems_;
};

}  // namespace

void check_rules(const Config& config, const Positions& positions, Problems& problems) {
  Rules(config, positions, problems).check();
}

}  // namespace pinrelay::config
