// What the parts of World share among each other and with nobody else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/list_body.h"
#include "simulator/world.h"

namespace pinrelay::sim {

struct World::Route {
  std::string_view method;
  std::string_view pattern;  // after /v5/; {} stands for an id
  std::string_view name;     // in the counters
  Category category;
  std::string_view scope;  // "" = no access token is needed
  Task task;               // asks for a role that may
  Reply (World::*handler)(Context&);
};

// One call on its way through.
struct World::Context {
  const Call& call;
  Time now;
  std::vector<std::string_view> ids{};  // of the path: the ad account, then the list or audience
  bool path_known = false;              // with another method
  Millis late{0};                       // when the change is made
  bool unknown = false;                 // the caller will not learn the outcome
  bool refusals_are_told = false;       // only a success is spoilt
  bool lost = false;                    // only noted, not done: of a call with events
  const Fault* marks = nullptr;         // makes events of this call bad
  std::vector<http::Header> rate_headers{};
  LoggedCall log{};
};

struct Page {
  std::vector<std::string> ids;
  std::string bookmark;  // "" = this is the last
};

inline constexpr std::string_view kThrottledText = "This request exceeded a rate limit. Please slow down.";

// Cuts the page that the query (page_size, order, bookmark) asks for out of all ids, which are ascending
// numbers; or says what is wrong with the query.
std::optional<Reply> cut_page(std::string_view query, std::vector<std::string> ids, Page& page);
// {"items":[…],"bookmark":…} around items that are JSON.
Reply page_answer(const Page& page, const std::vector<std::string>& items);

}  // namespace pinrelay::sim
