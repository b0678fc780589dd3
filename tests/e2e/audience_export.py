#!/usr/bin/env python3
"""The Audience Export from data in to the list at (simulated) Pinterest."""

import csv
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import *  # noqa: E402,F403
from suite import main, test  # noqa: E402


def write_csv(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


@test
def ac_58_people_from_a_csv_file_are_on_the_list_and_nobody_else(world):
    simulator = world.simulator()
    pinrelay = world.pinrelay(simulator)
    rows = [(f"u{i}", f" Person{i}@Example.ORG ", f"name {i}\nsecond line, \"quoted\"") for i in range(1500)]
    people = write_csv(world.folder / "people.csv", ("id", "email", "note"), rows)
    done = pinrelay.command("import", people, "--key", "id", "--audience", "Readers")
    assert (done["state"], done["rows"], done["bad_rows"]) == ("done", 1500, 0), done
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(email_hash(email) for _, email, _ in rows)
    assert pinrelay.audience_size() == 1500


@test
def ac_58_the_list_becomes_a_pinterest_audience_whose_id_is_shown(world):
    pinrelay = world.pinrelay(job={"create_audience": True})
    rows, hashes = members(3)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    shown = wait_until("the audience is made", lambda: pinrelay.job()["list"]["audience_id"])
    made = pinrelay.simulator.state()["audiences"]
    assert [audience["id"] for audience in made] == [shown]
    assert made[0]["customer_list_id"] == pinrelay.simulator.only_list()["id"]


@test
def ac_51_of_25000_members_the_24000_with_an_address_are_sent_and_1000_counted_invalid(world):
    pinrelay = world.pinrelay()
    rows = [(f"u{i}", f"person{i}@example.org" if i % 25 else "") for i in range(25_000)]
    people = write_csv(world.folder / "people.csv", ("key", "email"), rows)
    pinrelay.command("import", people, "--audience", "Readers")
    pinrelay.command("job", "start", "readers")
    expected = {email_hash(email) for _, email in rows if email}
    assert len(expected) == 24_000
    pinrelay.wait_list(expected)
    total = pinrelay.wait_idle()["total"]
    assert (total["considered"], total["added"], total["invalid"]) == (25_000, 24_000, 1_000), total
    assert total["reasons"] == {"missing_identifier": 1_000}
    routes = [call["method"] for call in pinrelay.simulator.writes()]
    assert routes == ["POST", "PATCH", "PATCH"], routes
    assert {call["operation"] for call in pinrelay.simulator.writes()} == {"ADD"}
    records = pinrelay.command("job", "records", "readers", "--reason", "missing_identifier", "--limit", 10)
    assert len(records["records"]) == 10 and records["more"]


@test
def ac_45_one_list_is_created_with_the_first_batch_and_named_prefix_audience_seconds(world):
    pinrelay = world.pinrelay(job={"list_prefix": "Lytics"})
    pinrelay.command("job", "start", "readers")
    wait_until("the job waits for a member", lambda: pinrelay.job()["phase"]["name"] == "awaiting_first_member")
    pinrelay.post_applied(*member("nobody", email="not an address"))
    pinrelay.flush()
    assert pinrelay.simulator.lists() == []
    before = int(time.time())
    rows, hashes = members(5)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    pinrelay.wait_list(hashes)
    name = pinrelay.simulator.only_list()["name"]
    match = re.fullmatch(r"Lytics Readers (\d{10})", name)
    assert match and before <= int(match[1]) <= time.time(), name


@test
def ac_45_a_create_whose_answer_is_lost_leaves_one_list(world):
    simulator = world.simulator()
    simulator.faults({"fault": "cut_after_body", "applied": True, "method": "POST", "path": "customer_lists"})
    pinrelay = world.pinrelay(simulator)
    rows, hashes = members(50)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    assert len(simulator.lists()) == 1


@test
def ac_45_a_crash_between_create_and_its_answer_leaves_one_list(world):
    simulator = world.simulator()
    simulator.faults({"fault": "slow", "delay_ms": 20_000, "method": "POST", "path": "customer_lists"})
    pinrelay = world.pinrelay(simulator)
    rows, hashes = members(50)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    wait_until("Pinterest has made the list", simulator.lists)
    pinrelay.kill()
    pinrelay.start()
    pinrelay.wait_list(hashes)
    pinrelay.wait_idle()
    assert len(simulator.lists()) == 1
    more, more_hashes = members(10, start=50)
    pinrelay.post_applied(*more)
    pinrelay.flush()
    pinrelay.wait_list(hashes | more_hashes)


@test
def ac_46_and_47_an_email_job_makes_a_list_of_type_EMAIL_and_a_mobile_job_one_of_type_MAID(world):
    pinrelay = world.pinrelay()
    devices = pinrelay.job_settings(name="devices", audience="Devices", identifiers=[{"idfa": "mobile_id"}])
    pinrelay.configuration["jobs"].append(devices)
    pinrelay.apply()
    pinrelay.post_applied(*member("u1", email="a@example.org"), person("u2", idfa="38400000-8CF0-11BD-B23E-10B96E40000D"),
                          enters("u2", "Devices"))
    pinrelay.command("job", "start", "readers")
    pinrelay.command("job", "start", "devices")
    wait_until("both lists exist", lambda: len(pinrelay.simulator.lists()) == 2)
    types = {each["name"].split()[1]: each["list_type"] for each in pinrelay.simulator.lists()}
    assert types == {"Readers": "EMAIL", "Devices": "MAID"}


@test
def ac_47_a_list_known_to_hold_mobile_ids_refuses_a_job_of_addresses(world):
    pinrelay = world.pinrelay(job={"identifiers": [{"idfa": "mobile_id"}], "list": {"id": "643", "type": "MAID"}})
    pinrelay.configuration["jobs"].append(
        pinrelay.job_settings(name="mails", list={"id": "643", "type": "EMAIL", "shared": True}))
    pinrelay.write_configuration()
    error = pinrelay.fails("apply", pinrelay.config_file, exit_code=78)
    assert "one identifier type" in error["message"] or "list_type" in str(error), error


@test
def ac_48_hashed_addresses_pass_and_a_raw_one_among_them_is_hashed_and_warned_of(world):
    pinrelay = world.pinrelay(job={"identifiers": [{"email": "email"}, {"hashed": "sha256_email"}]})
    raw = "in-the-wrong-field@example.org"
    pinrelay.post_applied(
        *member("u1", hashed=email_hash("a@example.org")),
        *member("u2", hashed=email_hash("b@example.org").upper()),
        *member("u3", hashed=raw),
        *member("u4", hashed="d41d8cd98f00b204e9800998ecf8427e"),
        *member("u5", hashed=email_hash("e@example.org"), email="e@example.org"),
        *member("u6", hashed=sha256("")))
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list({email_hash("a@example.org"), email_hash("b@example.org"), email_hash(raw),
                        email_hash("e@example.org")})
    total = pinrelay.wait_idle()["total"]
    assert total["reasons"] == {"wrong_hash": 2}, total
    assert total["warnings"] >= 1, total


@test
def ac_49_mobile_ids_are_lower_cased_and_hashed_and_hashed_ones_pass(world):
    pinrelay = world.pinrelay(job={"identifiers": [{"idfa": "mobile_id"}]})
    device = "38400000-8CF0-11BD-B23E-10B96E40000D"
    hashed = sha256("aaaaaaaa-8cf0-11bd-b23e-10b96e40000d")
    pinrelay.post_applied(*member("u1", idfa=device), *member("u2", idfa=hashed.upper()),
                          *member("u3", idfa="00000000-0000-0000-0000-000000000000"), *member("u4", idfa="12"))
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list({sha256(device.lower()), hashed})
    assert pinrelay.wait_idle()["total"]["reasons"] == {"invalid_maid": 2}


def live_job(world, rows=(), **job):
    """A job that has done its backfill, with these people."""
    pinrelay = world.pinrelay(job=job)
    if rows:
        pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_idle()
    return pinrelay


@test
def ac_52_what_is_queued_waits_for_its_time_and_goes_as_one_add_and_one_remove(world):
    rows, hashes = members(10)
    pinrelay = live_job(world, rows, flush={"after": "3s"})
    before = len(pinrelay.simulator.writes())
    started = time.monotonic()
    more, more_hashes = members(3, start=10)
    pinrelay.post_applied(*more, leaves("u0"), leaves("u1"))
    queue = pinrelay.job()["queue"]
    assert queue["queued_users"] == 5 and queue["next_flush"], queue
    assert len(pinrelay.simulator.writes()) == before
    pinrelay.wait_list(hashes - {email_hash("person0@example.org"), email_hash("person1@example.org")} | more_hashes)
    assert time.monotonic() - started >= 2.9
    calls = [(call["operation"], call["records"]) for call in pinrelay.simulator.writes()[before:]]
    assert sorted(calls) == [("ADD", 3), ("REMOVE", 2)], calls


@test
def ac_53_the_queue_is_sent_at_once_when_it_holds_enough_users_counted_as_people(world):
    pinrelay = live_job(world, flush={"after": "1h", "users": 100})
    rows = []
    for i in range(99):
        rows += member(f"u{i}", email=[f"person{i}@example.org", f"second{i}@example.org"])
    pinrelay.post_applied(*rows)
    assert pinrelay.job()["queue"]["queued_users"] == 99
    assert pinrelay.simulator.lists() == []
    pinrelay.post(*member("u99", email="person99@example.org"))
    wait_until("the list is there", lambda: len(pinrelay.simulator.members()) == 199)


@test
def ac_54_the_list_equals_the_audience_after_each_of_many_rounds_of_random_changes(world):
    import random
    dice = random.Random(54)
    rows, _ = members(200)
    pinrelay = live_job(world, [row for row in rows if row["type"] == "profile"])
    inside = set()
    for _ in range(12):
        changes = []
        for _ in range(dice.randrange(1, 400)):
            i = dice.randrange(200)
            entering = dice.random() < 0.5
            (inside.add if entering else inside.discard)(i)
            changes.append((enters if entering else leaves)(f"u{i}"))
        pinrelay.post_applied(*changes)
        pinrelay.flush()
        pinrelay.wait_list(email_hash(f"person{i}@example.org") for i in inside)


@test
def ac_55_a_change_that_is_taken_back_before_the_flush_is_never_sent(world):
    rows, hashes = members(5)
    pinrelay = live_job(world, rows)
    calls = pinrelay.simulator.change_calls()
    pinrelay.post_applied(*member("new", email="new@example.org"), leaves("u0"))
    assert pinrelay.job()["queue"]["queued_users"] == 2
    pinrelay.post_applied(leaves("new"), enters("u0"))
    assert pinrelay.job()["queue"]["queued_users"] == 0
    pinrelay.flush()
    pinrelay.wait_idle()
    assert pinrelay.simulator.members() == hashes
    assert pinrelay.simulator.change_calls() == calls, "something was sent"
    reasons = [record["reason"] for record in pinrelay.command("job", "records", "readers")["records"]]
    assert "no_change" in reasons, reasons


@test
def ac_60_each_state_of_the_list_at_pinterest_is_shown_and_explained(world):
    rows, _ = members(3)
    pinrelay = live_job(world, rows)
    for status, words in (("PROCESSING", "process"), ("TOO_SMALL", "100"), ("READY", "")):
        pinrelay.simulator.call("PATCH", f"lists/{pinrelay.simulator.only_list()['id']}", {"status": status})
        pinrelay.kill()
        pinrelay.start()  # it asks after a start, and then every five minutes
        shown = wait_until(f"{status} is shown", lambda: next(
            (job["list"] for job in [pinrelay.job()] if job["list"]["status"] == status), None))
        assert words in shown["status_meaning"], shown


@test
def ac_61_a_shared_address_leaves_the_list_with_its_last_owner(world):
    shared = "family@example.org"
    pinrelay = live_job(world, [*member("u1", email=shared), *member("u2", email=shared.upper()),
                                *member("u3", email="other@example.org")])
    other = email_hash("other@example.org")
    assert pinrelay.simulator.members() == {email_hash(shared), other}
    calls = pinrelay.simulator.change_calls()
    pinrelay.post_applied(leaves("u1"))
    pinrelay.flush()
    pinrelay.wait_idle()
    assert pinrelay.simulator.change_calls() == calls
    pinrelay.post_applied(leaves("u2"))
    pinrelay.flush()
    pinrelay.wait_list({other})
    pinrelay.wait_idle()
    last = pinrelay.simulator.writes()[-1]
    assert (last["operation"], last["records"]) == ("REMOVE", 1)
    assert pinrelay.simulator.change_calls() == calls + 1


@test
def ac_62_changed_late_and_multiple_addresses_are_followed(world):
    pinrelay = live_job(world, [*member("u1", email="a@example.org"), *member("u2"),
                                *member("u3", email=["x@example.org", "y@example.org", "z@example.org"])])
    on_list = {email_hash(f"{name}@example.org") for name in "axyz"}
    assert pinrelay.simulator.members() == on_list

    def expect(*names):
        pinrelay.flush()
        pinrelay.wait_list(email_hash(f"{name}@example.org") for name in names)

    pinrelay.post_applied(person("u1", email="b@example.org"))
    expect("b", "x", "y", "z")
    pinrelay.post_applied(person("u2", email="late@example.org"))
    expect("b", "late", "x", "y", "z")
    pinrelay.post_applied(person("u3", email=["x@example.org", "z@example.org"]))
    expect("b", "late", "x", "z")
    pinrelay.post_applied(leaves("u3"), {"type": "delete", "key": "u2"})
    expect("b")
    pinrelay.post_applied(person("u1", email=None))
    expect()


@test
def ac_63_changes_during_the_backfill_meet_it_without_a_gap(world):
    pinrelay = world.pinrelay()
    count, moved = 120_000, 2_000
    people = write_csv(world.folder / "people.csv", ("key", "email"),
                       ((f"u{i}", f"person{i}@example.org") for i in range(count)))
    pinrelay.command("import", people, "--audience", "Readers")
    pinrelay.command("job", "start", "readers")
    late, late_hashes = members(moved, start=count)
    step = count // moved
    gone = range(0, count, step)
    for start in range(0, moved, 200):
        pinrelay.post(*late[2 * start:2 * start + 400], *(leaves(f"u{i}") for i in gone[start:start + 200]))
    pinrelay.post_applied()
    pinrelay.flush()
    stayed = {email_hash(f"person{i}@example.org") for i in range(count) if i % step}
    pinrelay.wait_list(stayed | late_hashes)


@test
def ac_74_only_people_who_consent_are_sent(world):
    pinrelay = live_job(world, [*member("u1", email="a@example.org", ads_ok=True),
                                *member("u2", email="b@example.org", ads_ok=False),
                                *member("u3", email="c@example.org")], consent_field="ads_ok")
    assert pinrelay.simulator.members() == {email_hash("a@example.org")}
    assert pinrelay.wait_idle()["total"]["reasons"] == {"no_consent": 2}
    pinrelay.post_applied(person("u1", ads_ok=False), person("u2", ads_ok=True))
    pinrelay.flush()
    pinrelay.wait_list({email_hash("b@example.org")})


@test
def two_jobs_share_a_list_that_holds_the_union(world):
    rows, hashes = members(4)
    pinrelay = live_job(world, rows)
    list_id = pinrelay.simulator.only_list()["id"]
    first = {"list": {"id": list_id, "type": "EMAIL", "shared": True}}
    for name, audience in (("one", "One"), ("two", "Two")):
        pinrelay.configuration["jobs"].append(pinrelay.job_settings(name=name, audience=audience, **first))
    pinrelay.apply("--start")
    pinrelay.post_applied(enters("u0", "One"), *[person("v", email="v@example.org"), enters("v", "One")],
                          enters("v", "Two"), enters("u1", "Two"))
    both = hashes | {email_hash("v@example.org")}
    for name in ("one", "two"):
        pinrelay.flush(name)
    pinrelay.wait_list(both)
    pinrelay.post_applied(leaves("v", "One"), leaves("u0"), leaves("u1"), leaves("u1", "Two"))
    pinrelay.flush()
    pinrelay.wait_list(both - {email_hash("person1@example.org")})
    pinrelay.post_applied(leaves("v", "Two"))
    pinrelay.flush()
    pinrelay.wait_list(hashes - {email_hash("person1@example.org")})


if __name__ == "__main__":
    main()
