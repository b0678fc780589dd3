// What the store's tests share: a folder that goes away, and rows written in one line. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "store/store.h"

namespace pinrelay::store {

class TempDirectory {
 public:
  TempDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "pinrelay_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// One row of input. A field without a value is null.
struct TestRow {
  ChangeType type = ChangeType::kProfile;
  int64_t at = 0;
  std::string key;
  std::string audience = {};
  std::string id = {};
  std::map<std::string, std::optional<std::string>> fields = {};
};

inline void append_row(Bytes& out, const TestRow& row) {
  ChangeWriter writer(out);
  writer.begin(row.type, row.at, row.key, row.audience, row.id);
  for (const auto& [name, value] : row.fields) {
    value ? writer.field(name, ValueType::kString, *value) : writer.null_field(name);
  }
  writer.end();
}

inline Bytes encode(const std::vector<TestRow>& rows) {
  Bytes out;
  for (const TestRow& row : rows) append_row(out, row);
  return out;
}

inline std::unique_ptr<Store> open_store(const std::string& directory) {
  auto store = Store::open({.directory = directory, .durable = false});
  EXPECT_TRUE(store.ok()) << store.error().text();
  return store.ok() ? std::move(store).value() : nullptr;
}

constexpr Time kNoon = Time{Millis{1'700'000'000'000}};

// As earlier versions did: nothing that came after the backup is played in.
inline Result<void> restore_alone(const std::string& from, const std::string& to, Time now = kNoon) {
  TRY(Store::restore(from, to, {.afterwards = to + ".none", .without_afterwards = true, .now = now}));
  return {};
}

// Applies rows in one transaction of their own.
inline ApplyCounts apply_rows(Store& store, const std::vector<TestRow>& rows, Time arrival = kNoon) {
  store.begin();
  const ApplyCounts counts = store.profiles.apply(encode(rows), arrival, nullptr);
  const Result<void> committed = store.commit();
  EXPECT_TRUE(committed.ok()) << committed.error().text();
  return counts;
}

// A person in names instead of numbers, comparable and printable.
struct KnownPerson {
  std::map<std::string, std::string> fields;
  std::set<std::string> audiences;
  bool operator==(const KnownPerson&) const = default;
};

// Everybody who exists, by key.
inline std::map<std::string, KnownPerson> everybody(Store& store) {
  std::map<std::string, KnownPerson> people;
  store.profiles.scan({}, [&](const ProfileId&, const Person& person) {
    if (!person.exists()) return true;
    KnownPerson& known = people[std::string(person.key)];
    for (const StoredField& field : person.fields) {
      if (field.type == ValueType::kNull) continue;
      known.fields[store.catalog.fields()[field.number].name] = as_text(field.value);
    }
    for (const StoredMembership& membership : person.memberships) {
      if (membership.member) known.audiences.insert(store.catalog.audiences()[membership.audience].name);
    }
    return true;
  });
  return people;
}

inline TestRow enter(int64_t at, std::string key) {
  return {.type = ChangeType::kEnter, .at = at, .key = std::move(key), .audience = "Readers"};
}

inline std::vector<TestRow> people(int from, int to) {
  std::vector<TestRow> rows;
  for (int i = from; i < to; ++i) {
    const std::string key = "u" + std::to_string(i);
    rows.push_back(enter(1, key));
    rows.push_back({.at = 1, .key = key, .fields = {{"email", key + "@example.org"}}});
  }
  return rows;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_at(const std::string& path, size_t offset, std::string_view text) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(offset));
  file << text;
}

// A store in a folder that goes away.
class StoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> try_open(StoreOptions options = {}) {
    options.directory = path_;
    options.durable = false;
    return Store::open(std::move(options));
  }
  void open(StoreOptions options = {}) {
    store_ = nullptr;
    auto store = try_open(std::move(options));
    ASSERT_TRUE(store.ok()) << store.error().text();
    store_ = std::move(store).value();
  }
  int64_t audience_size() {
    AudienceNumber number;
    return store_->catalog.find_audience("Readers", number) ? store_->catalog.audiences()[number].size : 0;
  }

  TempDirectory directory_;
  const std::string path_ = directory_ / "store";
  const std::string main_file_ = path_ + "/pinrelay.db";
  std::unique_ptr<Store> store_;
};

}  // namespace pinrelay::store
