#!/usr/bin/env python3
"""Every attack that we know, at once, against 100,000 people and 20 running jobs: whoever may use the service must
hardly notice. Attackers, operator and good sender have addresses of their own within 127.0.0.0/8; nothing leaves
this machine, and each loop ends with the time, or after so many turns. Attackers, who would have machines of their own,
give way to the others when the processors are busy.

load.py [--seconds 30 | --minutes 10] [--only ATTACK,…] [--people N] [--times-told]"""

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import re
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api_client import Api  # noqa: E402
from pinrelay import Pinrelay, enters, ndjson, person, wait_until  # noqa: E402
from suite import World  # noqa: E402

JOBS = 20
TURNS_MAX = 1_000_000
OPERATOR, GOOD = "127.0.0.9", "127.0.0.8"
RSS_MAX = 256 * 1024 * 1024
P99_MAX = 0.5
GOOD_ROWS_MIN = 1_000
LIMITED = ("bash", "-c", 'ulimit -S -n 1024; exec "$@"', "bash")
CLOSED = (OSError, http.client.HTTPException)


def audience(number):
    return f"Part {number % JOBS}"


def rows_of(numbers, visit):
    return ndjson([person(f"u{i}", email=f"person{i}@example.org", visits=visit) for i in numbers]).encode()


def entering(numbers):
    return ndjson([enters(f"u{i}", audience(i)) for i in numbers]).encode()


# ---- attackers: each runs in a process of its own until the deadline ----

def attack_gently(attack, target):
    os.nice(10)
    attack(target)


class Target:
    """`write_key` and `token`, of an operator, are stolen."""

    def __init__(self, port, deadline, write_key, token):
        self.port, self.deadline, self.write_key, self.token = port, deadline, write_key, token

    def turns(self, pause=0.0):
        for turn in range(TURNS_MAX):
            if time.monotonic() > self.deadline:
                return
            yield turn
            time.sleep(pause)

    def connect(self, address, timeout=2):
        return socket.create_connection(("127.0.0.1", self.port), timeout, source_address=(address, 0))

    def say(self, address, data, timeout=2):
        """Sends it, and reads the beginning of what comes back."""
        with contextlib.suppress(OSError), self.connect(address, timeout) as client:
            client.sendall(data)
            return client.recv(4096)
        return b""


def head(method, path, *lines):
    return ("\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines]) + "\r\n\r\n").encode()


def together(count, work):
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def keys_in_a_session(target):
    """131,071 keys in a mebibyte, for a route that anybody may call."""
    body = ("{" + ",".join(f'"{i:x}":1' for i in range(131_071)) + "}").encode()[:1024 * 1024]
    data = head("POST", "/api/v1/session", "Content-Type: application/json", f"Content-Length: {len(body)}") + body
    for turn in target.turns(0.02):
        target.say(f"127.1.0.{1 + turn % 200}", data)


def bodies_of_nobody(target):
    """Sixty connections that send 16 MiB each, without a token."""
    block = b"x" * 65_536

    def send(number):
        for turn in target.turns(0.2):
            path = ("/v1/changes", "/api/v1/uploads", "/api/v1/session")[turn % 3]
            with contextlib.suppress(OSError), target.connect(f"127.2.0.{1 + number}") as client:
                client.sendall(head("POST", path, "Content-Type: application/json", "Content-Length: 16777216"))
                for _ in range(256):
                    client.sendall(block)
    together(60, send)


def silent_connections(target):
    """More connections than there may be, most of which say nothing, others half a head."""
    open_ones = []
    for turn in target.turns(0.002):
        with contextlib.suppress(OSError):
            client = target.connect(f"127.3.{turn % 4}.{1 + turn // 4 % 200}")
            if turn % 3 == 0:
                client.sendall(b"GET /api/v1/jobs HTTP/1.1\r\nHost: ")
            open_ones.append(client)
        if len(open_ones) > 950:
            open_ones.pop(0).close()


def small_bodies_that_never_end(target):
    """As many connections as one gets, each with a few bytes of a body that anybody may send."""
    open_ones = []
    beginning = head("POST", "/api/v1/session", "Content-Type: application/json", "Content-Length: 4000") + b"{"
    for turn in target.turns(0.005):
        with contextlib.suppress(OSError):
            client = target.connect(f"127.4.0.{1 + turn % 250}")
            client.sendall(beginning)
            open_ones.append(client)
        if len(open_ones) > 900:
            open_ones.pop(0).close()


def guesses(target):
    """Passwords from everywhere, to keep the thread that hashes them busy."""
    def guess(number):
        for turn in target.turns(0.01):
            body = json.dumps({"name": f"user{turn % 50}", "password": f"guess number {turn}"}).encode()
            target.say(f"127.{20 + number}.{turn // 250 % 250}.{1 + turn % 250}",
                       head("POST", "/api/v1/session", "Content-Type: application/json",
                            f"Content-Length: {len(body)}", "Connection: close") + body, timeout=10)
    together(8, guess)


def nonsense(target):
    """What once ended the process, or costs a parser most."""
    requests = [head("PUT", "/api/v1/jobs/%ff"), head("GET", "/api/v1/jobs/%ff%fe?job=%ff"),
                head("GET", "/api/v1/jobs", "Authorization: Bearer " + "x" * 8_000),
                head("GET", "/api/v1/jobs", "X-Forwarded-For: 127.0.0.1"), b"\x16\x03\x01" + b"\xff" * 500,
                head("GET", "/", "Range: bytes=0-"), head("GET", "/api/v1/events/jobs"), b"GET / HTTP/1.1\nHost: a\n\n",
                head("POST", "/v1/changes", "Transfer-Encoding: chunked") + b"fffffff\r\n",
                head("POST", "/sign-in", "Content-Length: 4000") + b"[" * 4_000]
    for turn in target.turns(0.003):
        target.say(f"127.6.0.{1 + turn % 250}", requests[turn % len(requests)], timeout=1)


def readers_that_stop(target):
    """Ask for pages and take nothing of them."""
    open_ones = []
    for turn in target.turns(0.01):
        with contextlib.suppress(OSError):
            client = target.connect(f"127.7.0.{1 + turn % 250}")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            client.sendall(head("GET", "/sign-in") * 50)
            open_ones.append(client)
        if len(open_ones) > 200:
            open_ones.pop(0).close()


def one_write_key(target):
    """Somebody with a key: the largest bodies, of rows that are all wrong, on twelve connections at once."""
    row = b'{"type":"enter","key":"","audience":"x"}\n'
    body = row * (16 * 1024 * 1024 // len(row))
    start = head("POST", "/v1/changes", f"Authorization: Bearer {target.write_key}", f"Content-Length: {len(body)}")

    def send(number):
        for _ in target.turns(0.2):
            with contextlib.suppress(OSError), target.connect(f"127.8.0.{1 + number}", 20) as client:
                client.sendall(start)
                for at in range(0, len(body), 262_144):
                    client.sendall(body[at:at + 262_144])
                client.recv(4096)
    together(12, send)


def slow_write_key(target):
    """The same key, on two hundred connections, a few bytes a second."""
    start = head("POST", "/v1/changes", f"Authorization: Bearer {target.write_key}", "Content-Length: 16000000")
    open_ones = []
    for turn in target.turns(0.005):
        if len(open_ones) < 200:
            with contextlib.suppress(OSError):
                client = target.connect(f"127.9.0.{1 + turn % 250}")
                client.sendall(start)
                open_ones.append(client)
            continue
        client = open_ones.pop(0)
        with contextlib.suppress(OSError):
            client.sendall(b"x" * 100)
            open_ones.append(client)


def send_rows(target, address, rows):
    """By the stolen key, in one body."""
    body = ndjson(rows).encode()
    target.say(address, head("POST", "/v1/changes", f"Authorization: Bearer {target.write_key}",
                             f"Content-Length: {len(body)}", "Connection: close") + body, timeout=20)


def field_names(target):
    """Bodies with 200 names each that nobody has seen before, and so on, on four connections."""
    def send(number):
        for turn in target.turns(0.01):
            fields = {f"field {number} {turn} {name}": name for name in range(200)}
            send_rows(target, f"127.10.0.{1 + number}", [person(f"n{turn % 1_000}", **fields)])
    together(4, send)


def people_that_grow(target):
    """Ever more values for the same few people: each body has 16 rows of 64 values, of 12,000 bytes each."""
    for turn in target.turns(0.05):
        rows = [person(f"grows{turn % 5}", **{f"grows {turn % 20} {name}": f"{turn} {row} " + "x" * 12_000
                                               for name in range(64)}) for row in range(16)]
        send_rows(target, "127.11.0.1", rows)


def wide_files(target):
    """Files with a header of 133,120 columns: sent, previewed, imported and taken away again, one after the other."""
    client = Client(target.port, "127.12.0.1", target.token)
    wide = ",".join(["key", *(f"{column:x}" for column in range(133_119))]) + "\nu1\n"
    for turn in target.turns(0.05):
        with contextlib.suppress(*CLOSED):
            status, answer = client.tell("POST", "/api/v1/uploads", f"{wide}{turn}\n", "text/csv")
            if status != 201:
                continue
            name = json.loads(answer)["upload"]
            client.tell("GET", f"/api/v1/uploads/{name}?delimiter=,&key=key")
            client.tell("POST", "/api/v1/imports", json.dumps({"upload": name, "delimiter": ",", "key": "key"}),
                        "application/json")
            client.tell("DELETE", f"/api/v1/uploads/{name}")


ATTACKS = [keys_in_a_session, bodies_of_nobody, silent_connections, small_bodies_that_never_end, guesses, nonsense,
           readers_that_stop, one_write_key, slow_write_key, field_names, people_that_grow, wide_files]


# ---- those who may use it ----

class Client:
    """Keeps its connection, and opens another where it is closed between two requests, as clients do."""

    def __init__(self, port, address, token):
        self.port, self.address, self.token = port, address, token
        self.connection = None

    def ask(self, method, path, body=None):
        """The status."""
        return self.tell(method, path, body)[0]

    def tell(self, method, path, body=None, content_type=None):
        """(status, body); tries twice, on a new connection the second time."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if content_type:
            headers["Content-Type"] = content_type
        for again in (True, False):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30,
                                                                 source_address=(self.address, 0))
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except CLOSED:
                self.connection.close()
                self.connection = None
                if not again:
                    raise
        return None, None


def operate(port, token, deadline, results):
    client, times, wrong = Client(port, OPERATOR, token), [], []
    while time.monotonic() < deadline:
        started = time.monotonic()
        try:
            status = client.ask("GET", "/api/v1/jobs")
        except CLOSED as problem:
            status = repr(problem)
        times.append(time.monotonic() - started)
        if status != 200:
            wrong.append(status)
        time.sleep(0.02)
    results.put(("operator", {"times": times, "wrong": wrong}))


def send_well(port, key, deadline, people, results):
    client, rows, wrong, started = Client(port, GOOD, key), 0, [], time.monotonic()
    for turn in range(TURNS_MAX):
        if time.monotonic() > deadline:
            break
        first = turn * 100 % people
        try:
            status = client.ask("POST", "/v1/changes", rows_of(range(first, first + 100), turn))
        except CLOSED as problem:
            status = repr(problem)
        if status == 202:
            rows += 100
        else:
            wrong.append(status)
    results.put(("good sender", {"rows": rows, "wrong": wrong, "seconds": time.monotonic() - started}))


# ---- the test ----

def prepare(world, people):
    jobs = [Pinrelay.job_settings(name=f"job{number}", audience=audience(number), flush={"after": "5s"})
            for number in range(JOBS)]
    pinrelay = world.pinrelay(start=False, extra={"jobs": jobs})
    pinrelay.start(wrapper=LIMITED)
    pinrelay.apply()
    client = Client(pinrelay.port, GOOD, pinrelay.command("write-key", "add", "good")["key"])
    for first in range(0, people, 2_000):
        numbers = range(first, min(people, first + 2_000))
        status = client.ask("POST", "/v1/changes", rows_of(numbers, 0) + entering(numbers))
        assert status == 202, status
    wait_until("everybody is there",
               lambda: sum(each["members"] for each in pinrelay.command("audience", "list")["audiences"]) == people,
               seconds=120, every=0.5)
    for job in jobs:
        pinrelay.command("job", "start", job["name"])
    return pinrelay, client.token


def memory(pinrelay, what="VmHWM"):
    status = Path(f"/proc/{pinrelay.process.pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) * 1024


def run(pinrelay, good_key, seconds, people, only):
    operator = Api(pinrelay, "operator").token
    stolen = pinrelay.command("write-key", "add", "stolen")["key"]
    start = time.monotonic()
    deadline = start + seconds
    results = multiprocessing.Queue()
    target = Target(pinrelay.port, deadline, stolen, Api(pinrelay, "operator", "stolen").token)
    users = [multiprocessing.Process(target=operate, args=(pinrelay.port, operator, deadline, results)),
             multiprocessing.Process(target=send_well, args=(pinrelay.port, good_key, deadline, people, results))]
    attackers = [multiprocessing.Process(target=attack_gently, args=(attack, target), daemon=True) for attack in ATTACKS
                 if not only or attack.__name__ in only]
    print(f"before: {memory(pinrelay, 'VmRSS') / 2**20:.0f} MiB", flush=True)
    for process in users + attackers:
        process.start()
    found = dict(results.get(timeout=seconds + 60) for _ in users)
    for process in users + attackers:
        process.join(20)
        if process.is_alive():
            process.kill()
    return found


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))]


def judge(pinrelay, found, times_told):
    """Prints the figures; (how many count, the names of those that are not met). Times do not count where they are only
    told: what else the machine does must not decide."""
    times, good = found["operator"]["times"], found["good sender"]
    ready = pinrelay.request("GET", "/readyz", key=None)
    rows = good["rows"] / good["seconds"]
    p99 = percentile(times, 0.99)
    ended = pinrelay.process.poll()
    lines = [
        ("memory at most", f"{memory(pinrelay) / 2**20:.0f} MiB", memory(pinrelay) <= RSS_MAX),
        ("operator's GET /jobs, p99", f"{p99 * 1000:.0f} ms of {len(times)} (half within "
         f"{percentile(times, 0.5) * 1000:.0f} ms)", p99 <= P99_MAX),
        ("operator's refusals", f"{found['operator']['wrong'][:5]}", not found["operator"]["wrong"]),
        ("good sender's changes", f"{rows:.0f}/s", rows >= GOOD_ROWS_MIN),
        ("good sender's refusals", f"{good['wrong'][:5]}", not good["wrong"]),
        ("it never ended", str(ended), ended is None),
        ("ready afterwards", f"{ready[0]} {ready[1]}", ready[0] == 200),
    ]
    timed = {"operator's GET /jobs, p99", "good sender's changes"} if times_told else set()
    for name, value, met in lines:
        print(f"{'told    ' if name in timed else 'ok      ' if met else 'FAILED  '} {name}: {value}", flush=True)
    counting = [(name, met) for name, _, met in lines if name not in timed]
    return len(counting), [name for name, met in counting if not met]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--times-told", action="store_true")
    given = parser.parse_args()
    seconds = given.minutes * 60 if given.minutes else given.seconds
    world = World()
    try:
        pinrelay, good_key = prepare(world, given.people)
        found = run(pinrelay, good_key, seconds, given.people, [each for each in given.only.split(",") if each])
        counting, missed = judge(pinrelay, found, given.times_told)
        if missed:
            print("\n".join(world.logs()))
    finally:
        world.close()
    print(f"{counting - len(missed)} passed, {len(missed)} failed")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
