"""A script of whole-program tests: functions marked with @test, each in a world of its own.

The name of a test is its sentence. A test that needs what the machine refuses calls skip(). Every answer of the API
has to be as the OpenAPI document says, and every world ends with the check that nothing but SHA-256 hashes has left it."""

import re
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import pinrelay
from pinrelay import Pinrelay, Simulator, end_in_order_when_asked
from witness import Witness

TESTS = []
HEX64 = re.compile(r"[0-9a-f]{64}")


class Skipped(Exception):
    pass


def test(function):
    TESTS.append(function)
    return function


def skip(reason):
    raise Skipped(reason)


class World:
    """A folder, and the processes that work in it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pinrelay-test-"))
        self.simulators, self.instances, self.undo = [], [], []

    def simulator(self, **options):
        folder = self.folder / f"simulator{len(self.simulators)}"
        folder.mkdir()
        self.simulators.append(Simulator(folder, **options))
        return self.simulators[-1]

    def pinrelay(self, simulator=None, job=None, extra=None, start=True):
        """A service with the one job applied; job.start is the test's."""
        folder = self.folder / f"pinrelay{len(self.instances)}"
        folder.mkdir()
        instance = Pinrelay(folder, simulator or self.simulator(), job, extra)
        self.instances.append(instance)
        if start:
            instance.start()
            instance.apply()
        return instance

    def at_end(self, action):
        """For what must be undone whatever happens."""
        self.undo.append(action)

    def check_hashed(self):
        """AC-59: over all requests, each record is 64 hex digits, and none is the hash of nothing."""
        for simulator in self.simulators:
            if simulator.process.poll() is not None:
                continue
            requests = simulator.state()["requests"]
            assert requests["plain_records"] == 0, "a readable address has left"
            assert requests["hashes_of_nothing"] == 0, "the hash of nothing has left"
            for exchange in simulator.exchanges():
                check_records(exchange)

    def close(self):
        for instance in self.instances:
            instance.close()
        for simulator in self.simulators:
            simulator.stop()
        for action in reversed(self.undo):
            action()

    def logs(self):
        for path in sorted(self.folder.rglob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-15:]
            yield f"--- {path}\n" + "\n".join(line[:400] for line in lines)


def check_records(exchange):
    found = re.search(r'"records":\s*"([^"]*)"', exchange["request_body"])
    if found:
        for record in found[1].rstrip(",").split(","):
            assert HEX64.fullmatch(record), f"a record is no SHA-256 in {exchange['method']} {exchange['path']}"
    assert "@" not in exchange["request_body"], f"an address in {exchange['method']} {exchange['path']}"


def run_one(function):
    """passed, failed or skipped"""
    sentence = function.__name__.replace("_", " ")
    started = time.monotonic()
    world = World()
    outcome = "failed"
    try:
        function(world)
        world.check_hashed()
        outcome = "passed"
        print(f"ok       {sentence} ({time.monotonic() - started:.1f} s)")
    except Skipped as reason:
        outcome = "skipped"
        print(f"SKIPPED  {sentence}: {reason}")
    except Exception:
        print(f"FAILED   {sentence} ({time.monotonic() - started:.1f} s)")
        print(traceback.format_exc(limit=-6))
        print("\n".join(world.logs()))
    finally:
        world.close()
        sys.stdout.flush()
        if outcome != "failed":
            shutil.rmtree(world.folder, ignore_errors=True)
    return outcome


def main():
    """Runs the tests whose sentence holds one of the arguments (all without); ends with their tally."""
    end_in_order_when_asked()
    pinrelay.witness = Witness()
    wanted = [argument.replace("_", " ") for argument in sys.argv[1:]]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for function in TESTS:
        sentence = function.__name__.replace("_", " ")
        if not wanted or any(part in sentence for part in wanted):
            counts[run_one(function)] += 1
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)
