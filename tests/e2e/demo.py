#!/usr/bin/env python3
"""The demo proves what it says: it passes, it fails when the list is wrong, and it can be ended by Ctrl-C."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import ROOT, Browser  # noqa: E402
from suite import main, test  # noqa: E402

DEMO = [sys.executable, "-u", str(ROOT / "tests/demo/demo.py")]


@test
def the_demo_kills_the_service_and_ends_with_list_equals_audience_and_0(world):
    done = subprocess.run([*DEMO, "--once", "--people", "20000"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SIMULATOR" in done.stdout and "SIGKILL" in done.stdout and "faults so far" in done.stdout, done.stdout
    assert re.fullmatch(r"list = audience: [\d,]+ identifiers", done.stdout.splitlines()[-1]), done.stdout


@test
def the_demo_exits_1_when_the_list_is_not_the_audience(world):
    done = subprocess.run([*DEMO, "--once", "--sabotage", "--people", "1000"], capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "list ≠ audience: 0 identifiers too many and 1 missing" in done.stdout, done.stdout


def the_link_opens_a_page_that_is_signed_in_once(link):
    browser = Browser()
    status, page, _ = browser.get(link)
    assert status == 303, status
    # To a browser, which does not tell ports apart, the cookie is the service's, too.
    cookie, = browser.cookies.values()
    status, _, who = browser.exchange("GET", page + "api/v1/session", headers={
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookie.items())})
    assert status == 200 and json.loads(who)["role"] == "admin", who
    assert Browser().get(link)[0] == 410, "the link has opened twice"
    assert Browser().get(link[:-1])[0] == 404


@test
def the_demo_without_once_gives_a_link_to_its_pages_and_shows_a_line_a_second_until_ctrl_c(world):
    process = subprocess.Popen([*DEMO, "--people", "1000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines, links = [], []
    for line in process.stdout:
        if re.match(r" +http://127", line):
            links.append(line.strip())
            the_link_opens_a_page_that_is_signed_in_once(links[0])
        if "next flush" in line:
            lines.append(line)
        if len(lines) == 3:
            process.send_signal(signal.SIGINT)
            break
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0 and "stopped" in rest, rest + errors
    assert len(links) == 1, links
    for word in ("audience", "list", "queued", "next flush", "requests", "faults"):
        assert all(word in line for line in lines), lines


if __name__ == "__main__":
    main()
