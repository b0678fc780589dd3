// Credentials that the store keeps: giving, renaming, removing them, signing in, and changing the key that
// seals them. A token is asked for, never an argument: arguments stand in process lists and shell histories.
#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "cli/access.h"
#include "cli/authorization_views.h"
#include "cli/confirm.h"
#include "cli/format.h"
#include "cli/handlers.h"
#include "cli/left_lists.h"
#include "cli/service.h"
#include "pinterest/answer.h"
#include "pinterest/requests.h"

namespace pinrelay::cli {
namespace {

constexpr size_t kAccountDigitsMax = 18;
constexpr size_t kLabelBytesMax = 200, kDescriptionBytesMax = 2'000;

Error invalid(std::string code, std::string message, std::string where, std::string fix) {
  return {ErrorKind::kInvalid, std::move(code), std::move(message), std::move(where), std::move(fix)};
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

Result<void> check_words(const std::string& text, size_t bytes_max, const char* what) {
  if (text.size() <= bytes_max && std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' '; }))
    return {};
  return invalid("bad_text",
                 fmt::format("the {} is longer than {} bytes, or holds a line break", what, bytes_max), what,
                 "shorten it to one line");
}

// What `auth add`, `auth login` and the API have in common.
Result<credentials::NewCredentials> read_new(const Arguments& arguments, const std::string& name) {
  if (!is_name(name))
    return invalid("bad_name", "a name is of small letters, digits, '-' and '_', at most 64", "name",
                   "for example acme-conversions; the label may be anything");
  credentials::NewCredentials made;
  made.name = name;
  made.label = arguments.value("label");
  made.description = arguments.value("description");
  made.created_by = arguments.value("by", "cli");
  TRY(check_words(made.label, kLabelBytesMax, "label"));
  TRY(check_words(made.description, kDescriptionBytesMax, "description"));
  return made;
}

// Without the blanks that pasting brings along.
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

Output saved(const std::string& name, bool known) {
  Output output;
  output.json = {{"authorization", name}, {"result", known ? "replaced" : "saved"}};
  output.text = fmt::format("{}: {}\n", plain(name), known ? "new credentials saved" : "saved");
  return output;
}

Json sign_in_json(Context& context, const credentials::SignIn& sign_in) {
  Json scopes = Json::array();
  for (const std::string& scope : sign_in.grant.scopes) scopes.push_back(scope);
  return {{"ticket", sign_in.ticket},
          {"start_url", context.sign_ins.start_url(sign_in)},
          {"redirect_uri", context.sign_ins.redirect_uri()},
          {"phase", credentials::kSignInPhaseNames[static_cast<size_t>(sign_in.phase)]},
          {"code", sign_in.code},
          {"message", sign_in.message},
          {"fix", sign_in.fix},
          {"connected_as", sign_in.connected_as},
          {"scopes", scopes},
          {"ends_at", format_rfc3339(sign_in.ends)}};
}

bool ended(const Json& sign_in) {
  const std::string phase = sign_in.value("phase", "");
  return phase == "signed_in" || phase == "failed" || phase == "saved";
}

// Prints where to go, waits for the end, and saves. `run` runs a command where the store is; `wait` lets time
// pass.
Result<Output> follow_sign_in(const Arguments& arguments,
                              const std::function<Result<Output>(std::vector<std::string>)>& run,
                              const std::function<Result<void>()>& wait) {
  const std::string name = arguments.positional.at(0);
  TRY(read_new(arguments, name));  // before anybody goes to Pinterest
  Output output = TRY(run({"sign-in", "begin"}));
  const auto ticket = output.json.at("ticket").get<std::string>();
  fmt::print(
      stderr,
      "Open this page in a browser on this machine or one that reaches it, within ten minutes:\n\n  {}\n\n"
      "The app at Pinterest needs exactly this redirect URI: {}\n",
      output.json.at("start_url").get<std::string>(), output.json.at("redirect_uri").get<std::string>());
  while (!ended(output.json)) {
    TRY(wait());
    output = TRY(run({"sign-in", "show", ticket}));
  }
  if (output.json.at("phase") == "failed")
    return Error{ErrorKind::kAuth, output.json.at("code").get<std::string>(),
                 output.json.at("message").get<std::string>(), "", output.json.at("fix").get<std::string>()};
  std::vector<std::string> save = {"sign-in", "save", name, "--ticket", ticket};
  for (const char* option : {"label", "description"})
    if (arguments.has(option))
      save.insert(save.end(), {fmt::format("--{}", option), arguments.value(option)});
  return run(std::move(save));
}

}  // namespace

Result<Output> run_auth_add(Context& context, const Arguments& arguments) {
  auto made = TRY(read_new(arguments, arguments.positional.at(0)));
  TRY(context.credentials.check_new(made.name, made.method));
  made.ad_account = std::string(trimmed(arguments.value("ad-account")));
  for (const config::Authorization& known : context.config.authorizations)
    if (known.name == made.name && made.ad_account.empty()) made.ad_account = known.ad_account;
  const bool digits = made.ad_account.find_first_not_of("0123456789") == std::string::npos;
  if (made.ad_account.empty() || !digits || made.ad_account.size() > kAccountDigitsMax)
    return invalid("bad_ad_account", "an ad account's id is of at most 18 digits", "ad_account",
                   "copy it from the address of Ads Manager");
  made.grant.access = Secret(trimmed(arguments.secret.reveal()));
  if (made.grant.access.empty())
    return invalid("empty_token", "no token was given", "token", "paste it, or pipe it in");
  for (const char c : made.grant.access.reveal())
    if (c <= ' ' || c == 0x7f)
      return invalid("bad_token", "the token holds a blank or a control character", "token", "copy it again");
  Output asked;
  const pinterest::Access access{context.config.pinterest_base_url, made.grant.access.reveal()};
  context.engine.add_authorization(made.name, context.credentials.tier(made.name));
  context.engine.core().authorizations[made.name].spent(context.clock.now(), false);
  asked.call = std::make_shared<Call>(
      Call{pinterest::send_test_event(access, made.ad_account, context.clock.now()),
           [&context, made = std::move(made)](const http::Response& response) {
             const auto answer = pinterest::judge_events(response, 1, context.clock.now()).answer;
             Output output;
             output.json = {{"authorization", made.name}, {"ad_account", made.ad_account}};
             say_finding(made.name, answer, output);
             if (answer.verdict != pinterest::Verdict::kDone) {
               output.text += "Nothing was saved.\n";
               return output;
             }
             const bool known = context.credentials.stored().contains(made.name);
             const auto stored = context.credentials.put(made);
             return stored.ok() ? saved(made.name, known) : failed(stored.error());
           }});
  asked.call->request.timeout = kAnswerMax;
  return asked;
}

Result<Output> run_auth_edit(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  const auto given = [&](const char* option) {
    return arguments.has(option) ? std::optional(arguments.value(option)) : std::nullopt;
  };
  if (!given("label") && !given("description"))
    return invalid("usage", "nothing to change was given", "", "give --label or --description");
  TRY(read_new(arguments, name));
  if (arguments.has("label") && arguments.value("label").empty())
    return invalid("empty_label", "a label is not empty", "label", "say what people should read");
  TRY(context.credentials.edit(name, given("label"), given("description")));
  return Output{
      {{"authorization", name}, {"result", "changed"}}, fmt::format("{}: changed\n", plain(name)), 0};
}

Result<Output> run_auth_remove(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional.at(0);
  const std::string left = left_lists_of(context.engine.core(), name);
  if (!left.empty() && context.credentials.stored().contains(name))
    TRY(confirmed(arguments,
                  fmt::format("people who are deleted can no longer be removed from lists that jobs "
                              "have left: {}",
                              left)));
  TRY(context.credentials.remove(name));
  return Output{
      {{"authorization", name}, {"result", "removed"}},
      fmt::format("{}: removed here. Pinterest lets nobody revoke it from outside: take the app, or the "
                  "token, away there, too.\n",
                  plain(name)),
      0};
}

Result<Output> run_auth_rotate_key(Context& context, const Arguments& arguments) {
  const std::string told = arguments.value("keep");
  const Millis keep = told.empty()   ? context.config.backup_age_max
                      : told == "0d" ? Millis{0}
                                     : TRY(read_span(told));
  const size_t secrets = TRY(context.credentials.rotate(keep));
  const std::string& file = context.credentials.vault().key_file();
  const Time until = keep == Millis{0} ? Time{} : context.clock.now() + keep;
  return Output{
      {{"secrets", secrets}, {"key_file", file}, {"old_key_kept_until", json_time(until)}},
      fmt::format("{} secrets are sealed by a new master key, in {}. {}\n", secrets, plain(file),
                  keep == Millis{0}
                      ? "The old key is gone: backups made under it no longer open."
                      : fmt::format("The old key is kept there, sealed, until {}, so that backups made under "
                                    "it still open. Copy the file again to where its copy lies.",
                                    format_rfc3339(until))),
      0};
}

Result<Output> run_sign_in_begin(Context& context, const Arguments&) {
  if (context.port == 0)
    return Error{ErrorKind::kConflict, "no_service", "Pinterest has nowhere to send people back to", "",
                 "start it with 'pinrelay serve'"};
  const credentials::SignIn* const sign_in = TRY(context.sign_ins.begin(context.port));
  Output output;
  output.json = sign_in_json(context, *sign_in);
  output.text = context.sign_ins.start_url(*sign_in) + "\n";
  return output;
}

Result<Output> run_sign_in_show(Context& context, const Arguments& arguments) {
  const credentials::SignIn* const sign_in = TRY(context.sign_ins.find(arguments.positional.at(0)));
  Output output;
  output.json = sign_in_json(context, *sign_in);
  output.text = fmt::format("{}{}\n", output.json["phase"].get<std::string>(),
                            sign_in->message.empty() ? "" : ": " + sign_in->message);
  return output;
}

Result<Output> run_sign_in_save(Context& context, const Arguments& arguments) {
  auto made = TRY(read_new(arguments, arguments.positional.at(0)));
  const bool known = context.credentials.stored().contains(made.name);
  TRY(context.sign_ins.save(arguments.value("ticket"), made));
  Output output = saved(made.name, known);
  const std::string& who = context.credentials.stored().at(made.name).row.connected_as;
  output.json["connected_as"] = who;
  if (!who.empty()) output.text += fmt::format("Connected as {}.\n", plain(who));
  output.text += fmt::format("See its ad accounts with 'pinrelay auth verify {}'.\n", made.name);
  return output;
}

Result<Output> run_auth_login(const Arguments& arguments) {
  config::Config config = TRY(load_configuration(configuration_path(arguments.value("config"))));
  const auto remote = [&](std::vector<std::string> argv) { return run_remote(config, argv, arguments); };
  const auto sleep = []() -> Result<void> {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return {};
  };
  auto output = follow_sign_in(arguments, remote, sleep);
  if (output.ok() || output.error().code != "no_service") return output;
  // No service runs: this process listens where it would.
  auto service = TRY(Service::open(config, {.network = false, .listen = true, .engine = {}}));
  const auto here = [&](const std::vector<std::string>& argv) -> Result<Output> {
    const Parsed parsed = parse(argv);
    if (parsed.instead) return *parsed.instead;
    return service->execute(*parsed.command, parsed.arguments);
  };
  return follow_sign_in(arguments, here, [&] { return service->work_or_wait(); });
}

}  // namespace pinrelay::cli
