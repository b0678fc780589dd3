#!/usr/bin/env python3
"""Files over the HTTP API: sent in pieces, looked at, imported, gone. And what is refused before it is read."""

import json
import re
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api_client import Api  # noqa: E402
from pinrelay import Browser, email_hash, free_port, wait_until  # noqa: E402
from suite import main, test  # noqa: E402

UPLOADS = "/api/v1/uploads"
RSS_BOUND = 64 * 1024 * 1024


def csv_rows(count, start=0, note=""):
    return "key,email,visits\n" + "".join(f"u{i},person{i}@example.org,{i}{note}\n" for i in range(start, start + count))


def hashes_of(numbers):
    return {email_hash(f"person{i}@example.org") for i in numbers}


def send(pinrelay, api, content, kind="text/csv", **headers):
    """The file as a plain HTTP client sends it; an iterable goes in chunks."""
    return pinrelay.request("POST", UPLOADS, content, key=api.token, headers={"Content-Type": kind, **headers})


def uploaded(pinrelay, api, content, kind="text/csv"):
    status, answer, _ = send(pinrelay, api, content, kind)
    assert status == 201, (status, answer)
    return answer["upload"]


def files(pinrelay):
    folder = pinrelay.store / "uploads"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def wait_done(api, number, seconds=120):
    def ended():
        row = api.does("GET", f"/api/v1/imports/{number}")
        return row if row["state"] in ("done", "failed", "held") else None
    return wait_until("the import has ended", ended, seconds)


def head_only(pinrelay, token, *lines):
    """The answer to a head whose body never comes."""
    with socket.create_connection(("127.0.0.1", pinrelay.port), timeout=30) as client:
        head = [f"POST {UPLOADS} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", *lines]
        client.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        answer = b""
        while True:
            more = client.recv(65536)
            if not more:
                return answer.decode()
            answer += more


def rss(pinrelay, what):
    status = Path(f"/proc/{pinrelay.process.pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) * 1024


@test
def a_file_is_sent_in_chunks_looked_at_imported_as_a_snapshot_and_gone(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay, "operator")
    pinrelay.command("job", "start", "readers")
    first = uploaded(pinrelay, api, csv_rows(100).encode())
    begun = api.does("POST", "/api/v1/imports", {"upload": first, "audience": "Readers"}, 201)
    assert wait_done(api, begun["number"])["rows"] == 100
    wait_until("the file is gone", lambda: not files(pinrelay))

    text = csv_rows(90).encode()
    name = uploaded(pinrelay, api, (text[at:at + 1000] for at in range(0, len(text), 1000)))
    assert files(pinrelay) == [name + ".csv"]
    assert (pinrelay.store / "uploads" / files(pinrelay)[0]).stat().st_mode & 0o777 == 0o600
    listed = api.does("GET", UPLOADS)["uploads"]
    assert [(row["upload"], row["bytes"], row["importing"]) for row in listed] == [(name, len(text), False)], listed
    seen = api.does("GET", f"{UPLOADS}/{name}")
    assert [(c["name"], c["type"], c["filled"]) for c in seen["columns"]] == [
        ("key", "string", 90), ("email", "string", 90), ("visits", "int", 90)], seen
    assert (seen["delimiter"], seen["key"], seen["rows"], seen["mistakes"]) == (",", "key", 90, []), seen
    assert "person0@" not in json.dumps(seen) and seen["columns"][1]["samples"], seen

    options = {"upload": name, "audience": "Readers", "mode": "snapshot"}
    done = wait_done(api, api.does("POST", "/api/v1/imports", options, 201)["number"])
    assert (done["state"], done["exits"]) == ("done", 10), done
    wait_until("the file is gone", lambda: not files(pinrelay))
    pinrelay.wait_followed()
    pinrelay.flush()
    pinrelay.wait_list(hashes_of(range(90)))
    entries = api.does("GET", UPLOADS)["uploads"], Api(pinrelay).does("GET", "/api/v1/audit")["entries"]
    done = [(entry["who"], entry["action"], entry["object"]) for entry in entries[1]]
    assert entries[0] == [] and ("token operator", "upload add", name) in done, done
    assert ("token operator", "upload import", name) in done, done


@test
def mistakes_are_told_before_the_import_and_rows_of_json_are_taken_too(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay, "operator")
    name = uploaded(pinrelay, api, b"id;email\n1;a@example.org\n2\n")
    seen = api.does("GET", f"{UPLOADS}/{name}")
    assert (seen["delimiter"], seen["key"]) == (";", "id"), seen
    assert [(each["line"], each["code"]) for each in seen["mistakes"]] == [(3, "cell_count")], seen
    assert api.does("GET", f"{UPLOADS}/{name}?delimiter=,")["key"] == "id;email"
    options = {"upload": name, "key": "id", "delimiter": ";", "audience": "Readers"}
    done = wait_done(api, api.does("POST", "/api/v1/imports", options, 201)["number"])
    assert (done["rows"], done["bad_rows"]) == (1, 1), done
    rows = json.dumps({"type": "profile", "key": "u9", "fields": {"email": "x@example.org"}}).encode()
    other = uploaded(pinrelay, api, rows + b"\n", "application/x-ndjson")
    assert api.does("GET", f"{UPLOADS}/{other}")["format"] == "ndjson"
    assert api.does("DELETE", f"{UPLOADS}/{other}")["upload"] == other
    assert api.call("GET", f"{UPLOADS}/{other}")[0] == 404


@test
def what_may_not_be_is_refused_before_it_is_read(world):
    pinrelay = world.pinrelay()
    viewer, operator = Api(pinrelay, "viewer"), Api(pinrelay, "operator")
    large = "Content-Length: 1000000000"
    kind = "Content-Type: text/csv"
    for token, lines, status, code in (
            ("nobody's", (kind, large), 401, "no_token"),
            (viewer.token, (kind, large), 403, "role_too_low"),
            (viewer.token, (kind, "Transfer-Encoding: chunked"), 403, "role_too_low"),
            (operator.token, ("Content-Type: text/plain", large), 415, "not_rows"),
            (operator.token, ("Content-Type: application/json", large), 415, "not_rows"),
            (operator.token, (large,), 415, "not_rows"),
            (operator.token, (kind, "Content-Encoding: gzip", large), 415, "packed"),
            (operator.token, (kind, f"Content-Length: {8 * 1024 ** 3 + 1}"), 413, "too large"),
            (operator.token, (kind, "Content-Length: 1000000000000"), 413, "too large")):
        answer = head_only(pinrelay, token, *lines)
        assert answer.startswith(f"HTTP/1.1 {status} ") and code in answer, (lines, answer)
        assert "100 Continue" not in answer
    assert files(pinrelay) == []
    # Nothing but what was sent can be imported: the service may read more than who calls it.
    people = world.folder / "people.csv"
    people.write_text(csv_rows(3))
    for body in ({"path": str(people)}, {"upload": "x", "path": str(people)}, {"file": str(people)}):
        status, problem, _ = operator.call("POST", "/api/v1/imports", body)
        assert status == 400 and problem["code"] in ("unknown_key", "bad_value"), problem
    for name in (str(people), "../people.csv", f"../../{people.name}", "u-" + "0" * 32):
        assert operator.call("POST", "/api/v1/imports", {"upload": name})[1]["code"] == "no_upload"
    assert viewer.call("POST", "/api/v1/imports", {"upload": "x"})[0] == 403
    assert viewer.call("GET", UPLOADS)[0] == 403


@test
def a_page_of_another_site_cannot_send_a_file_and_one_of_ours_can(world):
    pinrelay = world.pinrelay(extra={"listen": f"127.0.0.1:{free_port()}"})
    browser, url = Browser(), f"http://127.0.0.1:{pinrelay.port}"
    ticket = (pinrelay.store / "claim-link").read_text().strip().split("#")[1]
    assert browser.call("POST", url + "/api/v1/session/accept",
                        {"ticket": ticket, "password": "four small boats at sea"})[0] == 201
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": url, "Sec-Fetch-Site": "cross-site"}):
        status, _, text = browser.exchange("POST", url + UPLOADS, csv_rows(1), {"Content-Type": "text/csv", **headers})
        assert status == 403 and json.loads(text)["code"] == "cross_site", (headers, text)
    status, _, text = browser.exchange("POST", url + UPLOADS, csv_rows(1), {"Content-Type": "text/csv", "Origin": url})
    assert status == 201, text


@test
def a_broken_upload_leaves_nothing_also_when_the_service_is_killed(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay, "operator")

    def begin():
        client = socket.create_connection(("127.0.0.1", pinrelay.port), timeout=30)
        client.sendall((f"POST {UPLOADS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {api.token}\r\n"
                        "Content-Type: text/csv\r\nContent-Length: 1000000\r\n\r\n").encode() + b"x" * 500_000)
        wait_until("some of it is written", lambda: any(name.endswith(".part") for name in files(pinrelay)))
        return client

    begin().close()
    wait_until("nothing is left", lambda: files(pinrelay) == [])
    whole = uploaded(pinrelay, api, csv_rows(3).encode())
    client = begin()
    pinrelay.kill()
    client.close()
    pinrelay.start()
    wait_until("half of it is dropped", lambda: files(pinrelay) == [whole + ".csv"])
    begun = api.does("POST", "/api/v1/imports", {"upload": whole}, 201)
    assert wait_done(api, begun["number"])["rows"] == 3
    client = begin()
    assert pinrelay.stop() == 0, "one that is on its way does not keep the service from ending"
    client.close()
    assert files(pinrelay) == [], "nor is it left behind"


@test
def an_import_of_an_upload_goes_on_after_SIGKILL_and_ends_with_the_right_members(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay, "operator")
    count = 400_000
    name = uploaded(pinrelay, api, csv_rows(count).encode())
    number = api.does("POST", "/api/v1/imports", {"upload": name, "audience": "Readers"}, 201)["number"]
    for _ in range(2):
        pinrelay.kill()
        assert files(pinrelay) == [name + ".csv"], "it is needed until the import has ended"
        pinrelay.start()
    done = wait_done(api, number)
    assert (done["state"], done["rows"], done["bad_rows"]) == ("done", count, 0), done
    assert pinrelay.audience_size() == count
    wait_until("the file is gone", lambda: files(pinrelay) == [])


@test
def a_large_file_goes_through_in_bounded_memory(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay, "operator")
    block = csv_rows(50_000, note="x" * 60).encode()
    blocks = 220 * 1024 * 1024 // len(block) + 1
    before = rss(pinrelay, "VmHWM")
    name = uploaded(pinrelay, api, (block for _ in range(blocks)))
    after = rss(pinrelay, "VmHWM")
    print(f"    {blocks * len(block) >> 20} MiB sent: highest RSS {before >> 20} MiB before, {after >> 20} MiB after")
    assert after - before < RSS_BOUND, (before, after)
    assert api.does("GET", UPLOADS)["uploads"][0]["bytes"] == blocks * len(block)
    api.does("DELETE", f"{UPLOADS}/{name}")
    assert files(pinrelay) == []


@test
def the_command_line_does_it_all_at_a_service_elsewhere(world):
    pinrelay = world.pinrelay()
    pinrelay.write_secret(world.folder / "api.token", Api(pinrelay, "operator").token)
    pinrelay.write_secret(world.folder / "viewer.token", Api(pinrelay, "viewer").token)
    people = world.folder / "people.csv"
    people.write_text(csv_rows(50_000, note="x" * 40))  # large enough to ask before it is sent

    def away(*arguments, token="api.token"):
        return pinrelay.run(*arguments, "--server", f"http://127.0.0.1:{pinrelay.port}", "--token-file",
                            world.folder / token, config=False)

    done = away("import", people, "--audience", "Readers")
    assert done.exit_code == 0 and (done.json["state"], done.json["rows"]) == ("done", 50_000), done.text
    assert pinrelay.audience_size() == 50_000
    wait_until("the file is gone", lambda: files(pinrelay) == [])
    again = away("import", people, "--audience", "Readers")
    assert again.exit_code == 1 and again.json["error"]["code"] == "already_imported", again.text
    assert files(pinrelay) == [], "what was not imported is not left there"
    assert away("import", people, token="viewer.token").json["error"]["code"] == "role_too_low"
    assert away("import", world.folder / "nothing.csv").json["error"]["code"] == "file_not_found"
    here = pinrelay.run("import", "preview", people, config=False).json
    assert away("import", "preview", people).json == here and here["columns"][1]["type"] == "string", here
    sent = away("upload", "add", people).json["upload"]
    assert {**away("upload", "show", sent).json, "upload": ""} == {**here, "upload": ""}
    assert pinrelay.command("upload", "list")["uploads"][0]["upload"] == sent
    assert away("upload", "remove", sent).exit_code == 0
    sent = away("upload", "add", people).json["upload"]
    begun = away("upload", "import", sent, "--audience", "Others", "--again").json
    wait_until("it is imported", lambda: away("import", "show", begun["number"]).json["state"] == "done")
    assert pinrelay.audience_size("Others") == 50_000
    assert pinrelay.fails("upload", "add", people, exit_code=78)["code"] == "only_remote"


if __name__ == "__main__":
    main()
