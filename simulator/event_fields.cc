#include "simulator/event_fields.h"

#include <algorithm>

namespace pinrelay::sim {
namespace {

using enum ValueType;

constexpr FieldRule text(std::string_view name, int64_t most = INT64_MAX, Part part = Part::kOther) {
  return {.name = name, .type = kText, .most = most, .part = part};
}
constexpr FieldRule nullable_text(std::string_view name, Part part = Part::kOther) {
  return {.name = name, .type = kText, .nullable = true, .part = part};
}
constexpr FieldRule nullable_decimal(std::string_view name) {
  return {.name = name, .type = kDecimal, .nullable = true};
}
constexpr FieldRule integer(std::string_view name, int64_t least = INT64_MIN, int64_t most = INT64_MAX) {
  return {.name = name, .type = kInteger, .least = least, .most = most};
}
constexpr FieldRule texts(std::string_view name, int64_t most = INT64_MAX) {
  return {.name = name, .type = kTexts, .most = most};
}
constexpr FieldRule hashes(std::string_view name, Part part = Part::kOther) {
  return {.name = name, .type = kHashes, .part = part};
}
constexpr FieldRule one_of(std::string_view name, std::span<const std::string_view> allowed) {
  return {.name = name, .type = kText, .allowed = allowed};
}
constexpr FieldRule object(std::string_view name, const ObjectRule& rule) {
  return {.name = name, .type = kObject, .object = &rule};
}
constexpr FieldRule required(FieldRule rule, Part part) {
  rule.required = true, rule.part = part;
  return rule;
}

constexpr FieldRule kContentsFields[] = {
    text("id"),
    {.name = "item_price", .type = kDecimal},
    integer("quantity"),
    text("item_name"),
    text("item_category"),
    text("item_brand"),
};
constexpr ObjectRule kContents(kContentsFields, true);

constexpr FieldRule kCustomDataFields[] = {
    nullable_text("currency"),
    nullable_decimal("value"),
    texts("content_ids"),
    nullable_text("content_name"),
    nullable_text("content_category"),
    nullable_text("content_brand"),
    {.name = "contents", .type = kObjects, .object = &kContents},
    integer("num_items"),
    nullable_text("order_id"),
    nullable_text("search_string"),
    nullable_text("opt_out_type"),
    nullable_decimal("predicted_ltv"),
    nullable_text("np"),
    nullable_text("external_measurement_id"),
    {.name = "external_measurement_vendor_id", .type = kInteger, .nullable = true},
};
constexpr ObjectRule kCustomData(kCustomDataFields, true);

constexpr FieldRule kUserDataFields[] = {
    hashes("em", Part::kEm),
    hashes("ph"),
    hashes("ge"),
    hashes("db"),
    hashes("fn"),
    hashes("ln"),
    hashes("ct"),
    hashes("st"),
    hashes("zp"),
    hashes("country"),
    hashes("external_id", Part::kExternalId),
    hashes("hashed_maids", Part::kMaids),
    text("client_ip_address", INT64_MAX, Part::kAddress),
    text("client_user_agent", INT64_MAX, Part::kUserAgent),
    nullable_text("click_id", Part::kClickId),
    nullable_text("partner_id"),
};
constexpr ObjectRule kUserData(kUserDataFields, false);

constexpr FieldRule kAppInfoFields[] = {
    text("app_id", 200),
    text("app_name", 200),
    text("app_package_name", 200),
    text("app_store", 100),
    text("app_version", 100),
    integer("install_time", 0),
    text("user_agent", 16'384),
    integer("window_height", 0, 30'720),
    integer("window_width", 0, 30'720),
};
constexpr ObjectRule kAppInfo(kAppInfoFields, true);

constexpr std::string_view kFormFactors[] = {"desktop", "laptop", "cellphone", "tablet", "smartwatch",
                                             "tv",      "vr",     "console",   "other"};
constexpr std::string_view kNetworkTypes[] = {"wifi",        "cellular_2g", "cellular_3g", "cellular_4g",
                                              "cellular_5g", "cellular_6g", "ethernet",    "unknown"};
constexpr std::string_view kOsFamilies[] = {"ios", "android", "macos", "windows", "linux", "bsd", "other"};

constexpr int64_t kGigabytes = 1'048'576;
constexpr FieldRule kDeviceInfoFields[] = {
    integer("battery_level", 0, 100),
    integer("cpu_cores", 0, 1152),
    integer("external_storage_free_space", 0, kGigabytes),
    integer("external_storage_size", 0, kGigabytes),
    integer("storage_free_space", 0, kGigabytes),
    integer("storage_size", 0, kGigabytes),
    integer("screen_density", 0, 100'000),
    integer("screen_height", 0, 30'720),
    integer("screen_width", 0, 30'720),
    text("brand", 100),
    text("carrier", 100),
    text("kernel_version", 100),
    text("model", 100),
    text("os_name", 100),
    text("os_release_name", 100),
    text("os_version", 100),
    text("type", 100),
    text("locale", 35),
    text("timezone", 40),
    text("timezone_abbr", 5),
    texts("languages", 100),
    one_of("form_factor", kFormFactors),
    one_of("network_type", kNetworkTypes),
    one_of("os_family", kOsFamilies),
};
constexpr ObjectRule kDeviceInfo(kDeviceInfoFields, true);

constexpr FieldRule kEventFields[] = {
    required(text("event_name"), Part::kEventName),
    required(text("action_source"), Part::kActionSource),
    required(integer("event_time"), Part::kEventTime),
    required(text("event_id"), Part::kEventId),
    required(object("user_data", kUserData), Part::kOther),
    object("custom_data", kCustomData),
    nullable_text("event_source_url"),
    {.name = "opt_out", .type = kFlag},
    nullable_text("partner_name"),
    nullable_text("app_id"),
    nullable_text("app_name"),
    nullable_text("app_version"),
    nullable_text("device_brand"),
    nullable_text("device_carrier"),
    nullable_text("device_model"),
    nullable_text("device_type"),
    nullable_text("os_version"),
    nullable_text("language"),
    {.name = "wifi", .type = kFlag},
    object("app_info", kAppInfo),
    object("device_info", kDeviceInfo),
};
constexpr ObjectRule kEvent(kEventFields, true);

// Ascending.
constexpr std::string_view kEventNames[] = {
    "add_payment_info",
    "add_to_cart",
    "add_to_wishlist",
    "app_install",
    "app_open",
    "checkout",
    "contact",
    "custom",
    "customize_product",
    "find_location",
    "initiate_checkout",
    "lead",
    "page_visit",
    "schedule",
    "search",
    "signup",
    "start_trial",
    "submit_application",
    "subscribe",
    "view_category",
    "view_content",
    "watch_video",
};
static_assert(std::is_sorted(std::begin(kEventNames), std::end(kEventNames)));

}  // namespace

const ObjectRule& event_rule() { return kEvent; }

bool known_event_name(std::string_view name) {
  return std::binary_search(std::begin(kEventNames), std::end(kEventNames), name);
}

}  // namespace pinrelay::sim
