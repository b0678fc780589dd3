// The simulated Pinterest: everything behind https://api.pinterest.com/v5 that Pinrelay uses, without
// network, threads or a clock. The deterministic simulation holds one in process; pinrelay-sim puts it behind
// HTTP. The same options and the same calls at the same times give the same replies. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/sha256.h"
#include "simulator/accounts.h"
#include "simulator/answers.h"
#include "simulator/bad_events.h"
#include "simulator/conversions.h"
#include "simulator/faults.h"
#include "simulator/hash_set.h"
#include "simulator/limits.h"
#include "simulator/lists.h"
#include "simulator/traffic.h"

namespace pinrelay::sim {

class ListBodyReader;
enum class ListBodyKind;
struct ListBody;

struct WorldOptions {
  uint64_t seed = 1;
  std::vector<std::string> tokens{"pina_sim"};  // valid from the start, with every scope, without an end
  std::vector<std::string> conversion_tokens{"pina_conversion_sim"};  // the same, for events only
  App app{};                                                          // without an id: none
  std::vector<AdAccount> ad_accounts = default_ad_accounts();
  Limits limits{};
  Millis processing_time{60'000};  // a new list is PROCESSING that long
  size_t members_ready = 100;      // fewer is TOO_SMALL
  size_t records_max = 100'000;    // more in one call: too_large_status
  size_t body_bytes_max = 10 * 1024 * 1024;
  int too_large_status = 413;  // or 400
  // Zero: accepted changes are made at once, in order. Otherwise each is made at a random time within the
  // window. `reorder_window` is for every change, `unknown_window` for those whose answer was spoilt or lost.
  Millis reorder_window{0};
  Millis unknown_window{0};
  Millis dedup_window{std::chrono::hours{48}};  // of events with the same name and id
  // How events are refused that are bad by what is in them.
  Refusal failed_events = Refusal::kPartialFailure;
  bool opaque_takes_good = false;  // whether the good events count beside those of an opaque 422
  bool keep_events = false;        // their JSON, too
  // Each answer takes a random time in between.
  Millis latency_min{0}, latency_max{0};
};

struct Audience {
  std::string id, ad_account, name, description, list_id;
  Time created{}, updated{};
  Time visible_from{};  // later than `created` after a late creation
};

class World {
 public:
  explicit World(WorldOptions options = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  Reply handle(const Call& call, Time now);
  // Makes the late changes that are due; handle does it, too.
  void settle(Time now) { lists_.settle(now), conversions_.settle(now); }
  void settle_all() { lists_.settle_all(), conversions_.settle_all(); }
  // Back to the options: no lists, no faults, the first tokens and roles.
  void reset();

  // The truth, for tests.
  const HashSet* members(std::string_view list_id) const;  // null: no such list
  const Lists& lists() const { return lists_; }
  const std::map<std::string, Audience, std::less<>>& audiences() const { return audiences_; }
  const Conversions& conversions() const { return conversions_; }
  const Traffic& traffic() const { return traffic_; }
  std::string status(const CustomerList& list, Time now) const;

  // By hand, as an administrator of Pinterest or a colleague in Ads Manager could do.
  Lists& lists() { return lists_; }
  Conversions& conversions() { return conversions_; }
  Accounts& accounts() { return accounts_; }
  Faults& faults() { return faults_; }
  const Faults& faults() const { return faults_; }
  RateLimiter& limiter() { return limiter_; }
  WorldOptions& options() { return options_; }
  // A write that names this record is refused whole with 400.
  HashSet& bad_records() { return bad_records_; }
  // By event id; grows by itself with the faults about events.
  BadEvents& bad_events() { return bad_events_; }
  const BadEvents& bad_events() const { return bad_events_; }

 private:
  struct Route;
  struct Context;
  static std::span<const Route> routes();
  static const Route* find_route(const Call& call, Context& context);

  Reply answer(const Route* route, Context& context);
  std::optional<Reply> admit(const Route& route, Context& context);
  Reply spoil(const Route& route, Context& context, const Fault& fault);
  Reply mark(const Route& route, Context& context, const Fault& fault);
  void add_first_tokens();
  Millis lateness(bool unknown);
  std::optional<Reply> refuse_body(const Call& call) const;
  std::optional<Reply> read_list_body(Context& context, ListBodyKind kind, ListBody& body);
  CustomerList* list_of(Context& context);
  Audience* audience_of(Context& context);
  std::string list_json(const CustomerList& list, Time now) const;
  std::string audience_json(const Audience& audience, Time now) const;

  Reply oauth_token(Context& context);
  Reply user_account(Context& context);
  Reply ad_account_list(Context& context);
  Reply ad_account_get(Context& context);
  Reply list_list(Context& context);
  Reply list_create(Context& context);
  Reply list_get(Context& context);
  Reply list_change(Context& context);
  Reply audience_list(Context& context);
  Reply audience_create(Context& context);
  Reply audience_get(Context& context);
  Reply audience_change(Context& context);
  Reply events_send(Context& context);
  Reply events_test(Context& context, EventBody& body);
  std::optional<Reply> read_events(Context& context, EventBody& body);
  void mark_bad_events(Context& context, const EventBody& body);
  std::optional<Refusal> judge_events(EventBody& body) const;
  void record_events(Context& context, const EventBody& body, std::optional<Refusal> refusal);

  WorldOptions options_;
  Accounts accounts_;
  RateLimiter limiter_;
  Faults faults_;
  SeededRandom random_;
  Lists lists_;
  std::map<std::string, Audience, std::less<>> audiences_;
  uint64_t next_audience_ = 2'542'630'000'001;
  HashSet bad_records_;
  Conversions conversions_;
  BadEvents bad_events_;
  Sha256 sha256_;
  Traffic traffic_;
  std::unique_ptr<ListBodyReader> body_reader_;
  EventBodyReader event_reader_;
};

}  // namespace pinrelay::sim
