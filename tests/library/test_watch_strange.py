"""`watch` where nobody expects it: an observer never raises into the training, nor loses what it has seen."""

import time

import pytest
import torch
from helpers.training import V, lists, train
from torch import nn
from torch.nn import functional as F

import rowlight


@pytest.mark.parametrize("rows", [None, [1, 5]])
@pytest.mark.parametrize("size", [3, 9])
def test_a_table_of_another_size_with_and_without_snapshots(rows, size):
    table = nn.Embedding(V, 4)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table, rows, snapshots=True) as trace:
        train(table, optimizer, [1, 5])
        optimizer.zero_grad()
        table.weight.data = torch.ones(size, 4)
        train(table, optimizer, [1])
    followed = list(range(size)) if rows is None else [row for row in rows if row < size]
    assert lists(trace.steps[1]) == ([1], [1], [1])
    assert torch.equal(trace.after(1), table.weight.detach()[followed])
    assert len(trace.after(0)) == len(rows or range(V))


def test_lookups_before_a_table_grows_are_not_forgotten():
    table = nn.Embedding(V, 4)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        table(torch.tensor([2]))
        table.weight.data = torch.ones(9, 4)
        train(table, optimizer, [8])
    assert trace.steps[0].read.tolist() == [2, 8]


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


def test_a_write_before_a_step_that_raises_is_in_the_snapshots():
    table = nn.Embedding(V, 4, sparse=True)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, weight_decay=0.1)
    with rowlight.watch(table, snapshots=True) as trace:
        table.weight.data[4] = 0
        with pytest.raises(RuntimeError):
            train(table, optimizer, [1])
        optimizer.param_groups[0]["weight_decay"] = 0
        train(table, optimizer, [1])
    assert torch.equal(trace.after(0), table.weight.detach())


def test_nested_ids():
    table = nn.Embedding(V, 4)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    ids = torch.nested.nested_tensor([torch.tensor([1, 2]), torch.tensor([5])], layout=torch.jagged)
    with rowlight.watch(table) as trace:
        table(ids).values().sum().backward()
        optimizer.step()
    assert lists(trace.steps[0]) == ([1, 2, 5],) * 3


def test_two_watches_left_in_the_order_they_were_entered():
    one, other = nn.Embedding(V, 4), nn.Embedding(V, 4)
    optimizer = torch.optim.SGD([*one.parameters(), *other.parameters()], lr=0.1)
    first, second = rowlight.watch(one), rowlight.watch(other)
    trace, later = first.__enter__(), second.__enter__()
    train(None, optimizer, [1], forward=lambda ids: one(ids) + other(ids))
    first.__exit__(None, None, None)
    train(None, optimizer, [2], forward=lambda ids: one(ids) + other(ids))
    second.__exit__(None, None, None)
    assert [step.read.tolist() for step in trace.steps] == [[1]]
    assert [step.read.tolist() for step in later.steps] == [[1], [2]]


def test_what_is_set_for_the_whole_program():
    table = nn.Embedding(V, 4)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    try:
        torch.set_default_device("meta")
        with rowlight.watch(table, rows=[1, 3]) as trace:
            table(torch.tensor([1], device="cpu")).sum().backward()
            optimizer.step()
    finally:
        torch.set_default_device(None)
    assert lists(trace.steps[0]) == ([1], [1], [1])
    assert trace.rows.is_cpu
    with torch.inference_mode():
        watch = rowlight.watch(table)
        trace = watch.__enter__()
    train(table, optimizer, [1])
    watch.__exit__(None, None, None)
    assert lists(trace.steps[0]) == ([1], [1], [1])


def test_a_parametrization_within_the_block_is_not_run_by_the_watch():
    table = nn.Embedding(V, 4)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    calls = []

    class Count(nn.Module):
        def forward(self, weight):
            calls.append(1)
            return weight

    with rowlight.watch(table) as trace:
        nn.utils.parametrize.register_parametrization(table, "weight", Count(), unsafe=True)
        calls.clear()
        train(table, optimizer, [1])
    assert len(calls) == 1
    assert trace.replaced is None


def test_other_lookups_are_none_of_its_business():
    class Other(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(V, 4))

        def forward(self, ids):
            return F.embedding(ids, self.weight)

    table, other = nn.Embedding(V, 4), Other()
    with rowlight.watch(table):
        graph = torch.fx.symbolic_trace(other)
        traced = torch.jit.trace(table, torch.tensor([1]))
    assert torch.equal(graph(torch.tensor([2])), other(torch.tensor([2])))
    assert "index_put" not in str(traced.graph)


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


def test_a_parameter_that_is_no_plain_tensor():
    class Own(torch.Tensor):
        pass

    table = nn.Embedding(V, 4)
    table.weight = nn.Parameter(table.weight.detach().as_subclass(Own))
    with pytest.raises(TypeError, match="its weight is a Own, and only plain tensors can be watched"):
        rowlight.watch(table)


def test_a_long_trace_of_a_large_table_is_shown_in_no_time():
    table = nn.Embedding(50_000, 4)
    optimizer = torch.optim.AdamW(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        train(table, optimizer, *([row] for row in range(20)))
    start = time.process_time()
    assert "49,999 rows moved without being read (decay)" in trace.lens()._html
    assert "moved, never read and without a gradient: 20, 21, 22 … (49,980 rows)" in repr(trace.report())
    assert time.process_time() - start < 5


def test_a_gradient_that_is_changed_later_is_not_the_lens_s():
    upstream = torch.ones(1, 4)
    lens = rowlight.GradientLens(nn.Embedding(V, 4), torch.tensor([1]), upstream=upstream)
    upstream.zero_()
    assert lens.gradient[1].tolist() == [1.0] * 4
