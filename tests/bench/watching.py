"""What `rowlight.watch` costs.

Steps with and without a watch take turns, so that they share the weather of the machine; a figure is the median of
the ratios of neighbours. Memory is what the process really has, in a process of its own: torch's allocations are not
Python's.
"""

import os
import pickle
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn

import rowlight

V, D, B, T = 50_257, 768, 8, 1_024
ROUNDS = 31
WAYS = (
    ("", torch.optim.Adam, {}, (25,)),
    (", 1,000 rows followed", torch.optim.Adam, {"rows": range(1_000)}, (3,)),
    (", AdamW instead of Adam", torch.optim.AdamW, {}, ()),
)
PARTS = ("time added to a training step", "time added, of the fastest steps", "trace of a step")
MEMORY = ("memory added beside the trace, in copies of the table", "memory added beside the trace, 1,000 rows followed")
ROWS = (*(f"{part}{how}" for how, *_ in WAYS for part in PARTS), *MEMORY)

# The most memory a process of its own has held, its trace not counted, with a watch as argv says or without one.
MEASURE_PEAK = """
import contextlib, pickle, re, sys
from pathlib import Path
import torch
import rowlight
from bench.watching import model, step

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


def extra_time(optimizer=torch.optim.Adam, **options):
    """Per cent that a watch adds to a training step: median of the ratios, ratio of the fastest; and a trace."""
    table, optimizer = model(optimizer)
    for _ in range(3):
        step(table, optimizer)
    pairs = []
    for _ in range(ROUNDS):
        with rowlight.watch(table, **options) as trace:
            step(table, optimizer)  # the first one makes room for the copy
            watched = [step(table, optimizer) for _ in range(2)]
        plain = [step(table, optimizer) for _ in range(2)]
        pairs.append((min(watched), min(plain)))
    watched, plain = map(min, zip(*pairs, strict=True))
    return 100 * statistics.median(a / b - 1 for a, b in pairs), 100 * (watched / plain - 1), trace


def peak(how):
    """Bytes of the most memory that a training run with this watch, or none, has held; the median of three runs."""
    command = [sys.executable, "-c", MEASURE_PEAK, how]
    options = {"env": os.environ | ALLOCATOR, "cwd": Path(__file__).parents[1]}
    runs = [subprocess.run(command, capture_output=True, text=True, check=True, **options) for _ in range(3)]
    return statistics.median(int(run.stdout) for run in runs)


def report(line):
    """Time, then what is kept of a step, then memory."""
    torch.manual_seed(0)
    names = iter(ROWS)
    for _, optimizer, options, targets in WAYS:
        median, fastest, trace = extra_time(optimizer, **options)
        line(next(names), "%", median, targets=targets)
        line(next(names), "%", fastest)
        line(next(names), "MB", len(pickle.dumps(trace.steps[-1])) / 1e6, targets=(1,))
    table = 4 * V * D
    without = peak("none")
    line(next(names), "copies", (peak("all") - without) / table, targets=(1,))
    line(next(names), "copies", (peak("rows") - without) / table)
