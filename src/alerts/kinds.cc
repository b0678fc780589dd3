#include "alerts/kinds.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinrelay::alerts {
namespace {

constexpr Kind kKinds[] = {
    {"job_failed", "job", "The job is Failed: it does nothing until a person resumes it.", kNone, false,
     kNone, "pinrelay job show NAME tells why; then: pinrelay job resume NAME"},
    {"authorization_unhealthy", "authorization",
     "Pinterest refuses the credentials, or their user may not do what a job needs.", kNone, false, kNone,
     "pinrelay auth list, then: pinrelay auth verify NAME"},
    {"rejected_share", "job",
     "Of at least 20 changes that Pinterest decided on within `hours`, more than `above` percent were "
     "refused.",
     5, false, 24, "pinrelay job records NAME"},
    {"invalid_share", "job",
     "Of at least 20 changes that were sent or should have been within `hours`, more than `above` percent "
     "failed our checks.",
     10, false, 24, "pinrelay job records NAME"},
    {"no_success", "job",
     "Something has waited to be sent for `hours`, and Pinterest has accepted nothing. Removals that the "
     "brake holds do not count.",
     kNone, false, 24, "pinrelay job show NAME tells what it waits for; pinrelay job requests NAME"},
    {"audience_size", "audience", "The audience has fewer than `min` or more than `max` members.", kNone,
     true, kNone, "pinrelay audience show NAME"},
    {"added", "job",
     "Fewer than `min` or more than `max` people were added (conversions: sent) within `hours`.", kNone, true,
     24, "pinrelay job show NAME"},
    {"removed", "job", "Fewer than `min` or more than `max` people were removed within `hours`.", kNone, true,
     24, "pinrelay job show NAME"},
    {"silence", "job",
     "No enter, exit or change of a mapped field has come for longer than is usual for this job, though "
     "nothing failed.",
     150, false, kNone, "look at what feeds the audience: pinrelay job show NAME, pinrelay import list"},
    {"erasures_waiting", "job",
     "Identifiers of deleted people have waited for `hours` to be removed from the list, because the job is "
     "paused or has failed.",
     kNone, false, 24, "pinrelay job resume NAME"},
    {"many_withdrawals", "job",
     "Within a day, withdrawn consent removed more from the list than the brake lets pass of other removals.",
     kNone, false, kNone, "look at what writes the consent field; pinrelay job show NAME"},
    {"restored_events_held", "job",
     "Conversions are held since the store was restored, because they may have been sent after the backup. "
     "Reported daily until a person decides.",
     kNone, false, kNone,
     "to send them: pinrelay job release NAME; to give them up: pinrelay job discard NAME", true},
    {"snapshot_held", "audience",
     "The exits of a snapshot of the audience are held: keys in it cannot be read, or it is much smaller "
     "than the "
     "audience. Told again every day until somebody releases or discards them, or a later snapshot is "
     "complete.",
     kNone, false, kNone,
     "pinrelay import list, then: pinrelay import release NUMBER, or pinrelay import discard NUMBER", true},
    // Those of security events have the names of these (store/security_events.h).
    {"sign_in_failed", kService, "More than `max` attempts to sign in have failed within `hours`.", kNone,
     false, 1, "pinrelay security events --kind sign_in_failed", false, 20},
    {"sign_in_delayed", kService,
     "More than `max` attempts to sign in had to wait within `hours`, because too many were made before.",
     kNone, false, 1, "pinrelay security events --kind sign_in_delayed", false, 0},
    {"new_address", kService,
     "More than `max` times within `hours`, a user signed in from an address that is new for them.", kNone,
     false, 24, "pinrelay security events --kind new_address; end a session: pinrelay session list", false,
     0},
    {"token_refused", kService,
     "More than `max` times within `hours`, an unknown, expired or revoked token or write key was refused.",
     kNone, false, 1, "pinrelay security events --kind token_refused", false, 20},
    {"forbidden", kService,
     "More than `max` times within `hours`, a known caller was refused what it may not do (403).", kNone,
     false, 1, "pinrelay security events --kind forbidden", false, 20},
    {"person_viewed", kService, "More than `max` times within `hours`, somebody looked at a single person.",
     kNone, false, 24, "pinrelay security events --kind person_viewed", false, 100},
};

std::string options_of(const Kind& kind) {
  std::string out;
  for (const Threshold& each : thresholds_of(kind)) {
    if (!out.empty()) out += ", ";
    out += fmt::format("`{}`", each.name);
    if (each.standard != kNone) out += fmt::format(" ({})", each.standard);
  }
  return out;
}

}  // namespace

std::vector<Threshold> thresholds_of(const Kind& kind) {
  std::vector<Threshold> taken;
  if (kind.above != kNone) taken.push_back({"above", kind.above});
  if (kind.range) taken.push_back({"min"});
  if (kind.range || kind.most != kNone) taken.push_back({"max", kind.most});
  if (kind.hours != kNone) taken.push_back({"hours", kind.hours});
  return taken;
}

std::span<const Kind> kinds() { return kKinds; }

const Kind* find_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &Kind::name);
  return found == std::end(kKinds) ? nullptr : found;
}

std::string next_step_of(const Kind& kind, const std::string& object) {
  std::string out(kind.next_step);
  for (size_t at = 0; (at = out.find("NAME", at)) != std::string::npos; at += object.size())
    out.replace(at, 4, object);
  return out;
}

std::string alerts_reference() {
  std::string out =
      "# Kinds of alerts\n\nGenerated from the tables in the program by `pinrelay docs`; do not edit.\n\n"
      "| Kind | Watches | Reported when | Options (default) | Next step |\n|---|---|---|---|---|\n";
  for (const Kind& kind : kKinds)
    out += fmt::format("| `{}` | {} | {} | {} | `{}` |\n", kind.name, kind.watches, kind.meaning,
                       options_of(kind), kind.next_step);
  return out +
         "\nHours are hours in which the job ran while the service did; the present one counts on top. Those "
         "of "
         "what watches the service are hours of the clock.\n";
}

}  // namespace pinrelay::alerts
