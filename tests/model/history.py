"""One random history of one store: what is done to the real binary, and to the expectations alike."""

import json
import random
import time
import urllib.request

import quiet
from door import Door
from expectations import Expectations
from pinrelay import (AD_ACCOUNT, CONVERSION_TOKEN, Pinrelay, Simulator, email_hash, free_port, ndjson, wait_until)

AUDIENCES = ("Readers", "Buyers")
PEOPLE, ADDRESSES, ORDERS = 40, 30, 200
FAULTS = [{"fault": "internal_error", "applied": True}, {"fault": "internal_error", "applied": False},
          {"fault": "request_timeout", "applied": True}, {"fault": "html"}, {"fault": "truncated"},
          {"fault": "cut_after_body", "applied": True}, {"fault": "cut_before_body"},
          {"fault": "throttled", "retry_after": 1}]


class History:
    def __init__(self, seed, folder, steps):
        folder.mkdir()
        self.seed, self.folder, self.steps = seed, folder, steps
        self.dice = random.Random(seed)
        self.tally = dict.fromkeys(("steps", "rows", "files", "verbs", "edits", "kills", "faults", "requests", "looks",
                                    "conversions"), 0)
        self.log = open(folder / "history.log", "w")
        self.expected = Expectations()
        self.markers = self.files = 0
        self.last_snapshot = {}
        self.simulator = Simulator(folder, seed=seed)
        self.made = {}  # our lists: the name that the expectations have for one by its id
        self.their_list = self.make_list()
        self.pinrelay = Pinrelay(folder, self.simulator, extra={"listen": f"127.0.0.1:{free_port()}"})
        self.pinrelay.write_secret(folder / "conversion.token", CONVERSION_TOKEN)
        self.pinrelay.configuration["authorizations"].append(
            {"name": "events", "method": "conversion_token", "token": {"file": "conversion.token"},
             "ad_account": AD_ACCOUNT})
        self.pinrelay.configuration["jobs"] = self.first_jobs()
        self.pinrelay.write_configuration()
        self.door = Door(self.pinrelay)

    def note(self, text):
        print(f"{time.strftime('%H:%M:%S')} {text}", file=self.log, flush=True)

    def close(self):
        self.pinrelay.close()
        self.simulator.stop()
        self.log.close()

    # ---- what there is at first ----

    def make_list(self):
        """One that exists before us, with strangers on it and people of ours."""
        members = [email_hash(f"stranger{i}@example.org") for i in range(5)]
        members += [email_hash(f"person{i}@example.org") for i in range(5)]
        body = json.dumps({"name": "theirs", "list_type": "EMAIL", "records": ",".join(members)}).encode()
        request = urllib.request.Request(f"{self.simulator.base_url}/ad_accounts/{AD_ACCOUNT}/customer_lists", body,
                                         {"Authorization": "Bearer pina_sim", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            number = json.loads(answer.read())["id"]
        self.expected.foreign[number] = set(members)
        return number

    def theirs(self):
        return {"id": self.their_list, "type": "EMAIL", "shared": True}

    def first_jobs(self):
        fast = {"flush": {"after": "1s", "users": 20}, "settle_after_unknown": "1s"}
        jobs = [Pinrelay.job_settings(name="mine", audience="Readers", **fast),
                Pinrelay.job_settings(name="one", audience="Readers", list=self.theirs(), **fast),
                Pinrelay.job_settings(name="two", audience="Buyers", list=self.theirs(), **fast)]
        jobs += [self.conversions_job("orders", "Buyers"), self.conversions_job("visits", "Readers")]
        for job in jobs:
            if self.dice.random() < 0.3:
                job["consent_field"] = "ok"
        return jobs

    @staticmethod
    def conversions_job(name, audience):
        return {"name": name, "type": "conversions_export", "authorization": "events", "audience": audience,
                "action_source_default": "web", "event_name_default": "checkout", "identifiers": [{"email": "em"}],
                "event": [{"order": "event_id"}, {"never": "event_time"}], "details": [{"city": "content_name"}]}

    # ---- the run ----

    def run(self):
        self.pinrelay.start()
        self.apply()
        for job in self.pinrelay.configuration["jobs"]:
            self.tell("start", job["name"])
        acts = ([self.rows] * 10 + [self.file] * 3 + [self.snapshot] * 2 + [self.verb] * 6 + [self.edit] * 3 +
                [self.end_job] + [self.make_job] * 2 + [self.kill] * 2 + [self.trouble] * 2 + [self.look])
        for _ in range(self.steps):
            self.dice.choice(acts)()
            self.tally["steps"] += 1
        self.look()
        self.flush_everything()
        state = self.simulator.state()
        self.tally["requests"] += state["requests"]["total"]
        self.tally["faults"] += state["faults"]["total"]

    # ---- rows ----

    def address(self):
        return f"person{self.dice.randrange(ADDRESSES)}@example.org"

    def values(self):
        values = {}
        for name, value in (("email", self.address()), ("backup", email_hash(self.address())),
                            ("order", f"order-{self.dice.randrange(ORDERS)}"),
                            ("voucher", f"voucher-{self.dice.randrange(ORDERS)}"),
                            ("ok", self.dice.random() < 0.7), ("city", f"city{self.dice.randrange(9)}")):
            if self.dice.random() < 0.5:
                values[name] = None if self.dice.random() < 0.1 else value
        return values

    def row(self):
        key, chance = f"u{self.dice.randrange(PEOPLE)}", self.dice.random()
        if chance < 0.05:
            return {"type": "delete", "key": key}
        if chance < 0.4:
            return {"type": "profile", "key": key, "fields": self.values()}
        audience = self.dice.choice(AUDIENCES)
        member = audience in self.expected.person(key).audiences
        return {"type": "exit" if member == (self.dice.random() < 0.9) else "enter", "key": key, "audience": audience}

    def some_rows(self):
        """A delete stands before all other rows of its person, so that it is no older than any of them."""
        rows = [self.row() for _ in range(self.dice.randrange(1, 25))]
        return sorted(rows, key=lambda row: row["type"] != "delete")

    def rows(self):
        rows = self.some_rows()
        self.note(f"rows {json.dumps(rows)}")
        self.markers += 1
        marker = {"type": "enter", "key": f"marker{self.markers}", "audience": "Markers"}
        self.pinrelay.post(*rows, marker)
        if self.dice.random() < 0.1:
            self.kill()
        wait_until("the rows are applied", lambda: self.door.audience_size("Markers") == self.markers)
        self.expected.request(rows)
        self.tally["rows"] += len(rows)

    # ---- files ----

    def file(self):
        if self.dice.random() < 0.5:
            rows, audience = self.some_rows(), None
        else:
            rows = [{"type": "profile", "key": f"u{self.dice.randrange(PEOPLE)}", "fields": self.values()}
                    for _ in range(self.dice.randrange(1, 15))]
            audience = self.dice.choice(AUDIENCES)
        self.import_rows(rows, audience, snapshot=False)

    def snapshot(self):
        """Most of the present members and a few others; at times the last one again."""
        audience = self.dice.choice(AUDIENCES)
        if audience in self.last_snapshot and self.dice.random() < 0.3:
            return self.import_rows(self.last_snapshot[audience], audience, snapshot=True)
        rows = []
        for number in range(PEOPLE):
            key = f"u{number}"
            member = audience in self.expected.person(key).audiences
            if self.dice.random() < (0.85 if member else 0.1):
                rows.append({"type": "profile", "key": key, "fields": self.values() if self.dice.random() < 0.3 else {}})
        if rows:
            self.last_snapshot[audience] = rows
            self.import_rows(rows, audience, snapshot=True)

    def import_rows(self, rows, audience, snapshot):
        plain = all(row["type"] == "profile" for row in rows)
        path = self.write_file(rows, csv=plain and self.dice.random() < 0.5)
        self.note(f"import {path.name} {audience} {'snapshot' if snapshot else ''} {json.dumps(rows)}")
        options = ["--again"] + (["--audience", audience] if audience else [])
        options += ["--mode", "snapshot"] if snapshot else []
        if self.dice.random() < 0.3:
            name = self.door.upload(path)
            number = self.door.does("upload", "import", name, *options)["number"]
        else:
            number = self.door.does("import", "file", str(path), *options, "--no-wait")["number"]
        if self.dice.random() < 0.2:
            time.sleep(self.dice.uniform(0, 0.05))
            self.kill()
        self.wait_imported(number)
        self.expect_file(rows if path.suffix == ".ndjson" else [without_empty(row) for row in rows], audience, snapshot)
        self.tally["files"] += 1

    def write_file(self, rows, csv):
        self.files += 1
        path = self.folder / f"file{self.files}.{'csv' if csv else 'ndjson'}"
        if not csv:
            path.write_text(ndjson(rows))
            return path
        columns = sorted({name for row in rows for name in row["fields"]})
        lines = [",".join(["key", *columns])]
        for row in rows:
            lines.append(",".join([row["key"], *(cell(row["fields"].get(name)) for name in columns)]))
        path.write_text("\n".join(lines) + "\n")
        return path

    def wait_imported(self, number):
        def ended():
            row = self.door.does("import", "show", str(number))
            if row["state"] == "held":
                self.door.does("import", "release", str(number))
            assert row["state"] != "failed", f"the import failed: {row['error']}"
            return row["state"] == "done"
        wait_until("the import has ended", ended)

    def expect_file(self, rows, audience, snapshot):
        together = []
        for row in rows:
            if together and together[-1]["key"] != row["key"]:
                self.expected.request(together)
                together = []
            together.append(row)
            if audience and row["type"] == "profile":
                together.append({"type": "enter", "key": row["key"], "audience": audience})
        self.expected.request(together)
        if snapshot:
            self.expected.snapshot(audience, {row["key"] for row in rows})

    # ---- jobs ----

    def configured(self, name):
        return next(job for job in self.pinrelay.configuration["jobs"] if job["name"] == name)

    def some_job(self, *states):
        names = [name for name, job in self.expected.jobs.items() if job.state in states]
        return self.dice.choice(names) if names else None

    def tell(self, verb, name, *options):
        self.note(f"job {verb} {name} {' '.join(options)}")
        said = self.door.says("job", verb, name, *options)
        self.tally["verbs"] += 1
        if said is None:
            return self.note("  refused: " + self.door.refusal)
        # A removal that failed goes on when it is resumed, and the job goes with it.
        if verb in ("start", "pause", "resume", "stop") and self.expected.jobs[name].state != "removing":
            getattr(self.expected, verb)(name)
        if verb == "retry" and self.expected.jobs[name].converts:
            self.expected.retry(name)

    def verb(self):
        name = self.some_job("running", "paused")
        if name is None:
            return
        verbs = ["pause", "resume", "resume", "restart", "retry"]
        if not self.expected.jobs[name].converts:
            verbs += ["resync", "reassert", "flush", "flush", "release"]
        verb = self.dice.choice(verbs)
        self.tell(*(("resync", name, "--reassert") if verb == "reassert" else (verb, name)))

    def end_job(self):
        name = self.some_job("running", "paused")
        if name is None:
            return
        job, chance = self.expected.jobs[name], self.dice.random()
        if not job.converts and not self.note_list(name):
            return  # it may be on its way
        if chance < 0.3:
            return self.tell("stop", name, "--yes")
        first = chance < 0.7 and not job.converts
        self.note(f"job delete {name}{' --remove-first' if first else ''}")
        if self.door.says("job", "delete", name, "--yes", *(["--remove-first"] if first else [])) is None:
            return self.note("  refused: " + self.door.refusal)
        self.tally["verbs"] += 1
        self.expected.remove(name, first)

    def make_job(self):
        """Again what was stopped or deleted."""
        name = self.some_job("stopped")
        if name is not None and self.door.says("job", "delete", name, "--yes") is not None:
            self.note(f"job delete {name}, which was stopped")
            self.expected.remove(name, False)
        self.follow_removals()
        missing = [job["name"] for job in self.pinrelay.configuration["jobs"] if job["name"] not in self.expected.jobs]
        if missing:
            self.apply()
            for name in missing:
                self.tell("start", name)

    def apply(self):
        """All jobs of the file; of one that is being removed it is refused."""
        self.follow_removals()
        removing = {name for name, job in self.expected.jobs.items() if job.state in ("removing", "stopped")}
        self.note(f"apply {json.dumps(self.pinrelay.configuration['jobs'])}")
        self.pinrelay.write_configuration()
        self.door.says("apply", str(self.pinrelay.config_file))
        assert removing or not self.door.refusal, f"apply is refused: {self.door.refusal}"
        known = self.door.states()
        for name in [name for name in removing if known.get(name) == "Draft"]:
            self.expected.removed(name)  # its removal ended just before, so the file has made it anew
            removing.remove(name)
        for settings in self.pinrelay.configuration["jobs"]:
            if settings["name"] not in removing and settings["name"] in known:
                self.expected.apply(json.loads(json.dumps(settings)))

    def edit(self):
        name = self.some_job("running", "paused")
        if name is None:
            return
        job = self.configured(name)
        edits = [self.edit_audience, self.edit_consent]
        edits += [self.edit_conversions] * 2 if self.expected.jobs[name].converts else [self.edit_identifiers, self.edit_list]
        self.dice.choice(edits)(job)
        self.tally["edits"] += 1
        self.apply()

    def edit_audience(self, job):
        job["audience"] = self.dice.choice(AUDIENCES)

    def edit_consent(self, job):
        if job.pop("consent_field", None) is None:
            job["consent_field"] = "ok"

    def edit_identifiers(self, job):
        job["identifiers"] = self.dice.choice(([{"email": "email"}], [{"backup": "sha256_email"}],
                                               [{"email": "email"}, {"backup": "sha256_email"}]))

    def edit_list(self, job):
        """To their list and back; only once its own is made, so that its id is known."""
        if "list" in job:
            del job["list"]
        elif self.note_list(job["name"]):
            job["list"] = self.theirs()

    def edit_conversions(self, job):
        choice = self.dice.randrange(3)
        if choice == 0:
            job["test_mode"] = not job.get("test_mode", False)
        elif choice == 1:
            job["membership_events"] = self.dice.choice(("enters", "exits", "enters_and_exits"))
        else:
            job["event"][0] = {self.dice.choice(("order", "voucher")): "event_id"}

    def note_list(self, name):
        """Which list was made for the job; false when none is known."""
        job = self.expected.jobs[name]
        number = self.door.list_id(name)
        if number and number != self.their_list:
            self.made[number] = job.list_key
        return bool(number)

    def follow_removals(self):
        there = self.door.jobs()
        for name in [name for name, job in self.expected.jobs.items() if job.state == "removing"]:
            if name not in there:
                self.expected.removed(name)

    # ---- looks and troubles ----

    def look(self):
        self.note("look")
        quiet.calm_down(self)
        quiet.check(self)
        self.tally["looks"] += 1

    def flush_everything(self):
        """Also lists that nobody writes any more: of erased people nobody is left."""
        self.note("run --until-idle")
        self.pinrelay.stop()
        answer = self.pinrelay.run("run", "--until-idle", json_output=False)
        assert answer.exit_code == 0, f"run --until-idle: exit {answer.exit_code}: {answer.text}"
        self.pinrelay.start()
        quiet.check_lists(self, flushed=True)

    def kill(self):
        self.note("kill")
        self.pinrelay.kill()
        self.tally["kills"] += 1
        self.pinrelay.start()

    def trouble(self):
        orders = [dict(order, per_mille=self.dice.choice((50, 300))) for order in self.dice.sample(FAULTS, 3)]
        self.note(f"faults {json.dumps(orders)}")
        self.simulator.faults({"clear": True}, *orders)


def without_empty(row):
    """A CSV cell cannot say that a field is to be deleted."""
    return {**row, "fields": {name: value for name, value in row["fields"].items() if value is not None}}


def cell(value):
    return "" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
