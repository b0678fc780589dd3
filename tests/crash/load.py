"""Continuous rows by HTTP, with a model of what was acknowledged. Each writer has people of its own, and repeats
a batch until it is acknowledged, so that the end state of its people is known whatever is killed in between.

Every batch brings one new person into the writer's own audience: how many are in there tells, after each
restart, whether an acknowledged batch was lost. It also brings one visitor, who has to become one conversion."""

import http.client
import random
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import WRITE_KEY, email_hash, enters, leaves, ndjson, person  # noqa: E402

PEOPLE = 60  # a writer
SHARED_ADDRESSES = 20  # that people of all writers have in common
BATCH_MAX = 12


class Gate:
    """Writers send while it is open. close() returns when none of them is in the middle of a batch."""

    def __init__(self):
        self.condition = threading.Condition()
        self.is_open = False
        self.ended = False
        self.busy = 0

    def set(self, is_open):
        with self.condition:
            self.is_open = is_open
            self.condition.notify_all()

    def end(self):
        with self.condition:
            self.ended = True
            self.condition.notify_all()

    def enter(self):
        """False when there is nothing more to send."""
        with self.condition:
            self.condition.wait_for(lambda: self.is_open or self.ended)
            if self.ended:
                return False
            self.busy += 1
            return True

    def leave(self):
        with self.condition:
            self.busy -= 1
            self.condition.notify_all()

    def wait_all_acknowledged(self, seconds):
        """Closes it; true when each begun batch has been acknowledged in time."""
        with self.condition:
            self.is_open = False
            return self.condition.wait_for(lambda: self.busy == 0, seconds)


class Writer:
    def __init__(self, number, seed, port, gate):
        self.number = number
        self.dice = random.Random(f"{seed}-{number}")
        self.port = port
        self.gate = gate
        self.addresses = {}
        self.inside = set()
        self.batches = 0  # acknowledged
        self.unsure = False  # a batch was sent and not acknowledged: it may have been kept
        self.rows = 0
        self.alive = threading.Event()  # the service may be there
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    @property
    def audience(self):
        return f"Witness-{self.number}"

    def key(self, i):
        return f"w{self.number}-p{i}"

    def address(self, i):
        if self.dice.random() < 0.2:
            return f"shared{self.dice.randrange(SHARED_ADDRESSES)}@example.org"
        return f"{self.key(i)}-{self.dice.randrange(10**6)}@example.org"

    def next_batch(self):
        """Rows, and what they make of addresses and membership."""
        addresses, inside, rows = dict(self.addresses), set(self.inside), []
        for _ in range(self.dice.randrange(1, BATCH_MAX)):
            i, what = self.dice.randrange(PEOPLE), self.dice.random()
            if what < 0.45:
                rows.append(enters(self.key(i)))
                inside.add(i)
            elif what < 0.7:
                rows.append(leaves(self.key(i)))
                inside.discard(i)
            elif what < 0.95:
                addresses[i] = self.address(i)
                rows.append(person(self.key(i), email=addresses[i]))
            else:
                rows.append({"type": "delete", "key": self.key(i)})
                inside.discard(i)
                addresses.pop(i, None)
        rows.append(enters(f"w{self.number}-b{self.batches}", self.audience))
        visitor = f"v{self.number}-{self.batches}"
        rows += [person(visitor, email=f"{visitor}@example.org", visit=self.visit(self.batches)),
                 enters(visitor, "Visitors")]
        return rows, addresses, inside

    def run(self):
        try:
            while self.gate.enter():
                rows, addresses, inside = self.next_batch()
                self.send(ndjson(rows))
                self.addresses, self.inside = addresses, inside
                self.batches, self.unsure = self.batches + 1, False
                self.rows += len(rows)
                self.gate.leave()
        except Exception as error:  # noqa: BLE001, told by the main thread
            self.failure = error

    def send(self, body):
        """Until it is acknowledged."""
        connection = None
        while True:
            self.alive.wait()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                    connection.connect()
                self.unsure = True
                connection.request("POST", "/v1/changes", body, {"Authorization": f"Bearer {WRITE_KEY}"})
                answer = connection.getresponse()
                text = answer.read()
                if answer.status == 202:
                    return
                if answer.status not in (500, 503):
                    raise AssertionError(f"{answer.status} {text}")
            except (OSError, http.client.HTTPException):
                self.alive.clear()  # until the main thread has started the service again
            if connection is not None:
                connection.close()
            connection = None

    def visit(self, batch):
        return f"visit-{self.number}-{batch}"

    def expected(self):
        return {email_hash(self.addresses[i]) for i in self.inside if i in self.addresses}


class Load:
    def __init__(self, writers, seed, port):
        self.gate = Gate()
        self.writers = [Writer(number, seed, port, self.gate) for number in range(writers)]

    def service_is_up(self):
        for writer in self.writers:
            writer.alive.set()

    def check(self):
        for writer in self.writers:
            if writer.failure is not None:
                raise AssertionError(f"writer {writer.number}: {writer.failure!r}")

    def acknowledged(self):
        return {writer.audience: (writer.batches, writer.batches + writer.unsure) for writer in self.writers}

    @property
    def rows(self):
        return sum(writer.rows for writer in self.writers)

    @property
    def batches(self):
        return sum(writer.batches for writer in self.writers)

    def expected(self):
        return set().union(*(writer.expected() for writer in self.writers))

    def visits(self):
        """One of each acknowledged batch."""
        return {writer.visit(batch) for writer in self.writers for batch in range(writer.batches)}

    def end(self):
        self.gate.end()
        self.service_is_up()
