"""Why a row moved in a step that brought it no gradient, as far as the optimizer's own state tells.

Explained in chapter 5 of the book, Optimizers have memory.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from rowlight.watching.row_masks import nonzero_rows

CAUSES = ("unknown", "momentum", "decay", "momentum+decay")  # by code: 1 for momentum + 2 for decay
MOMENTUM, DECAY = 1, 2

# For each optimizer of torch that is known here: the key of the state that keeps a row moving, and the setting that
# weighs it. None: a row without a gradient moves by decay alone. An optimizer that is not listed, or a subclass of one
# that is, is not known.
STATE_KEYS = {
    "SGD": ("momentum_buffer", "momentum"),
    "RMSprop": ("momentum_buffer", "momentum"),
    "Muon": ("momentum_buffer", "momentum"),
    "Adam": ("exp_avg", "betas"),
    "AdamW": ("exp_avg", "betas"),
    "Adamax": ("exp_avg", "betas"),
    "NAdam": ("exp_avg", "betas"),
    "RAdam": ("exp_avg", "betas"),
    "SparseAdam": ("exp_avg", "betas"),
    "Adadelta": None,
    "Adafactor": None,
    "Adagrad": None,
    "Rprop": None,
}


def causes_per_row(
    optimizer: Optimizer, parameter: nn.Parameter, table: Tensor, select_rows: Callable[[Tensor], Tensor]
) -> Tensor:
    """What is about to move each row besides its gradient. Call it before the step, which changes the state.

    Args:
        optimizer: the one that owns `parameter`.
        parameter: the `nn.Parameter` of shape (V, D).
        table: tensor (R, D), its followed rows.
        select_rows: a function that takes these rows from a tensor of V rows.

    Returns:
        uint8 tensor (R,), codes of CAUSES: momentum where the optimizer's state for the row is not zero and has weight,
        decay where there is weight decay and the row is not zero. Zeros for an optimizer that is not known.
    """
    codes = torch.zeros(len(table), dtype=torch.uint8, device=table.device)
    name = type(optimizer).__name__
    if name not in STATE_KEYS or type(optimizer) is not getattr(torch.optim, name, None):
        return codes
    group = group_of(optimizer, parameter) or {}
    if (keys := STATE_KEYS[name]) is not None:
        key, setting = keys
        state = optimizer.state.get(parameter, {}).get(key)  # there is none before the first step
        weight = group.get(setting)  # a number, or Adam's two, of which the first is the momentum's
        weight = weight[0] if isinstance(weight, tuple | list) else weight
        if state is not None and len(state) == len(parameter) and weight:  # not if the table has been resized since
            codes += MOMENTUM * nonzero_rows(select_rows(state.detach()))
    if group.get("weight_decay"):
        codes += DECAY * nonzero_rows(table)
    return codes


def group_of(optimizer: Optimizer, parameter: nn.Parameter) -> dict[str, Any] | None:
    """The one of the optimizer's `param_groups` that holds this very Parameter, or None."""
    return next((group for group in optimizer.param_groups if any(p is parameter for p in group["params"])), None)
