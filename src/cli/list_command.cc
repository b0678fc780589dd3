// auth lists: the customer lists that an ad account has at Pinterest. Pinterest can neither search them nor
// count their members: names are looked through here, page after page.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/authorization_views.h"
#include "cli/format.h"
#include "cli/handlers.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kListsMax = 500;
constexpr int kPagesMax = 40;  // of 250 lists, for one answer

// Where an answer ended: how many lists of Pinterest's page were looked at, and that page's bookmark.
// As a text "17.BOOKMARK", opaque to whoever gets it.
struct Place {
  size_t skip = 0;
  std::string bookmark;

  std::string text() const { return fmt::format("{}.{}", skip, bookmark); }
};

Result<Place> read_place(const std::string& text) {
  Place place;
  if (text.empty()) return place;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), place.skip);
  if (error != std::errc() || end == text.data() + text.size() || *end != '.') return bad_cursor();
  place.bookmark.assign(end + 1, text.data() + text.size());
  return place;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

struct Search {
  std::string ad_account, words;  // words: in lower case
  size_t limit = 0;
};

// Our own knowledge of it, where a job of ours writes to it.
const exports::List* known_list(Context& context, const std::string& ad_account, const std::string& id) {
  for (const auto& [number, list] : context.engine.core().lists)
    if (!list.conversions() && list.row.id == id && list.row.ad_account == ad_account) return &list;
  return nullptr;
}

Json list_json(Context& context, const Search& search, const pinterest::CustomerList& list) {
  const exports::List* known = known_list(context, search.ad_account, list.id);
  Json used_by = Json::array();
  if (known != nullptr)
    for (const exports::Job* job : context.engine.core().jobs_of(known->row.number))
      used_by.push_back(job->row.name);
  const auto seconds = [](int64_t at) { return json_time(from_millis(at * 1'000)); };
  return {{"id", list.id},
          {"name", list.name},
          {"status", list.status},
          {"records_uploaded", list.uploaded},
          {"records_removed", list.removed},
          {"created_at", seconds(list.created_time)},
          {"updated_at", seconds(list.updated_time)},
          {"made_by_us", known != nullptr && known->row.ours},
          {"used_by", used_by}};
}

// Takes from the page what fits; says where the next answer begins, nothing when this was all.
std::optional<Place> take(Context& context, const Search& search,
                          const pinterest::Page<pinterest::CustomerList>& page, const Place& from,
                          Output& output) {
  Json& lists = output.json["lists"];
  for (size_t i = from.skip; i < page.items.size(); ++i) {
    if (lists.size() == search.limit) return Place{i, from.bookmark};
    if (lower(page.items[i].name).find(search.words) != std::string::npos)
      lists.push_back(list_json(context, search, page.items[i]));
  }
  if (page.bookmark.empty()) return std::nullopt;
  return Place{0, page.bookmark};
}

void say_lists(const Search& search, const std::optional<Place>& next, Output& output) {
  output.json["next_cursor"] = next ? Json(next->text()) : Json();
  TextTable table;
  table.row({"ID", "NAME", "STATUS", "UPLOADED", "REMOVED", "CREATED", "USED BY"});
  for (const Json& list : output.json["lists"]) {
    std::string used_by;
    for (const Json& job : list["used_by"]) used_by += (used_by.empty() ? "" : ", ") + job.get<std::string>();
    table.row({list["id"].get<std::string>(), list["name"].get<std::string>(),
               list["status"].get<std::string>(), thousands(list["records_uploaded"].get<int64_t>()),
               thousands(list["records_removed"].get<int64_t>()),
               list["created_at"].is_null() ? "" : list["created_at"].get<std::string>(), used_by});
  }
  if (output.json["lists"].empty()) {
    output.text = fmt::format("The ad account {} has no {}list{}.\n", plain(search.ad_account),
                              search.words.empty() ? "" : "such ", next ? " among those looked at" : "");
  } else {
    output.text =
        table.text() + "Records are all that were ever sent, not members: Pinterest tells no size.\n";
  }
  if (next) output.text += fmt::format("There are more: --cursor '{}'\n", plain(next->text()));
}

Output ask_lists(Context& context, const Reachable& at, const Search& search, const Place& from,
                 int page_number, Output so_far) {
  count_call(context, at.authorization);
  Output asked;
  asked.call = std::make_shared<Call>(Call{
      pinterest::list_lists(at.access, search.ad_account, from.bookmark),
      [&context, at, search, from, page_number, so_far = std::move(so_far)](const http::Response& response) {
        Output output = so_far;
        const auto answer = pinterest::judge(response, pinterest::Expect::kListPage, context.clock.now());
        if (answer.verdict != pinterest::Verdict::kDone) {
          say_finding(at.authorization.name, answer, output);
          return output;
        }
        const auto page = pinterest::read_lists(response.body).value();
        const auto next = take(context, search, page, from, output);
        const bool full = output.json["lists"].size() == search.limit;
        if (next && !full && page_number < kPagesMax)
          return ask_lists(context, at, search, *next, page_number + 1, std::move(output));
        say_lists(search, next, output);
        return output;
      }});
  asked.call->request.timeout = kAnswerMax;
  return asked;
}

}  // namespace

Result<Output> run_auth_lists(Context& context, const Arguments& arguments) {
  const Reachable at = TRY(reach(context, arguments.positional.at(0)));
  if (at.authorization.method == config::Method::kConversionToken)
    return Error{ErrorKind::kConflict, "no_sign_in",
                 fmt::format("'{}' is a conversion token: it cannot see lists", plain(at.authorization.name)),
                 "", "name an authorization of the method sign_in"};
  Search search{arguments.value("ad-account"), lower(arguments.value("search")),
                TRY(read_count(arguments, "limit", 100, kListsMax))};
  const bool digits = search.ad_account.find_first_not_of("0123456789") == std::string::npos;
  if (search.ad_account.empty() || !digits)
    return usage_error("which ad account?",
                       "add --ad-account ID, digits alone; see 'pinrelay auth accounts'");
  const Place from = TRY(read_place(arguments.value("cursor")));
  Output output;
  output.json = {
      {"authorization", at.authorization.name}, {"ad_account", search.ad_account}, {"lists", Json::array()}};
  return ask_lists(context, at, search, from, 1, std::move(output));
}

}  // namespace pinrelay::cli
