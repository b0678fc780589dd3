#include "cli/shown_value.h"

#include "cli/cli_testing.h"

namespace pinrelay::cli {
namespace {

constexpr const char* kOrders = R"(
  - name: orders
    type: conversions_export
    authorization: acme
    audience: Readers
    ad_account: "1"
    event_name_default: checkout
    action_source_default: web
    identifiers: [{email: em}, {born: db}]
    event: [{order: event_id}, {bought: event_time}]
    details: [{total: value}, {order: order_id}]
)";

struct ShownValues : CommandTest {
  void buys(const std::string& order) {
    rows({{store::ChangeType::kProfile,
           0,
           "anna@example.org",
           {},
           {},
           {{"email", "anna@example.org"},
            {"born", "1980-02-03"},
            {"order", order},
            {"bought", "2022-06-01T10:00:00Z"},
            {"total", "12.50"},
            {"note", "tall"}}},
          {store::ChangeType::kEnter, 0, "anna@example.org", "Readers"}});
  }
  Json field(const Json& fields, const std::string& name) {
    for (const Json& each : fields)
      if (each.contains("field") ? each["field"] == name : each["name"] == name) return each;
    return nullptr;
  }
};

TEST_F(ShownValues, times_amounts_and_order_ids_are_legible_and_people_are_not) {
  said({"apply", configuration(kOrders)});
  buys("A-1001");
  const Output why = said({"job", "why", "anna@example.org"});
  const Json values = why.json["jobs"][0]["today"]["values"];
  EXPECT_EQ(field(values, "order")["raw"], Json::array({"A-1001"}));
  EXPECT_EQ(field(values, "bought")["raw"], Json::array({"2022-06-01T10:00:00Z"}));
  EXPECT_EQ(field(values, "total")["raw"], Json::array({"12.50"}));
  EXPECT_EQ(field(values, "born")["raw"], Json::array({"1***"}));
  EXPECT_EQ(field(values, "email")["raw"], Json::array({"a***@e***.org"}));
  EXPECT_EQ(why.text.find("anna@"), std::string::npos);
  EXPECT_EQ(why.text.find("1980"), std::string::npos);

  const Json profile = json({"profile", "show", "anna@example.org"});
  EXPECT_EQ(profile["person"], "a***@e***.org");
  EXPECT_EQ(field(profile["fields"], "order")["value"], "A-1001");
  EXPECT_EQ(field(profile["fields"], "total")["value"], "12.50");
  EXPECT_EQ(field(profile["fields"], "born")["value"], "1***");
  EXPECT_EQ(field(profile["fields"], "note")["value"], "t***") << "nobody has said what it is";
}

TEST_F(ShownValues, a_value_that_holds_an_address_is_masked_wherever_it_goes) {
  said({"apply", configuration(kOrders)});
  buys("order-of-anna@example.org");
  const Output why = said({"job", "why", "anna@example.org"});
  const Output profile = said({"profile", "show", "anna@example.org"});
  for (const std::string& text : {why.text, why.json.dump(), profile.text, profile.json.dump()})
    EXPECT_EQ(text.find("anna@"), std::string::npos) << text;
}

TEST_F(ShownValues, records_give_the_number_that_other_views_take) {
  said({"apply", configuration(kOrders), "--start"});
  buys("");
  work();
  const Json records = json({"job", "records", "orders"})["records"];
  ASSERT_EQ(records.size(), 1u);
  const auto id = records[0]["profile_id"].get<std::string>();
  EXPECT_EQ(json({"job", "why", id})["person"], "a***@e***.org");
  EXPECT_EQ(json({"profile", "show", id})["person"], "a***@e***.org");
}

}  // namespace
}  // namespace pinrelay::cli
