#!/usr/bin/env python3
"""What no file of ours may hold: too many lines, somebody's machine, loose ends. Exit 1 if any does."""

import re
import subprocess
import sys
from pathlib import Path

LINES_MAX = 600
CODE = (".cc", ".h", ".py", ".sh", ".mjs", "/run", "dev", ".txt")

# In every text file.
FORBIDDEN = (
    (re.compile(r"(?<![\w.$}~*-])/(?:home|root|work|Users|farm)/\w"), "a path of one machine"),
    (re.compile(r'"resolved":\s*"https?:'), "the host of a registry"),
    (re.compile(r"^(?:<{7}|>{7}) "), "a conflict of a merge"),
)
# In code: loose ends belong into an issue.
LOOSE_END = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")


def file_problems(path, text):
    lines = text.splitlines()
    code = path.endswith(CODE)
    if code and len(lines) > LINES_MAX:
        yield 1, f"{len(lines)} lines, more than {LINES_MAX}: which concept is missing?"
    for number, line in enumerate(lines, 1):
        for pattern, what in FORBIDDEN:
            if pattern.search(line):
                yield number, what
        if code and LOOSE_END.search(line):
            yield number, "a loose end"


def problems(files):
    """files: path -> text. Yields "path:line: what"."""
    for path, text in files.items():
        for number, what in file_problems(path, text):
            yield f"{path}:{number}: {what}"


def main():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout.splitlines()
    files = {}
    for path in listed:
        if Path(path).is_file():
            data = Path(path).read_bytes()
            if b"\0" not in data:  # binary files have no lines
                files[path] = data.decode("utf-8", "replace")
    found = list(problems(files))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
