#!/usr/bin/env python3
"""A backup brings back what was lost, and nothing of what was erased, revoked or signed out."""

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import email_hash, enters, member, members, ndjson  # noqa: E402
from suite import main, test  # noqa: E402

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def running(world, **more):
    pinrelay = world.pinrelay(**more)
    rows, hashes = members(20)
    pinrelay.post_applied(*rows)
    pinrelay.command("job", "start", "readers")
    pinrelay.wait_list(hashes)
    pinrelay.wait_idle()
    return pinrelay, hashes


def status(pinrelay, token, path="/api/v1/jobs"):
    code, body, _ = pinrelay.request("GET", path, key=token)
    return code, body.get("code") if isinstance(body, dict) else None


@test
def an_erased_person_and_a_revoked_token_do_not_come_back_with_a_backup(world):
    elsewhere = world.folder / "other-disk"
    elsewhere.mkdir()
    pinrelay, hashes = running(world, extra={"afterwards_folder": str(elsewhere)})
    tokens = {name: pinrelay.command("token", "add", name, "--role", "operator")["token"] for name in ("ci", "reports")}
    keys = {name: pinrelay.command("write-key", "add", name)["key"] for name in ("shop", "blog")}
    backup = world.folder / "backup"
    pinrelay.command("backup", backup)

    # By HTTP and by a file; then gone from the list.
    pinrelay.post_applied({"type": "delete", "key": "u0"})
    rows = pinrelay.folder / "rows.ndjson"
    rows.write_text(ndjson([{"type": "delete", "key": "u1"}]))
    pinrelay.command("import", rows)
    pinrelay.command("token", "revoke", "ci")
    pinrelay.command("write-key", "revoke", "blog")
    left = hashes - {email_hash(f"person{i}@example.org") for i in (0, 1)}
    pinrelay.converge(left)
    notes = (elsewhere / "store.afterwards").read_bytes()
    assert len(notes) == 64 * 5, "a header, two people, a token and a key"
    assert b"person" not in notes and b"example" not in notes

    pinrelay.kill()
    shutil.rmtree(pinrelay.store)
    restored = pinrelay.command("restore", backup)
    assert (restored["erased"], restored["revoked"], restored["suspended"]) == (2, 2, 2), restored
    pinrelay.start()
    assert "restore --confirm" in pinrelay.log_of_this_start()
    pinrelay.command("job", "resume", "readers")
    pinrelay.wait_followed()
    pinrelay.converge(left)
    for key in ("u0", "u1"):
        assert not pinrelay.command("profile", "show", key)["exists"], key

    assert status(pinrelay, tokens["ci"])[0] == 401
    assert status(pinrelay, tokens["reports"]) == (403, "suspended_by_restore")
    row = ndjson([enters("u2")])
    assert pinrelay.request("POST", "/v1/changes", row, key=keys["blog"])[0] == 401
    refused, body, _ = pinrelay.request("POST", "/v1/changes", row, key=keys["shop"])
    assert (refused, body["error"]["code"]) == (403, "suspended_by_restore"), body
    pinrelay.post(enters("u2"))  # a key of the configuration is in no backup

    asked = pinrelay.fails("restore", "--confirm", exit_code=2)
    assert asked["code"] == "not_confirmed" and "reports" in asked["message"] and "shop" in asked["message"], asked
    confirmed = pinrelay.command("restore", "--confirm", "--yes")
    assert confirmed["tokens"] == ["reports (operator)"] and confirmed["write_keys"] == ["shop"], confirmed
    assert status(pinrelay, tokens["reports"])[0] == 200
    assert pinrelay.request("POST", "/v1/changes", row, key=keys["shop"])[0] == 202
    assert status(pinrelay, tokens["ci"])[0] == 401
    # An older row that comes again brings nobody back.
    pinrelay.post_applied(*[{**each, "at": "2025-01-01T00:00:00Z"} for each in member("u0", email="person0@example.org")])
    pinrelay.converge(left)


@test
def without_the_file_of_what_came_afterwards_a_restore_asks(world):
    pinrelay, _ = running(world)
    backup = world.folder / "backup"
    pinrelay.command("backup", backup)
    pinrelay.post_applied({"type": "delete", "key": "u0"})
    pinrelay.stop()
    shutil.rmtree(pinrelay.store)
    notes = Path(f"{pinrelay.store}.afterwards")
    notes.rename(world.folder / "lost")
    error = pinrelay.fails("restore", backup, exit_code=1)
    assert error["code"] == "afterwards_needed" and "--without-afterwards" in error["fix"], error
    # A service that was started too early has begun another one, which is no reason to lose this.
    pinrelay.start()
    pinrelay.stop()
    (world.folder / "lost").rename(f"{notes}.back")
    shutil.rmtree(pinrelay.store)
    assert pinrelay.command("restore", backup)["erased"] == 1
    pinrelay.start()
    assert notes.exists()


@test
def a_backup_of_an_earlier_version_is_restored_where_that_is_said(world):
    pinrelay = world.pinrelay(start=False)
    subprocess.run(["tar", "-xzf", str(FIXTURES / "backups/unsealed.tar.gz"), "-C", str(world.folder)], check=True)
    backup = world.folder / "backup-unsealed"
    assert pinrelay.fails("restore", backup, exit_code=1)["code"] == "unsealed_backup"
    assert pinrelay.fails("restore", backup, "--unsealed-backup", exit_code=1)["code"] == "afterwards_needed"
    pinrelay.command("restore", backup, "--unsealed-backup", "--without-afterwards")
    pinrelay.start()
    assert pinrelay.audience_size() == 2
    assert pinrelay.command("suspended", "list")["tokens"] == ["ci (operator)"]
    assert pinrelay.command("profile", "show", "u1")["exists"]


@test
def a_backup_opens_by_its_passphrase_alone_and_shows_nothing(world):
    pinrelay, hashes = running(world)
    phrase = pinrelay.folder / "phrase"
    phrase.write_text("quiet ladder amber fjord\n")
    phrase.chmod(0o600)
    backup = world.folder / "backup"
    made = pinrelay.command("backup", backup, "--passphrase-file", phrase)
    assert made["sealed_by"] == "passphrase", made
    assert [file.name for file in backup.iterdir()] == ["pinrelay.backup"]
    sealed = (backup / "pinrelay.backup").read_bytes()
    assert b"example.org" not in sealed and b"SQLite" not in sealed
    pinrelay.stop()
    shutil.rmtree(pinrelay.store)
    for altered in (sealed[:-1], sealed + b"x", sealed[:100_000] + bytes([sealed[100_000] ^ 1]) + sealed[100_001:]):
        (backup / "pinrelay.backup").write_bytes(altered)
        assert pinrelay.fails("restore", backup, "--passphrase-file", phrase, exit_code=74)["code"] == "backup_damaged"
        assert not (pinrelay.store / "pinrelay.db").exists()
    (backup / "pinrelay.backup").write_bytes(sealed)
    pinrelay.command("restore", backup, "--passphrase-file", phrase)
    pinrelay.start()
    assert pinrelay.audience_size() == len(hashes)


if __name__ == "__main__":
    main()
