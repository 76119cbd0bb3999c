"""What one optimizer step does to the followed rows of a table: looked at just before it and just after."""

import inspect
from dataclasses import dataclass

import torch

from rowlight.watching.causes import causes_per_row, group_of
from rowlight.watching.parts import Parts
from rowlight.watching.row_masks import changed_rows, nonzero_rows
from rowlight.watching.trace import Step


@dataclass
class _OpenStep:
    """A step that is under way. Tensors have one entry for each followed row."""

    optimizer: torch.optim.Optimizer
    frame: object  # of the call, to tell a step within it from one that comes after it
    forces: torch.Tensor
    gradient: torch.Tensor | None  # None: a closure is about to make it
    written: torch.Tensor | None  # changed since the last step, by something else; None without snapshots


class Recorder:
    """Add a `Step` to a trace for each step of an optimizer that owns the table.

    Args:
        parameter: the table, an `nn.Parameter` of shape (V, D).
        rows: None, or a LongTensor of the followed rows.
        trace: the `Trace`.
        lookups: the `LookupMode` of the same Parameter.
        snapshots: whether the trace keeps values.
    """

    @torch.inference_mode(mode=False)  # what is kept is written to later, outside
    def __init__(self, parameter, rows, trace, lookups, *, snapshots):
        self._parameter, self._rows, self._trace, self._lookups = parameter, rows, trace, lookups
        self._snapshots = snapshots
        self._parts = trace._parts = Parts() if snapshots else None  # noqa: SLF001  the trace shows what is noted here
        self._open = None
        self._copy = self._take(parameter.detach()).clone()
        if snapshots:
            trace.start = self._copy.cpu().clone()

    def before(self, optimizer, args, kwargs):
        """Take note of what the step will change. torch calls this first in every optimizer's step."""
        if group_of(optimizer, self._parameter) is None:
            self._trace.other_steps += 1
        elif self._open is None or not _is_running(self._open.frame):
            written = self._written() if self._snapshots else None
            # Something else may have written to the table since the last step, even unknown to torch's own count of
            # versions (`weight.data`). So a fresh copy is made for each step, which costs less than a comparison.
            self._copy = self._copied()
            if self._parts:
                self._parts.begin(optimizer, self._parameter, self._copy, self._take)
            closure = args[1] if len(args) > 1 else kwargs.get("closure")  # args[0] is the optimizer
            self._open = _OpenStep(
                optimizer,
                inspect.currentframe().f_back,
                causes_per_row(optimizer, self._parameter, self._copy, self._take),
                None if callable(closure) else self._gradient(),
                written,
            )

    def after(self, optimizer, _args, _kwargs):
        """Add the step to the trace. torch calls this last in every optimizer's step."""
        step, frame = self._open, inspect.currentframe().f_back
        if step is None or step.optimizer is not optimizer or (frame is not step.frame and _is_running(step.frame)):
            return  # a step of another optimizer, or one within the open step
        if getattr(optimizer, "found_inf", None) is not None and optimizer.found_inf.item():
            return  # a gradient scaler has told a fused optimizer to skip this step: it is as one that raised
        table = self._take(self._parameter.detach())
        moved = changed_rows(table, self._copy)
        gradient = self._gradient() if step.gradient is None else step.gradient
        read = self._take(self._lookups.drain())
        causes = step.forces[moved & ~gradient].cpu()
        name = type(optimizer).__name__
        self._trace.steps.append(Step(name, self._ids(read), self._ids(gradient), self._ids(moved), causes))
        if self._parts:
            self._parts.end(optimizer, self._parameter, table, self._take)
        if self._snapshots:
            places = (moved | step.written).nonzero().flatten()
            self._copy[places] = table[places]
            self._trace.keep(places.cpu(), table[places].cpu(), table.shape)
        self._open = None

    def _written(self):
        """Mark the followed rows that something else has changed since the last entry of the trace."""
        written = changed_rows(self._take(self._parameter.detach()), self._copy)
        if self._open is not None and len(self._open.written) == len(written):
            written |= self._open.written  # its step was not made, so no entry has these rows
        return written

    def _take(self, tensor):
        """The followed rows of a tensor of V rows; of those that are gone, if the table has shrunk, there are none."""
        if self._rows is None:
            return tensor
        rows = self._rows if int(self._rows[-1]) < len(tensor) else self._rows[self._rows < len(tensor)]
        return tensor.index_select(0, rows.to(tensor.device))

    @torch.inference_mode(mode=False)
    def _copied(self):
        """The followed rows as they are now, copied, into the same memory as the last time if they fit."""
        table, copy = self._parameter.detach(), self._copy
        if self._rows is not None:
            return self._take(table)
        if (copy.shape, copy.dtype, copy.device) == (table.shape, table.dtype, table.device):
            return copy.copy_(table)
        return table.clone()

    def _gradient(self):
        """Mark the followed rows whose gradient is not all zeros."""
        gradient = self._parameter.grad
        if gradient is None:
            return torch.zeros(len(self._copy), dtype=torch.bool, device=self._copy.device)
        return nonzero_rows(self._take(gradient.detach()))

    def _ids(self, mask):
        """The ids of marked rows, LongTensor on the CPU."""
        places = mask.cpu().nonzero().flatten()
        return places if self._rows is None else self._rows.cpu()[places]


def _is_running(frame):
    """Whether a call has not returned: its frame is among those that led here. A step that raised has returned."""
    here = inspect.currentframe()
    while here is not None and here is not frame:
        here = here.f_back
    return here is not None
