#!/usr/bin/env python3
"""What the HTTP API shows and takes beyond the verbs of jobs: ad accounts and lists at Pinterest, plans, previews,
what a request carried, jobs as YAML, write keys, records as a table, receipts of deletions."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api_client import Api  # noqa: E402
from pinrelay import AD_ACCOUNT, WRITE_KEY, email_hash, members, wait_until  # noqa: E402
from suite import main, test  # noqa: E402


@test
def ad_accounts_and_lists_are_looked_through_page_by_page(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay, "operator")
    accounts = api.does("GET", "/api/v1/authorizations/acme/ad-accounts")["ad_accounts"]
    assert len(accounts) == 60 and len({account["id"] for account in accounts}) == 60
    assert AD_ACCOUNT in [account["id"] for account in accounts if "audience_export" in account["job_types"]]
    assert all(account["permissions"] for account in accounts)
    rows, hashes = members(3)
    pinrelay.command("job", "start", "readers")
    pinrelay.post_applied(*rows)
    pinrelay.converge(hashes)
    lists = f"/api/v1/authorizations/acme/lists?ad_account={AD_ACCOUNT}"
    found = api.does("GET", lists)
    assert [each["used_by"] for each in found["lists"]] == [["readers"]] and found["next_cursor"] is None, found
    assert len(api.does("GET", lists + "&search=readers")["lists"]) == 1
    assert api.does("GET", lists + "&search=nobody")["lists"] == []
    status, problem, _ = api.call("GET", lists.replace(AD_ACCOUNT, "999"))
    assert status == 422 and problem["fix"], problem
    assert api.call("GET", lists + "&cursor=x")[1]["code"] == "bad_cursor"
    assert api.call("GET", "/api/v1/authorizations/nobody/lists?ad_account=1")[0] == 404
    assert Api(pinrelay, "viewer").call("GET", lists)[0] == 403


@test
def a_job_is_planned_previewed_inspected_and_taken_away_as_a_file(world):
    pinrelay = world.pinrelay()
    viewer, operator = Api(pinrelay, "viewer"), Api(pinrelay, "operator")
    rows, hashes = members(7)
    pinrelay.post_applied(*rows, *({"type": "enter", "key": "nobody", "audience": "Readers"} for _ in range(1)))
    # It looks at everybody, so it is for those who run jobs.
    assert viewer.call("GET", "/api/v1/jobs/readers/plan")[0] == 403
    plan = operator.does("GET", "/api/v1/jobs/readers/plan")
    assert plan["members"] == 8 and plan["identifiers_to_add"] == 7, plan
    assert plan["coverage"] == [{"field": "email", "target": "email", "people": 7}], plan
    sample = {"rows": [{"key": "u1", "fields": {"email": "anna@example.org"}}, {"key": "u2", "fields": {"email": "x"}}]}
    assert viewer.call("POST", "/api/v1/jobs/readers/preview", sample)[0] == 403
    shown = operator.does("POST", "/api/v1/jobs/readers/preview", sample)
    assert shown["would_be_sent"] == 1 and shown["rows"][1]["reason"] == "invalid_email", shown
    assert "anna@" not in str(shown)
    assert operator.call("POST", "/api/v1/jobs/readers/preview", {"rows": {}})[0] == 400
    assert operator.call("POST", "/api/v1/jobs/readers/preview", {"rows": []})[1]["code"] == "no_rows"
    fields = viewer.does("GET", "/api/v1/pinterest-fields")["fields"]
    assert {"em", "event_id", "value"} <= {field["target"] for field in fields}

    operator.does("POST", "/api/v1/jobs/readers/start")
    pinrelay.converge(hashes)
    for row in operator.does("GET", "/api/v1/jobs/readers/requests?limit=500")["requests"]:
        one = operator.does("GET", f"/api/v1/jobs/readers/requests?number={row['number']}")
        assert "$PINTEREST_TOKEN" in one["curl"] and "pina_" not in str(one), one
        assert one["body"] is None and (row["method"] == "GET") == (one["body_note"] == ""), one

    exported = pinrelay.folder / "exported.yaml"
    exported.write_text(operator.does("GET", "/api/v1/jobs/readers/export")["yaml"])
    assert pinrelay.run("plan", exported).exit_code == 0
    assert viewer.does("GET", "/api/v1/jobs/readers")["file_differences"] == []
    pinrelay.job_configuration["flush"] = {"after": "2h"}
    pinrelay.apply()
    assert viewer.does("GET", "/api/v1/jobs/readers")["file_differences"] == [
        {"key": "flush.after", "file": "1h", "running": "2h"}]


@test
def a_write_key_opens_one_door_is_shown_once_and_ends_at_once(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay)
    key = api.does("POST", "/api/v1/write-keys", {"name": "shop", "expires": "90d"}, 201)["key"]
    row = json.dumps({"type": "enter", "key": "u1", "audience": "Readers"})

    def sends(key):
        return pinrelay.request("POST", "/v1/changes", row, key=key)[0]

    assert sends(key) == 202 and sends(WRITE_KEY) == 202
    assert pinrelay.request("POST", f"/v1/changes?key={key}", row, key=None)[0] == 401
    assert pinrelay.request("GET", "/api/v1/jobs", key=key)[0] == 401

    def listed(name):
        return next(each for each in api.does("GET", "/api/v1/write-keys")["write_keys"] if each["name"] == name)

    assert listed("tests").items() >= {"name": "tests", "kept_in": "file"}.items()
    wait_until("its use is noted", lambda: listed("shop")["used_at"])
    assert api.call("POST", "/api/v1/write-keys", {"name": "shop"})[0] == 409
    assert Api(pinrelay, "operator").call("GET", "/api/v1/write-keys")[0] == 403
    pinrelay.stop()
    pinrelay.start()
    assert sends(key) == 202, "it is still known after a restart"
    api.does("DELETE", "/api/v1/write-keys/shop")
    assert sends(key) == 401 and sends(WRITE_KEY) == 202
    other = pinrelay.command("write-key", "add", "shop")["key"]
    assert sends(other) == 202
    pinrelay.command("write-key", "revoke", "shop")
    assert sends(other) == 401
    held = [str(path) for path in world.folder.rglob("*") if path.is_file() and path.name != "commands.log"
            and any(secret[4:].encode() in path.read_bytes() for secret in (key, other))]
    assert not held, held
    entries = api.does("GET", "/api/v1/audit?limit=500")["entries"]
    done = [(entry["who"], entry["action"]) for entry in entries if entry["object"] == "shop"]
    assert ("token admin", "write-key add") in done and ("cli", "write-key revoke") in done, done


@test
def pages_conditional_edits_and_repeated_calls(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay)
    rows = [row for i in range(7) for row in (
        {"type": "profile", "key": f"bad{i}", "fields": {"email": "nowhere"}},
        {"type": "enter", "key": f"bad{i}", "audience": "Readers"})]
    pinrelay.post_applied(*rows)

    def start(key, path="/api/v1/jobs/readers/start"):
        status, answer, _ = api.call("POST", path, headers={"Idempotency-Key": key})
        return status, answer

    first = start("once")
    assert first[0] == 200 and start("once") == first, first
    assert start("once", "/api/v1/jobs/readers/pause")[1]["code"] == "key_reused"
    pinrelay.stop()
    pinrelay.start()
    assert start("once") == first, "the answer is kept over a restart"
    starts = [entry for entry in api.does("GET", "/api/v1/audit")["entries"] if entry["action"] == "job start"]
    assert len(starts) == 1, starts
    pinrelay.wait_followed()

    found, cursor = [], ""
    while cursor is not None:
        page = api.does("GET", f"/api/v1/jobs/readers/records?limit=3&cursor={cursor}")
        assert len(page["records"]) <= 3
        found += [record["profile_id"] for record in page["records"]]
        cursor = page["next_cursor"]
    assert len(found) == 7 and len(set(found)) == 7, found
    assert api.call("GET", "/api/v1/jobs/readers/records?cursor=x")[1]["code"] == "bad_cursor"

    settings = {key: value for key, value in pinrelay.job_settings(audience="Others").items() if key != "name"}
    tag = api.call("PUT", "/api/v1/jobs/draft", {"settings": settings})[2].getheader("ETag")
    assert tag and api.call("GET", "/api/v1/jobs/draft")[2].getheader("ETag") == tag
    settings["flush"] = {"after": "2h"}
    changed = api.call("PUT", "/api/v1/jobs/draft", {"settings": settings}, {"If-Match": tag})
    assert changed[0] == 200 and changed[2].getheader("ETag") != tag, changed
    settings["flush"] = {"after": "3h"}
    status, problem, _ = api.call("PUT", "/api/v1/jobs/draft", {"settings": settings}, {"If-Match": tag})
    assert status == 412 and problem["code"] == "changed_meanwhile" and problem["fix"], problem
    assert api.call("DELETE", "/api/v1/jobs/draft", headers={"If-Match": tag})[0] == 412
    pinrelay.write_secret(pinrelay.folder / "api.token", api.token)
    away = pinrelay.run("job", "delete", "draft", "--if-match", tag.strip('"'), "--server",
                        f"http://127.0.0.1:{pinrelay.port}", "--token-file", pinrelay.folder / "api.token", config=False)
    assert away.exit_code == 1 and away.json["error"]["code"] == "changed_meanwhile", away.text
    assert api.call("DELETE", "/api/v1/jobs/draft", headers={"If-Match": changed[2].getheader("ETag")})[0] == 200


@test
def records_are_filtered_counted_and_taken_away_as_csv_page_by_page(world):
    pinrelay = world.pinrelay()
    api = Api(pinrelay, "operator")
    pinrelay.command("job", "start", "readers")
    wrong = [row for i in range(6000) for row in (
        {"type": "profile", "key": f"wrong{i}", "fields": {"email": "nowhere"}},
        {"type": "enter", "key": f"wrong{i}", "audience": "Readers"})]
    pinrelay.post_applied(*wrong)
    pinrelay.post_applied({"type": "profile", "key": "=cmd|x", "fields": {"email": ""}},
                          {"type": "enter", "key": "=cmd|x", "audience": "Readers"})
    pinrelay.wait_followed()
    records = "/api/v1/jobs/readers/records"

    page = api.does("GET", records + "?limit=3")
    counts = {each["reason"]: (each["outcome"], each["count"]) for each in page["reasons"]}
    assert counts["invalid_email"] == ("invalid", 6000) and counts["missing_identifier"] == ("invalid", 1), counts
    assert page["reasons_complete"], page
    assert "reasons" not in api.does("GET", f"{records}?limit=3&cursor={page['next_cursor']}")
    assert api.does("GET", records + "?outcome=rejected")["records"] == []
    status, problem, _ = api.call("GET", records + "?outcome=lost")
    assert status == 400 and "rejected" in problem["fix"], problem
    one = api.does("GET", records + "?key=wrong7")
    assert [each["reason"] for each in one["records"]] == ["invalid_email"] and len(one["reasons"]) == 1, one
    assert api.does("GET", f"{records}?key={one['records'][0]['profile_id']}")["records"] == one["records"]
    assert api.call("GET", records + "?key=nobody-of-this-key")[0] == 404
    viewed = Api(pinrelay).does("GET", "/api/v1/security/events?kind=person_viewed")["events"]
    assert len(viewed) >= 1 and viewed[0]["who"] == "token operator", viewed

    lines, cursor, pages = [], "", 0
    while cursor is not None:
        status, text, answer = api.call("GET", records + ".csv" + (f"?cursor={cursor}" if cursor else ""))
        assert status == 200 and answer.getheader("Content-Type").startswith("text/csv"), (status, text)
        lines += text.splitlines()
        cursor = answer.getheader("Pinrelay-Next-Cursor")
        pages += 1
    assert pages == 4 and len(lines) == 1 + 6001, (pages, len(lines))
    assert lines[0].startswith("profile_id,person,reason,outcome"), lines[0]
    assert sum(line.startswith("profile_id,") for line in lines) == 1
    assert any(",'=" in line for line in lines) and not any("=cmd" in line for line in lines)
    assert Api(pinrelay, "viewer").call("GET", records + ".csv")[0] == 403

    runs = Api(pinrelay, "viewer", "looks").does("GET", "/api/v1/jobs/readers/runs?limit=1")
    assert len(runs["runs"]) == 1 and runs["next_cursor"], runs
    older = api.does("GET", f"/api/v1/jobs/readers/runs?cursor={runs['next_cursor']}")["runs"]
    assert older and all(run["number"] < runs["runs"][0]["number"] for run in older), older


@test
def a_person_is_deleted_with_a_receipt(world):
    pinrelay = world.pinrelay()
    admin, operator = Api(pinrelay), Api(pinrelay, "operator")
    rows, hashes = members(3)
    pinrelay.command("job", "start", "readers")
    pinrelay.post_applied(*rows)
    pinrelay.converge(hashes)
    key = rows[0]["key"]
    assert operator.call("DELETE", f"/api/v1/profiles/{key}")[0] == 403
    assert admin.call("DELETE", "/api/v1/profiles/nobody")[0] == 404
    status, problem, _ = admin.call("DELETE", f"/api/v1/profiles/{key}?yes=false")
    assert status == 409 and problem["code"] == "not_confirmed", problem

    receipt = admin.does("DELETE", f"/api/v1/profiles/{key}")
    assert receipt["state"] == "waiting" and receipt["by"] == "token admin", receipt
    assert [each["identifiers"] for each in receipt["lists"]] == [1], receipt
    assert admin.call("DELETE", f"/api/v1/profiles/{key}")[1]["code"] == "already_deleted"
    pinrelay.command("job", "flush", "readers")

    def settled():
        found = operator.does("GET", f"/api/v1/deletions/{receipt['receipt']}")
        return found if found["state"] == "done" else None

    done = wait_until("the removal is acknowledged", settled)
    assert done["lists"][0]["removed"] == 1 and done["lists"][0]["removed_at"], done
    assert pinrelay.simulator.members() == hashes - {email_hash("person0@example.org")}
    entries = admin.does("GET", "/api/v1/audit")["entries"]
    deletions = [each for each in entries if each["action"] == "profile delete" and each["outcome"] == "done"]
    assert [each["object"] for each in deletions] == [receipt["profile_id"]], deletions
    assert operator.call("GET", "/api/v1/deletions/99")[1]["code"] == "no_receipt"


if __name__ == "__main__":
    main()
