"""The rows of a table with two columns in a square, for Training Replay: percents from the left and from the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rowlight.lenses.axis import Axis
from rowlight.lenses.movements import length_text
from rowlight.widgets.numbers import largest

if TYPE_CHECKING:
    from collections.abc import Collection

    from rowlight import Recording

MARGIN = 4.0  # percents that stay free on each side, for the marks
LONGEST = 10.0  # percents of the square that an arrow may be long: it must not cover the next row


class ReplayPlane:
    """One scale for all steps of all trainings, so that a table that shrinks is seen to shrink.

    Args:
        runs: the trainings.

    Attributes:
        reach: the largest number in any row, which lies at the margin.
        times: how many times as long as a step its arrow is drawn.
        axis: for how far a step moves the rows that its batch reads.
    """

    def __init__(self, runs: Collection[Recording]) -> None:
        tables = [table for run in runs for table in (run.rows, run.after) if table is not None]
        self.reach = max(table.abs().max().item() for table in tables) or 1.0
        self._unit = (50 - MARGIN) / self.reach
        steps = torch.cat([_step_lengths(run) for run in runs])
        longest = steps.quantile(0.9).item() * self._unit if len(steps) else 0.0
        self.times = next((by for by in (100, 50, 20, 10, 5, 2) if by * longest <= LONGEST and longest), 1)
        self.axis = Axis(largest(steps))

    def positions(self, run: Recording) -> list[str]:
        """For each step 'x y x y ...' of all rows; y counts from the top."""
        at = 50 + self._unit * _downward(run.rows)
        return [" ".join(f"{number:.1f}" for number in step) for step in at.flatten(1).tolist()]

    def moves(self, run: Recording) -> list[str]:
        """For each step 'dx dy far|...' of the rows that its batch reads: the arrow, and how far the row moves."""
        if run.after is None or run.reads is None:
            return []
        way = _downward(run.after - run.rows)
        far = way.norm(dim=2, keepdim=True)
        arrows = way * self._unit * self.times
        arrows *= LONGEST / (far * self._unit * self.times).clamp(min=LONGEST)
        return [
            "|".join(f"{arrows[s, r, 0]:.1f} {arrows[s, r, 1]:.1f} {length_text(far[s, r].item())}" for r in read)
            for s, read in enumerate(run.reads)
        ]


def _downward(rows: torch.Tensor) -> torch.Tensor:
    """The rows in float64, with y counted from the top."""
    return rows.double() * rows.new_tensor([1.0, -1.0], dtype=torch.float64)


def _step_lengths(run: Recording) -> torch.Tensor:
    """How far each step moves each row that its batch reads, one after the other."""
    if run.after is None or run.reads is None:
        return run.rows.new_zeros(0, dtype=torch.float64)
    far = (run.after - run.rows).double().norm(dim=2)
    return torch.cat([far[step, read] for step, read in enumerate(run.reads)])


def dots(positions: str) -> str:
    """The path that draws a dot at each position, with round line caps: one element however many rows."""
    numbers = positions.split()
    return "".join(f"M{x} {y}h0" for x, y in zip(numbers[::2], numbers[1::2], strict=True))
