"""What goes in clear: addresses, money, flags, texts."""

import decimal
import ipaddress
import re
import urllib.parse

from identifiers import HASHED
from texts import NOW, Refused, is_placeholder, plain, trim, whole
from times import time_of

LOCAL = [ipaddress.ip_network(network) for network in
         ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
          "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/8", "100::/64", "fc00::/7", "fe80::/10", "fec0::/10",
          "ff00::/8")]


def address(text):
    text = re.sub(r"\Afor=", "", trim(text)).split(";")[0].strip('"')
    found = re.fullmatch(r"\[(.*)\](?::\d+)?|([^:]*)(?::\d+)?|(.*:.*:.*)", text)
    address = ipaddress.ip_address(next(part for part in found.groups() if part is not None))
    return address.ipv4_mapped or address if address.version == 6 else address


def ip(text, _row):
    private = False
    for part in text.split(","):
        try:
            found = address(part)
        except ValueError:
            continue
        if not any(found in network for network in LOCAL):
            return str(found)
        private = True
    raise Refused("private_ip" if private else "invalid_ip")


def user_agent(text, _row):
    lower = text.lower()
    robot = re.search(r"bot(?![a-z])", re.sub(r"(?<![a-z])cubot", "", lower)) or re.search(r"crawl|spider|\+http", lower)
    program = re.search(r"(?<![a-z])(curl|wget|python|aiohttp|java/|go-http-client|headlesschrome|postman|axios|node-fetch|"
                        r"guzzle|facebookexternalhit|ruby|php|apache-httpclient)", lower)
    engine = re.search(r"(?<![a-z])(mozilla|applewebkit|opera|dalvik|cfnetwork)/", lower)
    held = re.search(r"(?<![a-z])(iphone|ipad|android|windows nt|macintosh|mac os x|cros |j2me|tizen)", lower)
    system = re.search(r"(?<![a-z])(linux|x11|darwin)", lower)
    app = re.search(r"[a-z0-9]/\d", lower)
    if robot or program or not ((engine and (held or system)) or (app and held)):
        raise Refused("invalid_user_agent")
    return text


# ---- money ----

IN_CIRCULATION = {"EUR", "USD", "GBP", "INR", "CHF", "CAD", "CNY"}  # those of the file
SIGNS = {"US$": {"USD"}, "$": {"USD", "CAD", "AUD", "MXN"}, "\u20ac": {"EUR"}, "\u00a3": {"GBP"}, "\u00a5": {"JPY", "CNY"}}


def number(text):
    """Digits with marks of any kind, as a decimal number with a point."""
    text = re.sub(r"[,.]-\Z", "", text).removeprefix("+")
    if re.fullmatch(r"(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?", text):
        value = decimal.Decimal(text)
        if value.adjusted() > 40:
            raise Refused("invalid_number")
    else:
        groups = {"," : r"(\d{1,3}(,\d{3})+|\d{1,2}(,\d\d)+,\d{3})", ".": r"\d{1,3}(\.\d{3})+", " ": r"\d{1,3}( \d{3})+",
                  "'": r"\d{1,3}('\d{3})+"}
        marks = re.sub(r"\d", "", text)
        last = marks[-1:]
        if len(set(marks)) == 1 and (len(marks) > 1 or last in " '"):
            whole_part, decimals = text, ""  # one mark, several times: it groups
        elif last in ("," , ".") and last != "" and marks.count(last) == 1:
            if marks == "," and len(text.split(",")[1]) == 3:
                raise Refused("invalid_number")  # 1,234 is two numbers
            whole_part, decimals = text.rsplit(last, 1)
            if not decimals:
                raise Refused("invalid_number")
        else:
            raise Refused("invalid_number")
        if not whole_part.isdigit():
            kind = re.sub(r"\d", "", whole_part)[:1]
            if kind not in groups or not re.fullmatch(groups[kind], whole_part):
                raise Refused("invalid_number")
        value = decimal.Decimal(re.sub(r"\D", "", whole_part) + ("." + decimals if decimals else ""))
    if value.as_tuple().exponent < -6:
        value = value.quantize(decimal.Decimal("0.000001"), decimal.ROUND_HALF_UP).normalize()
    return f"{value:f}"


def amount(text):
    """The number and what the signs beside it can mean (None: there are none)."""
    text = plain(text)
    meant = None
    for _ in range(2):
        for sign in [*sorted(SIGNS, key=len, reverse=True), *IN_CIRCULATION]:
            means = SIGNS.get(sign, {sign})
            front = text.upper().startswith(sign) and not (sign.isalpha() and text[len(sign):][:1].isalpha())
            back = text.upper().endswith(sign) and not (sign.isalpha() and text[:-len(sign)][-1:].isalpha())
            if len(text) == len(sign) or not (front or back):
                continue
            text = trim(text[len(sign):] if front else text[:-len(sign)])
            meant = means if meant is None else meant & means
            break
    if meant is not None and not meant:
        raise Refused("invalid_number")
    return number(text), meant


def money(text, row):
    value, meant = amount(text)
    currency_of_event = row.get("with", {}).get("currency")
    if meant and currency_of_event and currency_of_event not in meant:
        raise Refused("currency_conflict")
    if "also" in row:
        said = meant.copy().pop() if meant and len(meant) == 1 else None
        if row["also"] != {"currency": said}:
            raise Refused(f"currency {said}")
    return value


def integer(text, _row, least=0, most=2**63 - 1):
    if not re.fullmatch(r"[+-]?\d+(\.0+)?", text) or abs(int(float(text))) >= 2**63:
        raise Refused("invalid_number")
    value = int(text.split(".")[0])
    if not least <= value <= most:
        raise Refused("out_of_range")
    return value


YES, NO = "true t yes y on 1".split(), "false f no n off 0".split()


def flag(text, _row=None):
    word = whole(trim(text.strip("\"'"))).lower()
    if word not in YES + NO:
        raise Refused("invalid_flag")
    return word in YES


def opt_out_type(text, _row):
    try:
        return "LDP" if flag(text) else None
    except Refused:
        if "LDP" in [part.strip().upper() for part in text.split(",")]:
            return "LDP"
    raise Refused("unknown_choice")


def language(text, _row):
    code = re.split("[-_]", text)[0].lower()
    if code not in ("en", "pt", "de"):  # those of the file
        raise Refused("invalid_language")
    return code


def currency(text, _row):
    if text.upper() not in IN_CIRCULATION:
        raise Refused("invalid_currency")
    return text.upper()


# ---- nothing personal in clear ----

EMAIL = re.compile(r"[^\s@/?&=,;:()<>\[\]\\]*[^\W_][^\s@/?&=,;:()<>\[\]\\]*@(?!\dx\.(?:png|jpg|svg))"
                   r"(?:[^\W_][\w-]*\.)+[^\W\d_]{2,}")


def holds_email(text):
    once = urllib.parse.unquote(text)
    return any(EMAIL.search(form) for form in (text, once, urllib.parse.unquote(once)))


def url(text, _row):
    """The address as it is sent; a second value when something was cut out of it."""
    found = re.fullmatch(r"(https?://)([^/?#:\s][^/?#\s]*)([^?#\s]*)(\?[^#\s]*)?(#\S*)?", text, re.I)
    if not found or re.search(r"[\"<>]", text):
        raise Refused("invalid_url")
    scheme, authority, path, query, fragment = (part or "" for part in found.groups())
    host = authority.split("@")[-1]
    if holds_email(host):
        raise Refused("email_in_clear")
    if holds_email(path) or holds_email(fragment):
        return scheme + host
    if query:
        kept = [part for part in query[1:].split("&") if not holds_email(part)]
        query = "?" + "&".join(kept) if kept else ""
    return scheme + host + path + query + fragment


def short(most):
    def read(text, _row):
        if len(text) > most:
            raise Refused("too_long")
        if holds_email(text):
            raise Refused("email_in_clear")
        return text
    return read


def click_id(text, _row):
    if len(text) > 1024:
        raise Refused("too_long")
    return text


def install_time(texts, row):
    """Of several the latest that is not in the future."""
    seconds = []
    for text in texts:
        try:
            seconds.append(time_of(plain(text), row)[0])
        except ValueError:
            pass
    if not seconds:
        raise Refused("invalid_time")
    past = [value for value in seconds if value <= NOW + 300]
    if not past:
        raise Refused("out_of_range")
    return max(past)


def os_family(text, _row):
    if text.lower() not in ("ios", "android", "macos", "windows", "linux", "bsd", "other"):
        raise Refused("unknown_choice")
    return text.lower()


CLEAR = {"client_ip_address": ip, "client_user_agent": user_agent, "click_id": click_id, "value": money,
         "predicted_ltv": money, "currency": currency, "num_items": integer, "wifi": flag, "opt_out": flag,
         "opt_out_type": opt_out_type, "language": language, "device_info.languages": language, "event_source_url": url,
         "device_info.os_family": os_family, "device_info.battery_level": lambda text, row: integer(text, row, 0, 100),
         "device_info.timezone_abbr": short(5), "app_info.app_name": short(200), "partner_name": short(200)}
LISTS = {"content_ids", "device_info.languages", *HASHED}
NO_PLACEHOLDER = {"opt_out", "opt_out_type"}


def notes_of(field, text, value):
    """What is counted about a value that is sent."""
    if field == "event_source_url" and value != text:
        return ["url_cleaned"]
    return ["email_in_id"] if field in ("click_id", "event_id") and holds_email(text) else []


def clear(field, text, row):
    """The value that is sent, and what is counted about it."""
    if field == "opt_out":
        try:
            return flag(text), []
        except Refused:
            return True, ["opt_out_assumed"]
    page = field == "event_source_url" and "://" in text
    if not page and field not in NO_PLACEHOLDER and is_placeholder(text):
        raise Refused("placeholder")
    value = CLEAR.get(field, short(1024))(text, row)
    return value, notes_of(field, text, value)
