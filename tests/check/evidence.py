#!/usr/bin/env python3
"""What docs/security.md and docs/asvs.md name as proof exists, and the table of ASVS requirements is whole.

A name in backquotes is a file, by its path or the end of it (`server_test`, `users.py`, `src/http/server.cc`); a name in
italics behind it is a test in that file, with spaces for underscores and an ellipsis where it is cut short.
"""

import re
import subprocess
import sys
from pathlib import Path

TABLE = "docs/asvs.md"
PAGES = ("docs/security.md", TABLE)
# Requirements of ASVS 5.0 with these levels.
LEVELS = {1: 70, 2: 183}
STATES = ("met", "not applicable", "open")

FILE = re.compile(r"[\w./-]+(?:_test|\.(?:py|cc|h|md|txt))")
MARKED = re.compile(r"`([^`]+)`|(?<!\*)\*([^*`]+)\*(?!\*)")
REQUIREMENT = re.compile(r"\d+\.\d+\.\d+")


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []


def words(text):
    """As in the name of a test."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def has_test(text, test):
    """Whether a file has it; an ellipsis stands for some words, and an apostrophe may have gone without a trace."""
    parts = ("_?".join(words(piece) for piece in part.split("'")) for part in test.split("…"))
    return re.search(r"\w{0,80}?".join(parts), words(text)) is not None


def files_named(name, files):
    ends = ("/" + name, "/" + name + ".cc")
    return [name] if name in files else [path for path in files if path.endswith(ends)]


def proofs(cell):
    """(file, test or "") in the order of the text."""
    file = ""
    for code, italic in MARKED.findall(cell):
        if code:
            file = code if FILE.fullmatch(code) else ""
            if file:
                yield file, ""
        elif file:
            yield file, italic


def proof_problems(cell, files):
    """files: path -> text."""
    for name, test in proofs(cell):
        found = files_named(name, files)
        if len(found) != 1:
            yield f"'{name}' is " + ("no file" if not found else "several files: " + ", ".join(sorted(found)))
        elif test and not has_test(files[found[0]], test):
            yield f"{found[0]} has no '{test}'"


def table_problems(lines):
    """Of the rows of requirements and the counts under them."""
    seen = {}
    counted = {level: dict.fromkeys(STATES, 0) for level in LEVELS}
    totals = {}
    for number, line in enumerate(lines, 1):
        row = cells(line)
        if len(row) == 5 and row[0].isdigit():
            totals[int(row[0])] = [int(cell) for cell in row[1:]]
        if not row or not REQUIREMENT.fullmatch(row[0]):
            continue
        if len(row) != 5 or row[1] not in map(str, LEVELS) or row[3] not in STATES or not row[4]:
            yield number, "a row is: number, level 1 or 2, what it asks, " + ", ".join(STATES) + ", why"
            continue
        if row[0] in seen:
            yield number, f"{row[0]} is in line {seen[row[0]]} already"
        seen[row[0]] = number
        counted[int(row[1])][row[3]] += 1
        if row[3] == "met" and not any(proofs(row[4])):
            yield number, "met, but no test or file is named"
    for level, wanted in LEVELS.items():
        have = [counted[level][state] for state in STATES]
        if sum(have) != wanted:
            yield len(lines), f"level {level} has {sum(have)} rows; ASVS 5.0 has {wanted} requirements"
        if totals.get(level) != [*have, sum(have)]:
            yield len(lines), f"the counts of level {level} should be {' | '.join(map(str, [*have, sum(have)]))}"


def problems(pages, files):
    """pages: path -> text. Yields "path:line: what"."""
    for path, text in pages.items():
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            for cell in cells(line):
                for what in proof_problems(cell, files):
                    yield f"{path}:{number}: {what}"
        if path == TABLE:
            for number, what in table_problems(lines):
                yield f"{path}:{number}: {what}"


class Tree(dict):
    """The files that git knows or would; their texts are read when asked for."""

    def __init__(self):
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                                check=True, capture_output=True, text=True).stdout.splitlines()
        super().__init__((path, None) for path in listed if Path(path).is_file())

    def __getitem__(self, path):
        if super().__getitem__(path) is None:
            self[path] = Path(path).read_text(encoding="utf-8")
        return super().__getitem__(path)


def main():
    found = list(problems({path: Path(path).read_text(encoding="utf-8") for path in PAGES}, Tree()))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
