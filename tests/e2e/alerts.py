#!/usr/bin/env python3
"""Alerts of the real program: told once by webhook and by mail, resolved by themselves, kept through kills; and no
address that came over the API leads to this machine."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import members, wait_until  # noqa: E402
from receivers import MailServer, WebhookReceiver  # noqa: E402
from suite import main, test  # noqa: E402

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def told(pinrelay, receiver, expected):
    """The service looks every five seconds."""
    wait_until(f"the receiver is told {expected}", lambda: receiver.told() == expected, every=0.1)
    assert not receiver.wrong, "signatures do not fit"


def alerting(world):
    """A service whose file names a webhook and a mail server of this machine."""
    receiver, mail = WebhookReceiver(SECRET), MailServer()
    world.at_end(receiver.close)
    world.at_end(mail.close)
    pinrelay = world.pinrelay(start=False, extra={
        "webhooks": [{"name": "ops", "url": receiver.url, "secret": {"file": "hook.secret"}}],
        "smtp": {"url": f"smtp://127.0.0.1:{mail.port}", "from": "pinrelay@example.com"}})
    pinrelay.write_secret(pinrelay.folder / "hook.secret", SECRET)
    pinrelay.start()
    pinrelay.apply()
    return pinrelay, receiver, mail


@test
def an_alert_is_told_once_by_webhook_and_mail_and_resolves_itself(world):
    pinrelay, receiver, mail = alerting(world)
    rows, _ = members(3)
    pinrelay.command("job", "start", "readers")
    pinrelay.post_applied(*rows)
    pinrelay.command("alert", "put", "small", "--kind", "audience_size", "--of", "Readers", "--min", "5", "--to",
                     "ops,oncall@example.com")
    told(pinrelay, receiver, [("opened", "small", "Readers")])
    wait_until("a mail has come", lambda: len(mail.mails) == 1)
    to, subject, text = mail.texts()[0]
    assert to == "<oncall@example.com>" and subject == "[Pinrelay] alert: small (audience_size)", (to, subject)
    assert "Members of the audience Readers: 3, fewer than 5." in text and "SIMULATOR" in text, text
    message = receiver.messages[0]
    assert message["simulated"] and message["summary"] in text and message["next_step"] in text, message

    shown = pinrelay.command("alert", "list")
    assert [episode["object"] for episode in shown["open"]] == ["Readers"], shown
    # Neither time nor a kill repeats it.
    pinrelay.kill()
    pinrelay.start()
    rows, _ = members(10, start=3)
    pinrelay.post_applied(*rows)
    told(pinrelay, receiver, [("opened", "small", "Readers"), ("resolved", "small", "Readers")])
    wait_until("a second mail has come", lambda: len(mail.mails) == 2)
    assert pinrelay.command("alert", "list")["open"] == []
    assert "example.org" not in json.dumps(receiver.messages) + str(mail.texts())
    states = {message["state"] for message in pinrelay.command("alert", "history")["messages"]}
    assert states == {"delivered"}, states


@test
def what_cannot_be_delivered_is_kept_and_comes_later_under_the_same_id(world):
    pinrelay, receiver, mail = alerting(world)
    receiver.status, mail.refuse = 302, True
    pinrelay.command("job", "start", "readers")
    pinrelay.post_applied(*members(1)[0])
    pinrelay.command("alert", "put", "small", "--kind", "audience_size", "--of", "Readers", "--min", "5", "--to",
                     "ops,oncall@example.com")
    wait_until("it was tried twice", lambda: len(receiver.attempts) >= 2)
    errors = {message["to"]: message["error"] for message in pinrelay.command("alert", "history")["messages"]}
    assert errors == {"ops": "answered with 302, a redirect: not followed", "oncall@example.com": "answered with 550"}
    pinrelay.kill()
    receiver.status, mail.refuse = 200, False
    pinrelay.start()
    told(pinrelay, receiver, [("opened", "small", "Readers")])
    wait_until("the mail has come", lambda: len(mail.mails) == 1)
    assert len(set(receiver.attempts)) == 1 and receiver.messages[0]["id"] == receiver.attempts[0]


@test
def addresses_given_over_the_api_do_not_lead_inside(world):
    pinrelay, receiver, _ = alerting(world)
    for url in (receiver.url, f"https://127.0.0.1:{receiver.port}/", "https://127.0.0.1/", "https://0x7f000001/",
                "https://169.254.169.254/latest/meta-data/", "https://[::ffff:127.0.0.1]/", "https://a@example.com/"):
        assert pinrelay.fails("webhook", "add", "inside", "--url", url, exit_code=78)["code"] == "address_refused", url
    # A name is looked at when it is connected to.
    made = pinrelay.command("webhook", "add", "name", "--url", "https://localhost:8443/")
    tested = pinrelay.run("webhook", "test", "name")
    assert tested.exit_code == 1 and tested.json["message"] == "the name leads to no public address", tested.text
    assert pinrelay.command("webhook", "test", "ops")["result"] == "delivered"
    # The secret is nowhere in clear text.
    held = [str(path) for path in pinrelay.folder.rglob("*") if path.is_file() and path.name != "commands.log"
            and made["secret"][6:].encode() in path.read_bytes()]
    assert not held, held


@test
def alerts_are_managed_over_the_api_by_administrators(world):
    pinrelay, receiver, _ = alerting(world)
    tokens = {role: pinrelay.command("token", "add", role, "--role", role)["token"] for role in ("viewer", "admin")}

    def call(role, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body else {}
        return pinrelay.request(method, path, json.dumps(body) if body else None, key=tokens[role],
                                headers=headers)[:2]

    status, answer = call("admin", "PUT", "/api/v1/alerts/x", {"kind": "added", "to": "nowhere", "above": 3})
    assert status == 422 and answer["code"] == "alert_invalid", answer
    assert {error["pointer"] for error in answer["errors"]} == {"/above", "/min", "/to"}, answer
    wish = {"kind": "job_failed", "of": "readers", "to": "ops"}
    assert call("viewer", "PUT", "/api/v1/alerts/failed", wish)[0] == 403
    assert call("admin", "PUT", "/api/v1/alerts/failed", wish) == (200, {"alert": "failed", "change": "created"})
    assert call("viewer", "GET", "/api/v1/alerts")[1]["alerts"][0]["name"] == "failed"
    assert call("admin", "POST", "/api/v1/alerts/failed/test")[0] == 200
    told(pinrelay, receiver, [("test", "failed", "readers")])
    status, made = call("admin", "POST", "/api/v1/webhooks", {"name": "team", "url": "https://hooks.example.com/"})
    assert status == 201 and made["secret"].startswith("whsec_"), made
    assert call("viewer", "GET", "/api/v1/webhooks")[0] == 403
    assert made["secret"] not in json.dumps(call("admin", "GET", "/api/v1/webhooks")[1])
    assert call("admin", "DELETE", "/api/v1/webhooks/team")[0] == 200
    assert call("admin", "DELETE", "/api/v1/alerts/failed")[0] == 200
    assert call("viewer", "GET", "/api/v1/alert-history")[1]["messages"][0]["state"] == "delivered"


if __name__ == "__main__":
    main()
