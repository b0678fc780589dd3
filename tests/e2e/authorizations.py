#!/usr/bin/env python3
"""Authorizations from nothing: signing in with a scripted browser, giving a conversion token, what can go wrong,
renewal, the master key, and that no secret gets out."""

import re
import subprocess
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import (AD_ACCOUNT, APP_ID, APP_SECRET, BINARY, CONVERSION_TOKEN, Browser, free_port,  # noqa: E402
                      members, wait_until)
from suite import main, test  # noqa: E402


def with_app(world, start=True, authorization=None):
    """A service on a known port, and an app at the simulator whose redirect URI leads to it."""
    port = free_port()
    pinrelay = world.pinrelay(start=False, extra={"listen": f"127.0.0.1:{port}"})
    simulator = pinrelay.simulator
    pinrelay.redirect_uri = f"http://127.0.0.1:{port}/oauth/pinterest"
    pinrelay.write_secret(pinrelay.folder / "app.secret", APP_SECRET)
    pinrelay.configuration["pinterest"].update(
        app_id=APP_ID, app_secret={"file": "app.secret"},
        authorize_url=simulator.base_url.removesuffix("/v5") + "/oauth/")
    if authorization:
        pinrelay.configuration["authorizations"].append(authorization)
    pinrelay.write_configuration()
    simulator.app(pinrelay.redirect_uri)
    if start:
        pinrelay.start()
    return pinrelay


class Login:
    """`pinrelay auth login NAME`, from the page it prints to its end."""

    def __init__(self, pinrelay, name, *options):
        self.process = subprocess.Popen(
            [BINARY, "auth", "login", name, *options, "--config", str(pinrelay.config_file), "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=pinrelay.folder)
        self.said = ""
        while not (match := re.search(r"(http://\S+/oauth/start\S+)", self.said)):
            line = self.process.stderr.readline()
            assert line, f"no page to open: {self.said}"
            self.said += line
        self.start_url = match[1]
        self.said += self.process.stderr.readline() + self.process.stderr.readline()

    def end(self):
        output, errors = self.process.communicate(timeout=60)
        return self.process.returncode, output, self.said + errors


def listed(pinrelay, name):
    return next((each for each in pinrelay.command("auth", "list")["authorizations"] if each["name"] == name), None)


def held_by(folder, secrets):
    """The files below the folder that hold one of the secrets, without those that are meant to."""
    meant = {"token", "app.secret", "write.key"}
    return [str(path) for path in Path(folder).rglob("*") if path.is_file() and path.name not in meant
            and "simulator" not in path.name and path.name != "exchanges.jsonl"
            and any(secret.encode() in path.read_bytes() for secret in secrets)]


@test
def signing_in_ends_in_a_job_that_runs(world):
    pinrelay = with_app(world, authorization={"name": "anna"})
    assert listed(pinrelay, "anna")["health_code"] == "no_credentials"
    login = Login(pinrelay, "anna", "--label", "Anna's ads")
    assert pinrelay.redirect_uri in login.said, "the redirect URI to register is told"
    browser = Browser()
    status, _, page = browser.get(browser.decide(login.start_url))
    assert status == 200 and "Signed in" in page, page
    code, output, said = login.end()
    assert code == 0, (code, output, said)
    anna = listed(pinrelay, "anna")
    assert anna["health"] == "healthy" and anna["label"] == "Anna's ads" and anna["connected_as"], anna
    assert anna["kept_in"] == "store" and anna["sign_in_until"] > anna["expires_at"], anna

    accounts = pinrelay.command("auth", "verify", "anna")["ad_accounts"]
    assert len(accounts) == 60
    by_role = {account["permissions"][0]: account["job_types"] for account in accounts}
    assert by_role["ANALYST"] == ["conversions_export"], by_role
    for role in ("OWNER", "ADMIN", "AUDIENCE_MANAGER"):
        assert "audience_export" in by_role[role], by_role

    pinrelay.configuration["jobs"] = [pinrelay.job_settings(authorization="anna")]
    pinrelay.apply("--start")
    rows, hashes = members(50)
    pinrelay.post_applied(*rows)
    pinrelay.converge(hashes)

    # Pinterest revokes the token: it is renewed, and the job goes on with what it has.
    pinrelay.simulator.call("POST", "tokens", {"revoke": "pina_sim_1"})
    rows, more = members(50, start=50)
    pinrelay.post_applied(*rows)
    pinrelay.converge(hashes | more)
    assert "a sign-in was renewed" in pinrelay.log_of_this_start()
    assert listed(pinrelay, "anna")["used_by"] == ["readers"]
    error = pinrelay.fails("auth", "remove", "anna", exit_code=1)
    assert error["code"] == "authorization_used" and "readers" in error["message"], error

    # Killed and started again, nobody has to sign in anew.
    pinrelay.kill()
    pinrelay.start()
    rows, last = members(10, start=100)
    pinrelay.post_applied(*rows)
    pinrelay.converge(hashes | more | last)
    secrets = [f"pina_sim_{i}" for i in (1, 2)] + [f"pinr.sim_{i}" for i in (1, 2)] + [APP_SECRET, "sim_code_"]
    assert not held_by(world.folder, secrets), held_by(world.folder, secrets)
    assert not any(secret in output + said for secret in secrets)


@test
def what_goes_wrong_at_pinterest_is_told_and_saves_nothing(world):
    pinrelay = with_app(world)
    simulator = pinrelay.simulator

    def ends(code, decision="approve", before=lambda: None, change=lambda url: url, browser=None):
        login = Login(pinrelay, "anna")
        browser = browser or Browser()
        back = browser.decide(login.start_url, decision)
        before()
        status, _, page = browser.get(change(back))
        assert status == 400 and "Nothing was saved" in page, page
        exit_code, output, said = login.end()
        assert exit_code != 0 and f'"{code}"' in output, (code, output, said)
        assert listed(pinrelay, "anna") is None

    ends("denied", "deny")
    ends("code_refused", change=lambda url: re.sub(r"code=[^&]*", "code=other", url))
    ends("not_verified", before=lambda: simulator.faults({"fault": "internal_error", "count": 1}))
    simulator.app(pinrelay.redirect_uri, scopes=["ads:read"])
    ends("scope_missing")
    simulator.app(pinrelay.redirect_uri)

    # A state that is wrong, of another browser, or used: the sign-in itself goes on.
    login, browser = Login(pinrelay, "anna"), Browser()
    back = browser.decide(login.start_url)
    assert browser.get(login.start_url)[0] == 404, "the start page serves once"
    for visitor, url in ((browser, re.sub(r"state=[^&]*", "state=0", back)), (Browser(), back),
                         (browser, back.split("?")[0])):
        status, _, page = visitor.get(url)
        assert status == 400 and "belongs to no sign-in" in page, page
    assert browser.get(back)[0] == 200
    assert browser.get(back)[0] == 400, "the answer serves once"
    assert login.end()[0] == 0
    assert listed(pinrelay, "anna")["health"] == "healthy"


@test
def without_a_service_the_command_listens_itself(world):
    pinrelay = with_app(world, start=False)
    login, browser = Login(pinrelay, "anna"), Browser()
    assert browser.get(browser.decide(login.start_url))[0] == 200
    code, output, said = login.end()
    assert code == 0, (code, output, said)
    assert pinrelay.command("auth", "list")["authorizations"][-1]["name"] == "anna"


@test
def without_an_app_signing_in_says_what_is_needed(world):
    pinrelay = world.pinrelay()
    error = pinrelay.fails("auth", "login", "anna", exit_code=1)
    assert error["code"] == "no_app" and "developers.pinterest.com" in error["fix"], error


@test
def a_conversion_token_is_verified_kept_sealed_and_never_shown(world):
    pinrelay = with_app(world)
    arguments = ("auth", "add", "shop", "--ad-account", AD_ACCOUNT, "--label", "The shop")
    refused = pinrelay.run(*arguments, typed="pina_wrong\n")
    assert refused.exit_code == 1 and refused.json["result"] == "token_refused", refused.text
    foreign = pinrelay.run("auth", "add", "shop", "--ad-account", "999", typed=CONVERSION_TOKEN)
    assert foreign.exit_code == 1 and foreign.json["result"] == "not_permitted", foreign.text
    assert listed(pinrelay, "shop") is None
    answer = pinrelay.run(*arguments, typed=f"  {CONVERSION_TOKEN}\n")
    assert answer.exit_code == 0, answer.text
    assert pinrelay.simulator.conversion_state()["effective"] == 0, "a test event records nothing"
    shop = listed(pinrelay, "shop")
    assert (shop["health"], shop["ad_account"], shop["label"]) == ("healthy", AD_ACCOUNT, "The shop"), shop

    # Rotated, backed up, restored: with the key it works, without it only this is lost.
    pinrelay.command("auth", "rotate-key")
    pinrelay.command("backup", pinrelay.folder / "backup")
    pinrelay.stop()
    for stays in (True, False):
        other = world.pinrelay(pinrelay.simulator, start=False)
        key = Path(f"{other.store}.key")
        assert other.fails("restore", pinrelay.folder / "backup", exit_code=1)["code"] == "no_master_key"
        for kind in ("key", "afterwards"):
            shutil.copy(f"{pinrelay.store}.{kind}", f"{other.store}.{kind}")
        other.command("restore", pinrelay.folder / "backup")
        if not stays:
            key.unlink()
        assert listed(other, "shop")["health_code"] == ("" if stays else "secret_unreadable")
        if stays:
            assert other.command("auth", "verify", "shop")["result"] == "verified"
    assert not held_by(world.folder, [CONVERSION_TOKEN]), held_by(world.folder, [CONVERSION_TOKEN])


if __name__ == "__main__":
    main()
