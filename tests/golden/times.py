"""Dates and points in time as people and programs write them."""

import datetime
import decimal
import re
import zoneinfo

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MONTH = r"(?P<month>jan\w*|feb\w*|mar\w*|apr\w*|may|jun\w*|jul\w*|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)\.?"
DAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s+)?"


def date_of(text, row):
    """The day, whether it is ambiguous, and what follows it; ValueError when there is no day."""
    if found := re.match(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)|(\d{4})(\d{2})(\d{2})(?!\d)", text):
        parts = [int(part) for part in (found.group(1, 3, 4) if found[1] else found.group(5, 6, 7))]
        return datetime.date(*parts), False, text[found.end():]
    if found := re.match(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)", text):
        a, b, year = int(found[1]), int(found[3]), int(found[4])
        rest = text[found.end():]
        readings = []
        for day, month in ((a, b), (b, a)):
            try:
                readings.append(datetime.date(year, month, day))
            except ValueError:
                readings.append(None)
        if None in readings:
            day = readings[0] or readings[1]
            if day is None:
                raise ValueError
            return day, False, rest
        return readings[row.get("order") == "month_first"], a != b, rest
    for pattern in (DAY + r"(?P<day>\d{1,2})\s+" + MONTH + r"\s+(?P<year>\d{4})",
                    DAY + r"(?P<day>\d{1,2})([-/])" + MONTH + r"\2(?P<year>\d{4})",
                    DAY + MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"):
        if found := re.match(pattern, text, re.I):
            month = MONTHS.index(found["month"][:3].lower()) + 1
            return datetime.date(int(found["year"]), month, int(found["day"])), False, text[found.end():]
    raise ValueError


ZONES = {"z": 0, "utc": 0, "gmt": 0, "ut": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
         "pdt": -7, "cet": 1, "cest": 2}


def time_of(text, row):
    """Seconds since 1970, and whether day and month could be the other way round."""
    found = re.fullmatch(r"[+-]?(\d+(?:\.\d+)?)(e[+-]?\d+)?", text, re.I)
    if found and not re.fullmatch(r"(19|20)\d{6}", text):
        value = decimal.Decimal(text)
        if found[2] and len(re.sub(r"\D", "", found[1]).lstrip("0")) < 10:
            raise ValueError  # rounded by a spreadsheet
        for first, limit, unit in ((10**8, 10**11, 1), (10**11, 10**13, 10**3), (10**14, 10**17, 10**6)):
            if first <= value < limit:
                return int((value / unit).to_integral_value(decimal.ROUND_FLOOR)), False
        raise ValueError
    # Unix puts the year last.
    text = re.sub(r"\A(" + DAY + r"[a-z]{3}\s+\d{1,2}) (\d\d:.*) (\d{4})\Z", r"\1 \3 \2", text, flags=re.I)
    basic = re.match(r"(19|20)\d{6}[Tt ]", text)
    day, ambiguous, rest = date_of(text, row)
    zone = zoneinfo.ZoneInfo(row.get("zone", "UTC"))
    clock = datetime.time()
    if rest:
        if re.match(r".\d{5}(?!\d)", rest):
            raise ValueError
        colon = ":?" if basic else ":"
        found = re.fullmatch(r"(?:,?[Tt ]|:)\s*(?:at )?(?P<hour>\d{1,2})" + colon + r"(?P<minute>\d\d)(?:" + colon +
                             r"(?P<second>\d\d))?(?:[.,]\d+)?\s*(?:(?P<half>[ap])\.? ?m\.?)?\s*"
                             r"(?P<city>[A-Z]\w+/\w+)?(?P<name>[A-Za-z]+)?(?:(?P<sign>[+-])(?P<hours>\d\d?):?(?P<minutes>\d\d)?(?: [A-Z]+)?)?"
                             r"(?:\[(?P<iana>[\w/]+)\])?\s*(?:\([^()]*\))?", rest, re.I)
        if not found or (found["sign"] and found["name"] and found["name"].lower() not in ("gmt", "utc")):
            raise ValueError
        hour = int(found["hour"])
        if found["half"]:
            hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
        clock = datetime.time(hour, int(found["minute"]), int(found["second"] or 0))
        if found["iana"] or found["city"]:
            try:
                zone = zoneinfo.ZoneInfo(found["iana"] or found["city"])
            except (zoneinfo.ZoneInfoNotFoundError, ValueError):
                raise ValueError from None
        if found["sign"]:
            hours, minutes = found["hours"], found["minutes"]
            if len(hours) == 1 and minutes and ":" not in rest[found.start("hours"):]:
                raise ValueError  # three digits
            offset = datetime.timedelta(hours=int(hours), minutes=int(minutes or 0))
            if int(hours) > 23:
                raise ValueError
            zone = datetime.timezone(offset if found["sign"] == "+" else -offset)
        elif found["name"]:
            if found["name"].lower() not in ZONES:
                raise ValueError
            zone = datetime.timezone(datetime.timedelta(hours=ZONES[found["name"].lower()]))
    return int(datetime.datetime.combine(day, clock, zone).timestamp()), ambiguous
