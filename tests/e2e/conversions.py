#!/usr/bin/env python3
"""Conversions from the real program to the stand-in Pinterest: by HTTP, by kill, by what people ask of it."""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import AD_ACCOUNT, enters, leaves, person, sha256, wait_until  # noqa: E402
from suite import main, test  # noqa: E402

TOKEN = "pina_conversion_sim"


def orders(**settings):
    job = {
        "name": "orders",
        "type": "conversions_export",
        "authorization": "conversions",
        "audience": "Buyers",
        "action_source_default": "web",
        "event_name_default": "checkout",
        "identifiers": [{"email": "em"}],
        "event": [{"order": "event_id"}, {"at": "event_time"}],
        "details": [{"total": "value"}, {"currency": "currency"}],
    }
    job.update(settings)
    return job


def selling(world, start=True, **settings):
    """A service with the conversions job "orders", started."""
    pinrelay = world.pinrelay()
    pinrelay.write_secret(pinrelay.folder / "conversion.token", TOKEN)
    pinrelay.configuration["authorizations"].append(
        {"name": "conversions", "method": "conversion_token", "token": {"file": "conversion.token"},
         "ad_account": AD_ACCOUNT})
    pinrelay.configuration["jobs"] = [orders(**settings)]
    pinrelay.write_configuration()
    pinrelay.stop()
    pinrelay.start()
    pinrelay.apply()
    if start:
        pinrelay.command("job", "start", "orders")
    return pinrelay


def buys(number, **fields):
    values = {"email": f"buyer{number}@example.org", "order": f"order-{number}", "total": "19.90", "currency": "EUR"}
    values.update(fields)
    return [person(f"u{number}", **values), enters(f"u{number}", "Buyers")]


def wait_effective(pinrelay, count):
    return wait_until(f"{count} conversions count", lambda: next(
        (state for state in [pinrelay.simulator.conversion_state()] if state["effective"] == count), None))


def check_clean(pinrelay):
    state = pinrelay.simulator.conversion_state()
    assert state["violations"]["total"] == 0 and state["other_bytes"] == 0, state["violations"]


@test
def ac_39_a_hundred_checkouts_arrive_with_value_and_currency(world):
    pinrelay = selling(world)
    pinrelay.post_applied(*(row for number in range(100) for row in buys(number)))
    state = wait_effective(pinrelay, 100)
    assert state["late"] == 0 and state["failed"] == 0, state
    ids = {each["event_id"] for each in pinrelay.simulator.conversions()}
    assert ids == {f"order-{number}" for number in range(100)}
    job = pinrelay.job("orders")
    assert job["type"] == "conversions_export" and job["total"]["added"] == 100 and job["total"]["pending"] == 0, job
    check_clean(pinrelay)


@test
def ac_25_a_backfill_sends_members_once_and_those_who_come_meanwhile(world):
    pinrelay = selling(world, start=False, existing_users=True)
    pinrelay.post_applied(*(row for number in range(5_000) for row in buys(number)))
    plan = pinrelay.run("plan", pinrelay.config_file).json
    planned = plan["jobs"][0]
    assert planned["events"] == 5_000 and planned["requests"] == 5, planned
    pinrelay.command("job", "start", "orders")
    pinrelay.post_applied(*(row for number in range(5_000, 5_100) for row in buys(number)))
    state = wait_effective(pinrelay, 5_100)
    assert state["duplicates"] == 0, state
    check_clean(pinrelay)


@test
def ac_29_kills_lose_nothing_and_repeat_the_same_bytes(world):
    pinrelay = selling(world)
    pinrelay.simulator.faults({"profile": "light"})
    choice = random.Random(29)
    for part in range(20):
        numbers = range(part * 50, part * 50 + 50)
        pinrelay.post(*(row for number in numbers for row in buys(number)))
        time.sleep(choice.random() * 0.05)  # a random instant is what is tested
        pinrelay.kill()
        pinrelay.start()
    pinrelay.simulator.faults({"clear": True})
    pinrelay.command("job", "restart", "orders")
    wait_effective(pinrelay, 1_000)
    check_clean(pinrelay)
    wait_until("the counters add up", lambda: pinrelay.job("orders")["total"]["added"] == 1_000)


@test
def ac_37_who_is_invalid_is_in_the_records_with_a_reason_and_what_to_do(world):
    pinrelay = selling(world)
    pinrelay.post_applied(*buys(1, order=None), *buys(2, email="nobody"), *buys(3))
    wait_effective(pinrelay, 1)
    records = pinrelay.command("job", "records", "orders")["records"]
    assert sorted(record["reason"] for record in records) == ["missing_event_id", "missing_identifier"], records
    assert all(record["fix"] and record["outcome"] == "invalid" for record in records), records
    only = pinrelay.command("job", "records", "orders", "--reason", "missing_event_id")["records"]
    assert len(only) == 1, only


@test
def ac_40_refused_events_are_rejected_with_pinterests_words_and_retried_under_their_first_id_only(world):
    pinrelay = selling(world)
    pinrelay.simulator.bad_events("order-3", "order-7", how="unprocessable")
    pinrelay.post_applied(*(row for number in range(10) for row in buys(number)))
    wait_effective(pinrelay, 8)
    records = wait_until("two records", lambda: [
        record for record in pinrelay.command("job", "records", "orders")["records"]
        if record["reason"] == "rejected_by_pinterest"][:2] or None)
    assert len(records) == 2 and all(record["detail"] and record["request"] for record in records), records
    pinrelay.post_applied(person("u3", order="order-3b"), person("u7", order="order-7b"))
    retried = pinrelay.command("job", "retry", "orders")["result"]
    assert "of 0 people" in retried and "2 left out" in retried, retried
    pinrelay.post_applied(person("u3", order="order-3"))
    retried = pinrelay.command("job", "retry", "orders")["result"]
    assert "of 1 people" in retried and "1 left out" in retried, retried
    wait_until("it was refused again", lambda: len([
        record for record in pinrelay.command("job", "records", "orders")["records"]
        if record["reason"] == "rejected_by_pinterest"]) == 3)
    total = pinrelay.job("orders")["total"]
    assert (total["considered"], total["rejected"]) == (10, 2), total  # counted once
    wait_effective(pinrelay, 8)


@test
def ac_23_a_test_shows_values_and_answers_and_records_nothing(world):
    pinrelay = selling(world, start=False)
    pinrelay.post_applied(*(row for number in range(12) for row in buys(number)))
    before = pinrelay.command("job", "show", "orders")["total"]
    for alone in (False, True):
        if alone:
            pinrelay.stop()
        told = pinrelay.run("job", "test", "orders", "--people", "5").json
        assert told["accepted"] == 5 and len(told["results"]) == 5, told
        values = {value["target"]: value for value in told["results"][0]["values"]}
        assert values["em"]["raw"] == ["b***@e***.org"] and len(values["em"]["sent"][0]) == 7, values
        assert values["value"]["sent"] == "19.90" and told["results"][0]["result"]["accepted"], values
    state = pinrelay.simulator.conversion_state()
    assert state["effective"] == 0 and state["violations"]["total"] == 0, state
    pinrelay.start()
    assert pinrelay.command("job", "show", "orders")["total"] == before
    too_many = pinrelay.fails("job", "test", "orders", "--people", "21", exit_code=78)
    assert too_many["code"] == "usage", too_many


@test
def ac_08_and_09_a_conversion_token_is_verified_and_what_is_wrong_with_it_is_told_apart(world):
    pinrelay = selling(world, start=False)
    told = pinrelay.command("auth", "verify", "conversions")
    assert told["result"] == "verified" and told["status"] == 200, told
    pinrelay.write_secret(pinrelay.folder / "conversion.token", "pina_of_somebody_else")
    refused = pinrelay.run("auth", "verify", "conversions")
    assert refused.exit_code == 1 and refused.json["result"] == "token_refused", refused.json
    pinrelay.write_secret(pinrelay.folder / "conversion.token", f"  {TOKEN}\n")
    assert pinrelay.command("auth", "verify", "conversions")["result"] == "verified"
    signed_in = pinrelay.command("auth", "verify", "acme")
    assert AD_ACCOUNT in [account["id"] for account in signed_in["ad_accounts"]], signed_in
    pinrelay.simulator.stop()
    lost = pinrelay.run("auth", "verify", "conversions")
    assert lost.exit_code == 1 and lost.json["result"] == "not_verified", lost.json
    assert "pina_" not in str(told) + str(refused.json) + str(lost.json) + pinrelay.log_file.read_text()


@test
def records_can_be_taken_as_csv_without_raw_identifiers(world):
    pinrelay = selling(world)
    pinrelay.post_applied(*buys(1, order=None), *buys(2, email="nobody"), *buys(3))
    wait_effective(pinrelay, 1)
    text = pinrelay.run("job", "records", "orders", "--csv", json_output=False).output
    lines = text.strip().splitlines()
    assert lines[0] == "profile_id,person,reason,outcome,at,identifier,request,detail" and len(lines) == 3, text
    assert "example.org" not in text and "nobody" not in text and "u1" not in text, text


@test
def nothing_in_clear_is_left_in_answers_and_logs(world):
    pinrelay = selling(world, identifiers=[{"email": "em"}, {"ip": "client_ip_address"}, {"ua": "client_user_agent"}])
    pinrelay.post_applied(*buys(1, ip="203.0.113.77", ua="Mozilla/5.0 (Windows NT 10.0; Win64; x64) canary/1.0"), leaves("u1", "Buyers"))
    wait_effective(pinrelay, 1)
    told = "".join(str(pinrelay.command(*question)) for question in (
        ("job", "show", "orders"), ("job", "list"), ("job", "records", "orders"), ("job", "requests", "orders"),
        ("job", "why", "u1")))
    plan = pinrelay.run("plan", pinrelay.config_file, "--bytes", "3")
    told += str(plan.json) + pinrelay.log_file.read_text()
    for canary in ("buyer1@example.org", "203.0.113.77", "canary", sha256("buyer1@example.org"), TOKEN):
        assert canary not in told, canary


@test
def a_restored_store_waits_for_a_person_and_then_sends_what_was_frozen(world):
    pinrelay = selling(world)
    pinrelay.command("job", "pause", "orders")
    pinrelay.post_applied(*buys(1))
    backup = pinrelay.folder / "backup"
    pinrelay.command("backup", backup)
    pinrelay.stop()
    pinrelay.store.rename(pinrelay.folder / "lost")
    pinrelay.command("restore", backup)
    pinrelay.start()
    job = pinrelay.job("orders")
    assert (job["state"], job["reason_code"], job["events"]["live"]) == ("Paused", "restored", 1), job
    pinrelay.command("job", "resume", "orders")
    wait_effective(pinrelay, 1)
    wait_until("it is live", lambda: pinrelay.job("orders")["phase"]["name"] == "live")


@test
def verbs_that_only_lists_have_are_refused_with_a_reason(world):
    pinrelay = selling(world)
    for verb, code in (("flush", "only_lists"), ("resync", "only_lists"), ("release", "nothing_held")):
        error = pinrelay.fails("job", verb, "orders", exit_code=1)
        assert error["code"] == code, error
    pinrelay.command("job", "pause", "orders")
    pinrelay.post_applied(*buys(1))
    assert pinrelay.job("orders")["events"]["live"] == 1
    pinrelay.command("job", "delete", "orders")
    assert [job["name"] for job in pinrelay.command("job", "list")["jobs"]] == ["readers"]


if __name__ == "__main__":
    main()
