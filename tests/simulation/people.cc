#include "people.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinrelay::simulation {
namespace {

constexpr size_t kRecentRows = 20;
constexpr uint64_t kOldMillis = 10 * 60'000;
constexpr int64_t kLongAgoSeconds = 2 * 3600;  // for Pinterest an offline event

constexpr const char* kNoAddresses[] = {"nobody",
                                        "a@b",
                                        "two@@example.org",
                                        "white space@example.org",
                                        "",
                                        "d41d8cd98f00b204e9800998ecf8427e",
                                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};
constexpr const char* kNoDevices[] = {"", "00000000-0000-0000-0000-000000000000", "my phone"};

uint64_t below(Random& random, int bound) { return random.below(static_cast<uint64_t>(bound)); }

}  // namespace

People::People(const Plan& plan, Random& random)
    : plan_(plan), random_(random), members_(static_cast<size_t>(plan.people * plan.audiences)) {}

std::string People::address() {
  std::string text = fmt::format("person{}@example.org", below(random_, plan_.addresses));
  if (random_.chance(10)) text[0] = 'P';
  if (random_.chance(10)) text = " " + text + "\t";
  return text;
}

std::string People::item_of(const std::string& field) {
  if (field == "consent") return random_.chance(70) ? "true" : "false";
  if (field == "voucher") return fmt::format("voucher{}", below(random_, plan_.orders));
  if (field == "order") return fmt::format("order{}", below(random_, plan_.orders));
  if (field == "happened") return std::to_string(now_ / 1000 - (random_.chance(30) ? kLongAgoSeconds : 0));
  const bool invalid = random_.chance(plan_.invalid_percent);
  if (field == "device") {
    if (invalid) return kNoDevices[random_.below(std::size(kNoDevices))];
    const uint64_t number = below(random_, plan_.addresses);
    return random_.chance(20) ? fmt::format("{:08X}-ABCD-4000-8000-000000000000", number)
                              : fmt::format("{:08x}-abcd-4000-8000-000000000000", number);
  }
  if (invalid) return kNoAddresses[random_.below(std::size(kNoAddresses))];
  if (field == "email" || random_.chance(10)) return address();
  thread_local Sha256 sha256;
  std::string hex = to_hex(sha256.hash(fmt::format("person{}@example.org", below(random_, plan_.addresses))));
  if (random_.chance(20))
    std::transform(hex.begin(), hex.end(), hex.begin(),
                   [](char c) { return static_cast<char>(std::toupper(c)); });
  return hex;
}

Value People::value_of(const std::string& field) {
  Value value;
  value.field = field;
  value.null = random_.chance(10);
  if (value.null) return value;
  size_t items = 1;
  value.array = field != "consent" && random_.chance(plan_.array_percent);
  if (value.array) items = random_.below(4);
  for (size_t i = 0; i < items; ++i) value.items.push_back(item_of(field));
  return value;
}

Row People::profile_row() {
  Row row;
  row.type = RowType::kProfile;
  row.key = key_of(below(random_, plan_.people));
  for (const char* field : {"email", "hashed", "device", "consent", "city", "order", "voucher", "happened"}) {
    if (random_.chance(40)) row.values.push_back(value_of(field));
  }
  return row;
}

Row People::membership_row() {
  Row row;
  const uint64_t person = below(random_, plan_.people), audience = below(random_, plan_.audiences);
  const size_t at =
      static_cast<size_t>(person) * static_cast<size_t>(plan_.audiences) + static_cast<size_t>(audience);
  const bool enters = random_.chance(95) ? !members_[at] : members_[at];
  members_[at] = enters;
  row.type = enters ? RowType::kEnter : RowType::kExit;
  row.key = key_of(person);
  row.audience = fmt::format("audience{}", audience);
  return row;
}

Row People::next(int64_t now) {
  std::erase_if(recent_, [&](const Row& row) { return row.at < now - kRepeatedWithin; });
  now_ = now;
  if (!recent_.empty() && random_.chance(plan_.repeated_percent)) {
    Row row = recent_[random_.below(recent_.size())];
    if (random_.chance(50)) row.at = now;  // a repeated row that names no time comes with a new one
    return row;
  }
  Row row = random_.chance(plan_.profile_percent) ? profile_row() : membership_row();
  if (random_.chance(plan_.delete_percent)) {
    row = {};
    row.type = RowType::kDelete;
    row.key = key_of(below(random_, plan_.people));
  }
  row.at = now;
  // To the second, so that times are often equal.
  if (random_.chance(plan_.old_percent))
    row.at = (now - static_cast<int64_t>(random_.below(kOldMillis))) / 1000 * 1000;
  if (random_.chance(plan_.repeated_percent)) {
    row.id = fmt::format("row{}", ++next_id_);
    recent_.push_back(row);
    if (recent_.size() > kRecentRows) recent_.pop_front();
  }
  return row;
}

std::string People::key_of(uint64_t person) const { return fmt::format("u{}", person); }

Row People::plain_profile(int64_t now) {
  now_ = now;
  Row row = profile_row();
  std::erase_if(row.values, [](const Value& value) { return value.null || value.items.empty(); });
  for (Value& value : row.values) value.array = false, value.items.resize(1);
  std::erase_if(row.values, [](const Value& value) { return value.items[0].empty(); });
  row.at = now;
  return row;
}

}  // namespace pinrelay::simulation
