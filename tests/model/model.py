#!/usr/bin/env python3
"""Random histories for the real binary: rows over HTTP, files, uploads, snapshots, edits, verbs, kills, faults of the
simulated Pinterest. Whenever things calm down, lists, conversions and counters must be what a small model expects.

A seed names a history; how long each step takes is the machine's. Exit 1 at the first thing that is wrong; the
folder is then kept, and the line that repeats it is printed."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from history import History  # noqa: E402
from pinrelay import end_in_order_when_asked  # noqa: E402

TALLY = ("steps", "rows", "files", "verbs", "edits", "kills", "faults", "requests", "looks", "conversions")


def run_seed(seed, options, folder):
    """(what is wrong or None, what was counted)"""
    history = History(seed, folder / f"seed{seed}", options.steps)
    try:
        history.run()
        return None, history.tally
    except Exception as error:  # whatever it is, the seed has failed by it
        if not isinstance(error, AssertionError):
            history.note(f"{type(error).__name__}")
        return f"{type(error).__name__}: {error}" if not isinstance(error, AssertionError) else str(error), history.tally
    finally:
        history.close()


def report_failure(seed, wrong, options, folder):
    print(f"seed {seed} FAILED: {wrong}\n  again: ./dev model --from {seed} --seeds 1 --steps {options.steps}"
          f"\n  kept: {folder / f'seed{seed}'} (history.log says what was done)", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev model", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12, metavar="N")
    parser.add_argument("--from", type=int, default=1, metavar="S", dest="first")
    parser.add_argument("--steps", type=int, default=40, metavar="N", help="steps of a history (default 40)")
    parser.add_argument("--threads", type=int, default=2, metavar="K", help="histories at a time (default 2)")
    options = parser.parse_args()
    end_in_order_when_asked()
    folder = Path(tempfile.mkdtemp(prefix="pinrelay-model-"))
    started = time.monotonic()
    total, failed = dict.fromkeys(TALLY, 0), 0
    seeds = range(options.first, options.first + options.seeds)
    print(f"seeds {seeds.start} to {seeds.stop - 1}, {options.steps} steps each", flush=True)
    with ThreadPoolExecutor(options.threads) as pool:
        for seed, (wrong, tally) in zip(seeds, pool.map(lambda seed: run_seed(seed, options, folder), seeds)):
            for name, count in tally.items():
                total[name] += count
            failed += wrong is not None
            if wrong is not None:
                report_failure(seed, wrong, options, folder)
            else:
                shutil.rmtree(folder / f"seed{seed}", ignore_errors=True)
    print(f"{json.dumps(total)} in {time.monotonic() - started:.0f} s")
    print(f"{len(seeds) - failed} passed, {failed} failed")
    if failed == 0:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
