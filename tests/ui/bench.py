#!/usr/bin/env python3
"""How long people wait for the web interface with 500 jobs and 100,000 records, on this machine: ./dev bench --only
interface. Exits 1 when a median is above its limit."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.path.insert(0, str(ROOT / "tests/ui"))
from pinrelay import Pinrelay, wait_until  # noqa: E402
from suite import World  # noqa: E402
from ui import AUTHORIZATIONS, service, world_of  # noqa: E402

JOBS, RECORDS = 500, 100_000


def many(world):
    """One job whose people all have addresses that are none, and others that wait for somebody to enter."""
    others = [Pinrelay.job_settings(name=f"job-{number}", label=f"Job {number}", audience=f"Audience {number}")
              for number in range(JOBS - 1)]
    pinrelay = service(world, [Pinrelay.job_settings(), *others], AUTHORIZATIONS)
    people = pinrelay.folder / "people.csv"
    with open(people, "w") as file:
        file.write("key,email\n")
        file.writelines(f"u{number},nobody at all\n" for number in range(RECORDS))
    pinrelay.command("import", people, "--audience", "Readers")
    pinrelay.command("job", "start", "readers")
    wait_until("everybody is on record", lambda: pinrelay.job()["total"]["invalid"] >= RECORDS, 300)
    return pinrelay


def main():
    world = World()
    try:
        pinrelay = many(world)
        known = {**world_of(pinrelay), "jobs": JOBS, "records": RECORDS}
        done = subprocess.run(["node", str(ROOT / "tests/ui/bench.mjs")], capture_output=True, text=True, check=False,
                              env={**os.environ, "PINRELAY_WORLD": json.dumps(known)})
    finally:
        world.close()
    rows = [json.loads(line.removeprefix("row ")) for line in done.stdout.splitlines() if line.startswith("row ")]
    for row in rows:
        verdict = "" if row["median"] <= row["limit"] else "  TOO LONG"
        print(f"{row['name']:44} median {row['median']:5} ms, most {row['most']:5} ms, limit {row['limit']:5} ms{verdict}")
    if done.returncode != 0 or not rows:
        print(done.stdout + done.stderr, file=sys.stderr)
    return int(done.returncode != 0 or not rows or any(row["median"] > row["limit"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
