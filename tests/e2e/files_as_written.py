#!/usr/bin/env python3
"""Files and rows as programs write them: read as what they are, or refused in one message."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from pinrelay import AD_ACCOUNT, CONVERSION_TOKEN  # noqa: E402
from suite import main, test  # noqa: E402


def imported(world, name, content, *options, key="id"):
    path = world.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    keys = ("--key", key) if key else ()
    return world.service.command("import", path, *keys, "--audience", "Readers", *options)


def refused(world, name, content, *options):
    path = world.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = world.service.fails("import", path, "--key", "id", "--audience", "Readers", *options, exit_code=1)
    previewed = world.service.command("import", "preview", path)
    assert previewed["mistakes"][0]["code"] == error["code"], (previewed, error)
    return error


def fields(world):
    return {field["name"] for field in world.service.command("field", "list")["fields"]}


def begin(world):
    world.service = world.pinrelay()


PEOPLE = "id,email\n1,ann@example.org\n2,bob@example.org\n"


@test
def line_ends_delimiters_and_endings_of_every_kind_are_read(world):
    begin(world)
    for name, content, rows in [
        ("cr.csv", "id,email\r1,ann@example.org\r2,bob@example.org\r3,cho@example.org\r", 3),
        ("crcrlf.csv", PEOPLE.replace("\n", "\r\r\n"), 2),
        ("nbsp.csv", "\u00a0id,email\u00a0\n1,ann@example.org\n", 1),
        ("UPPER.CSV", PEOPLE, 2),
        ("people.tsv", PEOPLE.replace(",", "\t"), 2),
        ("people.txt", PEOPLE.replace(",", ";") + "7;x\n", 3),
        ("trailing.csv", "id,email,city,\n1,ann@example.org,Bonn,\n2,bob@example.org,Rome,\n", 2),
        ("trailing_rows.csv", "id,email,city\n1,ann@example.org,Bonn,\n2,bob@example.org,Rome,\n", 2),
        ("sep.csv", "sep=;\r\nid;email\r\n1;ann@example.org\r\n2;bob@example.org\r\n", 2),
        ("utf16.csv", "\ufeff".encode("utf-16-le") + PEOPLE.replace("\n", "\r\n").encode("utf-16-le"), 2),
        ("utf16be.csv", PEOPLE.encode("utf-16-be"), 2),
    ]:
        done = imported(world, name, content)
        assert (done["state"], done["rows"], done["bad_rows"]) == ("done", rows, 0), (name, done)
    assert fields(world) == {"id", "email", "city"}, fields(world)


@test
def what_is_no_file_of_rows_is_refused_in_one_message_and_does_not_count_as_imported(world):
    begin(world)
    pretty = json.dumps({"type": "profile", "key": "1", "fields": {"email": "ann@example.org"}}, indent=2)
    assert refused(world, "pretty.json", pretty)["code"] == "json_lines"
    assert refused(world, "array.json", "[" + pretty + "]")["code"] == "json_array"
    assert refused(world, "people.xlsx", b"PK\x03\x04....[Content_Types].xml")["code"] == "workbook"
    assert refused(world, "people.csv.gz", b"\x1f\x8b\x08\0")["code"] == "gzip"
    cp1252 = "id,email,note\r\n1,ann@example.org,10 – 20\r\n2,bob@example.org,Café\r\n".encode("cp1252")
    error = refused(world, "cp1252.csv", cp1252)
    assert error["code"] == "other_encoding" and "--encoding windows-1252" in error["fix"], error
    assert world.service.command("import", "list")["imports"] == []
    done = imported(world, "cp1252.csv", cp1252, "--encoding", "windows-1252")
    assert (done["state"], done["rows"], done["bad_rows"]) == ("done", 2, 0), done
    # A wrong delimiter, and a second try with the right one.
    path = world.folder / "people.csv"
    path.write_text(PEOPLE)
    world.service.fails("import", path, "--key", "id", "--delimiter", ";", exit_code=1)
    assert imported(world, "people.csv", PEOPLE)["rows"] == 2
    rows = world.folder / "rows.ndjson"
    rows.write_text("nonsense\nmore\n")
    world.service.fails("import", rows, exit_code=1)


@test
def nested_values_and_numeric_keys_cost_no_row(world):
    begin(world)
    rows = "\n".join([
        '{"type":"profile","key":12345,"fields":{"email":"ann@example.org"}}',
        '{"type":"profile","key":"12346","fields":{"email":"bob@example.org","skus":["a",null]}}',
        '{"type":"profile","key":"12347","fields":{"email":"cho@example.org","address":{"city":"Bonn"}}}',
        '{"type":"profile","key":"12348","fields":{"email":"dee@example.org","score":NaN}}',
        '{"type":"profile","key":"12349","fields":{"order":9007199254740993,"a":[[1]]}}']) + "\n"
    done = imported(world, "rows.ndjson", rows, key=None)
    assert (done["rows"], done["bad_rows"], done["dropped"]) == (4, 1, {"nested_value": 1}), done
    listed = [json.loads(line) for line in Path(done["errors_file"]).read_text().splitlines()]
    assert [(row["line"], row["code"]) for row in listed] == [(4, "bad_json"), (5, "nested_value")], listed
    assert "address.city" in fields(world), fields(world)
    world.service.command("profile", "show", "12345")


@test
def a_snapshot_with_unreadable_rows_removes_nobody_until_somebody_decides(world):
    begin(world)
    day1 = "id,email,name\n" + "".join(f"{i},p{i}@example.org,Person {i}\n" for i in range(1, 11))
    assert imported(world, "day1.csv", day1, "--mode", "snapshot")["state"] == "done"
    bad = day1.replace("Person 3", "Renée").replace("Person 5", "Doe, Jim").replace("Person 7", 'Jim "JJ" Doe')
    assert refused(world, "day2.csv", bad.encode("cp1252"), "--mode", "snapshot")["code"] == "other_encoding"
    done = imported(world, "day2.csv", bad.encode("cp1252"), "--mode", "snapshot", "--encoding", "windows-1252")
    assert (done["state"], done["bad_rows"], done["exits"]) == ("done", 2, 0), done
    damaged = day1.replace("Person 3", "Renée").encode().replace(b"Person 9", b"Zo\xc3")
    done = imported(world, "damaged.csv", damaged, "--mode", "snapshot")
    assert (done["state"], done["exits"], done["dropped"]) == ("done", 0, {"bad_utf8": 1}), done
    assert world.service.audience_size() == 10
    torn = day1.replace("5,p5@", '"5"x,p5@').replace("6,p6@example.org,Person 6\n", "")
    held = imported(world, "torn.csv", torn, "--mode", "snapshot")
    assert (held["state"], held["unreadable_keys"]) == ("held", 1), held
    assert world.service.audience_size() == 10
    doctor = world.service.run("doctor").text
    assert "keys of 1 rows cannot be read" in doctor, doctor
    world.service.command("import", "discard", str(held["number"]))
    done = imported(world, "torn.csv", torn, "--mode", "snapshot", "--allow-unreadable", "1")
    assert (done["state"], done["exits"]) == ("done", 2), done
    entries = world.service.command("audit", "list")["entries"]
    assert any(entry["detail"] == "unreadable=1 allow-unreadable=1" for entry in entries), entries


@test
def a_preview_is_an_answer_also_when_a_row_is_bad(world):
    begin(world)
    pinrelay = world.service
    pinrelay.write_secret(world.folder / "conversion.token", CONVERSION_TOKEN)
    pinrelay.configuration["authorizations"].append({"name": "events", "method": "conversion_token",
                                                     "token": {"file": "conversion.token"}, "ad_account": AD_ACCOUNT})
    pinrelay.configuration["jobs"].append({
        "name": "orders", "type": "conversions_export", "authorization": "events", "audience": "Buyers",
        "action_source_default": "web", "event_name_default": "checkout", "identifiers": [{"email": "em"}],
        "event": [{"order": "event_id"}, {"at": "event_time"}], "details": []})
    pinrelay.write_configuration()
    rows = world.folder / "rows.ndjson"
    rows.write_text('{"type":"profile","key":"1","fields":{"email":"ann@example.org","order":"o1"}}\n'
                    '{"type":"profile","key":"2","fields":{"score":NaN}}\n')
    answer = pinrelay.run("preview", "orders", "--rows", rows, json_output=False)
    assert answer.exit_code == 1 and answer.errors == "", answer.text
    good, bad = (json.loads(line) for line in answer.output.splitlines())
    assert good["event"]["event_id"] == "o1" and bad["line"] == 2 and bad["error"], (good, bad)
    answer = pinrelay.run("preview", "orders", "--rows", rows)
    assert answer.exit_code == 1 and answer.errors == "" and answer.json["bad_rows"] == 1, answer.text


if __name__ == "__main__":
    main()
