#!/usr/bin/env python3
"""The web interface in a real browser, against the real binary and the simulator. An area of flows/ has a service of its
own, in which its flows run one after the other; what came of them is checked at the simulator and the API, not on the page
alone. Needs node, Chromium and a binary with the interface inside."""

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import (AD_ACCOUNT, APP_ID, APP_SECRET, CONVERSION_TOKEN, WRITE_KEY, Pinrelay, free_port, member,  # noqa: E402
                      members)
from past import give_past  # noqa: E402
from suite import main, test  # noqa: E402

HERE = Path(__file__).resolve().parent
AREA_SECONDS_MAX = 900  # a guard against what hangs, not a measure
PASSWORD = "four small boats at sea"


def service(world, jobs=(), authorizations=()):
    """A service on a known port, with an app to sign in by."""
    port = free_port()
    pinrelay = world.pinrelay(start=False, extra={"listen": f"127.0.0.1:{port}"})
    pinrelay.write_secret(pinrelay.folder / "app.secret", APP_SECRET)
    pinrelay.write_secret(pinrelay.folder / "events.token", CONVERSION_TOKEN)
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


AUTHORIZATIONS = [
    {"name": "acme", "token": {"file": "token"}},
    {"name": "signed", "token": {"file": "token"}},
    {"name": "shop", "method": "conversion_token", "ad_account": AD_ACCOUNT,
     "token": {"file": "events.token"}},
]


def with_people(world):
    """Readers, one of them without a valid address, and buyers with orders; nobody is sent yet."""
    pinrelay = service(world, (), AUTHORIZATIONS)
    rows, _ = members(30)
    orders = [row for i in range(5) for row in member(
        f"b{i}", email=f"b{i}@example.org", order_id=f"B-{i}", ordered_at="2026-11-30T06:00:00Z",
        total="19.90", currency="EUR", phone="+49 30 123456", ip="203.0.113.7", user_agent="Mozilla/5.0",
        when_text="03/04/2026", email_sha256="", maid="6D92078A-8246-4BA4-AE5B-76104861E7DC")]
    for row in orders:
        if row["type"] == "enter":
            row["audience"] = "Buyers"
    pinrelay.post_applied(*rows, *member("bad", email="nobody at all"), *orders)
    return pinrelay


def with_job(world):
    """A service whose job readers runs, with a few people, one of them without a valid address."""
    pinrelay = service(world, [Pinrelay.job_settings()], AUTHORIZATIONS)
    rows, _ = members(30)
    pinrelay.post_applied(*rows, *member("bad", email="nobody at all"))
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_idle(flushing=True)
    return pinrelay


def world_of(pinrelay):
    """What the flows know of it."""
    return {"base": f"http://127.0.0.1:{pinrelay.port}", "claimLink": (pinrelay.store / "claim-link").read_text().strip(),
            "password": PASSWORD, "adAccount": AD_ACCOUNT, "conversionToken": CONVERSION_TOKEN, "writeKey": WRITE_KEY,
            "people": [{"email": f"person{i}@example.org"} for i in range(30)],
            "pinterest": [pinrelay.simulator.base_url.removesuffix("/v5")], "pictures": os.environ.get("PINRELAY_PICTURES", "")}


def obey(pinrelay, order):
    """What a flow asks of the world outside the browser."""
    {"stop": pinrelay.stop, "start": pinrelay.start}[order]()


def run_area(pinrelay, area, *names):
    """Every flow of an area; returns the lines that they have said."""
    process = subprocess.Popen(["node", str(HERE / "run.mjs"), area, *names], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True,
                               env={**os.environ, "PINRELAY_WORLD": json.dumps(world_of(pinrelay))})
    overdue = threading.Timer(AREA_SECONDS_MAX, process.kill)
    overdue.start()
    lines = []
    try:
        for line in process.stdout:
            if line.startswith("@"):
                obey(pinrelay, line[1:].strip())
                process.stdin.write("done\n")
                process.stdin.flush()
                continue
            lines.append(line.rstrip())
            print(f"    {line.rstrip()}", flush=True)
        code = process.wait()
    finally:
        overdue.cancel()
        process.kill()
        process.wait()
    passed = [line for line in lines if line.startswith("ok ")]
    failed = [line.split()[1] for line in lines if line.startswith("FAILED ")]
    assert code == 0 and passed and not failed, f"{area}: exit {code}, failed: {failed or 'before the first flow'}"
    return lines


@test
def from_the_claim_link_to_the_first_delivery(world):
    run_area(service(world), "first")


@test
def authorizations_by_both_methods(world):
    run_area(service(world), "authorizations")


@test
def the_audience_export_by_clicks(world):
    run_area(with_people(world), "audience-wizard")


@test
def the_conversions_export_by_clicks(world):
    run_area(with_people(world), "conversions-wizard")


@test
def jobs_that_run(world):
    run_area(with_job(world), "jobs")


@test
def what_jobs_did_over_time(world):
    pinrelay = with_job(world)
    give_past(pinrelay)
    run_area(pinrelay, "history")


@test
def people_and_how_they_come_in(world):
    run_area(with_job(world), "data")


@test
def alerts_access_audit_settings_and_help(world):
    run_area(with_job(world), "operate")


@test
def everything_by_keys_alone(world):
    run_area(with_people(world), "keyboard")


@test
def a_service_that_is_away_slow_or_says_no(world):
    run_area(with_job(world), "trouble")


@test
def text_from_outside_and_secrets(world):
    run_area(with_job(world), "security")


def states_of(lines):
    return sum(int(line.split()[1]) for line in lines if line.startswith("states "))


@test
def every_page_for_assistive_technology(world):
    assert states_of(run_area(with_job(world), "axe")) >= 90


@test
def narrow_zoomed_still_and_forced_colours(world):
    run_area(with_job(world), "display")


@test
def every_page_while_empty_and_while_failing(world):
    assert states_of(run_area(service(world), "display-empty")) >= 60


def paths_of_the_interface():
    """Every path of the API that its source names, with {} for what is filled in. tsc refuses unknown ones, too."""
    found = set()
    for file in (HERE.parents[1] / "ui/src").rglob("*.ts*"):
        if file.name in ("types.ts", "client.check.ts"):
            continue
        text = re.sub(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\{\w+\}", "{}", file.read_text())
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
def the_interface_is_small(world):
    """Scripts and styles as they are sent: 80 KB until the first page stands, 120 KB in all."""
    dist = HERE.parents[1] / "ui/dist"
    size = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in dist.rglob("*") if path.suffix in (".js", ".css")}
    first = {name: each for name, each in size.items() if name in (dist / "index.html").read_text()}
    assert first and sum(first.values()) <= 80_000, first
    assert sum(size.values()) <= 120_000, size


if __name__ == "__main__":
    main()
