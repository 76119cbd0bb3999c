"""A trace in words, as text and as html."""

import re
import sys
from collections import Counter

import torch
from helpers.training import D, V, train
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import rowlight


def test_the_report_of_the_two_steps():
    table = nn.Embedding(V, D)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, momentum=0.9)
    with rowlight.watch(table) as trace:
        train(table, optimizer, [1, 2], [3])
    assert repr(trace) == "<Trace of Embedding(6, 4): 2 steps>"
    assert repr(trace.report()) == (
        "Embedding(6, 4): 2 steps\n"
        "step  optimizer  read  gradient  moved    moved without a gradient\n"
        "0     SGD        1, 2  1, 2      1, 2     none\n"
        "1     SGD        3     3         1, 2, 3  momentum: 1, 2\n"
        "Rows that moved, never read and without a gradient: none."
    )
    html = trace.report()._repr_html_()
    assert "<caption>Embedding(6, 4): 2 steps</caption>" in html
    assert html.count('<th scope="col">') == 6
    assert html.count('<th scope="row">') == 2
    assert ">momentum: 1, 2</td>" in html


def test_a_report_shortens_what_is_long_and_escapes_what_is_strange():
    table = nn.Embedding(2_000, 2)
    strange = type("<b>SGD", (torch.optim.SGD,), {})
    optimizer = strange(table.parameters(), lr=0.1, weight_decay=0.1)
    with rowlight.watch(table, range(1_000)) as trace:
        train(table, optimizer, *[[1, 5]] * 50)
    text, html = repr(trace.report()), trace.report()._repr_html_()
    assert text.startswith("Embedding(2000, 2), 1,000 of 2,000 rows followed: 50 steps")
    assert "  all 1,000 followed  " in text
    assert "unknown: 0, 2, 3 … (998 rows)" in text
    assert "10 more" in text
    assert text.count("<b>SGD") == html.count("&lt;b&gt;SGD") == 40
    assert "<b>" not in html


def test_a_loop_that_never_steps_is_told_why():
    table, other = nn.Embedding(V, D), nn.Linear(D, 1)
    with rowlight.watch(table) as trace:
        table(torch.tensor([1])).sum().backward()
    for shown in (repr(trace.report()), trace.report()._repr_html_()):
        assert "No optimizer took a step inside the block" in shown
    with rowlight.watch(table) as trace:
        train(None, torch.optim.SGD(other.parameters(), lr=0.1), [1], forward=lambda ids: other(table(ids)))
    assert "1 step of others did" in repr(trace.report())


def test_all_rows_are_called_all():
    table = nn.Embedding(20, 2)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1, weight_decay=0.1)
    for rows, said in (
        (None, "all 20"),
        (range(20), "all 20"),
        (range(10), "all 10 followed"),
        (range(8), "0, 1, 2, 3, 4, 5, 6, 7"),
    ):
        with rowlight.watch(table, rows) as trace:
            train(table, optimizer, list(range(20)), [1])
        first, second = repr(trace.report()).splitlines()[2:4]
        assert re.split("  +", first) == ["0", "SGD", said, said, said, "none"]
        assert re.split("  +", second)[2:5] == ["1", "1", said]
    small = nn.Embedding(3, 2)
    with rowlight.watch(small) as trace:
        train(small, torch.optim.SGD(small.parameters(), lr=0.1), [0, 1, 2])
    assert repr(trace.report()).splitlines()[2].endswith("0, 1, 2  0, 1, 2   0, 1, 2  none")


def work(act):
    """What an act costs, whatever the processor: bytecodes of Python, and numbers in tensors that torch made."""
    counts = Counter()

    class Numbers(TorchDispatchMode):
        def __torch_dispatch__(self, function, _types, args=(), kwargs=None):
            made = function(*args, **(kwargs or {}))
            counts["numbers"] += sum(tensor.numel() for tensor in tree_leaves(made) if isinstance(tensor, torch.Tensor))
            return made

    def count(frame, event, _):
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        counts["bytecodes"] += event == "opcode"
        return count if "rowlight" in frame.f_code.co_filename else None

    tracer = sys.gettrace()
    with Numbers():
        sys.settrace(count)
        try:
            act()
        finally:
            sys.settrace(tracer)
    return counts


def test_a_report_does_as_little_for_a_large_table_as_it_can():
    """Python does the same for any table; torch looks a few times at each row that moved."""
    done = {}
    for rows in (500, 5_000):
        table = nn.Embedding(rows, 2)
        optimizer = torch.optim.AdamW(table.parameters(), lr=0.1)
        with rowlight.watch(table) as trace:
            train(table, optimizer, *([row] for row in range(60)))
        assert f"moved, never read and without a gradient: 60, 61, 62 … ({rows - 60:,} rows)" in repr(trace.report())
        trace.report()._repr_html_()  # the first one of a program also loads the template
        done[rows] = work(trace.report().__repr__) + work(trace.report()._repr_html_)
    assert done[500]["bytecodes"] == done[5_000]["bytecodes"] > 0
    assert 0 < done[5_000]["numbers"] < 30 * sum(len(step.moved) for step in trace.steps)


def test_the_html_stands_on_its_own_and_asks_for_nothing():
    """Without the style sheet, too, its cells stand apart: some hosts give them no padding."""
    with rowlight.watch(nn.Embedding(V, D)) as trace:
        pass
    html = trace.report()._repr_html_()
    assert "<style>.rl-report :is(caption, th, td) { padding: 0 0.5em;" in html
    assert re.search("src=|href=|url|@import", html) is None
