// Names that are removed with what people have under them, people who would become too large, and texts of
// the audit log that are too long.
#include "store/store_testing.h"

namespace pinrelay::store {
namespace {

class NamesAndSizes : public StoreTest {
 protected:
  void SetUp() override { open(); }
  void change(const std::function<void()>& work) {
    store_->begin();
    work();
    ASSERT_TRUE(store_->commit().ok());
  }
  void erase_removed(size_t people_a_step = 1) {
    std::optional<ProfileId> from = ProfileId{};
    while (from) change([&] { from = store_->profiles.erase_removed(*from, people_a_step); });
  }
  FieldNumber field(const std::string& name) {
    FieldNumber number = 0;
    EXPECT_TRUE(store_->catalog.find_field(name, number)) << name;
    return number;
  }
  static TestRow set(int64_t at, std::string key, std::map<std::string, std::optional<std::string>> fields) {
    return {.at = at, .key = std::move(key), .fields = std::move(fields)};
  }
};

TEST_F(NamesAndSizes, a_removed_field_is_gone_from_everybody_and_its_name_is_free) {
  apply_rows(*store_, {set(1, "u1", {{"a", "1"}, {"b", "2"}}), set(1, "u2", {{"a", "3"}}), enter(1, "u3")});
  change([&] { store_->catalog.remove_field(field("a")), store_->catalog.flush(); });
  EXPECT_TRUE(store_->catalog.removed_in_use());
  // The name comes back while the old values are still being erased.
  apply_rows(*store_, {set(2, "u1", {{"a", "new"}})});
  erase_removed();
  EXPECT_FALSE(store_->catalog.removed_in_use());
  const auto people = everybody(*store_);
  EXPECT_EQ(people.at("u1").fields, (std::map<std::string, std::string>{{"a", "new"}, {"b", "2"}}));
  EXPECT_TRUE(people.at("u2").fields.empty());
  EXPECT_EQ(people.at("u3").audiences, std::set<std::string>{"Readers"});
}

TEST_F(NamesAndSizes, removal_goes_on_after_a_restart) {
  apply_rows(*store_, people(0, 5));
  change([&] { store_->catalog.remove_field(field("email")), store_->catalog.flush(); });
  open();
  FieldNumber number = 0;
  EXPECT_FALSE(store_->catalog.find_field("email", number));
  EXPECT_TRUE(store_->catalog.removed_in_use());
  erase_removed();
  for (const auto& [key, person] : everybody(*store_)) EXPECT_TRUE(person.fields.empty()) << key;
}

TEST_F(NamesAndSizes, a_removed_audience_has_no_members) {
  apply_rows(*store_, people(0, 3));
  AudienceNumber number = 0;
  ASSERT_TRUE(store_->catalog.find_audience("Readers", number));
  change([&] { store_->catalog.remove_audience(number), store_->catalog.flush(); });
  erase_removed(2);
  for (const auto& [key, person] : everybody(*store_)) EXPECT_TRUE(person.audiences.empty()) << key;
  EXPECT_EQ(store_->catalog.audiences()[number].size, 0);
  EXPECT_EQ(apply_rows(*store_, {enter(2, "u1")}).enters, 1u);  // another audience of that name
}

TEST_F(NamesAndSizes, a_value_that_makes_a_person_too_large_is_left_out) {
  store_->profiles.set_person_bytes_max(10);
  const auto counts = apply_rows(*store_, {enter(1, "u1"), set(1, "u1", {{"a", "12345"}, {"b", "1234567"}})});
  EXPECT_EQ(counts.too_large, 1u);
  const auto known = everybody(*store_).at("u1");
  EXPECT_EQ(known.fields, (std::map<std::string, std::string>{{"a", "12345"}}));
  EXPECT_EQ(known.audiences, std::set<std::string>{"Readers"});
}

TEST_F(NamesAndSizes, who_is_too_large_already_stays_and_may_become_smaller) {
  apply_rows(*store_, {set(1, "u1", {{"a", "123456789012345"}, {"b", "1"}})});
  store_->profiles.set_person_bytes_max(10);
  EXPECT_EQ(apply_rows(*store_, {set(2, "u1", {{"b", "12"}})}).too_large, 1u);
  EXPECT_EQ(apply_rows(*store_, {set(3, "u1", {{"a", "12345678901234"}})}).too_large, 0u);
  const std::map<std::string, std::string> known{{"a", "12345678901234"}, {"b", "1"}};
  EXPECT_EQ(everybody(*store_).at("u1").fields, known);
}

TEST_F(NamesAndSizes, the_audit_log_keeps_the_beginning_of_a_long_text_and_its_hash) {
  AuditRow row;
  row.who = "cli";
  row.detail = std::string(1023, 'x') + "ü" + std::string(1'000'000, 'y');
  change([&] { store_->audit.append(row); });
  AuditRow kept;
  store_->audit.each(0, [&](const AuditRow& entry) {
    kept = entry;
    return true;
  });
  EXPECT_TRUE(kept.detail.starts_with(std::string(1023, 'x') + "… (1001025 bytes, SHA-256 "));
  EXPECT_LT(kept.detail.size(), 1200u);
  EXPECT_FALSE(store_->audit.verify().broken);
}

}  // namespace
}  // namespace pinrelay::store
