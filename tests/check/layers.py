#!/usr/bin/env python3
"""Includes point down only, and each library is named in one folder. Prints what breaks this; exit 1 if any."""

import re
import subprocess
import sys
from pathlib import Path

# A folder may include itself and folders of a lower rank.
RANKS = {
    "base": 0,
    "store": 1, "http": 1, "identity": 1, "config": 1,
    "sources": 2, "audiences": 2, "pinterest": 2,
    "exports": 3,
    "credentials": 4,
    "alerts": 5, "insight": 5,
    "admin": 6, "cli": 7,
}

# The simulator stands in for Pinterest: it must not share our idea of Pinterest, or both could be wrong alike.
SIMULATOR_MAY = {"base", "http", "simulator"}

# Headers by how their name begins, and the folders that may include them.
LIBRARIES = {
    "sqlite3.h": {"store"},
    "curl/": {"http"},
    "boost/": {"http"},
    "openssl/": {"base", "http"},
    "nettle/": {"base"},
    "sodium": {"credentials"},
    "zxcvbn.h": {"credentials"},
    "yaml-cpp/": {"config"},
    "unicode/": {"identity", "sources"},
    "idn2.h": {"identity"},
    "phonenumbers/": {"identity"},
    "CLI/": {"cli"},
}

# Libraries that no header of ours may pull in, not even one of their own folder.
ONLY_IN_CC = ("simdjson", "nlohmann/", "rapidjson/", "boost/json", "yaml-cpp/", "CLI/")

# What a command says is a JSON document by contract (--json, the control socket), so the table of commands names the type.
JSON_BY_CONTRACT = {"src/cli/command.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
# A library's JSON throws on bytes that are not UTF-8 unless it is told what to do with them.
JSON_OUT = re.compile(r"[.>]dump\(")
JSON_OUT_IN = "src/base/json_text.h"
SQL = re.compile(r'"[^"\n]*\b(SELECT\s.*\bFROM\b|INSERT\s+(OR\s+\w+\s+)?INTO\b|DELETE\s+FROM\b|CREATE\s+TABLE\b|PRAGMA\s)')


def folder_of(path):
    """base, store, … for files of src/; simulator; None for files without a layer (src/main.cc, tests, bench)."""
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return "simulator" if parts[0] == "simulator" else None


def layer_problem(folder, target):
    if target == folder or target is None:
        return None
    if folder == "simulator":
        return None if target in SIMULATOR_MAY else "the simulator may include only base and http"
    if target not in RANKS:
        return f"{target}/ has no rank"
    if RANKS[target] >= RANKS[folder]:
        return f"{folder}/ may not include {target}/: includes point down only"
    return None


def library_problem(path, folder, header):
    for name, folders in LIBRARIES.items():
        if header.startswith(name) and folder not in folders and not path.endswith("_test.cc"):
            return f"<{header}> belongs into {' or '.join(sorted(folders))} only"
    for_tests = path.endswith("_testing.h")  # no library of ours includes it
    if path.endswith(".h") and not for_tests and header.startswith(ONLY_IN_CC) and path not in JSON_BY_CONTRACT:
        return f"<{header}> belongs into a .cc file"
    return None


def file_problems(path, text):
    folder = folder_of(path)
    if folder is None:
        return
    if folder != "simulator" and folder not in RANKS:
        yield 1, f"{folder}/ has no rank"
        return
    if path.endswith(".h") and "#pragma once" not in text:
        yield 1, "no #pragma once"
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if include:
            quote, header = include.groups()
            target = header.split("/")[0] if "/" in header else None
            yield number, layer_problem(folder, target) if quote == '"' else library_problem(path, folder, header)
        elif JSON_OUT.search(line) and path != JSON_OUT_IN and not path.endswith(("_test.cc", "_testing.h")):
            yield number, "JSON is written out by json_text(), which takes bytes that are not UTF-8"
        elif folder != "store" and SQL.search(line) and not path.endswith("_test.cc"):
            yield number, "SQL belongs into store/"


def problems(files):
    """files: path -> text. Yields "path:line: what"."""
    for path, text in files.items():
        for number, what in file_problems(path, text):
            if what:
                yield f"{path}:{number}: {what}"


def main():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.cc", "*.h"],
                            check=True, capture_output=True, text=True).stdout.splitlines()
    files = {path: Path(path).read_text(encoding="utf-8") for path in listed if Path(path).is_file()}
    found = list(problems(files))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
