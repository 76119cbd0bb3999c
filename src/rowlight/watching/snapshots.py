"""The values of the followed rows after each step, kept as what has changed since the step before."""

import torch
from torch import Tensor

from rowlight.watching.row_masks import changed_rows


class Snapshots:
    """What `trace.start` and `trace.after(step)` give back.

    Args:
        table: tensor (R, D), the followed rows when the watch began.

    Attributes:
        start: their copy on the CPU.
    """

    def __init__(self, table: Tensor) -> None:
        self.start = table.cpu().clone()
        self._changes: list[tuple[Tensor, Tensor, torch.Size]] = []  # of each step: which rows, their values, the shape

    def add(self, table: Tensor, latest: Tensor) -> Tensor:
        """Keep the rows of `table`, after one more step, that differ from `latest`, the rows after the step before.

        Returns:
            `latest` brought up to date, in its own memory if the rows still fit into it.
        """
        changed = changed_rows(table, latest).nonzero().flatten()
        values = table[changed]
        if (table.shape, table.dtype, table.device) == (latest.shape, latest.dtype, latest.device):
            latest[changed] = values
        else:
            latest = table.clone()
        self._changes.append((changed.cpu(), values.cpu(), table.shape))
        return latest

    def after(self, step: int) -> Tensor:
        """Return the followed rows right after a step, tensor (R, D) on the CPU. -1 is the last one.

        Raises:
            IndexError: there is no such step.
        """
        steps = len(self._changes)
        if not -steps <= step < steps:
            raise IndexError(f"step: there is no step {step}; the trace has {steps}")
        table = self.start.clone()
        for rows, values, shape in self._changes[: step % steps + 1]:
            if table.shape != shape or table.dtype != values.dtype:  # the model was converted: every row has changed
                table = values.new_zeros(shape)
            table[rows] = values
        return table
