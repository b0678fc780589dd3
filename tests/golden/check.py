#!/usr/bin/env python3
"""Reads every row of conversion_values.ndjson and works out by itself what must be sent, with nothing but
Python's standard library and the rules of docs/reference/normalisation.md. It shares no code and no table with the
product, so that a mistake would have to be made twice. Prints what differs; exit 1 if anything does.

A row is one value of one field: `raw` goes in; `normalised` (its SHA-256 is sent), `sent` (exactly this is sent),
`problem` (why it is not) or `empty` comes out."""

import datetime
import decimal
import hashlib
import ipaddress
import json
import re
import sys
import unicodedata
import zoneinfo
from pathlib import Path

NOW = 1767225600
PLACEHOLDERS = {"null", "(null)", "nil", "none", "n/a", "na", "nan", "unknown", "undefined", "-"}
BLANK = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]+")
HEX64 = re.compile(r"[0-9a-fA-F]{64}\Z")


class Refused(Exception):
    """The value is left out, or there is no event; the text is the reason."""


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def trim(text):
    return re.sub(BLANK.pattern + r"\Z", "", re.sub(r"\A" + BLANK.pattern, "", text))


def fold(text):
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def spellings(word):
    return {word, word.capitalize(), word.upper()}


NOBODY = {sha256(text) for text in
          {"", " ", "NaN", "N/a", "00000000-0000-0000-0000-000000000000"}.union(*map(spellings, PLACEHOLDERS))}


def is_letter(c):
    return unicodedata.category(c).startswith("L")


# ---- identifiers: the text that is hashed ----

def email(text, _row):
    if re.fullmatch(r"[0-9a-fA-F]+", text) and len(text) in (32, 40, 56, 96, 128):
        raise Refused("wrong_hash")
    if text.count("@") != 1 or BLANK.search(text):
        raise Refused("invalid_email")
    local, domain = fold(text).split("@")
    try:
        domain = ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode()
                          for label in domain.split("."))
    except UnicodeError:
        raise Refused("invalid_email") from None
    labels = domain.split(".")
    good_labels = all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels)
    good_local = 1 <= len(local.encode()) <= 64 and all(
        not c.isascii() or c.isalnum() or c in ".!#$%&'*+-/=?^_`{|}~" for c in local)
    if not (good_local and good_labels and len(labels) >= 2 and not labels[-1].isdigit()):
        raise Refused("invalid_email")
    return f"{local}@{domain}"


def maid(text, _row):
    text = text.lower()
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) or set(text) == {"0", "-"}:
        raise Refused("invalid_maid")
    return text


# Of the countries in the file: calling code, trunk prefix, what one dials to leave, lengths of a number.
COUNTRIES = {"US": ("1", "1", "011", {10}), "DE": ("49", "0", "00", set(range(6, 12))), "GB": ("44", "0", "00", {9, 10}),
             "FR": ("33", "0", "00", {9}), "IT": ("39", "", "00", set(range(6, 12))), "ES": ("34", "", "00", {9}),
             "PL": ("48", "", "00", {9}), "NL": ("31", "0", "00", {9}), "CH": ("41", "0", "00", {9}),
             "DK": ("45", "", "00", {8}), "AU": ("61", "0", "0011", {9})}


def phone(text, row):
    text = re.split(r"\s*(?:ext\.?|x)\s*\d+\Z", text)[0]
    home = COUNTRIES.get(row.get("country", ""))
    bare = re.sub(r"[\s().\-/]", "", text)
    if not re.fullmatch(r"\+?\d+", bare):
        raise Refused("invalid_phone")
    if home and bare.startswith(home[2]):
        bare = "+" + bare[len(home[2]):]
    elif bare.startswith("00"):
        bare = "+" + bare[2:]
    if not bare.startswith("+") and home:
        code, trunk, _, lengths = home
        national = bare[len(trunk):] if trunk and bare.startswith(trunk) else bare
        if len(national) not in lengths:
            raise Refused("invalid_phone")
        return code + national
    digits = bare.lstrip("+")
    for code, trunk, _, lengths in COUNTRIES.values():
        national = digits[len(code):]
        if not digits.startswith(code):
            continue
        if trunk == "0" and national.startswith("0"):
            national = national[1:]
        if len(national) in lengths:
            return code + national
    raise Refused("invalid_phone")


def name(text, _row):
    out = BLANK.sub(" ", fold(text))
    if not any(map(is_letter, out)):
        raise Refused("invalid_name")
    return out


GENDERS = {"f": "f female woman girl w weiblich frau femme féminin mujer femenino donna femmina mulher feminino vrouw",
           "m": "m male man boy männlich mann homme masculin hombre masculino uomo maschio homem",
           "n": "n nonbinary non-binary neutral other divers diverse x"}


def gender(text, _row):
    for letter, words in GENDERS.items():
        if fold(text) in words.split():
            return letter
    raise Refused("invalid_gender")


def birth_date(text, row):
    try:
        day, _, rest = date_of(text, row)
    except ValueError:
        raise Refused("invalid_birth_date") from None
    if not 1900 <= day.year <= 2099 or (rest and rest[0] not in "Tt "):
        raise Refused("invalid_birth_date")
    return day.strftime("%Y%m%d")


def letters_and_digits(text):
    return "".join(c for c in fold(text) if is_letter(c) or unicodedata.category(c) in ("Mn", "Mc", "Nd"))


def city(text, _row):
    out = letters_and_digits(text)
    if not any(map(is_letter, out)):
        raise Refused("invalid_city")
    return out


STATES = {"california": "ca", "newyork": "ny", "northcarolina": "nc", "districtofcolumbia": "dc", "puertorico": "pr",
          "ontario": "on", "québec": "qc", "quebec": "qc", "britishcolumbia": "bc"}


def state(text, _row):
    if re.fullmatch(r"[A-Za-z]{2}-.{1,3}", text):
        text = text[3:]
    plain = letters_and_digits(text)
    if plain in STATES:
        return STATES[plain]
    if not re.fullmatch(r"[a-z0-9]{2,3}", plain):
        raise Refused("invalid_state")
    return plain


def zip_code(text, _row):
    if len(text) == 10 and text[5] == "-":
        text = text[:5]
    digits = re.sub(r"[^0-9]", "", text)
    if any(map(is_letter, text)) or not 3 <= len(digits) <= 10:
        raise Refused("invalid_zip")
    return digits


PLACES = {"us": "us usa unitedstates unitedstatesofamerica", "gb": "uk gb gbr unitedkingdom england",
          "de": "germany deutschland deu de", "fr": "france", "br": "brazil brasil", "na": "na", "jp": "japan",
          "kr": "southkorea", "ci": "côtedivoire", "nl": "thenetherlands netherlands", "cz": "czechrepublic", "ca": "can"}


def country(text, _row):
    plain = letters_and_digits(text)
    for code, names in PLACES.items():
        if plain in names.split():
            return code
    raise Refused("invalid_country")


def external_id(text, _row):
    return text


HASHED = {"em": email, "hashed_maids": maid, "ph": phone, "fn": name, "ln": name, "ge": gender, "db": birth_date,
          "ct": city, "st": state, "zp": zip_code, "country": country, "external_id": external_id}


def hashed(field, text, row):
    if HEX64.match(text):
        if text.lower() in NOBODY:
            raise Refused("invalid_maid" if field == "hashed_maids" else "wrong_hash")
        return text.lower()
    if field in ("fn", "ln", "ct", "ge", "ph", "db", "zp") and re.fullmatch(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}", text):
        raise Refused("wrong_hash")
    placeholder = text.lower() in PLACEHOLDERS
    if placeholder and field not in ("st", "country"):
        raise Refused("placeholder")
    try:
        out = HASHED[field](text, row)
        if out in PLACEHOLDERS and field not in ("st", "country"):
            raise Refused("placeholder")
        return sha256(out)
    except Refused:
        if placeholder:
            raise Refused("placeholder") from None
        raise


# ---- what goes in clear ----

LOCAL = [ipaddress.ip_network(network) for network in
         ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
          "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/8", "100::/64", "fc00::/7", "fe80::/10", "fec0::/10",
          "ff00::/8")]


def ip(text):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise Refused("invalid_ip") from None
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in LOCAL):
        raise Refused("private_ip")
    return str(address)


def user_agent(text):
    if re.search(r"bot[/;)]|googlebot|crawler|spider|curl/|wget/|python|headlesschrome|go-http-client", text, re.I) or \
            text.lower() == "other":
        raise Refused("invalid_user_agent")
    return text


def number(text):
    if not re.fullmatch(r"\+?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?", text):
        raise Refused("invalid_number")
    value = decimal.Decimal(text)
    if value.adjusted() > 40:
        raise Refused("invalid_number")
    return f"{value:f}"


def integer(text, least=0, most=2**63 - 1):
    if not re.fullmatch(r"[+-]?\d+(\.0+)?", text) or abs(int(float(text))) >= 2**63:
        raise Refused("invalid_number")
    value = int(text.split(".")[0])
    if not least <= value <= most:
        raise Refused("out_of_range")
    return value


def flag(text):
    if text.lower() in ("true", "1", "yes", "y", "on"):
        return True
    if text.lower() in ("false", "0", "no", "n", "off"):
        return False
    raise Refused("invalid_flag")


def opt_out(text):
    try:
        return flag(text)
    except Refused:
        return True


def opt_out_type(text):
    if text.lower() in ("true", "1", "yes", "y", "on") or "LDP" in [part.strip().upper() for part in text.split(",")]:
        return "LDP"
    if text.lower() in ("false", "0", "no", "n", "off"):
        return None
    raise Refused("unknown_choice")


def language(text):
    code = re.split("[-_]", text)[0].lower()
    if code not in ("en", "pt", "de"):  # those of the file
        raise Refused("invalid_language")
    return code


def currency(text):
    if text.upper() not in ("EUR", "USD"):  # those of the file
        raise Refused("invalid_currency")
    return text.upper()


def url(text):
    if not re.fullmatch(r"https?://[^/?#:\s][^\s\"<>]*", text, re.I):
        raise Refused("invalid_url")
    return text


def short(most):
    def read(text):
        if len(text) > most:
            raise Refused("too_long")
        return text
    return read


def os_family(text):
    if text.lower() not in ("ios", "android", "macos", "windows", "linux", "bsd", "other"):
        raise Refused("unknown_choice")
    return text.lower()


CLEAR = {"client_ip_address": ip, "client_user_agent": user_agent, "click_id": short(1024), "value": number,
         "currency": currency, "num_items": integer, "wifi": flag, "opt_out": opt_out, "opt_out_type": opt_out_type,
         "language": language, "device_info.languages": language, "event_source_url": url, "content_ids": short(1024),
         "order_id": short(1024), "search_string": short(1024), "content_name": short(1024), "partner_name": short(200),
         "device_info.os_family": os_family, "device_info.battery_level": lambda text: integer(text, 0, 100),
         "device_info.timezone_abbr": short(5), "app_info.app_name": short(200)}
LISTS = {"content_ids", "device_info.languages", *HASHED}
NO_PLACEHOLDER = {"opt_out", "opt_out_type"}


# ---- what decides about the event ----

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
                    DAY + MONTH + r"\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})"):
        if found := re.match(pattern, text, re.I):
            month = MONTHS.index(found["month"][:3].lower()) + 1
            return datetime.date(int(found["year"]), month, int(found["day"])), False, text[found.end():]
    raise ValueError


ZONES = {"z": 0, "utc": 0, "gmt": 0, "ut": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
         "pdt": -7}


def time_of(text, row):
    """Seconds since 1970, and whether day and month could be the other way round."""
    if re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", text, re.I) and not re.fullmatch(r"(19|20)\d{6}", text):
        value = decimal.Decimal(text)
        for limit, unit in ((10**11, 1), (10**14, 10**3), (10**17, 10**6)):
            if abs(value) < limit:
                return int((value / unit).to_integral_value(decimal.ROUND_FLOOR)), False
        raise ValueError
    day, ambiguous, rest = date_of(text, row)
    zone = zoneinfo.ZoneInfo(row.get("zone", "UTC"))
    clock = datetime.time()
    if rest:
        found = re.fullmatch(r",?[Tt ]\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*([AaPp][Mm])?\s*"
                             r"(?:([+-])(\d\d):?(\d\d)?|([A-Za-z]+))?\s*(?:\([A-Za-z ]*\))?", rest)
        if not found:
            raise ValueError
        hour = int(found[1])
        if found[4]:
            hour = hour % 12 + (12 if found[4].lower() == "pm" else 0)
        clock = datetime.time(hour, int(found[2]), int(found[3] or 0))
        if found[5]:
            offset = datetime.timedelta(hours=int(found[6]), minutes=int(found[7] or 0))
            if int(found[6]) > 23:
                raise ValueError
            zone = datetime.timezone(offset if found[5] == "+" else -offset)
        elif found[8]:
            if found[8].lower() not in ZONES:
                raise ValueError
            zone = datetime.timezone(datetime.timedelta(hours=ZONES[found[8].lower()]))
    return int(datetime.datetime.combine(day, clock, zone).timestamp()), ambiguous


def event_time(text, row):
    now = row.get("now", NOW)
    if not text:
        return now
    try:
        seconds, ambiguous = time_of(text, row)
    except ValueError:
        if "unparsable" in row:
            return now
        raise Refused("event_time_unparsable") from None
    if ambiguous != row.get("ambiguous", False):
        raise Refused("ambiguous" if ambiguous else "not ambiguous")
    if seconds > now + 300:
        raise Refused("event_in_future")
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


DECIDES = {"event_name": event_name, "action_source": action_source, "event_id": event_id, "event_time": event_time}


def outcome(row):
    """What the row must come to: the value sent (None: nothing) and the reasons of what was left out."""
    field, raw = row["field"], row["raw"]
    texts = [trim(text) for text in ([] if raw is None else raw if isinstance(raw, list) else [raw])]
    if row.get("separator") and field == "content_ids":
        texts = [trim(part) for text in texts for part in text.split(row["separator"])]
    texts = [text for text in texts if text]
    if field in DECIDES:
        texts = [text for text in texts if text.lower() not in PLACEHOLDERS]
        return DECIDES[field](texts[0] if texts else "", row), []
    sent, reasons = [], []
    for text in texts:
        if sent and field not in LISTS:
            break
        try:
            if field in HASHED:
                value = hashed(field, text, row)
            elif text.lower() in PLACEHOLDERS and field not in NO_PLACEHOLDER:
                raise Refused("placeholder")
            else:
                value = CLEAR[field](text)
        except Refused as reason:
            reasons.append(str(reason))
            continue
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
