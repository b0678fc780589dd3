#!/usr/bin/env python3
"""Reads every row of conversion_values.ndjson and works out by itself what must be sent, with nothing but
Python's standard library and the rules of docs/reference/normalisation.md. It shares no code and no table with the
product, so that a mistake would have to be made twice. Prints what differs; exit 1 if anything does.

A row is one value of one field: `raw` goes in, `with` the values of other fields; `normalised` (its SHA-256 is sent),
`sent` (exactly this is sent), `problem` (why it is not) or `empty` comes out, and `also` what is sent in other fields."""

import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ in the tree

from details import LISTS, clear, install_time, notes_of
from identifiers import HASHED, hashed
from texts import NOW, Refused, is_placeholder, plain, sha256, trim
from times import time_of


def event_time(texts, row):
    now = row.get("now", NOW)
    if not texts:
        return now
    readings = []
    for text in texts:
        try:
            readings.append(time_of(plain(text), row))
        except ValueError:
            pass
    if not readings:
        if "unparsable" in row:
            return now
        raise Refused("event_time_unparsable")
    past = [reading for reading in readings if reading[0] <= now + 300]
    if not past:
        raise Refused("event_in_future")
    seconds, ambiguous = max(past)
    if ambiguous != row.get("ambiguous", False):
        raise Refused("ambiguous" if ambiguous else "not ambiguous")
    if seconds < now - 7 * 86400:
        raise Refused("event_too_old")
    if "late" in row and row["late"] != (seconds < now - 3600):
        raise Refused("late")
    return seconds


EVENT_NAMES = "add_payment_info add_to_cart add_to_wishlist app_install app_open checkout contact custom customize_product " \
              "find_location initiate_checkout lead page_visit schedule search signup start_trial submit_application " \
              "subscribe view_category view_content watch_video".split()


def event_name(text, row):
    text = text or row.get("default", "")
    if not text:
        raise Refused("missing_event_name")
    for known in EVENT_NAMES:
        if re.sub("[^a-z0-9]", "", text.lower()) == known.replace("_", ""):
            return known
    raise Refused("unknown_event_name")


def action_source(text, row):
    text = text or row.get("default", "")
    if not text:
        raise Refused("missing_action_source")
    if text.lower() not in ("web", "app_ios", "app_android", "offline"):
        raise Refused("unknown_action_source")
    return text.lower()


def event_id(text, _row):
    if not text:
        raise Refused("missing_event_id")
    if len(text) > 1024:
        raise Refused("event_id_too_long")
    return text


DECIDES = {"event_name": event_name, "action_source": action_source, "event_id": event_id}


def outcome(row):
    """What the row must come to: the value sent (None: nothing) and the reasons of what was left out or counted."""
    field, raw = row["field"], row["raw"]
    texts = [trim(text) for text in ([] if raw is None else raw if isinstance(raw, list) else [raw])]
    if row.get("separator") and field == "content_ids":
        texts = [trim(part) for text in texts for part in text.split(row["separator"])]
    texts = [text for text in texts if text]
    if field in ("event_time", "app_info.install_time") or field in DECIDES:
        texts = [text for text in texts if not is_placeholder(text)]
        if field == "event_time":
            return event_time(texts, row), []
        if field == "app_info.install_time":
            return install_time(texts, row) if texts else None, []
        value = DECIDES[field](texts[0] if texts else "", row)
        return value, notes_of(field, value, value)
    sent, reasons = [], []
    for text in texts:
        if sent and field not in LISTS:
            break
        try:
            value, notes = (hashed(field, text, row), []) if field in HASHED else clear(field, text, row)
        except Refused as reason:
            reasons.append(str(reason))
            continue
        reasons += notes
        if value is not None and value not in sent:
            sent.append(value)
    return (sent if field in LISTS else sent[0]) if sent else None, reasons


def check(row):
    """What differs, as text; empty when nothing does."""
    expected = row.get("sent")
    if "normalised" in row:
        expected = [sha256(row["normalised"])]
    reasons = row.get("dropped", []) + ([row["problem"]] if "problem" in row else [])
    try:
        sent, left_out = outcome(row)
    except Refused as reason:
        sent, left_out = None, [str(reason)]
    same = sent == expected and type(sent) is type(expected) and left_out == reasons
    return "" if same else f"{row['why']}: {sent!r} {left_out} here, {expected!r} {reasons} in the file"


def main():
    path = Path(__file__).with_name("conversion_values.ndjson")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    failed = 0
    for line, row in enumerate(rows, 1):
        if difference := check(row):
            failed += 1
            print(f"{path.name}:{line}: {row['field']}: {difference}")
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
