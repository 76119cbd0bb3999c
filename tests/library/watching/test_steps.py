"""What counts as a step of the table, and what does not."""

import pytest
import torch
from helpers.training import ALL, D, V, lists, train
from torch import nn

import rowlight


@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_a_gradient_scaler_skips_is_no_step(fused):
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    with rowlight.watch(table) as trace:
        for ids, factor in (([1], float("inf")), ([2], 1.0)):
            optimizer.zero_grad()
            scaler.scale(table(torch.tensor(ids)).sum() * factor).backward()
            scaler.step(optimizer)
            scaler.update()
    assert [lists(step) for step in trace.steps] == [([1, 2], [2], [2])]


@pytest.mark.parametrize("optimizer", ["SGD", "LBFGS"])
def test_a_closure_makes_its_gradient_during_the_step(optimizer):
    table = nn.Embedding(V, D)
    optimizer = getattr(torch.optim, optimizer)(table.parameters(), lr=0.1)
    table(torch.tensor([5])).sum().backward()  # stale, and cleared by the closure

    def closure():
        optimizer.zero_grad()
        loss = table(torch.tensor([1, 2])).square().sum()
        loss.backward()
        return loss

    with rowlight.watch(table) as trace:
        optimizer.step(closure)
        optimizer.step(closure=closure)
    assert [lists(step) for step in trace.steps] == [([1, 2],) * 3] * 2


def test_a_second_argument_that_is_no_closure():
    class Scaled(torch.optim.SGD):
        def step(self, factor):
            for parameter in self.param_groups[0]["params"]:
                parameter.data -= factor * parameter.grad
                parameter.grad = None

    table = nn.Embedding(V, 4)
    optimizer = Scaled(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        table(torch.tensor([1])).sum().backward()
        optimizer.step(0.5)
    assert lists(trace.steps[0]) == ([1], [1], [1])


def test_several_optimizers_are_told_apart_and_others_are_counted():
    table, other = nn.Embedding(V, D), nn.Linear(D, D)
    adam, sgd = torch.optim.Adam(table.parameters()), torch.optim.SGD([*other.parameters(), table.weight], lr=0.1)
    unrelated = torch.optim.SGD(other.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        train(table, adam, [1])
        train(table, sgd, [2])
        unrelated.step()
        train(table, adam, [3])
    assert [step.optimizer for step in trace.steps] == ["Adam", "SGD", "Adam"]
    assert [lists(step)[2] for step in trace.steps] == [[1], [2], [1, 3]]
    assert trace.steps[2].why == {1: "momentum"}
    assert trace.other_steps == 1


class AdamThenShrink(torch.optim.Adam):
    """A subclass that calls super().step(): torch runs the hooks of both."""

    def step(self, closure=None):
        with torch.no_grad():
            self.param_groups[0]["params"][0][0] += 1
        loss = super().step(closure)
        with torch.no_grad():
            self.param_groups[0]["params"][0][4] += 1
        return loss


def test_a_step_within_a_step_is_one_step_of_an_unknown_optimizer():
    table = nn.Embedding(V, D)
    with rowlight.watch(table) as trace:
        train(table, AdamThenShrink(table.parameters()), [1], [2])
    assert [lists(step) for step in trace.steps] == [([1], [1], [0, 1, 4]), ([2], [2], [0, 1, 2, 4])]
    assert trace.steps[1].why == {0: "unknown", 1: "unknown", 4: "unknown"}


def test_a_step_that_raises_is_no_step_and_the_next_one_is():
    table = nn.Embedding(V, D, sparse=True)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, weight_decay=0.1)  # refuses sparse gradients
    with rowlight.watch(table) as trace:
        with pytest.raises(RuntimeError):
            train(table, optimizer, [1])
        optimizer.param_groups[0]["weight_decay"] = 0
        train(table, optimizer, [2])
    assert [lists(step) for step in trace.steps] == [([1, 2], [2], [2])]


def test_a_step_that_raises_is_not_finished_by_another_optimizer():
    table, other = nn.Embedding(V, D, sparse=True), nn.Linear(1, 1)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, weight_decay=0.1)  # refuses sparse gradients
    with rowlight.watch(table) as trace:
        with pytest.raises(RuntimeError):
            train(table, optimizer, [1])
        torch.optim.Adam(other.parameters()).step()
    assert trace.steps == []
    assert trace.other_steps == 1


@pytest.mark.parametrize("rows", [None, ALL])
def test_writes_outside_a_step_are_not_taken_for_it(rows):
    table = nn.Embedding(V, D, max_norm=1.0)
    other = nn.Embedding(V, D).state_dict()
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table, rows) as trace:
        train(table, optimizer, [1])  # max_norm shortens row 1
        table.load_state_dict(other)
        train(table, optimizer, [2])
        table.weight.data[5] = 0  # unknown to the version counter
        train(table, optimizer, [3])
        table.weight.detach().numpy()[4] = 0
        train(table, optimizer, [0])
    assert [lists(step)[2] for step in trace.steps] == [[1], [2], [3], [0]]


def test_a_gradient_that_is_sparse_in_both_dimensions():
    table = nn.Embedding(V, 4)
    optimizer = torch.optim.SparseAdam(table.parameters())
    with rowlight.watch(table) as trace:
        table(torch.tensor([1, 4])).sum().backward()
        dense = table.weight.grad.clone()
        dense[4, :2] = 0
        table.weight.grad = None
        table.weight.grad = dense.to_sparse()
        optimizer.step()
    assert lists(trace.steps[0]) == ([1, 4], [1, 4], [1, 4])


def test_a_step_keeps_rows_and_no_table():
    table = nn.Embedding(5_000, 64)
    optimizer = torch.optim.Adam(table.parameters())
    with rowlight.watch(table) as trace:
        train(table, optimizer, list(range(100)), [7])
    for step in trace.steps:
        kept = [value for value in vars(step).values() if isinstance(value, torch.Tensor)]
        assert sum(tensor.untyped_storage().nbytes() for tensor in kept) <= 25 * len(step.moved) + 100
