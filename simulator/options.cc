#include "simulator/options.h"

#include <algorithm>
#include <charconv>

namespace pinrelay::sim {
namespace {

Error wrong(const std::string& message) {
  return {ErrorKind::kInvalid, "usage", message, "", "pinrelay-sim --help shows all options"};
}

Result<uint64_t> number(const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value <= UINT32_MAX) return value;
  return wrong("not a number: '" + text + "'");
}

Result<Millis> seconds(const std::string& text) {
  return Millis{static_cast<int64_t>(TRY(number(text))) * 1'000};
}

Result<void> set_listen(Options& options, const std::string& value) {
  const size_t colon = value.rfind(':');
  if (colon == std::string::npos) return wrong("--listen wants ADDRESS:PORT, not '" + value + "'");
  const uint64_t port = TRY(number(value.substr(colon + 1)));
  if (port > UINT16_MAX) return wrong("no such port: '" + value + "'");
  options.address = value.substr(0, colon);
  options.port = static_cast<uint16_t>(port);
  return {};
}

Result<void> set_faults(Options& options, const std::string& value) {
  const FaultProfile* const profile = find_profile(value);
  if (profile == nullptr) return wrong("--faults is none, light or heavy, not '" + value + "'");
  options.faults = *profile;
  return {};
}

Result<void> set_failed_events(Options& options, const std::string& value) {
  const Refusal* const refusal = find_refusal(value);
  if (refusal == nullptr) return wrong("--failed-events does not know '" + value + "'");
  options.world.failed_events = *refusal;
  return {};
}

Result<void> set_trial(Options& options, const std::string&) {
  const bool enabled = options.world.limits.enabled;
  options.world.limits = Limits::trial();
  options.world.limits.enabled = enabled;
  return {};
}

struct Option {
  std::string_view name;
  std::string_view value;  // "" = takes none
  std::string_view help;
  Result<void> (*set)(Options&, const std::string&);
};

Result<void> set_text(std::string& out, const std::string& value) {
  out = value;
  return {};
}

const Option kOptions[] = {
    {"--listen", "ADDRESS:PORT", "where to listen (127.0.0.1:7780); port 0 = any free one", set_listen},
    {"--tls-cert", "FILE", "speak TLS with this certificate …",
     [](Options& o, const std::string& v) { return set_text(o.certificate_file, v); }},
    {"--tls-key", "FILE", "… and this private key",
     [](Options& o, const std::string& v) { return set_text(o.private_key_file, v); }},
    {"--token", "TOKEN", "an access token to accept (pina_sim); repeat for more",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.tokens.push_back(v);
       return {};
     }},
    {"--conversion-token", "TOKEN", "a conversion token to accept (pina_conversion_sim); repeat for more",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.conversion_tokens.push_back(v);
       return {};
     }},
    {"--seed", "N", "seed of everything random (1)",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.seed = TRY(number(v));
       return {};
     }},
    {"--faults", "PROFILE", "faults by chance: none, light or heavy", set_faults},
    {"--scenario", "FILE", "faults by script: JSON lines, see simulator/fault_orders.h",
     [](Options& o, const std::string& v) { return set_text(o.scenario_file, v); }},
    {"--record", "FILE", "append each small exchange to this file as a JSON line",
     [](Options& o, const std::string& v) { return set_text(o.record_file, v); }},
    {"--no-limits", "", "no rate limits, for benchmarks",
     [](Options& o, const std::string&) -> Result<void> {
       o.world.limits.enabled = false;
       return {};
     }},
    {"--trial", "", "the limits of the Trial tier: 300 writes a day", set_trial},
    {"--processing", "SECONDS", "how long a new list is PROCESSING (60)",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.processing_time = TRY(seconds(v));
       return {};
     }},
    {"--reorder", "SECONDS", "make each accepted change at a random time within this window",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.reorder_window = TRY(seconds(v));
       return {};
     }},
    {"--unknown", "SECONDS", "the same, only for changes whose answer was lost or spoilt",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.unknown_window = TRY(seconds(v));
       return {};
     }},
    {"--dedup-window", "SECONDS", "how long events of one name and id are one conversion (172800)",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.dedup_window = TRY(seconds(v));
       return {};
     }},
    {"--events-per-minute", "N", "calls with conversions for each ad account (5000)",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.limits.ads_conversions = static_cast<unsigned>(TRY(number(v)));
       return {};
     }},
    {"--failed-events", "HOW",
     "how bad events are told: partial_failure (200), unprocessable (422),\n"
     "                             unprocessable_opaque (422 without details) or whole_body_400",
     set_failed_events},
    {"--opaque-takes-good", "", "an opaque 422 takes the good events of its request",
     [](Options& o, const std::string&) -> Result<void> {
       o.world.opaque_takes_good = true;
       return {};
     }},
    {"--keep-events", "", "keep the JSON of the events, for GET /_sim/conversions",
     [](Options& o, const std::string&) -> Result<void> {
       o.world.keep_events = true;
       return {};
     }},
    {"--app", "ID:SECRET", "the app that people sign in with, at /oauth/; without one any code is taken",
     [](Options& o, const std::string& v) -> Result<void> {
       const size_t colon = v.find(':');
       if (colon == 0 || colon == std::string::npos || colon + 1 == v.size())
         return wrong("an app is ID:SECRET");
       o.world.app.id = v.substr(0, colon), o.world.app.secret = v.substr(colon + 1);
       return {};
     }},
    {"--redirect-uri", "URI", "registered with the app; may be given several times",
     [](Options& o, const std::string& v) -> Result<void> {
       o.world.app.redirect_uris.push_back(v);
       return {};
     }},
    {"--state-file", "FILE", "read lists and conversions from it at the start, write them at the end",
     [](Options& o, const std::string& v) { return set_text(o.state_file, v); }},
    {"--help", "", "this text",
     [](Options& o, const std::string&) -> Result<void> {
       o.help = true;
       return {};
     }},
};

}  // namespace

Result<Options> read_options(const std::vector<std::string>& arguments) {
  Options options;
  options.world.tokens.clear();
  options.world.conversion_tokens.clear();
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto option = std::find_if(std::begin(kOptions), std::end(kOptions),
                                     [&](const Option& known) { return known.name == arguments[i]; });
    if (option == std::end(kOptions)) return wrong("unknown option '" + arguments[i] + "'");
    if (option->value.empty()) {
      TRY(option->set(options, ""));
    } else if (++i < arguments.size()) {
      TRY(option->set(options, arguments[i]));
    } else {
      return wrong(std::string(option->name) + " wants " + std::string(option->value));
    }
  }
  if (options.certificate_file.empty() != options.private_key_file.empty()) {
    return wrong("--tls-cert and --tls-key belong together");
  }
  if (options.world.conversion_tokens.empty()) {
    options.world.conversion_tokens = WorldOptions{}.conversion_tokens;
  }
  if (options.world.tokens.empty()) options.world.tokens = WorldOptions{}.tokens;
  return options;
}

std::string help_text() {
  std::string text =
      "Example: pinrelay-sim --listen 127.0.0.1:7780 --token pina_sim --seed 7 --faults light\n\n"
      "A stand-in for Pinterest's API, at http://127.0.0.1:7780/v5. What it holds and did: GET "
      "/_sim/state.\n\n";
  for (const Option& option : kOptions) {
    std::string left = "  " + std::string(option.name);
    if (!option.value.empty()) left += " " + std::string(option.value);
    left.resize(std::max<size_t>(left.size() + 1, 29), ' ');
    text += left + std::string(option.help) + "\n";
  }
  return text;
}

}  // namespace pinrelay::sim
