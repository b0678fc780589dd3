#!/usr/bin/env python3
"""The commands: configuration as code, exit codes, and counters that add up."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import BINARY, email_hash, leaves, member, members, person, wait_until  # noqa: E402
from suite import main, test  # noqa: E402


@test
def ac_81_lint_tells_all_mistakes_at_once_each_with_its_place_and_a_fix(world):
    pinrelay = world.pinrelay(start=False)
    assert pinrelay.command("lint", pinrelay.config_file)["ok"] is True
    pinrelay.config_file.write_text(
        "store: ./store\nlistn: 127.0.0.1:0\njobs:\n  - name: readers\n    type: audience_export\n"
        "    authorization: acme\n    audience: Readers\n    ad_account: abc\n"
        "    identifiers: [{email: email}, {idfa: mobile_id}]\n    flush: {after: soon}\n")
    problems = pinrelay.fails("lint", pinrelay.config_file, exit_code=78)["problems"]
    places = {(problem["path"], problem["line"]) for problem in problems}
    assert ("", 2) in places and ("jobs[0].ad_account", 8) in places, problems
    assert ("jobs[0].flush.after", 10) in places, problems
    assert any(problem["path"].startswith("jobs[0].identifiers") for problem in problems), problems
    assert all(problem["column"] > 0 and problem["message"] and problem["fix"] for problem in problems), problems
    assert "listen" in next(problem["fix"] for problem in problems if problem["line"] == 2), problems
    assert pinrelay.run("serve").exit_code == 78


@test
def ac_46_no_identifier_or_two_types_are_refused_naming_the_rule(world):
    pinrelay = world.pinrelay(start=False, job={"identifiers": []})
    assert pinrelay.fails("lint", pinrelay.config_file, exit_code=78)["problems"]
    pinrelay.job_configuration["identifiers"] = [{"h": "sha256_email"}, {"m": "mobile_id"}]
    pinrelay.write_configuration()
    problems = pinrelay.fails("lint", pinrelay.config_file, exit_code=78)["problems"]
    assert "type" in " ".join(problem["message"] + problem["fix"] for problem in problems), problems
    pinrelay.job_configuration["identifiers"] = [{"h": "sha256_email"}, {"e": "email"}]
    pinrelay.write_configuration()
    pinrelay.command("lint", pinrelay.config_file)


@test
def ac_46_the_identifier_type_of_a_job_that_runs_cannot_change(world):
    pinrelay = world.pinrelay()
    pinrelay.command("job", "start", "readers")
    pinrelay.job_configuration["identifiers"] = [{"idfa": "mobile_id"}]
    pinrelay.write_configuration()
    error = pinrelay.fails("apply", pinrelay.config_file, exit_code=1)
    assert error["code"] == "list_type", error


@test
def ac_81_plan_shows_what_would_change_sends_nothing_and_apply_twice_changes_nothing(world):
    pinrelay = world.pinrelay(start=False)
    pinrelay.start()
    rows, hashes = members(250)
    pinrelay.post_applied(*rows, *member("bad", email="nowhere"), *member("none"))
    plan = pinrelay.run("plan", pinrelay.config_file, "--bytes", 2)
    assert plan.exit_code == 2, plan.text
    job = plan.json["jobs"][0]
    assert (job["change"], job["identifiers_to_add"], job["identifiers_to_remove"]) == ("new", 250, 0), job
    assert job["invalid"] == {"invalid_email": 1, "missing_identifier": 1} and job["requests"] == 1, job
    body = job["bodies"][0]
    assert body["records"] == 250 and "@" not in body["body"] and body["first_people"], body
    assert "example.org" not in plan.text, "a plan shows a readable address"
    assert pinrelay.simulator.state()["requests"]["total"] == 0, "a plan has sent something"
    assert pinrelay.command("job", "list")["jobs"] == []
    first = pinrelay.apply("--start")["jobs"][0]
    assert (first["change"], first["started"]) == ("created", True), first
    second = pinrelay.apply("--start")["jobs"][0]
    assert (second["change"], second["started"]) == ("unchanged", False), second
    pinrelay.wait_list(hashes)
    pinrelay.wait_idle()
    again = pinrelay.run("plan", pinrelay.config_file)
    assert again.exit_code == 0, again.text
    pinrelay.post_applied(leaves("u0"))
    pinrelay.job_configuration["flush"] = {"after": "2h"}
    pinrelay.write_configuration()
    changed = pinrelay.run("plan", pinrelay.config_file)
    assert changed.exit_code == 2 and changed.json["jobs"][0]["identifiers_to_remove"] == 1, changed.text
    assert changed.json["jobs"][0]["settings"], changed.text
    assert pinrelay.apply()["jobs"][0]["change"] == "changed"


@test
def ac_81_a_job_is_made_started_paused_watched_and_removed_by_commands_alone(world):
    pinrelay = world.pinrelay()
    assert pinrelay.job()["state"] == "Draft"
    rows, hashes = members(3)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    listed = pinrelay.command("job", "list")["jobs"]
    assert [job["name"] for job in listed] == ["readers"]
    shown = pinrelay.job()
    assert shown["integration"] == {"implementation_type": "server-side", "technique": "REST API, audience trigger",
                                    "frequency": "real time"}
    assert shown["simulated"] is True
    audience = pinrelay.command("audience", "show", "Readers")
    assert audience["members"] == 3 and audience["jobs"][0]["name"] == "readers"
    requests = pinrelay.command("job", "requests", "readers")["requests"]
    assert [each["what"] for each in requests if each["method"] == "POST"] == ["create list"], requests
    pinrelay.command("job", "pause", "readers")
    pinrelay.command("job", "delete", "readers")
    assert pinrelay.command("job", "list")["jobs"] == []


def at_a_terminal(pinrelay, answer, *arguments):
    """What a command says at a terminal, where somebody types the answer once asked; and its exit code."""
    import os
    import pty
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(BINARY, [BINARY, *arguments, "--config", str(pinrelay.config_file)])
    said = b""
    try:
        while b"[y/N]" not in said:
            said += os.read(terminal, 4096)
        os.write(terminal, answer.encode() + b"\n")
        while chunk := os.read(terminal, 4096):
            said += chunk
    except OSError:
        pass  # the end of a terminal
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said.decode()


@test
def what_cannot_be_taken_back_asks_at_a_terminal_and_elsewhere_gives_the_line_to_type(world):
    import shlex
    pinrelay = world.pinrelay()
    pinrelay.command("job", "start", "readers")
    for line in (("job", "delete", "readers", "--remove-first"), ("job", "stop", "readers")):
        error = pinrelay.fails(*line, exit_code=2)
        assert error["code"] == "not_confirmed", error
        code, said = at_a_terminal(pinrelay, "n", *line)
        assert code == 2 and pinrelay.job()["state"] in ("Running", "Sleeping"), said
    code, said = at_a_terminal(pinrelay, "y", "job", "delete", "readers", "--remove-first")
    assert code == 0, said
    wait_until("the job is gone", lambda: not pinrelay.command("job", "list")["jobs"])
    pinrelay.apply("--start")
    typed = shlex.split(error["fix"][error["fix"].index("pinrelay "):])[1:]
    assert pinrelay.run(*typed, config=False, json_output=False).exit_code == 0
    assert pinrelay.job()["state"] == "Stopped"


@test
def exit_codes_are_the_documented_ones(world):
    pinrelay = world.pinrelay()
    assert pinrelay.run("version", config=False).exit_code == 0
    assert pinrelay.run("no-such-command").exit_code == 2
    assert pinrelay.run("job", "show").exit_code == 2
    assert pinrelay.run("job", "show", "nobody").exit_code == 1
    assert pinrelay.run("lint", world.folder / "missing.yaml").exit_code != 0
    pinrelay.job_configuration["adaccount"] = "1"
    pinrelay.write_configuration()
    assert pinrelay.run("job", "list").exit_code == 78
    assert pinrelay.run("plan", pinrelay.config_file).exit_code in (1, 78)


@test
def help_begins_with_an_example_for_every_command(world):
    import subprocess
    top = subprocess.run([BINARY, "--help"], capture_output=True, text=True)
    assert top.returncode == 0 and top.stdout.startswith("Keeps Pinterest"), top.stdout
    for command in ("serve", "run", "lint", "plan", "apply", "import file", "job show", "job why", "audience list",
                    "field list", "profile show", "backup", "restore", "doctor", "version"):
        done = subprocess.run([BINARY, *command.split(), "--help"], capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout.startswith("Example:\n  pinrelay "), f"{command}: {done.stdout}"


@test
def ac_77_counters_add_up_and_equal_what_the_simulator_counted(world):
    pinrelay = world.pinrelay()
    simulator = pinrelay.simulator
    rows, hashes = members(300)
    pinrelay.post_applied(*rows, *member("bad", email="nowhere"), *member("twin", email="person7@example.org"),
                          *member("three", email=["i@example.org", "j@example.org", "k@example.org"]))
    pinrelay.command("job", "start", "readers")
    three = {email_hash(f"{name}@example.org") for name in "ijk"}
    pinrelay.wait_list(hashes | three)
    simulator.faults({"bad_record": email_hash("refused@example.org")})
    pinrelay.post_applied(*member("refused", email="refused@example.org"), *[leaves(f"u{i}") for i in range(40)],
                          *member("back", email="back@example.org"), leaves("back"), leaves("three"),
                          person("u50", email="other@example.org"))
    pinrelay.flush()
    expected = (hashes - {email_hash(f"person{i}@example.org") for i in [*range(40), 50]}) | \
        {email_hash("other@example.org"), email_hash("person7@example.org")}
    pinrelay.wait_list(expected)
    pinrelay.wait_idle()
    pinrelay.post_applied(leaves("twin"))
    pinrelay.flush()
    pinrelay.wait_list(expected - {email_hash("person7@example.org")})
    job = pinrelay.wait_idle()
    for run in [*job["runs"], job["total"]]:
        parts = sum(run[part] for part in ("added", "removed", "omitted", "invalid", "rejected", "pending"))
        assert run["considered"] == parts and run["pending"] == 0, run
        assert run["omitted"] + run["invalid"] + run["rejected"] == sum(run["reasons"].values()), run
    counted = simulator.state()["requests"]
    assert job["total"]["identifiers_added"] == counted["records_added"], (job["total"], counted)
    assert job["total"]["identifiers_removed"] == counted["records_removed"], (job["total"], counted)
    assert job["total"]["requests"] == simulator.change_calls(), (job["total"], counted["by_route"])
    assert job["total"]["invalid"] == 1 and job["total"]["rejected"] == 1, job["total"]
    assert job["list"]["identifiers"] == len(simulator.members())


@test
def doctor_finds_a_healthy_store_healthy_and_says_what_is_wrong_with_a_token(world):
    pinrelay = world.pinrelay()
    answer = pinrelay.run("doctor")
    assert answer.exit_code == 0, answer.text
    pinrelay.token_file.unlink()
    answer = pinrelay.run("doctor")
    assert answer.exit_code != 0 and "token" in answer.text, answer.text


@test
def a_trial_authorization_stretches_the_flush_and_says_so(world):
    pinrelay = world.pinrelay(start=False, job={"flush": {"after": "1s"}})
    pinrelay.configuration["authorizations"][0]["tier"] = "trial"
    pinrelay.write_configuration()
    pinrelay.start()
    pinrelay.apply("--start")
    job = pinrelay.job()
    assert job["authorization"]["tier"] == "trial", job
    assert job["flush"] == {"after_seconds": 600, "users": 10_000, "stretched_by_tier": True}, job["flush"]
    assert "300 list writes a day" in pinrelay.run("job", "show", "readers", json_output=False).output


@test
def an_apply_of_another_authorization_asks_for_a_restart(world):
    pinrelay = world.pinrelay()
    pinrelay.configuration["authorizations"].append({"name": "other", "token": {"file": "token"}})
    pinrelay.job_configuration["authorization"] = "other"
    pinrelay.write_configuration()
    error = pinrelay.fails("apply", pinrelay.config_file, exit_code=1)
    assert error["code"] == "authorization_unknown" and "restart" in error["fix"], error
    pinrelay.stop()
    pinrelay.start()
    pinrelay.apply()
    wait_until("it runs with it", lambda: pinrelay.job()["authorization"]["name"] == "other")


if __name__ == "__main__":
    main()
