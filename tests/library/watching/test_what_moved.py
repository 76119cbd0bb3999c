"""Which rows a step moves, and why, for each optimizer that is known and for those that are not."""

import pytest
import torch
from helpers.training import ALL, BOTH, DECAY, MOMENTUM, D, V, train
from torch import nn

import rowlight

# The experiment of chapter 5: step 0 reads rows 1 and 2, step 1 reads row 3. What moves in each, and why.
NOBODY = [({1, 2}, {}), ({3}, {})]
COASTING = [({1, 2}, {}), ({1, 2, 3}, {1: MOMENTUM, 2: MOMENTUM})]
DECAYING = [(set(ALL), dict.fromkeys([0, 3, 4, 5], DECAY)), (set(ALL), dict.fromkeys([0, 1, 2, 4, 5], DECAY))]
DECOUPLED = [DECAYING[0], (set(ALL), {0: DECAY, 1: BOTH, 2: BOTH, 4: DECAY, 5: DECAY})]
COUPLED = [DECAYING[0], (set(ALL), dict.fromkeys([0, 1, 2, 4, 5], BOTH))]  # the decay goes through the state


@pytest.mark.parametrize(
    ("name", "options", "sparse", "expected"),
    [
        ("SGD", {}, False, NOBODY),
        ("SGD", {}, True, NOBODY),
        ("SGD", {"momentum": 0.9}, False, COASTING),
        ("SGD", {"momentum": 0.9}, True, COASTING),
        ("SGD", {"momentum": 0.9, "nesterov": True}, False, COASTING),
        ("SGD", {"weight_decay": 0.1}, False, DECAYING),
        ("SGD", {"weight_decay": 0.1, "momentum": 0.9}, False, COUPLED),
        ("Adagrad", {}, False, NOBODY),
        ("Adagrad", {}, True, NOBODY),
        ("Adagrad", {"weight_decay": 0.1}, False, DECAYING),
        ("Adadelta", {}, False, NOBODY),
        ("Rprop", {}, False, NOBODY),
        ("RMSprop", {}, False, NOBODY),
        ("RMSprop", {"momentum": 0.9}, False, COASTING),
        ("Adam", {}, False, COASTING),
        ("Adam", {"amsgrad": True}, False, COASTING),
        ("Adam", {"maximize": True}, False, COASTING),
        ("Adam", {"foreach": True}, False, COASTING),
        ("Adam", {"fused": True}, False, COASTING),
        ("Adam", {"weight_decay": 0.1}, False, COUPLED),
        ("Adam", {"betas": (0.0, 0.9)}, False, NOBODY),
        ("AdamW", {}, False, DECOUPLED),
        ("AdamW", {"weight_decay": 0}, False, COASTING),
        ("AdamW", {"betas": (0.0, 0.9)}, False, DECAYING),
        ("Adamax", {}, False, COASTING),
        ("NAdam", {}, False, COASTING),
        ("RAdam", {}, False, COASTING),
        ("SparseAdam", {}, True, NOBODY),
        ("Adafactor", {"weight_decay": 0.1}, False, DECAYING),
        pytest.param(
            *("Muon", {"weight_decay": 0.0}, False, COASTING),
            marks=pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch 2.9 has brought it"),
        ),
    ],
)
def test_what_moves_and_why(name, options, sparse, expected):
    table = nn.Embedding(V, D, sparse=sparse)
    optimizer = getattr(torch.optim, name)(table.parameters(), lr=0.1, **options)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [[1, 2, 2], [2, 1, 1]], [[3]])
    assert [step.read.tolist() for step in trace.steps] == [[1, 2], [3]]
    assert [step.gradient.tolist() for step in trace.steps] == [[1, 2], [3]]
    assert [(set(step.moved.tolist()), step.why) for step in trace.steps] == expected
    assert {step.optimizer for step in trace.steps} == {name}
    assert all(rows.dtype == torch.int64 for step in trace.steps for rows in (step.read, step.gradient, step.moved))


def test_a_namesake_of_a_known_optimizer_is_not_known():
    table = nn.Embedding(V, D)
    optimizer = type("SGD", (torch.optim.SGD,), {})(table.parameters(), lr=0.1, momentum=0.9)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1], [2])
    assert trace.steps[1].why == {1: "unknown"}


def test_a_known_optimizer_that_moves_a_row_for_no_known_reason():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, weight_decay=0.1)
    with torch.no_grad():
        table.weight[3] = 0  # decay does not move it

    def meddle(*_):
        table.weight.data[3] = 1

    optimizer.register_step_post_hook(meddle)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])
    assert trace.steps[0].why == {0: "decay", 2: "decay", 3: "unknown", 4: "decay", 5: "decay"}
