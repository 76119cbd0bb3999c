"""What `rowlight.watch` has seen: one `Step` for each step of an optimizer, and the `Trace` that holds them.

Explained in chapter 5 of the book, Optimizers have memory.
"""

from dataclasses import dataclass

import torch

from rowlight.watching.causes import CAUSES
from rowlight.watching.report import Report


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
    """

    optimizer: str
    read: torch.Tensor
    gradient: torch.Tensor
    moved: torch.Tensor
    causes: torch.Tensor

    @property
    def why(self):
        """{row: "momentum", "decay", "momentum+decay" or "unknown"} for each row that moved without a gradient."""
        return {row: CAUSES[code] for row, code in zip(self.coasted.tolist(), self.causes.tolist(), strict=True)}

    @property
    def coasted(self):
        """The rows that moved without a gradient."""
        return self.moved[torch.isin(self.moved, self.gradient, invert=True)]


class Trace:
    """The record of a watched table. Readable at any time: during the loop, after it, and after it raised.

    Attributes:
        steps: a list of `Step`, one for each optimizer step that owned the table.
        layer: the watched layer in words, for example "Embedding(10, 4)".
        V: how many rows the table had when the block was entered.
        rows: LongTensor (R,), the followed rows: all V, or the ones chosen with `rows=`.
        start: with `snapshots=True`, tensor (R, D) of the followed rows when the block was entered; otherwise None.
        other_steps: how many steps were taken by optimizers that do not own the table.
        replaced: None, or how many entries the trace had when the layer was found with another Parameter as weight.
    """

    def __init__(self, layer, V, rows):
        self.steps = []
        self.layer, self.V, self.rows = layer, V, rows
        self.start, self.other_steps, self.replaced = None, 0, None
        self._parts = None  # with snapshots, a `Parts`
        self._changes = []  # with snapshots, for each step: places among the followed rows, new values, shape

    def keep(self, places, values, shape):
        """Remember the followed rows that differ from what they were after the step before. For the recorder."""
        self._changes.append((places, values, shape))

    def after(self, step):
        """The followed rows right after `steps[step]`, tensor (R, D) on the CPU.

        Raises:
            RuntimeError: the trace was made without `snapshots=True`.
            IndexError: there is no such step.
        """
        if self.start is None:
            raise RuntimeError("the trace holds no values: watch(table, snapshots=True) keeps them")
        if not 0 <= step < len(self.steps):
            raise IndexError(f"step: there is no step {step}; the trace has {len(self.steps)}")
        table = self.start.clone()
        for places, values, shape in self._changes[: step + 1]:
            if table.shape != shape or table.dtype != values.dtype:  # the model was converted: every row has changed
                table = values.new_zeros(shape)
            table[places] = values
        return table

    def parts(self, step):
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

    def report(self):
        """Return a table of all steps that prints in a terminal and draws itself in a notebook."""
        return Report(self)

    def lens(self, tokens=None, *, caption=None, hint=None):
        """Return the first 200 steps as a widget to step through; see `rowlight.lenses.trace_lens.TraceLens`."""
        from rowlight.lenses.trace_lens import TraceLens  # noqa: PLC0415  watching needs no widget

        return TraceLens(self, tokens, caption=caption, hint=hint)

    def __repr__(self):
        """Name the layer and count the steps."""
        return f"<Trace of {self.layer}: {len(self.steps)} step{'s' * (len(self.steps) != 1)}>"
