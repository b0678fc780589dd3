#include "cli/plan.h"

#include "base/sorter.h"

namespace pinrelay::cli {
namespace {

using store::Presence;

constexpr store::AudienceNumber kNoAudience = UINT32_MAX;  // nobody is in it
constexpr size_t kItemBytes = 32 + 16;
constexpr size_t kPeopleNamed = 3;  // of each request that is shown

struct Item {
  Hash hash{};
  store::ProfileId profile{};
};

// The distinct identifiers of a finished sorter, in order.
class Wanted {
 public:
  explicit Wanted(Sorter& sorter) : sorter_(sorter) { next(); }
  const std::optional<Item>& item() const { return item_; }
  void next() {
    const std::optional<Hash> last = item_ ? std::optional(item_->hash) : std::nullopt;
    do {
      const uint8_t* record = sorter_.next();
      item_ = std::nullopt;
      if (record == nullptr) return;
      item_.emplace();
      std::memcpy(item_->hash.data(), record, item_->hash.size());
      item_->profile = store::profile_id_at(record + item_->hash.size());
    } while (item_->hash == last);
  }

 private:
  Sorter& sorter_;
  std::optional<Item> item_;
};

class Counter {
 public:
  Counter(const PlanQuestion& question, PlanNumbers& numbers) : question_(question), numbers_(numbers) {}

  void add(const Hash& hash, const std::optional<store::ProfileId>& who) {
    ++numbers_.adds;
    collect(adds_, exports::Operation::kAdd, hash, who);
  }
  // An identifier that the ledger knows; `wanted` is null when the job does not want it.
  void known(const Hash& hash, const store::LedgerEntry& entry, const Item* wanted) {
    if (wanted != nullptr) {
      // A wish that is new forgets an old refusal.
      if (entry.rejected && entry.wanted()) {
        ++numbers_.rejected;
      } else if (entry.presence == Presence::kPresent) {
        ++numbers_.in_place;
      } else {
        add(hash, wanted->profile);
      }
      return;
    }
    bool others = false, ours = false;
    for (const store::Owner& owner : entry.owners)
      (owner.job == question_.job.row.owner ? ours : others) = true;
    if (others) {
      numbers_.wanted_elsewhere += ours;
    } else if (entry.presence != Presence::kAbsent) {
      ++numbers_.removes;
      collect(removes_, exports::Operation::kRemove, hash,
              ours ? std::optional(entry.owners.front().profile) : std::nullopt);
    }
  }
  std::vector<PlannedRequest> requests() {
    std::vector<PlannedRequest> all = std::move(adds_);
    for (PlannedRequest& request : removes_) all.push_back(std::move(request));
    if (all.size() > question_.requests_shown) all.resize(question_.requests_shown);
    return all;
  }

 private:
  void collect(std::vector<PlannedRequest>& requests, exports::Operation operation, const Hash& hash,
               const std::optional<store::ProfileId>& who) {
    if (requests.empty() || requests.back().hashes.size() == question_.records_max) {
      if (requests.size() == question_.requests_shown) return;
      requests.push_back({operation, {}, {}});
    }
    PlannedRequest& request = requests.back();
    request.hashes.push_back(hash);
    if (request.people.size() < kPeopleNamed) request.people.push_back(who);
  }

  const PlanQuestion& question_;
  PlanNumbers& numbers_;
  std::vector<PlannedRequest> adds_, removes_;
};

void scan_people(store::Profiles& profiles, const exports::Job& job, const std::stop_token& stop,
                 PlanNumbers& numbers, Sorter& sorter) {
  exports::Desire desire;
  profiles.scan({}, [&](const store::ProfileId& profile, const store::Person& person) {
    const auto owned = desire.of(job, person, numbers.warnings);
    if (!owned) return !stop.stop_requested();
    ++numbers.members;
    ++numbers.reasons[owned->reason];
    for (size_t i = 0; i < numbers.filled.size(); ++i)
      numbers.filled[i] += person.field(job.identifier_fields[i].first) != nullptr;
    std::array<uint8_t, kItemBytes> record;
    std::memcpy(record.data() + 32, profile.bytes.data(), 16);
    for (const Hash& hash : owned->hashes) {
      std::memcpy(record.data(), hash.data(), 32);
      sorter.add(record);
    }
    return !stop.stop_requested();
  });
}

void merge(store::LayeredMap& ledger, const PlanQuestion& question, const std::stop_token& stop,
           Wanted& wanted, Counter& counter) {
  const auto add_below = [&](const Hash* end) {
    for (; !stop.stop_requested() && wanted.item() && (end == nullptr || wanted.item()->hash < *end);
         wanted.next())
      counter.add(wanted.item()->hash, wanted.item()->profile);
  };
  if (question.list) {
    store::LedgerEntry entry;
    ledger.scan(question.list->number, {}, [&](ByteView key, ByteView record) {
      Hash hash;
      std::memcpy(hash.data(), key.data(), hash.size());
      question.ledger.read(record, entry);
      add_below(&hash);
      const bool is_wanted = wanted.item() && wanted.item()->hash == hash;
      counter.known(hash, entry, is_wanted ? &*wanted.item() : nullptr);
      if (is_wanted) wanted.next();
      return !stop.stop_requested();
    });
  }
  add_below(nullptr);
}

}  // namespace

int64_t PlanNumbers::request_count(uint32_t records_max) const {
  const int64_t size = records_max;
  return (adds + size - 1) / size + (removes + size - 1) / size;
}

exports::Job plan_job(Context& context, const config::JobSettings& settings, FieldNumbers& fields) {
  exports::Job job;
  if (const exports::Job* known = context.engine.jobs().find(settings.name)) job.row = known->row;
  job.settings = settings;
  if (!fields.catalog().find_audience(settings.audience, job.row.audience)) job.row.audience = kNoAudience;
  const auto map = [&](const std::string& name, identity::IdentifierKind kind) {
    if (!name.empty()) job.identifier_fields.emplace_back(fields.number(name), static_cast<int>(kind));
  };
  map(settings.email_field, identity::IdentifierKind::kEmail);
  map(settings.sha256_email_field, identity::IdentifierKind::kSha256Email);
  map(settings.mobile_id_field, identity::IdentifierKind::kMaid);
  if (!settings.consent_field.empty()) job.consent_field = fields.number(settings.consent_field);
  return job;
}

Result<PlanNumbers> count_plan(store::Snapshot& people, const PlanQuestion& question,
                               const std::stop_token& stop) {
  PlanNumbers numbers;
  numbers.filled.resize(question.job.identifier_fields.size());
  Sorter sorter(question.sort_directory, kItemBytes, question.sort_memory);
  scan_people(people.profiles, question.job, stop, numbers, sorter);
  TRY(sorter.finish());
  Wanted wanted(sorter);
  Counter counter(question, numbers);
  merge(people.ledger, question, stop, wanted, counter);
  TRY(sorter.status());
  TRY(people.status());
  numbers.requests = counter.requests();
  return numbers;
}

}  // namespace pinrelay::cli
