"""What one optimizer step does to the followed rows of a table: looked at just before it and just after."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from rowlight.watching.causes import causes_per_row, group_of
from rowlight.watching.lookups import LookupMode
from rowlight.watching.parts import Parts
from rowlight.watching.row_masks import changed_rows, nonzero_rows
from rowlight.watching.snapshots import Snapshots
from rowlight.watching.trace import Step, Trace


@dataclass
class _StepInProgress:
    """What is known of a step when it begins. Tensors have one entry for each followed row."""

    optimizer: Optimizer
    frame: FrameType | None  # of the call, to tell a step within it from one that comes after it
    causes: Tensor
    gradient: Tensor | None  # None: a closure is about to make it


class Recorder:
    """Add a `Step` to a trace for each step of an optimizer that owns the table.

    Args:
        parameter: the table, an `nn.Parameter` of shape (V, D).
        rows: None, or a LongTensor of the followed rows.
        trace: the `Trace`.
        lookups: the `LookupMode` of the same Parameter.
        snapshots: the `Snapshots` of the trace, or None.
        parts: the `Parts` of the trace, or None.
    """

    @torch.inference_mode(mode=False)  # what is kept is written to later, outside
    def __init__(
        self,
        parameter: nn.Parameter,
        rows: Tensor | None,
        trace: Trace,
        lookups: LookupMode,
        snapshots: Snapshots | None,
        parts: Parts | None = None,
    ) -> None:
        self._parameter, self._rows, self._trace, self._lookups = parameter, rows, trace, lookups
        self._in_progress: _StepInProgress | None = None
        self._copy = self._table().clone()  # as it was before the present step
        self._snapshots, self._latest = snapshots, self._table().clone() if snapshots else None  # after the last step
        self._parts = parts

    def before(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Take note of what the step will change. torch calls this first in every optimizer's step."""
        if group_of(optimizer, self._parameter) is None:
            self._trace.other_steps += 1
        elif self._in_progress is None or not _is_running(self._in_progress.frame):
            # Something else may have written to the table since the last step, even unknown to torch's own count of
            # versions (`weight.data`). So a fresh copy is made for each step, which costs less than a comparison.
            self._copy = self._copied()
            if self._parts is not None:
                self._parts.begin(optimizer, self._parameter, self._copy, self._select_rows)
            closure = args[1] if len(args) > 1 else kwargs.get("closure")  # args[0] is the optimizer
            self._in_progress = _StepInProgress(
                optimizer,
                _step_frame(),
                causes_per_row(optimizer, self._parameter, self._copy, self._select_rows),
                None if callable(closure) else self._gradient(),
            )

    def after(self, optimizer: Optimizer, _args: tuple[Any, ...], _kwargs: Mapping[str, Any]) -> None:
        """Add the step to the trace. torch calls this last in every optimizer's step."""
        step, frame = self._in_progress, _step_frame()
        if step is None or step.optimizer is not optimizer or (frame is not step.frame and _is_running(step.frame)):
            return  # a step of another optimizer, or one within the step in progress
        found_inf = getattr(optimizer, "found_inf", None)
        if found_inf is not None and found_inf.item():
            return  # a gradient scaler has told a fused optimizer to skip this step: it is as one that raised
        table = self._table()
        moved = changed_rows(table, self._copy)
        gradient = self._gradient() if step.gradient is None else step.gradient
        read = self._select_rows(self._lookups.drain())
        causes = step.causes[moved & ~gradient].cpu()
        rows = (self._ids(read), self._ids(gradient), self._ids(moved))
        if self._snapshots is not None and self._latest is not None:
            self._latest = self._snapshots.add(table, self._latest)
        if self._parts is not None:
            self._parts.end(optimizer, self._parameter, table, self._select_rows)
        self._trace.steps.append(Step(type(optimizer).__name__, *rows, causes, len(self._parameter)))
        self._in_progress = None

    def _table(self) -> Tensor:
        """The followed rows as they are now, tensor (R, D); not a copy if all are followed."""
        return self._select_rows(self._parameter.detach())

    def _select_rows(self, tensor: Tensor) -> Tensor:
        """The followed rows of a tensor of V rows; of those that are gone, if the table has shrunk, there are none."""
        if self._rows is None:
            return tensor
        rows = self._rows if int(self._rows[-1]) < len(tensor) else self._rows[self._rows < len(tensor)]
        return tensor.index_select(0, rows.to(tensor.device))

    @torch.inference_mode(mode=False)
    def _copied(self) -> Tensor:
        """The followed rows as they are now, copied, into the same memory as the last time if they fit."""
        table, copy = self._table(), self._copy
        if self._rows is not None:
            return table
        if (copy.shape, copy.dtype, copy.device) == (table.shape, table.dtype, table.device):
            return copy.copy_(table)
        return table.clone()

    def _gradient(self) -> Tensor:
        """Mark the followed rows whose gradient is not all zeros."""
        gradient = self._parameter.grad
        if gradient is None:
            return torch.zeros(len(self._copy), dtype=torch.bool, device=self._copy.device)
        return nonzero_rows(self._select_rows(gradient.detach()))

    def _ids(self, mask: Tensor) -> Tensor:
        """The ids of marked rows, LongTensor on the CPU."""
        marked = mask.cpu().nonzero().flatten()
        return marked if self._rows is None else self._rows.cpu()[marked]


def _step_frame() -> FrameType | None:
    """The frame in which torch calls the hooks of a step: the first one of the module that defines `Optimizer`."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") != Optimizer.__module__:
        frame = frame.f_back
    return frame


def _is_running(frame: FrameType | None) -> bool:
    """Whether a call has not returned: its frame is among those that led here. A step that raised has returned."""
    here = inspect.currentframe()
    while here is not None and here is not frame:
        here = here.f_back
    return here is not None
