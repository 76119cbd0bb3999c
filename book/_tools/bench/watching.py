"""What `rowlight.watch` costs.

Steps with and without a watch take turns, so that other work on the machine slows both. A step varies by a tenth and
more, so a small difference needs many of them. Memory is what the process really has, in a process of its own: torch's
allocations are not Python's.
"""

import os
import pickle
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import nn

import rowlight

V, D, B, T = 50_257, 768, 8, 1_024
ROUNDS = 31
WAYS = (  # the last: how many times as many turns
    ("", torch.optim.Adam, {}, (25,), 1),
    (", 1,000 rows followed", torch.optim.Adam, {"rows": range(1_000)}, (3,), 4),
    (", AdamW instead of Adam", torch.optim.AdamW, {}, (), 1),
)
PARTS = ("time added to a training step", "trace of a step")
MEMORY = ("memory added beside the trace, in copies of the table", "memory added beside the trace, 1,000 rows followed")
ROWS = (*(f"{part}{how}" for how, *_ in WAYS for part in PARTS), *MEMORY)

# The most memory a process of its own has held, its trace not counted, with a watch as argv says or without one.
MEASURE_PEAK = """
import contextlib, pickle, re, sys
from pathlib import Path
import torch
import rowlight
from _tools.bench.watching import model, step

torch.manual_seed(0)
for options in ({}, {"rows": [1]}):  # with a watch or without, the code that a watch needs is loaded
    table, optimizer = model(rows=2_000)
    with rowlight.watch(table, **options):
        step(table, optimizer)
        step(table, optimizer)
table, optimizer = model()
options = {"rows": {"rows": range(1000)}, "all": {}}
watched = rowlight.watch(table, **options[sys.argv[1]]) if sys.argv[1] in options else contextlib.nullcontext()
step(table, optimizer)
with watched as trace:
    for _ in range(4):
        step(table, optimizer)
# Linux's own record; getrusage would count the parent's memory too.
peak = 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(peak - (len(pickle.dumps(trace.steps)) if trace else 0))
"""
# glibc keeps freed blocks below a threshold that rises while a program runs. Without a watch, too, that moves the most
# memory of a run by half a table, up or down. With the threshold held still, what is freed is given back.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)}


def model(optimizer=torch.optim.Adam, *, rows=V):
    """Return a table of this many rows, and its optimizer."""
    table = nn.Embedding(rows, D)
    return table, optimizer(table.parameters(), lr=1e-3)


def step(table, optimizer):
    """One whole training step: clear, look up, backward, step. Return its seconds."""
    ids = torch.randint(0, len(table.weight), (B, T))
    start = time.perf_counter()
    optimizer.zero_grad()
    table(ids).square().sum().backward()
    optimizer.step()
    return time.perf_counter() - start


def extra_time(optimizer, rounds, **options):
    """Per cent that a watch adds to a training step, the ratio of the medians; and the last trace."""
    table, optimizer = model(optimizer)
    for _ in range(3):
        step(table, optimizer)
    watched, plain, last = [], [], None
    for turn in range(2 * rounds):
        with_watch = turn % 4 in (0, 3)  # with, without, without, with: a drift of the machine weighs on both
        with rowlight.watch(table, **options) if with_watch else nullcontext() as trace:
            step(table, optimizer)  # the first one makes room for the copy
            (watched if with_watch else plain).extend(step(table, optimizer) for _ in range(2))
        last = trace if with_watch else last
    return 100 * (statistics.median(watched) / statistics.median(plain) - 1), last


def peak(how):
    """Bytes of the most memory that a training run with this watch, or none, has held; the median of three runs."""
    command = [sys.executable, "-c", MEASURE_PEAK, how]
    options = {"env": os.environ | ALLOCATOR, "cwd": Path(__file__).parents[2]}
    runs = [subprocess.run(command, capture_output=True, text=True, check=True, **options) for _ in range(3)]
    return statistics.median(int(run.stdout) for run in runs)


def report(line):
    """Time, then what is kept of a step, then memory."""
    torch.manual_seed(0)
    names = iter(ROWS)
    for _, optimizer, options, targets, more in WAYS:
        per_cent, trace = extra_time(optimizer, more * ROUNDS, **options)
        line(next(names), "%", per_cent, targets=targets)
        line(next(names), "MB", len(pickle.dumps(trace.steps[-1])) / 1e6, targets=(1,))
    table = 4 * V * D
    without = peak("none")
    line(next(names), "copies", (peak("all") - without) / table, targets=(1,))
    line(next(names), "copies", (peak("rows") - without) / table)
