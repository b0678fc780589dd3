// Every mistake we know how to name: where it is reported, under which code, with which help.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "config/config.h"
#include "config/problems.h"
#include "config/sample_job.h"

namespace pinrelay::config {
namespace {

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

// A conversions job, whose details stand in line 14.
std::string with_details(std::string_view entry) {
  return R"(authorizations:
  - name: a
    method: conversion_token
    token: {file: t}
    ad_account: "1"
jobs:
  - name: r
    type: conversions_export
    authorization: a
    audience: R
    ad_account: "1"
    identifiers: [{e: em}]
    event: [{i: event_id}]
    details: [)" +
         std::string(entry) + "]\n";
}

std::vector<Bad> bad_texts() {
  return {
      // methods
      {"token for lists",
       "authorizations:\n  - {name: a, method: conversion_token, token: {file: t}, ad_account: "
       "\"1\"}\njobs:\n  - name: "
       "r\n    type: audience_export\n    authorization: a\n    audience: R\n    identifiers: [{email: "
       "email}]\n",
       6, 5, "wrong_method", "jobs[0].authorization", "sign_in"},
      {"another account",
       "authorizations:\n  - {name: a, method: conversion_token, token: {file: t}, ad_account: "
       "\"1\"}\njobs:\n  - name: "
       "r\n    type: conversions_export\n    authorization: a\n    audience: R\n    ad_account: \"2\"\n    "
       "identifiers: "
       "[{e: em}]\n    event: [{i: event_id}]\n",
       8, 5, "wrong_ad_account", "jobs[0].ad_account", "Leave"},
      // forms of a mapping entry
      {"entry without a target", with_details("{field: a, default: b}"), 14, 15, "wrong_form",
       "jobs[0].details[0]", "`to`"},
      {"entry with two sources", with_details("{field: a, constant: b, to: c}"), 14, 15, "wrong_form",
       "jobs[0].details[0]", "one of"},
      {"constant with a default", with_details("{constant: a, to: b, default: c}"), 14, 15, "wrong_form",
       "jobs[0].details[0]", "never missing"},
      {"unknown key of an entry", with_details("{feild: a, to: b}"), 14, 16, "unknown_key",
       "jobs[0].details[0]", "Did you mean field?"},
      {"first of one", with_details("{first_of: [a], to: b}"), 14, 26, "wrong_type",
       "jobs[0].details[0].first_of", "2 to 10"},
      {"two for a field", with_details("{field: [a, b], to: c}"), 14, 23, "wrong_type",
       "jobs[0].details[0].field", "single value"},
      // who gets alerts
      {"mail server by https", "smtp: {url: 'https://mail.example.com', from: a@example.com}\n", 1, 8,
       "bad_url", "smtp.url", "smtps://"},
      {"mail server with a user", "smtp: {url: 'smtps://u:p@mail.example.com', from: a@example.com}\n", 1, 8,
       "bad_url", "smtp.url", "without user"},
      {"two senders", "smtp: {url: 'smtps://mail.example.com', from: 'a@example.com, b@example.com'}\n", 1,
       41, "bad_mail_address", "smtp.from", "ASCII"},
      {"user without password", "smtp: {url: 'smtps://mail.example.com', from: a@example.com, user: a}\n", 1,
       1, "missing_key", "smtp", "both"},
      {"webhook in clear text",
       "webhooks:\n  - {name: ops, url: 'http://hooks.example.com/', secret: {file: s}}\n", 2, 22,
       "plaintext_url", "webhooks[0].url", "https"},
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
      {"job type", "jobs: [{type: conversions}]\n", 1, 15, "bad_choice", "jobs[0].type", "audience_export"},
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
      {"listen in clear text", "listen: 0.0.0.0:80\n", 1, 1, "plaintext_listen", "listen",
       "tls, or trusted_proxies"},
      {"listen in clear text, what else", "listen: 0.0.0.0:80\nplain_http: false\ntrusted_proxies: []\n", 1,
       1, "plaintext_listen", "listen", "plain_http: true"},
      {"proxy by name", "trusted_proxies: [10.0.0.5, proxy.example.com]\n", 1, 29, "bad_network",
       "trusted_proxies[1]", "10.0.0.5"},
      {"proxy amid a network", "trusted_proxies: [10.1.2.3/16]\n", 1, 19, "bad_network", "trusted_proxies[0]",
       "10.1.0.0/16"},
      {"proxy with keys", "trusted_proxies: [{address: 10.0.0.5}]\n", 1, 19, "bad_network",
       "trusted_proxies[0]", ""},
      {"one proxy, no list", "trusted_proxies: 10.0.0.5\n", 1, 18, "wrong_type", "trusted_proxies", "`- `"},
      {"many proxies", "trusted_proxies: [" + repeated("10.0.0.5, ", 101) + "]\n", 1, 18, "out_of_range",
       "trusted_proxies", ""},
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
      {"no identifier", std::string(kJob).replace(kJob.find("[{email: email}]"), 16, "[]"), 10, 5,
       "no_identifier", "jobs[0].identifiers", ""},
      {"no identifiers key", std::string(kJob.substr(0, kJob.find("    identifiers"))), 5, 5, "no_identifier",
       "jobs[0].identifiers", "{email: email}"},
      {"mixed", std::string(kJob).replace(kJob.find("{email"), 1, "{idfa: mobile_id}, {"), 10, 5,
       "mixed_identifiers", "jobs[0].identifiers", "only contain one identifier type"},
      {"mapped twice", std::string(kJob).replace(kJob.find("{email"), 1, "{other: email}, {"), 10, 43,
       "duplicate_target", "jobs[0].identifiers[1]", "email is mapped twice"},
      {"unknown identifier", std::string(kJob).replace(kJob.find("email}"), 5, "emial"), 10, 27, "bad_choice",
       "jobs[0].identifiers[0]", "id you mean email?"},
      {"identifier in the other direction",
       std::string(kJob).replace(kJob.find("{email: email}"), 14, "{email: e/x}"), 10, 27, "bad_choice",
       "jobs[0].identifiers[0]", "`{\"e/x\": email}`"},
      {"identifiers as a group",
       std::string(kJob).replace(kJob.find("[{email: email}]"), 16, "{mail: email}"), 10, 19, "unknown_key",
       "jobs[0].identifiers", "`[{mail: email}]`"},
      {"old identifiers, misspelt",
       std::string(kJob).replace(kJob.find("[{email: email}]"), 16, "{mobil_id: idfa}"), 10, 19,
       "unknown_key", "jobs[0].identifiers", "Did you mean mobile_id?"},
      {"old identifiers, empty", std::string(kJob).replace(kJob.find("[{email: email}]"), 16, "{email: }"),
       10, 19, "empty_value", "jobs[0].identifiers.email", "remove the key"},
      {"list without type", with_job("    list: {id: 7}\n"), 11, 11, "missing_key", "jobs[0].list.type",
       "Pinterest does not tell"},
      {"MAID list for e-mails", with_job("    list: {id: 7, type: MAID}\n"), 11, 19, "list_type_mismatch",
       "jobs[0].list.type", "EMAIL"},
      {"list of two jobs",
       with_job("    list: {id: 7, type: EMAIL}\n  - {name: b, type: audience_export, authorization: acme, "
                "audience: "
                "B, ad_account: 1,\n     identifiers: [{e: email}], list: {id: 7, type: EMAIL}}\n"),
       13, 40, "list_not_shared", "jobs[1].list.id", "shared: true"},
      {"list of two types",
       with_job("    list: {id: 7, type: EMAIL}\n  - {name: b, type: audience_export, authorization: acme, "
                "audience: "
                "B, ad_account: 1,\n     identifiers: [{e: mobile_id}], list: {id: 7, type: MAID}}\n"),
       13, 51, "list_type_conflict", "jobs[1].list.type", ""},
      {"list of two ad accounts",
       with_job(
           "    list: {id: 7, type: EMAIL}\n  - {name: b, type: audience_export, authorization: acme, "
           "audience: "
           "B, ad_account: 2,\n     identifiers: [{e: email}], list: {id: 7, type: EMAIL, shared: true}}\n"),
       12, 72, "list_account_conflict", "jobs[1].ad_account", ""},
  };
}

TEST(ConfigurationMistakes, says_of_each_mistake_where_it_is_and_what_to_do) {
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

TEST(ConfigurationMistakes, says_nothing_besides_the_one_mistake) {
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

TEST(ConfigurationMistakes, never_repeats_what_stands_in_the_place_of_a_secret) {
  for (const Bad& bad : bad_texts()) {
    SCOPED_TRACE(bad.name);
    EXPECT_EQ(problems_of(load(bad.text)).find("hunter2"), std::string::npos);
  }
}

TEST(ConfigurationMistakes, documents_every_code_and_provokes_every_documented_one) {
  std::set<std::string> documented, seen{"too_many_problems"};
  for (const Code& code : problem_codes())
    if (!code.more_rules && !code.apart) documented.insert(std::string(code.name));
  for (const Bad& bad : bad_texts())
    for (const Problem& problem : load(bad.text).problems) seen.insert(problem.code);
  EXPECT_EQ(seen, documented);
}

TEST(ConfigurationMistakes, reports_all_mistakes_at_once_in_the_order_of_the_file) {
  const Loaded loaded =
      load("retention: 5\nlisten: here\njobs:\n  - name: A\n    flush: {users: none}\nzebra: 1\n");
  std::string codes;
  for (const Problem& problem : loaded.problems) codes += problem.code + " ";
  EXPECT_EQ(codes,
            "bad_duration bad_address missing_key missing_key missing_key missing_key no_identifier bad_name "
            "bad_count "
            "unknown_key ");
}

TEST(ConfigurationMistakes, lists_a_bounded_number_of_mistakes) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "zebra" + std::to_string(i) + ": 1\n";
  const Loaded loaded = load(text);
  ASSERT_EQ(loaded.problems.size(), Problems::kProblemsMax + 1);
  EXPECT_EQ(loaded.problems.back().code, "too_many_problems");
  EXPECT_EQ(loaded.problems.back().message, "4800 more problems are not listed");
}

TEST(ConfigurationMistakes, describes_a_problem_on_one_line) {
  EXPECT_EQ(problems_of(load("store: a\nlistem: b\n")),
            "f:2:1: there is no key 'listem' here. Did you mean listen? [unknown_key]\n");
  EXPECT_EQ(problems_of(load("retention: 5\n")),
            "f:1:12: retention: '5' is not a duration. Add a unit: 5s, 5m, 5h or 5d [bad_duration]\n");
}

TEST(ConfigurationMistakes, shows_input_without_its_control_characters) {
  EXPECT_EQ(problems_of(load("\"a\\e[31m\": 1\n")).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace pinrelay::config
