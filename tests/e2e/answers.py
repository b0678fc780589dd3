#!/usr/bin/env python3
"""Makes every route of the API answer with success at least once. Each answer is validated by the OpenAPI document, as in
all tests (tests/support/witness.py)."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import pinrelay as support  # noqa: E402
from api_client import Api  # noqa: E402
from events import Events  # noqa: E402
from past import give_past  # noqa: E402
from pinrelay import (AD_ACCOUNT, APP_ID, APP_SECRET, CONVERSION_TOKEN, Browser, Pinrelay, enters, free_port,  # noqa: E402
                      leaves, member, members, person, wait_until)
from receivers import WebhookReceiver  # noqa: E402
from suite import main, test  # noqa: E402
from witness import mistakes  # noqa: E402

PASSWORD = "four small boats at sea"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def orders(**settings):
    return {"name": "orders", "type": "conversions_export", "authorization": "shop", "audience": "Buyers",
            "action_source_default": "web", "event_name_default": "checkout", "identifiers": [{"email": "em"}],
            "event": [{"order": "event_id"}, {"at": "event_time"}], "details": [{"total": "value"}, {"currency": "currency"}],
            **settings}


def buys(number, **fields):
    return [person(f"b{number}", **{"email": f"buyer{number}@example.org", "order": f"order-{number}", "total": "19.90",
                                    "currency": "EUR", **fields}), enters(f"b{number}", "Buyers")]


def exporting(world, *jobs, start=True, **more):
    """A service with these jobs, both kinds of authorizations, and the API as an administrator's token calls it."""
    pinrelay = world.pinrelay(start=False, extra={"jobs": list(jobs), **more})
    pinrelay.write_secret(pinrelay.folder / "events.token", CONVERSION_TOKEN)
    pinrelay.configuration["authorizations"].append(
        {"name": "shop", "method": "conversion_token", "ad_account": AD_ACCOUNT, "token": {"file": "events.token"}})
    pinrelay.write_configuration()
    pinrelay.start()
    pinrelay.apply(*["--start"] if start else [])
    return pinrelay, Api(pinrelay)


def first_event(pinrelay, api, path):
    stream = Events(pinrelay, api.token, path)
    assert stream.next(), path
    stream.close()


@test
def catalogues_and_the_service(world):
    pinrelay, api = exporting(world, pinrelay_job(), orders())
    for path in ("providers", "pinterest-fields", "job-settings", "alert-kinds", "reasons", "version", "doctor"):
        api.does("GET", f"/api/v1/{path}")
    for path in ("jobs", "jobs/readers", "jobs/orders", "log"):
        first_event(pinrelay, api, f"/api/v1/live/{path}")


def pinrelay_job(**settings):
    return Pinrelay.job_settings(**settings)


@test
def authorizations_and_signing_in(world):
    port = free_port()
    pinrelay, api = exporting(world, listen=f"127.0.0.1:{port}")
    simulator = pinrelay.simulator
    pinrelay.write_secret(pinrelay.folder / "app.secret", APP_SECRET)
    pinrelay.configuration["pinterest"].update(app_id=APP_ID, app_secret={"file": "app.secret"},
                                               authorize_url=simulator.base_url.removesuffix("/v5") + "/oauth/")
    pinrelay.write_configuration()
    pinrelay.stop()
    pinrelay.start()
    begun = api.does("POST", "/api/v1/sign-ins", status=201)
    simulator.app(begun["redirect_uri"])
    browser = Browser()
    browser.get(browser.decide(begun["start_url"]))
    assert api.does("GET", f"/api/v1/sign-ins/{begun['ticket']}")["phase"] == "signed_in"
    api.does("POST", "/api/v1/sign-ins/save", {"name": "anna", "label": "Anna", "ticket": begun["ticket"]}, 201)
    given = {"name": "mart", "ad_account": AD_ACCOUNT, "token": CONVERSION_TOKEN}
    for _ in ("saved", "replaced"):
        api.does("POST", "/api/v1/authorizations", given, 201)
    api.does("PATCH", "/api/v1/authorizations/mart", {"label": "Mart"})
    for name in ("anna", "mart", "shop"):
        api.does("POST", f"/api/v1/authorizations/{name}/verify")
    assert len(api.does("GET", "/api/v1/authorizations")["authorizations"]) == 4
    assert api.does("GET", "/api/v1/authorizations/anna/ad-accounts")["ad_accounts"]
    api.does("GET", f"/api/v1/authorizations/anna/lists?ad_account={AD_ACCOUNT}")
    api.does("POST", "/api/v1/master-key/rotate")
    api.does("DELETE", "/api/v1/authorizations/mart")


@test
def people_files_and_imports(world):
    pinrelay, api = exporting(world, pinrelay_job(), orders())
    pinrelay.post_applied(*member("u1", email="ann@example.org", visits=3, colour="red"), *buys(1), *buys(2, email="nowhere"),
                          {"type": "delete", "key": "u9"}, *member("u2", email="bo@example.org"), leaves("u2"))

    def send(text):
        status, answer, _ = pinrelay.request("POST", "/api/v1/uploads", text, api.token, {"Content-Type": "text/csv"})
        assert status == 201, answer
        return answer["upload"]

    def snapshot(text):
        begun = api.does("POST", "/api/v1/imports", {"upload": send(text), "audience": "Others", "mode": "snapshot"}, 201)
        return wait_until("the import has ended", lambda: next(
            (row for row in [api.does("GET", f"/api/v1/imports/{begun['number']}")] if row["state"] in ("done", "held")), None))

    rows = "".join(f"v{i},v{i}@example.org\n" for i in range(10))
    upload = send("key,email\n" + rows + ",nobody@example.org\n")
    assert api.does("GET", "/api/v1/uploads")["uploads"]
    assert api.does("GET", f"/api/v1/uploads/{upload}")["mistakes"]
    api.does("DELETE", f"/api/v1/uploads/{upload}")
    assert snapshot("key,email\n" + rows)["state"] == "done"
    for verb, left in (("discard", "v1"), ("release", "v2")):
        held = snapshot(f"key,email\n{left},{left}@example.org\n")
        assert held["state"] == "held", held
        api.does("POST", f"/api/v1/imports/{held['number']}/{verb}")
    assert api.does("GET", "/api/v1/imports?limit=2")["next_cursor"]

    assert api.does("GET", "/api/v1/audiences")["audiences"]
    for name in ("Readers", "Buyers"):
        api.does("GET", f"/api/v1/audiences/{name}")
        assert api.does("GET", f"/api/v1/audiences/{name}/sample")["fields"]
    assert api.does("POST", "/api/v1/profiles/search", {"value": "ann@example.org"})["people"]
    wait_until("nobody is on the way any more", lambda: api.call("DELETE", "/api/v1/audiences/Others?yes=true")[0] == 200)
    assert api.does("GET", "/api/v1/fields?limit=2")["next_cursor"]
    api.does("DELETE", "/api/v1/fields/colour?yes=true")
    for key in ("u1", "b1", "b2", "u2"):
        assert api.does("GET", f"/api/v1/profiles/{key}")["exists"]
        assert len(api.does("GET", f"/api/v1/profiles/{key}/why")["jobs"]) == 2
    pinrelay.post_applied({"type": "delete", "key": "u1"})
    assert not api.does("GET", "/api/v1/profiles/u1")["exists"]
    api.does("GET", "/api/v1/profiles/u1/why")
    receipt = api.does("DELETE", "/api/v1/profiles/b1?yes=true")["receipt"]
    assert api.does("GET", f"/api/v1/deletions/{receipt}")["lists"] is not None
    assert api.does("GET", "/api/v1/profiles/b1")["receipts"] == [receipt]


@test
def an_audience_export(world):
    brake = {"enabled": True, "percent": 20, "people": 30}
    pinrelay, api = exporting(world, pinrelay_job(brake=brake), start=False)
    rows, hashes = members(200)
    pinrelay.post_applied(*rows, *member("bad", email="nowhere"))
    job = "/api/v1/jobs/readers"
    api.does("GET", job)
    assert api.does("GET", f"{job}/plan")["identifiers_to_add"] == 200
    settings = {key: value for key, value in pinrelay_job(audience="Others").items() if key != "name"}
    for change in ("created", "unchanged"):
        assert api.does("PUT", "/api/v1/jobs/draft", {"settings": settings})["change"] == change
    api.does("POST", "/api/v1/jobs/draft/plan", {"settings": {**settings, "audience": "Readers"}})
    shown = api.does("POST", f"{job}/preview", {"rows": [{"key": "u1", "fields": {"email": "ann@example.org"}}, enters("u1")]})
    assert shown["would_be_sent"] == 1 and shown["bad_rows"] == 1, shown
    shown = api.does("POST", f"{job}/preview", {"people": ["u1"], "settings": {**settings, "audience": "Readers"}})
    assert shown["rows"][0]["profile_id"], shown
    api.does("GET", f"{job}/export")
    for verb in ("start", "pause", "resume", "restart", "flush"):
        api.does("POST", f"{job}/{verb}")
    pinrelay.converge(hashes)
    pinrelay.wait_idle()
    assert api.does("GET", f"{job}/records")["records"][0]["reason"] == "invalid_email"
    assert "invalid_email" in api.does("GET", f"{job}/records.csv?outcome=invalid")
    assert api.does("GET", f"{job}/runs")["runs"]
    for row in api.does("GET", f"{job}/requests?limit=3")["requests"]:
        api.does("GET", f"{job}/requests?number={row['number']}")
    api.does("POST", f"{job}/resync", {"reassert": True})
    api.does("POST", f"{job}/retry")

    pinrelay.post_applied(*[leaves(f"u{i}") for i in range(100)])
    pinrelay.flush()
    wait_until("the brake holds", lambda: api.does("GET", job)["brake"]["holds"])
    api.does("GET", "/api/v1/profiles/u1/why")
    api.does("POST", f"{job}/release")
    pinrelay.wait_list(members(100, start=100)[1])
    give_past(pinrelay)
    for step in ("minute", "hour", "day"):
        assert api.does("GET", f"{job}/history?step={step}")["slots"] > 1
        api.does("GET", f"/api/v1/history?step={step}")

    # Everybody goes from the list, which somebody thinks better of; then the job ends, and leaves its list behind.
    api.does("POST", f"{job}/pause")
    api.does("DELETE", f"{job}?remove_first=true&yes=true")
    api.does("POST", f"{job}/keep")
    api.does("POST", f"{job}/resume")
    pinrelay.converge(members(100, start=100)[1])
    api.does("POST", f"{job}/stop", {"yes": True})
    api.does("DELETE", f"{job}?yes=true")
    name = pinrelay.simulator.only_list()["name"]
    assert api.does("DELETE", f"/api/v1/lists/{name.replace(' ', '%20')}?yes=true")["identifiers_left"] == 100
    api.does("GET", "/api/v1/jobs")


@test
def a_conversions_export(world):
    pinrelay, api = exporting(world, orders(), orders(name="others", audience="Others", test_mode=True), start=False)
    pinrelay.post_applied(*buys(1), *buys(2, email="nowhere"), *buys(3, order=""))
    job = "/api/v1/jobs/orders"
    assert api.does("GET", f"{job}/plan")["suggestions"] is not None
    rows = [{"key": "b1", "fields": {"email": "ann@example.org", "order": "7"}}, {"key": "b2", "fields": {"order": "8"}}, {}]
    api.does("POST", f"{job}/preview", {"rows": rows})
    api.does("POST", f"{job}/preview", {"people": ["b1", "nobody"]})
    assert api.does("POST", f"{job}/test", {"people": 2})["results"]
    assert "results" not in api.does("POST", "/api/v1/jobs/others/test")
    api.does("POST", f"{job}/start")
    pinrelay.post_applied(*buys(4), *buys(5, order=""))
    wait_until("a conversion has been sent", lambda: api.does("GET", job)["total"]["added"] >= 1)
    assert api.does("GET", f"{job}/records")["records"]
    for row in api.does("GET", f"{job}/requests")["requests"]:
        api.does("GET", f"{job}/requests?number={row['number']}")
    for key in ("b1", "b4", "b5"):
        api.does("GET", f"/api/v1/profiles/{key}/why?job=orders")
    api.does("GET", "/api/v1/jobs")

    # What waits when a backup is made, and may have been sent since, is held once it is restored.
    api.does("POST", f"{job}/pause")
    pinrelay.post_applied(*buys(6, at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 5 * 3600))))
    pinrelay.command("backup", world.folder / "backup")
    pinrelay.stop()
    for file in pinrelay.store.rglob("*"):
        if file.is_file():
            file.unlink()
    pinrelay.command("restore", world.folder / "backup")
    pinrelay.command("restore", "--confirm", "--yes")
    pinrelay.start()
    api.does("POST", f"{job}/resume")
    assert api.does("GET", job)["events"]["held_since_restore"], api.does("GET", job)
    api.does("GET", "/api/v1/profiles/b6/why")
    api.does("POST", f"{job}/discard")


@test
def alerts_and_webhooks(world):
    receiver = WebhookReceiver(SECRET)
    world.at_end(receiver.close)
    pinrelay = world.pinrelay(start=False, extra={
        "webhooks": [{"name": "ops", "url": receiver.url, "secret": {"file": "hook.secret"}}]})
    pinrelay.write_secret(pinrelay.folder / "hook.secret", SECRET)
    pinrelay.start()
    pinrelay.apply()
    api = Api(pinrelay)
    pinrelay.post_applied(*members(2)[0])
    small = {"kind": "audience_size", "of": "Readers", "min": 5, "to": "ops"}
    for change in ("created", "unchanged"):
        assert api.does("PUT", "/api/v1/alerts/small", small)["change"] == change
    api.does("POST", "/api/v1/alerts/small/test")
    wait_until("the receiver is told", lambda: len(receiver.messages) == 2)
    shown = api.does("GET", "/api/v1/alerts")
    assert shown["alerts"] and shown["open"], shown
    past = api.does("GET", "/api/v1/alert-history")
    assert past["episodes"] and past["messages"], past
    api.does("DELETE", "/api/v1/alerts/small")
    api.does("POST", "/api/v1/webhooks", {"name": "chat", "url": "https://hooks.example.com/x"}, 201)
    assert len(api.does("GET", "/api/v1/webhooks")["webhooks"]) == 2
    api.does("POST", "/api/v1/webhooks/ops/test")
    api.does("DELETE", "/api/v1/webhooks/chat")


@test
def access_and_what_was_done_with_it(world):
    pinrelay = world.pinrelay(extra={"listen": f"127.0.0.1:{free_port()}"})
    url = f"http://127.0.0.1:{pinrelay.port}"
    api = Api(pinrelay)

    def does(browser, method, path, body=None, status=200):
        got, answer = browser.call(method, url + path, body)
        assert got == status, (method, path, got, answer)
        return answer

    def accepted(link):
        browser = Browser()
        does(browser, "POST", "/api/v1/session/accept", {"ticket": link.split("#")[1], "password": PASSWORD}, 201)
        return browser

    admin = accepted((pinrelay.store / "claim-link").read_text().strip())
    does(admin, "GET", "/api/v1/session")
    does(admin, "POST", "/api/v1/session/confirm", {"password": PASSWORD})
    invited = does(admin, "POST", "/api/v1/users", {"name": "ann", "role": "viewer"}, 201)
    ann = accepted(invited["link"])
    does(admin, "PATCH", "/api/v1/users/ann", {"role": "operator"})
    assert len(does(admin, "GET", "/api/v1/users")["users"]) == 2
    does(Browser(), "POST", "/api/v1/session", {"name": "ann", "password": PASSWORD + "?"}, 401)
    does(ann, "POST", "/api/v1/session", {"name": "ann", "password": PASSWORD}, 201)
    does(ann, "POST", "/api/v1/session/password", {"password": PASSWORD, "new_password": PASSWORD + " again"})
    sessions = does(admin, "GET", "/api/v1/sessions")["sessions"]
    does(admin, "DELETE", f"/api/v1/sessions/{next(each['number'] for each in sessions if each['user'] == 'ann')}")
    does(admin, "POST", "/api/v1/users/ann/reset")
    does(admin, "DELETE", "/api/v1/users/ann")

    limited = {"name": "ci", "role": "operator", "expires": "90d", "networks": ["127.0.0.0/8"], "jobs": ["readers"]}
    made = does(admin, "POST", "/api/v1/tokens", limited, 201)
    assert Api(pinrelay, token=made["token"]).does("GET", "/api/v1/session")["jobs"] == ["readers"]
    assert len(api.does("GET", "/api/v1/tokens")["tokens"]) == 2
    api.does("DELETE", "/api/v1/tokens/ci")
    scope = {"expires": "90d", "networks": ["127.0.0.0/8"], "audiences": ["Readers"], "rows": "enter", "rows_a_minute": 9}
    api.does("POST", "/api/v1/write-keys", {"name": "crm", **scope}, 201)
    assert {each["kept_in"] for each in api.does("GET", "/api/v1/write-keys")["write_keys"]} == {"file", "store"}
    api.does("DELETE", "/api/v1/write-keys/crm")

    assert api.does("GET", "/api/v1/audit?limit=3")["next_cursor"]
    assert any(each["changed"] for each in api.does("GET", "/api/v1/audit?limit=100")["entries"])
    assert api.does("GET", "/api/v1/audit/verify")["whole"]
    wait_until("the failed sign-in stands there", lambda: api.does("GET", "/api/v1/security/events")["events"])
    does(admin, "DELETE", "/api/v1/session")


@test
def an_answer_that_lacks_a_key_or_has_one_more_is_noticed(world):
    pinrelay, api = exporting(world, pinrelay_job(), orders())
    pinrelay.post_applied(*member("u1", email="ann@example.org"))
    row = {"$ref": "#/components/schemas/JobRow"}
    for job in api.does("GET", "/api/v1/jobs")["jobs"]:
        assert not mistakes(row, job)
        for key in ("name", "phase", "until", "created_at"):
            assert "is a required property" in mistakes(row, {each: value for each, value in job.items() if each != key}), key
        assert "'more' was unexpected" in mistakes(row, {**job, "more": 1})
        assert "scanned" in mistakes(row, {**job, "phase": {"name": "live", "total": 0}})
        for key, value in (("state", "Going"), ("until", "tomorrow"), ("name", None), ("created_at", time.time())):
            assert f"$.{key}" in mistakes(row, {**job, key: value}), key


@test
def every_route_has_answered(world):
    """By the tests above."""
    known = {(each.method, each.path) for each in support.witness.operations}
    assert len(known) > 90, len(known)
    silent = sorted(known - support.witness.answered)
    assert not silent, silent


if __name__ == "__main__":
    main()
