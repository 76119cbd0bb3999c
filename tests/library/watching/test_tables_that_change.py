"""A table that gets another type, another size or another Parameter while it is watched."""

import pytest
import torch
from helpers.training import D, V, lists, train
from torch import nn

import rowlight


def test_a_table_that_is_converted_to_another_dtype():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table, snapshots=True) as trace:
        train(table, optimizer, [1])
        optimizer.zero_grad()
        table.double()
        train(table, optimizer, [2])
    assert [lists(step) for step in trace.steps] == [([1],) * 3, ([2],) * 3]
    assert torch.equal(trace.after(1), table.weight.detach())


def test_a_table_that_is_given_more_rows():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])
        optimizer.zero_grad()
        table.weight.data = torch.zeros(V + 2, D)
        train(table, optimizer, [V + 1])
    assert lists(trace.steps[1]) == ([V + 1],) * 3


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


def test_a_replaced_parameter_is_said_and_not_lied_about():
    table = nn.Embedding(V, D)
    state = nn.Embedding(V, D).state_dict()
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])
        assert trace.replaced is None
        table.load_state_dict(state, assign=True)
        optimizer.step()  # it holds the first one still
    assert trace.replaced == 1
    assert [step.moved.tolist() for step in trace.steps] == [[1], [1]]
    with rowlight.watch(table) as last:
        table.weight = nn.Parameter(torch.zeros(V, D))
    assert last.replaced == 0
    assert "replaced by another Parameter" in repr(trace.report())
    assert "replaced by another Parameter" in trace.report()._repr_html_()


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


def test_a_step_that_the_optimizer_s_state_no_longer_fits_is_no_step_and_the_next_one_is():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, momentum=0.9)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])
        table.weight.data = torch.ones(V + 2, D)
        table.weight.grad = None
        with pytest.raises(RuntimeError, match="must match"):
            train(table, optimizer, [2])  # the buffer has six rows, the gradient eight
        optimizer.state.clear()
        train(table, optimizer, [3])
    assert trace.failure is None
    assert [lists(step) for step in trace.steps] == [([1],) * 3, ([2, 3], [3], [3])]


def test_the_report_says_that_the_size_has_changed():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, weight_decay=0.1)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])
        table.weight.data = torch.ones(24, D)
        train(table, optimizer, [20])
    assert [step.V for step in trace.steps] == [V, 24]
    assert [len(step.moved) for step in trace.steps] == [V, 24]
    assert repr(trace) == "<Trace of Embedding(6, 4), later 24 rows: 2 steps>"
    text = repr(trace.report())
    assert text.startswith("Embedding(6, 4), later 24 rows: 2 steps\n")
    assert [line.split("  ")[-2].strip() for line in text.splitlines()[2:4]] == ["all 6", "all 24"]


def test_rows_that_were_read_and_are_gone_are_still_in_the_report():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        table(torch.tensor([5]))
        table.weight.data = torch.ones(3, D)
        table.weight.sum().backward()
        optimizer.step()
    assert trace.steps[0].read.tolist() == [5]
    assert "read  gradient  moved" in repr(trace.report())
