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

const Value* Person::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() || found->second.what.null ? nullptr : &found->second.what;
}

bool Person::member_of(const std::string& audience) const {
  const auto found = memberships.find(audience);
  return found != memberships.end() && found->second.what;
}

bool Person::consents(const std::string& name) const {
  if (name.empty()) return true;
  const Value* value = field(name);
  return value != nullptr && value->items.size() == 1 && value->items[0] == "true";
}

std::string Person::text_of(const std::string& name) const {
  const Value* value = field(name);
  if (value == nullptr) return {};
  for (const std::string& item : value->items)
    if (!stripped(item).empty()) return stripped(item);
  return {};
}

std::set<Hash> identifiers(const Rule& rule, const Person& person) {
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

bool is_wanted(const Rule& rule, const Person& person) {
  return person.member_of(rule.audience) && person.consents(rule.consent_field);
}

void Oracle::add(const std::vector<Row>& rows, Watcher& watcher) {
  Pending pending;
  for (const Row& row : rows) add(row, pending, watcher);
}

void Oracle::add(const Row& row, Pending& pending, Watcher& watcher) {
  if (row.type == RowType::kUnreadable) return;
  Person& person = people_[row.key];
  person.key = row.key;
  if (!row.id.empty() && !person.ids.insert(row.id).second) return;
  const Moment when{row.at, ++arrivals_};
  if (row.type == RowType::kDelete) return add_delete(row, person, when, pending, watcher);
  if (when.before(person.deleted)) return;
  if (row.type == RowType::kProfile) return add_profile(row, person, when, pending, watcher);
  add_membership(row, person, when, pending, watcher);
}

void Oracle::add_profile(const Row& row, Person& person, const Moment& when, Pending& pending,
                         Watcher& watcher) {
  std::vector<std::string> newer;
  if (row.values.empty() && person.named.before(when)) person.named = when;
  for (const Value& value : row.values) {
    auto& latest = person.fields[value.field];
    if (!latest.when.before(when)) continue;
    latest = {when, value};
    newer.push_back(value.field);
  }
  if (newer.empty()) return;
  // A row of another time that came in between changes the person, but not what the enter becomes.
  for (auto& [whose, entered] : pending) {
    if (whose.first != row.key || entered.at != row.at) continue;
    for (const std::string& field : newer) entered.person.fields[field] = person.fields.at(field);
    watcher.completed(entered.person, whose.second, !entered.ended);
  }
  watcher.changed(person);
}

void Oracle::add_membership(const Row& row, Person& person, const Moment& when, Pending& pending,
                            Watcher& watcher) {
  const bool before = person.member_of(row.audience), enters = row.type == RowType::kEnter;
  auto& latest = person.memberships[row.audience];
  if (latest.when.before(when)) latest = {when, enters};
  const auto earlier = pending.find({row.key, row.audience});
  if (earlier != pending.end()) earlier->second.ended = true;
  if (before == person.member_of(row.audience)) return;
  ++flips_;
  watcher.moved(person, row.audience, enters);
  if (earlier != pending.end()) pending.erase(earlier);
  if (enters) pending[{row.key, row.audience}] = {row.at, false, person};
  watcher.changed(person);
}

// The same delete again, or an older one, changes nothing; but the same may end an enter's wait.
void Oracle::add_delete(const Row& row, Person& person, const Moment& when, Pending& pending,
                        Watcher& watcher) {
  if (person.deleted.at != INT64_MIN && row.at <= person.deleted.at) {
    for (auto& [whose, entered] : pending)
      if (whose.first == row.key && row.at == person.deleted.at) entered.ended = true;
    return;
  }
  int64_t at = row.at;
  const auto erase = [&](const Moment& moment) {
    if (moment.at != INT64_MIN) at = std::max(at, moment.at + 1);
  };
  erase(person.named);
  for (const auto& [field, latest] : person.fields) erase(latest.when);
  for (const auto& [audience, latest] : person.memberships) {
    erase(latest.when);
    flips_ += latest.what;
  }
  person.deleted = {at, when.arrival};
  person.named = {};
  person.fields.clear();
  person.memberships.clear();
  std::erase_if(pending, [&](const auto& item) { return item.first.first == row.key; });
  watcher.deleted(person);
}

std::set<Hash> Oracle::wanted(const Rule& rule) const {
  std::set<Hash> out;
  for (const auto& [key, person] : people_)
    if (is_wanted(rule, person)) out.merge(identifiers(rule, person));
  return out;
}

std::string Oracle::owners_text(const Rule& rule, const Hash& hash) const {
  std::string text;
  for (const auto& [key, person] : people_) {
    if (!identifiers(rule, person).contains(hash)) continue;
    text += (text.empty() ? "" : ", ") + key + (person.member_of(rule.audience) ? " (member" : " (no member");
    text += person.consents(rule.consent_field) ? ")" : ", no consent)";
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

std::vector<std::string> Oracle::members_as_of(const std::string& audience, int64_t at) const {
  std::vector<std::string> keys;
  for (const auto& [key, person] : people_)
    if (person.member_of(audience) && person.memberships.at(audience).when.at <= at) keys.push_back(key);
  return keys;
}

}  // namespace pinrelay::simulation
