#!/usr/bin/env python3
"""What the HTTP API shows and takes beyond the verbs of jobs: ad accounts and lists at Pinterest, plans, previews,
what a request carried, jobs as YAML, write keys."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api_client import Api  # noqa: E402
from pinrelay import AD_ACCOUNT, members  # noqa: E402
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
    plan = viewer.does("GET", "/api/v1/jobs/readers/plan")
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


if __name__ == "__main__":
    main()
