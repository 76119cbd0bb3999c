"""How much of each movement is due to the gradient, how much to momentum, how much to decay.

torch itself answers. The step is made again, in float64, on copies of the followed rows, of their gradient and of the
optimizer's state: once as it was, once without weight decay, and once with the memory of past gradients set to zero as
well. What the decay adds is the difference of the first two, what momentum adds that of the next two, and what is left
is the gradient's. So "decay" means how far the row moved because there was decay. The step that was really made may
differ from the one in float64 by rounding. If it differs by more, this account does not hold for the row, and its
movement is "unknown": that of an optimizer that is not torch's own, or one that needs rows that are not followed.

Explained in chapter 5 of the book, Optimizers have memory.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from rowlight.watching.causes import STATE_KEYS, group_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer

PARTS = ("gradient", "momentum", "decay", "rounding", "unknown")
ROUNDINGS = 16  # of so many operations, one after the other, the rounding may add up


@dataclass
class _Before:
    """What a step is about to use: of the followed rows, and in copies, since the step writes to its state."""

    table: Tensor
    state: dict[str, Any]
    group: dict[str, Any]


class Parts:
    """The parts of every movement of a watched table, for `Trace.parts`."""

    def __init__(self) -> None:
        self._before: _Before | None = None
        self._steps: list[tuple[Tensor, Tensor, torch.Size]] = []  # of each: which rows, their parts, the table's shape

    def begin(
        self, optimizer: Optimizer, parameter: nn.Parameter, table: Tensor, select_rows: Callable[[Tensor], Tensor]
    ) -> None:
        """Remember what the step will use; `table` are the followed rows (R, D), as they are."""
        state = optimizer.state.get(parameter, {})
        V = len(parameter)

        def kept(value: Any) -> Any:
            if not isinstance(value, torch.Tensor):
                return value
            return (select_rows(value) if value.ndim and len(value) == V else value).detach().clone()

        copies = {key: kept(value) for key, value in state.items()}
        self._before = _Before(table.detach().clone(), copies, dict(group_of(optimizer, parameter) or {}))

    def end(
        self, optimizer: Optimizer, parameter: nn.Parameter, table: Tensor, select_rows: Callable[[Tensor], Tensor]
    ) -> None:
        """Add the step; `table` are the followed rows (R, D), as they are now."""
        before, self._before = self._before, None
        if before is None or before.table.shape != table.shape:
            none = torch.zeros(0, dtype=torch.long, device="cpu")
            self._steps.append((none, none.double(), table.shape))
            return
        moved = table.detach().double() - before.table.double()
        parts = torch.zeros(len(PARTS), *moved.shape, dtype=torch.float64, device=moved.device)
        gradient = None if parameter.grad is None else select_rows(parameter.grad.detach())
        try:
            parts[:3] = _again(optimizer, before, gradient)
            parts[3] = moved - parts[:3].sum(0)
        except Exception:  # noqa: BLE001  a step that cannot be made again is one that is not understood
            parts[3] = torch.inf
        size = torch.maximum(before.table.abs(), table.detach().abs()).double() + ROUNDINGS * parts[:3].abs().sum(0)
        odd = ~(parts[3].abs() <= torch.finfo(table.dtype).eps * size).all(1)
        parts[:, odd] = 0
        parts[4, odd] = moved[odd]
        rows = parts.ne(0).any(0).any(1).nonzero().flatten()
        self._steps.append((rows.cpu(), parts[:, rows].cpu(), table.shape))

    def of(self, step: int) -> dict[str, Tensor]:
        """What `Trace.parts(step)` returns."""
        rows, parts, shape = self._steps[step]
        whole = torch.zeros(len(PARTS), *shape, dtype=torch.float64, device="cpu")
        if len(rows):
            whole[:, rows] = parts
        return dict(zip(PARTS, whole, strict=True))


def _again(optimizer: Optimizer, before: _Before, gradient: Tensor | None) -> Tensor:
    """What gradient, momentum and decay add to the rows, tensor (3, R, D) of float64.

    Raises:
        Exception: the step cannot be made again.
    """
    kind, name = type(optimizer), type(optimizer).__name__
    if name not in STATE_KEYS or kind is not getattr(torch.optim, name, None):
        raise TypeError(f"{name} is not one of torch's optimizers that are known here")
    key = keys[0] if (keys := STATE_KEYS[name]) else None

    def moved(*, decay: bool, momentum: bool) -> Tensor:
        row = nn.Parameter(before.table.double().clone())
        row.grad = None if gradient is None else gradient.double().clone()
        # The functions that run one tensor after the other: all have them, and they are the ones to read.
        plain = {name: False for name in ("foreach", "fused") if name in before.group}
        group = before.group | plain | {"params": [row]} | ({} if decay else {"weight_decay": 0})
        state = {name: _as_double(value) for name, value in before.state.items()}
        if key in state and state[key] is not None and not momentum:
            state[key].zero_()
        twin = object.__new__(kind)
        twin.__dict__.update(vars(optimizer))
        twin.param_groups, twin.state = [group], defaultdict(dict, {row: state} if state else {})
        # Beneath torch's hooks: nobody else is to see this step.
        kind.step.__wrapped__(twin)
        return row.detach() - before.table.double()

    whole = moved(decay=True, momentum=True)
    undecayed = moved(decay=False, momentum=True) if before.group.get("weight_decay") else whole
    memory = before.state.get(key) if key else None
    alone = undecayed if memory is None or not memory.any() else moved(decay=False, momentum=False)
    return torch.stack([alone, undecayed - alone, whole - undecayed])


def _as_double(value: Any) -> Any:
    """A copy of a piece of state, tables in float64; a count of steps, which is no table, as it is."""
    if not isinstance(value, torch.Tensor):
        return value
    return value.double().clone() if value.ndim and value.is_floating_point() else value.clone()
