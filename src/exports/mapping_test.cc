#include "exports/mapping.h"

#include <gtest/gtest.h>

#include <set>

namespace pinrelay::exports {
namespace {

// A conversions job; what is added stands from line 15 on.
std::string with(std::string_view more) {
  return R"(authorizations:
  - name: acme
    method: conversion_token
    token: {file: token}
    ad_account: "123"
jobs:
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Buyers
    action_source_default: web
    event_name_default: checkout
    identifiers: [{email: em}]
    event: [{order_id: event_id}, {ordered_at: event_time}]
)" + std::string(more);
}

config::Loaded load(const std::string& text) {
  return config::load_config(text, "/etc/pinrelay", check_mappings);
}

// "code at line", for each problem.
std::vector<std::string> problems_of(const std::string& text) {
  std::vector<std::string> out;
  for (const config::Problem& problem : load(text).problems)
    out.push_back(problem.code + " at " + std::to_string(problem.line));
  return out;
}
using Problems = std::vector<std::string>;

std::string without(std::string text, std::string_view line) {
  const size_t at = text.find(line);
  text.erase(at, text.find('\n', at) + 1 - at);
  return text;
}

TEST(Mapping, follows_the_settings_in_their_order) {
  const config::Loaded loaded = load(with("    details: [{total: value}]\n    default_country: de\n"));
  ASSERT_TRUE(loaded.problems.empty()) << config::describe("f", loaded.problems);
  const config::JobSettings& job = loaded.config.jobs[0];
  EXPECT_EQ(job.ad_account, "123");
  EXPECT_EQ(mapped_fields(job.conversions), (Problems{"email", "order_id", "ordered_at", "total"}));
  const pinterest::EventMapping mapping = event_mapping(job.conversions);
  std::vector<std::string> targets;
  for (const auto* target : mapping.targets) targets.emplace_back(target->target);
  EXPECT_EQ(targets, (Problems{"em", "event_id", "event_time", "value"}));
  EXPECT_EQ(mapping.default_country, "DE");
  EXPECT_EQ(mapping.event_name_default, "checkout");
}

TEST(Mapping, the_longer_forms_say_where_a_value_comes_from) {
  const config::Loaded loaded =
      load(with("    details:\n"
                "      - {first_of: [total, revenue], to: value, default: 0}\n"
                "      - {constant: EUR, to: currency}\n"
                "      - {field: skus, to: content_ids}\n"
                "      - {field: more_skus, to: content_ids}\n"
                "      - to: content_name\n"));  // one key is the short form, whatever it is called
  ASSERT_TRUE(loaded.problems.empty()) << config::describe("f", loaded.problems);
  const config::ConversionSettings& settings = loaded.config.jobs[0].conversions;
  EXPECT_EQ(mapped_fields(settings),
            (Problems{"email", "order_id", "ordered_at", "total", "revenue", "skus", "more_skus", "to"}));
  const pinterest::EventMapping mapping = event_mapping(settings);
  EXPECT_EQ(mapping.targets.size(), 8u);
  EXPECT_EQ(mapping.alternatives, std::vector<size_t>{4});
  ASSERT_EQ(mapping.fixed.size(), 2u);
  EXPECT_EQ(mapping.fixed[0].target->target, "value");
  EXPECT_EQ(mapping.fixed[0].text, "0");
  EXPECT_EQ(mapping.fixed[1].target->target, "currency");
}

TEST(Mapping, a_form_that_says_too_little_or_too_much_is_refused_where_it_stands) {
  const auto problems = [](std::string_view entry) {
    return problems_of(with("    details:\n      - " + std::string(entry) + "\n"));
  };
  EXPECT_EQ(problems("{field: a, default: 1}"), Problems{"wrong_form at 16"});
  EXPECT_EQ(problems("{to: value, default: 1}"), Problems{"wrong_form at 16"});
  EXPECT_EQ(problems("{field: a, constant: 1, to: value}"), Problems{"wrong_form at 16"});
  EXPECT_EQ(problems("{constant: 1, to: value, default: 2}"), Problems{"wrong_form at 16"});
  EXPECT_EQ(problems("{first_of: [a], to: value}"), Problems{"wrong_type at 16"});
  EXPECT_EQ(problems("{first_of: a, to: value}"), Problems{"wrong_type at 16"});
  EXPECT_EQ(problems("{field: [a, b], to: value}"), Problems{"wrong_type at 16"});
  EXPECT_EQ(problems("{field: a, too: value}"), Problems{"unknown_key at 16"});
  EXPECT_EQ(problems("{a: value, b: currency}"), (Problems{"unknown_key at 16", "unknown_key at 16"}));
  EXPECT_EQ(problems("{field: a, to: value, to: value}"), Problems{"duplicate_key at 16"});
  EXPECT_EQ(problems("{constant: many, to: num_items}"), Problems{"bad_constant at 16"});
  EXPECT_EQ(problems("{constant: no, to: opt_out}"), Problems{"bad_constant at 16"});
  EXPECT_EQ(problems("{constant: yes, to: opt_out}"), Problems{});
  EXPECT_EQ(problems("{field: a, too: value}\n      - b: valeu"),
            (Problems{"unknown_key at 16", "unknown_target at 17"}))
      << "one mistake does not move the place of the next";
  EXPECT_EQ(problems("{field: a, to: order_id, default: 1}"), Problems{"constant_not_allowed at 16"});
  EXPECT_EQ(problems("{field: a, to: contents.id, default: 1}"), Problems{"constant_not_allowed at 16"});
}

TEST(Mapping, several_fields_may_fill_a_list_and_nothing_else) {
  const auto problems = [](std::string_view entries) {
    return problems_of(with("    details: [" + std::string(entries) + "]\n"));
  };
  const Problems none, twice{"duplicate_target at 15"};
  EXPECT_EQ(problems("{a: content_ids}, {b: content_ids}"), none);
  EXPECT_EQ(problems("{field: a, to: content_ids, default: x}, {b: content_ids}"), none);
  EXPECT_EQ(problems("{field: a, to: content_ids, default: x}, {field: b, to: content_ids, default: y}"),
            twice);
  EXPECT_EQ(problems("{constant: x, to: content_ids}, {b: content_ids}"), twice)
      << "a constant is no default";
  EXPECT_EQ(problems("{b: content_ids}, {constant: x, to: content_ids}"), twice);
  EXPECT_EQ(problems("{a: value}, {b: value}"), twice);
  EXPECT_EQ(problems("{a: contents.id}, {b: contents.id}"), twice) << "its values belong together by place";
}

// Whatever the field and the form: one text must not become everybody's identity.
TEST(Mapping, no_form_gives_everybody_the_same_identity) {
  for (const pinterest::ConversionField& field : pinterest::conversion_fields()) {
    if (field.group != pinterest::Group::kIdentifier) continue;
    for (const char* form : {"{constant: x1, to: ", "{field: a, default: x1, to: "}) {
      const bool place = field.target == "country" || (field.target == "st" && form[1] == 'c');
      std::string text = with("");
      text.replace(text.find("{email: em}"), 11, "{email: em}, " + (form + std::string(field.target)) + "}");
      const Problems problems = problems_of(text);
      const bool refused = std::ranges::find(problems, "constant_not_allowed at 13") != problems.end();
      if (field.target != "em") {
        EXPECT_EQ(refused, !place) << form << field.target;
      }
    }
  }
}

TEST(Mapping, each_mistake_is_told_where_it_stands) {
  EXPECT_EQ(problems_of(with("    details:\n      - a: value\n      - b: valeu\n")),
            Problems{"unknown_target at 17"});
  EXPECT_EQ(problems_of(with("    details:\n      - a: em\n")), Problems{"wrong_mapping at 16"});
  EXPECT_EQ(problems_of(with("    details:\n      - a: value\n      - b: value\n")),
            Problems{"duplicate_target at 17"});
  EXPECT_EQ(problems_of(with("    time_zone: Europe/Atlantis\n")), Problems{"unknown_time_zone at 15"});
  EXPECT_EQ(problems_of(with("    default_country: UK\n")), Problems{"unknown_country at 15"});
  std::string text = with("");
  text.replace(text.find("checkout"), 8, "purchase");
  EXPECT_EQ(problems_of(text), Problems{"unknown_event_name at 12"});
}

TEST(Mapping, a_job_that_cannot_start_says_all_that_is_missing) {
  std::string text = without(without(with(""), "    event_name_default"), "    action_source_default");
  text.replace(text.find("{email: em}"), 11, "{user: external_id}");
  text.replace(text.find("{order_id: event_id}, "), 22, "");
  EXPECT_EQ(problems_of(text), (Problems{"no_identifier_set at 7", "event_id_not_mapped at 7",
                                         "no_event_name at 7", "no_action_source at 7"}));
}

TEST(Mapping, provokes_every_code_that_is_documented_for_it) {
  std::string nothing = without(without(with(""), "    event_name_default"), "    action_source_default");
  nothing.replace(nothing.find("{email: em}"), 11, "{user: external_id}");
  nothing.replace(nothing.find("{order_id: event_id}, {ordered_at: event_time}"), 46, "{a: event_name}");
  std::string unnamed = without(without(with(""), "    event_name_default"), "    action_source_default");
  std::string purchase = with("");
  purchase.replace(purchase.find("checkout"), 8, "purchase");
  // The last one is also found without these rules, where the targets are in the table of keys.
  std::set<std::string> documented{"duplicate_target"}, seen;
  for (const config::Code& code : config::problem_codes())
    if (code.more_rules) documented.insert(std::string(code.name));
  for (const std::string& text :
       {nothing, unnamed, purchase,
        with("    details:\n      - a: valeu\n      - a: em\n      - a: value\n      - b: value\n"),
        with("    details: [{constant: x, to: order_id}, {constant: x, to: currency}]\n"),
        with("    details: [{constant: ss-y, to: partner_name}]\n    partner_name_default: ss-x\n"),
        with("    time_zone: Mars\n    default_country: UK\n")})
    for (const config::Problem& problem : load(text).problems) seen.insert(problem.code);
  EXPECT_EQ(seen, documented);
}

TEST(Mapping, a_conversion_token_serves_conversions_alone) {
  std::string text = with("");
  text.replace(text.find("conversions_export"), 18, "audience_export");
  const Problems problems = problems_of(text);
  EXPECT_NE(std::find(problems.begin(), problems.end(), "wrong_method at 9"), problems.end());
  EXPECT_EQ(problems_of(with("    ad_account: \"999\"\n")), Problems{"wrong_ad_account at 15"});
  text = without(with(""), "    method");
  text = without(text, "    ad_account");
  EXPECT_EQ(problems_of(text), Problems{"missing_key at 5"});
}

TEST(Mapping, warns_of_events_that_pinterest_is_expected_to_refuse) {
  EXPECT_TRUE(settings_warnings(load(with("    event_max_age: 7d\n")).config.jobs[0]).empty());
  const auto warnings = settings_warnings(load(with("    event_max_age: 8d\n")).config.jobs[0]);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("event_max_age"), std::string::npos);
}

TEST(Mapping, only_a_plain_yes_is_consent_and_what_cannot_be_read_is_no_no) {
  const auto consent = [](std::string_view text) {
    return read_consent(store::ValueType::kString, as_bytes(text));
  };
  for (const std::string_view yes :
       {"true", "1", "YES", "t", "Y", "on", " yes", "1.0", "TRUE", "\u00a0true\u200b", "\"true\""})
    EXPECT_EQ(consent(yes), Reason::kNone) << yes;
  for (const std::string_view no :
       {"", " ", "no", "f", "FALSE", "0", "0.0", "off", "n", "null", "\\N", "#N/A"})
    EXPECT_EQ(consent(no), Reason::kNoConsent) << no;
  for (const std::string_view neither : {"maybe", "WAHR", "SUBSCRIBED", "2", "yes!"})
    EXPECT_EQ(consent(neither), Reason::kConsentUnreadable) << neither;
  EXPECT_EQ(read_consent(store::ValueType::kNull, {}), Reason::kNoConsent);
}

}  // namespace
}  // namespace pinrelay::exports
