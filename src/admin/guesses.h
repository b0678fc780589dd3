// How often passwords may be tried. Whoever guesses waits ever longer: by account and address, by address, by
// the networks around an address, which one customer can have whole, and by account alone, from wherever
// it is tried. Nobody is locked out: what holds for an account does not hold where its owner has signed in.
#pragma once

#include <array>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace pinrelay::admin {

// The first `bits` of an IPv6 address ("2001:db8::/48"), or the first `ipv4_bits` of an IPv4 one
// ("192.0.2.0/24"; 32: the address itself). What is no address stays as it is.
std::string network_of(const std::string& address, unsigned bits = 64, unsigned ipv4_bits = 32);

struct Guess {
  std::string account;  // the name that is tried
  std::string origin;   // the caller's address
  // This address, or the session that asks, has signed in to the account lately.
  bool known = false;
};

// All of it on one thread.
class Guesses {
 public:
  explicit Guesses(const Clock& clock) : clock_(clock) {}

  // Counts it, before the password is looked at, so that many at once are many; or kThrottled: nothing is
  // counted, and it has to wait.
  Result<void> begin(const Guess& guess);
  // It was right.
  void succeed(const Guess& guess);
  // No password was looked at.
  void take_back(const Guess& guess);

 private:
  struct Tries {
    unsigned count = 0;
    Millis until{0}, last{0};  // on the monotonic clock
  };
  using Table = std::map<std::string, Tries>;
  static constexpr size_t kRules = 5;

  void count(size_t rule, const std::string& key);
  void take_back(size_t rule, const std::string& key);

  const Clock& clock_;
  std::array<Table, kRules> tables_;  // one a rule, so that noise of one kind makes no other forgotten
};

// Where people have signed in to an account in the last 30 days.
class KnownPlaces {
 public:
  static constexpr Millis kLasts{30LL * 24 * 3'600'000};
  static constexpr size_t kPlacesMax = 50;  // of an account; the oldest goes

  void note(const std::string& account, const std::string& origin, Time at);
  bool has(const std::string& account, const std::string& origin, Time now) const;

 private:
  std::map<std::string, std::map<std::string, Time>> places_;
};

}  // namespace pinrelay::admin
