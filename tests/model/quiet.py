"""Things calm down: the troubles end, people do what the product asks of them, and then everything must be as
expected."""

from pinrelay import wait_until

QUIET = 90  # seconds within which it has to come right
PARTS = ("added", "removed", "omitted", "invalid", "rejected", "uncertain", "pending")


def calm_down(history):
    history.simulator.faults({"clear": True})
    # From one answer: a job whose people are being removed can be gone by the next one.
    for name, state in history.door.states().items():
        if state == "Draft":  # made again by an edit of another job
            history.tell("start", name)
        elif state in ("Paused", "Failed"):
            history.tell("resume", name)
        elif state != "Stopped":
            history.door.says("job", "restart", name)  # ends a back-off
    try:
        wait_until("everything is quiet", lambda: is_quiet(history), QUIET, every=0.1)
    except AssertionError as error:
        raise AssertionError(f"{error}: {unrest(history)}") from None


def is_quiet(history):
    history.follow_removals()
    if any(job.state == "removing" for job in history.expected.jobs.values()):
        return False
    return all(job_is_quiet(history, name) for name in history.expected.jobs)


def unrest(history):
    shown = [history.door.job(name) for name, job in history.expected.jobs.items() if not job_is_quiet(history, name)]
    return "; ".join(f"{job['name']} {job['state']} {job['reason_code']} {job['phase']} {job.get('queue', job.get('events'))} "
                     f"{job.get('log_entries_waiting')}" for job in shown)


def job_is_quiet(history, name):
    job = history.door.job(name)
    if job["state"] == "Stopped":
        return True
    if job["phase"]["name"] not in ("live", "awaiting_first_member"):
        return False
    if "events" in job:
        waiting = ("live", "backfill", "waiting_for_another", "in_flight")
        return job["events"]["test_mode"] or not any(job["events"][kind] for kind in waiting)
    queue = job["queue"]
    left = sum(queue[kind]["identifiers"] for kind in ("adds", "removes", "settling", "waiting"))
    if left and not queue["identifiers_in_flight"]:
        history.door.says("job", "flush", name)
    return left + queue["identifiers_in_flight"] + job["log_entries_waiting"] == 0


def check(history):
    check_sizes(history)
    check_lists(history)
    check_conversions(history)
    check_counters(history)
    requests = history.simulator.state()["requests"]
    assert requests["plain_records"] == 0 and requests["hashes_of_nothing"] == 0, "something unhashed has left"


def check_lists(history, flushed=False):
    try:
        wait_until("the lists are as expected", lambda: not wrong_lists(history, flushed), 15, every=0.2)
    except AssertionError:
        raise AssertionError("; ".join(wrong_lists(history, flushed)) or "the lists came right too late") from None


def check_sizes(history):
    for audience in ("Readers", "Buyers"):
        members = sum(audience in person.audiences for person in history.expected.people.values())
        shown = history.door.audience_size(audience)
        assert shown == members, f"{audience} has {shown} members and should have {members}"


def wrong_lists(history, flushed):
    for name, job in history.expected.jobs.items():
        if not job.converts:
            history.note_list(name)
    wrong = []
    for shown in history.simulator.lists():
        number = shown["id"]
        key = number if number == history.their_list else history.made.get(number)
        if key is None:
            wrong.append(f"the list {number} was made for nobody")
            continue
        have, must = history.simulator.members(number), history.expected.list_must(key)
        extra = have - must - history.expected.list_may(key, flushed)
        if extra or must - have:
            wrong.append(f"list {number} ({key}): {len(extra)} too many, {len(must - have)} missing of {len(must)}; for "
                         f"instance {sorted(extra | (must - have))[0]}")
    return wrong


def check_conversions(history):
    state = history.simulator.conversion_state()
    assert state["violations"]["total"] == 0 and state["other_bytes"] == 0, f"violations: {state['violations']}"
    counted = {(each["event_name"], each["event_id"]): each["count"] for each in history.simulator.conversions()}
    extra = counted.keys() - history.expected.conversions_may()
    assert not extra, f"{len(extra)} conversions should not be there, for instance {sorted(extra)[0]}"
    twice = [key for key, count in counted.items() if count > 1]
    assert not twice, f"{len(twice)} conversions count twice, for instance {twice[0]}"
    missing = history.expected.conversions_must() - counted.keys()
    told = sum(told_of(history.door.job(name)) for name, job in history.expected.jobs.items() if job.converts)
    assert len(missing) <= told, f"{len(missing)} conversions are missing and {told} are told, for instance {sorted(missing)[0]}"
    history.tally["conversions"] += len(counted)


def told_of(job):
    return job["total"]["uncertain"] + job["total"]["rejected"]


def check_counters(history):
    for name in history.expected.jobs:
        job = history.door.job(name)
        for run in [job["total"], *job["runs"]]:
            parts = sum(run[part] for part in PARTS)
            assert run["considered"] == parts, f"the counters of {name} do not add up: {run}"
        waits = job["state"] == "Stopped" or job.get("events", {}).get("test_mode")
        assert waits or job["total"]["pending"] == 0, f"somebody is still pending in {name}: {job['total']}"
