#!/usr/bin/env python3
"""People who sign in: the first administrator by the claim link, others by links of their own, roles, sessions that end,
and that no password or link is ever shown or kept."""

import concurrent.futures
import contextlib
import re
import socket
import sqlite3
import stat
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import Browser, free_port  # noqa: E402
from suite import main, test  # noqa: E402

PASSWORD = "four small boats at sea"


def base(pinrelay):
    return f"http://127.0.0.1:{pinrelay.port}"


def claim_link(pinrelay):
    return re.search(r"http://\S+/sign-in#[0-9a-f]{64}", pinrelay.log_of_this_start())[0]


def accept(pinrelay, link, browser=None, password=PASSWORD):
    browser = browser or Browser()
    status, answer = browser.call("POST", base(pinrelay) + "/api/v1/session/accept",
                                  {"ticket": link.split("#")[1], "password": password})
    return status, answer, browser


@test
def the_first_administrator_comes_by_the_claim_link(world):
    pinrelay = world.pinrelay(extra={"listen": f"127.0.0.1:{free_port()}"})
    link = claim_link(pinrelay)
    file = pinrelay.folder / "store" / "claim-link"
    assert file.read_text().strip() == link and stat.S_IMODE(file.stat().st_mode) == 0o600
    # Before that nothing answers but what needs nothing.
    for method, path in (("GET", "/api/v1/jobs"), ("GET", "/api/openapi.json"), ("POST", "/api/v1/users")):
        assert pinrelay.request(method, path, key=None)[0] == 401, path
    status, page, answer = pinrelay.request("GET", "/sign-in", key=None)
    assert status == 200 and "default-src 'none'" in answer.getheader("Content-Security-Policy")
    assert "SIMULATOR" in page
    assert pinrelay.request("GET", "/api/v1/jobs", key=None)[2].getheader("Pinrelay-Simulator")
    # Fifty open it at once: one becomes the administrator.
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        results = list(pool.map(lambda _: accept(pinrelay, link), range(50)))
    statuses = [status for status, _, _ in results]
    assert statuses.count(201) == 1 and set(statuses) <= {201, 404, 503}, statuses
    admin = next(browser for status, _, browser in results if status == 201)
    assert admin.call("GET", base(pinrelay) + "/api/v1/session")[1]["role"] == "admin"
    assert accept(pinrelay, link)[0] == 404
    assert pinrelay.fails("user", "claim", exit_code=1)["code"] == "claimed"
    # Signed in after a restart, too, and no new link is offered.
    pinrelay.stop()
    pinrelay.start()
    assert "/sign-in#" not in pinrelay.log_of_this_start() and not file.exists()
    assert admin.call("GET", base(pinrelay) + "/api/v1/jobs")[0] == 200


@test
def a_restart_before_the_claim_ends_the_link_and_the_machine_can_make_one(world):
    pinrelay = world.pinrelay()
    old = claim_link(pinrelay)
    pinrelay.stop()
    pinrelay.start()
    assert accept(pinrelay, old)[0] == 404
    made = pinrelay.command("user", "claim")
    assert accept(pinrelay, claim_link(pinrelay))[0] == 404, "a new link ends the one before"
    status, answer, browser = accept(pinrelay, made["link"])
    assert status == 201 and answer["who"] == "user admin", answer
    entries = pinrelay.command("audit", "list")["entries"]
    assert [each["action"] for each in entries[:2]] == ["user accept", "user claim"], entries


@test
def users_have_roles_and_lose_them_at_once(world):
    pinrelay = world.pinrelay()
    url = base(pinrelay)
    admin = accept(pinrelay, claim_link(pinrelay))[2]
    links = {}
    for role in ("viewer", "operator"):
        status, made = admin.call("POST", url + "/api/v1/users", {"name": role, "role": role})
        assert status == 201, made
        links[role] = made["link"]
    people = {role: accept(pinrelay, link)[2] for role, link in links.items()}
    may = {"GET /api/v1/jobs": ("viewer", "operator"), "POST /api/v1/jobs/readers/start": ("operator",),
           "GET /api/v1/users": (), "POST /api/v1/users/viewer/reset": ()}
    for call, roles in may.items():
        method, path = call.split()
        for role, browser in people.items():
            status, answer = browser.call(method, url + path)
            assert (status == 200) == (role in roles), (call, role, status, answer)
    assert pinrelay.job()["state"] == "Running"
    entry = next(each for each in pinrelay.command("audit", "list")["entries"] if each["action"] == "job start")
    assert entry["who"] == "user operator" and entry["origin"] == "127.0.0.1", entry
    # Signed out, reset, removed: each is felt by the next request.
    assert people["operator"].call("DELETE", url + "/api/v1/session")[0] == 200
    assert people["operator"].call("GET", url + "/api/v1/jobs")[0] == 401
    browser = people["viewer"]
    number = next(each["number"] for each in pinrelay.command("session", "list")["sessions"] if each["user"] == "viewer")
    assert admin.call("DELETE", url + f"/api/v1/sessions/{number}")[0] == 200
    assert browser.call("GET", url + "/api/v1/jobs")[0] == 401
    assert browser.call("POST", url + "/api/v1/session", {"name": "viewer", "password": PASSWORD})[0] == 201
    assert admin.call("POST", url + "/api/v1/users/viewer/reset")[0] == 200
    assert browser.call("GET", url + "/api/v1/jobs")[0] == 401
    assert admin.call("DELETE", url + "/api/v1/users/viewer")[0] == 200
    assert browser.call("POST", url + "/api/v1/session", {"name": "viewer", "password": PASSWORD})[0] == 401
    status, problem = admin.call("DELETE", url + "/api/v1/users/admin")
    assert status == 409 and problem["code"] == "last_admin", problem


@test
def dangerous_changes_ask_for_the_password_again(world):
    pinrelay = world.pinrelay(extra={"listen": f"127.0.0.1:{free_port()}"})
    url = base(pinrelay)
    admin = accept(pinrelay, claim_link(pinrelay))[2]
    assert admin.call("POST", url + "/api/v1/tokens", {"name": "first", "role": "viewer"})[0] == 201
    # As if the sign-in were long ago.
    pinrelay.stop()
    with contextlib.closing(sqlite3.connect(pinrelay.folder / "store" / "pinrelay.db")) as store:
        store.execute("UPDATE session SET confirmed_at = 0")
        store.commit()
    pinrelay.start()
    status, problem = admin.call("POST", url + "/api/v1/tokens", {"name": "second", "role": "viewer"})
    assert status == 403 and problem["code"] == "confirm_password", problem
    assert admin.call("GET", url + "/api/v1/tokens")[0] == 200, "looking is no change"
    pinrelay.command("token", "add", "local", "--role", "viewer")
    confirm = url + "/api/v1/session/confirm"
    assert admin.call("POST", confirm, {"password": PASSWORD + " wrong"})[0] == 403
    assert admin.call("POST", confirm, {"password": PASSWORD})[0] == 200
    assert admin.call("POST", url + "/api/v1/tokens", {"name": "second", "role": "viewer"})[0] == 201
    confirmations = [each["outcome"] for each in pinrelay.command("audit", "list")["entries"]
                     if each["action"] == "session confirm"]
    assert confirmations == ["done", "wrong_password"], confirmations


def from_client(address, scheme="https"):
    return {"X-Forwarded-For": address, "X-Forwarded-Proto": scheme}


@test
def behind_a_proxy_the_client_s_address_counts(world):
    pinrelay = world.pinrelay(extra={"trusted_proxies": ["127.0.0.1"]})
    url = base(pinrelay)
    link, browser = claim_link(pinrelay), Browser()
    assert browser.call("POST", url + "/api/v1/session/accept", {"ticket": link.split("#")[1], "password": PASSWORD},
                        from_client("203.0.113.7"))[0] == 201
    assert pinrelay.command("session", "list")["sessions"][0]["from"] == "203.0.113.7"
    entry = pinrelay.command("audit", "list")["entries"][0]
    assert entry["action"] == "user accept" and entry["origin"] == "203.0.113.7", entry
    # Who guesses waits by address of the client, though all come by one proxy.
    sign_in = {"name": "admin", "password": "wrong guess"}
    tried = [Browser().call("POST", url + "/api/v1/session", sign_in, from_client("198.51.100.1"))[0] for _ in range(6)]
    assert tried[-1] == 429, tried
    sign_in["password"] = PASSWORD
    assert Browser().call("POST", url + "/api/v1/session", sign_in, from_client("198.51.100.1"))[0] == 429
    assert Browser().call("POST", url + "/api/v1/session", sign_in, from_client("198.51.100.2"))[0] == 201
    # In clear text the proxy's caller gets nothing.
    status, problem = browser.call("GET", url + "/api/v1/session", None, from_client("203.0.113.7", "http"))
    assert status == 403 and problem["code"] == "clear_text", problem
    # Whether the service is well it may ask on its own account.
    assert pinrelay.request("GET", "/livez", key=None)[0] == 200


def anywhere():
    """Every interface: by a socket of both families where this machine has IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::", 0))
        return "[::]:0"
    except OSError:
        return "0.0.0.0:0"


@test
def listening_everywhere_this_machine_is_let_in_and_known_by_its_plain_address(world):
    pinrelay = world.pinrelay(extra={"listen": anywhere(), "trusted_proxies": ["192.0.2.0/24"]})
    link = claim_link(pinrelay)
    assert link.startswith(base(pinrelay) + "/sign-in#"), "the link can be opened here"
    assert accept(pinrelay, link)[0] == 201
    assert pinrelay.command("session", "list")["sessions"][0]["from"] == "127.0.0.1"


@test
def forwarded_addresses_of_a_proxy_that_is_not_listed_are_refused(world):
    pinrelay = world.pinrelay()
    status, problem = Browser().call("POST", base(pinrelay) + "/api/v1/session/accept",
                                     {"ticket": claim_link(pinrelay).split("#")[1], "password": PASSWORD},
                                     from_client("203.0.113.7"))[:2]
    assert status == 400 and "trusted_proxies: [127.0.0.1]" in str(problem), problem
    assert pinrelay.request("GET", "/readyz", key=None, headers=from_client("203.0.113.7"))[0] == 200


@test
def in_clear_text_tokens_work_and_browsers_do_not(world):
    pinrelay = world.pinrelay(extra={"trusted_proxies": ["127.0.0.1"], "plain_http": True})
    url, far = base(pinrelay), from_client("203.0.113.7", "http")
    admin = accept(pinrelay, claim_link(pinrelay))[2]
    token = admin.call("POST", url + "/api/v1/tokens", {"name": "ci", "role": "viewer"})[1]["token"]
    assert pinrelay.request("GET", "/api/v1/jobs", key=token, headers=far)[0] == 200
    rows = '{"type":"profile","key":"u1","fields":{"email":"ada@example.org"}}'
    assert pinrelay.request("POST", "/v1/changes", rows, headers=far)[0] == 202
    for method, path, body in (("GET", "/api/v1/jobs", None), ("POST", "/api/v1/session", {"name": "admin", "password": PASSWORD}),
                               ("POST", "/api/v1/session/accept", {"ticket": "0" * 64, "password": PASSWORD})):
        status, problem = admin.call(method, url + path, body, far)
        assert status == 403 and problem["code"] == "clear_text" and "https" in problem["fix"], problem
    for path in ("/sign-in", "/oauth/start", "/oauth/pinterest"):
        status, page, _ = pinrelay.request("GET", path, key=None, headers=far)
        assert status == 403 and "https" in page, (path, status, page)
    # It is said wherever somebody looks.
    assert "plain_http" in pinrelay.log_of_this_start()
    assert "PLAIN HTTP" in pinrelay.request("GET", "/sign-in", key=None)[1]
    assert pinrelay.request("GET", "/api/v1/jobs", key=token)[2].getheader("Pinrelay-Plain-HTTP")
    checks = {each["name"]: each for each in pinrelay.command("doctor")["checks"]}
    assert checks["listening"]["level"] == "warning", checks["listening"]


@test
def no_password_link_or_cookie_is_kept_or_told(world):
    pinrelay = world.pinrelay()
    url = base(pinrelay)
    link = claim_link(pinrelay)
    admin = accept(pinrelay, link)[2]
    cookie = next(iter(admin.cookies.values()))["__Host-pinrelay"]
    admin.call("POST", url + "/api/v1/session", {"name": "admin", "password": PASSWORD + " wrong"})
    admin.call("POST", url + "/api/v1/session", {"name": "admin", "password": PASSWORD})
    second = next(iter(admin.cookies.values()))["__Host-pinrelay"]
    told = "".join(admin.call("GET", url + path)[1].__repr__() for path in
                   ("/api/v1/users", "/api/v1/sessions", "/api/v1/audit", "/api/v1/session"))
    backup = pinrelay.folder / "backup"
    pinrelay.command("backup", backup)
    pinrelay.stop()
    for secret in (PASSWORD, cookie, second, link.split("#")[1]):
        assert secret not in told
        for file in [*(pinrelay.folder / "store").rglob("*"), *backup.rglob("*"), pinrelay.commands_file]:
            if file.is_file() and file.name != "claim-link":
                assert secret.encode() not in file.read_bytes(), file
    log = pinrelay.log_file.read_text()
    assert PASSWORD not in log and cookie not in log and second not in log


main()
