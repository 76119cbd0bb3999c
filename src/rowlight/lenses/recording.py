"""A training as the Training Replay shows it: the rows at recorded steps, the loss, and what each batch reads.

Explained in chapter 7 of the book, Rows learn jointly.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rowlight import Trace

MOST_ROWS, MOST_STEPS = 400, 1000  # what a page can still hold and move


class Recording:
    """The rows of a table with two columns at S recorded steps of a training.

    Args:
        rows: tensor or array (S, R, 2) of floats: R rows, as they were when each recorded step was about to be taken.
        losses: S numbers, the loss of each of these tables.
        steps: S whole numbers, ascending: which step each one was; 0 to S - 1 if not given.
        reads: for each recorded step the rows that its batch reads, as indexes among the R rows; or None.
        after: tensor or array (S, R, 2), the rows right after each recorded step. Not needed if every step is recorded:
            then they are the rows of the next one.

    Attributes:
        rows: the same, a tensor on the CPU.
        after: the same, or None if it is not known; of the last step its rows themselves, if nothing else is known.
        losses, steps, reads: the same, as lists.

    Raises:
        TypeError: rows, losses, steps or reads are no numbers.
        ValueError: their sizes do not fit, there are more than 400 rows or 1,000 steps, a number is not finite, steps
            do not ascend, or an index is outside 0..R-1.
    """

    def __init__(
        self,
        rows: Any,
        losses: Iterable[float],
        steps: Iterable[int] | None = None,
        reads: Iterable[Iterable[int]] | None = None,
        after: Any = None,
    ) -> None:
        self.rows = _numbers("rows", rows)
        S, R = (*self.rows.shape, 0, 0)[:2]
        if self.rows.shape != (S, R, 2) or not 0 < S <= MOST_STEPS or not 0 < R <= MOST_ROWS:
            raise ValueError(
                f"rows: expected shape (S, R, 2), 1 to {MOST_STEPS} steps of 1 to {MOST_ROWS} rows in two columns, "
                f"got {tuple(self.rows.shape)}"
            )
        self.losses: list[float] = _numbers("losses", losses, S).tolist()
        self.steps = [int(step) for step in _numbers("steps", range(S) if steps is None else steps, S)]
        if any(later <= earlier for earlier, later in pairwise(self.steps)):
            raise ValueError(f"steps: expected them to ascend, got {self.steps[:5]} …")
        self.reads = None if reads is None else [_indexes(read, R) for read in reads]
        if self.reads is not None and len(self.reads) != S:
            raise ValueError(f"reads: expected {S} of them, one for each recorded step, got {len(self.reads)}")
        self.after = None if after is None else _numbers("after", after)
        if after is None and all(later - earlier == 1 for earlier, later in pairwise(self.steps)):
            self.after = torch.cat([self.rows[1:], self.rows[-1:]])
        if self.after is not None and self.after.shape != self.rows.shape:
            raise ValueError(
                f"after: expected the shape of rows, {tuple(self.rows.shape)}, got {tuple(self.after.shape)}"
            )

    def __repr__(self) -> str:
        """Say how much was recorded."""
        S, R, _ = self.rows.shape
        return f"<Recording: {R} rows at {S} steps, loss {self.losses[0]:.4f} to {self.losses[-1]:.4f}>"

    @classmethod
    def from_trace(cls, trace: Trace, losses: Sequence[float], every: int = 1) -> Self:
        """Return the recording of a training that `rowlight.watch(table, snapshots=True)` has followed.

        Args:
            trace: its `rowlight.Trace`.
            losses: the loss before each of the N steps, as a training loop computes it; and, if the table as it is
                after the last step is to be shown too, one more.
            every: record every step, or every second, third, ...

        Raises:
            RuntimeError: the trace was made without `snapshots=True`.
            ValueError: a trace without steps, or with rows that are not finite; losses of another number; `every` is no
                whole number; also what `Recording` says.
        """
        N = len(trace.steps)
        if len(losses) not in (N, N + 1):
            raise ValueError(f"losses: expected one before each of the {N} steps, or one more, got {len(losses)}")
        if not len(losses):
            raise ValueError("trace: it has no step to show")
        if not isinstance(every, int) or every < 1:
            raise ValueError(f"every: expected a whole number from 1 on, got {every!r}")
        at = range(0, len(losses), every)
        start = trace.start if trace.start is not None else trace.after(0)  # which says what is missing
        tables = [trace.after(step - 1) if step else start for step in at]
        index = {row: i for i, row in enumerate(trace.rows.tolist())}
        reads = [[index[row] for row in trace.steps[step].read.tolist()] if step < N else [] for step in at]
        after = [trace.after(min(step, N - 1)) if N else start for step in at]
        for step, *both in zip(at, tables, after, strict=True):
            if not all(rows.isfinite().all() for rows in both):
                raise ValueError(f"trace: expected finite rows, and those before or after step {step} are not")
        return cls(torch.stack(tables), [losses[step] for step in at], at, reads, torch.stack(after))


def _numbers(name: str, values: Any, count: int | None = None) -> torch.Tensor:
    """Finite numbers as a tensor on the CPU, floats as they are; `count` of them, if given."""
    try:
        own = hasattr(values, "shape")  # a list of Python's numbers is not to be cut to float32
        given = values if own else torch.tensor(list(values), dtype=torch.float64, device="cpu")
        numbers = torch.as_tensor(given, device="cpu").detach()
        numbers = numbers if numbers.is_floating_point() else numbers.double()
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name}: expected numbers, got {type(values).__name__}") from error
    if count is not None and numbers.shape != (count,):
        raise ValueError(f"{name}: expected {count} numbers, one for each recorded step, got {tuple(numbers.shape)}")
    if not numbers.isfinite().all():
        raise ValueError(f"{name}: expected finite numbers, and there is {numbers[~numbers.isfinite()][0].item()}")
    return numbers


def _indexes(read: Iterable[int], R: int) -> list[int]:
    rows = sorted({int(row) for row in read})
    if rows and not 0 <= rows[0] <= rows[-1] < R:
        raise ValueError(f"reads: expected indexes among the {R} rows, 0 to {R - 1}, got {rows}")
    return rows
