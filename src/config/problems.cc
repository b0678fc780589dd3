#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace pinrelay::config {
namespace {

constexpr auto kCodes = std::to_array<Code>({
    {"yaml_syntax", "the file is not YAML from this place on"},
    {"yaml_tab", "a line is indented with a tab; YAML allows only spaces"},
    {"yaml_encoding", "the file is not UTF-8 text, or holds a control character"},
    {"yaml_alias", "anchors (&x) and aliases (*x) are not supported"},
    {"yaml_tag", "tags (!x) are not supported"},
    {"yaml_key", "a key is not plain text"},
    {"yaml_documents", "the file holds more than one YAML document"},
    {"too_large", "the file is larger than the limit"},
    {"too_deep", "values are nested too deeply"},
    {"too_many_values", "the file holds too many values"},
    {"too_many_problems", "only the first problems are listed"},
    {"duplicate_key", "the same key stands twice in one place"},
    {"unknown_key", "there is no such key here"},
    {"missing_key", "a key that must be there is not"},
    {"empty_value", "a key has no value"},
    {"wrong_type", "a list, a group of keys or a single value stands where another of them belongs"},
    {"bad_text", "a text holds characters that cannot be shown"},
    {"bad_mail_address", "the value is not one plain mail address"},
    {"bad_name", "a name holds characters other than a-z, 0-9, _ and -"},
    {"bad_id", "an id is not 1 to 18 digits"},
    {"bad_count", "not a whole number"},
    {"bad_duration", "not a duration such as 250ms, 90s, 5m, 2h or 14d"},
    {"bad_flag", "not true or false"},
    {"bad_choice", "not one of the values to choose from"},
    {"bad_path", "not a path of a file"},
    {"bad_url", "not an http(s) address, or not a mail server's"},
    {"bad_address", "not an address and port to listen on"},
    {"bad_network", "not an IP address, nor a network that begins where its prefix ends"},
    {"out_of_range", "a number, duration or length is outside its limits"},
    {"literal_secret", "a secret is written into the file instead of being named"},
    {"bad_secret", "a secret is not named by exactly one of file and credential"},
    {"plaintext_url", "http would send the token in clear text"},
    {"plaintext_listen", "other machines would reach the service in clear text"},
    {"duplicate_name", "two entries of a list have the same name"},
    {"unknown_authorization", "a job names an authorization that the file does not have"},
    {"wrong_method", "a customer list would be written with a conversion token, which cannot"},
    {"wrong_ad_account", "a job names another ad account than its conversion token is for"},
    {"no_identifier", "a job maps no identifier"},
    {"mixed_identifiers", "a job maps e-mails and mobile ids; a list holds only one identifier type"},
    {"list_type_mismatch", "the existing list's type is not that of the mapped identifiers"},
    {"list_not_shared", "two jobs write to one list and neither says that this is meant"},
    {"list_type_conflict", "two jobs give one list different types"},
    {"list_account_conflict", "two jobs give one list different ad accounts"},
    {"wrong_form", "a mapping entry has no source, several, or no target"},
    {"unknown_target", "Pinterest has no such field", true},
    {"wrong_mapping", "the Pinterest field belongs to another of the three mappings", true},
    {"constant_not_allowed",
     "a constant or a default would say the same of everybody, where that cannot be true", true},
    {"bad_constant", "Pinterest would not take the constant or the default", true},
    {"two_defaults", "a mapping entry and a key of the job both have a default for a Pinterest field", true},
    {"duplicate_target", "two of our fields go to one of Pinterest's"},
    {"no_identifier_set", "the mapped identifiers are not enough for Pinterest", true},
    {"event_id_not_mapped", "no field is mapped to event_id", true},
    {"event_time_not_mapped", "no field is mapped to event_time", true},
    {"no_event_name", "the event has neither a mapped name nor a default", true},
    {"no_action_source", "the event has neither a mapped action source nor a default", true},
    {"unknown_event_name", "Pinterest knows no such event", true},
    {"unknown_time_zone", "there is no time zone of that name", true},
    {"unknown_country", "there is no country of that code", true},
    {"old_identifiers", "a warning: the identifiers are written in the old form; the fix is the new line",
     false, true},
    {"bad_secret_file", "the file that is to hold a secret is missing, cannot be read, or holds none", false,
     true},
});

bool before(const Problem& a, const Problem& b) {
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

}  // namespace

std::span<const Code> problem_codes() { return kCodes; }

void Problems::add(Position at, std::string_view path, const Error& wrong) {
  if (full()) {
    ++dropped_;
    return;
  }
  list_.push_back({at.line, at.column, std::string(path), wrong.code, wrong.message, wrong.fix});
}

bool Problems::within(std::string_view path) const {
  return std::any_of(list_.begin(), list_.end(), [&](const Problem& problem) {
    const std::string_view shown = problem.path;
    if (!shown.starts_with(path)) return false;
    return shown.size() == path.size() || shown[path.size()] == '.' || shown[path.size()] == '[';
  });
}

std::vector<Problem> Problems::take() {
  std::stable_sort(list_.begin(), list_.end(), before);
  if (dropped_ > 0) {
    const Problem& last = list_.back();
    list_.push_back({last.line, last.column, "", "too_many_problems",
                     fmt::format("{} more problems are not listed", dropped_), "Mend these first"});
  }
  return std::move(list_);
}

std::string quoted(std::string_view text) {
  constexpr size_t kBytesShown = 60;
  std::string out = "'";
  for (size_t i = 0; i < text.size();) {
    if (i >= kBytesShown) {
      out += "…";
      break;
    }
    const Codepoint code = decode_utf8(text.substr(i));
    if (code.ok && code.value >= 0x20 && (code.value < 0x7f || code.value >= 0xa0))
      out.append(text, i, code.size);
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
    i += code.size;
  }
  return out + "'";
}

std::string describe(const std::string& file, const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) {
    out += fmt::format("{}:{}:{}: ", file, problem.line, problem.column);
    if (!problem.path.empty()) out += problem.path + ": ";
    out += problem.message + ".";
    if (!problem.fix.empty()) out += " " + problem.fix;
    out += fmt::format(" [{}]\n", problem.code);
  }
  return out;
}

}  // namespace pinrelay::config
