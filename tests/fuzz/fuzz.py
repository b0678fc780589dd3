#!/usr/bin/env python3
"""Coverage-guided fuzzing of all targets, one after the other: python3 tests/fuzz/fuzz.py BINARY [--minutes N]
[--target NAME]. See README.md. Exit 1 when something was found."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"
BROKEN = "broken"  # breaks on purpose
SECONDS_MIN = 5

# Longer inputs find little more, and take longer.
LIMITS = ("-max_len=65536", "-timeout=10", "-rss_limit_mb=3000", "-malloc_limit_mb=1500")
PROGRESS = re.compile(r"^#\d+\s.*\bcov: (\d+) ft: (\d+)", re.M)
STATISTIC = re.compile(r"^stat::(\w+):\s+(\d+)", re.M)


def start_folder(work, target):
    """Where the target's inputs are kept: those found before, and the corpus."""
    folder = work / "inputs" / target
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted((CORPUS / target).glob("*")):
        shutil.copy(file, folder / f"corpus-{file.name}")
    return folder


def fuzz(binary, work, target, seconds):
    """Runs one target; what came of it."""
    folder, found = start_folder(work, target), work / "found"
    found.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    began = time.monotonic()
    done = subprocess.run(
        [binary, folder, f"-dict={folder}.words", f"-artifact_prefix={found}/{target}-", *LIMITS,
         f"-max_total_time={seconds}", "-print_final_stats=1"],
        env={**os.environ, "FUZZ_TARGET": target, "FUZZ_START": str(folder)},
        capture_output=True, text=True, errors="replace", check=False)
    (work / f"{target}.log").write_text(done.stderr)
    statistics = dict(STATISTIC.findall(done.stderr))
    progress = PROGRESS.findall(done.stderr)
    edges, features = progress[-1] if progress else (0, 0)
    return {"executions": int(statistics.get("number_of_executed_units", 0)),
            "slowest": int(statistics.get("slowest_unit_time_sec", 0)), "edges": int(edges),
            "features": int(features), "inputs": len(list(folder.iterdir())),
            "found": sorted(set(found.iterdir()) - before), "failed": done.returncode != 0,
            "seconds": time.monotonic() - began}


def show_found(binary, work, target, result):
    summary = [line for line in (work / f"{target}.log").read_text().splitlines()
               if line.startswith("SUMMARY:") or "CHECK failed" in line]
    print(f"  {target}: " + ("; ".join(summary[:2]) or "ended badly") + f", see {work / target}.log")
    for file in result["found"]:
        print(f"    again: FUZZ_TARGET={target} {binary} {file}")


def control(binary, work):
    """Whether the instrument finds what is there to be found."""
    result = fuzz(binary, work, BROKEN, 60)
    for file in result["found"]:
        file.unlink()
    shutil.rmtree(work / "inputs" / BROKEN)
    return result["failed"] and bool(result["found"])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--minutes", type=float, default=15, help="for all targets together")
    parser.add_argument("--target", help="only this one")
    return parser.parse_args()


def main():
    given = arguments()
    if not shutil.which("llvm-symbolizer"):
        os.environ.setdefault("ASAN_SYMBOLIZER_PATH", shutil.which("addr2line") or "")
    work = given.binary.parent / "fuzzing"
    names = subprocess.run([given.binary], check=True, capture_output=True, text=True).stdout.split()
    targets = [name for name in names if given.target in (None, name) and name != BROKEN]
    if not targets:
        sys.exit(f"there is no target '{given.target}': {' '.join(names)}")
    if not control(given.binary, work):
        sys.exit(f"the target '{BROKEN}' breaks on purpose, and was not caught: see {work / BROKEN}.log")
    seconds = max(SECONDS_MIN, int(given.minutes * 60 / len(targets)))
    print(f"{'target':<14}{'seconds':>8}{'executions':>12}{'edges':>8}{'features':>10}{'inputs':>8}{'slowest':>9}  found")
    found = total = 0
    for target in targets:
        result = fuzz(given.binary, work, target, seconds)
        total += result["executions"]
        found += result["failed"]
        print(f"{target:<14}{result['seconds']:>8.0f}{result['executions']:>12}{result['edges']:>8}"
              f"{result['features']:>10}{result['inputs']:>8}{result['slowest']:>7} s  {len(result['found'])}", flush=True)
        if result["failed"]:
            show_found(given.binary, work, target, result)
    print(f"{len(targets)} targets, {total} executions, {found} with findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
