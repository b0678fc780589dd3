"""What holds for values of every kind: blanks, placeholders, hashes."""

import hashlib
import re
import unicodedata

NOW = 1767225600
# The fixed words of the file, as the programs write them.
PLACEHOLDERS = {word.lower(): word for word in r"""null (null) nil none n/a na nan unknown undefined - \N #N/A #REF! #NAME?
    #VALUE! #DIV/0! #NUM! #NULL! NaT <NA> n.a. 00000000-0000-0000-0000-000000000000""".split()} | {
        "[object object]": "[object Object]", "(not set)": "(not set)"}
ZERO_UUID = "00000000-0000-0000-0000-000000000000"
TEMPLATE = re.compile(r"\{\{.*\}\}|\$\{.*\}|\*\|.*\|\*|%%.*%%", re.S)
WIDTHLESS = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
BLANK = re.compile(f"[\\s\u2800\u3164\uffa0{WIDTHLESS}]+")
HEX64 = re.compile(r"[0-9a-fA-F]{64}\Z")


class Refused(Exception):
    """The value is left out, or there is no event; the text is the reason."""


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def trim(text):
    return re.sub(BLANK.pattern + r"\Z", "", re.sub(r"\A" + BLANK.pattern, "", text))


def plain(text):
    """For numbers, dates and phones: no blank but single spaces, and ASCII for what only looks different."""
    text = re.sub(f"[{WIDTHLESS}]", "", text)
    text = "".join(unicodedata.normalize("NFKC", c) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    text = re.sub("[\u2010-\u2015\u2212]", "-", re.sub("[\u2018\u2019]", "'", text))
    return trim(BLANK.sub(" ", text))


def is_placeholder(text):
    for left, right in ('""', "''", "\u201c\u201d"):
        if len(text) >= 2 and text[0] == left and text[-1] == right:
            return trim(text[1:-1]) == "" or is_placeholder(trim(text[1:-1]))
    return text.lower() in PLACEHOLDERS or bool(TEMPLATE.search(text))


def whole(text):
    """Without the fraction of zeros that a spreadsheet adds to digits."""
    return re.sub(r"\A([^.]*\d)\.00?\Z", r"\1", text)


def fold(text):
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


NOBODY = {sha256(text) for word in PLACEHOLDERS.values()
          for text in (word, word.lower(), word.upper(), word.capitalize())} | {sha256(""), sha256(" "), sha256("N/a")}


def is_letter(c):
    return unicodedata.category(c).startswith("L")
