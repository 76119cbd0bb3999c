"""The picture of a step: its numbers are torch's, its scales end at round numbers, its words say what it shows."""

import math

import pytest
import torch
from helpers import node
from helpers.stored_html import HOSTILE, StoredHtml, outline, page_state
from helpers.traces import trained, views
from hypothesis import given
from hypothesis import strategies as st
from torch import nn, optim

import rowlight
from rowlight import MoveQuiz, TraceLens
from rowlight.lenses.axis import Axis
from rowlight.lenses.movements import length_text, share_text
from rowlight.lenses.recorded_steps import RecordedSteps
from rowlight.watching.parts import PARTS

BATCHES = ((1, 2), (3,), (1, 5), (0,), (2, 3), (4,))


def adam(parameters):
    return optim.Adam(parameters, lr=0.1)


def both(parameters):
    return optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=0.1)


@pytest.mark.parametrize("make", [adam, both, lambda p: optim.AdamW(p, lr=0.1), lambda p: optim.ASGD(p, lr=0.1)])
@pytest.mark.parametrize("D", [1, 4, 7])
def test_every_number_of_the_picture_is_torch_s(make, D):
    trace = trained(make, BATCHES, D=D, snapshots=True)
    quiz = MoveQuiz({"one": trace})
    state = page_state(quiz)
    drawn = list(range(D)) if D <= 4 else [0, 1, D - 2, D - 1]
    assert state["columns"] == [str(column) for column in drawn]
    before = trace.start.double()
    end = float(state["traces"][0]["ticks"][-1])
    for i, rows in enumerate(views(quiz)):
        after, parts = trace.after(i).double(), trace.parts(i)
        lengths = (after - before).norm(dim=1)
        for r, row in enumerate(rows):
            assert row["before"] == [f"{number:.4f}" for number in before[r, drawn].tolist()]
            has_moved = r in trace.steps[i].moved.tolist()
            assert row["after"] == [f"{number:.4f}" for number in after[r, drawn].tolist()] * has_moved
            share = lengths[r] / before[r].norm()
            assert row["far"] == f"{lengths[r]:{'.4f' if lengths[r] >= 0.00005 else '.1e'}}" * has_moved
            percent = f"{100 * share:.1f} %" if share >= 0.0005 else "under 0.1 %"
            assert row["share"] == f"{percent} of its length" * has_moved
            acted = {name: parts[name][r].norm().item() for name in PARTS}
            told = [name for name in PARTS if acted[name] > 0.001 * sum(acted.values())]
            assert [name for name, *_ in row["parts"]] == row["causes"] == told
            for name, percent, cells in row["parts"]:
                assert abs(percent - 100 * acted[name] / end) <= 0.051
                signs = [math.copysign(1, number) for number in cells if number]
                expected = [
                    math.copysign(1, x) for x, c in zip(parts[name][r, drawn].tolist(), cells, strict=True) if c
                ]
                assert signs == expected
                assert max(map(abs, cells)) <= 100
        before = after


def test_parts_lie_end_to_end_only_if_they_add_up_in_length():
    rows = views(MoveQuiz({"one": trained(both, BATCHES, snapshots=True)}))[2]
    assert rows[0]["joined"]  # momentum and decay of a row that nobody read point the same way
    assert [name for name, *_ in rows[0]["parts"]] == ["momentum", "decay"]
    rows = views(
        MoveQuiz({"one": trained(lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.3), BATCHES, snapshots=True)})
    )[2]
    assert not rows[1]["joined"]


def test_what_is_rounded_away_is_told():
    rows = views(MoveQuiz({"one": trained(lambda p: optim.SGD(p, lr=1e-4), snapshots=True, dtype=torch.bfloat16)}))[0]
    assert rows[1]["kind"] == "still"
    assert rows[1]["why"] == "rounded away"
    assert [name for name, *_ in rows[1]["parts"]] == ["gradient", "rounding"]
    assert (rows[1]["far"], rows[1]["after"]) == ("", [])
    assert rows[0]["why"] == "stays"


def test_numbers_that_are_none_are_drawn_as_none():
    layer_is_lost = trained(lambda p: optim.SGD(p, lr=math.inf), snapshots=True)
    rows = views(MoveQuiz({"one": layer_is_lost}))[0]
    assert rows[1]["parts"] == []
    assert rows[1]["after"][0] in ("inf", "-inf", "nan")
    assert "NaN" not in MoveQuiz({"one": layer_is_lost})._html
    assert "Infinity" not in MoveQuiz({"one": layer_is_lost})._html


def test_columns_of_batches():
    quiz = MoveQuiz({"one": trained(adam, BATCHES)})
    steps = page_state(quiz)["traces"][0]["steps"]
    assert [step["heads"] for step in steps] == [
        ["", "", "", "1"],
        ["", "", "1", "2"],
        ["", "1", "2", "3"],
        ["1", "2", "3", "4"],
        ["earlier", "3", "4", "5"],
        ["earlier", "4", "5", "6"],
    ]
    assert [step["rows"][1]["reads"] for step in steps] == ["   1", "  10", " 101", "1010", "1100", "1000"]
    one = MoveQuiz({"one": trained(adam, [(1,)])})
    assert page_state(one)["traces"][0]["steps"][0]["rows"][1]["reads"] == "1"


def test_without_snapshots_the_cause_alone_is_drawn():
    lens = TraceLens({"one": trained(adam, BATCHES)})
    assert page_state(lens)["columns"] == []
    assert views(lens)[1][1]["parts"] == [["momentum", 10.0, []]]
    words = " ".join("".join(StoredHtml(lens._html).words).split())
    assert "what moved it" in words
    mixed = {"one": trained(adam, BATCHES), "two": trained(adam, BATCHES, snapshots=True)}
    assert page_state(MoveQuiz(mixed))["columns"] == []


def test_the_stored_picture_is_the_first_that_surprises():
    quiz = MoveQuiz(
        {"Adam": trained(adam, BATCHES, snapshots=True), "SGD": trained(optim.SGD, BATCHES, snapshots=True)}
    )
    said = (
        "Adam, step 2 of 6. Row 3 was read and moved 0.1488. Rows 1 and 2 moved too, and this batch did not read them: "
        "0.1340 each (momentum)."
    )
    words = StoredHtml(quiz._html).words
    assert said in words
    assert {"0.7487", "0.6817", "0.1340", " 6.0 % of its length", "momentum, not read"} <= set(words)
    assert page_state(quiz)["start"] == 0


@pytest.mark.parametrize("step", [0, 3, torch.tensor(5)])
def test_a_step_to_begin_with_is_the_stored_picture_too(step):
    quiz = MoveQuiz({"Adam": trained(adam, BATCHES, snapshots=True)}, step=step)
    assert page_state(quiz)["start"] == int(step)
    assert any(f"Adam, step {int(step) + 1} of 6. " in words for words in StoredHtml(quiz._html).words)


@pytest.mark.parametrize(
    ("make", "batches", "at", "said"),
    [
        (adam, [(1, 2)], 0, "Rows 1 and 2 were read and moved 0.2000 each."),
        (adam, [()], 0, "No row moved."),
        (lambda p: optim.SGD(p, lr=0.0), [(1,)], 0, "Row 1 was read and did not move. No row moved."),
        (
            lambda p: optim.AdamW(p, lr=0.1),
            [(1,), ()],
            1,
            "All 6 rows moved, and this batch did not read them: ",
        ),
    ],
)
def test_an_answer_in_words(make, batches, at, said):
    step = page_state(MoveQuiz({"one": trained(make, batches, snapshots=True)}))["traces"][0]["steps"][at]
    assert step["said"].startswith(said)
    read = " and ".join(map(str, batches[at]))
    assert step["asks"] == (
        f"Batch {at + 1} reads row{'s' * (len(read) > 1)} {read} and nothing else."
        if read
        else f"Batch {at + 1} reads no row."
    )


def test_a_trace_of_chosen_rows_says_nothing_of_the_others():
    torch.manual_seed(0)
    layer = nn.Embedding(6, 2)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    with rowlight.watch(layer, rows=[4, 5], snapshots=True) as trace:
        for ids in ([1, 2], [4, 1]):
            optimizer.zero_grad()
            layer(torch.tensor(ids)).sum().backward()
            optimizer.step()
    steps = page_state(MoveQuiz({"one": trace}))["traces"][0]["steps"]
    assert [step["asks"] for step in steps] == [
        "Batch 1 reads no followed row.",
        "Batch 2 reads row 4 and no other followed row.",
    ]
    assert steps[0]["said"] == "No followed row moved."
    assert RecordedSteps(trace).said[0][0] == "reads no followed row, moves no followed row"


@given(st.floats(1e-30, 1e30))
def test_an_axis_ends_at_a_round_number_at_or_after_the_largest(largest):
    axis = Axis(largest)
    assert largest * (1 - 1e-6) <= axis.end <= largest * 2.1
    assert axis.ticks[0] == "0"
    assert 2 <= len(axis.ticks) <= 6
    step = float(axis.ticks[1])
    assert f"{step:.0e}"[0] in "125"
    assert [float(tick) for tick in axis.ticks] == pytest.approx([i * step for i in range(len(axis.ticks))])
    assert axis.percent(axis.end) == 100
    assert axis.percent(0) == 0


def test_nothing_to_measure_gives_an_axis_all_the_same():
    for largest in (0.0, math.inf, math.nan):
        assert Axis(largest).ticks[-1] == "1"
    assert Axis(0.0).percent(math.nan) == 0


def test_lengths_and_shares_in_words():
    assert [length_text(size) for size in (0, 0.13404, 0.00005, 0.00003, math.nan)] == [
        "0.0000",
        "0.1340",
        "0.0001",
        "3.0e-05",
        "nan",
    ]
    assert [share_text(share) for share in (0.06, 0.0001, 2)] == [
        "6.0 % of its length",
        "under 0.1 % of its length",
        "200.0 % of its length",
    ]


def test_tokens_and_names_are_text():
    def make(text):
        trace = trained(adam, BATCHES, snapshots=True)
        return MoveQuiz({text: trace}, tokens=[text] * 6, caption=text, hint=text)._html

    assert outline(make(HOSTILE)) == outline(make("harmless"))


ROWS = [{"kind": kind} for kind in ("gradient", "momentum", "decay", "unknown", "still", "still")]


def test_a_prediction_is_judged_row_by_row_and_added_up():
    first, second = node.evaluate(
        "lenses/prediction.js",
        "((one) => [one, m.judge(one, c, new Set())])(m.judge({}, c, new Set([0, 1, 4])))",
        [ROWS],
    )[0]
    assert first == {"gradient": [1, 1], "momentum": [1, 1], "decay": [0, 1], "unknown": [0, 1], "still": [1, 2]}
    assert second == {"gradient": [1, 2], "momentum": [1, 2], "decay": [0, 2], "unknown": [0, 2], "still": [3, 4]}


def test_marks_and_results_in_words():
    words = node.evaluate("lenses/prediction.js", "[m.guessWords(c, true), m.guessWords(c, false)]", ROWS[3:5])
    assert words == [["marked", "missed"], ["marked, but it stays", ""]]
    coasts = {"kind": "momentum", "why": "momentum, not read", "far": "0.1340", "share": "6.0 % of its length"}
    stays = {"kind": "still", "why": "stays", "far": "", "share": ""}
    told = node.evaluate(
        "lenses/prediction.js", "m.rowWords('row 1 cat', c[0], c[1])", [[coasts, True], [stays, False]]
    )
    assert told == [
        "row 1 cat: momentum, not read, moved 0.1340, 6.0 % of its length, marked",
        "row 1 cat: stays, you did not mark it",
    ]
    results = node.evaluate(
        "lenses/prediction.js",
        "m.resultWords(c[0], new Set(c[1]))",
        [[ROWS, marks] for marks in ([], [0, 1], [0, 4], [4, 5])],
    )
    assert results == [
        "You marked 0 of 4.",
        "You marked 2 of 4.",
        "You marked 1 of 4, and 1 that stays.",
        "You marked 0 of 4, and 2 that stay.",
    ]


@pytest.mark.parametrize(
    "stored", ["null", "", "[]", "7", '{"decay": [1]}', '{"decay": "x"}', '{"decay": [-1, 2]}', "{", '{"x": [1, 1]}']
)
def test_what_is_no_score_counts_as_none(stored):
    assert node.evaluate("lenses/prediction.js", "m.readScore(c)", [stored]) == [{}]
    assert node.evaluate("lenses/prediction.js", "m.readScore(c)", ['{"decay": [1, 2]}']) == [{"decay": [1, 2]}]
