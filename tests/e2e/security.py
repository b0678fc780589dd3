#!/usr/bin/env python3
"""Keys and tokens that may do only what they are for, certificates that are renewed, and what a collector of security
events gets to read."""

import http.client
import json
import shutil
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api_client import Api  # noqa: E402
from certificates import Authorities, for_names  # noqa: E402
from pinrelay import Browser, enters, member, ndjson, wait_until  # noqa: E402
from suite import main, test  # noqa: E402

PASSWORD, NEXT = "four small boats at sea", "five large ships in port"


@test
def a_key_sends_what_it_may_and_the_rest_is_told_row_by_row(world):
    pinrelay = world.pinrelay()
    key = pinrelay.command("write-key", "add", "shop", "--audience", "Readers", "--rows", "profile,enter")["key"]
    rows = [*member("u1", email="a@example.org"), enters("u1", "Others"), {"type": "delete", "key": "u1"}]
    status, body, _ = pinrelay.request("POST", "/v1/changes", ndjson(rows), key=key)
    assert (status, body["accepted"], body["rejected"]) == (202, 2, 2), body
    assert [error["code"] for error in body["errors"]] == ["audience_not_allowed", "row_type_not_allowed"], body
    assert [error["line"] for error in body["errors"]] == [3, 4], body
    away = pinrelay.command("write-key", "add", "away", "--network", "192.0.2.0/24")["key"]
    status, body, _ = pinrelay.request("POST", "/v1/changes", ndjson(rows[:1]), key=away)
    assert (status, body["error"]["code"]) == (403, "wrong_network"), body
    slow = pinrelay.command("write-key", "add", "slow", "--rows-a-minute", "1")["key"]
    statuses = [pinrelay.request("POST", "/v1/changes", ndjson(rows[:2]), key=slow)[0] for _ in range(2)]
    assert statuses == [202, 429], statuses
    wait_until("the rows are applied", lambda: pinrelay.audience_size("Readers") == 1)
    assert pinrelay.audience_size("Others") == 0
    # A restart and a backup change nothing of it.
    backup = world.folder / "backup"
    pinrelay.command("backup", backup)
    pinrelay.kill()
    shutil.rmtree(pinrelay.store)
    pinrelay.command("restore", backup)
    pinrelay.command("restore", "--confirm", "--yes")
    pinrelay.start()
    status, body, _ = pinrelay.request("POST", "/v1/changes", ndjson(rows), key=key)
    assert (status, body["rejected"]) == (202, 2), body
    doctor = {check["name"]: check for check in pinrelay.command("doctor")["checks"]}
    assert "unlimited: tests;" in doctor["write keys"]["result"], doctor["write keys"]


@test
def a_token_acts_on_its_jobs_alone(world):
    pinrelay = world.pinrelay()
    pinrelay.configuration["jobs"].append(pinrelay.job_settings(name="other"))
    pinrelay.write_configuration()
    pinrelay.apply()
    token = pinrelay.command("token", "add", "ci", "--role", "admin", "--job", "readers")["token"]
    api = Api(pinrelay, role=None)
    api.token = token
    assert [job["name"] for job in api.does("GET", "/api/v1/jobs")["jobs"]] == ["readers"]
    api.does("POST", "/api/v1/jobs/readers/start")
    for method, path, code in (("GET", "/api/v1/jobs/other", "other_job"),
                               ("POST", "/api/v1/jobs/other/start", "other_job"),
                               ("GET", "/api/v1/tokens", "bound_to_jobs"),
                               ("GET", "/api/v1/live/log", "bound_to_jobs")):
        status, body, _ = api.call(method, path)
        assert (status, body["code"]) == (403, code), (path, body)
    status, body, _ = api.call("POST", "/api/v1/tokens", {"name": "more", "role": "admin"})
    assert (status, body["code"]) == (403, "bound_to_jobs"), body
    elsewhere = pinrelay.command("token", "add", "elsewhere", "--role", "admin", "--network", "192.0.2.7")["token"]
    status, body, _ = pinrelay.request("GET", "/api/v1/jobs", key=elsewhere)
    assert (status, body["code"]) == (403, "wrong_network"), body


def https(pinrelay, method, path, headers=None):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", pinrelay.port, timeout=60, context=context)
    try:
        connection.request(method, path, None, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


@test
def a_renewed_certificate_is_shown_without_a_restart(world):
    authorities = Authorities(world.folder / "ca")
    first, second = (authorities.make("localhost", for_names("IP:127.0.0.1")) for _ in range(2))
    certificate, key = world.folder / "tls.pem", world.folder / "tls.key"

    def use(file, key_file):
        for source, target in ((key_file, key), (file, certificate)):
            beside = target.with_suffix(".new")
            shutil.copy(source, beside)
            beside.rename(target)

    use(first.file, first.key)
    pinrelay = world.pinrelay(extra={"tls": {"certificate_file": str(certificate), "private_key_file": str(key)}})

    def shown():
        return ssl.get_server_certificate(("127.0.0.1", pinrelay.port)).strip()

    assert shown() == first.text.strip()
    # Half of a pair changes nothing, and is told.
    use(first.file, second.key)
    wait_until("the service has told of the pair that does not match",
               lambda: shown() == first.text.strip() and "the old one stays" in pinrelay.log_of_this_start())
    use(second.file, second.key)
    wait_until("the new certificate is shown", lambda: shown() == second.text.strip())
    assert pinrelay.process.poll() is None

    for method, path in (("GET", "/livez"), ("GET", "/api/v1/jobs"), ("GET", "/nowhere"), ("POST", "/v1/changes"),
                         ("GET", "/sign-in")):
        answer = https(pinrelay, method, path)
        assert answer.getheader("X-Content-Type-Options") == "nosniff", path
        assert "default-src 'none'" in answer.getheader("Content-Security-Policy"), path
        assert answer.getheader("Strict-Transport-Security") == "max-age=31536000", path
        assert len(answer.headers.get_all("Content-Security-Policy")) == 1, path
        assert len(answer.headers.get_all("Strict-Transport-Security")) == 1, path


@test
def in_clear_text_no_browser_is_told_to_use_https_alone(world):
    pinrelay = world.pinrelay()
    for path in ("/livez", "/api/v1/jobs", "/nowhere", "/sign-in"):
        answer = pinrelay.request("GET", path, key=None)[2]
        assert answer.getheader("X-Content-Type-Options") == "nosniff", path
        assert "default-src 'none'" in answer.getheader("Content-Security-Policy"), path
        assert answer.getheader("Strict-Transport-Security") is None, path
    refused, body, answer = pinrelay.request("POST", "/v1/changes", ndjson([enters("u1")]), key="wrong")
    assert refused == 401 and answer.getheader("X-Content-Type-Options") == "nosniff", body


def lines(pinrelay):
    """The security events on standard output."""
    return [json.loads(line) for line in pinrelay.log_of_this_start().splitlines() if line.startswith("{")]


@test
def security_events_are_lines_of_json_and_rows_that_name_no_person(world):
    pinrelay = world.pinrelay(extra={"security_log": "stdout"})
    viewer = Api(pinrelay, "viewer")
    pinrelay.post_applied(*member("anna@example.org", email="anna@example.org"))
    for _ in range(20):
        assert pinrelay.request("GET", "/api/v1/profiles/anna@example.org", key="prl_wrong")[0] == 401
    assert pinrelay.request("POST", "/v1/changes", ndjson([enters("u1")]), key="prw_wrong")[0] == 401
    assert viewer.call("GET", "/api/v1/tokens")[0] == 403
    operator = Api(pinrelay, "operator")
    operator.does("GET", "/api/v1/profiles/anna@example.org")
    pinrelay.command("job", "why", "anna@example.org")
    status, _, _ = pinrelay.request("POST", "/api/v1/session", json.dumps({"name": "hunter2 hunter2", "password": "x" * 12}),
                                    key=None, headers={"Content-Type": "application/json"})
    assert status == 401

    def events(*options):
        return pinrelay.command("security", "events", "--limit", "500", *options)["events"]

    wait_until("all of it is written", lambda: len(events("--kind", "person_viewed")) == 2 and
               len(events("--kind", "sign_in_failed")) == 1)
    all_events = events()
    kinds = {event["kind"] for event in all_events}
    assert kinds == {"token_refused", "forbidden", "person_viewed", "sign_in_failed"}, kinds
    refused = [event for event in all_events if event["kind"] == "token_refused"]
    assert len(refused) == 5 and refused[-1]["what"] == "GET /api/v1/profiles/{key}: no_token", refused
    views = events("--key", "anna@example.org")
    assert [view["who"] for view in views] == ["cli", "token operator"], views
    assert operator.call("GET", "/api/v1/security/events")[0] == 403
    assert len(Api(pinrelay, "admin").does("GET", "/api/v1/security/events?limit=2")["events"]) == 2
    # The count of those that were not told one by one comes at the latest when the service ends.
    pinrelay.stop()
    told = lines(pinrelay)
    assert sum(line["count"] for line in told if line["event"] == "token_refused") == 21, told
    assert {line["event"] for line in told} == kinds
    text = json.dumps(told) + json.dumps(all_events)
    for secret in ("anna", "hunter2", "prl_wrong", "prw_wrong"):
        assert secret not in text, secret


@test
def a_user_changes_the_password_and_other_sessions_end(world):
    pinrelay = world.pinrelay()
    base = f"http://127.0.0.1:{pinrelay.port}"
    link = pinrelay.command("user", "add", "ada", "--role", "viewer")["link"]
    here, elsewhere = Browser(), Browser()
    status, _ = here.call("POST", base + "/api/v1/session/accept",
                          {"ticket": link.split("#")[1], "password": PASSWORD})
    assert status == 201
    assert elsewhere.call("POST", base + "/api/v1/session", {"name": "ada", "password": PASSWORD})[0] == 201
    change = {"password": "not the present one", "new_password": NEXT}
    status, body = here.call("POST", base + "/api/v1/session/password", change)
    assert (status, body["code"]) == (403, "wrong_password"), body
    status, body = here.call("POST", base + "/api/v1/session/password", {**change, "password": PASSWORD})
    assert status == 200, body
    assert here.call("GET", base + "/api/v1/session")[0] == 200
    assert elsewhere.call("GET", base + "/api/v1/session")[0] == 401
    assert Browser().call("POST", base + "/api/v1/session", {"name": "ada", "password": PASSWORD})[0] == 401
    assert Browser().call("POST", base + "/api/v1/session", {"name": "ada", "password": NEXT})[0] == 201


main()
