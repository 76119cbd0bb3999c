"""What importing the library costs on top of importing torch."""

import statistics
import subprocess
import sys

TRIES = 5
OURS, LENS = "import rowlight", "from rowlight import RowLens"
ROWS = tuple(f"`{statement}` after torch, {what}" for statement in (OURS, LENS) for what in ("time", "memory"))

MEASURE = """
import sys, time
import psutil, torch
size = lambda: psutil.Process().memory_info().rss
before, start = size(), time.perf_counter()
exec(sys.argv[1])
print(time.perf_counter() - start, (size() - before) / 1e6)
"""


def report(line):
    """Import in fresh processes; the medians."""
    names = iter(ROWS)
    for statement in (OURS, LENS):
        command = [sys.executable, "-c", MEASURE, statement]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(TRIES)]
        seconds, megabytes = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
        line(next(names), "s", statistics.median(seconds), targets=(0.3,) if statement == OURS else ())
        line(next(names), "MB", statistics.median(megabytes), targets=(40,) if statement == OURS else ())
