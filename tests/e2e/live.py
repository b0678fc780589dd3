#!/usr/bin/env python3
"""Live views of the real program: a job is watched while changes arrive, no line of the log is lost over a broken
connection, and a stream ends with its token, above its number, and with the service."""

import http.client
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import PATIENCE, members, wait_until  # noqa: E402
from events import Events  # noqa: E402
from suite import main, test  # noqa: E402


def token_of(pinrelay, name, role="operator"):
    return pinrelay.command("token", "add", name, "--role", role)["token"]


@test
def a_job_is_watched_until_its_counters_are_final(world):
    pinrelay = world.pinrelay()
    token = token_of(pinrelay, "watcher", "viewer")
    jobs, job = Events(pinrelay, token, "/api/v1/live/jobs"), Events(pinrelay, token, "/api/v1/live/jobs/readers")
    assert job.status == 200 and job.answer.getheader("Content-Type") == "text/event-stream"
    assert job.answer.getheader("Cache-Control") == "no-store"
    kind, first = job.next()
    assert kind == "state" and first["state"] == "Draft", first
    assert jobs.next()[1]["jobs"][0]["state"] == "Draft"
    pinrelay.command("job", "start", "readers")
    jobs.until("it runs", lambda _, data: data["jobs"][0]["state"] in ("Running", "Sleeping"))
    rows, hashes = members(25)
    pinrelay.post(*rows)
    job.until("they are queued", lambda _, data: data["queue"]["queued_users"] == 25)
    pinrelay.flush()
    shown = job.until("they are added", lambda _, data: data["total"]["added"] == 25)
    assert shown["total"] == pinrelay.job()["total"]
    assert pinrelay.simulator.members() == hashes
    log = Events(pinrelay, token_of(pinrelay, "operator"), "/api/v1/live/log?job=readers")
    line = log.next()[1]
    assert line["event"] == "list created" and line["fields"]["job"] == "readers", line
    pinrelay.command("job", "delete", "readers")
    kind, why = job.until("it is gone", lambda kind, _: kind == "end"), job.next()
    assert why is None, why
    assert Events(pinrelay, token, "/api/v1/live/jobs/readers").status == 404


@test
def no_line_of_the_log_is_lost_over_a_broken_connection(world):
    pinrelay = world.pinrelay()
    token = token_of(pinrelay, "reader")

    def fail(count):
        """So many lines of the log: an import that cannot be."""
        for _ in range(count):
            path = pinrelay.folder / f"broken{fail.number}.csv"
            # Without a header: a person would be named as a column.
            path.write_text(f"ann{fail.number}@example.org,ann{fail.number}@example.org\n")
            pinrelay.run("import", "file", path, "--format", "csv", "--key", "key", "--audience", "Others")
            fail.number += 1

    fail.number = 0
    log = Events(pinrelay, token, "/api/v1/live/log")
    line = log.until("what came before is there", lambda _, data: data["event"] == "ready")
    assert line["component"] == "cli" and line["level"] == "info" and line["fields"]["port"] == str(pinrelay.port)
    fail(2)
    seen = [log.until("a line", lambda _, data: data["event"] == "import failed")["fields"]["import"] for _ in range(2)]
    log.close()
    fail(3)  # nobody looks
    log = Events(pinrelay, token, "/api/v1/live/log", log.last_id)
    fail(1)
    seen += [log.until("a line", lambda kind, data: kind == "log" and data["event"] == "import failed")["fields"]["import"]
             for _ in range(4)]
    assert seen == sorted(set(seen), key=int) and len(seen) == 6, seen
    last_id = log.last_id
    assert "names of columns" in pinrelay.command("import", "show", "1")["error"], "people see the reason there"
    assert "@example.org" not in str(pinrelay.command("import", "list")), "which repeats nobody's address"
    assert "@example.org" not in pinrelay.log_of_this_start(), "nor does the log"
    # After a restart ids of before mean nothing: that is said, and everything there is comes.
    pinrelay.stop()
    assert log.until("the end is told", lambda kind, _: kind == "end")["code"] == "stopping"
    assert log.next() is None
    pinrelay.start()
    log = Events(pinrelay, token, "/api/v1/live/log", last_id)
    assert log.next()[0] == "gap"
    log.until("the new process", lambda _, data: data["event"] == "ready" and str(pinrelay.port) in str(data["fields"]))


@test
def a_stream_ends_with_its_token(world):
    pinrelay = world.pinrelay()
    token, other = token_of(pinrelay, "one", "viewer"), token_of(pinrelay, "other", "viewer")
    ended, stays = Events(pinrelay, token, "/api/v1/live/jobs"), Events(pinrelay, other, "/api/v1/live/jobs")
    assert ended.next() and stays.next()
    pinrelay.command("token", "revoke", "one")
    token_of(pinrelay, "one", "admin")  # the name alone opens nothing
    assert ended.until("the end is told", lambda kind, _: kind == "end")["code"] == "signed_out"
    assert ended.next() is None
    assert Events(pinrelay, token, "/api/v1/live/jobs").status == 401
    assert Events(pinrelay, other, "/api/v1/live/log").status == 403
    pinrelay.command("job", "start", "readers")
    stays.until("the other one goes on", lambda _, data: data["jobs"][0]["state"] != "Draft")


@test
def too_many_streams_are_refused_until_one_is_closed(world):
    pinrelay = world.pinrelay()
    token, other = token_of(pinrelay, "many", "viewer"), token_of(pinrelay, "other", "viewer")
    streams = [Events(pinrelay, token, "/api/v1/live/jobs") for _ in range(6)]
    assert all(stream.next()[0] == "state" for stream in streams)
    refused = Events(pinrelay, token, "/api/v1/live/jobs")
    assert refused.status == 503 and refused.problem()["code"] == "too_many_streams"
    assert Events(pinrelay, other, "/api/v1/live/jobs").status == 200
    # Polling is still possible.
    assert pinrelay.request("GET", "/api/v1/jobs", key=token)[0] == 200
    streams.pop().close()
    wait_until("one more is taken", lambda: Events(pinrelay, token, "/api/v1/live/jobs").status == 200)


@test
def the_service_stops_with_streams_open(world):
    pinrelay = world.pinrelay()
    token = token_of(pinrelay, "watcher", "viewer")
    streams = [Events(pinrelay, token, "/api/v1/live/jobs") for _ in range(5)]
    assert all(stream.next() for stream in streams)
    assert pinrelay.stop() == 0
    for stream in streams:
        assert stream.until("the end is told", lambda kind, _: kind == "end")["code"] == "stopping"
        try:
            assert stream.next() is None
        except http.client.HTTPException:
            pass


if __name__ == "__main__":
    main()
