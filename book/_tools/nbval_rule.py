"""Let strict nbval compare by the rule for "the same". pytest loads this plugin from pyproject.toml.

nbval has no hook for its comparison, so its method is replaced. What nbval skips (live views, times, counts) is
skipped; images are not.
"""

from _tools.outputs import fault, named
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell


def compare_outputs(cell: IPyNbCell, fresh: list[NotebookNode], stored: list[NotebookNode]) -> bool:
    """Whether the cell prints what is stored; if not, leave the reason where nbval looks for it."""
    said = fault(stored, fresh)
    cell.comparison_traceback = [f"{named(cell.path, cell.cell_num)}: {said}"] if said else []
    return not said


IPyNbCell.compare_outputs = compare_outputs
