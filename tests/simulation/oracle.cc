#include "oracle.h"

#include <algorithm>

namespace pinrelay::simulation {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kZeroMobileId = "00000000-0000-0000-0000-000000000000";

Hash sha256(std::string_view text) {
  thread_local Sha256 sha;
  return sha.hash(text);
}

std::string stripped(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

bool all_hex(std::string_view text) { return text.find_first_not_of(kHexDigits) == std::string_view::npos; }

Hash from_hex(std::string_view text) {
  Hash hash{};
  for (size_t i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<uint8_t>(kHexDigits.find(text[2 * i]) * 16 + kHexDigits.find(text[2 * i + 1]));
  }
  return hash;
}

// The simulation's addresses are ASCII, and what is no address among them plainly is none.
bool is_address(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || text.find('@', at + 1) != std::string_view::npos)
    return false;
  return text.find('.', at) != std::string_view::npos && text.find(' ') == std::string_view::npos;
}

bool is_mobile_id(std::string_view text) {
  return text.size() == kZeroMobileId.size() && text != kZeroMobileId && text[8] == '-' &&
         std::count(text.begin(), text.end(), '-') == 4;
}

// Already hashed: passes, unless it is the hash of nothing.
bool add_given_hash(const std::string& text, std::set<Hash>& out) {
  if (text.size() != 64 || !all_hex(text)) return false;
  if (const Hash hash = from_hex(text); hash != sha256("")) out.insert(hash);
  return true;
}

void add_address(const std::string& raw, std::set<Hash>& out) {
  const std::string text = lower(stripped(raw));
  if (!add_given_hash(text, out) && is_address(text)) out.insert(sha256(text));
}

void add_mobile_id(const std::string& raw, bool upper_case, std::set<Hash>& out) {
  const std::string text = lower(stripped(raw));
  if (!add_given_hash(text, out) && is_mobile_id(text)) out.insert(sha256(upper_case ? upper(text) : text));
}

}  // namespace

const Value* Oracle::Person::field(const std::string& name) const {
  const auto found = fields.find(name);
  if (found == fields.end() || found->second.when.before(deleted)) return nullptr;
  return found->second.what.null ? nullptr : &found->second.what;
}

bool Oracle::Person::member_of(const std::string& audience) const {
  const auto found = memberships.find(audience);
  return found != memberships.end() && !found->second.when.before(deleted) && found->second.what;
}

void Oracle::add(const Row& row) {
  Person& person = people_[row.key];
  if (!row.id.empty() && !person.ids.insert(row.id).second) return;
  const Moment when{row.at, ++arrivals_};
  if (row.at < person.deleted.at) return;
  const auto update = [&](auto& latest, const auto& what) {
    if (latest.when.before(when)) latest = {when, what};
  };
  switch (row.type) {
    case RowType::kProfile:
      if (row.values.empty() && (!person.named || person.named->before(when))) person.named = when;
      for (const Value& value : row.values) update(person.fields[value.field], value);
      return;
    case RowType::kEnter:
    case RowType::kExit: {
      const bool before = person.member_of(row.audience);
      update(person.memberships[row.audience], row.type == RowType::kEnter);
      if (before == person.member_of(row.audience)) return;
      ++flips_;
      events_.push_back({row.key, row.audience, order_of(person), !before,
                         !identifiers({.audience = "",
                                       .email_field = "email",
                                       .sha256_email_field = "",
                                       .mobile_id_field = "",
                                       .consent_field = ""},
                                      person)
                              .empty()});
      return;
    }
    case RowType::kDelete: {
      if (row.at == person.deleted.at) return;  // the same again
      int64_t newest = person.named ? person.named->at : INT64_MIN;
      for (const auto& [name, latest] : person.fields) newest = std::max(newest, latest.when.at);
      for (const auto& [audience, latest] : person.memberships) {
        flips_ += latest.what;
        newest = std::max(newest, latest.when.at);
      }
      person.named.reset();
      person.fields.clear();
      person.memberships.clear();
      person.deleted = {std::max(row.at, newest == INT64_MIN ? row.at : newest + 1), when.arrival};
      return;
    }
  }
}

// The first that is not blank.
std::string Oracle::order_of(const Person& person) {
  const Value* value = person.field("order");
  if (value == nullptr) return {};
  for (const std::string& item : value->items)
    if (!stripped(item).empty()) return stripped(item);
  return {};
}

bool Oracle::consents(const Rule& rule, const Person& person) {
  if (rule.consent_field.empty()) return true;
  const Value* value = person.field(rule.consent_field);
  return value != nullptr && value->items.size() == 1 && value->items[0] == "true";
}

std::set<Hash> Oracle::identifiers(const Rule& rule, const Person& person) {
  std::set<Hash> out;
  const auto each = [&](const std::string& field, const auto& add) {
    const Value* value = field.empty() ? nullptr : person.field(field);
    if (value == nullptr) return;
    for (const std::string& item : value->items) add(item);
  };
  each(rule.email_field, [&](const std::string& item) { add_address(item, out); });
  each(rule.sha256_email_field, [&](const std::string& item) { add_address(item, out); });
  each(rule.mobile_id_field,
       [&](const std::string& item) { add_mobile_id(item, rule.upper_mobile_id, out); });
  return out;
}

std::set<Hash> Oracle::wanted(const Rule& rule) const {
  std::set<Hash> out;
  for (const auto& [key, person] : people_) {
    if (person.member_of(rule.audience) && consents(rule, person)) out.merge(identifiers(rule, person));
  }
  return out;
}

std::string Oracle::owners_text(const Rule& rule, const Hash& hash) const {
  std::string text;
  for (const auto& [key, person] : people_) {
    if (!identifiers(rule, person).contains(hash)) continue;
    text += (text.empty() ? "" : ", ") + key + (person.member_of(rule.audience) ? " (member" : " (no member");
    text += consents(rule, person) ? ")" : ", no consent)";
  }
  return text.empty() ? "nobody" : text;
}

int64_t Oracle::members(const std::string& audience) const {
  return std::count_if(people_.begin(), people_.end(),
                       [&](const auto& item) { return item.second.member_of(audience); });
}

int64_t Oracle::people_with(const std::string& field) const {
  return std::count_if(people_.begin(), people_.end(),
                       [&](const auto& item) { return item.second.field(field) != nullptr; });
}

}  // namespace pinrelay::simulation
