#include "cli/request_body.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "cli/format.h"
#include "cli/people.h"
#include "cli/shown_value.h"
#include "identity/mask.h"
#include "pinterest/requests.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kRecordsShown = 20;
using pinterest::ConversionField;

// The field that stands under the key, in user_data or outside of it; null when there is none.
const ConversionField* field_under(std::string_view key, bool about_user) {
  const auto fields = pinterest::conversion_fields();
  const auto found = std::ranges::find_if(fields, [&](const ConversionField& field) {
    return field.key() == key && (field.place == pinterest::Place::kUserData) == about_user;
  });
  return found == fields.end() ? nullptr : &*found;
}

// An event, or a part of it: every text as far as it is shown, anything unknown masked.
Json shown_part(const Json& value, const ConversionField* field, bool about_user) {
  if (value.is_string() && field == nullptr) return identity::mask(value.get<std::string>());
  if (value.is_string()) return shown_value(*field, value.get<std::string>());
  if (!value.is_structured()) return value;
  Json out = value;
  if (value.is_array()) {
    for (Json& item : out) item = shown_part(item, field, about_user);
    return out;
  }
  for (const auto& [key, inner] : value.items()) {
    const bool user = about_user || key == "user_data";
    out[key] = shown_part(inner, field_under(key, user), user);
  }
  return out;
}

ShownBody list_body(Context& context, const exports::Job& job, const store::RequestRow& row) {
  const exports::List& list = context.engine.core().lists.at(job.row.list);
  if (!list.open || list.open->request != row.number)
    return {nullptr, "what it carried went into the ledger when it ended; its body was not kept"};
  std::vector<Hash> hashes;
  for (const store::AttemptEntry& entry : list.open->entries) hashes.push_back(entry.hash);
  const pinterest::Access access{context.config.pinterest_base_url, ""};
  const auto type = static_cast<config::ListType>(list.row.type) == config::ListType::kMaid
                        ? pinterest::ListType::kMaid
                        : pinterest::ListType::kEmail;
  const http::Request request =
      list.open->creates_list
          ? pinterest::create_list(access, list.row.ad_account, list.row.name, type, hashes)
          : pinterest::update_list(access, list.row.ad_account, list.row.id,
                                   static_cast<pinterest::Operation>(list.open->operation), hashes);
  ShownBody shown{Json::parse(request.body), ""};
  std::string records;
  for (size_t i = 0; i < std::min(hashes.size(), kRecordsShown); ++i)
    records += (i == 0 ? "" : ",") + hash_hint(hashes[i]);
  if (hashes.size() > kRecordsShown) {
    shown.note = fmt::format("{} more identifiers are left out",
                             thousands(static_cast<int64_t>(hashes.size() - kRecordsShown)));
    records += ",…";
  }
  shown.body["records"] = records;
  return shown;
}

ShownBody events_body(Context& context, const exports::Job& job, const store::RequestRow& row) {
  const auto attempt = context.store().events.attempt(row.number);
  if (!attempt) return {nullptr, "what it carried is no longer kept"};
  ShownBody shown{{{"data", Json::array()}}, ""};
  int64_t erased = 0;
  for (const store::EventAttemptEntry& entry : attempt->entries) {
    const auto event = context.store().events.get(job.row.list, entry.event_class, entry.number);
    const Json json = event ? Json::parse(as_text(event->bytes), nullptr, false) : Json();
    erased += !json.is_object();
    shown.body["data"].push_back(json.is_object() ? shown_part(json, nullptr, false) : Json());
  }
  if (erased == static_cast<int64_t>(attempt->entries.size()))
    return {nullptr, "its events have their outcomes, and their bytes were erased with them"};
  if (erased != 0)
    shown.note = fmt::format("{} of {} events have their outcomes, and their bytes were erased with them",
                             thousands(erased), thousands(static_cast<int64_t>(attempt->entries.size())));
  return shown;
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += R"('\'')" : out += c;
  return out + "'";
}

}  // namespace

ShownBody shown_body(Context& context, const exports::Job& job, const store::RequestRow& row) {
  if (row.method == "GET") return {};
  if (job.converts()) return events_body(context, job, row);
  return list_body(context, job, row);
}

std::string curl_line(const std::string& base_url, const store::RequestRow& row, const ShownBody& shown) {
  std::string line = fmt::format("curl -X {} {} -H \"Authorization: Bearer $PINTEREST_TOKEN\"", row.method,
                                 shell_quoted(base_url + row.path));
  if (row.method == "GET") return line;
  line += " -H 'Content-Type: application/json' --data ";
  return line + (shown.body.is_null() ? "@body.json" : shell_quoted(json_text(shown.body)));
}

}  // namespace pinrelay::cli
