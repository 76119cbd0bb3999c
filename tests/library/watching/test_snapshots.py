"""The values that a trace keeps when it is asked to."""

import pytest
import torch
from helpers.training import D, V, train
from torch import nn

import rowlight


def test_snapshots_replay_the_table():
    table = nn.Embedding(V, D, max_norm=1.5)
    optimizer = torch.optim.Adam(table.parameters(), lr=0.1)
    tables = []
    with rowlight.watch(table, [1, 2, 4], snapshots=True) as trace:
        start = table.weight.detach().clone()
        for ids in ([1, 2], [0], [4, 4]):
            train(table, optimizer, ids)
            tables.append(table.weight.detach().clone())
            table.weight.data[4] = len(tables)  # by nobody's step
    assert torch.equal(trace.start, start[[1, 2, 4]])
    for step, after in enumerate(tables):
        assert torch.equal(trace.after(step), after[[1, 2, 4]])
        assert torch.equal(trace.after(step - 3), after[[1, 2, 4]])
    assert [len(rows) for rows, *_ in trace._snapshots._changes] == [2, 3, 3]
    for outside in (-4, 3):
        with pytest.raises(IndexError, match="the trace has 3"):
            trace.after(outside)


def test_without_snapshots_there_are_no_values():
    with rowlight.watch(nn.Embedding(V, D)) as trace:
        pass
    assert trace.start is None
    with pytest.raises(RuntimeError, match="snapshots=True"):
        trace.after(0)


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


def test_a_row_that_is_put_back_has_its_first_values_again():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table, snapshots=True) as trace:
        train(table, optimizer, [1])
        table.weight.data[1] = trace.start[1]
        train(table, optimizer, [2])
    assert torch.equal(trace.after(-1), table.weight.detach())
