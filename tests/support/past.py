"""A past for a store, so that charts have something to draw: rows of its table of amounts, written while its service is
stopped. The same numbers every time."""

import math
import sqlite3
import time

STEPS = {"minute": (0, 60, 24 * 60), "hour": (1, 3600, 14 * 24), "day": (2, 86400, 60)}


def varints(numbers):
    out = bytearray()
    for number in numbers:
        while number >= 0x80:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        out.append(number)
    return bytes(out)


def amounts_at(slot, scale, conversions):
    """added, removed, omitted, invalid, rejected, uncertain, late, requests, waiting, audience, on_list, budget_used"""
    wave = 1 + math.sin(slot / 4)
    added = int(scale * (3 + wave * 5))
    removed = 0 if conversions else int(scale * (2 + wave * 3))
    return [added, removed, 0, added // 20, added // 50, 0, 0, 1 + added // 500, added // 4, 12_000 + slot % 24 * 40,
            0 if conversions else 11_800 + slot % 24 * 40, int(10 * wave)]


def give_past(pinrelay, gap_hours=3):
    """All jobs have worked until now, but for a gap some hours ago, when the service did not run."""
    pinrelay.stop()
    store = sqlite3.connect(pinrelay.store / "pinrelay.db")
    now = int(time.time())
    jobs = [(number, "conversions" in settings) for number, settings in store.execute("SELECT number, settings FROM job")]
    for step, length, slots in STEPS.values():
        for slot in range(now // length - slots, now // length):
            if step < 2 and 5 * 3600 <= now - slot * length < (5 + gap_hours) * 3600:
                continue
            rows = {number: amounts_at(slot, length // 60, conversions) for number, conversions in jobs}
            rows[0] = [sum(column) for column in zip(*rows.values())]
            store.executemany("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)",
                              [(step, number, slot, varints(amounts)) for number, amounts in rows.items()])
    store.commit()
    store.close()
    pinrelay.start()
