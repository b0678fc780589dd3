// Calls and records for the tests of this folder.
#pragma once

#include <initializer_list>
#include <string>

#include "base/bytes.h"
#include "simulator/world.h"

namespace pinrelay::sim {

inline constexpr const char* kAccount = "549755885175";
inline constexpr Time kStart = Time{Millis{1'767'225'600'000}};

// The hash with this number in its last bytes.
inline Hash sample_hash(uint64_t number) {
  Hash hash{};
  hash[0] = static_cast<uint8_t>(number);
  for (size_t i = 0; i < 8; ++i) hash[31 - i] = static_cast<uint8_t>(number >> (8 * i));
  return hash;
}

inline std::string joined(std::initializer_list<uint64_t> numbers) {
  std::string text;
  for (const uint64_t number : numbers) {
    if (!text.empty()) text += ',';
    append_hex(text, sample_hash(number));
  }
  return text;
}

inline std::string joined_range(uint64_t from, uint64_t to) {
  std::string text;
  for (uint64_t number = from; number < to; ++number) {
    if (!text.empty()) text += ',';
    append_hex(text, sample_hash(number));
  }
  return text;
}

inline Call sample_call(std::string method, std::string path, std::string body = "") {
  Call call;
  call.method = std::move(method);
  call.target = "/v5/" + std::move(path);
  call.bearer = "pina_sim";
  if (!body.empty()) call.content_type = "application/json";
  call.body = std::move(body);
  return call;
}

inline std::string lists_path() { return std::string("ad_accounts/") + kAccount + "/customer_lists"; }

inline Call create_list(const std::string& name, const std::string& records) {
  return sample_call("POST", lists_path(), R"({"name":")" + name + R"(","records":")" + records + R"("})");
}

inline Call change_list(const std::string& id, const std::string& operation, const std::string& records) {
  return sample_call("PATCH", lists_path() + "/" + id,
                     R"({"operation_type":")" + operation + R"(","records":")" + records + R"("})");
}

inline Call get_list(const std::string& id) { return sample_call("GET", lists_path() + "/" + id); }

// Creates a list with these records and gives its id.
inline std::string made_list(World& world, const std::string& records, Time now = kStart) {
  world.handle(create_list("Readers", records), now);
  return world.lists().all().rbegin()->first;
}

}  // namespace pinrelay::sim
