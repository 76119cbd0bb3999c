"""Which rows of a trace are shown, and what is told of each of them in a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from rowlight.lenses.step_words import among, reason
from rowlight.watching.causes import CAUSES

if TYPE_CHECKING:
    from collections.abc import Collection

    from rowlight import Step, Trace
    from rowlight.lenses.movements import Drawing

MOST_ROWS = 64  # a reader cannot look over more, nor predict them


def size_of(traces: Collection[Trace]) -> int:
    """How many rows the table has had at most: it may grow while it learns. Rows are in order, the last one tells."""
    parts = (part for trace in traces for step in trace.steps for part in (step.read, step.gradient, step.moved))
    return max(*(trace.V for trace in traces), *(int(part[-1]) + 1 for part in parts if len(part)), 0)


def rows_to_show(traces: Collection[Trace], V: int, most_steps: int) -> list[int]:
    """All followed rows, or the first of those that were read, had a gradient or moved."""
    first = next(iter(traces))
    followed = torch.cat([first.rows, torch.arange(first.V, V, device="cpu")])
    if len(followed) <= MOST_ROWS:
        return followed.tolist()
    chosen: dict[int, None] = {}
    for name in ("read", "gradient", "moved"):
        for trace in traces:
            for step in trace.steps[:most_steps]:
                chosen |= dict.fromkeys(getattr(step, name)[:MOST_ROWS].tolist())
    return sorted(list(chosen)[:MOST_ROWS])


class TracedRows:
    """What each step of a trace did to the shown rows.

    Args:
        steps: the steps that are shown.
        rows: the row numbers, ascending.
        drawing: the movements of the same steps and rows, if there are snapshots.
    """

    def __init__(self, steps: list[Step], rows: list[int], drawing: Drawing | None) -> None:
        shown = torch.tensor(rows, device="cpu")
        self._steps, self._rows, self._drawing = steps, rows, drawing
        self._reads = torch.stack([among(shown, step.read) for step in steps])
        self._gradients = torch.stack([among(shown, step.gradient) for step in steps])
        self._moves = torch.stack([among(shown, step.moved) for step in steps])

    def views(self, i: int, batches: int) -> list[dict[str, Any]]:
        """What step `i` did to each row, as JSON can hold it.

        Returns:
            for each row a dict with "kind", which of the score's kinds it is; "reads", a sign for each column of
            batches, "1" where one reads the row; "causes" that acted on it; "why" in words; and what `Drawing.row`
            gives, if there are snapshots.
        """
        why = self._why(self._steps[i])
        views = []
        for at, row in enumerate(self._rows):
            is_read, has_gradient, has_moved = (
                bool(mask[i, at]) for mask in (self._reads, self._gradients, self._moves)
            )
            cause = "still" if not has_moved else "gradient" if has_gradient else why[row]
            drawn = self._drawing.row(i, at) if self._drawing else _undrawn(cause.split("+") if has_moved else [])
            causes = [part[0] for part in drawn["parts"]]
            view = {"kind": cause.partition("+")[0], "reads": self._batches(i, at, batches), "causes": causes}
            views.append(view | drawn | {"why": reason(causes, is_read=is_read, has_moved=has_moved)})
        return views

    def _why(self, step: Step) -> dict[int, str]:
        """The causes of the shown rows that moved without a gradient."""
        rows = step.moved_without_gradient
        shown = among(rows, torch.tensor(self._rows, device="cpu"))
        codes = zip(rows[shown].tolist(), step.causes[shown].tolist(), strict=True)
        return {row: CAUSES[code] for row, code in codes}

    def _batches(self, i: int, at: int, batches: int) -> str:
        """' 010': whether each of the last batches reads the row, " " for none; the first may stand for all before."""
        reads = self._reads[: i + 1, at].tolist()
        recent = reads[len(reads) - batches + 1 :] if len(reads) >= batches else reads
        earlier = reads[: len(reads) - len(recent)]
        marks = [any(earlier)] * bool(earlier) + recent
        return "".join("1" if mark else "0" for mark in marks).rjust(batches)


def _undrawn(causes: list[str]) -> dict[str, Any]:
    """What `Drawing.row` gives, where nothing is known but the causes: a short bar for each."""
    parts = [[cause, 10.0, []] for cause in causes]
    return {"before": [], "after": [], "far": "", "share": "", "parts": parts, "joined": True}
