"""Derive the notebooks from their texts: jupytext makes the cells, a kernel runs them, the result is stored.

    python -m _tools.derive          those whose cells differ from their text
    python -m _tools.derive --all    all of them

What is stored is what strict nbval compares, so nothing that changes from run to run is kept: no times, no widget
model ids. A stored widget is its html. (A live view without its model would show an error in JupyterLab; run the cell
to get it.) Outputs that are the same by the rule (sameness.py) stay as they are stored, so that two contributors on two
machines do not overwrite each other's last digits.

JupyterLab notes in a notebook which kernel runs it, and marks it as changed if it said anything else. So the whole note
is stored: the kernel's own name, which each text has in its head, and `language_info`.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from _ext.cells import FOLDED
from _ext.notebook_cache import fresh_cache_folder
from _tools.outputs import LIVE_VIEW, fault
from _tools.paths import NOTEBOOKS
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupytext.cli import jupytext as convert
from nbclient import NotebookClient
from nbformat import NotebookNode


def derive(text: Path) -> None:
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
        coalesce_streams=True,  # how many pieces a print comes in is chance
    ).execute()
    # The build looks there before it runs a chapter, and this one has just run.
    get_cache(fresh_cache_folder()).cache_notebook_bundle(
        CacheBundleIn(notebook, path), check_validity=False, overwrite=True
    )
    notebook.metadata = {name: notebook.metadata[name] for name in ("kernelspec", "language_info")}
    for cell in notebook.cells:
        fold(cell)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(LIVE_VIEW, None)
    store(notebook, path)


def fold(cell: NotebookNode) -> None:
    """Hide the source of a cell whose tag asks for it, in the words of JupyterLab and of Colab, or show it again."""
    hidden = not FOLDED.isdisjoint(cell.metadata.get("tags", ()))
    for name, value in {"jupyter": {"source_hidden": True}, "cellView": "form"}.items():
        if hidden:
            cell.metadata[name] = value
        else:
            cell.metadata.pop(name, None)


def store(fresh: NotebookNode, path: Path) -> None:
    """Write a notebook that has just run, unless the stored one is the same by the rule: then not a byte changes."""
    stored = nbformat.read(path, as_version=4) if path.exists() else None
    if stored:
        keep(stored, fresh)
    if fresh != stored:
        nbformat.write(fresh, path)
    print(f"{path.parent.name}/{path.name}: {'changed' if fresh != stored else 'the same'}")


def keep(stored: NotebookNode, fresh: NotebookNode) -> None:
    """Put the stored outputs of a cell in place of fresh ones that are the same by the rule.

    Where nothing else is new, the version of Python that ran the cells is no news.
    """
    cells = {cell.id: cell for cell in stored.cells if cell.cell_type == "code"}
    for cell in fresh.cells:
        before = cells.get(cell.id)
        if before and cell.cell_type == "code" and not fault(before.outputs, cell.outputs):
            cell.outputs = before.outputs
            for output in cell.outputs:
                if output.output_type == "execute_result":  # cells may have come or gone above this one
                    output.execution_count = cell.execution_count
    if fresh.cells == stored.cells and "language_info" in stored.metadata:
        fresh.metadata["language_info"] = stored.metadata["language_info"]


def is_current(text: Path) -> bool:
    """Whether the notebook of `text` holds its cells with what they are marked as, each of them executed."""
    path = text.with_suffix(".ipynb")
    if not path.exists():
        return False
    now, stored = jupytext.read(text).cells, nbformat.read(path, as_version=4).cells
    executed = all(cell.get("execution_count") for cell in stored if cell.cell_type == "code")
    return executed and [marked(cell) for cell in now] == [marked(cell) for cell in stored]


def marked(cell: NotebookNode) -> tuple[str, str, list[str], list[str]]:
    """What a text says of a cell: its kind, its source, its tags, and the questions that it answers."""
    return cell.cell_type, cell.source, cell.metadata.get("tags", []), cell.metadata.get("questions", [])


if __name__ == "__main__":
    for text in sorted(NOTEBOOKS.glob("*.py")):
        if "--all" in sys.argv or not is_current(text):
            derive(text)
