// job records: who is not sent, and why.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "cli/people.h"

namespace pinrelay::cli {
namespace {

using exports::OutcomeClass;
using exports::Reason;

constexpr size_t kRecordsMax = 100'000;
// Of members and identifiers, for one answer: the engine waits meanwhile.
constexpr size_t kLookedAtMax = 200'000;
constexpr const char* kOutcomeNames[] = {"omitted", "invalid", "rejected", "uncertain", "noted"};

struct Found {
  store::ProfileId profile;
  Reason reason;
  Time at{};             // zero: it is so now
  std::string hash{};    // the beginning of a rejected identifier
  int64_t request = 0;   // that last carried it
  std::string detail{};  // Pinterest's words
};

struct Search {
  std::optional<Reason> only;
  size_t limit = 0, looked_at_max = kLookedAtMax;
  // Where it begins and, when there is more, goes on: in the members ('m', by profile), the refused ('l', by
  // identifier and owner) or those who passed ('p', by number). As text "m.KEY.SKIP", opaque outside.
  struct Place {
    char part = 'm';
    Bytes key;
    int64_t skip = 0;  // owners of the identifier; a number of 'p'

    std::string text() const { return fmt::format("{}.{}.{}", part, to_hex(key), skip); }
  };
  Place from;
  std::optional<Place> next;
  bool more = false;  // there are, or may be, further ones
  size_t looked_at = 0;
  std::vector<Found> found;

  // Passes over the entry. False when so much was looked at that the search ends.
  bool pass(char part, ByteView key) {
    more = ++looked_at == looked_at_max;
    if (more) next = Place{part, Bytes(key.begin(), key.end()), 0};
    return !more;
  }

  bool wants(Reason reason) const { return !only || *only == reason; }
  // False when there is no room: the search can end, and goes on at `place`.
  bool add(Found record, const Place& place) {
    more = found.size() == limit;
    if (more) {
      next = place;
    } else {
      found.push_back(std::move(record));
    }
    return !more;
  }
};

Result<Search::Place> read_place(const std::string& text) {
  Search::Place place;
  if (text.empty()) return place;
  const size_t dot = text.find('.'), last = text.rfind('.');
  if (dot != 1 || last == dot || std::string_view("mlp").find(text[0]) == std::string_view::npos)
    return bad_cursor();
  place.part = text[0];
  const std::string hex = text.substr(2, last - 2);
  Hash key{};
  const size_t bytes = place.part == 'm' ? 16 : place.part == 'l' ? 32 : 0;
  if (hex.size() != bytes * 2 || !parse_hex(hex + std::string(64 - hex.size(), '0'), key))
    return bad_cursor();
  place.key.assign(key.begin(), key.begin() + static_cast<ptrdiff_t>(bytes));
  const char* end = text.data() + text.size();
  const auto [at, failed] = std::from_chars(text.data() + last + 1, end, place.skip);
  if (failed != std::errc() || at != end || place.skip < 0) return bad_cursor();
  return place;
}

// Whether a reason lasts: such people stand in the job's own map of members.
bool lasting(Reason reason) {
  return exports::info(reason).outcome == OutcomeClass::kInvalid || reason == Reason::kNoConsent ||
         reason == Reason::kConsentUnreadable;
}

// Members who have no identifier to send.
void search_members(Context& context, const exports::Job& job, Search& search) {
  if (search.from.part != 'm' || (search.only && !lasting(*search.only))) return;
  store::Owned owned;
  context.store().owned.scan(job.row.owner, search.from.key, [&](ByteView key, ByteView record) {
    store::read_owned(record, owned);
    const auto reason = static_cast<Reason>(owned.reason);
    if (reason == Reason::kNone || !search.wants(reason)) return search.pass('m', key);
    return search.add({store::profile_id_at(key.data()), reason}, {'m', Bytes(key.begin(), key.end()), 0});
  });
}

// Identifiers that Pinterest has refused, once for each of this job's owners.
void search_rejected(Context& context, const exports::Job& job, Search& search) {
  if (search.more || search.from.part == 'p') return;
  if (search.only && exports::info(*search.only).outcome != OutcomeClass::kRejected) return;
  store::LedgerEntry entry;
  const exports::LedgerReader ledger(context.engine.core(), job.row.list);
  const bool resumes = search.from.part == 'l';
  context.store().ledger.scan(
      job.row.list, resumes ? ByteView(search.from.key) : ByteView(), [&](ByteView key, ByteView record) {
        ledger.read(record, entry);
        if (!entry.rejected) return search.pass('l', key);
        const Reason reason = context.engine.sending().rejected_as(entry.request);
        if (!search.wants(reason)) return search.pass('l', key);
        const bool first = resumes && std::ranges::equal(key, search.from.key);
        int64_t owners = 0;
        for (const store::Owner& owner : entry.owners) {
          if (owner.job != job.row.owner || (++owners <= search.from.skip && first)) continue;
          if (!search.add({owner.profile, reason, {}, to_hex(key.first(4)) + "…", entry.request},
                          {'l', Bytes(key.begin(), key.end()), owners - 1}))
            return false;
        }
        return owners > 0 || search.pass('l', key);
      });
}

// What passed without anything to send, newest first; of conversions, whatever was not sent.
void search_passed(Context& context, const exports::Job& job, Search& search) {
  const auto elsewhere = [&](Reason reason) { return !job.converts() && lasting(reason); };
  if (search.more || (search.only && elsewhere(*search.only))) return;
  for (const store::RecordRow& row :
       context.store().records(job.row.number, kRecordsMax, search.from.part == 'p' ? search.from.skip : 0)) {
    const auto reason = static_cast<Reason>(row.reason);
    if (row.reason >= exports::kReasons.size() || row.profile.size() != 16) continue;
    if (elsewhere(reason) || !search.wants(reason)) continue;
    if (!search.add({store::profile_id_at(row.profile.data()), reason, row.at, "", row.request, row.detail},
                    {'p', {}, row.number + 1}))
      return;
  }
}

// For a spreadsheet: quoted where needed, and nothing that one could take for a formula.
std::string csv_cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string records_csv(const Json& records) {
  static constexpr const char* kColumns[] = {"profile_id", "person",     "reason",  "outcome",
                                             "at",         "identifier", "request", "detail"};
  std::string text;
  for (const char* column : kColumns) text += (text.empty() ? "" : ",") + std::string(column);
  text += "\r\n";
  for (const Json& record : records) {
    bool first = true;
    for (const char* column : kColumns) {
      const Json& value = record.at(column);
      if (!std::exchange(first, false)) text += ',';
      text += csv_cell(value.is_null()     ? ""
                       : value.is_string() ? value.get<std::string>()
                                           : json_text(value));
    }
    text += "\r\n";
  }
  return text;
}

Json record_json(const Found& found, const std::string& hint) {
  const exports::ReasonInfo& info = exports::info(found.reason);
  return {{"person", hint},
          {"profile_id", id_text(found.profile)},
          {"reason", info.name},
          {"outcome", kOutcomeNames[static_cast<size_t>(info.outcome)]},
          {"at", json_time(found.at)},
          {"identifier", found.hash},
          {"request", found.request == 0 ? Json() : Json(found.request)},
          {"detail", found.detail},
          {"meaning", info.meaning},
          {"fix", info.fix}};
}

void show_records(const Search& search, const std::map<store::ProfileId, std::string>& hints, Time now,
                  Output& output) {
  TextTable table, legend("  ");
  table.row({"PERSON", "ID", "REASON", "OUTCOME", "SINCE", "PINTEREST SAYS"});
  std::array<bool, static_cast<size_t>(Reason::kCount)> explained{};
  for (const Found& found : search.found) {
    const exports::ReasonInfo& info = exports::info(found.reason);
    output.json["records"].push_back(record_json(found, hints.at(found.profile)));
    table.row({hints.at(found.profile), id_text(found.profile), std::string(info.name),
               kOutcomeNames[static_cast<size_t>(info.outcome)],
               to_millis(found.at) == 0 ? "now" : when_text(found.at, now), found.detail});
    bool& told = explained[static_cast<size_t>(found.reason)];
    if (!told)
      legend.row({std::string(info.name),
                  fmt::format("{}{}{}", info.meaning, info.fix.empty() ? "" : ". Fix: ", info.fix)});
    told = true;
  }
  output.text = !search.found.empty() ? table.text() + "\n" + legend.text()
                : search.more         ? "Nobody is left out among those looked at.\n"
                                      : "Nobody is left out.\n";
  if (search.more)
    output.text += fmt::format("There {} more: --limit, --reason, or go on with --cursor '{}'\n",
                               search.found.size() == search.limit ? "are" : "may be", search.next->text());
}

}  // namespace

Result<Output> run_job_records(Context& context, const Arguments& arguments) {
  Search search;
  search.only = TRY(read_reason(arguments));
  search.from = TRY(read_place(arguments.value("cursor")));
  const bool csv = arguments.has("csv");
  search.limit = TRY(read_count(arguments, "limit", csv ? kRecordsMax : 100, kRecordsMax));
  if (csv) search.looked_at_max = SIZE_MAX;  // a file is to be whole
  Output output;
  TRY(context.read([&]() -> Result<void> {
    const exports::Job* job = TRY(find_job(context, arguments.positional.at(0)));
    if (!job->converts()) {
      search_members(context, *job, search);
      search_rejected(context, *job, search);
    }
    search_passed(context, *job, search);
    std::vector<store::ProfileId> ids;
    for (const Found& found : search.found) ids.push_back(found.profile);
    output.json = {{"as_of", json_time(context.clock.now())},
                   {"job", job->row.name},
                   {"more", search.more},
                   {"next_cursor", search.next ? Json(search.next->text()) : Json()},
                   {"records", Json::array()}};
    show_records(search, person_hints(context.store(), ids), context.clock.now(), output);
    return {};
  }));
  output.text = csv ? records_csv(output.json["records"]) : output.text + as_of(context.clock.now());
  return output;
}

}  // namespace pinrelay::cli
