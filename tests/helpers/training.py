"""Plain training code that knows of no watch, and what must be in place after one."""

import torch
from torch import nn
from torch.optim import optimizer as optim_hooks

V, D = 6, 4
ALL = list(range(V))
MOMENTUM, DECAY, BOTH = "momentum", "decay", "momentum+decay"


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(V, D)
        self.head = nn.Linear(D, V, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, ids):
        return self.head(self.tokens(ids))


def train(table, optimizer, *batches, head=torch.sum, forward=None):
    """Plain training code: one step for each batch of ids."""
    for ids in batches:
        optimizer.zero_grad()
        head((forward or table)(torch.tensor(ids))).backward()
        optimizer.step()


def lists(step):
    return step.read.tolist(), step.gradient.tolist(), step.moved.tolist()


def hooks_in_place():
    """How many hooks and modes torch holds for everyone."""
    module = nn.modules.module
    return (
        len(optim_hooks._global_optimizer_pre_hooks),
        len(optim_hooks._global_optimizer_post_hooks),
        len(module._global_forward_hooks),
        len(module._global_forward_pre_hooks),
        torch._C._len_torch_function_stack(),
    )
