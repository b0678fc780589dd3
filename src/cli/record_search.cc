#include "cli/record_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/format.h"

namespace pinrelay::cli {
namespace {

using exports::OutcomeClass;
using exports::Reason;

// One search reads at most this many entries, members and identifiers combined.
constexpr size_t kLookedAtMax = 200'000;

// A lasting reason is kept in the job's own map of members, not in a record.
bool lasting(Reason reason) {
  return exports::info(reason).outcome == OutcomeClass::kInvalid || reason == Reason::kNoConsent ||
         reason == Reason::kConsentUnreadable;
}
bool rejected(Reason reason) { return exports::info(reason).outcome == OutcomeClass::kRejected; }
// Reasons that records are kept for. Conversions jobs record everything that was not sent.
bool recorded(const exports::Job& job, Reason reason) { return job.converts() || !lasting(reason); }

// Where a search begins: in the members ('m', by profile), the refused ('l', by identifier and owner) or the
// records ('p', by number). As text "m.KEY.SKIP", opaque outside.
struct Place {
  char part = 'm';
  Bytes key;
  int64_t skip = 0;  // owners of the identifier; a number of 'p'

  std::string text() const { return fmt::format("{}.{}.{}", part, to_hex(key), skip); }
};

Result<Place> read_place(const std::string& text) {
  Place place;
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

class Searcher {
 public:
  Searcher(Context& context, const exports::Job& job, const RecordSearch& search, Place from)
      : context_(context), job_(job), search_(search), filter_(search.filter), from_(std::move(from)) {}

  RecordPage run() {
    if (!job_.converts()) {
      members();
      refused();
    }
    records();
    return std::move(page_);
  }

 private:
  // True when the filter lets through at least one reason of this sort.
  template <typename Sort>
  bool any(Sort sort) const {
    return std::ranges::any_of(exports::kReasons, [&](const exports::ReasonInfo& info) {
      return info.reason != Reason::kNone && sort(info.reason) && filter_.passes(info.reason);
    });
  }
  // Passes over an entry. False when so much was looked at that the search ends.
  bool pass(char part, ByteView key) {
    if (!search_.bounded || ++looked_at_ < kLookedAtMax) return true;
    page_.next = Place{part, Bytes(key.begin(), key.end()), 0}.text();
    return false;
  }
  // False when there is no room: the search continues at `place`.
  bool add(FoundRecord record, const Place& place) {
    if (page_.found.size() == search_.limit) {
      page_.next = place.text();
      return false;
    }
    page_.found.push_back(std::move(record));
    return true;
  }

  // Members who have no identifier to send.
  void members() {
    if (from_.part != 'm' || !any(lasting)) return;
    store::Owned owned;
    const auto visit = [&](ByteView key, ByteView record) {
      store::read_owned(record, owned);
      const auto reason = static_cast<Reason>(owned.reason);
      if (reason == Reason::kNone || !filter_.passes(reason)) return pass('m', key);
      return add({store::profile_id_at(key.data()), reason}, {'m', Bytes(key.begin(), key.end()), 0});
    };
    store::LayeredMap& map = context_.store().owned;
    if (!filter_.person) return map.scan(job_.row.owner, from_.key, visit);
    const ByteView key(filter_.person->bytes);
    map.read(job_.row.owner, key, [&](size_t, ByteView record) { visit(key, record); });
  }

  // Identifiers that Pinterest has refused, once for each of this job's owners.
  void refused() {
    if (page_.next || from_.part == 'p' || !any(rejected)) return;
    store::LedgerEntry entry;
    const exports::LedgerReader ledger(context_.engine.core(), job_.row.list);
    const bool resumes = from_.part == 'l';
    const auto visit = [&](ByteView key, ByteView record) {
      ledger.read(record, entry);
      if (!entry.rejected) return pass('l', key);
      const Reason reason = context_.engine.sending().rejected_as(entry.request);
      if (!filter_.passes(reason)) return pass('l', key);
      const bool first = resumes && std::ranges::equal(key, from_.key);
      int64_t owners = 0;
      for (const store::Owner& owner : entry.owners) {
        if (owner.job != job_.row.owner || (filter_.person && owner.profile != *filter_.person) ||
            (++owners <= from_.skip && first))
          continue;
        if (!add({owner.profile, reason, {}, to_hex(key.first(4)) + "…", entry.request},
                 {'l', Bytes(key.begin(), key.end()), owners - 1}))
          return false;
      }
      return owners > 0 || pass('l', key);
    };
    store::LayeredMap& map = context_.store().ledger;
    if (!filter_.person) return map.scan(job_.row.list, resumes ? ByteView(from_.key) : ByteView(), visit);
    for (const Hash& hash : identifiers(*filter_.person)) {
      if (page_.next) return;
      if (resumes && std::ranges::lexicographical_compare(hash, from_.key)) continue;
      map.read(job_.row.list, hash, [&](size_t, ByteView record) { visit(hash, record); });
    }
  }

  // The identifiers that the job wants for a person, sorted.
  std::vector<Hash> identifiers(const store::ProfileId& person) {
    store::Owned owned;
    context_.store().owned.read(job_.row.owner, person.bytes,
                                [&](size_t, ByteView record) { store::read_owned(record, owned); });
    return owned.hashes;
  }

  // What passed without anything to send, newest first; of conversions, whatever was not sent.
  void records() {
    if (page_.next || !any([&](Reason reason) { return recorded(job_, reason); })) return;
    const int64_t before = from_.part == 'p' ? from_.skip : 0;
    context_.store().each_record(job_.row.number, before, filter_.person, [&](const store::RecordRow& row) {
      const auto reason = static_cast<Reason>(row.reason);
      if (row.reason >= exports::kReasons.size() || row.profile.size() != 16) return true;
      if (!recorded(job_, reason) || !filter_.passes(reason)) return true;
      return add({store::profile_id_at(row.profile.data()), reason, row.at, "", row.request, row.detail},
                 {'p', {}, row.number + 1});
    });
  }

  Context& context_;
  const exports::Job& job_;
  const RecordSearch& search_;
  const RecordFilter& filter_;
  const Place from_;
  size_t looked_at_ = 0;
  RecordPage page_;
};

// Of everybody: the maps up to their bound, and the records as the database counts them.
ReasonCounts count_all(Context& context, const exports::Job& job) {
  ReasonCounts all;
  const auto count = [&](Reason reason, int64_t by) { all.counts[static_cast<size_t>(reason)] += by; };
  size_t looked_at = 0;
  const auto go_on = [&] { return all.complete = ++looked_at < kLookedAtMax; };
  store::Owned owned;
  store::LedgerEntry entry;
  if (!job.converts()) {
    context.store().owned.scan(job.row.owner, {}, [&](ByteView, ByteView record) {
      store::read_owned(record, owned);
      if (owned.reason != 0) count(static_cast<Reason>(owned.reason), 1);
      return go_on();
    });
    const exports::LedgerReader ledger(context.engine.core(), job.row.list);
    const bool cut = !std::exchange(all.complete, true);
    looked_at = 0;
    context.store().ledger.scan(job.row.list, {}, [&](ByteView, ByteView record) {
      ledger.read(record, entry);
      if (entry.rejected)
        count(context.engine.sending().rejected_as(entry.request),
              std::ranges::count(entry.owners, job.row.owner, &store::Owner::job));
      return go_on();
    });
    all.complete = all.complete && !cut;
  }
  for (const auto& [number, rows] : context.store().count_records(job.row.number))
    if (number < exports::kReasons.size() && recorded(job, static_cast<Reason>(number)))
      count(static_cast<Reason>(number), rows);
  return all;
}

}  // namespace

bool RecordFilter::passes(Reason candidate) const {
  return (!reason || *reason == candidate) && (!outcome || exports::info(candidate).outcome == *outcome);
}

Result<RecordPage> search_records(Context& context, const exports::Job& job, const RecordSearch& search) {
  Place from = TRY(read_place(search.cursor));
  return Searcher(context, job, search, std::move(from)).run();
}

ReasonCounts count_reasons(Context& context, const exports::Job& job, const RecordFilter& filter) {
  if (!filter.person) return count_all(context, job);
  const RecordSearch theirs{{.reason = {}, .outcome = {}, .person = filter.person}, "", kLookedAtMax, true};
  const RecordPage page = Searcher(context, job, theirs, {}).run();
  ReasonCounts counts{{}, !page.next};
  for (const FoundRecord& found : page.found) ++counts.counts[static_cast<size_t>(found.reason)];
  return counts;
}

}  // namespace pinrelay::cli
