#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "config/keys.h"
#include "config/problems.h"
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
    identifiers: {email: email, sha256_email: email_hash}
    maid_case: upper
    consent_field: ads_ok
    flush: {after: 250ms, users: 77}
    records_per_request: 500
    settle_after_unknown: 90s
    settle_after_success: 2h
    brake: {enabled: false, percent: 30, people: 0}
    reassert: weekly
)";

// A complete job; the test file's first 11 lines.
constexpr std::string_view kJob = R"(authorizations:
  - name: acme
    token: {file: token}
jobs:
  - name: readers
    type: audience_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    identifiers: {email: email}
)";

std::string with_job(std::string_view more) { return std::string(kJob) + std::string(more); }

Loaded load(std::string_view text) { return load_config(std::string(text), "/etc/pinrelay"); }

std::string problems_of(const Loaded& loaded) { return describe("f", loaded.problems); }

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
  const AudienceJob& job = c.jobs.at(0);
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
  const AudienceJob& job = c.jobs.at(0);
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
     identifiers: {email: e}, list: {id: 7, type: EMAIL, shared: true}}
)";
  EXPECT_EQ(problems_of(load(with_job(second))), "");
}

TEST(Configuration, maps_a_mobile_id_to_a_list_of_type_MAID) {
  const Loaded loaded = load(R"(
authorizations: [{name: a, token: {file: t}}]
jobs: [{name: j, type: audience_export, authorization: a, audience: A, ad_account: 1,
        identifiers: {mobile_id: idfa}, list: {id: 7, type: MAID}}]
)");
  ASSERT_EQ(problems_of(loaded), "");
  EXPECT_EQ(loaded.config.jobs.at(0).list_type(), ListType::kMaid);
}

struct Bad {
  std::string_view name;
  std::string text;
  int line, column;
  std::string_view code;
  std::string_view path;
  std::string_view says;  // part of the message or the fix
};

std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::vector<Bad> bad_texts() {
  return {
      // YAML itself
      {"syntax", "store: [1, 2\n", 2, 1, "yaml_syntax", "", "one above"},
      {"two colons", "store: a: b\n", 1, 9, "yaml_syntax", "", ""},
      {"open quote", "store: x\nlisten: 'y\n", 2, 9, "yaml_syntax", "", "never closed"},
      {"open double quote", "store: \"x\\\"\n", 1, 8, "yaml_syntax", "", "never closed"},
      {"tab", "tls:\n\tcertificate_file: x\n", 2, 1, "yaml_tab", "", "spaces"},
      {"tab after spaces", "tls:\n  \tcertificate_file: x\n", 2, 3, "yaml_tab", "", ""},
      {"latin-1", "store: caf\xe9\n", 1, 11, "yaml_encoding", "", "0xe9"},
      {"surrogate", "store: \xed\xa0\x80\n", 1, 8, "yaml_encoding", "", ""},
      {"NUL", std::string("store: a\0b\n", 11), 1, 9, "yaml_encoding", "", "0x00"},
      {"UTF-16", std::string("\xff\xfes\0t\0", 6), 1, 1, "yaml_encoding", "", "UTF-8"},
      {"anchor", "store: &x a\n", 1, 8, "yaml_alias", "", ""},
      {"alias", "store: &x a\nlisten: *x\n", 2, 9, "yaml_alias", "", ""},
      {"tag", "store: !!str a\n", 1, 8, "yaml_tag", "", ""},
      {"list as key", "? [a]\n: b\n", 1, 3, "yaml_key", "", ""},
      {"two documents", "store: a\n---\nstore: b\n", 2, 1, "yaml_documents", "", ""},
      {"uneven indentation", "  store: a\n listen: 127.0.0.1:1\n", 2, 2, "yaml_documents", "", "indent"},
      {"too large", repeated("# a comment\n", 90'000), 1, 1, "too_large", "", "1080000"},
      {"deep", "store: " + repeated("[", 20) + repeated("]", 20), 1, 23, "too_deep", "", ""},
      {"very deep", repeated("[", 5'000), 1, 9, "too_deep", "", ""},
      {"many values", "store: [" + repeated("1,", 100'001) + "1]", 1, 200'003, "too_many_values", "", ""},
      // shape
      {"not a map", "- a\n", 1, 1, "wrong_type", "", "group of keys"},
      {"scalar at the top", "hello\n", 1, 1, "wrong_type", "", ""},
      {"map for a value", "store: {a: b}\n", 1, 8, "wrong_type", "store", "one value"},
      {"list for a group", "tls: [a]\n", 1, 6, "wrong_type", "tls", ""},
      {"value for a list", "jobs: readers\n", 1, 7, "wrong_type", "jobs", "`- `"},
      {"item without keys", "jobs: [readers]\n", 1, 8, "wrong_type", "jobs[0]", "- name"},
      {"nothing after the colon", "store:\nlisten: 127.0.0.1:1\n", 1, 1, "empty_value", "store", ""},
      {"twice", "store: a\nstore: b\n", 2, 1, "duplicate_key", "store", "line 1"},
      {"unknown", "stroe: a\n", 1, 1, "unknown_key", "", "Did you mean store?"},
      {"unknown, another place", "token: {file: a}\n", 1, 1, "unknown_key", "",
       "It belongs under authorizations[]"},
      {"unknown, nothing near", "tls: {zebra: 1, certificate_file: a, private_key_file: b}\n", 1, 7,
       "unknown_key", "tls", "certificate_file, private_key_file"},
      {"unknown, one level up", with_job("    flush_after: 5m\n"), 11, 5, "unknown_key", "jobs[0]",
       "flush.after?"},
      {"unknown, other case", "jobs: []\nretentionDays: 3d\nRetention: 3d\n", 3, 1, "unknown_key", "",
       "retention?"},
      {"missing", "write_keys:\n  - key: {file: a}\n", 2, 5, "missing_key", "write_keys[0].name",
       "Add `name"},
      {"missing in a group", "tls: {certificate_file: a}\n", 1, 6, "missing_key", "tls.private_key_file", ""},
      // values
      {"line break", "fields: [{name: \"a\\nb\", type: int}]\n", 1, 17, "bad_text", "fields[0].name",
       "a\\x0ab"},
      {"empty name", "fields: [{name: '', type: int}]\n", 1, 17, "out_of_range", "fields[0].name", ""},
      {"long name", "fields: [{name: " + repeated("x", 129) + ", type: int}]\n", 1, 17, "out_of_range",
       "fields[0].name", "129"},
      {"capital", "write_keys: [{name: Web Site, key: {file: a}}]\n", 1, 21, "bad_name", "write_keys[0].name",
       "web_site"},
      {"duration without unit", with_job("    flush: {after: 5}\n"), 11, 20, "bad_duration",
       "jobs[0].flush.after", "5s, 5m"},
      {"duration of two units", with_job("    settle_after_success: 1h30m\n"), 11, 27, "bad_duration",
       "jobs[0].settle_after_success", ""},
      {"negative duration", with_job("    settle_after_unknown: -5m\n"), 11, 27, "bad_duration",
       "jobs[0].settle_after_unknown", ""},
      {"long duration", with_job("    flush: {after: 2d}\n"), 11, 20, "out_of_range", "jobs[0].flush.after",
       "1d"},
      {"endless duration", "retention: 9223372036854775807w\n", 1, 12, "out_of_range", "retention", ""},
      {"short retention", "retention: 59m\n", 1, 12, "out_of_range", "retention", "1h to 3650d"},
      {"separators", with_job("    records_per_request: 10,000\n"), 11, 26, "bad_count",
       "jobs[0].records_per_request", "Write 10000"},
      {"fraction", with_job("    brake: {percent: 2.5}\n"), 11, 22, "bad_count", "jobs[0].brake.percent", ""},
      {"huge number", with_job("    flush: {users: 99999999999999999999}\n"), 11, 20, "bad_count",
       "jobs[0].flush.users", ""},
      {"zero users", with_job("    flush: {users: 0}\n"), 11, 20, "out_of_range", "jobs[0].flush.users",
       "10000000"},
      {"many records", with_job("    records_per_request: 100001\n"), 11, 26, "out_of_range",
       "jobs[0].records_per_request", ""},
      {"yes", with_job("    create_audience: yes\n"), 11, 22, "bad_flag", "jobs[0].create_audience",
       "Write true"},
      {"off", with_job("    brake: {enabled: off}\n"), 11, 22, "bad_flag", "jobs[0].brake.enabled",
       "Write false"},
      {"choice", with_job("    reassert: weakly\n"), 11, 15, "bad_choice", "jobs[0].reassert", "weekly?"},
      {"choice in capitals", with_job("    maid_case: LOWER\n"), 11, 16, "bad_choice", "jobs[0].maid_case",
       "lower?"},
      {"field type", "fields: [{name: a, type: integer}]\n", 1, 26, "bad_choice", "fields[0].type", ""},
      {"job type", "jobs: [{type: conversions_export}]\n", 1, 15, "bad_choice", "jobs[0].type",
       "audience_export"},
      {"tilde", "store: ~/data\n", 1, 8, "bad_path", "store", "home"},
      {"id of letters", with_job("    list: {id: PL643, type: EMAIL}\n"), 11, 16, "bad_id", "jobs[0].list.id",
       ""},
      {"long id", with_job("    list: {id: 1234567890123456789, type: EMAIL}\n"), 11, 16, "bad_id",
       "jobs[0].list.id", "18"},
      {"http", "pinterest: {base_url: http://api.pinterest.com/v5}\n", 1, 23, "plaintext_url",
       "pinterest.base_url", "https"},
      {"loopback look-alike", "pinterest: {base_url: http://127.0.0.1.example.org}\n", 1, 23, "plaintext_url",
       "pinterest.base_url", ""},
      {"no scheme", "pinterest: {base_url: api.pinterest.com}\n", 1, 23, "bad_url", "pinterest.base_url", ""},
      {"user in the URL", "pinterest: {base_url: https://a@example.org}\n", 1, 23, "bad_url",
       "pinterest.base_url", ""},
      {"port of the URL", "pinterest: {base_url: \"https://example.org:99999\"}\n", 1, 23, "bad_url",
       "pinterest.base_url", ""},
      {"listen without port", "listen: 127.0.0.1\n", 1, 9, "bad_address", "listen", "127.0.0.1:7700"},
      {"listen on a name", "listen: localhost:80\n", 1, 9, "bad_address", "listen", "127.0.0.1:80"},
      {"listen in clear text", "listen: 0.0.0.0:80\n", 1, 1, "plaintext_listen", "listen", "tls"},
      // secrets
      {"literal", "write_keys: [{name: a, key: hunter2}]\n", 1, 29, "literal_secret", "write_keys[0].key",
       "{file"},
      {"literal in a list", "write_keys: [{name: a, key: [hunter2]}]\n", 1, 29, "literal_secret",
       "write_keys[0].key", ""},
      {"literal in braces", "write_keys: [{name: a, key: {hunter2}}]\n", 1, 29, "bad_secret",
       "write_keys[0].key", ""},
      {"literal under another key", "write_keys: [{name: a, key: {value: hunter2}}]\n", 1, 29, "bad_secret",
       "write_keys[0].key", ""},
      {"two sources", "write_keys: [{name: a, key: {file: hunter2, credential: hunter2}}]\n", 1, 29,
       "bad_secret", "write_keys[0].key", "exactly one"},
      {"credential with a slash", "write_keys: [{name: a, key: {credential: ../hunter2}}]\n", 1, 30,
       "bad_secret", "write_keys[0].key", ""},
      {"file without a path", "write_keys: [{name: a, key: {file: }}]\n", 1, 30, "bad_secret",
       "write_keys[0].key", ""},
      // rules between keys
      {"same name", "fields:\n  - {name: a, type: int}\n  - {name: a, type: int}\n", 3, 6, "duplicate_name",
       "fields[1].name", "fields[0]"},
      {"authorization",
       std::string(kJob).replace(kJob.find("authorization: acme"), 19, "authorization: amce"), 7, 5,
       "unknown_authorization", "jobs[0].authorization", "acme?"},
      {"no identifier", std::string(kJob).replace(kJob.find("{email: email}"), 14, "{}"), 10, 5,
       "no_identifier", "jobs[0].identifiers", ""},
      {"no identifiers key", std::string(kJob.substr(0, kJob.find("    identifiers"))), 5, 5, "no_identifier",
       "jobs[0].identifiers", "{email: email}"},
      {"mixed", std::string(kJob).replace(kJob.find("{email"), 1, "{mobile_id: idfa, "), 10, 5,
       "mixed_identifiers", "jobs[0].identifiers", "only contain one identifier type"},
      {"list without type", with_job("    list: {id: 7}\n"), 11, 11, "missing_key", "jobs[0].list.type",
       "Pinterest does not tell"},
      {"MAID list for e-mails", with_job("    list: {id: 7, type: MAID}\n"), 11, 19, "list_type_mismatch",
       "jobs[0].list.type", "EMAIL"},
      {"list of two jobs",
       with_job("    list: {id: 7, type: EMAIL}\n  - {name: b, type: audience_export, authorization: acme, "
                "audience: "
                "B, ad_account: 1,\n     identifiers: {email: e}, list: {id: 7, type: EMAIL}}\n"),
       13, 38, "list_not_shared", "jobs[1].list.id", "shared: true"},
      {"list of two types",
       with_job("    list: {id: 7, type: EMAIL}\n  - {name: b, type: audience_export, authorization: acme, "
                "audience: "
                "B, ad_account: 1,\n     identifiers: {mobile_id: e}, list: {id: 7, type: MAID}}\n"),
       13, 49, "list_type_conflict", "jobs[1].list.type", ""},
      {"list of two ad accounts",
       with_job(
           "    list: {id: 7, type: EMAIL}\n  - {name: b, type: audience_export, authorization: acme, "
           "audience: "
           "B, ad_account: 2,\n     identifiers: {email: e}, list: {id: 7, type: EMAIL, shared: true}}\n"),
       12, 77, "list_account_conflict", "jobs[1].ad_account", ""},
  };
}

TEST(Configuration, says_of_each_mistake_where_it_is_and_what_to_do) {
  for (const Bad& bad : bad_texts()) {
    SCOPED_TRACE(bad.name);
    const Loaded loaded = load(bad.text);
    const auto found = std::find_if(loaded.problems.begin(), loaded.problems.end(), [&](const Problem& p) {
      return p.line == bad.line && p.column == bad.column && p.code == bad.code && p.path == bad.path;
    });
    ASSERT_NE(found, loaded.problems.end()) << problems_of(loaded);
    EXPECT_NE((found->message + ". " + found->fix).find(bad.says), std::string::npos) << problems_of(loaded);
    EXPECT_NE(found->message, "");
    EXPECT_NE(found->fix, "");
  }
}

TEST(Configuration, says_nothing_besides_the_one_mistake) {
  // These break a second rule by what they are.
  const std::set<std::string_view> with_more = {"alias",
                                                "job type",
                                                "many values",
                                                "two documents",
                                                "deep",
                                                "unknown, other case",
                                                "uneven indentation"};
  for (const Bad& bad : bad_texts()) {
    SCOPED_TRACE(bad.name);
    const Loaded loaded = load(bad.text);
    if (!with_more.contains(bad.name)) {
      EXPECT_EQ(loaded.problems.size(), 1u) << problems_of(loaded);
    }
  }
}

TEST(Configuration, never_repeats_what_stands_in_the_place_of_a_secret) {
  for (const Bad& bad : bad_texts()) {
    SCOPED_TRACE(bad.name);
    EXPECT_EQ(problems_of(load(bad.text)).find("hunter2"), std::string::npos);
  }
}

TEST(Configuration, documents_every_code_and_provokes_every_documented_one) {
  std::set<std::string> documented, seen{"too_many_problems"};
  for (const Code& code : problem_codes()) documented.insert(std::string(code.name));
  for (const Bad& bad : bad_texts())
    for (const Problem& problem : load(bad.text).problems) seen.insert(problem.code);
  EXPECT_EQ(seen, documented);
}

TEST(Configuration, reports_all_mistakes_at_once_in_the_order_of_the_file) {
  const Loaded loaded =
      load("retention: 5\nlisten: here\njobs:\n  - name: A\n    flush: {users: none}\nzebra: 1\n");
  std::string codes;
  for (const Problem& problem : loaded.problems) codes += problem.code + " ";
  EXPECT_EQ(codes,
            "bad_duration bad_address missing_key missing_key missing_key missing_key no_identifier bad_name "
            "bad_count "
            "unknown_key ");
}

TEST(Configuration, lists_a_bounded_number_of_mistakes) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "zebra" + std::to_string(i) + ": 1\n";
  const Loaded loaded = load(text);
  ASSERT_EQ(loaded.problems.size(), Problems::kProblemsMax + 1);
  EXPECT_EQ(loaded.problems.back().code, "too_many_problems");
  EXPECT_EQ(loaded.problems.back().message, "4800 more problems are not listed");
}

TEST(Configuration, describes_a_problem_on_one_line) {
  EXPECT_EQ(problems_of(load("store: a\nlistem: b\n")),
            "f:2:1: there is no key 'listem' here. Did you mean listen? [unknown_key]\n");
  EXPECT_EQ(problems_of(load("retention: 5\n")),
            "f:1:12: retention: '5' is not a duration. Add a unit: 5s, 5m, 5h or 5d [bad_duration]\n");
}

TEST(Configuration, shows_input_without_its_control_characters) {
  EXPECT_EQ(problems_of(load("\"a\\e[31m\": 1\n")).find('\x1b'), std::string::npos);
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
