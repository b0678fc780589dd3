#!/usr/bin/env python3
"""Data in: files, and rows over HTTP."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import BINARY, email_hash, enters, leaves, member, members, ndjson, person, wait_until  # noqa: E402
from suite import main, test  # noqa: E402


def csv_file(path, count, start=0):
    path.write_text("key,email\n" + "".join(f"u{i},person{i}@example.org\n" for i in range(start, start + count)))
    return path


def hashes_of(numbers):
    return {email_hash(f"person{i}@example.org") for i in numbers}


def format_time(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


# ---- files ----

@test
def a_file_with_bad_rows_is_imported_and_each_bad_row_is_listed_with_its_line(world):
    pinrelay = world.pinrelay()
    people = world.folder / "people.ndjson"
    rows = [json.dumps(person("u0", email="person0@example.org")), "{ not json", json.dumps({"type": "profile"}),
            json.dumps(person("u1", email="person1@example.org")), '{"type":"nonsense","key":"u2"}',
            json.dumps(dict(person("u3", email="x@example.org"), at="2999-01-01T00:00:00Z"))]
    people.write_text("\n".join(rows) + "\n")
    done = pinrelay.command("import", people, "--audience", "Readers")
    assert (done["state"], done["rows"], done["bad_rows"]) == ("done", 2, 4), done
    listed = [json.loads(line) for line in Path(done["errors_file"]).read_text().splitlines()]
    assert [row["line"] for row in listed] == [2, 3, 5, 6], listed
    assert all(row["code"] and row["message"] for row in listed), listed
    assert pinrelay.audience_size() == 2


@test
def the_same_file_is_noticed_and_imported_again_only_when_asked(world):
    pinrelay = world.pinrelay()
    people = csv_file(world.folder / "people.csv", 10)
    pinrelay.command("import", people, "--audience", "Readers")
    error = pinrelay.fails("import", people, "--audience", "Readers", exit_code=1)
    assert error["code"] == "already_imported", error
    assert pinrelay.command("import", people, "--audience", "Readers", "--again")["rows"] == 10
    people.write_text(people.read_text() + "u99,person99@example.org\n")
    assert pinrelay.command("import", people, "--audience", "Readers")["rows"] == 11


@test
def a_file_of_semicolons_with_a_byte_order_mark_and_windows_line_ends_is_read(world):
    pinrelay = world.pinrelay()
    people = world.folder / "people.csv"
    people.write_bytes("\ufeffid;email;note\r\n1;a@example.org;\"x;\r\ny\"\r\n2;b@example.org;\r\n".encode())
    done = pinrelay.command("import", people, "--key", "id", "--delimiter", ";", "--audience", "Readers")
    assert (done["rows"], done["bad_rows"]) == (2, 0), done
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list({email_hash("a@example.org"), email_hash("b@example.org")})


@test
def a_snapshot_makes_those_who_are_missing_leave_and_lets_later_enters_stay(world):
    pinrelay = world.pinrelay()
    pinrelay.command("import", csv_file(world.folder / "all.csv", 100), "--audience", "Readers")
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes_of(range(100)))
    taken = format_time(time.time() + 1)
    wait_until("the snapshot was taken", lambda: format_time(time.time()) > taken)
    pinrelay.post_applied(*member("later", email="later@example.org"))
    done = pinrelay.command("import", csv_file(world.folder / "most.csv", 90), "--audience", "Readers", "--mode",
                            "snapshot", "--as-of", taken)
    assert (done["state"], done["exits"]) == ("done", 10), done
    pinrelay.wait_followed()
    pinrelay.flush()
    pinrelay.wait_list(hashes_of(range(90)) | {email_hash("later@example.org")})
    now = pinrelay.command("import", csv_file(world.folder / "fewer.csv", 80), "--audience", "Readers", "--mode",
                           "snapshot")
    assert now["exits"] == 11, now
    pinrelay.wait_followed()
    pinrelay.flush()
    pinrelay.wait_list(hashes_of(range(80)))


@test
def a_snapshot_that_shrinks_the_audience_by_more_than_four_fifths_is_held_until_it_is_released(world):
    pinrelay = world.pinrelay()
    pinrelay.command("import", csv_file(world.folder / "all.csv", 100), "--audience", "Readers")
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes_of(range(100)))
    held = pinrelay.command("import", csv_file(world.folder / "few.csv", 5), "--audience", "Readers", "--mode",
                            "snapshot")
    assert held["state"] == "held", held
    pinrelay.kill()
    pinrelay.start()
    pinrelay.post_applied(enters("u0"))
    assert pinrelay.audience_size() == 100
    pinrelay.command("import", "release", held["number"])
    wait_until("the exits are through", lambda: pinrelay.audience_size() == 5)
    pinrelay.wait_followed()
    pinrelay.flush()
    pinrelay.wait_list(hashes_of(range(5)))


@test
def an_empty_snapshot_is_held(world):
    pinrelay = world.pinrelay()
    pinrelay.command("import", csv_file(world.folder / "all.csv", 10), "--audience", "Readers")
    empty = world.folder / "empty.csv"
    empty.write_text("key,email\n")
    assert pinrelay.command("import", empty, "--audience", "Readers", "--mode", "snapshot")["state"] == "held"
    assert pinrelay.audience_size() == 10


@test
def an_import_that_is_killed_with_the_service_goes_on_without_losing_or_doubling_rows(world):
    pinrelay = world.pinrelay()
    count = 400_000
    people = csv_file(world.folder / "people.csv", count)
    begun = pinrelay.command("import", people, "--audience", "Readers", "--no-wait")
    assert begun["state"] == "reading", begun
    for _ in range(4):
        before = pinrelay.command("import", "show", begun["number"])
        pinrelay.kill()
        pinrelay.start()
        after = pinrelay.command("import", "show", begun["number"])
        assert after["rows"] >= before["rows"], (before, after)
    done = wait_until("the import is done", lambda: next(
        (row for row in [pinrelay.command("import", "show", begun["number"])] if row["state"] == "done"), None), 120)
    assert (done["rows"], done["bad_rows"]) == (count, 0), done
    assert pinrelay.audience_size() == count


@test
def an_import_without_a_service_goes_on_after_SIGKILL_when_the_command_is_given_again(world):
    pinrelay = world.pinrelay()
    pinrelay.stop()
    count = 600_000  # so many that it cannot be done before it is killed
    people = csv_file(world.folder / "people.csv", count)
    command = [BINARY, "import", str(people), "--audience", "Readers", "--config", str(pinrelay.config_file)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until("it has written", lambda: (pinrelay.store / "pinrelay.db-wal").exists()
               and os.path.getsize(pinrelay.store / "pinrelay.db-wal") > 1_000_000)
    running.send_signal(signal.SIGKILL)
    running.wait()
    listed = pinrelay.command("import", "list")["imports"]
    done = pinrelay.command("import", people, "--audience", "Readers")
    assert (done["state"], done["rows"]) == ("done", count), (listed, done)
    assert pinrelay.audience_size() == count


@test
def a_file_that_is_missing_or_of_an_unknown_format_says_so(world):
    pinrelay = world.pinrelay()
    answer = pinrelay.run("import", world.folder / "missing.csv")
    assert answer.exit_code != 0 and "missing.csv" in answer.errors, answer.text
    assert pinrelay.run("import", pinrelay.config_file, "--format", "xml").exit_code == 78
    no_key = world.folder / "no_key.csv"
    no_key.write_text("mail\na@example.org\n")
    answer = pinrelay.run("import", no_key, "--key", "id")
    assert answer.exit_code == 1 and answer.json["state"] == "failed", answer.text
    assert "no column 'id'" in answer.json["error"], answer.text
    # It blocks neither the service nor the next one, and is tried anew when the command is given again.
    assert pinrelay.run("import", no_key, "--key", "id").json["number"] > answer.json["number"]
    done = pinrelay.command("import", csv_file(world.folder / "good.csv", 3), "--audience", "Readers")
    assert done["state"] == "done", done


# ---- HTTP ----

@test
def rows_are_refused_without_the_write_key_and_with_a_wrong_one(world):
    pinrelay = world.pinrelay()
    rows = ndjson(member("u1", email="a@example.org"))
    for key in (None, "wrong", ""):
        status, body, answer = pinrelay.request("POST", "/v1/changes", rows, key=key)
        assert status == 401 and body["error"]["code"] == "bad_write_key", (status, body)
        assert answer.getheader("WWW-Authenticate") == "Bearer"
    assert pinrelay.audience_size() == 0


@test
def bad_rows_are_told_one_by_one_and_good_ones_are_kept(world):
    pinrelay = world.pinrelay()
    rows = ndjson(member("u1", email="a@example.org")) + '{"type":"profile"}\nnot json\n' + ndjson([enters("u2")])
    status, body, _ = pinrelay.request("POST", "/v1/changes", rows)
    assert (status, body["accepted"], body["rejected"]) == (202, 3, 2), (status, body)
    assert [error["line"] for error in body["errors"]] == [3, 4], body
    assert all(error["code"] and error["message"] and error["fix"] for error in body["errors"]), body
    wait_until("the good ones are members", lambda: pinrelay.audience_size() == 2)


@test
def requests_that_are_no_change_rows_get_their_own_status(world):
    pinrelay = world.pinrelay()
    post = pinrelay.request
    row = ndjson([enters("u1")])
    assert post("POST", "/v1/changes", "")[0] == 400
    assert post("POST", "/v1/changes", "nonsense\n")[0] == 400
    assert post("GET", "/v1/changes")[0] == 405
    assert post("POST", "/v1/changes", row, headers={"Content-Type": "application/x-www-form-urlencoded"})[0] == 202
    assert post("POST", "/v1/changes", "key\nu1\n", headers={"Content-Type": "text/csv"})[0] == 415
    assert post("POST", "/v1/changes", row, headers={"Content-Encoding": "gzip"})[0] == 415
    assert post("POST", "/v2/changes", row)[0] == 404
    assert post("GET", "/livez", key=None)[0] == 200
    assert post("GET", "/readyz", key=None)[0] == 200
    large = ndjson([person("big", note="x" * 1000)]) * (16 * 1024 + 1)
    try:
        status = post("POST", "/v1/changes", large)[0]
    except (BrokenPipeError, ConnectionResetError):
        status = 413  # it may close before it has read all of it
    assert status == 413, status
    just = ndjson([person("fits", note="x" * 1000)]) * 15_000
    assert post("POST", "/v1/changes", just)[0] == 202


@test
def a_row_that_is_sent_twice_with_an_id_counts_once_and_older_rows_do_not_overwrite(world):
    pinrelay = world.pinrelay()
    pinrelay.command("job", "start", "readers")
    row = dict(person("u1", email="new@example.org"), id="row-1", at="2026-01-02T00:00:00Z")
    pinrelay.post_applied(row, dict(enters("u1"), at="2026-01-02T00:00:00Z"))
    pinrelay.post_applied(row, dict(person("u1", email="old@example.org"), at="2026-01-01T00:00:00Z"),
                          dict(leaves("u1"), at="2026-01-01T00:00:00Z"))
    pinrelay.flush()
    pinrelay.wait_list({email_hash("new@example.org")})
    # A deleted person stays away from older rows and comes back with newer ones.
    pinrelay.post_applied({"type": "delete", "key": "u1", "at": "2026-01-03T00:00:00Z"})
    pinrelay.post_applied(row, dict(enters("u1"), at="2026-01-02T12:00:00Z"))
    pinrelay.flush()
    pinrelay.wait_list(set())
    pinrelay.post_applied(dict(person("u1", email="back@example.org"), at="2026-01-04T00:00:00Z"),
                          dict(enters("u1"), at="2026-01-04T00:00:00Z"))
    pinrelay.flush()
    pinrelay.wait_list({email_hash("back@example.org")})


@test
def many_senders_at_once_are_all_answered_and_kept(world):
    import threading
    pinrelay = world.pinrelay()
    rows, hashes = members(2_000)
    failures = []

    def send(part):
        try:
            connection = pinrelay.connection()
            for start in range(part * 200, part * 200 + 200, 20):
                connection.request("POST", "/v1/changes", ndjson(rows[2 * start:2 * start + 40]),
                                   {"Authorization": "Bearer write-key-of-the-tests-7f3a"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 202:
                    failures.append(answer.status)
            connection.close()
        except Exception as error:  # told below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=send, args=(part,)) for part in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    pinrelay.command("job", "start", "readers")
    pinrelay.post_applied()
    pinrelay.flush()
    pinrelay.wait_list(hashes)


@test
def fields_are_learned_shown_with_coverage_and_can_be_fixed_in_the_configuration(world):
    pinrelay = world.pinrelay()
    pinrelay.post_applied(person("u1", zip="02134", visits=3, vip=True, tags=["a", "b"]),
                          person("u2", zip=7, visits=2.5), person("u3", visits="many"), person("u4"))
    fields = {field["name"]: field for field in pinrelay.command("field", "list")["fields"]}
    assert fields["zip"]["type"] == "string" and fields["zip"]["people"] == 2, fields
    assert fields["visits"]["type"] == "string" and fields["visits"]["people"] == 3, fields
    assert (fields["vip"]["type"], fields["tags"]["type"]) == ("bool", "array"), fields
    pinrelay.configuration["fields"] = [{"name": "vip", "type": "string"}]
    pinrelay.apply()
    fixed = {field["name"]: field for field in pinrelay.command("field", "list")["fields"]}["vip"]
    assert (fixed["type"], fixed["fixed"]) == ("string", True), fixed


if __name__ == "__main__":
    main()
