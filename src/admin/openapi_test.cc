#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "admin/answer_shapes.h"
#include "admin/routes.h"

namespace pinrelay::admin {
namespace {

using Json = nlohmann::ordered_json;

void each_reference(const Json& json, const std::function<void(const std::string&)>& seen) {
  if (json.is_object() && json.contains("$ref")) seen(json["$ref"].get<std::string>());
  if (!json.is_structured()) return;
  for (const Json& inner : json) each_reference(inner, seen);
}

class OpenApiTest : public ::testing::Test {
 protected:
  const Json document_ = Json::parse(openapi("1.2.3"));
};

TEST_F(OpenApiTest, shapes_are_without_mistake) {
  const auto schemas = schemas_of(answer_shapes(), table_shapes());
  EXPECT_TRUE(schemas.ok()) << schemas.error().text();
}

TEST_F(OpenApiTest, every_reference_leads_somewhere) {
  int references = 0;
  each_reference(document_, [&](const std::string& reference) {
    ++references;
    EXPECT_TRUE(document_.contains(Json::json_pointer(reference.substr(1)))) << reference;
  });
  EXPECT_GT(references, 1'000);
}

TEST_F(OpenApiTest, every_route_names_a_shape_and_every_shape_is_used) {
  std::set<std::string> used = {"Problem"};
  for (const Route& route : routes()) {
    if (route.by == By::kTable) continue;  // lines
    EXPECT_TRUE(document_["components"]["schemas"].contains(std::string(route.answer))) << route.path;
    used.insert(std::string(route.answer));
  }
  each_reference(document_, [&](const std::string& reference) {
    used.insert(reference.substr(reference.rfind('/') + 1));
  });
  // Only other shapes take their keys.
  for (const char* base : {"Page", "JobStatus", "WayBase", "PlanBase", "Finding", "KeyScope", "Key"})
    used.insert(base);
  for (const auto& [name, schema] : document_["components"]["schemas"].items())
    EXPECT_TRUE(used.contains(name)) << name;
}

TEST_F(OpenApiTest, every_operation_has_an_id_of_its_own) {
  std::set<std::string> ids;
  for (const auto& [path, methods] : document_["paths"].items())
    for (const auto& [method, operation] : methods.items())
      EXPECT_TRUE(ids.insert(operation["operationId"].get<std::string>()).second) << method << path;
  EXPECT_EQ(ids.size(), routes().size());
}

TEST_F(OpenApiTest, says_the_same_every_time) { EXPECT_EQ(openapi("1"), openapi("1")); }

}  // namespace
}  // namespace pinrelay::admin
