#!/usr/bin/env python3
"""People who sign in: the first administrator by the claim link, others by links of their own, roles, sessions that end,
and that no password or link is ever shown or kept."""

import concurrent.futures
import re
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
