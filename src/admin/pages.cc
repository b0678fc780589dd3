#include "admin/pages.h"

#include <algorithm>

#include "http/guarded.h"

namespace pinrelay::admin {
namespace {

constexpr std::string_view kSignInPage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pinrelay</title>
<link rel="stylesheet" href="/sign-in.css">
<main>
  <h1>Pinrelay</h1>
  <form id="form" hidden>
    <p id="lead"></p>
    <label id="name-row">Name <input id="name" autocomplete="username" autocapitalize="none" required></label>
    <label>Password <input id="password" type="password" required></label>
    <button id="go"></button>
  </form>
  <div id="inside" hidden>
    <p>Signed in as <strong id="who"></strong> (<span id="role"></span>).</p>
    <p>The API is described at <a href="/api/openapi.json">/api/openapi.json</a>.</p>
    <button id="leave">Sign out</button>
  </div>
  <p id="said" role="alert"></p>
  <noscript><p>Signing in needs JavaScript.</p></noscript>
</main>
<script src="/sign-in.js" defer></script>
</html>
)html";

// A link's ticket stands behind '#', so that no server and no log sees it, and is taken out of the address at
// once.
constexpr std::string_view kSignInScript = R"js("use strict";
const at = (id) => document.getElementById(id);
let ticket = location.hash.slice(1);

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  return { ok: answer.ok, json: await answer.json() };
}

function show(caller) {
  at("form").hidden = Boolean(caller);
  at("inside").hidden = !caller;
  if (caller) {
    at("who").textContent = caller.who.replace(/^user /, "");
    at("role").textContent = caller.role;
    return;
  }
  at("lead").textContent = ticket ? "Choose a password of 12 characters or more." : "";
  at("name-row").hidden = Boolean(ticket);
  at("name").required = !ticket;
  at("password").autocomplete = ticket ? "new-password" : "current-password";
  at("go").textContent = ticket ? "Set password and sign in" : "Sign in";
}

async function go(event) {
  event.preventDefault();
  at("go").disabled = true;
  at("said").textContent = "";
  const password = at("password").value;
  try {
    const { ok, json } = ticket
      ? await call("POST", "/api/v1/session/accept", { ticket, password })
      : await call("POST", "/api/v1/session", { name: at("name").value, password });
    at("said").textContent = ok ? "" : `${json.detail}: ${json.fix}.`;
    if (ok) {
      ticket = "";
      show(json);
    }
    if (ok || !ticket) at("password").value = "";
  } catch {
    at("said").textContent = "The service does not answer.";
  }
  at("go").disabled = false;
}

async function leave() {
  await call("DELETE", "/api/v1/session");
  show(null);
}

history.replaceState(null, "", location.pathname);
at("form").addEventListener("submit", go);
at("leave").addEventListener("click", leave);
if (ticket) show(null);
else call("GET", "/api/v1/session").then(({ ok, json }) => show(ok ? json : null));
)js";

constexpr std::string_view kSignInStyle =
    R"css(:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 22rem; margin: 12vh auto 0; padding: 0 1rem; }
label { display: block; margin: 0 0 1rem; }
input { display: block; width: 100%; box-sizing: border-box; margin-top: .25rem; padding: .5rem; font: inherit; }
button { padding: .5rem 1rem; font: inherit; }
[hidden] { display: none; }
.banner { margin: 0; padding: .5rem 1rem; background: #b45309; color: #fff; text-align: center; }
#said { min-height: 1.5em; }
)css";

constexpr std::string_view kPlaceOfBanner = "<main>";
constexpr std::string_view kSimulated =
    "<p class=\"banner\">SIMULATOR: requests go to a stand-in, not to Pinterest.</p>\n";
constexpr std::string_view kPlainHttp =
    "<p class=\"banner\">PLAIN HTTP: other machines may connect without encryption.</p>\n";

struct Asset {
  std::string_view path, type, text;
};
constexpr Asset kAssets[] = {
    {"/sign-in", "text/html; charset=utf-8", kSignInPage},
    {"/sign-in.js", "text/javascript; charset=utf-8", kSignInScript},
    {"/sign-in.css", "text/css; charset=utf-8", kSignInStyle},
};

http::ServerResponse guarded_page(int status, std::string_view type, std::string_view text,
                                  const config::Site& site) {
  http::ServerResponse response = http::guarded(
      status, std::string(type), std::string(text),
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'none'");
  response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  if (site.origin.starts_with("https:"))
    response.headers.push_back({"Strict-Transport-Security", "max-age=31536000"});
  return response;
}

}  // namespace

std::optional<http::ServerResponse> page(const http::ServerRequest& request, const config::Site& site,
                                         const Marks& marks) {
  const bool root = request.path.size() == 1;  // "/"
  const auto* const asset = std::ranges::find(kAssets, request.path, &Asset::path);
  if (!root && asset == std::end(kAssets)) return std::nullopt;
  if (request.in_clear)
    return guarded_page(
        403, "text/plain",
        "Nobody is signed in over clear text, which others on the network could read. Open it by "
        "https, or on the machine itself.\n",
        site);
  if (!site.has_host(request.header("Host")))
    return guarded_page(421, "text/plain", "This is not a name that this service answers to.\n", site);
  if (request.method != "GET" && request.method != "HEAD")
    return guarded_page(405, "text/plain", "This address is only to be visited.\n", site);
  if (!root) {
    auto response = guarded_page(200, asset->type, asset->text, site);
    const size_t at = response.body.find(kPlaceOfBanner);
    if (marks.plain_http && at != std::string::npos) response.body.insert(at, kPlainHttp);
    if (marks.simulated && at != std::string::npos) response.body.insert(at, kSimulated);
    return response;
  }
  auto response = guarded_page(303, "text/plain", "", site);
  response.headers.push_back({"Location", std::string(kAssets[0].path)});
  return response;
}

}  // namespace pinrelay::admin
