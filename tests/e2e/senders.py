#!/usr/bin/env python3
"""What the service takes from whom: nothing from strangers beyond a head, no more than a share of the memory from any
sender, and nothing at a crawl."""

import contextlib
import json
import re
import select
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api_client import Api  # noqa: E402
from pinrelay import WRITE_KEY, member, ndjson, wait_until  # noqa: E402
from suite import main, test  # noqa: E402

MEBIBYTE = 1024 * 1024


class Sender:
    """A request on a connection of its own, as far as it has been sent."""

    def __init__(self, pinrelay, path, length, key=None, address="127.0.0.1", lines=()):
        self.over = False
        self.socket = socket.create_connection(("127.0.0.1", pinrelay.port), 60, source_address=(address, 0))
        key_line = [f"Authorization: Bearer {key}"] if key else []
        head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {length}", *key_line, *lines]
        self.socket.sendall(("\r\n".join(head) + "\r\n\r\n").encode())

    def send(self, data):
        """Until an answer comes, as a good client does."""
        with contextlib.suppress(ConnectionError):
            for at in range(0, len(data), 65_536):
                if self.refused():
                    break
                self.socket.sendall(data[at:at + 65_536])
        return self

    def answer(self):
        """(status, all of it)"""
        text = b""
        with contextlib.suppress(ConnectionError):
            while more := self.socket.recv(65536):
                text += more
        text = text.decode(errors="replace")
        return int(re.match(r"HTTP/1.1 (\d+)", text)[1]), text

    def refused(self):
        """Whether an answer has come though the body has not ended."""
        self.over = self.over or bool(select.select([self.socket], [], [], 0)[0])
        return self.over

    def close(self):
        self.socket.close()


def accepted(pinrelay, key, address="127.0.0.1", lines=()):
    rows = ndjson(member("good", email="good@example.org")).encode()
    sender = Sender(pinrelay, "/v1/changes", len(rows), key, address, [*lines, "Connection: close"]).send(rows)
    return sender.answer()[0] == 202


@test
def nobody_sends_a_body_before_the_head_says_who_it_is(world):
    pinrelay = world.pinrelay()
    for path in ("/v1/changes", "/api/v1/uploads", "/api/v1/imports"):
        # Nothing of the body is ever sent: only a decision by the head can answer.
        status, text = Sender(pinrelay, path, 1_000_000, "a-key-that-nobody-has").answer()
        assert status == 401 and "Connection: close" in text, text
        status, text = Sender(pinrelay, path, 1_000_000, None, lines=["Expect: 100-continue"]).answer()
        assert status == 401 and "100 Continue" not in text, text
    assert accepted(pinrelay, WRITE_KEY)


@test
def a_route_says_by_the_head_how_much_it_takes(world):
    pinrelay = world.pinrelay()
    token = Api(pinrelay, "admin").token
    for path, key, length in (("/api/v1/session", None, 5_000), ("/api/v1/session/accept", None, 5_000),
                              ("/api/v1/webhooks", token, 2 * MEBIBYTE), ("/api/v1/jobs/readers/flush", token, 5_000),
                              ("/v1/changes", WRITE_KEY, 16 * MEBIBYTE + 1), ("/sign-in", None, 5_000)):
        assert Sender(pinrelay, path, length, key).answer()[0] == 413, path
    bomb = json.dumps({f"k{i}": 1 for i in range(100_000)}).encode()[:4_000]
    assert Sender(pinrelay, "/api/v1/session", len(bomb), lines=["Content-Type: application/json"]).send(bomb)
    assert pinrelay.request("GET", "/readyz", key=None)[0] == 200


@test
def a_key_has_a_quarter_of_the_memory_for_bodies_and_others_are_not_refused(world):
    pinrelay = world.pinrelay()
    greedy = pinrelay.command("write-key", "add", "greedy")["key"]
    senders = [Sender(pinrelay, "/v1/changes", 15 * MEBIBYTE, greedy, f"127.0.1.{1 + number}").send(b"x" * 10 * MEBIBYTE)
               for number in range(6)]
    wait_until("all but one are refused", lambda: sum(sender.refused() for sender in senders) == 5)
    status, text = next(sender for sender in senders if sender.refused()).answer()
    assert status == 503 and "Retry-After: " in text, text[:300]
    assert accepted(pinrelay, WRITE_KEY)
    for sender in senders:
        sender.close()


@test
def behind_a_proxy_it_is_the_client_who_has_a_share(world):
    pinrelay = world.pinrelay(extra={"trusted_proxies": ["127.0.0.1"]})
    keys = [pinrelay.command("write-key", "add", f"key{number}")["key"] for number in range(3)]
    proxied = ["X-Forwarded-For: 203.0.113.1", "X-Forwarded-Proto: https"]
    senders = [Sender(pinrelay, "/v1/changes", 15 * MEBIBYTE, key, lines=proxied).send(b"x" * 10 * MEBIBYTE)
               for key in keys]
    wait_until("all but one are refused", lambda: sum(sender.refused() for sender in senders) == 2)
    assert accepted(pinrelay, WRITE_KEY, lines=["X-Forwarded-For: 203.0.113.2", "X-Forwarded-Proto: https"])
    for sender in senders:
        sender.close()


@test
def who_sends_at_a_crawl_is_cut_off(world):
    pinrelay = world.pinrelay()
    sender = Sender(pinrelay, "/v1/changes", MEBIBYTE, WRITE_KEY).send(b"x" * 1_000)
    status, text = sender.answer()
    assert status == 408 and "Connection: close" in text, text


if __name__ == "__main__":
    main()
