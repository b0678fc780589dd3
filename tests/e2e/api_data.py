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


if __name__ == "__main__":
    main()
