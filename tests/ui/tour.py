#!/usr/bin/env python3
"""Makes the pictures of docs/tour.md, from an empty service to a person's story: tests/ui/tour.py, after ./dev build."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.path.insert(0, str(ROOT / "tests/ui"))
from suite import World  # noqa: E402
from ui import run_area, service  # noqa: E402

PICTURES_MAX, BYTES_MAX = 8, 1_000_000

folder = ROOT / "docs/tour"
folder.mkdir(exist_ok=True)
os.environ["PINRELAY_PICTURES"] = str(folder)
world = World()
try:
    run_area(service(world), "tour")
finally:
    world.close()
pictures = list(folder.glob("*.png"))
size = sum(each.stat().st_size for each in pictures)
assert len(pictures) <= PICTURES_MAX and size <= BYTES_MAX, f"{len(pictures)} pictures of {size} bytes"
print(f"{len(pictures)} pictures, {size} bytes")
