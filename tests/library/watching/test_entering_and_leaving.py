"""A watch leaves nothing behind: no hook, no mode, no reference to the model."""

import copy
import gc
import weakref

import pytest
import torch
from helpers.training import D, Tied, V, hooks_in_place, lists, train
from torch import nn

import rowlight


def test_hooks_go_and_the_trace_stays_when_the_loop_raises():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    before = hooks_in_place()
    with pytest.raises(IndexError) as plain:
        table(torch.tensor([V]))
    with pytest.raises(IndexError) as watched, rowlight.watch(table) as trace:  # noqa: PT012  the loop is the point
        assert hooks_in_place() != before
        train(table, optimizer, [1], [2])
        table(torch.tensor([0, V]))
    assert str(watched.value) == str(plain.value)
    assert hooks_in_place() == before
    assert [lists(step) for step in trace.steps] == [([1],) * 3, ([2],) * 3]
    assert "2 steps" in repr(trace.report())
    with rowlight.watch(table) as trace:  # it can be watched again
        with pytest.raises(IndexError):
            table(torch.tensor([0, V]))
        train(table, optimizer, [1])
    assert trace.steps[0].read.tolist() == [1]  # a refused lookup has read nothing


def test_the_trace_does_not_keep_the_model_alive():
    table = nn.Embedding(V, D)
    with rowlight.watch(table) as trace:
        train(table, torch.optim.Adam(table.parameters()), [1])
    gone = weakref.ref(table.weight)
    del table
    gc.collect()
    assert gone() is None
    assert len(trace.steps) == 1


def test_a_copy_of_the_model_is_not_watched_and_holds_nothing():
    model = Tied()
    optimizer = torch.optim.Adam(model.parameters())
    with rowlight.watch(model.tokens) as trace:
        train(model, optimizer, [1])
        copied = copy.deepcopy(model)
        train(copied, torch.optim.Adam(copied.parameters()), [2], [3])
        train(model, optimizer, [4])
    assert [step.read.tolist() for step in trace.steps] == [[1], [4]]
    assert vars(copied.tokens).keys() == vars(nn.Embedding(V, D)).keys()
    assert not copied.tokens._forward_hooks
    assert not copied.tokens._forward_pre_hooks


def test_two_tables_at_once_and_one_table_not_twice():
    first, second = nn.Embedding(V, D), nn.Embedding(V, D)
    second_user = nn.Embedding(V, D)
    second_user.weight = second.weight
    optimizer = torch.optim.SGD([first.weight, second.weight], lr=0.1)
    with rowlight.watch(first) as one, rowlight.watch(second) as two:
        for again in (second, second_user):
            with pytest.raises(RuntimeError, match="being watched already"):
                rowlight.watch(again).__enter__()
        train(None, optimizer, [1], forward=lambda ids: first(ids) + second(ids + 1))
    assert lists(one.steps[0]) == ([1],) * 3
    assert lists(two.steps[0]) == ([2],) * 3
    used = rowlight.watch(first)
    with used, pytest.raises(RuntimeError, match="entered before"):
        used.__enter__()
    with pytest.raises(RuntimeError, match="entered before"):
        used.__enter__()


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


def test_a_default_device_and_inference_mode_do_not_reach_the_watch():
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
