"""How a figure is written, what machine measured it, and the page of the book that holds them all."""

import operator
import os
import platform
import statistics
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil

MARKER = "<!-- Written by `make bench`. Change the program in book/_tools/bench, not this page. -->"
DIGITS = {"s": 2, "times": 2, "": 0, "µs": 0}  # milliseconds, kilobytes and megabytes have one
LARGE = 1_000  # a figure from here on has no decimals

WHAT = "measured"  # heads the column of names

PAGE = """\
{marker}
# Measured

Every figure on this page was measured in one run of `make bench`, which also wrote these sentences. The tables compare
this book with the same chapters under Jupyter Book's default settings: the same notebooks, run and built in the same
environment, opened in the same browser. Other work on the machine makes every figure worse; {load}

Measured on {date}, on {machine}. Versions: {versions}.
"""


class Section(NamedTuple):
    """One table: `measure(line)` calls `line(row, unit, *figures, targets=())` once for each of its `rows`."""

    title: str
    columns: tuple
    rows: tuple
    measure: object
    note: str


def middle_and_tail(values):
    """The median and the 95th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]


def format_row(what, unit, *figures, targets=(), least=False, columns=2):
    """Return one row: its figures, the targets for the first of them, and whether those are met.

    A target is the most that a figure should be, or with `least` the least.
    """
    digits = DIGITS.get(unit, 1)
    unit = f"\N{NO-BREAK SPACE}{unit}" if unit else ""
    cells = [f"{figure:,.{0 if figure >= LARGE else digits}f}{unit}" for figure in figures]
    cells += [""] * (columns - len(figures))
    sign, meets = ("≥", operator.ge) if least else ("≤", operator.le)
    target = " and ".join(f"{sign}\N{NO-BREAK SPACE}{limit}{unit}" for limit in targets)
    # The verdict is on what is written, so that a reader can check it.
    met = all(meets(round(figure, digits), limit) for figure, limit in zip(figures, targets, strict=False))
    return f"| {' | '.join([what, *cells, target, ('yes' if met else 'no') if targets else ''])} |"


def format_head(section):
    """Return what stands above the rows of a section."""
    names = [WHAT, *section.columns, "target", "met"]
    return f"\n## {section.title}\n\n{section.note}\n\n| {' | '.join(names)} |\n|{'---|' * len(names)}"


def row_names(page):
    """The first cell of each row of each table on a page written here."""
    cells = [line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if line.startswith("| ")]
    return [cell for cell in cells if cell != WHAT]


def processor():
    """The processor's family, as the system calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def head(versions):
    """Return the top of the page, for this machine and this moment."""
    memory = psutil.virtual_memory().total / 2**30
    return PAGE.format(
        marker=MARKER,
        load=f"before the start, the load average was {os.getloadavg()[0]:.1f}.",
        date=time.strftime("%Y-%m-%d"),
        machine=f"{platform.system()}, {processor()}, {os.cpu_count()} cores, {memory:.0f} GB of memory",
        versions=", ".join(f"{name} {version}" for name, version in versions.items()),
    )


def run(sections, versions):
    """Measure every section, print rows as they come, and return the page."""
    page = [head(versions)]
    print(page[0], flush=True)

    def put(text):
        page.append(text)
        print(text, flush=True)

    for section in sections:
        put(format_head(section))

        format_own = partial(format_row, columns=len(section.columns))
        section.measure(lambda *row, write=format_own, **limits: put(write(*row, **limits)))
    text = "\n".join(page) + "\n"
    named = [name for section in sections for name in section.rows]
    assert row_names(text) == named, f"announced {named}, measured {row_names(text)}"
    return text
