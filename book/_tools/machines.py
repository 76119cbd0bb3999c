"""Run the chapters as other machines would, and compare what they print with what is stored: `make machines`.

A processor can act as an older one, a math library can take its steps in another order, and torch can use another
number of threads. Each setting below is the environment of the process that runs a notebook. By default, as in CI,
three settings run every chapter, and all of them run two chapters, which the commit chooses.

    make machines ALL=1                          every setting, every chapter
    make machines SETTING="OMP_NUM_THREADS=8"    one setting, every chapter
    make machines PYTHON=python3.12              another Python, in an environment of its own

Every run is a run: nothing is remembered from an earlier one.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from _tools.other_python import continue_in
from _tools.outputs import fault, named
from _tools.paths import NOTEBOOKS, ROOT, TEXTS
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

OLDEST = "ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE ONEDNN_MAX_CPU_ISA=SSE41 OMP_NUM_THREADS=1"
AVX2 = "ATEN_CPU_CAPABILITY=avx2 MKL_CBWR=AVX2 ONEDNN_MAX_CPU_ISA=AVX2"
EVERYWHERE = ("none", OLDEST, AVX2)
SETTINGS = (
    *EVERYWHERE,
    "ATEN_CPU_CAPABILITY=avx2",
    "ATEN_CPU_CAPABILITY=default",
    "OMP_NUM_THREADS=1",
    "OMP_NUM_THREADS=8",
    "ONEDNN_MAX_CPU_ISA=AVX2",
    "MKL_CBWR=AVX2",
    "MKL_CBWR=COMPATIBLE",
    "MKL_ENABLE_INSTRUCTIONS=SSE4_2",
)


def variables(setting: str) -> dict[str, str]:
    """{'OMP_NUM_THREADS': '8'}: what a setting sets."""
    return dict(pair.split("=") for pair in setting.split() if setting != "none")


def environment(setting: str) -> dict[str, str]:
    """The environment of a process under a setting: of all that any setting sets, it has only what this one does."""
    any_sets = {name for other in SETTINGS for name in variables(other)}
    rest = {name: value for name, value in os.environ.items() if name not in any_sets}
    # Threads that wait shall sleep. Those that spin take the processor from the ones they wait for: on a busy machine,
    # chapter 6 took minutes. No number depends on it.
    return {"OMP_WAIT_POLICY": "PASSIVE"} | rest | variables(setting)


def plan(
    chapters: Sequence[Path], commit: str, *, everything: bool = False, setting: str = ""
) -> dict[str, list[Path]]:
    """Which chapters run under which settings; `commit` is a hash in hexadecimal, or empty."""
    if everything or setting:
        return {each: [*chapters] for each in SETTINGS if setting in ("", each)}
    first = int(commit or "0", 16) % len(chapters)
    # Half the book apart: the later chapters run longer.
    in_turn = [*dict.fromkeys(chapters[(first + far) % len(chapters)] for far in (0, len(chapters) // 2))]
    return {each: [*chapters] if each in EVERYWHERE else in_turn for each in SETTINGS}


def run(path: Path, setting: str) -> list[str]:
    """Run the notebook at `path` under a setting, and say of each cell that prints something else what it is."""
    stored, fresh = (nbformat.read(path, as_version=4) for _ in range(2))
    client = NotebookClient(
        fresh, timeout=600, store_widget_state=False, resources={"metadata": {"path": str(path.parent)}}
    )
    try:
        client.execute(env=environment(setting), stderr=subprocess.DEVNULL)
    except CellExecutionError:
        pass  # an error is an output of its cell, and the cells after it have not run
    except (CellTimeoutError, DeadKernelError) as error:
        return [f"{path.parent.name}/{path.name}: {str(error).splitlines()[0]}"]
    cells = zip(stored.cells, fresh.cells, strict=True)
    outputs = [(was.outputs, now.outputs) for was, now in cells if was.cell_type == "code"]
    said = [(i, fault(was, now)) for i, (was, now) in enumerate(outputs)]
    return [f"{named(path, i)}: {words}" for i, words in said if words]


def head() -> str:
    """The hash of the commit that is checked out; empty without git."""
    try:
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def main() -> None:
    """Print one line a setting, and what differs under it; exit with 1 if anything does."""
    setting, everything = os.environ.get("SETTING", ""), bool(os.environ.get("ALL"))
    if setting not in ("", *SETTINGS):
        sys.exit(f"No setting is called {setting!r}; these are: {'; '.join(SETTINGS)}.")
    if python := os.environ.get("PYTHON"):
        continue_in(python, "_tools.machines")
    commit = head()
    if not (commit or everything or setting):
        print("No git here, so chapter 1 and one other run under all settings.")
    runs = plan([NOTEBOOKS / f"{name}.ipynb" for name in TEXTS], commit, everything=everything, setting=setting)
    failed = False
    # A kernel that starts or ends waits more than it works, so there is one more than there are cores.
    with ThreadPoolExecutor(1 + (os.cpu_count() or 1)) as pool:
        under = {each: [pool.submit(run, path, each) for path in paths] for each, paths in runs.items()}
        for each, futures in under.items():
            faults = [words for future in futures for words in future.result()]
            print("FAIL" if faults else "pass", f"{each} ({len(futures)} chapters)")
            print(*(f"      {words}\n" for words in faults), sep="", end="", flush=True)
            failed = failed or bool(faults)
    sys.exit(failed)


if __name__ == "__main__":
    main()
