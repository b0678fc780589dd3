// job test NAME: sends a few members' events with ?test=true and shows what Pinterest says of each. Neither
// Pinterest nor we record anything of it.
#include <fmt/format.h>

#include "cli/event_scan.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/job_status.h"
#include "pinterest/answer.h"
#include "pinterest/requests.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kPeople = 10;
constexpr Millis kAnswerMax{30'000};

// What Pinterest said of one event.
Json result_json(const pinterest::EventsAnswer& answer, size_t i) {
  if (answer.results.empty()) return {{"accepted", nullptr}, {"message", answer.answer.message}};
  const pinterest::EventResult& result = answer.results[i];
  return {{"accepted", result.processed},
          {"warning", result.warned},
          {"message", pinterest::safe_message(result.words)}};
}

std::string result_text(const Json& result) {
  const std::string message = plain(result["message"].get<std::string>());
  const std::string words = message.empty() ? "" : ": " + message;
  if (result["accepted"].is_null()) return "no answer of its own" + words;
  if (result["accepted"] == false) return "refused" + words;
  return (result["warning"] == true ? "accepted, with a warning" : "accepted") + words;
}

// The answer as a whole, where it is not simply yes.
std::string trouble_text(const pinterest::Answer& answer, const http::Response& response) {
  if (answer.verdict == pinterest::Verdict::kDone) return "";
  if (response.ending != http::Ending::kAnswered)
    return fmt::format("Pinterest has not answered: {}. Nothing is known about the events.\n",
                       plain(answer.message));
  const char* meaning = answer.verdict == pinterest::Verdict::kAuth ? "the token is refused"
                        : answer.verdict == pinterest::Verdict::kForbidden
                            ? "the token has no right on this ad account"
                        : answer.verdict == pinterest::Verdict::kThrottled ? "it asks us to wait"
                        : answer.status >= 500                             ? "it has a problem of its own"
                                                                           : "it refuses the request";
  return fmt::format("Pinterest answered {}: {}{}.\n", answer.status, meaning,
                     answer.message.empty() ? "" : ": " + plain(answer.message));
}

Output say(const http::Response& response, const std::vector<EventSample>& samples, Output output, Time now) {
  const pinterest::EventsAnswer answer = pinterest::judge_events(response, samples.size(), now);
  output.json["status"] = answer.answer.status == 0 ? Json() : Json(answer.answer.status);
  output.json["verdict"] = pinterest::to_text(answer.answer.verdict);
  output.json["message"] = answer.answer.message;
  output.json["pinterest_request_id"] = answer.answer.request_id;
  output.json["results"] = Json::array();
  int64_t accepted = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    Json event = samples[i].shown;
    event["result"] = result_json(answer, i);
    accepted += event["result"]["accepted"] == true;
    output.text += sample_text(event) + "    Pinterest: " + result_text(event["result"]) + "\n";
    output.json["results"].push_back(std::move(event));
  }
  output.json["accepted"] = accepted;
  output.text += trouble_text(answer.answer, response);
  output.text += fmt::format("{} of {} events accepted. It was a test: nothing is recorded, here or there.\n",
                             accepted, samples.size());
  output.exit_code = accepted == static_cast<int64_t>(samples.size()) ? 0 : 1;
  return output;
}

// May we ask at all? Counts the request against the budgets.
Result<pinterest::Access> ask(Context& context, exports::List& list, const std::string& authorization_name) {
  exports::Core& core = context.engine.core();
  exports::Authorization& authorization = context.engine.sending().authorization(list);
  exports::EventAccount& account = core.event_accounts[list.row.ad_account];
  const auto access = context.engine.sending().access(list);
  if (!access)
    return Error{ErrorKind::kConflict, "auth_error", "there is no valid token", authorization_name,
                 "put a valid token into the token file (pinrelay doctor tells which)"};
  const Time now = core.now();
  const bool waits = exports::waits(account.not_before, now) || exports::waits(authorization.not_before, now);
  if (waits || !account.calls.allows(now) || !authorization.allows(now, false))
    return Error{ErrorKind::kUnavailable, "rate_limited", "Pinterest asks us to wait", authorization_name,
                 "try again in a minute"};
  account.calls.spent(now);
  authorization.spent(now, false);
  return *access;
}

}  // namespace

Result<Output> run_job_test(Context& context, const Arguments& arguments) {
  const size_t people = TRY(read_count(arguments, "people", kPeople, pinterest::kTestEventsMax));
  Output output;
  std::vector<EventSample> samples;
  http::Request request;
  TRY(context.read([&]() -> Result<void> {
    exports::Job* job = TRY(find_job(context, arguments.positional.at(0)));
    if (!job->converts())
      return Error{ErrorKind::kInvalid, "no_conversions",
                   fmt::format("the job '{}' sends no conversions", plain(job->row.name)), "",
                   "see what it would send with 'pinrelay plan FILE --bytes 1'"};
    // Not at a snapshot: who is gone by now gets nothing.
    store::Store& store = context.store();
    EventScan scan(FieldNumbers(store.catalog), job->settings, context.clock.now(), people);
    scan.run(store.profiles, true, {});
    samples = scan.samples();
    output.json = {{"job", job->row.name}};
    scan.write(output.json);
    const Json& not_sent = output.json["not_sent"];
    if (!not_sent.empty()) output.text = "Passed over: " + counts_text(not_sent) + "\n";
    if (samples.empty()) return {};
    exports::List& list = context.engine.core().lists.at(job->row.list);
    const pinterest::Access access = TRY(ask(context, list, job->settings.authorization));
    std::vector<std::string_view> bodies;
    for (const EventSample& sample : samples) bodies.push_back(sample.bytes);
    request = pinterest::send_events(access, list.row.ad_account, bodies, true);
    request.timeout = kAnswerMax;
    return {};
  }));
  if (samples.empty()) {
    output.text += "No member of the audience would become an event, so nothing was sent.\n";
    output.exit_code = 1;
    return output;
  }
  Output asked;
  asked.call = std::make_shared<Call>(Call{
      std::move(request),
      [samples = std::move(samples), output = std::move(output), &context](const http::Response& response) {
        return say(response, samples, output, context.clock.now());
      }});
  return asked;
}

}  // namespace pinrelay::cli
