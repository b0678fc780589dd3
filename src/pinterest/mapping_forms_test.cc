// Where a value comes from: the first of several fields, several fields side by side, a default, a constant.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pinterest/conversion_event.h"

namespace pinrelay::pinterest {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

const Time kNow = from_millis(1'767'225'600'000);

// A target, the values of its fields, and what is fixed; each but the first value is an alternative.
struct Form {
  std::string target;
  Texts values;
  std::string fixed{};
};

BuiltEvent build(const std::vector<Form>& forms) {
  EventMapping mapping;
  Texts texts;
  const auto add = [&](const Form& form) {
    const ConversionField* field = find_conversion_field(form.target);
    for (size_t i = 0; i < form.values.size(); ++i) {
      if (i > 0) mapping.alternatives.push_back(mapping.targets.size());
      mapping.targets.push_back(field);
      texts.push_back(form.values[i]);
    }
    if (!form.fixed.empty()) mapping.fixed.push_back({field, form.fixed});
  };
  for (const Form& form : forms) add(form);
  const auto has = [&](std::string_view target) {
    return std::ranges::any_of(forms, [&](const Form& form) { return form.target == target; });
  };
  if (!has("em")) add({"em", {"jane@example.org"}});
  if (!has("event_id")) add({"event_id", {"e1"}});
  if (!has("event_time")) add({"event_time", {""}});
  if (!has("event_name")) mapping.event_name_default = "checkout";
  if (!has("action_source")) mapping.action_source_default = "web";
  std::vector<FieldValue> values;
  for (const std::string& text : texts)
    values.push_back(text == "null" ? FieldValue{} : FieldValue{store::ValueType::kString, as_bytes(text)});
  return EventBuilder(std::move(mapping)).build(values, kNow);
}

// The value at a pointer of the event, as JSON; "-" where there is none.
std::string at(const BuiltEvent& event, const std::string& pointer) {
  const Json json = Json::parse(event.json);
  const Json::json_pointer path(pointer);
  return json.contains(path) ? json.at(path).dump() : "-";
}
std::string value_of(const std::vector<Form>& forms, const std::string& pointer) {
  return at(build(forms), pointer);
}

Texts dropped(const BuiltEvent& event) {
  Texts out;
  for (const DroppedValue& each : event.dropped)
    out.push_back(std::string(each.target->target) + " " + std::string(to_text(each.problem)));
  return out;
}

TEST(FirstOf, the_first_valid_value_counts) {
  EXPECT_EQ(value_of({{"value", {"12.5", "9"}}}, "/custom_data/value"), R"("12.5")");
  EXPECT_EQ(value_of({{"value", {"", "9"}}}, "/custom_data/value"), R"("9")");
  EXPECT_EQ(value_of({{"value", {"null", "9"}}}, "/custom_data/value"), R"("9")");
  EXPECT_EQ(value_of({{"value", {"n/a", "9"}}}, "/custom_data/value"), R"("9")");
  const BuiltEvent event = build({{"value", {"about ten", "9"}}});
  EXPECT_EQ(at(event, "/custom_data/value"), R"("9")");
  EXPECT_EQ(dropped(event), Texts{"value invalid_number"}) << "what could not be read is counted";
  EXPECT_EQ(value_of({{"value", {"x", "y", ""}}}, "/custom_data/value"), "-");
}

TEST(FirstOf, of_a_list_the_first_field_with_a_valid_value_counts_and_no_other) {
  EXPECT_EQ(value_of({{"content_ids", {"a", "b"}}}, "/custom_data/content_ids"), R"(["a"])");
  EXPECT_EQ(value_of({{"content_ids", {"", "b"}}}, "/custom_data/content_ids"), R"(["b"])");
  const BuiltEvent event = build({{"em", {"no address", "jane@example.org"}}});
  EXPECT_EQ(Json::parse(event.json)["user_data"]["em"].size(), 1u);
  EXPECT_EQ(dropped(event), Texts{"em invalid_email"});
}

TEST(FirstOf, what_decides_about_the_event_is_chosen_alike) {
  EXPECT_EQ(build({{"event_id", {"", "t2"}}}).event_id, "t2");
  EXPECT_EQ(build({{"event_id", {std::string(1'025, 'x'), "t2"}}}).event_id, "t2");
  EXPECT_EQ(build({{"event_id", {std::string(1'025, 'x'), ""}}}).problem, EventProblem::kEventIdTooLong);
  EXPECT_EQ(build({{"event_name", {"Order Completed", "AddToCart"}}}).event_name, "add_to_cart");
  EXPECT_EQ(build({{"event_name", {"Order Completed", ""}}}).problem, EventProblem::kUnknownEventName);
  EXPECT_EQ(build({{"action_source", {"shop", "offline"}}}).action_source, "offline");
  EXPECT_EQ(build({{"event_time", {"soon", "2025-12-31T23:00:00Z"}}}).event_time, 1'767'222'000);
  EXPECT_EQ(build({{"event_time", {"soon", ""}}}).problem, EventProblem::kEventTimeUnparsable);
  EXPECT_TRUE(build({{"event_time", {"", "null"}}}).time_was_empty);
}

TEST(FirstOf, an_opt_out_that_cannot_be_read_is_one_whatever_the_next_field_says) {
  EXPECT_EQ(value_of({{"opt_out", {"perhaps", "no"}}}, "/opt_out"), "true");
  EXPECT_EQ(value_of({{"opt_out", {"", "no"}}}, "/opt_out"), "false");
}

TEST(FirstOf, an_items_column_is_one_field_as_a_whole) {
  EXPECT_EQ(
      value_of({{"contents.id", {"", "sku"}}, {"contents.item_price", {"3"}}}, "/custom_data/contents/0/id"),
      R"("sku")");
}

TEST(SeveralFields, their_values_stand_side_by_side_once_each) {
  EXPECT_EQ(value_of({{"content_ids", {"a"}}, {"content_ids", {"b"}}, {"content_ids", {"a"}}},
                     "/custom_data/content_ids"),
            R"(["a","b"])");
  const BuiltEvent event =
      build({{"em", {"a@example.org"}}, {"em", {"B@example.org "}}, {"em", {"b@example.org"}}});
  EXPECT_EQ(Json::parse(event.json)["user_data"]["em"].size(), 2u);
}

TEST(SeveralFields, each_may_have_alternatives) {
  EXPECT_EQ(value_of({{"content_ids", {"", "b"}}, {"content_ids", {"c", "d"}}}, "/custom_data/content_ids"),
            R"(["b","c"])");
  EXPECT_EQ(value_of({{"content_ids", {"a"}}, {"content_ids", {"a", "d"}}}, "/custom_data/content_ids"),
            R"(["a"])")
      << "the second has a valid value, the same";
}

TEST(Default, stands_in_for_a_value_that_is_missing) {
  for (const char* text : {"", "null", "n/a", " "})
    EXPECT_EQ(value_of({{"currency", {text}, "EUR"}}, "/custom_data/currency"), R"("EUR")") << text;
  EXPECT_EQ(value_of({{"currency", {"usd"}, "EUR"}}, "/custom_data/currency"), R"("USD")");
  EXPECT_EQ(value_of({{"currency", {"", "chf"}, "EUR"}}, "/custom_data/currency"), R"("CHF")");
  EXPECT_EQ(build({{"event_name", {""}, "signup"}}).event_name, "signup");
  EXPECT_EQ(build({{"event_name", {"Order Completed"}, "signup"}}).problem, EventProblem::kUnknownEventName);
}

TEST(Default, makes_no_other_amount_number_or_wish_of_what_cannot_be_read) {
  EXPECT_EQ(value_of({{"currency", {"Taler"}, "EUR"}}, "/custom_data/currency"), "-");
  EXPECT_EQ(value_of({{"value", {"a lot"}, "1"}}, "/custom_data/value"), "-");
  EXPECT_EQ(value_of({{"num_items", {"some"}, "1"}}, "/custom_data/num_items"), "-");
  EXPECT_EQ(value_of({{"num_items", {""}, "1"}}, "/custom_data/num_items"), "1");
  const BuiltEvent event = build({{"language", {"klingon"}, "de"}});
  EXPECT_EQ(at(event, "/language"), R"("de")");
  EXPECT_EQ(dropped(event), Texts{"language invalid_language"});
}

TEST(Default, a_currency_beside_the_amount_knows_better) {
  const std::vector<Form> forms = {{"value", {"5 USD"}}, {"currency", {""}, "EUR"}};
  EXPECT_EQ(value_of(forms, "/custom_data/currency"), R"("USD")");
  EXPECT_EQ(value_of(forms, "/custom_data/value"), R"("5")");
  // A sign of several currencies, none of which is the default: another amount than was meant.
  const BuiltEvent event = build({{"value", {"$5"}}, {"currency", {""}, "EUR"}});
  EXPECT_EQ(at(event, "/custom_data/value"), "-");
  EXPECT_EQ(dropped(event), Texts{"value currency_conflict"});
  EXPECT_EQ(value_of({{"value", {"$5"}}, {"currency", {""}, "CAD"}}, "/custom_data/value"), R"("5")");
}

TEST(Constant, is_there_whatever_the_person_has) {
  EXPECT_EQ(value_of({{"currency", {}, "eur"}}, "/custom_data/currency"), R"("EUR")");
  EXPECT_EQ(build({{"action_source", {}, "offline"}}).action_source, "offline");
  EXPECT_EQ(build({{"event_name", {}, "Sign Up"}}).event_name, "signup");
  EXPECT_EQ(Json::parse(build({{"country", {}, "Germany"}}).json)["user_data"]["country"].size(), 1u);
  const BuiltEvent event = build({{"value", {"5 USD"}}, {"currency", {}, "EUR"}});
  EXPECT_EQ(at(event, "/custom_data/value"), "-");
  EXPECT_EQ(dropped(event), Texts{"value currency_conflict"});
}

TEST(Constant, alone_identifies_nobody) {
  EXPECT_EQ(build({{"em", {""}}, {"country", {}, "de"}}).problem, EventProblem::kMissingIdentifier);
}

// One person, one purchase, one moment: what would be the same for everybody is refused, whatever the field.
TEST(Fixed, only_what_can_be_the_same_for_everybody) {
  for (const ConversionField& field : conversion_fields()) {
    const bool place = field.target == "country" || field.target == "st";
    if (field.group == Group::kIdentifier && !place) {
      EXPECT_EQ(may_be_fixed(field), Fixed::kNever) << field.target;
    }
    if (field.place == Place::kContents) {
      EXPECT_EQ(may_be_fixed(field), Fixed::kNever) << field.target;
    }
  }
  for (const char* target :
       {"event_id", "event_time", "order_id", "click_id", "partner_id", "app_info.user_agent"}) {
    const ConversionField* field = find_conversion_field(target);
    ASSERT_NE(field, nullptr) << target;
    EXPECT_EQ(may_be_fixed(*field), Fixed::kNever) << target;
  }
  EXPECT_EQ(may_be_fixed(*find_conversion_field("st")), Fixed::kConstant);
  EXPECT_EQ(may_be_fixed(*find_conversion_field("country")), Fixed::kConstantOrDefault);
  EXPECT_EQ(may_be_fixed(*find_conversion_field("currency")), Fixed::kConstantOrDefault);
}

TEST(Fixed, what_pinterest_would_not_take_is_told) {
  const auto check = [](const char* target, const char* text) {
    return check_fixed({find_conversion_field(target), text});
  };
  EXPECT_EQ(check("currency", "eur"), ValueProblem::kNone);
  EXPECT_EQ(check("currency", "Taler"), ValueProblem::kInvalidCurrency);
  EXPECT_EQ(check("event_name", "sign up"), ValueProblem::kNone);
  EXPECT_EQ(check("event_name", "Order Completed"), ValueProblem::kUnknownChoice);
  EXPECT_EQ(check("action_source", "shop"), ValueProblem::kUnknownChoice);
  EXPECT_EQ(check("num_items", "-1"), ValueProblem::kOutOfRange);
  EXPECT_EQ(check("content_name", "ask jane@example.org"), ValueProblem::kEmailInClear);
  EXPECT_EQ(check("country", "Atlantis"), ValueProblem::kInvalidCountry);
  EXPECT_EQ(check("opt_out", "perhaps"), ValueProblem::kOptOutAssumed);
}

}  // namespace
}  // namespace pinrelay::pinterest
