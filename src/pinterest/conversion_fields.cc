#include "pinterest/conversion_fields.h"

#include <algorithm>
#include <string>

namespace pinrelay::pinterest {
namespace {

using enum Group;
using enum Place;
using enum Reading;

constexpr int64_t kGigabytesMax = 1'048'576, kPixelsMax = 30'720;

// A detail of up to so many characters; a whole number up to `most`.
constexpr ConversionField text(std::string_view target, Place place, int64_t most,
                               std::string_view help = {}) {
  return {.target = target,
          .group = kDetails,
          .place = place,
          .reading = kText,
          .least = 1,
          .most = most,
          .help = help};
}
constexpr ConversionField whole(std::string_view target, Place place, int64_t most,
                                std::string_view help = {}) {
  return {
      .target = target, .group = kDetails, .place = place, .reading = kInteger, .most = most, .help = help};
}

constexpr auto kFields = std::to_array<ConversionField>({
    // What decides about the event.
    {.target = "event_name",
     .group = Group::kEvent,
     .place = Place::kRoot,
     .reading = kEventName,
     .others = "event event_type conversion_type",
     .help = "What happened. Without a mapping or a value, `event_name_default`."},
    {.target = "action_source",
     .group = Group::kEvent,
     .place = Place::kRoot,
     .reading = kActionSource,
     .others = "source channel",
     .help = "Where it happened: `app_android`, `app_ios`, `web`, `offline`. Without a mapping or a value, "
             "`action_source_default`."},
    {.target = "event_time",
     .group = Group::kEvent,
     .place = Place::kRoot,
     .reading = kEventTime,
     .others = "timestamp time ordered_at order_time created_at purchased_at",
     .help = "When it happened. Always mapped; a person without a value gets the time of the membership "
             "event."},
    {.target = "event_id",
     .group = Group::kEvent,
     .place = Place::kRoot,
     .reading = kEventId,
     .least = 1,
     .most = 1'024,
     .others = "order_id transaction_id message_id",
     .help = "Names the conversion, here and in the tag: Pinterest and we count a pair of event name and "
             "event id once. Always mapped."},
    // The event's own details.
    {.target = "event_source_url",
     .group = kDetails,
     .place = Place::kRoot,
     .reading = kUrl,
     .others = "url page_url landing_page",
     .help = "The page of a web event; `epik` in its query helps Pinterest to match. E-mail addresses in it "
             "are cut out."},
    {.target = "opt_out",
     .group = kDetails,
     .place = Place::kRoot,
     .reading = kOptOut,
     .others = "optout do_not_track limit_ad_tracking lat",
     .help =
         "The person has opted out of tracking. A value that is not plainly a no is a yes, and is counted as "
         "`opt_out_assumed`."},
    {.target = "partner_name",
     .group = kDetails,
     .place = Place::kRoot,
     .reading = kText,
     .least = 1,
     .most = 200,
     .help = "The partner who sends, by custom `ss-name`. Without a mapping or a value, "
             "`partner_name_default`."},
    {.target = "app_id",
     .group = kDetails,
     .place = Place::kRoot,
     .reading = kText,
     .least = 1,
     .most = 200,
     .others = "bundle_id",
     .help = "The app's id in its store (older form of `app_info.app_id`)."},
    text("app_name", Place::kRoot, 200),
    text("app_version", Place::kRoot, 100),
    {.target = "device_brand",
     .group = kDetails,
     .place = Place::kRoot,
     .reading = kText,
     .least = 1,
     .most = 100,
     .others = "device_manufacturer"},
    {.target = "device_carrier",
     .group = kDetails,
     .place = Place::kRoot,
     .reading = kText,
     .least = 1,
     .most = 100,
     .others = "carrier"},
    text("device_model", Place::kRoot, 100),
    text("device_type", Place::kRoot, 100),
    text("os_version", Place::kRoot, 100),
    {.target = "wifi",
     .group = kDetails,
     .place = Place::kRoot,
     .reading = kFlag,
     .help = "Whether over Wi-Fi."},
    {.target = "language",
     .group = kDetails,
     .place = Place::kRoot,
     .reading = kLanguage,
     .others = "locale lang",
     .help = "Two letters of ISO 639-1; `en-US` becomes `en`."},
    // Who.
    {.target = "em",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kEmail,
     .array = true,
     .others = "email emails email_address mail sha256_email hashed_email",
     .help = "E-mail addresses."},
    {.target = "hashed_maids",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kMaid,
     .array = true,
     .others = "maid maids mobile_id mobile_ad_id advertising_id idfa gaid aaid",
     .help = "Mobile ad ids (IDFA, GAID)."},
    {.target = "client_ip_address",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kIp,
     .others = "ip ip_address client_ip",
     .help = "The visitor's public IP address; counts together with the user agent."},
    {.target = "client_user_agent",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kUserAgent,
     .others = "user_agent useragent ua browser",
     .help = "The visitor's browser; counts together with the IP address."},
    {.target = "ph",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kPhone,
     .array = true,
     .others = "phone phones phone_number mobile telephone",
     .help = "Phone numbers."},
    {.target = "external_id",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kExternalId,
     .array = true,
     .others = "user_id customer_id member_id userid",
     .help = "Your own id of the person; its case is kept, as the tag keeps it."},
    {.target = "fn",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kName,
     .array = true,
     .others = "first_name firstname given_name",
     .help = "First names."},
    {.target = "ln",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kName,
     .array = true,
     .others = "last_name lastname surname family_name",
     .help = "Last names."},
    {.target = "ge",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kGender,
     .array = true,
     .others = "gender sex",
     .help = "Gender: f, m or n, from the usual words."},
    {.target = "db",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kBirthDate,
     .array = true,
     .others = "birthdate birth_date date_of_birth dob birthday",
     .help = "Date of birth."},
    {.target = "ct",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kCity,
     .array = true,
     .others = "city town",
     .help = "City."},
    {.target = "st",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kState,
     .array = true,
     .others = "state province region",
     .help = "State or province, as two letters."},
    {.target = "zp",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kZip,
     .array = true,
     .others = "zip zip_code zipcode postal_code postcode",
     .help = "Postal code of digits."},
    {.target = "country",
     .group = kIdentifier,
     .place = kUserData,
     .reading = kCountry,
     .array = true,
     .others = "country_code",
     .help = "Country: a code of two or three letters, its number, or an English name."},
    {.target = "click_id",
     .group = kDetails,
     .place = kUserData,
     .reading = kText,
     .least = 1,
     .most = 1'024,
     .others = "epik pinterest_click_id",
     .help = "What the `_epik` cookie or the `epik` parameter holds, as it is."},
    text("partner_id", kUserData, 1'024, "A third party's id, for partners only."),
    // What was bought.
    {.target = "currency",
     .group = kDetails,
     .place = kCustomData,
     .reading = kCurrency,
     .others = "currency_code",
     .help =
         "Three letters of ISO 4217; without it, the one that stands beside the amount (`EUR`, `€`), else "
         "the ad account's."},
    {.target = "value",
     .group = kDetails,
     .place = kCustomData,
     .reading = kMoney,
     .others = "revenue total amount order_value order_total price",
     .help = "What the event was worth in all, preferably before tax and shipping."},
    {.target = "content_ids",
     .group = kDetails,
     .place = kCustomData,
     .reading = kText,
     .array = true,
     .least = 1,
     .most = 1'024,
     .others = "product_ids product_id sku skus item_ids",
     .help = "Ids of the products, as in the catalogue."},
    {.target = "contents.id",
     .group = kDetails,
     .place = kContents,
     .reading = kText,
     .array = true,
     .least = 1,
     .most = 1'024,
     .help = "Ids of the items. The fields mapped to `contents` are read side by side: the third value of "
             "each makes the third item."},
    {.target = "contents.item_name",
     .group = kDetails,
     .place = kContents,
     .reading = kText,
     .array = true,
     .least = 1,
     .most = 1'024,
     .others = "item_names product_names"},
    {.target = "contents.item_category",
     .group = kDetails,
     .place = kContents,
     .reading = kText,
     .array = true,
     .least = 1,
     .most = 1'024,
     .others = "item_categories"},
    {.target = "contents.item_brand",
     .group = kDetails,
     .place = kContents,
     .reading = kText,
     .array = true,
     .least = 1,
     .most = 1'024,
     .others = "item_brands"},
    {.target = "contents.item_price",
     .group = kDetails,
     .place = kContents,
     .reading = kMoney,
     .array = true,
     .others = "item_prices prices",
     .help = "The price of one, before discount."},
    {.target = "contents.quantity",
     .group = kDetails,
     .place = kContents,
     .reading = kInteger,
     .array = true,
     .others = "quantities"},
    {.target = "num_items",
     .group = kDetails,
     .place = kCustomData,
     .reading = kInteger,
     .others = "number_of_items item_count quantity",
     .help = "How many items in all."},
    {.target = "order_id",
     .group = kDetails,
     .place = kCustomData,
     .reading = kText,
     .least = 1,
     .most = 1'024,
     .others = "order_number",
     .help = "The order; helps Pinterest against counting twice."},
    {.target = "search_string",
     .group = kDetails,
     .place = kCustomData,
     .reading = kText,
     .least = 1,
     .most = 1'024,
     .others = "search_query query search_term",
     .help = "What was searched for."},
    {.target = "content_name",
     .group = kDetails,
     .place = kCustomData,
     .reading = kText,
     .least = 1,
     .most = 1'024,
     .others = "page_title product_name"},
    {.target = "content_category",
     .group = kDetails,
     .place = kCustomData,
     .reading = kText,
     .least = 1,
     .most = 1'024,
     .others = "category product_category"},
    {.target = "content_brand",
     .group = kDetails,
     .place = kCustomData,
     .reading = kText,
     .least = 1,
     .most = 1'024,
     .others = "brand"},
    {.target = "opt_out_type",
     .group = kDetails,
     .place = kCustomData,
     .reading = kOptOutType,
     .others = "ldp limited_data_processing",
     .help = "`LDP`, or true: Limited Data Processing. Pinterest obeys it only with `st` and `country`; both "
             "are then sent as the hashes of the small and of the capital code."},
    {.target = "predicted_ltv",
     .group = kDetails,
     .place = kCustomData,
     .reading = kMoney,
     .others = "ltv lifetime_value"},
    text("np", kCustomData, 200, "Only when Pinterest asks for it."),
    text("external_measurement_id", kCustomData, 1'024, "Only when Pinterest asks for it."),
    {.target = "external_measurement_vendor_id",
     .group = kDetails,
     .place = kCustomData,
     .reading = kInteger,
     .help = "Only when Pinterest asks for it."},
    // In which app, on which device.
    text("app_info.app_id", kAppInfo, 200),
    text("app_info.app_name", kAppInfo, 200),
    text("app_info.app_package_name", kAppInfo, 200),
    text("app_info.app_store", kAppInfo, 100),
    text("app_info.app_version", kAppInfo, 100),
    {.target = "app_info.install_time",
     .group = kDetails,
     .place = kAppInfo,
     .reading = kTime,
     .help = "When the app was installed; sent as seconds since 1970, read as `event_time` is."},
    text("app_info.user_agent", kAppInfo, 16'384, "Does not count as an identifier."),
    whole("app_info.window_height", kAppInfo, kPixelsMax),
    whole("app_info.window_width", kAppInfo, kPixelsMax),
    whole("device_info.battery_level", kDeviceInfo, 100, "Percent."),
    text("device_info.brand", kDeviceInfo, 100),
    text("device_info.carrier", kDeviceInfo, 100),
    whole("device_info.cpu_cores", kDeviceInfo, 1'152),
    whole("device_info.external_storage_free_space", kDeviceInfo, kGigabytesMax, "Gigabytes."),
    whole("device_info.external_storage_size", kDeviceInfo, kGigabytesMax, "Gigabytes."),
    {.target = "device_info.form_factor",
     .group = kDetails,
     .place = kDeviceInfo,
     .reading = kChoice,
     .choices = "desktop laptop cellphone tablet smartwatch tv vr console other"},
    text("device_info.kernel_version", kDeviceInfo, 100),
    {.target = "device_info.languages",
     .group = kDetails,
     .place = kDeviceInfo,
     .reading = kLanguage,
     .array = true,
     .most = 100},
    text("device_info.locale", kDeviceInfo, 35),
    text("device_info.model", kDeviceInfo, 100),
    {.target = "device_info.network_type",
     .group = kDetails,
     .place = kDeviceInfo,
     .reading = kChoice,
     .choices = "wifi cellular_2g cellular_3g cellular_4g cellular_5g cellular_6g ethernet unknown"},
    {.target = "device_info.os_family",
     .group = kDetails,
     .place = kDeviceInfo,
     .reading = kChoice,
     .choices = "ios android macos windows linux bsd other"},
    text("device_info.os_name", kDeviceInfo, 100),
    text("device_info.os_release_name", kDeviceInfo, 100),
    text("device_info.os_version", kDeviceInfo, 100),
    whole("device_info.screen_density", kDeviceInfo, 100'000),
    whole("device_info.screen_height", kDeviceInfo, kPixelsMax),
    whole("device_info.screen_width", kDeviceInfo, kPixelsMax),
    whole("device_info.storage_free_space", kDeviceInfo, kGigabytesMax, "Gigabytes."),
    whole("device_info.storage_size", kDeviceInfo, kGigabytesMax, "Gigabytes."),
    text("device_info.timezone", kDeviceInfo, 40),
    text("device_info.timezone_abbr", kDeviceInfo, 5),
    text("device_info.type", kDeviceInfo, 100),
});

// Objects are written one after the other, the items of an order within what was bought.
constexpr int order_of(Place place) {
  switch (place) {
    case Place::kRoot:
      return 0;
    case kUserData:
      return 1;
    case kCustomData:
    case kContents:
      return 2;
    case kAppInfo:
      return 3;
    case kDeviceInfo:
      return 4;
  }
  return 5;
}

static_assert([] {
  for (size_t i = 1; i < kFields.size(); ++i) {
    if (order_of(kFields[i - 1].place) > order_of(kFields[i].place)) return false;
    for (size_t j = 0; j < i; ++j)
      if (kFields[i].target == kFields[j].target) return false;
    if (kFields[i].hashed() && !(kFields[i].array && kFields[i].place == kUserData)) return false;
  }
  return true;
}());

constexpr auto kEventNames = std::to_array<EventName>({
    {"add_payment_info", true, "Payment details were added. Reporting."},
    {"add_to_cart", true, "Something was put into the cart. Audiences and reporting."},
    {"add_to_wishlist", true, "Something was put on the wish list. Reporting."},
    {"app_install", true, "The app was installed. Audiences and reporting."},
    {"checkout", true, "A purchase. Audiences and reporting."},
    {"custom", true, "An event of your own."},
    {"initiate_checkout", true, "A checkout was begun."},
    {"lead", true, "Interest was shown: a form, a quote."},
    {"page_visit", true, "A page was seen, for instance a product's."},
    {"search", true, "Something was searched for."},
    {"signup", true, "Somebody signed up."},
    {"subscribe", true, "A subscription."},
    {"view_category", true, "A page of a category was seen."},
    {"view_content", true, "A page of content was seen."},
    {"watch_video", true, "A video was watched."},
    {"app_open", false, "The app was opened. Audiences and reporting."},
    {"contact", false, "Somebody got in touch."},
    {"customize_product", false, "A product was customised."},
    {"find_location", false, "A shop was looked for."},
    {"schedule", false, "An appointment was made."},
    {"start_trial", false, "A trial was begun."},
    {"submit_application", false, "An application was made."},
});

// Letters and digits only, small.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

bool one_of(std::string_view words, const std::string& wanted) {
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (plain(words.substr(0, end)) == wanted) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

std::string_view to_text(Group group) {
  switch (group) {
    case kIdentifier:
      return "identifiers";
    case Group::kEvent:
      return "event";
    case kDetails:
      break;
  }
  return "details";
}

std::span<const ConversionField> conversion_fields() { return kFields; }

Fixed may_be_fixed(const ConversionField& field) {
  constexpr std::string_view kOfOne[] = {"event_id", "event_time", "order_id",
                                         "click_id", "partner_id", "app_info.user_agent"};
  if (field.reading == Reading::kCountry) return Fixed::kConstantOrDefault;
  if (field.reading == Reading::kState) return Fixed::kConstant;
  const bool one = field.group == Group::kIdentifier || field.place == Place::kContents ||
                   field.reading == Reading::kTime ||
                   std::ranges::find(kOfOne, field.target) != std::end(kOfOne);
  return one ? Fixed::kNever : Fixed::kConstantOrDefault;
}

const ConversionField* find_conversion_field(std::string_view target) {
  const auto found = std::ranges::find(kFields, target, &ConversionField::target);
  return found == kFields.end() ? nullptr : &*found;
}

const ConversionField* suggest_conversion_field(std::string_view field) {
  const std::string wanted = plain(field);
  if (wanted.empty()) return nullptr;
  const auto named =
      std::ranges::find_if(kFields, [&](const ConversionField& f) { return plain(f.target) == wanted; });
  if (named != kFields.end()) return &*named;
  const auto other =
      std::ranges::find_if(kFields, [&](const ConversionField& f) { return one_of(f.others, wanted); });
  return other == kFields.end() ? nullptr : &*other;
}

std::span<const EventName> event_names() { return kEventNames; }

const EventName* find_event_name(std::string_view text) {
  const auto exact = std::ranges::find(kEventNames, text, &EventName::name);
  if (exact != kEventNames.end()) return &*exact;
  const std::string wanted = plain(text);
  const auto found =
      std::ranges::find_if(kEventNames, [&](const EventName& e) { return plain(e.name) == wanted; });
  return found == kEventNames.end() ? nullptr : &*found;
}

std::string_view find_action_source(std::string_view text) {
  for (const std::string_view source : kActionSources) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    if (std::ranges::equal(text, source, same)) return source;
  }
  return {};
}

}  // namespace pinrelay::pinterest
