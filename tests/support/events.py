"""Server-Sent Events as a browser reads them."""

import json
import time

import pinrelay as support
from pinrelay import PATIENCE


class Events:
    """One stream, by the token of a role."""

    def __init__(self, pinrelay, token, path, last_id=None):
        self.path = path
        self.connection = pinrelay.connection(timeout=PATIENCE)
        sent = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        if last_id:
            sent["Last-Event-ID"] = last_id
        self.connection.request("GET", path, headers=sent)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.last_id = last_id

    def next(self):
        """(type, data); None at the end. Fails when nothing but heartbeats comes."""
        kind, data = "message", ""
        deadline = time.monotonic() + PATIENCE
        while line := self.answer.readline():
            line = line.decode().rstrip("\n")
            name, _, value = line.partition(": ")
            assert time.monotonic() < deadline, f"no event within {PATIENCE} s"
            if name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data += value
            elif not line and data:
                said = json.loads(data)
                support.witness.event(self.path, kind, said)
                return kind, said
            elif not line:
                kind = "message"
        return None

    def until(self, what, condition):
        """The data of the first event for which it is true."""
        while event := self.next():
            if condition(*event):
                return event[1]
        raise AssertionError(f"the stream has ended without: {what}")

    def problem(self):
        return json.loads(self.answer.read())

    def close(self):
        self.answer.close()
        self.connection.close()
