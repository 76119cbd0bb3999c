"""Random trainings: the trace is what cloning everything before and after finds, and nothing else changes."""

import torch
from helpers.training import DECAY, MOMENTUM, lists
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

import rowlight

OPTIMIZERS = {
    "SGD": lambda p, m, w: torch.optim.SGD(p, lr=0.1, momentum=m, weight_decay=w),
    "Adam": lambda p, m, w: torch.optim.Adam(p, lr=0.1, betas=(m, 0.9), weight_decay=w),
    "AdamW": lambda p, m, w: torch.optim.AdamW(p, lr=0.1, betas=(m, 0.9), weight_decay=w),
    "RMSprop": lambda p, m, w: torch.optim.RMSprop(p, lr=0.1, momentum=m, weight_decay=w),
    "NAdam": lambda p, m, w: torch.optim.NAdam(p, lr=0.1, betas=(m, 0.9), weight_decay=w),
    "Adagrad": lambda p, _, w: torch.optim.Adagrad(p, lr=0.1, weight_decay=w),
}


@st.composite
def trainings(draw):
    """How a model is made and trained: everything a run needs, so that it can be run twice."""
    rows, columns = draw(st.integers(1, 9)), draw(st.sampled_from([1, 2, 3, 8]))
    ids = st.lists(st.integers(0, rows - 1), min_size=1, max_size=5)
    return {
        "seed": draw(st.integers(0, 99)),
        "shape": (rows, columns),
        "dtype": draw(st.sampled_from([torch.float32, torch.float64, torch.bfloat16])),
        "optimizer": draw(st.sampled_from(sorted(OPTIMIZERS))),
        "momentum": draw(st.sampled_from([0.0, 0.9])),
        "decay": draw(st.sampled_from([0.0, 0.1])),
        "tied": draw(st.booleans()),
        "batches": draw(st.lists(st.lists(ids, min_size=1, max_size=3), min_size=1, max_size=4)),
        "zero_rows": draw(st.lists(st.integers(0, rows - 1), max_size=2)),
        "write_between": draw(st.booleans()),
        "follow": draw(st.none() | st.lists(st.integers(0, rows - 1), min_size=1)),
    }


def run(how, look=None):
    """Train as described. `look(table, optimizer, ids)` is a context manager's worth of work around each step."""
    torch.manual_seed(how["seed"])
    table = nn.Embedding(*how["shape"], dtype=how["dtype"])
    with torch.no_grad():
        table.weight[how["zero_rows"]] = -0.0
    optimizer = OPTIMIZERS[how["optimizer"]](table.parameters(), how["momentum"], how["decay"])
    yield table
    for batches in how["batches"]:
        optimizer.zero_grad()
        for ids in batches:  # gradients accumulate over the lookups of a step
            vectors = table(torch.tensor(ids))
            (F.linear(vectors, table.weight) if how["tied"] else vectors).square().sum().backward()
        if how["write_between"]:
            table.weight.data[0] += 1
        if look:
            look.before(table, optimizer)
        optimizer.step()
        if look:
            look.after(table, {i for ids in batches for i in ids})


class Oracle:
    """The same facts by brute force: everything cloned before and after."""

    def __init__(self, how):
        self.how, self.steps = how, []

    def before(self, table, optimizer):
        self.table = table.weight.detach().clone()
        self.gradient = rows_with(table.weight.grad)
        state = optimizer.state.get(table.weight, {})
        buffer = state.get("exp_avg", state.get("momentum_buffer"))
        self.momentum = rows_with(buffer.clone()) if buffer is not None and self.how["momentum"] else []

    def after(self, table, read):
        moved = [i for i, (a, b) in enumerate(zip(self.table, table.weight.detach(), strict=True)) if differ(a, b)]
        decayed = rows_with(self.table) if self.how["decay"] else []
        why = {}
        for row in set(moved) - set(self.gradient):
            causes = [MOMENTUM] * (row in self.momentum) + [DECAY] * (row in decayed)
            why[row] = "+".join(causes) or "unknown"
        follow = self.how["follow"]
        kept = set(range(len(self.table))) if follow is None else set(follow)
        rows = [sorted(kept & set(rows)) for rows in (read, self.gradient, moved)]
        self.steps.append((*rows, {row: cause for row, cause in why.items() if row in kept}))


def rows_with(tensor):
    return [] if tensor is None else (tensor != 0).any(1).nonzero().flatten().tolist()


def differ(a, b):
    """Whether any bit differs, without a look at the code under test."""
    return a.contiguous().view(torch.uint8).tolist() != b.contiguous().view(torch.uint8).tolist()


@given(trainings())
@settings(deadline=None, max_examples=150)
def test_the_trace_is_what_brute_force_finds_and_nothing_is_changed(how):
    oracle = Oracle(how)
    plain = run(how, oracle)
    table = next(plain)
    assert list(plain) == []

    watched = run(how)
    own = next(watched)
    with rowlight.watch(own, how["follow"]) as trace:
        assert list(watched) == []

    assert not differ(own.weight.detach(), table.weight.detach())
    assert [(*lists(step), step.why) for step in trace.steps] == oracle.steps
    assert all(list(step.why) == sorted(step.why) for step in trace.steps)
