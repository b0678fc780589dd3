"""Runs the real binaries for whole-program tests: the simulated Pinterest, the service, its commands and its
HTTP door. Only the standard library; nothing here knows how Pinrelay works inside."""

import hashlib
import html
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PINRELAY", str(ROOT / "build/release/pinrelay"))
SIMULATOR = os.environ.get("PINRELAY_SIM", str(ROOT / "build/release/pinrelay-sim"))
WRITE_KEY = "write-key-of-the-tests-7f3a"
CONVERSION_TOKEN = "pina_conversion_sim"  # good for events only
APP_ID, APP_SECRET = "1500", "secret-of-the-app-3c1d"
AD_ACCOUNT = "549755885175"  # the simulator's user owns it
PATIENCE = 40  # seconds until a state that has to come counts as missing


class NoWitness:
    """Ignores what the service answers. Tests put a Witness in its place, which validates it (witness.py)."""

    def answer(self, method, url, status, body):
        pass

    def event(self, url, kind, data):
        pass

    def command(self, arguments, answer):
        pass


witness = NoWitness()


def wait_until(what, condition, seconds=PATIENCE, every=0.02):
    """Returns the first true value of condition(); fails when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def email_hash(address):
    """What Pinterest is to get for a plain ASCII address, worked out apart from the product."""
    return sha256(address.strip().lower())


def end_in_order_when_asked():
    """SIGTERM ends the script as Ctrl-C does, so that it ends its processes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def stop_process(process, how=signal.SIGKILL, seconds=30):
    if process.poll() is None:
        process.send_signal(how)
    return process.wait(seconds)


class Simulator:
    """pinrelay-sim on a free port of this machine. options: of its command line, as keywords."""

    def __init__(self, folder, **options):
        self.folder = Path(folder)
        self.record_file = self.folder / "exchanges.jsonl"
        arguments = [SIMULATOR, "--listen", options.pop("listen", "127.0.0.1:0"), "--record", str(self.record_file)]
        self.ca_file = options.pop("ca_file", None)
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
        self.log = open(self.folder / "simulator.log", "a")
        # In sessions of their own: Ctrl-C is for the script, which then ends them in order.
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        start_new_session=True)
        line = self.process.stdout.readline()
        match = re.match(r"listening on (https?)://([\d.]+):(\d+)", line)
        assert match, f"the simulator said {line!r}"
        self.scheme, self.address, self.port = match[1], match[2], int(match[3])

    @property
    def base_url(self):
        return f"{self.scheme}://{'localhost' if self.scheme == 'https' else self.address}:{self.port}/v5"

    def call(self, method, path, body=None):
        if self.scheme == "https":
            context = ssl.create_default_context(cafile=str(self.ca_file))
            connection = http.client.HTTPSConnection("localhost", self.port, timeout=60, context=context)
        else:
            connection = http.client.HTTPConnection(self.address, self.port, timeout=60)
        try:
            connection.request(method, "/_sim/" + path, body if body is None or isinstance(body, str) else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, f"/_sim/{path}: {answer.status} {text}"
            return text
        finally:
            connection.close()

    def state(self):
        return json.loads(self.call("GET", "state"))

    def lists(self):
        return self.state()["lists"]

    def only_list(self):
        lists = self.lists()
        assert len(lists) == 1, f"{len(lists)} lists: {[each['name'] for each in lists]}"
        return lists[0]

    def members(self, list_id=None):
        """The true content of a list, of the only one when none is named; empty while there is none."""
        if list_id is None:
            lists = self.lists()
            if not lists:
                return set()
            assert len(lists) == 1, f"{len(lists)} lists"
            list_id = lists[0]["id"]
        return set(self.call("GET", f"lists/{list_id}/members").split())

    def faults(self, *orders):
        self.call("POST", "faults", "\n".join(json.dumps(order) for order in orders))

    def options(self, **values):
        self.call("PATCH", "options", values)

    def conversion_state(self):
        """What was received and what counts, with the violations."""
        return self.state()["conversions"]

    def conversions(self, all_known=False, page=100_000):
        """Each conversion that counts: ad_account, event_name, event_id, event_time, action_source, count, sha256.
        all_known: also those that do not, or not yet."""
        known, lines = self.conversion_state()["known"], []
        for start in range(0, known, page):
            path = f"conversions?from={start}&limit={page}" + ("&all=yes" if all_known else "")
            lines += self.call("GET", path).splitlines()
        return [json.loads(line) for line in lines]

    def app(self, redirect_uri, **more):
        """Registers the app that people sign in with. scopes: what a sign-in gets at most."""
        self.call("PATCH", "app", {"id": APP_ID, "secret": APP_SECRET, "redirect_uris": [redirect_uri], **more})

    def bad_events(self, *event_ids, how="partial_failure"):
        """These are refused from now on. how: partial_failure, unprocessable, unprocessable_opaque or whole_body_400."""
        self.faults(*({"bad_event": event_id, "as": how} for event_id in event_ids))

    def writes(self):
        """The last calls that create or change lists."""
        return [call for call in self.state()["recent"]
                if call["method"] in ("POST", "PATCH") and "customer_lists" in call["path"]]

    def change_calls(self):
        """How many calls to create or change lists have come so far."""
        routes = self.state()["requests"]["by_route"]
        return sum(count for route, count in routes.items()
                   if "customer_lists" in route and route.split()[0] in ("POST", "PATCH"))

    def exchanges(self):
        """Those small enough to be recorded, oldest first."""
        with open(self.record_file) as file:
            return [json.loads(line) for line in file]

    def stop(self):
        code = stop_process(self.process, signal.SIGTERM)
        self.process.stdout.close()
        self.log.close()
        return code


class Answer:
    """What a command said."""

    def __init__(self, exit_code, output, errors):
        self.exit_code, self.output, self.errors = exit_code, output, errors

    @property
    def json(self):
        return json.loads(self.output)

    @property
    def text(self):
        return self.output + self.errors


class Pinrelay:
    """One configuration, its store and, between start() and stop(), its service.

    job: settings of the job "readers" that differ from the tests' own: nothing is flushed by the clock, no
    brake, short settling. extra: further top-level keys of the configuration."""

    def __init__(self, folder, simulator, job=None, extra=None):
        self.folder = Path(folder)
        self.simulator = simulator
        self.token_file = self.folder / "token"
        self.write_secret(self.token_file, "pina_sim")
        self.write_secret(self.folder / "write.key", WRITE_KEY)
        self.config_file = self.folder / "pinrelay.yaml"
        self.store = self.folder / "store"
        self.log_file = self.folder / "service.log"
        self.commands_file = self.folder / "commands.log"
        self.process = None
        self.port = 0
        self.configuration = {
            "store": "./store",
            "listen": "127.0.0.1:0",
            "write_keys": [{"name": "tests", "key": {"file": "write.key"}}],
            "pinterest": {"base_url": simulator.base_url},
            "authorizations": [{"name": "acme", "token": {"file": "token"}}],
            "jobs": [self.job_settings(**(job or {}))],
        }
        if simulator.ca_file:
            self.configuration["pinterest"]["ca_file"] = str(simulator.ca_file)
        self.configuration.update(extra or {})
        self.write_configuration()

    @staticmethod
    def job_settings(**settings):
        job = {
            "name": "readers",
            "type": "audience_export",
            "authorization": "acme",
            "audience": "Readers",
            "ad_account": AD_ACCOUNT,
            "identifiers": [{"email": "email"}],
            "create_audience": False,
            "flush": {"after": "1h"},
            "brake": {"enabled": False},
            "settle_after_unknown": "1s",
        }
        job.update(settings)
        return {key: value for key, value in job.items() if value is not None}

    @property
    def job_configuration(self):
        return self.configuration["jobs"][0]

    def write_configuration(self):
        self.config_file.write_text(json.dumps(self.configuration, indent=1))  # JSON is YAML

    @staticmethod
    def write_secret(path, text):
        """In one step, as a person's editor or a secret manager would."""
        beside = path.with_suffix(".new")
        beside.write_text(text + "\n")
        beside.chmod(0o600)
        beside.rename(path)

    # ---- the service ----

    def start(self, wrapper=(), wait=True):
        """wrapper: a command to run it under."""
        assert self.process is None or self.process.poll() is not None
        log = open(self.log_file, "a")
        self.log_from = log.tell()
        self.process = subprocess.Popen([*wrapper, BINARY, "serve", "--config", str(self.config_file)],
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        log.close()
        if wait:
            self.wait_ready()
        return self

    def find_port(self):
        """Once the service has said that it is ready."""
        match = re.search(r" cli ready port=(\d+)", self.log_of_this_start())
        if match:
            self.port = int(match[1])
        return match

    def wait_ready(self):
        def ready():
            ended = self.process.poll() is not None
            assert self.find_port() or not ended, f"the service ended with {self.process.returncode}"
            return self.port if self.find_port() else None
        wait_until("the service is ready", ready, every=0.005)

    def log_of_this_start(self):
        with open(self.log_file, errors="replace") as log:
            log.seek(self.log_from)
            return log.read()

    def kill(self):
        stop_process(self.process)

    def stop(self):
        """Asks it to end; returns its exit code."""
        return stop_process(self.process, signal.SIGTERM)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()

    # ---- commands ----

    def run(self, *arguments, json_output=True, config=True, typed=None):
        """typed: what is piped in."""
        command = [BINARY, *map(str, arguments)]
        if config:
            command += ["--config", str(self.config_file)]
        if json_output:
            command.append("--json")
        stdin = {"stdin": subprocess.DEVNULL} if typed is None else {"input": typed}
        done = subprocess.run(command, **stdin, capture_output=True, text=True, cwd=self.folder, timeout=300)
        with open(self.commands_file, "a") as log:
            log.write(f"$ {' '.join(command[1:])}\n{done.stdout}{done.stderr}= {done.returncode}\n")
        answer = Answer(done.returncode, done.stdout, done.stderr)
        if json_output and answer.exit_code == 0:
            witness.command(command[1:], answer.json)
        return answer

    def command(self, *arguments):
        """The JSON of a command that has to succeed."""
        answer = self.run(*arguments)
        assert answer.exit_code == 0, f"{' '.join(map(str, arguments))}: exit {answer.exit_code}: {answer.text}"
        return answer.json

    def fails(self, *arguments, exit_code):
        """The error of a command that has to fail in that way."""
        answer = self.run(*arguments)
        assert answer.exit_code == exit_code, \
            f"{' '.join(map(str, arguments))}: exit {answer.exit_code}, not {exit_code}: {answer.text}"
        return answer.json.get("error", answer.json)

    def apply(self, *options):
        self.write_configuration()
        return self.command("apply", self.config_file, *options)

    def job(self, name="readers"):
        return self.command("job", "show", name)

    def flush(self, name="readers"):
        self.command("job", "flush", name)

    def audience_size(self, name="Readers"):
        for audience in self.command("audience", "list")["audiences"]:
            if audience["name"] == name:
                return audience["members"]
        return 0

    # ---- HTTP ----

    def connection(self, timeout=60):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, key=WRITE_KEY, headers=None):
        """(status, body as JSON or text, headers)"""
        connection = self.connection()
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        sent.update(headers or {})
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            kind = answer.getheader("Content-Type", "")
            said = json.loads(text) if "json" in kind else text
            witness.answer(method, path, answer.status, said)
            return answer.status, said, answer
        finally:
            connection.close()

    def post(self, *rows):
        """Change rows that have to be accepted, all of them."""
        status, body, _ = self.request("POST", "/v1/changes", ndjson(rows))
        assert status == 202 and body["rejected"] == 0, f"{status} {body}"
        return body

    def post_applied(self, *rows):
        """The same, and every job has looked at them: a row behind them has arrived in an audience of its own."""
        before = self.audience_size("Markers")
        self.post(*rows, {"type": "enter", "key": f"marker-{time.time_ns()}", "audience": "Markers"})
        wait_until("the rows are applied", lambda: self.audience_size("Markers") == before + 1)
        self.wait_followed()

    def wait_followed(self):
        def followed():
            for job in self.command("job", "list")["jobs"]:
                shown = self.job(job["name"])
                follows = job["state"] in ("Running", "Sleeping")
                passes = shown["phase"]["name"] in ("backfill", "resync", "reassert")
                if follows and (shown.get("log_entries_waiting", 0) != 0 or passes):
                    return False
            return True
        wait_until("the jobs have seen all changes", followed)

    def wait_list(self, expected, list_id=None, seconds=PATIENCE):
        """Until the list at the simulator holds exactly these identifiers."""
        expected = set(expected)
        try:
            wait_until("the list equals the audience", lambda: self.simulator.members(list_id) == expected, seconds,
                       every=0.05)
        except AssertionError as error:
            members = self.simulator.members(list_id)
            raise AssertionError(f"{error}: {len(members - expected)} too many, {len(expected - members)} missing "
                                 f"of {len(expected)}") from None

    def converge(self, expected, seconds=PATIENCE):
        """The same, flushing all the while: what has settled waits for a flush of its own."""
        def equal():
            self.flush()
            return self.simulator.members() == expected
        wait_until("the list equals the audience", equal, seconds, every=0.1)

    def wait_idle(self, name="readers", seconds=PATIENCE, flushing=False):
        """Until the job has nothing queued, open or settling; `flushing`: without waiting for flush timers."""
        def idle():
            if flushing:
                self.flush()
            job = self.job(name)
            queue = job["queue"]
            counts = [queue[kind]["identifiers"] for kind in ("adds", "removes", "settling", "waiting")]
            if sum(counts) == 0 and queue["identifiers_in_flight"] == 0 and job["log_entries_waiting"] == 0 \
                    and job["phase"]["name"] in ("live", "awaiting_first_member"):
                return job
            return None
        return wait_until("the job has nothing left to do", idle, seconds)


class Browser:
    """What of a browser a sign-in needs: cookies by host, redirects one at a time."""

    def __init__(self):
        self.cookies = {}

    def get(self, url):
        """(status, Location or "", text)"""
        return self.exchange("GET", url)

    def call(self, method, url, body=None, forwarded=None):
        """What a page's script does: (status, JSON). forwarded: headers that a proxy adds."""
        parts = urllib.parse.urlsplit(url)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin", **(forwarded or {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        status, _, text = self.exchange(method, url, None if body is None else json.dumps(body), headers)
        said = json.loads(text)
        witness.answer(method, url.removeprefix(f"{parts.scheme}://{parts.netloc}"), status, said)
        return status, said

    def exchange(self, method, url, body=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        cookies = self.cookies.setdefault(parts.netloc, {})
        sent = dict(headers or {})
        if cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, sent)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookies.update([value.split(";")[0].split("=", 1)])
            return answer.status, answer.getheader("Location", ""), answer.read().decode()
        finally:
            connection.close()

    def decide(self, start_url, decision="approve"):
        """From our start page to Pinterest's page, and what that decision leads back to."""
        status, at_pinterest, _ = self.get(start_url)
        assert status == 303, status
        status, _, page = self.get(at_pinterest)
        assert status == 200 and "SIMULATOR" in page, page
        link = html.unescape(re.search(f'id="{decision}" href="([^"]*)"', page)[1])
        status, back, _ = self.get(urllib.parse.urljoin(at_pinterest, link))
        assert status == 302, status
        return back


# ---- change rows ----

def ndjson(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def person(key, **fields):
    return {"type": "profile", "key": key, "fields": fields}


def enters(key, audience="Readers"):
    return {"type": "enter", "key": key, "audience": audience}


def leaves(key, audience="Readers"):
    return {"type": "exit", "key": key, "audience": audience}


def member(key, **fields):
    """A person and the membership, as two rows."""
    return [person(key, **fields), enters(key)]


def members(count, start=0):
    """Rows of so many members with addresses, and their identifiers."""
    rows, hashes = [], set()
    for i in range(start, start + count):
        address = f"person{i}@example.org"
        rows += member(f"u{i}", email=address)
        hashes.add(email_hash(address))
    return rows, hashes


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
