#!/usr/bin/env python3
"""What Pinterest and the network do to us, and what people can do about it."""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import email_hash, enters, leaves, member, members, wait_until  # noqa: E402
from suite import main, test  # noqa: E402


def running(world, count=20, simulator=None, **job):
    pinrelay = world.pinrelay(simulator, job=job)
    rows, hashes = members(count)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    pinrelay.wait_idle()
    return pinrelay, hashes


def wait_state(pinrelay, state, code):
    return wait_until(f"the job is {state} with {code}", lambda: next(
        (job for job in [pinrelay.job()] if (job["state"], job["reason_code"]) == (state, code)), None))


@test
def ac_64_a_list_deleted_at_pinterest_fails_the_job_and_resume_fills_a_new_one(world):
    pinrelay, hashes = running(world)
    simulator = pinrelay.simulator
    old = simulator.only_list()["id"]
    simulator.call("DELETE", f"lists/{old}")
    rows, more = members(5, start=100)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    job = wait_state(pinrelay, "Failed", "list_gone")
    assert "choose another list or create one" in job["reason"] and job["fix"], job
    pinrelay.command("job", "resume", "readers")
    pinrelay.wait_list(hashes | more)
    assert simulator.only_list()["id"] != old


@test
def ac_64_another_list_named_by_apply_starts_a_new_ledger_and_the_job_resumes(world):
    pinrelay, hashes = running(world)
    simulator = pinrelay.simulator
    # Another list of the account, made by somebody else, with somebody on it.
    other = world.pinrelay(simulator, job={"name": "other", "audience": "Other"})
    other.post_applied(*[{"type": "profile", "key": "x", "fields": {"email": "x@example.org"}}, enters("x", "Other")])
    other.command("job", "start", "other")
    wait_until("the other list exists", lambda: len(simulator.lists()) == 2)
    other.close()
    mine, theirs = (each["id"] for each in sorted(simulator.lists(), key=lambda each: each["id"]))
    simulator.call("DELETE", f"lists/{mine}")
    pinrelay.post_applied(leaves("u0"))
    pinrelay.flush()
    wait_state(pinrelay, "Failed", "list_gone")
    pinrelay.job_configuration["list"] = {"id": theirs, "type": "EMAIL"}
    pinrelay.apply()
    was_there = email_hash("x@example.org")
    pinrelay.wait_list((hashes | {was_there}) - {email_hash("person0@example.org")}, theirs)
    assert pinrelay.job()["list"]["content"] == "our additions, plus what was there"


@test
def ac_64_one_bad_record_is_isolated_and_rejected_and_all_others_arrive(world):
    pinrelay, hashes = running(world)
    bad = "bad@example.org"
    pinrelay.simulator.faults({"bad_record": email_hash(bad)})
    rows, more = members(500, start=100)
    pinrelay.post_applied(*rows, *member("guilty", email=bad))
    pinrelay.flush()
    pinrelay.wait_list(hashes | more)
    pinrelay.wait_idle()
    records = pinrelay.command("job", "records", "readers", "--reason", "rejected_by_pinterest")["records"]
    assert [record["identifier"][:8] for record in records] == [email_hash(bad)[:8]], records
    assert pinrelay.job()["total"]["rejected"] == 1
    calls = pinrelay.simulator.change_calls()
    pinrelay.command("job", "resync", "readers")
    pinrelay.wait_followed()
    pinrelay.wait_idle()
    assert pinrelay.simulator.change_calls() == calls, "a rejected record was sent again unasked"
    pinrelay.post_applied(leaves("guilty"), *member("guilty", email="good@example.org"))
    pinrelay.flush()
    pinrelay.wait_list(hashes | more | {email_hash("good@example.org")})


@test
def ac_64_a_request_that_is_too_large_shrinks_and_the_size_is_remembered(world):
    pinrelay, hashes = running(world)
    pinrelay.simulator.options(records_max=300)
    rows, more = members(1_000, start=100)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    pinrelay.wait_list(hashes | more)
    refused = [call for call in pinrelay.simulator.writes() if call["status"] == 413]
    accepted = [call["records"] for call in pinrelay.simulator.writes() if call["status"] == 200]
    assert [call["records"] for call in refused] == [1000, 500], refused
    assert max(accepted) == 250, accepted
    pinrelay.kill()
    pinrelay.start()
    rows, last = members(400, start=2_000)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    pinrelay.wait_list(hashes | more | last)
    assert len([call for call in pinrelay.simulator.writes() if call["status"] == 413]) == 2


@test
def batches_refused_whatever_is_in_them_fail_the_job_and_resume_goes_on(world):
    pinrelay, hashes = running(world)
    pinrelay.simulator.faults(*[{"bad_record": email_hash(f"person{i}@example.org")} for i in range(100, 164)])
    rows, _ = members(64, start=100)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    wait_until("everyone is rejected or the job has failed", lambda: (
        lambda job: job["state"] == "Failed" or job["total"]["rejected"] == 64)(pinrelay.job()))
    assert pinrelay.simulator.members() == hashes


@test
def a_refused_token_makes_the_job_sleep_until_another_token_is_in_the_file(world):
    pinrelay, hashes = running(world)
    simulator = pinrelay.simulator
    simulator.call("POST", "tokens", {"revoke": "pina_sim"})
    rows, more = members(5, start=100)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    job = wait_state(pinrelay, "Sleeping", "auth_error")
    assert "token" in job["fix"], job
    calls = simulator.state()["requests"]["total"]
    pinrelay.post_applied(leaves("u0"))
    assert simulator.state()["requests"]["total"] - calls <= 1, "a refused token is tried again and again"
    simulator.call("POST", "tokens", {"add": "pina_new"})
    pinrelay.write_secret(pinrelay.token_file, "pina_new")
    pinrelay.converge((hashes | more) - {email_hash("person0@example.org")}, seconds=30)
    assert "pina_new" not in pinrelay.log_file.read_text()


@test
def a_token_that_may_not_write_lists_makes_the_job_wait_with_auth_error(world):
    simulator = world.simulator()
    simulator.call("PATCH", "ad_accounts/549755885175", {"role": "ANALYST"})
    pinrelay = world.pinrelay(simulator)
    rows, hashes = members(5)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    job = wait_state(pinrelay, "Sleeping", "auth_error")
    assert "role" in job["fix"], job
    simulator.call("PATCH", "ad_accounts/549755885175", {"role": "ADMIN"})
    pinrelay.command("job", "restart", "readers")
    pinrelay.wait_list(hashes)


@test
def retry_after_is_obeyed(world):
    pinrelay, hashes = running(world)
    simulator = pinrelay.simulator
    simulator.faults({"fault": "throttled", "retry_after": 3, "method": "PATCH"})
    rows, more = members(5, start=100)
    pinrelay.post_applied(*rows)
    pinrelay.flush()
    wait_until("the 429 has come", lambda: [call for call in simulator.writes() if call["status"] == 429])
    refused_at = time.monotonic()
    assert wait_state(pinrelay, "Sleeping", "rate_limited")["until"]
    pinrelay.wait_list(hashes | more)
    assert time.monotonic() - refused_at >= 2.5
    statuses = [call["status"] for call in simulator.writes()][-2:]
    assert statuses == [429, 200], statuses


@test
def the_limit_of_pinterest_is_never_reached(world):
    simulator = world.simulator()
    pinrelay = world.pinrelay(simulator, job={"records_per_request": 1})
    # Slower than the 100 calls a second that Pinterest allows of any kind.
    simulator.faults({"fault": "slow", "delay_ms": 12, "per_mille": 1000})
    rows, hashes = members(420)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    wait_until("the budget is spent", lambda: len(simulator.members()) >= 395)
    wait_state(pinrelay, "Sleeping", "rate_budget")
    assert simulator.state()["requests"]["throttled_by_limit"] == 0
    assert len(simulator.members()) < 420 and simulator.members() < hashes


@test
def requests_of_unknown_outcome_leave_the_list_right_even_when_the_wish_flips(world):
    pinrelay, hashes = running(world, settle_after_unknown="2s")
    simulator = pinrelay.simulator
    for number, fault in enumerate(("internal_error", "cut_after_body", "html", "truncated", "wrong_type",
                                    "request_timeout", "bad_gateway", "unavailable", "cut_before_body")):
        for applied in (True, False):
            if (fault in ("html", "truncated", "wrong_type") and not applied) or (fault == "cut_before_body" and applied):
                continue
            order = {"fault": fault, "method": "PATCH"}
            if fault not in ("html", "truncated", "wrong_type", "cut_before_body"):
                order["applied"] = applied
            simulator.faults(order)
            name = f"{fault}-{number}-{applied}"
            address = f"{name}@example.org".replace("_", "-")
            seen = simulator.change_calls()
            pinrelay.post_applied(*member(name, email=address))
            pinrelay.flush()
            wait_until("the fault has hit", lambda: simulator.change_calls() > seen or fault == "cut_before_body")
            pinrelay.post_applied(leaves(name), leaves(f"u{number}"))
            hashes.discard(email_hash(f"person{number}@example.org"))
            pinrelay.command("job", "restart", "readers")
            pinrelay.flush()
    pinrelay.converge(hashes)
    # The list may be right by luck while the opposite of a lost request still settles.
    pinrelay.wait_idle(flushing=True)
    assert simulator.members() == hashes


@test
def an_unreachable_pinterest_costs_nothing_but_time(world):
    pinrelay, hashes = running(world)
    simulator = pinrelay.simulator
    state_file = simulator.folder / "state"
    port = simulator.port
    simulator.stop()
    rows, more = members(5, start=100)
    pinrelay.post_applied(*rows, leaves("u0"))
    pinrelay.flush()
    job = wait_state(pinrelay, "Sleeping", "network_error")
    assert job["until"] and job["fix"], job
    assert not state_file.exists()
    back = world.simulator(listen=f"127.0.0.1:{port}")
    # An empty Pinterest: the list is gone there.
    pinrelay.command("job", "restart", "readers")
    wait_state(pinrelay, "Failed", "list_gone")
    pinrelay.command("job", "resume", "readers")
    wanted = (hashes | more) - {email_hash("person0@example.org")}
    wait_until("the new list equals the audience", lambda: back.members() == wanted)


def certificate(folder):
    """A certificate authority of our own and a certificate for localhost."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=Test CA", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr",
            "-subj", "/CN=localhost")
    (folder / "extensions").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-out", "server.pem", "-extfile", "extensions")


@test
def tls_with_our_own_authority_works_and_without_it_nothing_is_sent(world):
    certificate(world.folder)
    simulator = world.simulator(tls_cert=world.folder / "server.pem", tls_key=world.folder / "server.key",
                                ca_file=world.folder / "ca.pem")
    assert simulator.base_url.startswith("https://localhost:")
    pinrelay = world.pinrelay(simulator)
    rows, hashes = members(30)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    pinrelay.stop()
    trusted = simulator.state()["requests"]["total"]
    del pinrelay.configuration["pinterest"]["ca_file"]
    pinrelay.write_configuration()
    pinrelay.start()
    pinrelay.post_applied(leaves("u0"))
    pinrelay.flush()
    job = wait_state(pinrelay, "Sleeping", "tls_error")
    assert "certificate" in job["reason"].lower(), job
    assert simulator.state()["requests"]["total"] == trusted
    assert simulator.members() == hashes


@test
def plain_http_to_another_machine_is_refused_by_the_configuration(world):
    pinrelay = world.pinrelay(start=False)
    pinrelay.configuration["pinterest"]["base_url"] = "http://pinterest.example.org/v5"
    pinrelay.write_configuration()
    problems = pinrelay.fails("lint", pinrelay.config_file, exit_code=78)["problems"]
    assert [problem["path"] for problem in problems] == ["pinterest.base_url"], problems


@test
def the_brake_holds_unusually_many_removals_until_a_person_releases_them(world):
    pinrelay, hashes = running(world, count=200, brake={"enabled": True, "percent": 20, "people": 30})
    pinrelay.post_applied(*[leaves(f"u{i}") for i in range(100)], *member("new", email="new@example.org"))
    pinrelay.flush()
    # Additions go on.
    new = email_hash("new@example.org")
    pinrelay.wait_list(hashes | {new})
    job = wait_until("the brake holds", lambda: next(
        (job for job in [pinrelay.job()] if job["brake"]["holds"]), None))
    assert job["queue"]["braked"]["identifiers"] == 100, job["queue"]
    pinrelay.kill()
    pinrelay.start()
    pinrelay.wait_followed()
    assert pinrelay.job()["brake"]["holds"], "the brake is forgotten by a restart"
    # Erasure passes.
    pinrelay.post_applied({"type": "delete", "key": "u150"})
    pinrelay.flush()
    pinrelay.wait_list((hashes | {new}) - {email_hash("person150@example.org")})
    pinrelay.command("job", "release", "readers")
    pinrelay.wait_list({email_hash(f"person{i}@example.org") for i in range(100, 200) if i != 150} | {new})


if __name__ == "__main__":
    main()
