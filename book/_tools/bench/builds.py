"""Building this book and one with default settings, each in its own copy: cold, unchanged, with one change."""

import contextlib
import json
import shutil
import subprocess
import threading
import time

import nbformat
import psutil
from _tools.bench import defaults
from _tools.paths import CHAPTERS, ROOT
from nbclient import NotebookClient

CHANGED = CHAPTERS[0]
NOT_COPIED = shutil.ignore_patterns(".venv", ".git", "_build", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info")
MAKE = ["make", "book"]
TRIES = 2

ROWS = (
    "cold build",
    "executing the notebooks alone, one after the other",
    "cold build, as a multiple of that",
    "no-op build",
    "no-op `jupyter-book build`",
    "one-notebook build",
    "one-notebook build, beyond that notebook's own execution",
    "memory, cold build",
)


def copy_book(folder):
    """Copy this book without what was built; the environment is shared, and is older than nothing it is made from."""
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def timed(command, folder):
    """Run a command; return its seconds and the largest sum (MB) of what it and its children held at one time."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sizes = [0]
    watcher = threading.Thread(target=watch, args=(psutil.Process(process.pid), sizes))
    watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - start
    watcher.join()
    assert process.returncode == 0, output[-3000:]
    return seconds, max(sizes) / 1e6


def watch(process, sizes):
    """Append what a process and its children hold, until it ends. Pages they share count once for each."""
    while True:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return
            family = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        total = 0
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
        sizes.append(total)
        time.sleep(0.1)


def execution(folder, name):
    """Run one notebook alone, as a build would; return its seconds."""
    notebook = nbformat.read(folder / "notebooks" / f"{name}.ipynb", as_version=4)
    start = time.perf_counter()
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder / "notebooks")}}).execute()
    return time.perf_counter() - start


def change_text(folder):
    """Add a comment to the first code cell of a chapter's text."""
    path = folder / "notebooks" / f"{CHANGED}.py"
    path.write_text(path.read_text("utf-8").replace("\n# %%\n", "\n# %%\n# changed\n", 1), "utf-8")


def change_notebook(folder):
    """Add a comment to the first code cell of a chapter's notebook."""
    path = folder / "notebooks" / f"{CHANGED}.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["source"].insert(0, "# changed\n")
    path.write_text(json.dumps(notebook), "utf-8")


def measure(folder, command, change):
    """The figures of one book, in the order of the rows."""
    colds, alones = [], []
    for _ in range(TRIES):  # in turn, so that other work on the machine slows both
        shutil.rmtree(folder / "_build", ignore_errors=True)
        colds.append(timed(command, folder))
        alones.append(sum(execution(folder, name) for name in CHAPTERS))
    cold, memory = min(colds)
    alone = min(alones)
    nothing, sphinx = timed(command, folder)[0], timed(defaults.build_command(), folder)[0]
    change(folder)
    one = timed(command, folder)[0]
    return cold, alone, cold / alone, nothing, sphinx, one, one - execution(folder, CHANGED), memory


def report(folder, line):
    """Build both books, ours with its own command."""
    defaults.write(folder / "default-builds")
    ours = measure(copy_book(folder / "ours"), MAKE, change_text)
    theirs = measure(folder / "default-builds", defaults.build_command(), change_notebook)
    units = ("s", "s", "times", "s", "s", "s", "s", "MB")
    limits = ((), (), (1.3,), (3,), (3,), (), (5,), ())
    for row, unit, pair, targets in zip(ROWS, units, zip(ours, theirs, strict=True), limits, strict=True):
        line(row, unit, *pair, targets=targets)
