#!/usr/bin/env python3
"""The HTTP API of the real program: everything by tokens with roles, nothing without; answers as described; what was
changed stands in the audit log; from an empty store to a list that equals its audience."""

import json
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import (AD_ACCOUNT, APP_ID, APP_SECRET, CONVERSION_TOKEN, Browser, free_port, members,  # noqa: E402
                      wait_until)
from api_client import Api  # noqa: E402
from events import Events  # noqa: E402
from suite import main, test  # noqa: E402


@test
def without_a_token_nothing_is_told_and_a_revoked_one_ends_at_once(world):
    pinrelay = world.pinrelay()
    for path in ("/api/v1/jobs", "/api/openapi.json", "/api/v1/nothing", "/api/"):
        status, problem, answer = pinrelay.request("GET", path, key=None)
        assert status == 401 and problem["code"] == "no_token", (path, status, problem)
        assert answer.getheader("WWW-Authenticate") == "Bearer"
    viewer = Api(pinrelay, "viewer")
    assert viewer.does("GET", "/api/v1/jobs")["jobs"][0]["name"] == "readers"
    status, problem, _ = viewer.call("POST", "/api/v1/jobs/readers/start")
    assert status == 403 and problem["code"] == "role_too_low", problem
    assert pinrelay.job()["state"] == "Draft"
    pinrelay.command("token", "revoke", "viewer")
    assert viewer.call("GET", "/api/v1/jobs")[0] == 401
    # What the write key may is another door.
    assert pinrelay.request("GET", "/api/v1/jobs")[0] == 401
    assert pinrelay.request("POST", "/v1/changes", "", key=Api(pinrelay).token)[0] == 401


@test
def answers_are_what_the_description_says(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay)
    document = api.does("GET", "/api/openapi.json")
    assert document["openapi"] == "3.1.0"
    rows, _ = members(3)
    pinrelay.command("job", "start", "readers")
    pinrelay.post_applied(*rows)
    sent = pinrelay.request("POST", "/api/v1/uploads", "key,email\n", api.token, {"Content-Type": "text/csv"})[1]
    places = {"{name}": "readers", "{key}": "u1", "{number}": "1", "{ticket}": "0"}
    seen = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            real = re.sub(r"\{\w+\}", lambda part: places[part[0]], path)
            if path.startswith("/api/v1/audiences/{name}"):
                real = path.replace("{name}", "Readers")
            if path == "/api/v1/uploads/{name}":
                real = "/api/v1/uploads/" + sent["upload"]
            if method == "get" and path.startswith("/api/v1/authorizations/{name}/"):
                real = path.replace("{name}", "acme") + ("?ad_account=" + AD_ACCOUNT if "lists" in path else "")
            if path.endswith("/stop") or method == "delete":
                continue  # it is needed until the end
            body = {} if "requestBody" in operation else None
            if path.startswith("/api/v1/live/"):
                continue  # without end: live.py
            status, answer, head = api.call(method.upper(), real, body)
            assert str(status) in operation["responses"], (method, path, status, answer)
            described = operation["responses"][str(status)]
            if "$ref" in described:
                described = document["components"]["responses"][described["$ref"].split("/")[-1]]
            kind = head.getheader("Content-Type").split(";")[0]
            assert kind in described["content"], (path, kind)
            assert head.getheader("Cache-Control") == "no-store" and head.getheader("X-Request-Id"), path
            seen.add(status)
            if method == "get" and "{number}" not in path and "{ticket}" not in path:
                assert status == 200, (path, status, answer)
    assert {200, 400, 404, 409} <= seen, seen


@test
def names_that_are_not_utf8_are_refused_and_the_service_lives_on(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay)
    assert api.call("PUT", "/api/v1/jobs/%ff", {"settings": {}})[:1] == (400,)
    status, problem, _ = api.call("GET", "/api/v1/records?job=%ff")
    assert status == 400 and problem["code"] == "bad_utf8", problem
    # A header's bytes reach a command as they are.
    answer = pinrelay.request("PUT", "/api/v1/jobs/readers", "{}", api.token,
                              {"Content-Type": "application/json", "If-Match": '"\xff"'})
    assert 400 <= answer[0] < 500, answer
    assert api.does("GET", "/api/v1/jobs")["jobs"][0]["name"] == "readers"


@test
def a_body_of_many_keys_is_refused_before_it_is_built(world):
    pinrelay = world.pinrelay()
    json_type = {"Content-Type": "application/json"}
    many = "{" + ",".join(f'"{n:x}":0' for n in range(400)) + "}"
    status, problem, _ = pinrelay.request("POST", "/api/v1/session", many, None, json_type)
    assert status == 400 and problem["code"] == "too_many_keys", problem
    status, problem, _ = pinrelay.request("POST", "/api/v1/session", many + " " * 4096, None, json_type)
    assert status == 413 and problem["code"] == "too_large", problem
    many = "{" + ",".join(f'"{n:x}":0' for n in range(2001)) + "}"
    status, problem, _ = pinrelay.request("PUT", "/api/v1/jobs/x", many, Api(pinrelay).token, json_type)
    assert status == 400 and problem["code"] == "too_many_keys", problem


@test
def commands_run_at_a_service_elsewhere(world):
    pinrelay = world.pinrelay()
    pinrelay.write_secret(pinrelay.folder / "api.token", Api(pinrelay, "operator").token)
    there = ("--server", f"http://127.0.0.1:{pinrelay.port}", "--token-file", str(pinrelay.folder / "api.token"))

    def away(*arguments):
        return pinrelay.run(*arguments, *there, config=False)

    assert away("job", "list").json["jobs"][0]["name"] == "readers"
    assert pinrelay.run(*there, "job", "list", config=False).json["jobs"][0]["name"] == "readers"
    assert away("job", "start", "readers").exit_code == 0
    assert pinrelay.job()["state"] in ("Running", "Sleeping")
    assert away("job", "records", "readers", "--limit", "3").json["records"] == []
    refused = away("job", "show", "no/such?job")
    assert refused.exit_code == 1 and refused.json["error"]["code"] == "no_job", refused.text
    assert away("token", "list").json["error"]["code"] == "role_too_low"
    assert away("backup", "x").json["error"]["code"] == "not_remote"
    pinrelay.command("token", "revoke", "operator")
    assert away("job", "list").exit_code == 77


@test
def a_new_operator_does_it_all_by_the_api(world):
    port = free_port()
    pinrelay = world.pinrelay(start=False, extra={"listen": f"127.0.0.1:{port}"})
    simulator = pinrelay.simulator
    pinrelay.write_secret(pinrelay.folder / "app.secret", APP_SECRET)
    pinrelay.configuration["pinterest"].update(app_id=APP_ID, app_secret={"file": "app.secret"},
                                               authorize_url=simulator.base_url.removesuffix("/v5") + "/oauth/")
    pinrelay.configuration["authorizations"], pinrelay.configuration["jobs"] = [], []
    pinrelay.write_configuration()
    pinrelay.start()
    # Claim it; a token for the script that goes on.
    browser, url = Browser(), f"http://127.0.0.1:{port}"
    ticket = (pinrelay.store / "claim-link").read_text().strip().split("#")[1]
    status, claimed = browser.call("POST", url + "/api/v1/session/accept",
                                   {"ticket": ticket, "password": "four small boats at sea"})
    assert status == 201 and claimed["role"] == "admin", claimed
    status, made = browser.call("POST", url + "/api/v1/tokens", {"name": "script", "role": "admin"})
    assert status == 201, made
    api = Api(pinrelay, token=made["token"])

    # Sign in, and give a token.
    methods = api.does("GET", "/api/v1/providers")["providers"][0]["methods"]
    assert [method["name"] for method in methods] == ["sign_in", "conversion_token"]
    begun = api.does("POST", "/api/v1/sign-ins", status=201)
    simulator.app(begun["redirect_uri"])
    status, problem, _ = api.call("POST", "/api/v1/sign-ins/save", {"name": "anna", "ticket": begun["ticket"]})
    assert status == 409 and problem["code"] == "not_signed_in", problem
    browser.get(browser.decide(begun["start_url"]))
    shown = api.does("GET", f"/api/v1/sign-ins/{begun['ticket']}")
    assert shown["phase"] == "signed_in" and shown["connected_as"], shown
    api.does("POST", "/api/v1/sign-ins/save", {"name": "anna", "label": "Anna", "ticket": begun["ticket"]}, 201)
    wrong = {"name": "shop", "ad_account": AD_ACCOUNT, "token": "pina_wrong"}
    status, problem, _ = api.call("POST", "/api/v1/authorizations", wrong)
    assert status == 422 and problem["code"] == "token_refused", problem
    api.does("POST", "/api/v1/authorizations", {**wrong, "token": CONVERSION_TOKEN, "label": "Shop"}, 201)
    health = {each["name"]: each["health"] for each in api.does("GET", "/api/v1/authorizations")["authorizations"]}
    assert health == {"anna": "healthy", "shop": "healthy"}, health
    assert len(api.does("POST", "/api/v1/authorizations/anna/verify")["ad_accounts"]) == 60

    # Drafts; everything that is wrong is told at once, and nothing is kept of it.
    status, problem, _ = api.call("PUT", "/api/v1/jobs/orders", {"settings": {
        "type": "conversions_export", "authorization": "shop", "audience": "Readers",
        "event": [{"order": "event_ids"}], "flush": {"afte": "1h"}}})
    assert status == 422 and problem["code"] == "settings_invalid", problem
    places = {error["pointer"] for error in problem["errors"]}
    assert len(problem["errors"]) > 2 and all(place.startswith("/settings") for place in places), problem["errors"]
    assert "/settings/event/0" in str(places), places
    assert api.does("GET", "/api/v1/jobs")["jobs"] == []
    readers = pinrelay.job_settings(authorization="anna")
    orders = {"type": "conversions_export", "authorization": "shop", "audience": "Readers",
              "action_source_default": "web", "event_name_default": "lead", "existing_users": True,
              "identifiers": [{"email": "em"}], "event": [{"order": "event_id"}, {"at": "event_time"}]}
    for name, settings in (("readers", readers), ("orders", orders)):
        assert api.does("PUT", f"/api/v1/jobs/{name}", {"settings": settings})["change"] == "created"
        assert api.does("PUT", f"/api/v1/jobs/{name}", {"settings": settings})["change"] == "unchanged"
        assert api.does("GET", f"/api/v1/jobs/{name}")["state"] == "Draft"

    # Test, start, follow.
    rows, hashes = members(40)
    for row in rows:
        if row["type"] == "profile":
            row["fields"].update(order=f"order-{row['key']}", at="")
    pinrelay.post_applied(*rows)
    tested = api.does("POST", "/api/v1/jobs/orders/test", {"people": 3})
    assert tested["accepted"] == 3 and simulator.conversion_state()["effective"] == 0, tested
    planned = api.does("GET", "/api/v1/jobs/orders/plan")
    assert planned["members"] == 40, planned
    operator = Api(pinrelay, "operator")
    watched = Events(pinrelay, operator.token, "/api/v1/live/jobs/readers")
    for job in ("readers", "orders"):
        operator.does("POST", f"/api/v1/jobs/{job}/start")
    operator.does("POST", "/api/v1/jobs/orders/start")  # a double click: it starts once
    operator.does("POST", "/api/v1/jobs/readers/flush")
    watched.until("everybody is on the list", lambda kind, job: kind == "state" and job["list"] and job["list"]["identifiers"] == 40)
    watched.close()
    pinrelay.converge(hashes)
    wait_until("the conversions count", lambda: simulator.conversion_state()["effective"] == 40)
    why = operator.does("GET", "/api/v1/profiles/u1/why?job=readers")
    assert "person1@example.org" not in json.dumps(why)
    assert operator.does("GET", "/api/v1/jobs/readers/requests?limit=1")["requests"]

    # Another master key; a backup elsewhere is paused; resumed, nobody wrong is on the list.
    assert api.does("POST", "/api/v1/master-key/rotate")["secrets"] == 2
    pinrelay.command("backup", pinrelay.folder / "backup")
    pinrelay.stop()
    other = world.pinrelay(simulator, start=False)
    for kind in ("key", "afterwards"):
        shutil.copy(f"{pinrelay.store}.{kind}", f"{other.store}.{kind}")
    other.command("restore", pinrelay.folder / "backup")
    other.command("restore", "--confirm", "--yes")
    other.write_secret(other.folder / "app.secret", APP_SECRET)
    other.configuration = {**pinrelay.configuration, "listen": "127.0.0.1:0"}
    other.write_configuration()
    other.start()
    api.pinrelay = operator.pinrelay = other
    states = {job["name"]: job["state"] for job in api.does("GET", "/api/v1/jobs")["jobs"]}
    assert states == {"readers": "Paused", "orders": "Paused"}, states
    for job in states:
        operator.does("POST", f"/api/v1/jobs/{job}/resume")
    rows, more = members(10, start=40)
    other.post_applied(*rows, *({"type": "exit", "key": f"u{i}", "audience": "Readers"} for i in range(5)))
    other.converge((hashes | more) - set(members(5)[1]))

    # What was changed, by whom; nothing of it is a secret.
    entries = api.does("GET", "/api/v1/audit?limit=500")["entries"]
    done = [(entry["who"], entry["action"], entry["object"]) for entry in entries if entry["outcome"] == "done"]
    for expected in (("token script", "sign-in save", "anna"), ("token script", "auth add", "shop"),
                     ("token operator", "job start", "readers"), ("token script", "auth rotate-key", ""),
                     ("cli", "token add", "operator"), ("token operator", "job resume", "orders")):
        assert expected in done, (expected, done)
    assert ("token script", "auth add", "refused") in [(e["who"], e["action"], e["outcome"]) for e in entries]
    assert api.does("GET", "/api/v1/audit/verify")["whole"]
    secrets = [CONVERSION_TOKEN, APP_SECRET, "pina_sim_", "pinr.sim_", api.token[4:], operator.token[4:]]
    held = [str(path) for path in world.folder.rglob("*") if path.is_file()
            and path.name not in ("app.secret", "exchanges.jsonl", "commands.log") and "simulator" not in str(path)
            and any(secret.encode() in path.read_bytes() for secret in secrets)]
    assert not held, held


if __name__ == "__main__":
    main()
