"""Compiled models and compiled steps are watched like others."""

from contextlib import nullcontext

import pytest
import torch
from helpers.training import D, V, lists, train
from torch import nn

import rowlight


@pytest.mark.parametrize("fullgraph", [False, True])
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_model(backend, fullgraph):
    torch._dynamo.reset()
    model = nn.ModuleDict({"tokens": nn.Embedding(V, D), "bag": nn.EmbeddingBag(V, D, padding_idx=0)})
    model["bag"].weight = model["tokens"].weight
    forward = torch.compile(
        lambda ids: model["tokens"](ids) + model["bag"]((ids - 1)[:, None]), backend=backend, fullgraph=fullgraph
    )
    forward(torch.tensor([1, 2]))  # compiled before it is watched
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with rowlight.watch(model["tokens"]) as trace:
        train(None, optimizer, [1, 5], [3, 3], forward=forward)
        with torch.no_grad():
            forward(torch.tensor([2, 2]))
        train(None, optimizer, [1, 1], forward=forward)
    assert [step.read.tolist() for step in trace.steps] == [[1, 4, 5], [2, 3], [1]]
    assert [step.moved.tolist() for step in trace.steps] == [[1, 4, 5], [2, 3], [1]]
    forward(torch.tensor([4, 4]))
    assert len(trace.steps) == 3


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_lookup_inside_vmap_in_a_compiled_function(backend):
    torch._dynamo.reset()
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    vmapped = torch.func.vmap(lambda row: table(row) * 2)
    forward = torch.compile(lambda ids: vmapped(ids).sum(0), backend=backend, fullgraph=True)
    with rowlight.watch(table) as trace:
        train(None, optimizer, [[1, 2], [2, 4]], forward=forward)
    assert lists(trace.steps[0]) == ([1, 2, 4],) * 3


def test_two_tables_in_one_compiled_function():
    torch._dynamo.reset()
    first, second = nn.Embedding(V, D), nn.Embedding(V, D)
    optimizer = torch.optim.SGD([first.weight, second.weight], lr=0.1)
    forward = torch.compile(lambda ids: first(ids) + second(ids + 1), backend="aot_eager", fullgraph=True)
    with rowlight.watch(first) as one, rowlight.watch(second) as two:
        train(None, optimizer, [1, 3], [2, 2], forward=forward)
    assert [lists(step) for step in one.steps] == [([1, 3],) * 3, ([2],) * 3]
    assert [lists(step) for step in two.steps] == [([2, 4],) * 3, ([3],) * 3]


def test_one_more_graph_serves_every_watch():
    torch._dynamo.reset()
    table, graphs = nn.Embedding(V, D), torch._dynamo.testing.CompileCounter()
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    forward = torch.compile(lambda ids: table(ids) * 2, backend=graphs)
    for watched in (False, True, False, True, True):
        with rowlight.watch(table) if watched else nullcontext() as trace:
            train(None, optimizer, [1, 5], [3, 3], forward=forward)
        assert not watched or [step.read.tolist() for step in trace.steps] == [[1, 5], [3]]
    assert graphs.frame_count == 2


@pytest.mark.filterwarnings("ignore:Dynamo does not know how to trace")
def test_a_compiled_step():
    torch._dynamo.reset()
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, momentum=0.9)
    step = torch.compile(optimizer.step, backend="eager")
    with rowlight.watch(table) as trace:
        for ids in ([1], [2]):
            optimizer.zero_grad()
            table(torch.tensor(ids)).sum().backward()
            step()
    assert [lists(step) for step in trace.steps] == [([1],) * 3, ([2], [2], [1, 2])]
    assert trace.steps[1].why == {1: "momentum"}
