// Which conversions must, may and must not be sent, from people, jobs and verbs alone.
//
// Each membership event makes one conversion of each job that collects it, with what is known of the person
// then. It may be sent until the person is deleted, withdraws consent, or its job is over, and only while its
// job runs and is not in test mode. Events of one ad
// account, name and id are one.
#pragma once

#include <optional>

#include "base/clock.h"
#include "job_book.h"
#include "network.h"

namespace pinrelay::simulation {

class ConversionBook {
 public:
  void moved(const KnownJob& job, const Person& person, const std::string& audience, bool enters, Time now);
  void completed(const KnownJob& job, const Person& person, const std::string& audience, bool surely);
  void changed(const KnownJob& job, const Person& person);
  // Present members make conversions, too: with what is known of each when the scan comes by.
  void begin_scan(const KnownJob& job, const Oracle& oracle, Time now);
  // `whole`: it has come by everybody; else it is given up, and nobody knows how far it was.
  void end_scan(const KnownJob& job, const Oracle& oracle, bool whole);
  bool scans(int job) const { return scanning_.contains(job); }
  void deleted(const Person& person);
  // Another consent field: who has not consented by it has withdrawn, once the job comes by.
  void begin_sweep(const KnownJob& job, const Oracle& oracle);
  void end_sweep(const KnownJob& job, const Oracle& oracle);
  bool sweeps(int job) const { return sweeping_.contains(job); }
  // Another audience: records of the earlier one have ended.
  void forget_records(const KnownJob& job);
  void over(int job);
  // Records are repeated, from what is known today.
  void retry(const KnownJob& job, const Oracle& oracle);
  // From a backup: what waits is held until somebody decides, except what is young enough.
  void hold(Time backed_up);
  void release(int job, bool discard);

  // "" when the event may be sent now, else why not.
  std::string refusal(const EventKey& key, const JobBook& jobs, Time now) const;
  // Who makes the event, for messages: (job, key of the person).
  std::vector<std::pair<int, std::string>> makers(const EventKey& key) const;
  // Those that have to count, unless the engine says why they do not.
  std::set<EventKey> must(const JobBook& jobs) const;

 private:
  struct Event {
    int job = 0;
    std::string person;
    std::vector<EventKey> keys;  // none: it cannot be sent; more than one: either of them
    Time happened{};
    bool alive = true;     // may be sent, or could be once it is valid
    bool invalid = false;  // lacks something that a repeat may find
    bool certain = true;   // what it is sent as is known, and it was never repeated by hand
    bool held = false;     // since a restore
    bool open = false;     // the scan has not come by yet
    std::string first_id;
  };
  // Of an invalid event that nobody has had repeated.
  static bool is_record(const Event& event) { return event.invalid && event.keys.empty(); }
  using Entered = std::pair<int, std::pair<std::string, std::string>>;  // job, person, audience

  void read(Event& event, const KnownJob& job, const Person& person);
  void reopen(size_t number, const KnownJob& job, const Person& person);
  void add_key(size_t number, const EventKey& key);
  std::string refusal(const Event& event, const JobBook& jobs, Time now) const;

  std::vector<Event> events_;
  std::map<std::string, std::vector<size_t>> by_person_;  // those alive
  std::map<EventKey, std::set<size_t>> by_key_;
  std::map<Entered, size_t> last_enter_;
  std::set<int> scanning_, sweeping_;
  std::optional<Time> backed_up_;
};

}  // namespace pinrelay::simulation
