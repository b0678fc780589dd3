#!/usr/bin/env python3
"""The job goes on, whatever happens to the process: crashes, pauses, restarts, backups."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import BINARY, email_hash, enters, leaves, member, members, person, wait_until  # noqa: E402
from suite import main, test  # noqa: E402


def running(world, count=20, **job):
    """A job in its live phase with so many members on the list."""
    pinrelay = world.pinrelay(job=job)
    rows, hashes = members(count)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    pinrelay.wait_idle()
    return pinrelay, hashes


@test
def ac_56_a_queue_of_7000_survives_SIGKILL_and_stays_due_at_its_original_time(world):
    pinrelay, hashes = running(world)
    rows, more = members(7_000, start=100)
    pinrelay.post_applied(*rows)
    before = pinrelay.job()["queue"]
    assert before["queued_users"] == 7_000 and before["next_flush"], before
    pinrelay.kill()
    pinrelay.start()
    pinrelay.wait_followed()
    after = pinrelay.job()["queue"]
    assert after["queued_users"] == 7_000
    assert after["next_flush"] == before["next_flush"], f"{before} became {after}"
    pinrelay.flush()
    pinrelay.wait_list(hashes | more)


@test
def ac_56_a_pause_collects_and_a_resume_sends_the_net_difference(world):
    pinrelay, hashes = running(world, flush={"after": "1s"})
    pinrelay.command("job", "pause", "readers")
    assert pinrelay.job()["state"] == "Paused"
    calls = pinrelay.simulator.change_calls()
    rows, more = members(5, start=100)
    pinrelay.post_applied(*rows, leaves("u0"), leaves("u1"), leaves("u100"))
    pinrelay.post_applied(enters("u1"))
    assert pinrelay.simulator.change_calls() == calls, "a paused job has sent something"
    pinrelay.command("job", "resume", "readers")
    gone = {email_hash("person0@example.org"), email_hash("person100@example.org")}
    pinrelay.wait_list((hashes | more) - gone)
    pinrelay.wait_idle()
    sent = [(call["operation"], call["records"])
            for call in pinrelay.simulator.writes()[calls - pinrelay.simulator.change_calls():]]
    assert sorted(sent) == [("ADD", 4), ("REMOVE", 1)], sent


@test
def a_pause_survives_a_restart(world):
    pinrelay, hashes = running(world)
    pinrelay.command("job", "pause", "readers")
    pinrelay.kill()
    pinrelay.start()
    assert pinrelay.job()["state"] == "Paused"
    pinrelay.command("job", "resume", "readers")
    pinrelay.post_applied(leaves("u0"))
    pinrelay.flush()
    pinrelay.wait_list(hashes - {email_hash("person0@example.org")})


@test
def rows_that_were_answered_with_202_survive_SIGKILL_at_once(world):
    pinrelay, hashes = running(world)
    for round_number in range(5):
        rows, more = members(50, start=1000 + 50 * round_number)
        pinrelay.post(*rows)
        pinrelay.kill()
        hashes |= more
        pinrelay.start()
    wait_until("all are members", lambda: pinrelay.audience_size() == len(hashes))
    pinrelay.wait_followed()
    pinrelay.flush()
    pinrelay.wait_list(hashes)


@test
def a_stop_lets_the_open_request_end_so_that_its_outcome_is_known(world):
    pinrelay, hashes = running(world)
    pinrelay.simulator.faults({"fault": "slow", "delay_ms": 1500, "method": "PATCH"})
    rows, more = members(10, start=100)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    wait_until("the request is open", lambda: pinrelay.simulator.members() == hashes | more)
    assert pinrelay.stop() == 0
    pinrelay.start()
    last = [each for each in pinrelay.command("job", "requests", "readers")["requests"] if each["what"] == "add"][0]
    assert (last["status"], last["verdict"]) == (200, "done"), last


@test
def a_stop_while_rows_come_in_answers_all_of_them_or_keeps_none(world):
    pinrelay, hashes = running(world)
    rows, more = members(2_000, start=100)
    pinrelay.post(*rows)
    assert pinrelay.stop() == 0
    assert "cli stopped" in pinrelay.log_of_this_start()
    pinrelay.start()
    pinrelay.wait_followed()
    wait_until("all are members", lambda: pinrelay.audience_size() == 2_020)
    pinrelay.flush()
    pinrelay.wait_list(hashes | more)


@test
def a_second_service_on_the_same_store_is_refused_with_a_clear_message(world):
    pinrelay, _ = running(world)
    for arguments in (["serve"], ["run", "--until-idle"]):
        answer = pinrelay.run(*arguments)
        assert answer.exit_code == 1, answer.text
        assert answer.json["error"]["code"] == "store_in_use", answer.text
        assert str(pinrelay.store) in answer.errors and "stop it first" in answer.errors, answer.errors
    assert pinrelay.job()["state"] in ("Running", "Sleeping")


@test
def commands_work_without_a_service_and_say_that_nothing_is_sent(world):
    pinrelay, _ = running(world)
    pinrelay.stop()
    answer = pinrelay.run("job", "show", "readers", json_output=False)
    assert answer.exit_code == 0 and "No service works on this store" in answer.output, answer.text
    pinrelay.command("job", "pause", "readers")
    pinrelay.start()
    assert pinrelay.job()["state"] == "Paused"


@test
def run_until_idle_does_everything_and_a_second_time_nothing(world):
    pinrelay, hashes = running(world)
    pinrelay.stop()
    people = world.folder / "people.ndjson"
    people.write_text("".join(f'{{"type":"profile","key":"n{i}","fields":{{"email":"n{i}@example.org"}}}}\n'
                              for i in range(3000)))
    pinrelay.command("import", people, "--audience", "Readers")
    assert pinrelay.run("run", "--until-idle").exit_code == 0
    expected = hashes | {email_hash(f"n{i}@example.org") for i in range(3000)}
    assert pinrelay.simulator.members() == expected
    calls = pinrelay.simulator.change_calls()
    assert pinrelay.run("run", "--until-idle").exit_code == 0
    assert pinrelay.simulator.change_calls() == calls


@test
def a_backup_of_a_running_store_is_restored_with_jobs_paused_and_then_makes_the_list_right(world):
    pinrelay, hashes = running(world)
    rows, more = members(30, start=100)
    pinrelay.post_applied(*rows)
    backup = world.folder / "backup"
    pinrelay.command("backup", backup)
    error = pinrelay.fails("backup", backup, exit_code=1)
    assert error["code"] == "target_exists", error
    # What happens after the backup is not in it, and is on the list all the same.
    pinrelay.post_applied(*member("late", email="late@example.org"), leaves("u0"))
    pinrelay.flush()
    pinrelay.wait_list((hashes | more | {email_hash("late@example.org")}) - {email_hash("person0@example.org")})
    pinrelay.kill()
    error = pinrelay.fails("restore", backup, exit_code=1)
    assert error["code"] == "target_exists", error
    shutil.rmtree(pinrelay.store)
    pinrelay.command("restore", backup)
    pinrelay.start()
    job = pinrelay.job()
    assert (job["state"], job["reason_code"]) == ("Paused", "restored"), job
    pinrelay.command("job", "resume", "readers")
    # Who was added after the backup is not known here, so nobody may remove them: only we know of ours.
    pinrelay.wait_followed()
    pinrelay.flush()
    pinrelay.wait_list(hashes | more | {email_hash("late@example.org")})
    pinrelay.post_applied(leaves("u1"))
    pinrelay.flush()
    pinrelay.wait_list((hashes | more | {email_hash("late@example.org")}) - {email_hash("person1@example.org")})


@test
def reassert_puts_back_who_was_removed_by_hand(world):
    pinrelay, hashes = running(world)
    simulator = pinrelay.simulator
    body = '{"operation_type":"REMOVE","records":"%s"}' % email_hash("person3@example.org")
    by_hand(simulator, body)
    assert simulator.members() == hashes - {email_hash("person3@example.org")}
    pinrelay.command("job", "resync", "readers")
    pinrelay.wait_followed()
    pinrelay.wait_idle()
    assert simulator.members() != hashes, "an ordinary resync trusts the ledger"
    pinrelay.command("job", "resync", "readers", "--reassert")
    pinrelay.wait_list(hashes)


def by_hand(simulator, body):
    """A change that somebody makes in Ads Manager."""
    import http.client
    connection = http.client.HTTPConnection(simulator.address, simulator.port)
    found = simulator.only_list()
    connection.request("PATCH", f"/v5/ad_accounts/{found['ad_account_id']}/customer_lists/{found['id']}", body,
                       {"Authorization": "Bearer pina_sim", "Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()


@test
def deleting_a_job_leaves_the_list_or_first_removes_everyone_we_added(world):
    pinrelay, hashes = running(world)
    list_id = pinrelay.simulator.only_list()["id"]
    said = pinrelay.command("job", "delete", "readers")["result"]
    assert "20" in said, said
    assert pinrelay.simulator.members() == hashes
    pinrelay.job_configuration["list"] = {"id": list_id, "type": "EMAIL"}
    pinrelay.apply("--start")
    pinrelay.wait_idle()
    said = pinrelay.command("job", "delete", "readers", "--remove-first", "--yes")["result"]
    assert "20" in said, said
    pinrelay.wait_list(set())
    wait_until("the job is gone", lambda: not pinrelay.command("job", "list")["jobs"])


@test
def a_stopped_job_is_over_for_good(world):
    pinrelay, hashes = running(world)
    pinrelay.command("job", "stop", "readers", "--yes")
    pinrelay.post_applied(leaves("u0"))
    for verb in ("start", "resume", "pause", "flush", "resync", "restart"):
        error = pinrelay.fails("job", verb, "readers", exit_code=1)
        assert error["code"] == "wrong_state", error
    assert pinrelay.simulator.members() == hashes


@test
def interrupted_commands_and_the_service_end_on_SIGINT_too(world):
    pinrelay, _ = running(world)
    pinrelay.process.send_signal(signal.SIGINT)
    assert pinrelay.process.wait(20) == 0
    done = subprocess.run([BINARY, "version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("pinrelay ")


@test
def job_why_follows_one_person_from_profile_to_list(world):
    pinrelay, _ = running(world)
    pinrelay.post_applied(person("u0", email="changed@example.org"), *member("bad", email="nowhere"))
    why = pinrelay.command("job", "why", "u0")
    assert "changed@example.org" not in str(why) and "person0@example.org" not in str(why), why
    steps = why["jobs"][0]["identifiers"]
    by_hash = {step["identifier"].rstrip("…"): step for step in steps}
    old, new = by_hash[email_hash("person0@example.org")[:8]], by_hash[email_hash("changed@example.org")[:8]]
    assert (old["desired"], old["acknowledged"], old["queue"]["operation"]) == (False, "on_list", "remove"), old
    assert (new["desired"], new["acknowledged"], new["queue"]["operation"]) == (True, "not_on_list", "add"), new
    pinrelay.flush()
    pinrelay.wait_idle()
    after = pinrelay.command("job", "why", "u0")["jobs"][0]["identifiers"]
    assert [step["acknowledged"] for step in after if step["desired"]] == ["on_list"], after
    bad = pinrelay.command("job", "why", "bad")["jobs"][0]
    assert bad["reason"] == "invalid_email" and not bad["identifiers"], bad
    pinrelay.post_applied(leaves("u1"))
    gone = pinrelay.command("job", "why", "u1")["jobs"][0]
    assert not gone["member"] and gone["identifiers"], "the way of one who leaves is not shown"
    step = gone["identifiers"][0]
    assert (step["desired"], step["acknowledged"], step["queue"]["operation"]) == (False, "on_list", "remove"), step
    assert pinrelay.run("job", "why", "nobody").exit_code == 1


if __name__ == "__main__":
    main()
