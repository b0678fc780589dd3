#!/usr/bin/env python3
"""The web interface in a real browser, against the real binary and the simulator. Each flow of flows.mjs has a world of
its own; what came of it is checked at the simulator, not on the page. Needs node, Chromium and a binary with the
interface inside."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import (AD_ACCOUNT, APP_ID, APP_SECRET, CONVERSION_TOKEN, Pinrelay, free_port, member, members, person,  # noqa: E402
                      enters, wait_until)
from suite import main, test  # noqa: E402

HERE = Path(__file__).resolve().parent


def service(world, jobs=(), authorizations=()):
    """A service on a known port, with an app to sign in by."""
    port = free_port()
    pinrelay = world.pinrelay(start=False, extra={"listen": f"127.0.0.1:{port}"})
    pinrelay.write_secret(pinrelay.folder / "app.secret", APP_SECRET)
    pinrelay.configuration["pinterest"].update(
        app_id=APP_ID, app_secret={"file": "app.secret"},
        authorize_url=pinrelay.simulator.base_url.removesuffix("/v5") + "/oauth/")
    pinrelay.configuration["jobs"] = list(jobs)
    pinrelay.configuration["authorizations"] = list(authorizations)
    pinrelay.simulator.app(f"http://127.0.0.1:{port}/oauth/pinterest")
    pinrelay.write_configuration()
    pinrelay.start()
    if jobs:
        pinrelay.apply()
    return pinrelay


def with_job(world, **settings):
    """A service whose job readers is running, with a few people, one of them without a valid address."""
    pinrelay = service(world, [Pinrelay.job_settings(**settings)], [{"name": "acme", "token": {"file": "token"}}])
    rows, _ = members(30)
    pinrelay.post_applied(*rows, *member("bad", email="nobody at all"))
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_idle(flushing=True)
    return pinrelay


def flow(pinrelay, name):
    base = f"http://127.0.0.1:{pinrelay.port}"
    world = {
        "base": base, "claimLink": (pinrelay.store / "claim-link").read_text().strip(), "password": "four small boats at sea",
        "adAccount": AD_ACCOUNT, "conversionToken": CONVERSION_TOKEN,
        "pinterest": [pinrelay.simulator.base_url.removesuffix("/v5")], "pictures": os.environ.get("PINRELAY_PICTURES", "")}
    done = subprocess.run(["node", str(HERE / "flows.mjs"), name], env={**os.environ, "PINRELAY_WORLD": json.dumps(world)},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    return done.stdout


@test
def the_first_run_begins_with_three_steps(world):
    flow(service(world), "first_run")


@test
def a_conversions_export_is_made_by_clicks_and_delivers(world):
    pinrelay = service(world)
    pinrelay.post_applied(*member("u0", email="u0@example.org", order_id="A-0", ordered_at="2026-11-30T06:00:00Z"))
    flow(pinrelay, "conversions_export")
    pinrelay.post(person("u1", email="u1@example.org", order_id="A-1"), enters("u1"))
    wait_until("the conversion counts", lambda: {each["event_id"] for each in pinrelay.simulator.conversions()} == {"A-1"})


@test
def an_audience_export_is_made_by_clicks_and_delivers(world):
    pinrelay = service(world)
    rows, hashes = members(20)
    pinrelay.post_applied(*rows)
    flow(pinrelay, "audience_export")
    pinrelay.wait_list(hashes)


@test
def the_wizard_tells_everything_that_is_wrong(world):
    flow(service(world), "wizard_tells_everything_that_is_wrong")


@test
def a_job_is_paused_resumed_and_stopped(world):
    pinrelay = with_job(world)
    flow(pinrelay, "job_is_operated")
    assert pinrelay.job()["state"] == "Stopped"


@test
def records_lead_to_the_person(world):
    flow(with_job(world), "records_lead_to_a_person")


@test
def a_file_is_uploaded_looked_at_and_imported(world):
    pinrelay = service(world)
    flow(pinrelay, "file_is_uploaded")
    wait_until("both are in", lambda: pinrelay.audience_size("From a file") == 2)


@test
def a_write_key_is_shown_once_and_works(world):
    pinrelay = service(world)
    flow(pinrelay, "write_key_is_made")
    wait_until("the row is applied", lambda: pinrelay.audience_size("By key") == 1)


@test
def a_viewer_sees_what_a_viewer_may_and_nothing_after_signing_out(world):
    flow(with_job(world), "viewer_sees_what_a_viewer_may")


@test
def text_from_outside_stays_text(world):
    flow(with_job(world), "text_from_outside_stays_text")


@test
def what_is_shown_is_marked_when_the_service_is_away(world):
    flow(with_job(world), "service_goes_away")


def paths_of_the_interface():
    """Every path of the API that its source names, with {} for what is filled in."""
    found = set()
    for file in (HERE.parents[1] / "ui/src").rglob("*.ts*"):
        text = re.sub(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "{}", file.read_text())
        # A query that is put behind the path is no part of it.
        found |= {re.sub(r"(?<!/)\{\}$", "", path).rstrip("/") for path in re.findall(r"/api/v1/[a-z0-9{}/_-]*", text)}
    return found


def is_described(path, known):
    """Segment by segment; {} on either side stands for any. A path may also be the beginning of a known one, where the
    source puts it together from parts."""
    parts = path.split("/")
    return any(all("{}" in (a, b) or a == b for a, b in zip(parts, each.split("/")))
               for each in known if each.count("/") >= path.count("/"))


@test
def the_interface_calls_only_what_the_api_describes(world):
    pinrelay = service(world)
    token = pinrelay.command("token", "add", "reader", "--role", "viewer")["token"]
    status, document, _ = pinrelay.request("GET", "/api/openapi.json", key=token)
    assert status == 200, status
    known = {re.sub(r"\{[^}]*\}", "{}", path) for path in document["paths"]}
    used = paths_of_the_interface()
    assert len(used) > 20, used
    unknown = {path for path in used if not is_described(path, known)}
    assert not unknown, f"the interface calls {sorted(unknown)}"


@test
def axe_finds_nothing_on_any_route(world):
    states = int(re.search(r"(\d+) states", flow(with_job(world), "axe_on_every_route"))[1])
    assert states >= 60, states


if __name__ == "__main__":
    main()
