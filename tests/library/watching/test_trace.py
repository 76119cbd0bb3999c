"""A trace and its steps as objects: cached, pickled, and free of everything that does not belong to them."""

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
