#!/usr/bin/env python3
"""Disks that are full, read-only, failing or damaged; and where personal data and secrets may not be."""

import http.client
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api_client import Api  # noqa: E402
from pinrelay import WRITE_KEY, email_hash, enters, leaves, member, members, ndjson, person, wait_until  # noqa: E402
from suite import main, skip, test  # noqa: E402

IO_ERROR_EXIT = 74


def running(world, count=20, pinrelay=None, **job):
    pinrelay = pinrelay or world.pinrelay(job=job)
    rows, hashes = members(count)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    pinrelay.wait_idle()
    return pinrelay, hashes


def small_disk(world):
    """A file system of 24 MiB, as a folder, and a service whose store lies on it."""
    folder = world.folder / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", str(folder)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        skip(f"NO FULL DISK WAS TESTED, a small file system cannot be mounted: {done.stderr.strip()}")
    world.at_end(lambda: subprocess.run(["umount", "-l", str(folder)], check=True))
    pinrelay = world.pinrelay(start=False)
    pinrelay.configuration["store"] = str(folder / "store")
    pinrelay.write_configuration()
    pinrelay.start()
    return folder, pinrelay


LOOSE = ("sh", "-c", 'umask 000; exec "$0" "$@"')


@test
def what_the_service_writes_is_for_its_owner_alone_whatever_the_umask(world):
    pinrelay = world.pinrelay(start=False)
    pinrelay.start(wrapper=LOOSE)
    pinrelay.apply()
    backup = pinrelay.folder / "backup"
    pinrelay.command("backup", backup)
    pinrelay.post_applied(*members(3)[0])
    for folder in (backup, pinrelay.folder / "store"):
        open_to_others = [str(path) for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]
        assert not open_to_others, open_to_others


@test
def a_flood_of_connections_leaves_room_for_the_control_socket(world):
    pinrelay = world.pinrelay(start=False)
    pinrelay.start(wrapper=("sh", "-c", 'ulimit -n 256; exec "$0" "$@"'))
    pinrelay.apply()
    flood = []
    try:
        for _ in range(400):
            try:
                flood.append(socket.create_connection(("127.0.0.1", pinrelay.port), timeout=5))
            except OSError:
                break  # refused is as good as closed at once
        assert pinrelay.command("job", "list")["jobs"][0]["name"] == "readers"
        pinrelay.command("backup", pinrelay.folder / "backup")
    finally:
        for connection in flood:
            connection.close()


@test
def a_file_that_would_leave_the_store_no_room_is_refused_with_507(world):
    disk, pinrelay = small_disk(world)
    status, problem, _ = pinrelay.request("POST", "/api/v1/uploads", "key,email\n", Api(pinrelay, "operator").token,
                                          {"Content-Type": "text/csv"})
    assert status == 507 and problem["code"] == "no_room" and problem["fix"], problem
    assert not (disk / "store" / "uploads").exists()


@test
def a_full_disk_refuses_rows_with_503_and_work_goes_on_when_there_is_room(world):
    disk, pinrelay = small_disk(world)
    pinrelay.apply()
    pinrelay, hashes = running(world, pinrelay=pinrelay)
    filler = disk / "filler"
    with open(filler, "wb") as file:
        try:
            while True:
                os.write(file.fileno(), b"x" * 65536)
        except OSError:
            pass
    accepted, number = [], 0

    def refused():
        nonlocal number
        number += 1
        rows, more = members(500, start=100 + 500 * number)
        status, body, answer = pinrelay.request("POST", "/v1/changes", ndjson(rows))
        if status == 202:
            accepted.append(more)
            return False
        assert status == 503 and answer.getheader("Retry-After"), (status, body)
        assert body["error"]["code"] in ("disk_full", "inbox_full"), body
        return True

    wait_until("rows are refused", refused)
    assert pinrelay.process.poll() is None, "a full disk has ended the service"
    filler.unlink()
    rows, last = members(5, start=50)
    wait_until("rows are accepted again", lambda: pinrelay.request("POST", "/v1/changes", ndjson(rows))[0] == 202)
    expected = hashes.union(last, *accepted)
    wait_until("everything is applied", lambda: pinrelay.audience_size() == len(expected))
    pinrelay.wait_followed()
    pinrelay.flush()
    pinrelay.wait_list(expected)


@test
def a_store_on_a_read_only_file_system_is_refused_with_a_clear_message(world):
    disk, pinrelay = small_disk(world)
    pinrelay.apply()
    pinrelay.stop()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    answer = pinrelay.run("serve")
    assert answer.exit_code == 69, answer.text
    assert answer.json["error"]["code"] == "store_not_writable" and answer.json["error"]["fix"], answer.text


def damage(path, seed=7):
    """Writes over the middle of a file, as a failing disk would."""
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        for at in range(4096 * 3, size, 4096 * 4):
            file.seek(at)
            file.write(bytes((at + seed + i) % 251 for i in range(2048)))


@test
def a_damaged_store_is_noticed_explained_and_can_be_restored(world):
    pinrelay, hashes = running(world, count=2_000)
    backup = world.folder / "backup"
    pinrelay.command("backup", backup)
    assert pinrelay.stop() == 0
    damage(pinrelay.store / "pinrelay.db")
    doctor = pinrelay.run("doctor")
    assert doctor.exit_code == IO_ERROR_EXIT or doctor.exit_code == 1, doctor.text
    assert "damaged" in doctor.text and "restore" in doctor.text, doctor.text
    refused = pinrelay.run("backup", world.folder / "of-damage")
    assert refused.exit_code == IO_ERROR_EXIT and not (world.folder / "of-damage" / "pinrelay.db").exists(), refused.text
    pinrelay.start(wait=False)
    try:
        # Either at once, or when it comes to what is damaged.
        pinrelay.process.wait(3)
    except subprocess.TimeoutExpired:
        wait_until("it is ready", pinrelay.find_port)
        try:
            pinrelay.request("POST", "/v1/changes", ndjson([leaves(f"u{i}") for i in range(2_000)]))
        except (OSError, http.client.HTTPException):
            pass
        pinrelay.process.wait(30)
    assert pinrelay.process.returncode == IO_ERROR_EXIT, pinrelay.log_of_this_start()
    assert "damaged" in pinrelay.log_of_this_start() and "restore" in pinrelay.log_of_this_start()
    shutil.rmtree(pinrelay.store)
    pinrelay.command("restore", backup)
    pinrelay.start()
    pinrelay.command("job", "resume", "readers")
    pinrelay.post_applied(leaves("u0"))
    pinrelay.flush()
    pinrelay.wait_list(hashes - {email_hash("person0@example.org")})


@test
def a_file_that_is_no_database_is_refused_with_exit_code_74(world):
    pinrelay, _ = running(world)
    pinrelay.stop()
    for path in pinrelay.store.glob("pinrelay.db*"):
        path.unlink()
    (pinrelay.store / "pinrelay.db").write_bytes(b"this is no database, only text\n" * 1000)
    answer = pinrelay.run("serve")
    assert answer.exit_code == IO_ERROR_EXIT and answer.json["error"]["code"] == "store_corrupt", answer.text


def need_strace(world):
    done = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, text=True) \
        if shutil.which("strace") else None
    if done is None or done.returncode != 0:
        skip("NO FAILING DISK WAS TESTED, strace is missing or may not trace")


@test
def a_disk_that_fails_at_fsync_stops_the_service_with_74_before_it_answers_202(world):
    need_strace(world)
    pinrelay, hashes = running(world)
    pinrelay.stop()
    for number in (1, 2, 4, 8, 12, 16, 20):
        inject = f"inject=fsync,fdatasync:error=EIO:when={number}+"
        pinrelay.start(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", inject], wait=False)
        wait_until("it is ready or ended", lambda: pinrelay.find_port() or pinrelay.process.poll() is not None)
        acknowledged = []
        while pinrelay.process.poll() is None:
            address = f"eio-{number}-{len(acknowledged)}@example.org"
            rows = member(f"eio-{number}-{len(acknowledged)}", email=address)
            try:
                status = pinrelay.request("POST", "/v1/changes", ndjson(rows))[0]
            except (OSError, http.client.HTTPException):
                continue
            if status != 202:
                assert status in (500, 503), status
                continue
            acknowledged.append(email_hash(address))
            assert len(acknowledged) < 500, "the disk fails at every fsync, and rows are acknowledged all the same"
        assert pinrelay.process.returncode == IO_ERROR_EXIT, \
            f"fsync {number}: exit {pinrelay.process.returncode}: {pinrelay.log_of_this_start()}"
        hashes |= set(acknowledged)
        pinrelay.start()
        pinrelay.post_applied()
        pinrelay.flush()
        # A row that was not acknowledged may have been kept all the same.
        wait_until("all acknowledged rows are there", lambda: hashes <= pinrelay.simulator.members())
        assert pinrelay.stop() == 0


# ---- privacy ----

CANARY = "canary-7d1f"


def files_with(folder, text, without=()):
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_socket() and path.name not in without and text.encode() in path.read_bytes():
            found.append(str(path.relative_to(folder)))
    return found


def tables_with(database, text):
    """The tables of a stopped store that hold the text."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    found = []
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in connection.execute(f"SELECT * FROM {table}"):
            cells = (cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
            if any(text.encode() in cell for cell in cells):
                found.append(table)
                break
    connection.close()
    return found


@test
def readable_values_and_secrets_stand_in_the_profile_store_alone(world):
    pinrelay = world.pinrelay(job={"consent_field": "ok"})
    pinrelay.post_applied(*member(f"key-{CANARY}", email=f"{CANARY}@example.org", ok=True, note=f"note {CANARY}"),
                          *member("bad", email=f"{CANARY}-no-address", ok=True),
                          *member("shared", email=f"{CANARY}@example.org", ok=True),
                          *member("silent", email=f"{CANARY}2@example.org"))
    # A value that cannot be taken costs no row; the others are bad.
    nested = f'{{"type":"profile","key":"{CANARY}","fields":{{"a":[["{CANARY}@example.org"]]}}}}\n'
    bad_rows = f'{{"{CANARY}":"{CANARY}@example.org"}}\n{{"type":"delete","key":["{CANARY}@example.org"]}}\n"{CANARY}@\n'
    status, answer, _ = pinrelay.request("POST", "/v1/changes", nested + bad_rows)
    assert (status, answer["accepted"], answer["rejected"]) == (202, 1, 3), answer
    assert f"{CANARY}@" not in str(answer), answer
    people = world.folder / "people.csv"
    people.write_text(f"key,email,ok\nc1,{CANARY}3@example.org,true\nc2,\"{CANARY}4@example.org\"x,true\n")
    pinrelay.command("import", people, "--audience", "Readers")
    pinrelay.command("job", "start", "readers")
    sent = {email_hash(f"{CANARY}@example.org"), email_hash(f"{CANARY}3@example.org")}
    pinrelay.simulator.faults({"fault": "html", "method": "PATCH"}, {"fault": "internal_error", "method": "PATCH"})
    pinrelay.wait_list(sent)
    pinrelay.post_applied(person("bad", email=f"{CANARY}5@example.org"), leaves("c1"), {"type": "delete", "key": "shared"})
    shown = [["job", "show", "readers"], ["job", "records", "readers"], ["job", "requests", "readers"],
             ["job", "why", "bad"], ["profile", "show", "bad"], ["audience", "show", "Readers"], ["field", "list"],
             ["plan", str(pinrelay.config_file), "--bytes", "3"], ["doctor"], ["job", "list"], ["import", "list"]]
    for command in shown:
        for json_output in (True, False):
            pinrelay.run(*command, json_output=json_output)
    pinrelay.converge({email_hash(f"{CANARY}@example.org"), email_hash(f"{CANARY}5@example.org")})
    log = pinrelay.log_file.read_text() + pinrelay.commands_file.read_text()
    for secret in ("pina_sim", WRITE_KEY):
        assert secret not in log, "a secret is in a log or in an answer"
        assert files_with(pinrelay.store, secret) == [], "a secret is in the store"
    assert CANARY not in log, "a readable value is in a log or in an answer"
    # Applied rows are erased; the write-ahead log keeps its last pages as long as the service runs.
    pinrelay.stop()
    assert files_with(pinrelay.store, CANARY) == ["pinrelay.db"], files_with(pinrelay.store, CANARY)
    # The profiles' two layers.
    tables = set(tables_with(pinrelay.store / "pinrelay.db", CANARY))
    assert tables and tables <= {"person_chunk", "person_recent"}, tables


@test
def a_deleted_person_leaves_no_readable_byte_behind(world):
    pinrelay, hashes = running(world)
    pinrelay.post_applied(*member(f"key-{CANARY}", email=f"{CANARY}@example.org", note=f"{CANARY} " * 20))
    pinrelay.flush()
    pinrelay.wait_list(hashes | {email_hash(f"{CANARY}@example.org")})
    assert files_with(pinrelay.store, CANARY), "the test looks for the wrong thing"
    pinrelay.post_applied({"type": "delete", "key": f"key-{CANARY}"})
    pinrelay.flush()
    pinrelay.wait_list(hashes)
    pinrelay.wait_idle()
    assert pinrelay.stop() == 0
    assert files_with(pinrelay.store, CANARY) == []


@test
def files_of_the_store_and_its_backups_are_for_their_owner_alone(world):
    pinrelay, _ = running(world)
    pinrelay.command("backup", world.folder / "backup")
    for folder in (pinrelay.store, world.folder / "backup"):
        for path in [folder, *folder.rglob("*")]:
            assert path.stat().st_mode & 0o077 == 0, f"{path.name}: {oct(path.stat().st_mode)}"


if __name__ == "__main__":
    main()
