#!/usr/bin/env python3
"""Takes every page of the interface as a picture, light and dark, wide and narrow, with a job that runs. The folder is the
first argument."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from suite import World  # noqa: E402
from past import give_past  # noqa: E402
from ui import run_area, with_job  # noqa: E402

folder = Path(sys.argv[1]).resolve()
folder.mkdir(parents=True, exist_ok=True)
os.environ["PINRELAY_PICTURES"] = str(folder)
world = World()
try:
    pinrelay = with_job(world)
    give_past(pinrelay)
    run_area(pinrelay, "pictures")
finally:
    world.close()
print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
