"""Which lookups count as reads, in models written in ways that `watch` was not designed for."""

import re

import pytest
import torch
from helpers.training import ALL, D, Tied, V, lists, train
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

import rowlight


def test_a_tied_head_gives_every_row_a_gradient_and_reads_none():
    model = Tied()
    with rowlight.watch(model.tokens) as trace:
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), [1, 2])
    assert lists(trace.steps[0]) == ([1, 2], ALL, ALL)
    assert (
        "Rows with a gradient, but without a lookup that was seen in this block, as through a tied head, an index "
        "(`weight[ids]`) or another process: 0, 3, 4, 5."
    ) in repr(trace.report())


def test_a_table_shared_by_modules_and_functions_is_followed_in_all_of_them():
    first, second, bag = nn.Embedding(V, D), nn.Embedding(V, D), nn.EmbeddingBag(V, D)
    second.weight = bag.weight = first.weight

    def forward(ids):
        named = F.embedding(input=ids + 3, weight=first.weight)
        return first(ids) + second(ids + 1) + bag((ids + 2)[:, None]) + named

    with rowlight.watch(first) as trace:
        train(None, torch.optim.SGD(first.parameters(), lr=0.1), [1], [2, 0], forward=forward)
    assert [lists(step) for step in trace.steps] == [([1, 2, 3, 4],) * 3, (ALL,) * 3]


class Scaled(nn.Embedding):
    def forward(self, words, scale):
        return super().forward(torch.tensor([len(word) for word in words])) * scale


def test_a_subclass_with_a_forward_of_its_own():
    table = Scaled(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        table(["a", "row"], scale=2).sum().backward()
        optimizer.step()
    assert lists(trace.steps[0]) == ([1, 3],) * 3


def test_a_bag_skips_its_padding_and_an_embedding_reads_it():
    bag, table = nn.EmbeddingBag(V, D, padding_idx=0), nn.Embedding(V, D, padding_idx=0)
    for layer, ids, read in ((bag, [[0, 1, 0], [3, 0, 0]], [1, 3]), (table, [0, 1], [0, 1])):
        with rowlight.watch(layer) as trace:
            train(layer, torch.optim.SGD(layer.parameters(), lr=0.1), ids)
        assert trace.steps[0].read.tolist() == read
        assert trace.steps[0].gradient.tolist() == [row for row in read if row]


def test_a_bag_with_offsets_weights_and_int32_ids():
    bag = nn.EmbeddingBag(V, D, mode="sum", sparse=True)
    optimizer = torch.optim.SparseAdam(bag.parameters())
    ids, offsets = torch.tensor([5, 1, 5], dtype=torch.int32), torch.tensor([0, 1], dtype=torch.int32)
    with rowlight.watch(bag) as trace:
        bag(ids, offsets, per_sample_weights=torch.tensor([1.0, 2.0, 3.0])).sum().backward()
        optimizer.step()
    assert lists(trace.steps[0]) == ([1, 5],) * 3


def test_nested_ids():
    table = nn.Embedding(V, 4)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    ids = torch.nested.nested_tensor([torch.tensor([1, 2]), torch.tensor([5])], layout=torch.jagged)
    with rowlight.watch(table) as trace:
        table(ids).values().sum().backward()
        optimizer.step()
    assert lists(trace.steps[0]) == ([1, 2, 5],) * 3


def test_accumulation_counts_lookups_since_the_last_step_and_not_those_of_an_evaluation():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        for ids in ([1], [2, 5], [1]):
            table(torch.tensor(ids)).sum().backward()
        with torch.no_grad():
            table(torch.tensor([3]))
        with torch.inference_mode():
            table(torch.tensor([4]))
        optimizer.step()
        optimizer.zero_grad()
        train(table, optimizer, [0])
    assert [lists(step) for step in trace.steps] == [([1, 2, 5],) * 3, ([0],) * 3]


def test_autocast_and_checkpointing():
    table, head = nn.Embedding(V, D), nn.Linear(D, D)

    def forward(ids):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return checkpoint(lambda ids: head(table(ids)), ids, use_reentrant=False)

    with rowlight.watch(table) as trace:
        train(None, torch.optim.SGD(table.parameters(), lr=0.1), [1, 4], forward=forward)
    assert lists(trace.steps[0]) == ([1, 4],) * 3


def test_lookups_inside_vmap_and_grad():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    parameters = dict(table.named_parameters())

    def loss(parameters, ids):
        return torch.func.functional_call(table, parameters, (ids,)).sum()

    with rowlight.watch(table) as trace:
        torch.func.vmap(table)(torch.tensor([[1, 2], [2, 3]])).sum().backward()
        optimizer.step()
        each = torch.func.vmap(torch.func.grad(loss), (None, 0))(parameters, torch.tensor([[4], [5]]))
        table.weight.grad = each["weight"].sum(0)
        optimizer.step()
    assert [lists(step) for step in trace.steps] == [([1, 2, 3],) * 3, ([4, 5],) * 3]


class Doubled(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(V, D)

    def forward(self, ids):
        return self.tokens(ids) * 2


@pytest.mark.filterwarnings("ignore:`torch.jit.trace:DeprecationWarning")
@pytest.mark.filterwarnings("error::torch.jit.TracerWarning")
def test_a_model_that_is_traced_in_the_block_has_no_marks_in_its_graph_and_reads_nothing():
    model, ids = Doubled(), torch.tensor([2])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with rowlight.watch(model.tokens) as trace:
        traced = torch.jit.trace(model, ids)  # it compares two graphs of its own, and raises where they differ
        exported = torch.export.export(model, (ids,))
        symbolic = torch.fx.symbolic_trace(model)
        train(model, optimizer, [1])
    graphs = f"{traced.inlined_graph}{exported.graph}{symbolic.graph}"
    assert "embedding" in graphs
    assert "index_put" not in graphs
    assert not re.search(r"rowlight(::|\.)mark", graphs), "what a compiled model has in its graph"
    assert all(torch.equal(copy(ids), model(ids)) for copy in (traced, exported.module(), symbolic))
    assert [step.read.tolist() for step in trace.steps] == [[1]]


def test_nothing_is_looked_at_while_a_cuda_graph_is_captured(monkeypatch):
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    capturing = True
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: capturing)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1])  # what is captured is not run
        assert trace.steps == []
        capturing = False
        train(table, optimizer, [2])
    assert [lists(step) for step in trace.steps] == [([2],) * 3]
