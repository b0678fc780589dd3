#!/usr/bin/env python3
"""Values that would give somebody away, put into every field and looked for in every answer, as each role gets it: values
of people are masked by the service, never by the page; a viewer gets no single person at all; and nobody gets a secret."""

import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import AD_ACCOUNT, CONVERSION_TOKEN, WRITE_KEY, Pinrelay, email_hash, member, sha256, wait_until  # noqa: E402
from api_client import Api  # noqa: E402
from events import Events  # noqa: E402
from suite import main, test  # noqa: E402

KEY = "canarykey-5f1"
MAIL = "canarymail.5f1@example.org"
VALUES = {"email": MAIL, "phone": "+49 1512 3456789", "ip": "203.0.113.77", "user_agent": "CanaryAgent/5.1", "city": "Canaryville",
          "first_name": "Canaryna", "order_id": "CANARY-ORDER-51", "click_id": "canaryclick51", "page": "https://shop.example/canary?x=51",
          "maid": "6d92078a-8246-4ba4-ae5b-76104861e7dc", "note": "canary note 51"}
# What tells who somebody is. An order's number is shown to whoever may look at single people: it is how one finds an order.
PERSONAL = [value for field, value in VALUES.items() if field != "order_id"]
# As they leave, or as a careless view might write them.
HASHED = [email_hash(MAIL), sha256("491512 3456789".replace(" ", "")), sha256(VALUES["maid"])]


def pairs(**entries):
    return [{ours: theirs} for ours, theirs in entries.items()]


CONVERSIONS = {
    "name": "events", "type": "conversions_export", "authorization": "shop", "audience": "Readers", "ad_account": AD_ACCOUNT,
    "identifiers": pairs(email="em", phone="ph", maid="hashed_maids", ip="client_ip_address", user_agent="client_user_agent",
                         city="ct", first_name="fn"),
    "event": pairs(order_id="event_id", ordered_at="event_time"),
    "details": pairs(order_id="order_id", page="event_source_url", click_id="click_id"),
    "event_name_default": "checkout", "action_source_default": "web"}


def world_with_canaries(world):
    pinrelay = world.pinrelay(start=False, extra={"jobs": [Pinrelay.job_settings(), CONVERSIONS]})
    pinrelay.write_secret(pinrelay.folder / "events.token", CONVERSION_TOKEN)
    pinrelay.configuration["authorizations"].append(
        {"name": "shop", "method": "conversion_token", "ad_account": AD_ACCOUNT, "token": {"file": "events.token"}})
    pinrelay.write_configuration()
    pinrelay.start()
    pinrelay.apply()
    for job in ("readers", "events"):
        pinrelay.command("job", "start", job)
    pinrelay.post_applied(*member(KEY, ordered_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **VALUES),
                          *member(KEY + "-bad", email="canary no address 51", phone="canary51"))
    pinrelay.flush()
    return pinrelay


def places(pinrelay):
    """What a path's parts may stand for: (pattern, values)."""
    return {"/jobs/": ["readers", "events"], "/audiences/": ["Readers"], "/authorizations/": ["acme", "shop"],
            "/people/": [KEY, KEY + "-bad"], "/profiles/": [KEY, KEY + "-bad"]}


def paths_of(document, pinrelay):
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        stands_for = next((values for begin, values in places(pinrelay).items() if begin in path), [KEY])
        for value in stands_for if "{" in path else [""]:
            real = re.sub(r"\{(\w+)\}", lambda part: "1" if part[1] == "number" else value, path)
            yield path, real + (f"?ad_account={AD_ACCOUNT}" if path.endswith("/lists") else "")


def texts(api, document, pinrelay):
    """(route, what it answered) of every route that only reads, and of those that show what would be."""
    for path, real in paths_of(document, pinrelay):
        if path.startswith("/api/v1/live/"):
            stream = Events(pinrelay, api.token, real)
            yield path, json.dumps(stream.next() if stream.status == 200 else "")
            continue
        yield path, body_of(api, "GET", real)
    for job in ("readers", "events"):
        for query in (f"records?reason=invalid_email", "requests?number=1", "requests?number=2"):
            yield f"jobs {query}", body_of(api, "GET", f"/api/v1/jobs/{job}/{query}")
        yield "why", body_of(api, "GET", f"/api/v1/people/{KEY}/why?job={job}")
        yield "preview", body_of(api, "POST", f"/api/v1/jobs/{job}/preview",
                                 {"rows": [{"type": "profile", "key": KEY, "fields": VALUES}]})


def body_of(api, method, path, body=None):
    return api.raw(method, path, body)


class Reader(Api):
    def raw(self, method, path, body=None):
        status, answer, _ = self.call(method, path, body)
        assert status < 500, (method, path, status, answer)
        return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


def found_in(text, words):
    return [word for word in words if word.lower() in text.lower()]


@test
def no_answer_gives_away_a_value_a_person_or_a_secret(world):
    pinrelay = world_with_canaries(world)
    readers = {role: Reader(pinrelay, role) for role in ("admin", "operator", "viewer")}
    document = readers["admin"].does("GET", "/api/openapi.json")
    secrets = [CONVERSION_TOKEN, WRITE_KEY, (pinrelay.folder / "token").read_text().strip(),
               *(each.token for each in readers.values())]
    wait_until("a conversion has been sent", lambda: pinrelay.job("events")["total"]["added"] >= 1)
    seen = 0
    for role, api in readers.items():
        for path, text in texts(api, document, pinrelay):
            seen += len(text)
            where = f"{path} as {role}"
            assert not found_in(text, PERSONAL), f"{where}: {found_in(text, PERSONAL)}"
            assert not found_in(text, ["canary no address", "canary51"]), where
            assert not found_in(text, secrets), where
            if role == "viewer":
                single = ["profile_id", KEY, VALUES["order_id"], *HASHED]
                assert not found_in(text, single), f"{where}: {found_in(text, single)}"
    assert seen > 100_000, f"only {seen} characters were looked at"


@test
def the_test_would_see_them(world):
    """What an operator may see: that the person is there, a hint of the address, and the order."""
    pinrelay = world_with_canaries(world)
    operator = Reader(pinrelay, "operator")
    document = operator.does("GET", "/api/openapi.json")
    shown = "".join(text for _, text in texts(operator, document, pinrelay))
    for expected in ("profile_id", VALUES["order_id"], "c***@e***"):
        assert expected in shown, f"an operator is not shown {expected}"


if __name__ == "__main__":
    main()
