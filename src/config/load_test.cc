#include <gtest/gtest.h>

#include <algorithm>

#include "config/address.h"
#include "config/keys.h"
#include "config/problems.h"
#include "config/sample_job.h"
#include "config/values.h"

namespace pinrelay::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kEverything = R"(
store: ./data
listen: 0.0.0.0:7701
tls: {certificate_file: tls/site.pem, private_key_file: /etc/site.key}
write_keys: [{name: website, key: {file: ./secrets/website.key}}]
retention: 20d
pinterest: {base_url: "http://127.0.0.1:9000/v5/", ca_file: ca.pem}
authorizations: [{name: acme, token: {file: ../pinterest.token}, tier: trial}]
fields: [{name: zip, type: string}]
jobs:
  - name: readers
    type: audience_export
    label: Readers to Pinterest
    description: Who reads
    authorization: acme
    audience: Readers
    ad_account: 0549755885175
    list: {id: "643", type: EMAIL, shared: true}
    list_prefix: Acme
    create_audience: false
    identifiers: [{email: email}, {email_hash: sha256_email}]
    maid_case: upper
    consent_field: ads_ok
    flush: {after: 250ms, users: 77}
    records_per_request: 500
    settle_after_unknown: 90s
    settle_after_success: 2h
    brake: {enabled: false, percent: 30, people: 0}
    reassert: weekly
)";

TEST(Configuration, reads_every_key) {
  const Loaded loaded = load(kEverything);
  ASSERT_EQ(problems_of(loaded), "");
  const Config& c = loaded.config;
  EXPECT_EQ(c.listen, "0.0.0.0:7701");
  EXPECT_EQ(c.retention, 480h);
  EXPECT_EQ(c.pinterest_base_url, "http://127.0.0.1:9000/v5");
  EXPECT_EQ(c.write_keys.at(0).name, "website");
  EXPECT_EQ(c.authorizations.at(0).name, "acme");
  EXPECT_EQ(c.authorizations.at(0).tier, Tier::kTrial);
  EXPECT_EQ(c.fields.at(0).name + c.fields.at(0).type, "zipstring");
  const JobSettings& job = c.jobs.at(0);
  EXPECT_EQ(job.name, "readers");
  EXPECT_EQ(job.label, "Readers to Pinterest");
  EXPECT_EQ(job.description, "Who reads");
  EXPECT_EQ(job.authorization, "acme");
  EXPECT_EQ(job.audience, "Readers");
  EXPECT_EQ(job.ad_account, "0549755885175");
  ASSERT_TRUE(job.list.has_value());
  EXPECT_EQ(job.list->id, "643");
  EXPECT_EQ(job.list->type, ListType::kEmail);
  EXPECT_TRUE(job.list->shared);
  EXPECT_EQ(job.list_prefix, "Acme");
  EXPECT_FALSE(job.create_audience);
  EXPECT_EQ(job.email_field, "email");
  EXPECT_EQ(job.sha256_email_field, "email_hash");
  EXPECT_EQ(job.mobile_id_field, "");
  EXPECT_EQ(job.maid_case, MaidCase::kUpper);
  EXPECT_EQ(job.consent_field, "ads_ok");
  EXPECT_EQ(job.flush_after, 250ms);
  EXPECT_EQ(job.flush_users, 77u);
  EXPECT_EQ(job.records_per_request, 500u);
  EXPECT_EQ(job.settle_after_unknown, 90s);
  EXPECT_EQ(job.settle_after_success, 2h);
  EXPECT_FALSE(job.brake.enabled);
  EXPECT_EQ(job.brake.percent, 30u);
  EXPECT_EQ(job.brake.people, 0u);
  EXPECT_TRUE(job.reassert_weekly);
}

TEST(Configuration, takes_relative_paths_from_its_own_folder) {
  const Config c = load(kEverything).config;
  EXPECT_EQ(c.store, "/etc/pinrelay/data");
  EXPECT_EQ(c.tls_certificate_file, "/etc/pinrelay/tls/site.pem");
  EXPECT_EQ(c.tls_private_key_file, "/etc/site.key");
  EXPECT_EQ(c.pinterest_ca_file, "/etc/pinrelay/ca.pem");
  EXPECT_EQ(c.write_keys.at(0).key.path, "/etc/pinrelay/secrets/website.key");
  EXPECT_EQ(c.authorizations.at(0).token.path, "/etc/pinterest.token");
}

TEST(Configuration, reads_the_old_form_of_identifiers_and_gives_the_new_line) {
  std::string text(kJob);
  text.replace(text.find("[{email: email}]"), 16, "{sha256_email: \"e mail #\", email: contact}");
  const Loaded loaded = load(text);
  ASSERT_EQ(problems_of(loaded), "");
  EXPECT_EQ(loaded.config.jobs.at(0).email_field, "contact");
  EXPECT_EQ(loaded.config.jobs.at(0).sha256_email_field, "e mail #");
  ASSERT_EQ(loaded.config.warnings.size(), 1u);
  const Problem& warning = loaded.config.warnings[0];
  EXPECT_EQ(warning.code, "old_identifiers");
  EXPECT_EQ(warning.line, 10);
  const std::string line = "identifiers: [{\"e mail #\": sha256_email}, {contact: email}]";
  EXPECT_EQ(warning.fix, "Write `" + line + "`");
  // The line does what it stands for, without a warning.
  std::string anew(kJob);
  const size_t at = anew.find("identifiers:");
  const Loaded again = load(anew.replace(at, anew.find('\n', at) - at, line));
  ASSERT_EQ(problems_of(again), "");
  EXPECT_TRUE(again.config.warnings.empty());
  EXPECT_EQ(again.config.jobs.at(0).email_field, "contact");
  EXPECT_EQ(again.config.jobs.at(0).sha256_email_field, "e mail #");
}

TEST(Configuration, a_blank_value_clears_a_default) {
  for (const char* blank : {"", " \"\"", " null", " ~"}) {
    const Loaded lists =
        load(with_job(std::string("    list_prefix:") + blank + "\n    label:" + blank + "\n"));
    ASSERT_EQ(problems_of(lists), "");
    EXPECT_EQ(lists.config.jobs.at(0).list_prefix, "");
    EXPECT_EQ(lists.config.jobs.at(0).label, "readers");
    std::string events(kJob.substr(0, kJob.find("    identifiers")));
    events.replace(events.find("audience_export"), 15, "conversions_export");
    events += "    identifiers: [{email: em}]\n    event: [{order: event_id}, {at: event_time}]\n";
    for (const char* key : {"event_name_default", "action_source_default", "partner_name_default",
                            "default_country", "content_ids_separator"})
      events += std::string("    ") + key + ":" + blank + "\n";
    const Loaded loaded = load(events);
    ASSERT_EQ(problems_of(loaded), "");
    const ConversionSettings& settings = loaded.config.jobs.at(0).conversions;
    EXPECT_EQ(settings.event_name_default + settings.action_source_default + settings.partner_name_default +
                  settings.default_country + settings.content_ids_separator,
              "");
  }
  // Where nothing is no value, and where it would let everybody through, it stays a mistake.
  for (const char* key : {"consent_field", "records_per_request", "create_audience"})
    EXPECT_EQ(load(with_job(std::string("    ") + key + ":\n")).problems.at(0).code, "empty_value") << key;
}

TEST(Configuration, has_the_documented_defaults) {
  const Loaded loaded = load(kJob);
  ASSERT_EQ(problems_of(loaded), "");
  const Config& c = loaded.config;
  EXPECT_EQ(c.store, "/etc/pinrelay/pinrelay-data");
  EXPECT_EQ(c.listen, "127.0.0.1:7700");
  EXPECT_EQ(c.retention, 336h);
  EXPECT_EQ(c.pinterest_base_url, "https://api.pinterest.com/v5");
  EXPECT_EQ(c.pinterest_ca_file, "");
  EXPECT_EQ(c.authorizations.at(0).tier, Tier::kStandard);
  const JobSettings& job = c.jobs.at(0);
  EXPECT_EQ(job.label, "readers");
  EXPECT_FALSE(job.list.has_value());
  EXPECT_EQ(job.list_prefix, "Pinrelay");
  EXPECT_TRUE(job.create_audience);
  EXPECT_EQ(job.maid_case, MaidCase::kLower);
  EXPECT_EQ(job.consent_field, "");
  EXPECT_EQ(job.flush_after, 5min);
  EXPECT_EQ(job.flush_users, 10'000u);
  EXPECT_EQ(job.records_per_request, 10'000u);
  EXPECT_EQ(job.settle_after_unknown, 20min);
  EXPECT_EQ(job.settle_after_success, 0s);
  EXPECT_TRUE(job.brake.enabled);
  EXPECT_EQ(job.brake.percent, 20u);
  EXPECT_EQ(job.brake.people, 1'000u);
  EXPECT_FALSE(job.reassert_weekly);
}

TEST(Configuration, may_be_empty) {
  EXPECT_EQ(problems_of(load("")), "");
  EXPECT_EQ(problems_of(load("# nothing yet\n")), "");
}

TEST(Configuration, listens_beyond_this_machine_behind_proxies_or_where_clear_text_is_let_in) {
  const Loaded proxies = load("listen: 0.0.0.0:7700\ntrusted_proxies: [10.0.0.5, 10.1.0.0/16]\n");
  EXPECT_EQ(problems_of(proxies), "");
  EXPECT_EQ(proxies.config.trusted_proxies.size(), 2u);
  EXPECT_FALSE(proxies.config.plain_http);
  const Loaded plain = load("listen: 0.0.0.0:7700\nplain_http: true\n");
  EXPECT_EQ(problems_of(plain), "");
  EXPECT_TRUE(plain.config.plain_http);
}

TEST(Configuration, leads_links_to_this_machine_where_it_listens_everywhere_and_has_no_public_url) {
  for (const char* everywhere : {"0.0.0.0:7700", "[::]:7700"}) {
    const Site site = site_of("", everywhere, 0, false);
    EXPECT_EQ(site.origin, "http://127.0.0.1:7700");
    for (const char* host : {"127.0.0.1:7700", "localhost:7700", everywhere})
      EXPECT_TRUE(site.has_host(host));
    EXPECT_FALSE(site.has_host("192.0.2.1:7700"));
    EXPECT_TRUE(site.has_origin("http://localhost:7700"));
  }
  EXPECT_TRUE(site_of("", "[::]:7700", 0, false).has_host("[::1]:7700"));
  EXPECT_EQ(site_of("https://pinrelay.example.com", "0.0.0.0:7700", 0, false).origin,
            "https://pinrelay.example.com");
  EXPECT_EQ(site_of("", "192.0.2.1:7700", 0, true).origin, "https://192.0.2.1:7700");
}

TEST(Configuration, keeps_words_that_yaml_takes_for_booleans_or_numbers_as_texts) {
  const Config c =
      load("fields: [{name: no, type: string}, {name: 007, type: int}, {name: 1e3, type: date}]").config;
  ASSERT_EQ(c.fields.size(), 3u);
  EXPECT_EQ(c.fields[0].name, "no");
  EXPECT_EQ(c.fields[1].name, "007");
  EXPECT_EQ(c.fields[2].name, "1e3");
}

TEST(Configuration, allows_a_list_shared_by_two_jobs_once_one_says_so) {
  const std::string second = R"(    list: {id: 7, type: EMAIL}
  - {name: b, type: audience_export, authorization: acme, audience: B, ad_account: 1,
     identifiers: [{e: email}], list: {id: 7, type: EMAIL, shared: true}}
)";
  EXPECT_EQ(problems_of(load(with_job(second))), "");
}

TEST(Configuration, maps_a_mobile_id_to_a_list_of_type_MAID) {
  const Loaded loaded = load(R"(
authorizations: [{name: a, token: {file: t}}]
jobs: [{name: j, type: audience_export, authorization: a, audience: A, ad_account: 1,
        identifiers: [{idfa: mobile_id}], list: {id: 7, type: MAID}}]
)");
  ASSERT_EQ(problems_of(loaded), "");
  EXPECT_EQ(loaded.config.jobs.at(0).list_type(), ListType::kMaid);
}

TEST(Configuration, refuses_every_cut_of_a_good_file_or_reads_it_without_a_crash) {
  for (size_t size = 0; size < kEverything.size(); ++size) load(kEverything.substr(0, size));
}

TEST(KeyTable, has_defaults_that_are_valid_and_a_place_for_every_value) {
  for (const Key& key : keys()) {
    SCOPED_TRACE(key.path);
    EXPECT_NE(key.help, "");
    if (!key.standard.empty()) {
      EXPECT_TRUE(read_value(key, key.standard, "").ok());
    }
    if (key.kind != Kind::kGroup && key.kind != Kind::kOption) {
      EXPECT_NE(key.store, nullptr);
    }
    if (!key.group().empty()) {
      const std::string_view group =
          key.group().ends_with("[]") ? key.group().substr(0, key.group().size() - 2) : key.group();
      EXPECT_TRUE(std::any_of(keys().begin(), keys().end(), [&](const Key& k) { return k.path == group; }));
    }
  }
}

TEST(ConfigurationReference, names_every_key_and_code_and_shows_an_example_that_is_valid) {
  const std::string page = configuration_reference();
  for (const Key& key : keys())
    EXPECT_NE(page.find("| `" + std::string(key.path) + "` |"), std::string::npos) << key.path;
  for (const Code& code : problem_codes())
    EXPECT_NE(page.find("| `" + std::string(code.name) + "` |"), std::string::npos);
  const size_t begin = page.find("```yaml\n") + 8;
  EXPECT_EQ(problems_of(load(page.substr(begin, page.find("```", begin) - begin))), "");
}

}  // namespace
}  // namespace pinrelay::config
