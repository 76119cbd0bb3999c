"""What `rowlight.watch` has seen: one `Step` for each step of an optimizer, and the `Trace` that holds them.

Explained in chapter 5 of the book, Optimizers have memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from rowlight.watching import views
from rowlight.watching.causes import CAUSES
from rowlight.watching.parts import Parts
from rowlight.watching.report import Report
from rowlight.watching.snapshots import Snapshots


@dataclass(frozen=True, eq=False)
class Step:
    """One optimizer step. Rows are LongTensors on the CPU, sorted, each row once; only followed rows are in them.

    Attributes:
        optimizer: the name of the optimizer's class.
        read: rows looked up, with gradients enabled, since the previous entry of the trace.
        gradient: rows of `weight.grad` that were not all zeros when the step began, before hooks that the optimizer
            itself may have; or when it ended, if the step was given a closure, which makes the gradient.
        moved: rows of the table of which the step changed any bit.
        causes: uint8 tensor (M,), a code of `rowlight.watching.causes.CAUSES` for each moved row without a gradient.
        V: how many rows the table had, followed or not.
    """

    optimizer: str
    read: Tensor
    gradient: Tensor
    moved: Tensor
    causes: Tensor
    V: int

    @cached_property
    def why(self) -> dict[int, str]:
        """{row: "momentum", "decay", "momentum+decay" or "unknown"} for each row that moved without a gradient."""
        rows, codes = self.moved_without_gradient.tolist(), self.causes.tolist()
        return {row: CAUSES[code] for row, code in zip(rows, codes, strict=True)}

    @cached_property
    def moved_without_gradient(self) -> Tensor:
        """The rows that moved without a gradient, LongTensor (M,)."""
        return self.moved[torch.isin(self.moved, self.gradient, invert=True)]


class Trace:
    """The record of a watched table. Readable at any time: during the loop, after it, and after it raised.

    Attributes:
        steps: a list of `Step`, one for each optimizer step that owned the table.
        layer: the watched layer in words, as it was when the block was entered, for example "Embedding(10, 4)".
        V: how many rows the table had when the block was entered; `Step.V` says how many it had later.
        rows: LongTensor (R,), the followed rows: all V, or the ones chosen with `rows=`.
        other_steps: how many steps were taken by optimizers that do not own the table.
        replaced: None, or how many entries the trace had when the layer was found with another Parameter as weight.
        failure: None, or the exception, in words, that ended the watch. It was raised by the watch itself, and the
            training never met it; `steps` holds what was seen before.
    """

    def __init__(
        self, layer: str, V: int, rows: Tensor, snapshots: Snapshots | None = None, parts: Parts | None = None
    ) -> None:
        self.steps: list[Step] = []
        self.layer, self.V, self.rows = layer, V, rows
        self.other_steps = 0
        self.replaced: int | None = None
        self.failure: str | None = None
        self._snapshots, self._parts = snapshots, parts

    @property
    def start(self) -> Tensor | None:
        """With `snapshots=True`, tensor (R, D) of the followed rows when the block was entered; otherwise None."""
        return self._snapshots.start if self._snapshots else None

    def after(self, step: int) -> Tensor:
        """The followed rows right after `steps[step]`, tensor (R, D) on the CPU. `after(-1)` is the last one.

            [trace.after(i)[7] for i in range(len(trace.steps))]  # the path of row 7, where all rows are followed

        Raises:
            RuntimeError: the trace was made without `snapshots=True`.
            IndexError: there is no such step.
        """
        if self._snapshots is None:
            raise RuntimeError("the trace holds no values: watch(table, snapshots=True) keeps them")
        return self._snapshots.after(step)

    def parts(self, step: int) -> dict[str, Tensor]:
        """How far `steps[step]` moved the followed rows, split by cause; torch made the step again to find out.

        Returns:
            a dict of tensors (R, D), float64 on the CPU, whose sum is the movement: "gradient", "momentum" and "decay",
            as `rowlight.watching.parts` explains; "rounding", what the table's dtype could not hold; and "unknown", for
            rows of which the rest does not tell.

        Raises:
            RuntimeError: the trace was made without `snapshots=True`.
            IndexError: there is no such step.
        """
        if self._parts is None:
            raise RuntimeError("the trace holds no values: watch(table, snapshots=True) keeps them")
        if not -len(self.steps) <= step < len(self.steps):
            raise IndexError(f"step: there is no step {step}; the trace has {len(self.steps)}")
        return self._parts.of(step)

    def to_records(self) -> list[dict[str, Any]]:
        """Return what happened as plain values: one dict for each step and each row that it concerns.

            pandas.DataFrame(trace.to_records()).groupby("row")["read"].sum()  # how many steps have read each row

        Returns:
            dicts in the order of steps and rows. "step", its index in `steps`, and "row" are whole numbers;
            "optimizer" is its name; "read", "gradient" and "moved" say whether the row is in that list of the `Step`,
            and one of them is true; "why" is as in `Step.why`, or None for a row that is not there.
        """
        records = []
        for at, step in enumerate(self.steps):
            lists = {name: set(getattr(step, name).tolist()) for name in ("read", "gradient", "moved")}
            for row in sorted(set().union(*lists.values())):
                happened = {name: row in rows for name, rows in lists.items()}
                records.append(
                    {"step": at, "optimizer": step.optimizer, "row": row, **happened, "why": step.why.get(row)}
                )
        return records

    def report(self) -> Report:
        """Return a table of all steps that prints in a terminal and draws itself in a notebook."""
        return Report(self)

    def lens(
        self, tokens: Sequence[str] | None = None, *, caption: str | None = None, hint: str | None = None
    ) -> "views.TraceLens":
        """Return the first 200 steps as a widget to step through; see `rowlight.lenses.trace_lens.TraceLens`."""
        return views.lens(self, tokens, caption=caption, hint=hint)

    def __repr__(self) -> str:
        """Name the layer, count the steps, and say if the watch has failed."""
        failed = f", ended by {self.failure}" if self.failure else ""
        return f"<Trace of {self.report().title}{failed}>"
