"""A trace in words: a table of steps and what to know about them, as text and as html."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import torch

from rowlight.watching import views
from rowlight.watching.causes import CAUSES

if TYPE_CHECKING:
    import os

    from torch import Tensor

    from rowlight.watching.trace import Step, Trace

MOST_IDS = 8  # of a longer list the first ids are shown, and how many there are
FIRST_IDS = 3
MOST_STEPS = 40  # of a longer trace the first and the last steps are shown
HEADS = ("step", "optimizer", "read", "gradient", "moved", "moved without a gradient")
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
)


class Report:
    """What a trace says, to print or to show in a notebook. Steps are numbered as in `trace.steps`.

    Args:
        trace: a `rowlight.watching.trace.Trace`. The report shows it as it is when it is drawn.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __repr__(self) -> str:
        """The report as text."""
        lines = [HEADS, *self._lines()]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        table = ["  ".join(c.ljust(width) for c, width in zip(line, widths, strict=True)).rstrip() for line in lines]
        return "\n".join([self.title, *(table if self._trace.steps else []), *self._notes()])

    def _repr_html_(self) -> str:
        template = TEMPLATES.get_template("report.html")
        return template.render(title=self.title, heads=HEADS, lines=self._lines(), notes=self._notes())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as it is now into one html file, which needs no server and no network.

        Returns:
            The path.

        Raises:
            TypeError: the path is none.
            OSError: the file cannot be written. Nothing is left half written.
        """
        __tracebackhide__ = True
        return views.save(path, self._repr_html_(), self.title)

    @property
    def title(self) -> str:
        """'Embedding(10, 4): 2 steps', and what else the steps are about: another size, chosen rows."""
        trace = self._trace
        V = trace.steps[-1].V if trace.steps else trace.V
        resized = "" if V == trace.V else f", later {V:,} rows"
        followed = "" if len(trace.rows) == trace.V else f", {len(trace.rows):,} of {trace.V:,} rows followed"
        return f"{trace.layer}{resized}{followed}: {counted(len(trace.steps), 'step')}"

    def _lines(self) -> list[tuple[str, ...]]:
        """The cells of each line of the table."""
        steps, half = list(enumerate(self._trace.steps)), MOST_STEPS // 2
        if len(steps) <= MOST_STEPS:
            return [self._cells(*step) for step in steps]
        gap = ("…", f"{len(steps) - MOST_STEPS:,} more", "", "", "", "")
        return [*(self._cells(*step) for step in steps[:half]), gap, *(self._cells(*step) for step in steps[-half:])]

    def _cells(self, i: int, step: Step) -> tuple[str, ...]:
        rows = step.moved_without_gradient
        causes = [(cause, rows[step.causes == code]) for code, cause in enumerate(CAUSES)]
        why = "; ".join(f"{cause}: {self._rows_in_words(rows, step.V)}" for cause, rows in causes if len(rows))
        read, gradient, moved = (self._rows_in_words(rows, step.V) for rows in (step.read, step.gradient, step.moved))
        return (str(i), step.optimizer, read, gradient, moved, why or "none")

    def _rows_in_words(self, rows: Tensor, V: int) -> str:
        """'1, 2, 5'; 'all 10'; 'all 800 followed'; '1, 2, 5 … (812 rows)'; or 'none'. The table has V rows by then."""
        if len(rows) == V > FIRST_IDS:
            return f"all {V:,}"
        if len(rows) <= MOST_IDS:
            return ", ".join(map(str, rows.tolist())) or "none"
        if len(rows) == len(self._trace.rows):
            return f"all {len(rows):,} followed"
        return f"{', '.join(map(str, rows[:FIRST_IDS].tolist()))} … ({len(rows):,} rows)"

    def _notes(self) -> list[str]:
        """One sentence each on what the table of steps does not say."""
        trace = self._trace
        if trace.steps:
            return [*self._without_reading(), *self.caveats]
        return self.caveats if trace.failure else [_no_step(trace), *self.caveats]

    def _without_reading(self) -> list[str]:
        """Rows that no lookup read: those that moved without any gradient, and those that had one from elsewhere."""
        steps = self._trace.steps
        parts = [[getattr(step, part) for step in steps] for part in ("read", "gradient", "moved")]
        read, gradient, moved = _marked(parts)
        unread, elsewhere = moved & ~read & ~gradient, gradient & ~read
        V = max(step.V for step in steps)
        rows = self._rows_in_words(unread.nonzero().flatten(), V)
        notes = [f"Rows that moved, never read and without a gradient: {rows}."]
        if elsewhere.any():
            rows = self._rows_in_words(elsewhere.nonzero().flatten(), V)
            notes.append(
                "Rows with a gradient, but without a lookup that was seen in this block, as through a tied head, "
                f"an index (`weight[ids]`) or another process: {rows}."
            )
        return notes

    @property
    def caveats(self) -> list[str]:
        """Sentences on why the trace is not the whole story: the layer's weight was replaced, or the watch failed."""
        trace, caveats = self._trace, []
        if trace.replaced is not None:
            caveats.append(
                "The layer's weight was replaced by another Parameter, by load_state_dict(assign=True) or by an "
                f"assignment; this was noticed after {counted(trace.replaced, 'step')}. The trace follows the first "
                "one, not the one that the layer has now."
            )
        if trace.failure is not None:
            caveats.append(
                f"The watch failed after {counted(len(trace.steps), 'step')} and ended there: {trace.failure}. The "
                "training went on without it, and what it did then is not in this trace. Please report this as a "
                "bug of rowlight."
            )
        return caveats


def _marked(parts: list[list[Tensor]]) -> list[Tensor]:
    """For each part, mark the rows in any of its lists, bool tensors: one mark a row, however long the trace."""
    height = 1 + max((int(rows[-1]) for part in parts for rows in part if len(rows)), default=-1)
    masks = [torch.zeros(height, dtype=torch.bool, device="cpu") for _ in parts]
    for mask, part in zip(masks, parts, strict=True):
        for rows in part:
            mask[rows] = True
    return masks


def _no_step(trace: Trace) -> str:
    if trace.other_steps:
        return (
            f"No optimizer that holds this table took a step; {counted(trace.other_steps, 'step')} of others did. Is "
            "the layer's weight among the parameters the optimizer was given?"
        )
    return (
        "No optimizer took a step inside the block, so there is nothing to show. step() was not called, a gradient "
        "scaler skipped it, or the table is changed by something that is not a torch.optim.Optimizer."
    )


def counted(n: int, noun: str) -> str:
    """'1 step', '2 steps', '1,000 steps'."""
    return f"{n:,} {noun}{'s' * (n != 1)}"
