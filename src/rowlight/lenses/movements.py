"""What a step did to each row, ready to be drawn: the row before and after, how far it moved, and what moved it.

Lengths and parts are torch's (`Trace.parts`). Here they are put on scales and into words, and nothing is computed
beyond Euclidean lengths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from rowlight.lenses.axis import Axis
from rowlight.widgets.numbers import largest, number_format, printed

if TYPE_CHECKING:
    from rowlight import Trace

COLUMNS = 4  # of a wider table the first two and the last two are drawn
LEAST_SHARE = 0.001  # a part that is less of what acted on a row is not drawn


@dataclass
class Movement:
    """The drawn rows (N, D) before and after a step, and the parts (P, N, D) of the way between, by cause."""

    before: torch.Tensor
    after: torch.Tensor
    parts: torch.Tensor
    causes: tuple[str, ...]

    @property
    def far(self) -> torch.Tensor:
        """How far each row moved, tensor (N,)."""
        return (self.after - self.before).square().sum(dim=1).sqrt()

    @property
    def part_lengths(self) -> torch.Tensor:
        """How long each part is, tensor (P, N)."""
        return self.parts.square().sum(dim=2).sqrt()


def movement(trace: Trace, step: int, rows: list[int]) -> Movement:
    """Look up the drawn rows in the snapshots of a trace; NaN for rows that the table does not have yet."""
    after, parts = trace.after(step).double(), trace.parts(step)
    stacked = torch.stack(list(parts.values()))
    followed = {row: i for i, row in enumerate(trace.rows.tolist())}
    at = torch.tensor([followed.get(row, row) for row in rows], device="cpu")
    is_there = at < len(after)
    rows_after = after.new_full((len(rows), after.shape[1]), math.nan)
    rows_parts = stacked.new_zeros(len(stacked), len(rows), after.shape[1])
    rows_after[is_there], rows_parts[:, is_there] = after[at[is_there]], stacked[:, at[is_there]]
    return Movement(rows_after - rows_parts.sum(0), rows_after, rows_parts, tuple(parts))


class Drawing:
    """The movements of one trace on its own scales, which hold for all of its steps.

    Args:
        movements: one a step.
        style: how the numbers of the table are printed, as `number_format` says.
    """

    def __init__(self, movements: list[Movement], style: str) -> None:
        self.movements, self.style = movements, style
        self.axis = Axis(max(largest(torch.cat([m.far[None], m.part_lengths])) for m in movements))
        self.cell_axis = Axis(max(largest(m.parts) for m in movements))

    def row(self, step: int, i: int) -> dict[str, Any]:
        """What is drawn for the row with index `i`.

        Returns:
            dict with "before" and "after", its numbers as text, the latter only if it has moved; "far" and "share", how
            far it moved and how much of its length that is, in words; "parts", a list of [cause, percent of the scale,
            percents of half a cell]; and "joined": whether the parts add up in length, and lie end to end.
        """
        one = self.movements[step]
        far, length = one.far[i].item(), one.before[i].norm().item()
        has_moved = not torch.equal(one.before[i], one.after[i])
        sizes = one.part_lengths[:, i]
        acted = sizes.sum().item()
        drawn = (sizes >= LEAST_SHARE * acted).nonzero().flatten().tolist() if 0 < acted < math.inf else []
        return {
            "before": self._numbers(one.before[i]),
            "after": self._numbers(one.after[i]) if has_moved else [],
            "far": length_text(far) if has_moved else "",
            "share": share_text(far / length) if has_moved and length else "",
            "parts": [[one.causes[p], self.axis.percent(sizes[p].item()), self._cells(one.parts[p, i])] for p in drawn],
            "joined": acted <= 1.02 * far,
        }

    def _cells(self, part: torch.Tensor) -> list[float]:
        """How much a part adds to each drawn number, in percents of half a cell."""
        return [round(100 * number / self.cell_axis.end, 1) for number in _drawn(part)]

    def _numbers(self, row: torch.Tensor) -> list[str]:
        return [printed(number, self.style) for number in _drawn(row)]


def style_of(movements: list[Movement]) -> tuple[str, float]:
    """How the numbers of these rows are printed, and the size that the strongest colour stands for."""
    numbers = torch.stack([rows for one in movements for rows in (one.before, one.after)])
    return number_format(numbers), largest(numbers)


def column_names(D: int) -> list[str]:
    """['0', '1', '2', '3'], or ['0', '1', '62', '63'] of a wider table."""
    return [str(column) for column in (range(D) if D <= COLUMNS else (0, 1, D - 2, D - 1))]


def _drawn(row: torch.Tensor) -> list[float]:
    numbers = row.tolist()
    return numbers if len(numbers) <= COLUMNS else [*numbers[:2], *numbers[-2:]]


def length_text(size: float) -> str:
    """'0.1340', or '3.1e-05' where four decimals would hide it."""
    return f"{size:.1e}" if 0 < size < 0.00005 else f"{size:.4f}"


def share_text(share: float) -> str:
    """'6.0 % of its length'."""
    return f"{100 * share:.1f} % of its length" if share >= 0.0005 else "under 0.1 % of its length"
