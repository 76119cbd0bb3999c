"""Derive the notebooks from their texts: jupytext makes the cells, a kernel runs them, the result is stored.

    python book/derive.py          those whose cells differ from their text
    python book/derive.py --all    all of them

What is stored is what strict nbval compares, so nothing that changes from run to run is kept: no times, no widget
model ids. A stored widget is its html. (A live view without its model would show an error in JupyterLab; run the cell
to get it.)
"""

import shutil
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from _ext.notebook_cache import fresh_cache_folder
from _tools.paths import NOTEBOOKS
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupytext.cli import jupytext as convert
from nbclient import NotebookClient

LIVE_VIEW = "application/vnd.jupyter.widget-view+json"


def derive(text):
    """Write the executed notebook that belongs to the percent text at path `text`; all of it or nothing."""
    path = text.with_suffix(".ipynb")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        if path.exists():
            shutil.copy(path, made)  # its cell ids are kept
        convert(["--quiet", "--to", "ipynb", "--update", "--output", str(made), str(text)])
        notebook = nbformat.read(made, as_version=4)
    NotebookClient(
        notebook,
        timeout=1200,  # against a cell that never ends
        resources={"metadata": {"path": str(text.parent)}},
        store_widget_state=False,
        record_timing=False,
    ).execute()
    # The build looks there before it runs a chapter, and this one has just run.
    get_cache(fresh_cache_folder()).cache_notebook_bundle(
        CacheBundleIn(notebook, path), check_validity=False, overwrite=True
    )
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(LIVE_VIEW, None)
    nbformat.write(notebook, path)
    print(f"{path.relative_to(NOTEBOOKS.parent)}: {path.stat().st_size / 1024:.0f} kB")


def is_current(text):
    """Whether the notebook of `text` holds its cells, each of them executed."""
    path = text.with_suffix(".ipynb")
    if not path.exists():
        return False
    now, stored = jupytext.read(text).cells, nbformat.read(path, as_version=4).cells
    executed = all(cell.get("execution_count") for cell in stored if cell.cell_type == "code")
    return executed and [(cell.cell_type, cell.source) for cell in now] == [(c.cell_type, c.source) for c in stored]


if __name__ == "__main__":
    for text in sorted(NOTEBOOKS.glob("*.py")):
        if "--all" in sys.argv or not is_current(text):
            derive(text)
