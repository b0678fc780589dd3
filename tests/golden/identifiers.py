"""Identifiers: the text of each kind that is hashed."""

import datetime
import re
import unicodedata

from texts import BLANK, HEX64, NOBODY, NOW, WIDTHLESS, ZERO_UUID, Refused, fold, is_letter, is_placeholder, plain, sha256, whole
from times import date_of


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
COUNTRIES = {"US": ("1", "1", "011", {10}), "DE": ("49", "0", "00", set(range(6, 13))), "GB": ("44", "0", "00", {9, 10}),
             "FR": ("33", "0", "00", {9}), "IT": ("39", "", "00", set(range(6, 12))), "ES": ("34", "", "00", {9}),
             "PL": ("48", "", "00", {9}), "NL": ("31", "0", "00", {9}), "CH": ("41", "0", "00", {9}),
             "DK": ("45", "", "00", {8}), "AT": ("43", "0", "00", set(range(6, 13))), "AU": ("61", "0", "0011", {9})}


# Where a number may begin that is written without its country code and trunk prefix, in the countries of the file.
IN_USE = {"US": r"[2-9]\d\d[2-9]\d{6}", "DE": r"(?!1[0-4])[1-9]\d{5,}", "GB": r"[1-9]\d{8,9}", "AT": r"[1-9]\d{5,}",
          "FR": r"[1-9]\d{8}", "IT": r"[03]\d{6,}", "DK": r"[2-9]\d{7}"}


def valid_at_home(national, country):
    # Numbers below 2 are mobiles (15, 16, 17) in Germany, and begin with 1 or 2 digits of an area in Britain.
    if country == "DE" and national[0] == "1" and national[:2] not in ("15", "16", "17"):
        return False
    if country == "GB" and national[0] == "1" and national[1] == "0":
        return False
    return re.fullmatch(IN_USE[country], national) is not None


def phone(text, row):
    text = re.sub(r"\A['#`]\s*", "", whole(plain(text)))
    if re.fullmatch(r"[\d.]+[eE][+-]?\d+", text):
        raise Refused("invalid_phone")
    country = row.get("country", "")
    if "+" in text:
        text = text[text.index("+"):]
    text = re.split(r"\s*(?:ext\.?|x)\s*\d+\Z", text)[0]
    bare = re.sub(r"[\s().\-/]", "", text)
    if not re.fullmatch(r"\+?\d+", bare):
        raise Refused("invalid_phone")
    home = COUNTRIES.get(country)
    if home and not bare.startswith("+") and bare.startswith(home[2]):
        bare = "+" + bare[len(home[2]):]
    elif bare.startswith("00"):
        bare = "+" + bare[2:]
    if not bare.startswith("+") and home:
        code, trunk, _, lengths = home
        national = bare[len(trunk):] if trunk and bare.startswith(trunk) else bare
        try:
            date_of(text, row)
            # Digits alone can be both; where the first zero of a number is written, it is missing here.
            date = not text.isdigit() or trunk == "0"
        except ValueError:
            date = False
        if not date and len(bare) >= 7 and len(national) in lengths and valid_at_home(national, country):
            mobile = country == "DE" and national[0] == "1"
            if trunk == "0" and not bare.startswith("0") and not mobile:
                others = {other: len(bare) - len(rule[0]) in rule[3] and bare.startswith(rule[0]) and
                          valid_at_home(bare[len(rule[0]):], other) for other, rule in COUNTRIES.items() if other in IN_USE}
                if others[country]:
                    return bare
                if any(others.values()):
                    raise Refused("invalid_phone")
            return code + national
        if not text.isdigit():
            raise Refused("invalid_phone")
    signed = bare.startswith("+")
    digits = bare.lstrip("+")
    for name, (code, trunk, _, lengths) in COUNTRIES.items():
        national = digits[len(code):]
        if not digits.startswith(code):
            continue
        if trunk == "0" and national.startswith("0"):
            national = national[1:]
        # Without a sign it has to be in use there.
        if len(national) in lengths and (signed or valid_at_home(national, name)):
            return code + national
    raise Refused("invalid_phone")


def name(text, _row):
    out = BLANK.sub(" ", re.sub(f"[{WIDTHLESS}]", "", fold(text)))
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
        day, _, rest = date_of(plain(text), row)
    except ValueError:
        raise Refused("invalid_birth_date") from None
    today = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc).date()
    if day.year < 1900 or day > today or (rest and rest[0] not in "Tt ,"):
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


def state(text, row):
    text = whole(plain(text))
    home = row.get("with", {}).get("country") or row.get("country", "")
    american = home in ("US", "United States")
    if re.fullmatch(r"[A-Za-z]{2}-.{1,3}", text):
        american = american or text[:2].upper() == "US"
        text = text[3:]
    code = letters_and_digits(text)
    if code in STATES:
        return STATES[code]
    if not re.fullmatch(r"[a-z0-9]{2,3}", code) or (american and code.isdigit()):
        raise Refused("invalid_state")
    return code


def zip_code(text, row):
    text = whole(plain(text))
    if re.fullmatch(r".{5}-.{4}", text):
        text = text[:5]
    digits = re.sub(r"[^0-9]", "", text)
    if any(map(is_letter, text)) or not 3 <= len(digits) <= 10 or not digits.strip("0"):
        raise Refused("invalid_zip")
    if not text.isdigit():
        try:
            date_of(text, row)
            raise Refused("invalid_zip")
        except ValueError:
            pass
    return digits


COUNTRY_NAMES = {
    "us": ["us", "usa", "840", "united states", "united states of america", "u.s.", "u.s.a."],
    "gb": ["uk", "gb", "gbr", "united kingdom", "england", "great britain"],
    "de": ["de", "deu", "276", "germany", "deutschland"], "af": ["afg", "004"], "fr": ["fr", "france"],
    "br": ["brazil", "brasil"], "na": ["na"], "jp": ["japan"], "ca": ["can"], "ru": ["russia", "russian federation"],
    "vn": ["vietnam", "viet nam"], "kr": ["south korea", "korea republic of", "republic of korea"],
    "ir": ["iran", "iran islamic republic of"], "bo": ["bolivia", "plurinational state of bolivia"],
    "tz": ["tanzania", "tanzania united republic of"], "ci": ["cote d'ivoire", "ivory coast"], "cw": ["curacao"],
    "re": ["reunion"], "ax": ["aland islands"], "tr": ["turkiye", "turkey"], "st": ["sao tome and principe"],
    "tt": ["trinidad and tobago"], "lc": ["saint lucia"], "hk": ["hong kong"], "mo": ["macao", "macau"],
    "cz": ["czechia", "czech republic"], "mk": ["north macedonia"], "cv": ["cabo verde", "cape verde"],
    "sz": ["eswatini"], "ae": ["uae", "united arab emirates"], "at": ["osterreich"], "mx": ["mexico"], "md": ["moldova"],
    "la": ["laos"], "sy": ["syria"], "cd": ["democratic republic of the congo"], "im": ["isle of man"],
    "ps": ["palestine"], "bs": ["bahamas"], "tw": ["taiwan"],
    "nl": ["netherlands"]}  # those of the file


def name_key(text):
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    words = re.findall(r"[a-z0-9]+", re.sub("['\u2019]", "", bare))
    return "".join("saint" if word == "st" else word for word in words if word not in ("the", "and", "of"))


def country(text, _row):
    key = name_key(whole(plain(text)))
    for code, names in COUNTRY_NAMES.items():
        if key in map(name_key, names):
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
    code = field in ("st", "country")
    if field == "hashed_maids" and text == ZERO_UUID:
        raise Refused("invalid_maid")
    if is_placeholder(text) and not (code and text.lower() == "na"):
        raise Refused("placeholder")
    if field in ("fn", "ln", "ct", "ge", "ph", "db", "zp") and re.fullmatch(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}", text):
        raise Refused("wrong_hash")
    out = HASHED[field](text, row)
    if not code and is_placeholder(out):
        raise Refused("placeholder")
    return sha256(out)
