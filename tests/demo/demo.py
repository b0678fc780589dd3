#!/usr/bin/env python3
"""Both jobs in front of one's eyes, against a simulated Pinterest: people arrive on the customer list and leave
it, each coming and going becomes a conversion, Pinterest makes trouble, the service is killed in the middle, and at
the end list = audience and conversions = visits.

With --once it checks that, against a set worked out here from what was sent, and exits 0, or 1 when it does not
hold. Without, it stays up, gives a link to a page that is signed in, and shows a line a second until Ctrl-C."""

import argparse
import http.client
import http.server
import json
import random
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import (AD_ACCOUNT, APP_ID, APP_SECRET, CONVERSION_TOKEN, Browser, Pinrelay, Simulator, email_hash,  # noqa: E402
                      end_in_order_when_asked, enters, free_port, leaves, ndjson, person, sha256, wait_until)

FLUSH = "5s"
PATIENCE = 90
# Every kind of unknown outcome, refusals, and a request that is too large; none that waits for minutes by design.
TROUBLE = ([{"fault": kind, "applied": applied, "per_mille": 30} for applied in (True, False)
            for kind in ("internal_error", "bad_gateway", "request_timeout", "cut_after_body")] +
           [{"fault": kind, "per_mille": 30} for kind in ("html", "truncated", "cut_before_body")] +
           [{"fault": "throttled", "retry_after": 1, "per_mille": 30}])
ONE_EACH = [{"fault": "internal_error", "applied": True, "method": "PATCH"}, {"fault": "too_large", "method": "PATCH"},
            {"fault": "cut_after_body", "applied": True, "method": "PATCH"},
            {"fault": "throttled", "retry_after": 1, "method": "PATCH"}]


class People:
    """Synthetic people, and who of them is in the audience: what the list has to be in the end."""

    def __init__(self, count, seed):
        self.dice = random.Random(seed)
        self.count = count
        self.addresses = {i: self.first_address(i) for i in range(count)}
        self.inside = set(range(count))
        self.next = count
        self.visits = 0  # each coming or going is one, with an id of its own

    @staticmethod
    def first_address(i):
        return f"person{i}@example.org"

    def write_csv(self, path):
        with open(path, "w") as file:
            file.write("key,email,city\n")
            file.writelines(f"p{i},{address.title()},\"Town, {i % 50}\"\n" for i, address in self.addresses.items())

    def visit(self):
        self.visits += 1
        return f"visit-{self.visits}"

    def some_changes(self, count):
        """Rows of people who arrive, leave, come back or get another address. Rows of one person in one request belong
        together: who changes twice in it would have one visit, not two."""
        rows, changed = [], set()
        while len(changed) < count:
            what = self.dice.random()
            if what < 0.4 or not self.inside:
                i, self.next = self.next, self.next + 1
                self.addresses[i] = self.first_address(i)
                self.inside.add(i)
                changed.add(i)
                rows += [person(f"p{i}", email=self.addresses[i], visit=self.visit()), enters(f"p{i}")]
                continue
            i = self.dice.randrange(self.next)
            if i in changed:
                continue
            changed.add(i)
            if what < 0.85:
                entering = i not in self.inside
                (self.inside.add if entering else self.inside.discard)(i)
                rows += [person(f"p{i}", visit=self.visit()), (enters if entering else leaves)(f"p{i}")]
            else:
                self.addresses[i] = f"moved{i}-{self.dice.randrange(10**6)}@example.org"
                rows.append(person(f"p{i}", email=self.addresses[i]))
        return rows

    def expected(self):
        return {email_hash(self.addresses[i]) for i in self.inside}


class SignedInLink:
    """A link that opens the service's pages signed in: for one use, within ten minutes, on this machine only.

    The service knows nothing of it. The demo is its administrator and hands its own session over: cookies of
    127.0.0.1 belong to all of its ports, so a page at a port of ours can set the one that the service has given us."""

    LASTS = 600

    def __init__(self, service, cookie):
        self.path = "/" + secrets.token_urlsafe(32)
        self.ends = time.monotonic() + self.LASTS
        self.used = threading.Lock()  # taken for good by the first who comes
        link = self

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if not secrets.compare_digest(self.path, link.path):
                    return self.send_error(404)
                if time.monotonic() > link.ends or not link.used.acquire(blocking=False):
                    return self.send_error(410, "This link has been used, or its ten minutes are over")
                self.send_response(303)
                self.send_header("Location", service + "/")
                self.send_header("Set-Cookie", f"{cookie}; Path=/; Secure; HttpOnly; SameSite=Strict")
                self.send_header("Cache-Control", "no-store")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_port}{self.path}"


class Demo:
    def __init__(self, folder, people):
        self.folder = folder
        self.people = people
        self.simulator = Simulator(folder, seed=1)
        self.port = free_port()
        # Removals in a demo are many and meant; the brake is there for those that are not.
        self.pinrelay = Pinrelay(folder, self.simulator, job={
            "label": "Readers to Pinterest", "create_audience": True, "flush": {"after": FLUSH},
            "settle_after_unknown": "2s"}, extra={"listen": f"127.0.0.1:{self.port}"})
        self.pinrelay.write_secret(folder / "app.secret", APP_SECRET)
        self.pinrelay.configuration["pinterest"].update(
            app_id=APP_ID, app_secret={"file": "app.secret"},
            authorize_url=self.simulator.base_url.removesuffix("/v5") + "/oauth/")
        self.simulator.app(f"http://127.0.0.1:{self.port}/oauth/pinterest")
        self.pinrelay.configuration["jobs"].append({
            "name": "visits", "label": "Comings and goings as conversions", "type": "conversions_export",
            "authorization": "acme", "ad_account": AD_ACCOUNT, "audience": "Readers", "action_source_default": "web",
            "event_name_default": "lead", "identifiers": [{"email": "em"}],
            "event": [{"visit": "event_id"}, {"at": "event_time"}], "details": [{"city": "content_name"}]})
        self.started = time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self.started:5.1f} s  {text}", flush=True)

    def open(self):
        self.say(f"SIMULATOR: a stand-in for Pinterest listens at {self.simulator.base_url}; nothing reaches Pinterest")
        self.pinrelay.start()
        self.pinrelay.apply()
        self.say(f"pinrelay runs; rows are accepted at http://127.0.0.1:{self.pinrelay.port}/v1/changes")
        csv_file = self.folder / "people.csv"
        self.people.write_csv(csv_file)
        done = self.pinrelay.command("import", csv_file, "--audience", "Readers")
        self.say(f"{done['rows']:,} synthetic people are imported into the audience Readers")
        self.pinrelay.command("job", "start", "readers")
        self.say("the Audience Export is started: first everybody, then every change")
        self.pinrelay.command("job", "start", "visits")
        self.say("the Conversions Export is started: who comes or goes from now on becomes a conversion")

    def sign_in(self):
        """Becomes the service's administrator, and tells how to follow."""
        service, ticket = (self.folder / "store" / "claim-link").read_text().strip().split("/sign-in#")
        password = secrets.token_urlsafe(12)
        browser = Browser()
        status, answer = browser.call("POST", f"{service}/api/v1/session/accept", {"ticket": ticket, "password": password})
        assert status == 201, f"{status} {answer}"
        (name, value), = browser.cookies[service.removeprefix("http://")].items()
        self.say("the pages, signed in, for one use within ten minutes:")
        print(f"\n    {SignedInLink(service, f'{name}={value}').address}\n")
        self.say(f"where a page asks for the password, or to sign in later at {service}: {answer['who']}, {password}")
        self.say(f"to connect the simulated Pinterest by hand: sign in and approve, or give the ad account {AD_ACCOUNT} "
                 f"the conversion token {CONVERSION_TOKEN}")

    def list_size(self):
        lists = self.simulator.state()["lists"]
        return lists[0]["size"] if lists else 0

    def send(self, rows):
        """Until they are acknowledged: whoever sends rows tries again while the service is away."""
        def accepted():
            try:
                status, body, _ = self.pinrelay.request("POST", "/v1/changes", ndjson(rows))
            except OSError:
                return False
            assert status in (202, 503), f"{status} {body}"
            return status == 202
        wait_until("the rows are accepted", accepted, PATIENCE)

    def wait_equal(self, what):
        expected = self.people.expected()
        wait_until(what, lambda: self.simulator.members() == expected, PATIENCE, every=0.2)
        return expected

    def kill_and_restart(self):
        queued = self.pinrelay.job()["queue"]["queued_users"]
        self.pinrelay.kill()
        self.say(f"SIGKILL: the service is dead, with {queued:,} people queued")
        self.pinrelay.start()
        self.say("and started again; what it had acknowledged is on disk")

    def close(self):
        self.pinrelay.close()
        self.simulator.stop()


def once(demo, sabotage):
    people = demo.people
    demo.open()
    demo.wait_equal("the list holds everybody")
    name = demo.simulator.only_list()["name"]
    demo.say(f"the customer list '{name}' holds {demo.list_size():,} identifiers, all of them SHA-256 hashes")

    joined = len(people.inside)
    demo.send(people.some_changes(2_000))
    demo.say(f"2,000 changes by HTTP: people arrive, leave and move; the audience goes from {joined:,} to "
             f"{len(people.inside):,}")
    demo.wait_equal("the list follows")
    demo.say(f"after the flush ({FLUSH}, five minutes by default) the list has followed: {demo.list_size():,}; "
             f"{demo.simulator.conversion_state()['effective']:,} conversions went at once")

    demo.simulator.faults(*ONE_EACH, *TROUBLE)
    demo.say("from now on Pinterest makes trouble: lost answers, 5xx with and without effect, 429, 413")
    for part in range(4):
        demo.send(people.some_changes(500))
        if part == 1:
            demo.kill_and_restart()
    demo.say("2,000 more changes are accepted, some of them just before and after the kill")
    faults_seen = wait_until("faults have hit", lambda: demo.simulator.state()["faults"]["total"] >= 4 and
                             demo.simulator.state()["faults"], PATIENCE)
    demo.simulator.faults({"clear": True})
    demo.say(f"{faults_seen['total']} faults so far ({', '.join(faults_seen['injected'])}); they stop here")
    try:
        demo.wait_equal("the list equals the audience")
        wait_until("every visit counts", lambda: demo.simulator.conversion_state()["effective"] == people.visits, PATIENCE)
    except AssertionError:
        pass  # the check below says what is wrong
    if sabotage:
        take_one_off(demo)
    return check(demo)


def take_one_off(demo):
    """Somebody removes a person from the list behind our back: the check has to notice."""
    victim = sorted(demo.people.expected())[0]
    found = demo.simulator.only_list()
    connection = http.client.HTTPConnection(demo.simulator.address, demo.simulator.port)
    connection.request("PATCH", f"/v5/ad_accounts/{found['ad_account_id']}/customer_lists/{found['id']}",
                       json.dumps({"operation_type": "REMOVE", "records": victim}),
                       {"Authorization": "Bearer pina_sim", "Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()
    demo.say("sabotage: one identifier was taken off the list by hand")


def check(demo):
    expected, members = demo.people.expected(), demo.simulator.members()
    size = demo.pinrelay.audience_size()
    requests = demo.simulator.state()["requests"]
    wrong = []
    if members != expected:
        wrong.append(f"{len(members - expected)} identifiers too many and {len(expected - members)} missing on the list")
    if size != len(demo.people.inside):
        wrong.append(f"the audience counts {size}, not {len(demo.people.inside)}")
    state = demo.simulator.conversion_state()
    counted = {each["event_id"]: each["count"] for each in demo.simulator.conversions()}
    visits = {f"visit-{number}" for number in range(1, demo.people.visits + 1)}
    if set(counted) != visits or any(count != 1 for count in counted.values()):
        wrong.append(f"{len(set(counted) - visits)} conversions too many, {len(visits - set(counted))} missing, "
                     f"{sum(count > 1 for count in counted.values())} counted twice")
    if state["violations"]["total"]:
        wrong.append(f"Pinterest finds fault with events: {state['violations']['by_kind']}")
    if requests["plain_records"] or requests["hashes_of_nothing"] or sha256("") in members:
        wrong.append("something other than a hash of an address has left")
    demo.say(f"{requests['total']} requests, {requests['records_added']:,} identifiers added, "
             f"{requests['records_removed']:,} removed")
    if wrong:
        print("list ≠ audience: " + "; ".join(wrong))
        return 1
    print(f"conversions = visits: {len(counted):,}, each counted once; {state['duplicates']:,} repeats recognised")
    print(f"list = audience: {len(members):,} identifiers")
    return 0


def forever(demo):
    """Changes without end, trouble, and a line a second."""
    demo.open()
    demo.sign_in()
    demo.simulator.faults(*[dict(order, per_mille=10) for order in TROUBLE])
    demo.say("Ctrl-C ends it; meanwhile: pinrelay job show readers --config " + str(demo.pinrelay.config_file))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(1):
        demo.send(demo.people.some_changes(demo.people.dice.randrange(1, 20)))
        job, state = demo.pinrelay.job(), demo.simulator.state()
        due = job["queue"]["next_flush"]
        demo.say(f"audience {job['audience']['members']:,} · list {demo.list_size():,} · queued "
                 f"{job['queue']['queued_users']:,} · conversions {state['conversions']['effective']:,} · next flush {due[11:19] if due else 'when something is queued'} · "
                 f"requests {state['requests']['total']} · faults {state['faults']['total']}"
                 f"{' · ' + job['reason'] if job['state'] not in ('Running', 'Sleeping') else ''}")
    demo.pinrelay.stop()
    demo.say("stopped")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help="check the result and exit")
    parser.add_argument("--people", type=int, default=20_000, help="how many to begin with")
    parser.add_argument("--seed", type=int, default=1, help="of who arrives and leaves")
    parser.add_argument("--sabotage", action="store_true", help="with --once: make the check fail, to see that it can")
    options = parser.parse_args()
    end_in_order_when_asked()
    folder = Path(tempfile.mkdtemp(prefix="pinrelay-demo-"))
    demo = None
    try:
        demo = Demo(folder, People(options.people, options.seed))
        return once(demo, options.sabotage) if options.once else forever(demo)
    except KeyboardInterrupt:
        return 130
    finally:
        if demo is not None:
            demo.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
