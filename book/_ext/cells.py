"""How the cells of a chapter look on a page: what only sets up or only checks is folded under one quiet line.

A cell's tag says what it is for, here and in the notebook (`_tools/derive.py` hides the same sources there):

- `set-up`: imports and data; what it shows comes first, its source below, folded.
- `checked`: assertions; the first line, `# checked: ...`, says what of, and the rest is folded under it.
- `task`: a question; its source would give the answer away, and is left out.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

FOLDED = {"set-up", "checked", "task"}
CHECKED = re.compile(r"# (checked: .+)\n")
SET_UP = "imports and set-up"


class fold(nodes.General, nodes.Element):  # noqa: N801  docutils writes nodes so
    """A part of a page that is closed until it is asked for."""


def _visit(self: Any, node: fold) -> None:
    self.body.append(f'<details class="fold {node["kind"]}"><summary>{self.encode(node["says"])}</summary>\n')


def _depart(self: Any, _node: fold) -> None:
    self.body.append("</details>\n")


def _part(cell: nodes.Element, name: str) -> nodes.Element | None:
    return next((part for part in cell.children if name in part.get("classes", [])), None)


def fold_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Fold the sources of set-up and checked cells, and leave out those of tasks."""
    for cell in list(doctree.findall(nodes.container)):
        kinds = {f"tag_{tag}" for tag in FOLDED} & set(cell.get("classes", []))
        source = _part(cell, "cell_input")
        if not kinds or source is None:
            continue
        [kind] = kinds
        cell.remove(source)
        if kind == "tag_task":
            continue
        says = SET_UP if kind == "tag_set-up" else _words(source, app, doctree)
        folded = fold("", source, kind=kind.removeprefix("tag_"), says=says)
        if kind == "tag_set-up":
            cell.append(folded)  # below what the cell shows: the reader's first screen is the picture
        else:
            cell.insert(0, folded)


def _words(source: nodes.Element, app: Sphinx, doctree: nodes.document) -> str:
    """What a checked cell says that it checks."""
    code = source.astext()
    found = CHECKED.match(code)
    if not found:
        where = app.env.path2doc(doctree["source"])
        raise ExtensionError(f"{where}: a cell tagged `checked` begins with `# checked: ...`, not {code[:40]!r}")
    return found[1]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_node(fold, html=(_visit, _depart))
    app.connect("doctree-read", fold_cells)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
