"""A trace and its steps as objects: cached, pickled, and free of everything that does not belong to them."""

import json
import pickle
import subprocess
import sys

import pytest
import torch
from helpers.training import D, V, train
from torch import nn

import rowlight


@pytest.fixture
def trace():
    table = nn.Embedding(V, D)
    with rowlight.watch(table, snapshots=True) as trace:
        train(table, torch.optim.Adam(table.parameters(), lr=0.1), [1, 2], [3])
    return trace


def test_what_is_derived_from_a_step_is_made_once(trace):
    step = trace.steps[1]
    assert step.moved_without_gradient.tolist() == [1, 2]
    assert step.moved_without_gradient is step.moved_without_gradient
    assert step.why == {1: "momentum", 2: "momentum"}
    assert step.why is step.why


def test_a_trace_can_be_pickled(trace):
    again = pickle.loads(pickle.dumps(trace))  # noqa: S301  our own
    assert repr(again.report()) == repr(trace.report())
    assert torch.equal(again.after(-1), trace.after(1))


def test_a_trace_as_records_says_what_its_steps_say(trace):
    nothing = {"read": False, "gradient": False, "moved": False, "why": None}
    acted = nothing | {"read": True, "gradient": True, "moved": True}
    coasts = nothing | {"moved": True, "why": "momentum"}
    told = [(0, 1, acted), (0, 2, acted), (1, 1, coasts), (1, 2, coasts), (1, 3, acted)]
    expected = [{"step": step, "optimizer": "Adam", "row": row, **happened} for step, row, happened in told]
    assert trace.to_records() == expected
    assert json.loads(json.dumps(trace.to_records())) == expected, "plain values"


def test_a_row_that_was_only_read_or_only_had_a_gradient_has_its_record():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    with rowlight.watch(table) as trace:
        table(torch.tensor([4]))
        table.weight[5].sum().backward()
        optimizer.param_groups[0]["lr"] = 0.0
        optimizer.step()
    happened = [(one["row"], one["read"], one["gradient"], one["moved"], one["why"]) for one in trace.to_records()]
    assert happened == [(4, True, False, False, None), (5, False, True, False, None)]
    trace.steps.clear()
    assert trace.to_records() == []


def test_watching_loads_no_widget():
    program = (
        "import sys, torch, rowlight\n"
        "table = torch.nn.Embedding(3, 2)\n"
        "with rowlight.watch(table) as trace: pass\n"
        "trace.report()._repr_html_()\n"
        "print({'anywidget', 'ipywidgets', 'rowlight.lenses', 'rowlight.widgets'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
