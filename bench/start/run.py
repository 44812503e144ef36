#!/usr/bin/env python3
"""Start-up time and idle memory of `cupola serve` on an existing data directory, against the promise and against the
cost of starting any process here (`cupola --version`).

Usage: bench/start/run.py [RUNS]
"""

import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))
from platform_under_test import Platform, binary  # noqa: E402

READY_MS = 300
RESIDENT_MIB = 40


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    program = binary()
    bare = []
    for _ in range(runs):
        begun = time.perf_counter()
        subprocess.run([program, "--version"], check=True, stdout=subprocess.DEVNULL)
        bare.append((time.perf_counter() - begun) * 1000)
    with Platform(program) as platform:
        first = platform.resident_mib()
        ready, resident = [], []
        for _ in range(runs):
            platform.stop()
            ready.append(platform.start() * 1000)
            time.sleep(1)
            resident.append(platform.resident_mib())
    report("ready (ms)", ready, READY_MS, f"{statistics.median(ready) / statistics.median(bare):.1f} x a bare process start")
    report("resident idle (MiB)", resident, RESIDENT_MIB, f"{first:.1f} MiB right after first start")


def report(what, figures, limit, note):
    middle = statistics.median(figures)
    print(f"{what:22} min {min(figures):7.1f}  median {middle:7.1f}  max {max(figures):7.1f}"
          f"  limit {limit}  median/limit {middle / limit:.2f}  ({note})")


if __name__ == "__main__":
    main()
