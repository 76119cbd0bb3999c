"""The parts of a movement: what gradient, momentum and decay did to each row, against torch's own formulas."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn, optim
from torch.optim.optimizer import register_optimizer_step_pre_hook

import rowlight
from rowlight.watching.parts import PARTS

BATCHES = ((1, 2), (3,), (1, 5), (0,)) * 2
OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "Nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "maximize": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5, maximize=True),
    "Adam": lambda p: optim.Adam(p, lr=0.1, weight_decay=0.1, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=torch.tensor(0.1)),
    "foreach": lambda p: optim.AdamW(p, lr=0.1, foreach=True),
    "fused": lambda p: optim.AdamW(p, lr=0.1, fused=True),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.1, momentum=0.9, centered=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1),
    "NAdam": lambda p: optim.NAdam(p, lr=0.1),
    "RAdam": lambda p: optim.RAdam(p, lr=0.1),
    "Adamax": lambda p: optim.Adamax(p, lr=0.1),
    "Adadelta": lambda p: optim.Adadelta(p, lr=0.1),
    "Rprop": lambda p: optim.Rprop(p, lr=0.1),
    "SparseAdam": lambda p: optim.SparseAdam(p, lr=0.1),
}


def trained(make, batches=BATCHES, rows=None, dtype=torch.float32, *, snapshots=True, sparse=False):
    """A trace, the table before and after each step, and the optimizer."""
    torch.manual_seed(0)
    layer = nn.Embedding(6, 4, dtype=dtype, sparse=sparse)
    optimizer = make(list(layer.parameters()))
    tables = [layer.weight.detach().clone()]
    with rowlight.watch(layer, rows, snapshots=snapshots) as trace:
        for ids in batches:
            optimizer.zero_grad()
            layer(torch.tensor(ids)).square().sum().backward()
            optimizer.step()
            tables.append(layer.weight.detach().clone())
    return trace, torch.stack(tables).double(), optimizer


def close(actual, expected, atol=1e-6):
    torch.testing.assert_close(actual, expected.double(), atol=atol, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_parts_add_up_to_the_movement_and_tell_what_the_trace_tells(name, dtype):
    trace, tables, _ = trained(OPTIMIZERS[name], dtype=dtype, sparse=name == "SparseAdam")
    for i, step in enumerate(trace.steps):
        parts = trace.parts(i)
        assert tuple(parts) == PARTS
        torch.testing.assert_close(sum(parts.values()), tables[i + 1] - tables[i], atol=1e-12, rtol=0)
        assert not parts["unknown"].any()
        acted = {name: set(parts[name].any(1).nonzero().flatten().tolist()) for name in PARTS[:3]}
        assert acted["gradient"] == set(step.gradient.tolist())
        for row, why in step.why.items():
            assert {cause for cause in ("momentum", "decay") if row in acted[cause]} == set(why.split("+"))
        largest = max(parts[part].abs().max() for part in PARTS[:3])
        assert parts["rounding"].abs().max() <= torch.finfo(dtype).eps * (2.5 + 16 * largest)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.01, 0.5), st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([0.0, 0.01, 0.3]), st.floats(0, 0.5))
def test_sgd_is_split_as_its_formula_says(lr, momentum, decay, dampening):
    trace, tables, _ = trained(
        lambda p: optim.SGD(p, lr=lr, momentum=momentum, weight_decay=decay, dampening=dampening)
    )
    buffer = None
    for i, ids in enumerate(BATCHES):
        gradient = torch.zeros(6, 4, dtype=torch.float64)
        gradient[list(ids)] = 2 * tables[i][list(ids)]
        kept = 1.0 if buffer is None or not momentum else 1 - dampening
        parts = trace.parts(i)
        close(parts["gradient"], -lr * kept * gradient)
        close(parts["decay"], -lr * kept * decay * tables[i])
        close(parts["momentum"], -lr * momentum * buffer if buffer is not None else 0 * gradient)
        buffer = kept * (gradient + decay * tables[i]) + (momentum * buffer if buffer is not None else 0)


def test_adamw_is_split_as_its_formula_says():
    trace, tables, _ = trained(lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.2))
    mean = square = torch.zeros(6, 4, dtype=torch.float64)
    for i, ids in enumerate(BATCHES):
        gradient = torch.zeros(6, 4, dtype=torch.float64)
        gradient[list(ids)] = 2 * tables[i][list(ids)]
        square = 0.999 * square + 0.001 * gradient**2
        divisor = (square / (1 - 0.999 ** (i + 1))).sqrt() + 1e-8
        parts = trace.parts(i)
        close(parts["gradient"], -0.1 * 0.1 * gradient / (1 - 0.9 ** (i + 1)) / divisor)
        close(parts["momentum"], -0.1 * 0.9 * mean / (1 - 0.9 ** (i + 1)) / divisor)
        close(parts["decay"], -0.1 * 0.2 * tables[i])
        mean = 0.9 * mean + 0.1 * gradient


def test_what_bfloat16_cannot_hold_is_rounding():
    trace, tables, _ = trained(lambda p: optim.SGD(p, lr=1e-4), [(1,)], dtype=torch.bfloat16)
    parts = trace.parts(0)
    assert torch.equal(tables[0], tables[1])
    assert trace.steps[0].gradient.tolist() == [1]
    assert parts["gradient"][1].all()
    assert torch.equal(parts["rounding"], -parts["gradient"])


class Shy(optim.SGD):
    """Not torch's own."""


class Clipping(optim.SGD):
    """The same."""


Clipping.__name__ = "SGD"


@pytest.mark.parametrize(
    "make", [lambda p: optim.ASGD(p, lr=0.1), lambda p: Shy(p, lr=0.1), lambda p: Clipping(p, lr=0.1)]
)
def test_of_other_optimizers_the_parts_are_unknown(make):
    trace, tables, _ = trained(make)
    parts = trace.parts(0)
    assert torch.equal(parts["unknown"], tables[1] - tables[0])
    assert parts["unknown"][[1, 2]].all()
    assert not any(parts[name].any() for name in PARTS[:4])


def test_a_step_that_is_not_as_it_seems_is_unknown():
    def halved(parameters):
        optimizer = optim.SGD(parameters, lr=0.1)
        optimizer.register_step_post_hook(lambda *_: parameters[0].grad.mul_(0.5))
        return optimizer

    parts = trained(halved)[0].parts(0)
    assert parts["unknown"][[1, 2]].all()
    assert not parts["gradient"].any()


def test_of_chosen_rows_the_parts_are_the_same():
    rows = [0, 1, 5]
    for name in ("Adam", "SparseAdam", "Nesterov"):
        chosen, _, _ = trained(OPTIMIZERS[name], rows=rows, sparse=name == "SparseAdam")
        whole, _, _ = trained(OPTIMIZERS[name], sparse=name == "SparseAdam")
        for i in range(len(BATCHES)):
            for part in PARTS:
                assert torch.equal(chosen.parts(i)[part], whole.parts(i)[part][rows])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_to_ask_for_parts_changes_nothing_and_is_seen_by_nobody(name):
    seen = []
    handle = register_optimizer_step_pre_hook(lambda optimizer, *_: seen.append(optimizer))
    try:
        sparse = name == "SparseAdam"
        (_, with_parts, one), (_, without, other) = (
            trained(OPTIMIZERS[name], snapshots=snapshots, sparse=sparse) for snapshots in (True, False)
        )
    finally:
        handle.remove()
    assert seen == [one] * len(BATCHES) + [other] * len(BATCHES)
    assert torch.equal(with_parts, without)
    for mine, theirs in zip(one.state.values(), other.state.values(), strict=True):
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(torch.as_tensor(mine[key]), torch.as_tensor(theirs[key])) for key in mine)


def test_a_gradient_that_a_closure_makes_is_split_too():
    layer = nn.Embedding(6, 4)
    optimizer = optim.Adam(layer.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = layer(torch.tensor([1])).square().sum()
        loss.backward()
        return loss

    with rowlight.watch(layer, snapshots=True) as trace:
        optimizer.step(closure)
        optimizer.step(closure)
    assert trace.parts(1)["gradient"][1].all()
    assert trace.parts(1)["momentum"][1].all()


def test_without_values_there_are_no_parts():
    trace, _, _ = trained(OPTIMIZERS["SGD"], snapshots=False)
    with pytest.raises(RuntimeError, match="snapshots=True"):
        trace.parts(0)
    trace, _, _ = trained(OPTIMIZERS["SGD"])
    assert torch.equal(trace.parts(-1)["gradient"], trace.parts(len(BATCHES) - 1)["gradient"])
    for outside in (len(BATCHES), -len(BATCHES) - 1):
        with pytest.raises(IndexError, match="no step"):
            trace.parts(outside)


def test_a_table_that_changes_its_size_has_no_parts_in_that_step():
    layer = nn.Embedding(6, 4)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    with rowlight.watch(layer, snapshots=True) as trace:
        layer.weight.data = torch.randn(8, 4)
        layer(torch.tensor([7])).sum().backward()
        optimizer.step()
    assert trace.parts(0)["gradient"].shape == (8, 4)
    assert trace.parts(0)["gradient"][7].all()
