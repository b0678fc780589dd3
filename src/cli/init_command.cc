// init: a configuration to begin with, and the files it names. Whatever is there already stays as it is.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/random.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kWriteKeyBytes = 32;

// {} is the id of the ad account.
constexpr const char* kConfiguration =
    R"(# Pinrelay's configuration. Relative paths start at the folder of this file. Check it with
# 'pinrelay lint'; docs/reference/configuration.md has every key.

# Everything that Pinrelay keeps: people, jobs, and what Pinterest has acknowledged.
store: ./data

# Where 'pinrelay serve' accepts changes. Other machines can reach it only with tls, trusted_proxies or
# plain_http.
listen: 127.0.0.1:7700

# Keys that senders present to /v1/changes, as 'Authorization: Bearer KEY'.
write_keys:
  - name: website
    key: {{file: ./secrets/website.key}}

# Access to Pinterest: an OAuth access token with the scopes ads:read and ads:write, in a file. Without `token`
# somebody signs in instead: 'pinrelay auth login acme'.
authorizations:
  - name: acme
    token: {{file: ./secrets/pinterest.token}}

jobs:
  # A Pinterest customer list that equals the audience Readers.
  - name: readers
    type: audience_export
    label: Readers to Pinterest
    authorization: acme
    audience: Readers
    ad_account: "{}"                # the account's id in Ads Manager
    identifiers: [{{email: email}}]   # our field: email, sha256_email or mobile_id
    # consent_field: opted_in       # send only people whose value of this field is a yes
    # flush: {{after: 5m, users: 10000}}

  # Everybody who enters Buyers becomes a conversion.
  # - name: orders
  #   type: conversions_export
  #   authorization: acme
  #   audience: Buyers
  #   ad_account: "{}"
  #   membership_events: enters
  #   action_source_default: web
  #   event_name_default: checkout
  #   identifiers: [{{email: em}}]    # our field: Pinterest's
  #   event: [{{order_id: event_id}}, {{ordered_at: event_time}}]
  #   details: [{{total: value}}, {{currency: currency}}]
)";

Error not_written(const std::filesystem::path& path, int error) {
  return Error{ErrorKind::kUnavailable, "not_written",
               fmt::format("cannot be written: {}", std::strerror(error)), path.string(),
               "check the folder, its owner and free space"};
}

// Makes the file, on disk when this returns; false when there is one already.
Result<bool> make_file(const std::filesystem::path& path, mode_t mode, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0 && errno == EEXIST) return false;
  if (file < 0) return not_written(path, errno);
  const bool whole =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (whole) return true;
  ::unlink(path.c_str());
  return not_written(path, error);
}

// What was made and what was there, for people and as JSON.
struct Made {
  Json json = {{"made", Json::array()}, {"kept", Json::array()}};
  std::string text;

  Result<void> file(const std::filesystem::path& path, mode_t mode, std::string_view content,
                    std::string_view what) {
    const bool made = TRY(make_file(path, mode, content));
    json[made ? "made" : "kept"].push_back(path.string());
    text += fmt::format("{} {}: {}\n", made ? "made" : "kept", plain(path.string()), what);
    return {};
  }
};

Result<std::string> read_ad_account(const Arguments& arguments) {
  const std::string id = arguments.value("ad-account");
  const bool digits = std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
  if (digits && id.size() <= 18) return id;
  return Error{ErrorKind::kInvalid, "bad_id", fmt::format("'{}' is not an id: 1 to 18 digits", plain(id)),
               "--ad-account", "copy it from Ads Manager"};
}

// `name` is the configuration as it was named, and so can be typed.
std::string next_steps(const std::string& name, const std::filesystem::path& file,
                       const std::filesystem::path& token, bool needs_account) {
  const std::string named = name == "pinrelay.yaml" ? "" : " --config " + name;
  std::vector<std::string> steps{fmt::format("Paste the access token into {}.", plain(token.string()))};
  if (needs_account) steps.push_back("Write the id of your ad account into " + plain(file.string()) + ".");
  steps.push_back("Check both:       pinrelay lint " + name);
  steps.push_back("Bring in people:  pinrelay import people.csv --key id --audience Readers" + named);
  steps.push_back("See what is sent: pinrelay plan " + name);
  steps.push_back(
      fmt::format("Send it:          pinrelay apply {} --start, then: pinrelay serve{}", name, named));
  std::string text = "\nNext:\n";
  for (size_t i = 0; i < steps.size(); ++i) text += fmt::format("  {}. {}\n", i + 1, steps[i]);
  return text;
}

}  // namespace

Result<Output> run_init(const Arguments& arguments) {
  const std::string id = TRY(read_ad_account(arguments));
  const std::string name = configuration_path(arguments.value("config"));
  const std::filesystem::path file = arguments.path(name);
  if (std::filesystem::symlink_status(file).type() != std::filesystem::file_type::not_found)
    return Error{ErrorKind::kConflict, "configuration_exists",
                 "there is a configuration already, and it stays", file.string(),
                 "change that one, or name another: pinrelay init --config FILE"};
  const std::filesystem::path secrets = file.parent_path() / "secrets";
  if (::mkdir(secrets.c_str(), 0700) != 0 && errno != EEXIST) return not_written(secrets, errno);
  Made made;
  TRY(made.file(secrets / "website.key", 0600, random_hex(kWriteKeyBytes) + "\n",
                "the write key, which senders of changes present"));
  TRY(made.file(secrets / "pinterest.token", 0600, "", "for the access token, which only Pinterest gives"));
  TRY(made.file(file, 0644, fmt::format(fmt::runtime(kConfiguration), id, id), "the configuration"));
  Output output;
  output.json = made.json;
  output.text = made.text + next_steps(name, file, secrets / "pinterest.token", id.empty());
  return output;
}

}  // namespace pinrelay::cli
