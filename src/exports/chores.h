// The calls around a list that carry no identifiers: is the ad account ours to write, does the list exist,
// how far is Pinterest with it, where is the list whose create had no clear end, and the audience that makes
// it targetable.
#pragma once

#include "exports/sending.h"

namespace pinrelay::exports {

enum class Chore { kAccount, kList, kSearchList, kCreateAudience, kSearchAudience };

class Chores {
 public:
  Chores(Core& core, Sending& sending) : core_(core), sending_(sending) {}
  // Starts the call that is due, if any; within a transaction.
  std::optional<std::pair<uint64_t, Chore>> step(List& list);
  void close(List& list, Chore chore, uint64_t ticket, const http::Response& response);

 private:
  std::optional<Chore> due(List& list);
  void close_account(List& list, const http::Response& response);
  void close_list(List& list, const http::Response& response);
  void close_search_list(List& list, const http::Response& response);
  void close_create_audience(List& list, const http::Response& response, const pinterest::Answer& answer);
  void close_search_audience(List& list, const http::Response& response);

  Core& core_;
  Sending& sending_;
};

}  // namespace pinrelay::exports
