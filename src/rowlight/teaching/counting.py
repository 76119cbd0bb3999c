"""Count multiplications by making them: numbers that keep a tally of how often they are multiplied.

Used by chapter 3, One-hot times the table. A profiler that knows a formula for each operation reports zero for those it
does not know. These numbers report zero only if nobody has multiplied them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch


class _Tally:
    """A number that adds one to `counts[0]` whenever it is multiplied."""

    def __init__(self, value: float, counts: list[int]) -> None:
        self.value, self.counts = value, counts

    def __mul__(self, other: float) -> _Tally:
        self.counts[0] += 1
        return _Tally(self.value * other, self.counts)

    __rmul__ = __mul__

    def __add__(self, other: _Tally) -> _Tally:
        return _Tally(self.value + other.value, self.counts)


def count_multiplications(call: Callable[..., Any], given: torch.Tensor, table: torch.Tensor) -> int:
    """Run `call(given, table)` on NumPy arrays and return how often a number of the table was multiplied.

    Args:
        call: a function of two arrays, such as `lambda one_hot, table: one_hot @ table`.
        given: ids or one-hot vectors.
        table: (V, D).
    """
    counts = [0]
    tallies = np.array([[_Tally(x, counts) for x in row] for row in table.tolist()], dtype=object)
    call(given.numpy(), tallies)
    return counts[0]
