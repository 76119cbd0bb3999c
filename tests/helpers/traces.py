"""Small watched trainings, and what a lens stores of them."""

import torch
from helpers.stored_html import page_state
from torch import nn

import rowlight


def trained(make, batches=((1, 2), (3,)), V=6, D=4, *, snapshots=False, dtype=torch.float32):
    torch.manual_seed(0)
    layer = nn.Embedding(V, D, dtype=dtype)
    optimizer = make(layer.parameters())
    with rowlight.watch(layer, snapshots=snapshots) as trace:
        for ids in batches:
            optimizer.zero_grad()
            layer(torch.tensor(ids, dtype=torch.int64)).square().sum().backward()
            optimizer.step()
    return trace


def views(lens, trace=0):
    """The rows of each step, as the page gets them."""
    return [step["rows"] for step in page_state(lens)["traces"][trace]["steps"]]
