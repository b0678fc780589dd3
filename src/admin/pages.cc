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
  <h1><svg viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="6"/>
    <g stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
    <path d="M6 8.5h9.5M12.5 5.5l3 3-3 3M18 15.5H8.5"/></g><circle cx="6.5" cy="15.5" r="1.8"/></svg>Pinrelay</h1>
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

// In place of the interface, in a binary that has none.
constexpr std::string_view kNoInterfacePage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pinrelay</title>
<link rel="stylesheet" href="/sign-in.css">
<main>
  <h1><svg viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="6"/>
    <g stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
    <path d="M6 8.5h9.5M12.5 5.5l3 3-3 3M18 15.5H8.5"/></g><circle cx="6.5" cy="15.5" r="1.8"/></svg>Pinrelay</h1>
  <p>This program was built without the web interface. Everything works by the command line and the API.</p>
  <p>To get the interface, run <code>./dev build</code> in the source folder with Node.js installed, and start
  the program that it makes.</p>
  <p><a href="/sign-in">Sign in</a></p>
</main>
</html>
)html";

// A link's ticket stands behind '#', so that no server and no log sees it, and is taken out of the address at
// once.
constexpr std::string_view kSignInScript = R"js("use strict";
const at = (id) => document.getElementById(id);
let ticket = location.hash.slice(1);

// Where the interface wants people back: only a path of this service, however it is written.
function destination() {
  const next = new URLSearchParams(location.search).get("next") || "/";
  if (!/^\/(?![/\\])/.test(next)) return "/";
  const url = new URL(next, location.origin);
  return url.origin === location.origin ? url.href : "/";
}

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  return { ok: answer.ok, json: await answer.json() };
}

function enter(caller) {
  if ("interface" in document.documentElement.dataset) location.replace(destination());
  else show(caller);
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
      enter(json);
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

history.replaceState(null, "", location.pathname + location.search);
at("form").addEventListener("submit", go);
at("leave").addEventListener("click", leave);
if (ticket) show(null);
else call("GET", "/api/v1/session").then(({ ok, json }) => (ok ? enter(json) : show(null)));
)js";

constexpr std::string_view kSignInStyle =
    R"css(:root {
  color-scheme: light dark;
  --bg: light-dark(#f6f7f8, #0d1014); --surface: light-dark(#fff, #14181d);
  --line: light-dark(#e1e4e8, #282f37); --edge: light-dark(#858e9b, #6c7786);
  --text: light-dark(#14181f, #e9ecf0); --muted: light-dark(#545e6c, #9da7b4); --on-ink: light-dark(#fff, #12161b);
  --blue: light-dark(#1d56c4, #8fb4ff); --amber: light-dark(#854700, #f2b866); --red: light-dark(#b0241c, #ff9d94);
}
* { box-sizing: border-box; margin: 0; }
body { min-height: 100vh; display: flex; flex-direction: column; background: var(--bg); color: var(--text);
  font: .8125rem/1.5 system-ui, sans-serif; }
main { width: min(100% - 32px, 22rem); margin: auto; padding: 24px; display: grid; gap: 16px;
  background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
h1 { display: flex; align-items: center; gap: 8px; font-size: 1.125rem; font-weight: 650; }
h1 svg { width: 24px; fill: var(--text); }
h1 g { stroke: var(--surface); fill: none; }
h1 circle { fill: var(--surface); }
form, #inside { display: grid; gap: 16px; }
label { display: grid; gap: 4px; font-weight: 600; }
a { color: inherit; text-decoration-color: var(--edge); text-underline-offset: 3px; }
code { font: .75rem ui-monospace, Menlo, Consolas, monospace; }
input, button { min-height: 36px; padding: 4px 8px; font: inherit; color: inherit; background: var(--surface);
  border: 1px solid var(--edge); border-radius: 6px; }
button { font-weight: 500; cursor: pointer; background: var(--text); border-color: var(--text); color: var(--on-ink); }
button:hover { opacity: .88; }
button:disabled { cursor: progress; opacity: .88; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
[hidden], p:empty { display: none; }
.banner { padding: 8px 24px; background: var(--surface); border-bottom: 1px solid var(--line); color: var(--amber);
  font-weight: 500; text-align: center; }
#said { color: var(--red); }
)css";

constexpr std::string_view kPlaceOfBanner = "<main>";
constexpr std::string_view kSimulated =
    "<p class=\"banner\">SIMULATOR: requests go to a stand-in, not to Pinterest.</p>\n";
constexpr std::string_view kPlainHttp =
    "<p class=\"banner\">PLAIN HTTP: other machines may connect without encryption.</p>\n";

// With the interface, those who have signed in go there (sign-in.js).
constexpr std::string_view kPlaceOfAttribute = "<html";
constexpr std::string_view kHasInterface = " data-interface";

struct Asset {
  std::string_view path, type, text;
};
constexpr Asset kAssets[] = {
    {"/sign-in", "text/html; charset=utf-8", kSignInPage},
    {"/sign-in.js", "text/javascript; charset=utf-8", kSignInScript},
    {"/sign-in.css", "text/css; charset=utf-8", kSignInStyle},
};
constexpr Asset kNoInterface{"/", "text/html; charset=utf-8", kNoInterfacePage};

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

http::ServerResponse text_page(int status, std::string_view text) {
  return http::guarded(status, "text/plain", std::string(text), kPolicy);
}

// Why a visit of one of our paths gets nothing.
std::optional<http::ServerResponse> refusal(const http::ServerRequest& request, const config::Site& site) {
  if (request.in_clear)
    return text_page(
        403,
        "Nobody is signed in over clear text, which others on the network could read. Open it by "
        "https, or on the machine itself.\n");
  if (!site.has_host(request.header("Host")))
    return text_page(421, "This is not a name that this service answers to.\n");
  if (request.method != "GET" && request.method != "HEAD")
    return text_page(405, "This address is only to be visited.\n");
  return std::nullopt;
}

void insert_before(std::string& page, std::string_view place, std::string_view text) {
  if (const size_t at = page.find(place); at != std::string::npos) page.insert(at, text);
}

http::ServerResponse own_page(const Asset& asset, const Marks& marks, Interface interface) {
  auto response = http::guarded(200, std::string(asset.type), std::string(asset.text), kPolicy);
  if (!asset.type.starts_with("text/html")) return response;
  if (marks.simulated) insert_before(response.body, kPlaceOfBanner, kSimulated);
  if (marks.plain_http) insert_before(response.body, kPlaceOfBanner, kPlainHttp);
  if (!interface.empty())
    response.body.insert(response.body.find(kPlaceOfAttribute) + kPlaceOfAttribute.size(), kHasInterface);
  return response;
}

const Asset* find_own(std::string_view path, Interface interface) {
  if (path == kNoInterface.path && interface.empty()) return &kNoInterface;
  const auto* const asset = std::ranges::find(kAssets, path, &Asset::path);
  return asset == std::end(kAssets) ? nullptr : asset;
}

}  // namespace

std::optional<http::ServerResponse> page(const http::ServerRequest& request, const config::Site& site,
                                         const Marks& marks, Interface interface) {
  const Asset* const own = find_own(request.path, interface);
  if (own == nullptr && !is_of_interface(interface, request)) return std::nullopt;
  auto response = refusal(request, site);
  if (!response)
    response =
        own != nullptr ? own_page(*own, marks, interface) : show_interface(interface, request, kPolicy);
  response->headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  return response;
}

}  // namespace pinrelay::admin
