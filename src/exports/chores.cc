#include "exports/chores.h"

#include "base/log.h"
#include "pinterest/tables.h"

namespace pinrelay::exports {
namespace {

using pinterest::Expect;
using pinterest::Verdict;

constexpr Millis kPollSoon{5 * 60'000};  // while Pinterest works on the list
constexpr Millis kPollLater{60 * 60'000};
constexpr Millis kSearchAgain{60'000};
constexpr Millis kAskAgain{60'000};  // what was refused is refused again, as a rule
constexpr Millis kForbiddenRetry{15 * 60'000};

struct ChoreInfo {
  const char* what;
  Expect expect;
};

constexpr ChoreInfo kChores[] = {{"check ad account", Expect::kAdAccount},
                                 {"check list", Expect::kList},
                                 {"search list", Expect::kListPage},
                                 {"create audience", Expect::kAudience},
                                 {"search audience", Expect::kAudiencePage}};

bool working(std::string_view status) { return status == "PROCESSING" || status == "UPLOADING"; }

}  // namespace

std::optional<Chore> Chores::due(List& list) {
  const Time now = core_.now();
  const store::ListRow& row = list.row;
  if (!list.account_checked) return Chore::kAccount;
  if (row.state == store::ListState::kSearching) {
    return now >= list.next_search ? std::optional(Chore::kSearchList) : std::nullopt;
  }
  if (row.state == store::ListState::kWanted) return std::nullopt;
  if (!list.verified) return Chore::kList;
  if (row.audience_state == store::AudienceState::kSearching) {
    return now >= list.next_search ? std::optional(Chore::kSearchAudience) : std::nullopt;
  }
  const bool tried_lately = waits(list.next_search, now, kForbiddenRetry);
  if (row.audience_state == store::AudienceState::kWanted && row.present > 0 && !tried_lately)
    return Chore::kCreateAudience;
  if (!waits(list.next_poll, now, kPollLater)) return Chore::kList;
  return std::nullopt;
}

std::optional<std::pair<uint64_t, Chore>> Chores::step(List& list) {
  if (core_.draining || list.chore_open || !core_.driven(list)) return std::nullopt;
  Authorization& auth = sending_.authorization(list);
  if (waits(list.row.not_before, core_.now()) || waits(auth.not_before, core_.now())) return std::nullopt;
  if (waits(list.next_chore, core_.now(), kAskAgain)) return std::nullopt;
  const auto chore = due(list);
  if (!chore) return std::nullopt;
  const bool writes = *chore == Chore::kCreateAudience;
  if (core_.options.rate_budget && !auth.allows(core_.now(), writes)) return std::nullopt;
  const auto access = sending_.access(list);
  if (!access) return std::nullopt;
  if (list.search_bookmark.empty()) list.search_began = core_.settle.now();
  http::Request request;
  switch (*chore) {
    case Chore::kAccount:
      request = pinterest::get_ad_account(*access, list.row.ad_account);
      break;
    case Chore::kList:
      request = pinterest::get_list(*access, list.row.ad_account, list.row.id);
      break;
    case Chore::kSearchList:
      request = pinterest::list_lists(*access, list.row.ad_account, list.search_bookmark);
      break;
    case Chore::kCreateAudience:
      // Looked for before it is made again, whatever happens between here and the answer.
      list.row.audience_state = store::AudienceState::kSearching;
      list.row.audience_search_until = core_.settle.now() + core_.settle_after_unknown(list);
      request = pinterest::create_audience(*access, list.row.ad_account, list.row.name, list.row.id,
                                           "Kept by Pinrelay");
      break;
    case Chore::kSearchAudience:
      request = pinterest::list_audiences(*access, list.row.ad_account, list.search_bookmark);
      break;
  }
  auth.spent(core_.now(), writes);
  const int64_t number = core_.store.next_number("requests");
  sending_.log_request(list, number, request, kChores[static_cast<size_t>(*chore)].what, 0, writes);
  const auto ticket = static_cast<uint64_t>(number);
  core_.outbox.emplace_back(ticket, std::move(request));
  list.chore_open = list.changed = true;
  list.chore_token = access->token;
  return std::pair{ticket, *chore};
}

void Chores::close(List& list, Chore chore, uint64_t ticket, const http::Response& response) {
  const auto answer = pinterest::judge(response, kChores[static_cast<size_t>(chore)].expect, core_.now());
  list.chore_open = false;
  list.changed = true;
  if (auto row = core_.store.request_log.get(static_cast<int64_t>(ticket))) {
    row->status = answer.status;
    row->verdict = pinterest::to_text(answer.verdict);
    row->message = answer.message;
    row->request_id = answer.request_id;
    row->duration = response.duration;
    core_.store.request_log.put(*row);
  }
  // An audience that cannot be made does not stop the list.
  if (chore == Chore::kCreateAudience) close_create_audience(list, response, answer);
  if (chore == Chore::kCreateAudience && answer.verdict == Verdict::kForbidden) return;
  const bool refused = answer.verdict == Verdict::kRefused || answer.verdict == Verdict::kTooLarge;
  const bool gone = answer.verdict == Verdict::kGone;
  if ((gone || refused) && chore == Chore::kAccount) return sending_.note_account_gone(list, answer);
  if (refused || (gone && chore != Chore::kList)) {
    list.next_chore = core_.now() + kAskAgain;
    list.search_bookmark.clear();  // it may be what is refused
    return;
  }
  sending_.note_outcome(list, answer, false);
  if (answer.verdict != Verdict::kDone) return;
  if (chore == Chore::kAccount) {
    sending_.confirm_gone(list);
    close_account(list, response);
  }
  if (chore == Chore::kList) close_list(list, response);
  if (chore == Chore::kSearchList) close_search_list(list, response);
  if (chore == Chore::kSearchAudience) close_search_audience(list, response);
}

void Chores::close_account(List& list, const http::Response& response) {
  const auto account = pinterest::read_ad_account(response.body);
  // Pinterest may leave the permissions out; then the first write decides.
  if (!account->permissions.empty() && !pinterest::can_write_lists(account->permissions)) {
    list.row.not_before = core_.now() + kForbiddenRetry;
    list.row.wait_code = "auth_error";
    list.row.wait_reason =
        "the user has no role that may write customer lists (owner, admin or audience) on this ad account";
    return;
  }
  list.account_checked = true;
}

void Chores::close_list(List& list, const http::Response& response) {
  const auto seen = pinterest::read_list(response.body);
  list.verified = true;
  list.gone = List::Gone::kNo;
  if (list.row.name.empty()) list.row.name = seen->name;
  if (working(seen->status) && !working(list.row.status)) list.row.processing_since = core_.now();
  list.row.status = seen->status;
  list.row.status_at = core_.now();
  list.next_poll = core_.now() + (working(seen->status) ? kPollSoon : kPollLater);
}

void Chores::close_search_list(List& list, const http::Response& response) {
  const auto page = pinterest::read_lists(response.body);
  for (const pinterest::CustomerList& found : page->items) {
    if (found.name != list.row.name) continue;
    list.row.id = found.id;
    list.row.state = store::ListState::kReady;
    list.row.ours = list.verified = true;
    for (const Job* job : core_.jobs_of(list.row.number))
      log(LogLevel::kInfo, "exports", "list found again by its name",
          {{"job", job->row.name}, {"list", found.id}, {"name", found.name}});
    return;
  }
  list.search_bookmark = page->bookmark;
  if (!page->bookmark.empty()) return;
  if (list.search_began >= list.row.search_until) {
    list.row.state = store::ListState::kWanted;
    sending_.forget_create(list);
  } else {
    list.next_search = core_.now() + kSearchAgain;
  }
}

void Chores::close_create_audience(List& list, const http::Response& response,
                                   const pinterest::Answer& answer) {
  list.search_bookmark.clear();
  list.next_search = core_.now();
  switch (answer.verdict) {
    case Verdict::kDone:
      list.row.audience_id = pinterest::read_audience(response.body)->id;
      list.row.audience_state = store::AudienceState::kMade;
      return;
    case Verdict::kUnknown:
      return;  // stays kSearching
    case Verdict::kRefused:
    case Verdict::kGone:
    case Verdict::kTooLarge:
      for (const Job* job : core_.jobs_of(list.row.number))
        log(LogLevel::kWarning, "exports", "Pinterest refuses an audience from the list",
            {{"job", job->row.name}, {"reason", answer.message}});
      list.row.audience_state = store::AudienceState::kNone;
      return;
    case Verdict::kForbidden:
      list.next_search = core_.now() + kForbiddenRetry;
      [[fallthrough]];
    default:
      list.row.audience_state = store::AudienceState::kWanted;
  }
}

void Chores::close_search_audience(List& list, const http::Response& response) {
  const auto page = pinterest::read_audiences(response.body);
  for (const pinterest::Audience& found : page->items) {
    if (found.list != list.row.id && found.name != list.row.name) continue;
    list.row.audience_id = found.id;
    list.row.audience_state = store::AudienceState::kMade;
    return;
  }
  list.search_bookmark = page->bookmark;
  if (!page->bookmark.empty()) return;
  if (list.search_began >= list.row.audience_search_until) {
    list.row.audience_state = store::AudienceState::kWanted;
  } else {
    list.next_search = core_.now() + kSearchAgain;
  }
}

}  // namespace pinrelay::exports
