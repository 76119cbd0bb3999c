"""What a cell shows, compared by the rule for "the same". nbval, `make notebooks` and `make machines` all ask here."""

import json
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

from _tools.sameness import difference, too_exact
from nbformat import NotebookNode

LIVE_VIEW = "application/vnd.jupyter.widget-view+json"  # nothing but a random model id; the html beside it is compared


def fault(stored: Iterable[NotebookNode], fresh: Iterable[NotebookNode]) -> str | None:
    """Say what is wrong with the fresh outputs of a cell, as nbformat has them; None if they are the stored ones."""
    was, now = _shown(stored), _shown(fresh)
    for kind, texts in now.items():
        for text in texts:
            if number := too_exact(text):
                return f"{kind}: a figure has the coordinate {number}; it may have two decimals"
    for kind in was | now:
        for one, other in zip_longest(was.get(kind, ()), now.get(kind, ())):
            if one is None or other is None:
                return f"{kind}: {'more' if one is None else 'less'} than is stored: {(one or other or '')[:200]!r}"
            if said := difference(one, other):
                return f"{kind}: {said}"
    return None


def named(notebook: Path, cell: int) -> str:
    """'notebooks/06_rows_learn.ipynb, cell 41': code cells are counted, from 0, as nbval does."""
    return f"{notebook.parent.name}/{notebook.name}, cell {cell}"


def _shown(outputs: Iterable[NotebookNode]) -> dict[str, list[str]]:
    """The texts of each kind, in order: a stream is one text, however many pieces it came in."""
    shown: dict[str, list[str]] = {}
    for output in outputs:
        if output.output_type == "stream":
            shown[output.name] = ["".join([*shown.get(output.name, ()), output.text])]
        elif output.output_type == "error":
            shown.setdefault("error", []).append(f"{output.ename}: {output.evalue}")
        else:
            for kind, text in output.data.items():
                if kind != LIVE_VIEW:
                    shown.setdefault(kind, []).append(
                        text if isinstance(text, str) else json.dumps(text, sort_keys=True)
                    )
    return shown
