#!/usr/bin/env python3
"""Reads from the program itself how it was compiled and linked. A flag that a build file names and a compiler or
a linker leaves out is found here.

usage: binary.py PROGRAM
"""

import re
import subprocess
import sys


def readelf(program: str, *options: str) -> str:
    return subprocess.run(["readelf", "-W", *options, program], check=True, capture_output=True, text=True).stdout


def first_instruction(program: str, function: str) -> str:
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}", program],
        check=True, capture_output=True, text=True,
    ).stdout
    found = re.search(rf"<{function}>:\n\s*\S+\s+(\S+)", text)
    return found[1] if found else "nothing"


def missing(program: str) -> list[str]:
    """What the program lacks, a sentence each."""
    header, segments = readelf(program, "-h"), readelf(program, "-l")
    dynamic, symbols = readelf(program, "-d"), readelf(program, "--dyn-syms")
    stack = re.search(r"GNU_STACK.* (R\S*) ", segments)
    expected = [
        ("PIE" in dynamic and "DYN" in header, "it is not position-independent (PIE)"),
        ("GNU_RELRO" in segments, "its relocations stay writable (RELRO)"),
        ("BIND_NOW" in dynamic, "symbols are bound when they are first used (BIND_NOW), so RELRO is not full"),
        (bool(stack) and "E" not in stack[1], "its stack is executable"),
        ("TEXTREL" not in dynamic, "it relocates its own code"),
        (not re.search("RPATH|RUNPATH", dynamic), "it looks for libraries in a folder of the build (RPATH)"),
        ("__stack_chk_fail" in symbols, "no function guards its return address (-fstack-protector)"),
        (re.search(r"__\w+_chk@", symbols), "no call of the C library checks its buffer (_FORTIFY_SOURCE)"),
        ("__glibcxx_assert_fail" in symbols, "no container checks an index (_GLIBCXX_ASSERTIONS)"),
    ]
    if "X86-64" in header:
        expected += [
            ("SHSTK" in readelf(program, "-n"), "it is not marked for the shadow stack (CET)"),
            (first_instruction(program, "main") == "endbr64", "its functions do not begin with endbr64 (CET)"),
        ]
    return [words for met, words in expected if not met]


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    found = missing(sys.argv[1])
    for words in found:
        print(f"{sys.argv[1]}: {words}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
