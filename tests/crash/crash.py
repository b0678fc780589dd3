#!/usr/bin/env python3
"""Kills the real binary under load, again and again, and looks at what is left: no acknowledged row may be lost,
the store must be sound after every kill, and the list must equal the audience whenever things calm down.

Kills come at random microseconds (of the start, of the work, of the stop) and, by strace, at the k-th write,
fsync and send. A failed fsync must end the process with 74. Exit 1 at the first thing that is wrong; the folder is
then kept, and the seed is told."""

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from injection import Sweep, can_trace, fail_fsync_from, kill_at, traced_process  # noqa: E402
from load import Load  # noqa: E402
from pinrelay import (AD_ACCOUNT, Pinrelay, Simulator, email_hash, end_in_order_when_asked, enters, free_port,  # noqa: E402
                      ndjson, wait_until)

WRITERS = 3
IMPORTED = 400
EPISODE = 100  # kills with one store
COMPARE_EVERY = 50  # kills
IO_ERROR_EXIT = 74
FAULTS = ([{"fault": kind, "applied": applied, "per_mille": 8} for applied in (True, False)
           for kind in ("internal_error", "request_timeout", "cut_after_body")] +
          [{"fault": kind, "per_mille": 8} for kind in ("html", "truncated", "cut_before_body")] +
          [{"fault": "throttled", "retry_after": 1, "per_mille": 8}])


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Episode:
    """One store, one list, many kills."""

    def __init__(self, folder, number, seed, dice, tally):
        self.folder = folder / f"episode{number}"
        self.folder.mkdir()
        self.dice = dice
        self.tally = tally
        self.simulator = Simulator(self.folder, seed=seed % 1000 + number)
        self.simulator.faults(*FAULTS)
        port = free_port()
        self.pinrelay = Pinrelay(self.folder, self.simulator, job={
            "flush": {"after": "1s", "users": 200}, "create_audience": True},
            extra={"listen": f"127.0.0.1:{port}"})
        # Every batch brings one visitor, who has to count exactly once.
        self.pinrelay.configuration["jobs"].append({
            "name": "visits", "type": "conversions_export", "authorization": "acme", "ad_account": AD_ACCOUNT,
            "audience": "Visitors", "action_source_default": "web", "event_name_default": "lead",
            "identifiers": [{"email": "em"}], "event": [{"visit": "event_id"}, {"at": "event_time"}]})
        self.load = Load(WRITERS, seed * 1000 + number, port)
        self.imported = {email_hash(f"imported{i}@example.org") for i in range(IMPORTED)}
        self.markers = 0
        # The first start is not killed: somebody has to apply the job. Everything after it is.
        self.pinrelay.start()
        self.pinrelay.apply("--start")
        people = self.folder / "people.csv"
        people.write_text("key,email\n" + "".join(f"i{i},imported{i}@example.org\n" for i in range(IMPORTED)))
        self.pinrelay.command("import", people, "--audience", "Readers", "--no-wait")
        self.pinrelay.kill()

    # ---- the running service ----

    def command(self, *argv):
        """Over the control socket, without a process; None when the service is gone meanwhile."""
        connection = UnixConnection(str(self.pinrelay.store / "control.sock"))
        try:
            connection.request("POST", "/command", json.dumps({"argv": argv, "directory": "/"}))
            answer = json.loads(connection.getresponse().read())
            return answer.get("json", answer)
        except (OSError, ValueError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def ended(self):
        return self.pinrelay.process.poll() is not None

    def wait_ready(self):
        """False when it was killed before."""
        while not self.pinrelay.find_port():
            if self.ended():
                return bool(self.pinrelay.find_port()) and not self.ended()
            time.sleep(0.001)
        return True

    def check_acknowledged(self):
        """After a start, before anything new is sent: every acknowledged batch is there, and nothing twice."""
        bounds = self.load.acknowledged()
        deadline = time.monotonic() + 20
        while True:
            shown = self.command("audience", "list")
            if shown is None or self.ended():
                return
            sizes = {audience["name"]: audience["members"] for audience in shown["audiences"]}
            found = {name: sizes.get(name, 0) for name in bounds}
            if all(found[name] >= least for name, (least, _) in bounds.items()):
                break
            assert time.monotonic() < deadline, f"acknowledged batches are lost: {found}, acknowledged {bounds}"
        assert all(found[name] <= most for name, (_, most) in bounds.items()), f"{found} of {bounds}"
        self.tally["witnessed"] += 1

    def verbs(self):
        """What people do meanwhile. A restart of the job also ends its back-off, so that requests go on."""
        if self.dice.random() < 0.5:
            self.command("job", self.dice.choice(("restart", "pause", "resume")), "visits")
        chance = self.dice.random()
        if chance < 0.5:
            self.command("job", "restart", "readers")
        elif chance < 0.55:
            self.command("job", "resync", "readers")
        elif chance < 0.6:
            self.command("job", "resync", "readers", "--reassert")
        elif chance < 0.65:
            self.command("job", "pause", "readers")
        elif chance < 0.7:
            self.command("job", "flush", "readers")
        if chance >= 0.3:
            self.command("job", "resume", "readers")

    def work(self):
        """From ready on: checks, then opens the gate. False when the service ended before."""
        if not self.wait_ready():
            return False
        self.load.gate.set(False)
        self.check_acknowledged()
        self.load.gate.set(True)
        self.load.service_is_up()
        self.verbs()
        return not self.ended()

    # ---- ways to die ----

    def after_death(self, expected=(-signal.SIGKILL,)):
        code = self.pinrelay.process.wait(60)
        assert code in expected, f"the service ended by itself with {code}"
        self.check_store()
        self.load.check()

    def die_at_random(self):
        self.pinrelay.start(wait=False)
        chance = self.dice.random()
        if chance < 0.3:
            time.sleep(self.dice.uniform(0, 0.05))  # a moment of the start
        elif self.work():
            time.sleep(self.dice.uniform(0, 0.2))
            if chance > 0.88:  # a moment of the stop
                self.pinrelay.process.terminate()
                time.sleep(self.dice.uniform(0, 0.03))
        self.pinrelay.process.kill()
        self.after_death((0, -signal.SIGKILL) if chance > 0.88 else (-signal.SIGKILL,))

    def die_at_call(self, sweep):
        call, k = sweep.next()
        self.pinrelay.start(kill_at(call, k), wait=False)
        if self.work():
            self.command("job", "resync", "readers", "--reassert")
            wait_until_ended(self.pinrelay.process, 0.6)
        if not self.ended():
            self.terminate_traced()
        code = self.pinrelay.process.wait(60)
        survived = code == 0
        (sweep.survived if survived else sweep.died)(call)
        self.after_death((0, -signal.SIGKILL, 128 + signal.SIGKILL))
        return not survived

    def die_of_a_failing_disk(self, k):
        self.pinrelay.start(fail_fsync_from(k), wait=False)
        if self.work():
            wait_until_ended(self.pinrelay.process, 30)
        self.after_death((IO_ERROR_EXIT,))

    def terminate_traced(self):
        pid = traced_process(self.pinrelay.process.pid)
        if pid is not None:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass

    # ---- what is left ----

    def check_store(self):
        """SQLite finds both databases sound, on a copy: what the service itself finds must stay as it is."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for name in ("pinrelay.db", "inbox.db"):
            if not (self.pinrelay.store / name).exists():
                continue
            for end in ("", "-wal"):
                if (self.pinrelay.store / (name + end)).exists():
                    shutil.copyfile(self.pinrelay.store / (name + end), copy / (name + end))
            connection = sqlite3.connect(copy / name)
            connection.execute("PRAGMA synchronous=OFF")  # the copy need not last
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            connection.close()
            assert found == ["ok"], f"{name}: {found}"
        self.tally["sound"] += 1

    def expected(self):
        return self.load.expected() | self.imported

    def compare(self):
        """Things calm down: no faults, no kills, all batches acknowledged. Then list = audience."""
        self.simulator.faults({"clear": True})
        self.pinrelay.start()
        self.check_acknowledged()
        self.load.service_is_up()
        self.load.gate.set(True)
        assert self.load.gate.wait_all_acknowledged(60), "batches stay without an acknowledgement"
        self.load.check()
        for job in ("readers", "visits"):
            self.pinrelay.command("job", "pause", job)  # forgets back-off, with the next line
            self.pinrelay.command("job", "resume", job)
        self.markers += 1
        self.pinrelay.post(enters(f"marker-{self.markers}", "Markers"))
        wait_until("everything is applied", lambda: self.pinrelay.audience_size("Markers") == self.markers)
        expected = self.expected()
        try:
            self.pinrelay.converge(expected, 90)
        except AssertionError as error:
            members = self.simulator.members()
            raise AssertionError(f"{error}: {len(members - expected)} too many, {len(expected - members)} missing of "
                                 f"{len(expected)}; job: {json.dumps(self.pinrelay.job(), indent=1)}") from None
        assert len(self.simulator.lists()) == 1
        self.check_conversions(self.load.visits())
        self.pinrelay.wait_idle()
        self.check_doctor()
        assert self.pinrelay.stop() == 0, "a stop did not end with 0"
        self.check_store()
        assert self.simulator.members() == expected
        self.simulator.faults(*FAULTS)
        self.tally["compared"] += 1

    def check_conversions(self, visits):
        wait_until("every visit counts", lambda: self.simulator.conversion_state()["effective"] >= len(visits), 90,
                   every=0.2)
        counted = {each["event_id"]: each["count"] for each in self.simulator.conversions()}
        assert counted.keys() == visits, f"{len(counted.keys() - visits)} too many, {len(visits - counted.keys())} missing"
        assert set(counted.values()) <= {1}, "a conversion counts twice"
        state = self.simulator.conversion_state()
        assert state["violations"]["total"] == 0 and state["other_bytes"] == 0, state["violations"]
        self.tally["visits"] += len(visits)

    def check_doctor(self):
        problems = [check for check in self.pinrelay.run("doctor").json["checks"] if check["level"] == "problem"]
        assert not problems, problems

    def close(self):
        self.load.end()
        self.pinrelay.close()
        self.tally["rows"] += self.load.rows
        self.tally["batches"] += self.load.batches
        state = self.simulator.state()
        self.tally["requests"] += state["requests"]["total"]
        self.tally["faults"] += state["faults"]["total"]
        assert state["requests"]["plain_records"] == 0 and state["requests"]["hashes_of_nothing"] == 0
        self.simulator.stop()


def wait_until_ended(process, seconds):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass


class Loop:
    def __init__(self, options):
        self.options = options
        self.dice = random.Random(options.seed)
        self.folder = Path(tempfile.mkdtemp(prefix="pinrelay-crash-", dir=options.folder))
        self.tally = dict.fromkeys(("rows", "batches", "requests", "faults", "witnessed", "sound", "compared",
                                    "visits"), 0)
        self.traces = can_trace()
        self.sweep = Sweep()
        self.by_way = {"random": 0, "call": 0, "fsync": 0}
        self.kills = 0
        self.episode = None
        self.started = time.monotonic()

    def one(self):
        chance = self.dice.random()
        if self.traces and chance < 0.02:
            self.episode.die_of_a_failing_disk(self.dice.randrange(1, 25))
            return "fsync"
        if self.traces and chance < 0.2:
            return "call" if self.episode.die_at_call(self.sweep) else None
        self.episode.die_at_random()
        return "random"

    def tell(self):
        seconds = time.monotonic() - self.started
        print(f"{self.kills} kills in {seconds:.0f} s ({self.kills / seconds:.1f}/s), "
              f"{self.tally['compared']} times list = audience", flush=True)

    def run(self):
        for number in range(10**6):
            self.episode = Episode(self.folder, number, self.options.seed, self.dice, self.tally)
            in_episode = min(EPISODE, self.options.kills - self.kills)
            for i in range(in_episode):
                way = None
                while way is None:
                    way = self.one()
                self.by_way[way] += 1
                self.kills += 1
                if (i + 1) % COMPARE_EVERY == 0 or i + 1 == in_episode:
                    self.episode.compare()
                    self.tell()
            self.episode.close()
            shutil.rmtree(self.episode.folder)
            if self.kills >= self.options.kills:
                return

    def report(self):
        tally, skipped = self.tally, ""
        print(f"{self.kills} kills: {self.by_way['random']} at random moments, {self.by_way['call']} at a chosen call, "
              f"{self.by_way['fsync']} by a failing fsync (exit {IO_ERROR_EXIT})")
        if self.traces:
            print(f"chosen calls: {self.sweep.tell()}")
        else:
            print("SKIPPED: NOTHING WAS KILLED AT CHOSEN CALLS AND NO FSYNC FAILED: strace is missing or may not trace")
            skipped = ", 1 skipped"
        print(f"{tally['batches']} batches with {tally['rows']} rows were acknowledged, none is lost ({tally['witnessed']} "
              f"looks); the store was sound {tally['sound']} times; {tally['requests']} requests with {tally['faults']} "
              f"faults; list = audience {tally['compared']} times; {tally['visits']} visits looked at, each counted once")
        print(f"{self.kills} passed, 0 failed{skipped}")


def main():
    parser = argparse.ArgumentParser(prog="./dev crash", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, metavar="N")
    parser.add_argument("--seed", type=int, default=int(time.time()), metavar="S")
    parser.add_argument("--folder", help="where stores are made (default: for temporary files)")
    options = parser.parse_args()
    end_in_order_when_asked()
    print(f"seed {options.seed}", flush=True)
    loop = Loop(options)
    try:
        loop.run()
    except AssertionError as error:
        print(f"FAILED after {loop.kills} kills: {error}\nagain: ./dev crash --kills {options.kills} --seed "
              f"{options.seed}\nkept: {loop.folder}")
        print("\n".join(loop.episode.pinrelay.log_file.read_text(errors="replace").splitlines()[-20:]))
        print(f"{loop.kills} passed, 1 failed")
        sys.exit(1)
    finally:
        if loop.episode is not None:
            loop.episode.pinrelay.close()
            loop.episode.simulator.stop()
    loop.report()
    shutil.rmtree(loop.folder)


if __name__ == "__main__":
    main()
