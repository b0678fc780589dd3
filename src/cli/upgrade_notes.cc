#include "cli/upgrade_notes.h"

#include "base/log.h"

namespace pinrelay::cli {
namespace {

// The name of a number of the store that tells how many of the notes it has seen.
constexpr std::string_view kSeen = "upgrade_notes";
constexpr std::string_view kNotes[] = {
    "files make conversions now: whoever enters or leaves an audience by an import becomes a conversion of "
    "the "
    "jobs that follow it, and whoever a file deletes is sent nowhere any more; see CHANGELOG.md",
};

}  // namespace

Result<void> log_upgrade_notes(store::Store& store) {
  store.begin();
  const auto seen = static_cast<size_t>(store.number(kSeen));
  const bool used = !store.jobs.all().empty() || !store.imports.all().empty();
  if (seen < std::size(kNotes)) store.set_number(kSeen, static_cast<int64_t>(std::size(kNotes)));
  TRY(store.commit());
  for (size_t note = seen; used && note < std::size(kNotes); ++note)
    log(LogLevel::kWarning, "cli", kNotes[note]);
  return {};
}

}  // namespace pinrelay::cli
