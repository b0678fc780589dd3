#include "identity/visitor.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "identity/ascii.h"
#include "identity/blank.h"

namespace pinrelay::identity {
namespace {

using Address = std::array<uint8_t, 16>;  // IPv4 in the first four bytes

struct Network {
  uint8_t start[16];
  unsigned bits;
};
constexpr Network kLocal4[] = {
    {{0}, 8},           // this network
    {{10}, 8},          // private
    {{100, 64}, 10},    // carrier's private
    {{127}, 8},         // loopback
    {{169, 254}, 16},   // link-local
    {{172, 16}, 12},    // private
    {{192, 0, 0}, 24},  // protocol assignments
    {{192, 168}, 16},   // private
    {{198, 18}, 15},    // benchmarks
    {{224}, 3},         // multicast, reserved, broadcast
};
constexpr Network kLocal6[] = {
    {{0}, 8},            // unspecified, loopback, mapped IPv4
    {{0x01, 0x00}, 64},  // discard
    {{0xfc}, 7},         // private
    {{0xfe, 0x80}, 10},  // link-local
    {{0xfe, 0xc0}, 10},  // site-local
    {{0xff}, 8},         // multicast
};

bool within(const Address& address, const Network& network) {
  for (unsigned bit = 0; bit < network.bits; bit += 8) {
    const unsigned left = std::min(8u, network.bits - bit);
    const auto mask = static_cast<uint8_t>(0xff << (8 - left));
    if ((address[bit / 8] & mask) != network.start[bit / 8]) return false;
  }
  return true;
}

// 192.0.2.7:443, [2001:db8::7]:443, for="[2001:db8::7]": the address alone.
std::string_view bare_address(std::string_view text) {
  const auto strip = [&](std::string_view open, char close) {
    if (!text.starts_with(open)) return false;
    text.remove_prefix(open.size());
    text = text.substr(0, text.find(close));
    return true;
  };
  if (text.size() > 4 && same_word(text.substr(0, 4), "for=")) text = text.substr(4, text.find(';') - 4);
  strip("\"", '"');
  if (strip("[", ']')) return text;
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos)
    text = text.substr(0, colon);
  return text;
}

AddressProblem read_address(std::string_view text, std::string& out) {
  const std::string terminated(bare_address(trim(text)));
  Address address{};
  bool six = false;
  if (inet_pton(AF_INET, terminated.c_str(), address.data()) != 1) {
    if (inet_pton(AF_INET6, terminated.c_str(), address.data()) != 1) return AddressProblem::kMalformed;
    six = true;
    // An IPv4 address as IPv6 programs see it.
    constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(std::begin(kMapped), std::end(kMapped), address.begin())) {
      std::copy_n(address.begin() + 12, 4, address.begin());
      six = false;
    }
  }
  const auto is_local = [&](const Network& network) { return within(address, network); };
  if (six ? std::ranges::any_of(kLocal6, is_local) : std::ranges::any_of(kLocal4, is_local))
    return AddressProblem::kPrivate;
  std::array<char, INET6_ADDRSTRLEN> spelled{};
  inet_ntop(six ? AF_INET6 : AF_INET, address.data(), spelled.data(), spelled.size());
  out = spelled.data();
  return AddressProblem::kNone;
}

enum class Word : uint8_t {
  kEngine,   // what draws pages
  kDevice,   // what a person holds, or a person's system
  kSystem,   // a system that servers have, too
  kProgram,  // no person looks through it, whatever else it says
};
struct NamedWord {
  std::string_view name;
  Word word;
};
// In small letters, at the start of a word.
constexpr NamedWord kWords[] = {
    {"mozilla/", Word::kEngine},
    {"applewebkit/", Word::kEngine},
    {"opera/", Word::kEngine},
    {"dalvik/", Word::kEngine},
    {"cfnetwork/", Word::kEngine},
    {"windows nt", Word::kDevice},
    {"windows phone", Word::kDevice},
    {"windows;", Word::kDevice},
    {"win64", Word::kDevice},
    {"macintosh", Word::kDevice},
    {"mac os x", Word::kDevice},
    {"macos", Word::kDevice},
    {"iphone", Word::kDevice},
    {"ipad", Word::kDevice},
    {"ipod", Word::kDevice},
    {"ios", Word::kDevice},
    {"tvos", Word::kDevice},
    {"watchos", Word::kDevice},
    {"appletv", Word::kDevice},
    {"android", Word::kDevice},
    {"harmonyos", Word::kDevice},
    {"cros ", Word::kDevice},
    {"tizen", Word::kDevice},
    {"web0s", Word::kDevice},
    {"webos", Word::kDevice},
    {"smart-tv", Word::kDevice},
    {"smarttv", Word::kDevice},
    {"playstation", Word::kDevice},
    {"nintendo", Word::kDevice},
    {"xbox", Word::kDevice},
    {"kaios", Word::kDevice},
    {"blackberry", Word::kDevice},
    {"bb10", Word::kDevice},
    {"symbian", Word::kDevice},
    {"series60", Word::kDevice},
    {"j2me", Word::kDevice},
    {"profile/midp", Word::kDevice},
    {"roku", Word::kDevice},
    {"linux", Word::kSystem},
    {"x11", Word::kSystem},
    {"darwin", Word::kSystem},
    {"ubuntu", Word::kSystem},
    {"fedora", Word::kSystem},
    {"freebsd", Word::kSystem},
    {"openbsd", Word::kSystem},
    {"windows", Word::kSystem},
    {"curl", Word::kProgram},
    {"libcurl", Word::kProgram},
    {"wget", Word::kProgram},
    {"python", Word::kProgram},
    {"urllib", Word::kProgram},
    {"aiohttp", Word::kProgram},
    {"libwww", Word::kProgram},
    {"java/", Word::kProgram},
    {"go-http-client", Word::kProgram},
    {"ruby", Word::kProgram},
    {"php", Word::kProgram},
    {"guzzle", Word::kProgram},
    {"postman", Word::kProgram},
    {"insomnia", Word::kProgram},
    {"httpx", Word::kProgram},
    {"axios", Word::kProgram},
    {"node-fetch", Word::kProgram},
    {"node.js", Word::kProgram},
    {"undici", Word::kProgram},
    {"apache-httpclient", Word::kProgram},
    {"scrapy", Word::kProgram},
    {"headlesschrome", Word::kProgram},
    {"headlessfirefox", Word::kProgram},
    {"phantomjs", Word::kProgram},
    {"puppeteer", Word::kProgram},
    {"playwright", Word::kProgram},
    {"selenium", Word::kProgram},
    {"htmlunit", Word::kProgram},
    {"jsdom", Word::kProgram},
    {"chrome-lighthouse", Word::kProgram},
    {"lighthouse", Word::kProgram},
    {"pingdom", Word::kProgram},
    {"gtmetrix", Word::kProgram},
    {"datadog", Word::kProgram},
    {"facebookexternalhit", Word::kProgram},
    {"facebookcatalog", Word::kProgram},
    {"meta-externalagent", Word::kProgram},
    {"slurp", Word::kProgram},
    {"bingpreview", Word::kProgram},
    {"mediapartners-google", Word::kProgram},
    {"feedfetcher", Word::kProgram},
    {"google-read-aloud", Word::kProgram},
    {"google-inspectiontool", Word::kProgram},
    {"googleother", Word::kProgram},
    {"apis-google", Word::kProgram},
    {"amazon cloudfront", Word::kProgram},
    {"aws-sdk", Word::kProgram},
    {"ia_archiver", Word::kProgram},
    {"embedly", Word::kProgram},
    {"statuscake", Word::kProgram},
    {"newrelic", Word::kProgram},
    {"site24x7", Word::kProgram},
};

// The words by their first letter or digit, so that each place of a user agent is compared with few.
constexpr size_t kLetters = 26;
const std::array<std::vector<NamedWord>, kLetters>& words_by_letter() {
  static const auto words = [] {
    std::array<std::vector<NamedWord>, kLetters> out;
    for (const NamedWord& word : kWords) out[static_cast<size_t>(word.name[0] - 'a')].push_back(word);
    return out;
  }();
  return words;
}
static_assert(std::ranges::all_of(kWords, [](const NamedWord& word) { return is_letter(word.name[0]); }));

// Googlebot, "bot.html", AdsBot-Google; but CUBOT makes phones.
bool names_robot(std::string_view lower) {
  for (size_t at = lower.find("bot"); at != std::string_view::npos; at = lower.find("bot", at + 1)) {
    constexpr size_t kSize = 3;
    const bool ends = at + kSize == lower.size() || !is_letter(lower[at + kSize]);
    const bool phone = at >= 2 && lower.substr(at - 2, 2) == "cu" && (at == 2 || !is_letter(lower[at - 3]));
    if (ends && !phone) return true;
  }
  return lower.find("crawl") != std::string_view::npos || lower.find("spider") != std::string_view::npos ||
         lower.find("+http") != std::string_view::npos;
}

// Whether a product's name and version stand there, as apps write it: "Shop/3.2".
bool names_app(std::string_view lower) {
  for (size_t at = lower.find('/'); at != std::string_view::npos; at = lower.find('/', at + 1))
    if (at > 0 && (is_letter(lower[at - 1]) || is_digit(lower[at - 1])) && at + 1 < lower.size() &&
        is_digit(lower[at + 1]))
      return true;
  return false;
}

bool looks_personal(std::string_view lower) {
  bool engine = false, device = false, system = false;
  const auto& words = words_by_letter();
  for (size_t i = 0; i < lower.size(); ++i) {
    if (!is_letter(lower[i]) || (i > 0 && is_letter(lower[i - 1]))) continue;
    const std::string_view rest = lower.substr(i);
    for (const NamedWord& known : words[static_cast<size_t>(lower[i] - 'a')]) {
      if (!rest.starts_with(known.name)) continue;
      if (known.word == Word::kProgram) return false;
      engine |= known.word == Word::kEngine;
      device |= known.word == Word::kDevice;
      system |= known.word == Word::kSystem;
    }
  }
  if (names_robot(lower)) return false;
  return engine ? device || system : device && names_app(lower);
}

}  // namespace

AddressProblem normalise_ip(std::string_view text, std::string& out) {
  auto problem = AddressProblem::kMalformed;
  while (true) {
    const size_t end = std::min(text.find(','), text.size());
    const AddressProblem found = read_address(text.substr(0, end), out);
    if (found == AddressProblem::kNone) return found;
    if (found == AddressProblem::kPrivate) problem = found;
    if (end == text.size()) return problem;
    text.remove_prefix(end + 1);
  }
}

bool normalise_user_agent(std::string_view text, std::string& out) {
  out = trim(text);
  constexpr size_t kBytesMax = 16'384;
  if (out.empty() || out.size() > kBytesMax) return false;
  std::string lower = out;
  std::ranges::transform(lower, lower.begin(), to_lower);
  return looks_personal(lower);
}

}  // namespace pinrelay::identity
