"""Recorded trainings as moving points: what is kept of them, what is said, and what bad input gets."""

import re

import numpy as np
import pytest
import torch
from helpers.stored_html import HOSTILE, TOKEN_NAMES, StoredHtml, outline, page_state, plain_text
from torch import nn, optim

import rowlight
from rowlight import Recording, TrainingReplay
from rowlight.lenses.loss_curve import LossCurve


def recording(S=3, R=2, **change):
    torch.manual_seed(0)
    made = {
        "rows": torch.randn(S, R, 2),
        "losses": [1.0 / (s + 1) for s in range(S)],
        "steps": list(range(0, 2 * S, 2)),
        "reads": [[s % R] for s in range(S)],
    }
    return Recording(**made | change)


def shown(*recordings, names=None):
    """The runs as the page gets them, by number."""
    runs = {str(i): one for i, one in enumerate(recordings)}
    return page_state(TrainingReplay(runs, names or [str(r) for r in range(recordings[0].rows.shape[1])]))


def numbers(text):
    return torch.tensor([float(number) for number in text.split()], dtype=torch.float64)


def test_rows_lie_on_one_scale_to_a_thousandth_of_the_picture():
    small, large = recording(S=20, R=7), recording(S=5, R=7, rows=3 * torch.randn(5, 7, 2))
    reach = large.rows.abs().max().double()
    for run, made in zip(shown(small, large)["runs"], (small, large), strict=True):
        at = torch.stack([numbers(step) for step in run["positions"]]).reshape(made.rows.shape)
        expected = 50 + 46 * made.rows.double() / reach * torch.tensor([1, -1])
        torch.testing.assert_close(at, expected, atol=0.0501, rtol=0)


def test_arrows_are_the_steps_so_many_times_as_long_and_their_lengths_torch_s():
    made = recording(
        S=40,
        R=3,
        reads=[[0, 2]] * 40,
        after=None,
        steps=range(40),
        rows=torch.randn(3, 2) + torch.randn(40, 3, 2).cumsum(0) / 100,
    )
    state = shown(made)
    assert state["times"] > 1
    unit = 46 / made.rows.abs().max().item()
    for s, moves in enumerate(state["runs"][0]["moves"][:-1]):
        for row, move in zip((0, 2), moves.split("|"), strict=True):
            dx, dy, far = numbers(move).tolist()
            way = (made.rows[s + 1, row] - made.rows[s, row]).double()
            assert f"{far:.4f}" == f"{way.norm():.4f}"
            arrow = way * unit * state["times"] * torch.tensor([1, -1])
            arrow *= min(1, 10 / arrow.norm().item())  # none is so long that it covers the next row
            torch.testing.assert_close(torch.tensor([dx, dy], dtype=torch.float64), arrow, atol=0.0501, rtol=0)
    assert state["runs"][0]["moves"][-1] == "0.0 -0.0 0.0000|0.0 -0.0 0.0000", "after the last step nothing is known"


def test_arrows_need_to_know_the_rows_after_the_step():
    assert shown(recording())["runs"][0]["moves"] == [], "only every second step is recorded"
    known = recording(after=torch.ones(3, 2, 2), rows=torch.zeros(3, 2, 2), reads=[[0], [], [1]])
    assert [move.split()[-1:] for move in shown(known)["runs"][0]["moves"]] == [["1.4142"], [], ["1.4142"]]
    words = "".join(StoredHtml(TrainingReplay({"one": known}, ["a", "b"])._html).words)
    assert "how far this step moves the rows it reads" in words
    assert "how far this step" not in "".join(StoredHtml(TrainingReplay({"one": recording()}, ["a", "b"])._html).words)


@pytest.mark.parametrize(
    ("losses", "is_log", "heights"),
    [
        ([4.0, 2.0, 1.0], False, ["0", "1", "2", "3", "4"]),
        ([400.0, 2.0, 1.0], True, ["1", "10", "100"]),
        ([0.0, 0.0, 0.0], False, []),
        ([-1.0, 0.5, 1.0], False, ["0", "0.2", "0.4", "0.6", "0.8", "1", "-0.2", "-0.4", "-0.6", "-0.8", "-1"]),
        ([1e-9, 1.0, 1e9], True, ["1e-09", "1e-05", "0.1", "1000", "1e+07"]),
    ],
)
def test_the_curve_lies_on_a_scale_that_fits_it(losses, is_log, heights):
    run = recording(losses=losses)
    curve = LossCurve([run])
    assert curve.is_log == is_log
    assert [label for label, _ in curve.heights][: len(heights)] == heights
    points = [tuple(map(float, point.split(","))) for point in curve.points(run).split()]
    assert [x for x, _ in points] == [0, 50, 100]
    assert all(0 <= y <= 100 for _, y in points)
    for label, y in curve.heights:
        if float(label) in losses:
            assert abs(points[losses.index(float(label))][1] - y) <= 0.1
    order = sorted(range(3), key=lambda i: losses[i])
    assert [points[i][1] for i in order] == sorted((y for _, y in points), reverse=True)


def test_trainings_of_other_lengths_share_the_scale_of_steps():
    short, long = recording(S=2), recording(S=5)
    curve = LossCurve([short, long])
    assert [point.split(",")[0] for point in curve.points(short).split()] == ["0.0", "25.0"]
    assert curve.steps == [("0", 0.0), ("2", 25.0), ("4", 50.0), ("6", 75.0), ("8", 100.0)]


def test_where_a_replay_begins_and_whose_names_are_always_shown():
    run = Recording(torch.zeros(3, 2, 2), [3.0, 2.0, 1.0])
    state = page_state(TrainingReplay({"a": run}, ["x", " "], landmarks=[" "], start=1))
    assert (state["start"], state["landmarks"]) == (1, [1])
    assert page_state(TrainingReplay({"a": run}, ["x", "y"]))["start"] == 2
    for start in (3, -1):
        with pytest.raises(IndexError, match=r"^start: expected a recorded step 0 to 2, got "):
            TrainingReplay({"a": run}, ["x", "y"], start=start)
    with pytest.raises(ValueError, match=r"^landmarks: 'z' is none of the names$"):
        TrainingReplay({"a": run}, ["x", "y"], landmarks=["z"])
    with pytest.raises(TypeError, match=r"^landmarks: expected a sequence of names, got str$"):
        TrainingReplay({"a": run}, ["x", "y"], landmarks="x")


def test_a_replay_without_a_script_tells_of_every_training():
    other = recording(losses=[0.5, 0.7, 0.9])
    words = " ".join(StoredHtml(TrainingReplay({"one": recording(), "other": other}, ["a", "b"])._html).words)
    assert "one 4 1.0000 0.3333" in " ".join(words.split())
    assert "Step 4 of 4: loss 0.3333. The batch reads a." in words
    assert "step 0: loss 1.0000" in words
    assert "step 2: loss 0.5000" in words
    assert "other 4 0.5000 0.9000" in " ".join(words.split())


def test_a_terminal_shows_how_the_trainings_went():
    widget = TrainingReplay({"one": recording(), "other": recording(losses=[1, 1, 1])}, ["a", "b"])
    falls, stays = "the loss falls from 1.0000 to 0.3333", "the loss begins and ends at 1.0000"
    assert repr(widget) == f"TrainingReplay: 2 rows, one ({falls}) and other ({stays})"


def test_a_terminal_shows_what_a_recording_holds():
    assert repr(recording(S=3, R=2)) == "<Recording: 2 rows at 3 steps, loss 1.0000 to 0.3333>"


def test_a_replay_takes_tensors_arrays_and_names_with_a_lone_surrogate():
    made = recording(rows=np.zeros((3, 2, 2)), reads=torch.tensor([[0, 0], [1, 1], [0, 1]]), steps=range(3))
    kept = page_state(TrainingReplay({"\ud800": made}, ["\ud800", "b"]))["runs"][0]
    assert kept["reads"] == [[0], [1], [0, 1]]
    Recording(torch.zeros(2, 1, 2, requires_grad=True), torch.ones(2, requires_grad=True))


def test_state_holds_no_more_digits_than_a_reader_sees():
    kept = shown(recording(losses=[1 / 3, 2 / 3, 1e-9], after=torch.randn(3, 2, 2)))["runs"][0]
    assert kept["losses"] == ["0.3333", "0.6667", "0.0000"]
    places = re.findall(r"\.([0-9]+)", " ".join([*kept["positions"], kept["curve"]]))
    assert set(map(len, places)) == {1}


def test_without_a_style_sheet_or_a_script_it_still_says_what_it_says():
    made = TrainingReplay(
        {"one": recording(after=torch.zeros(3, 2, 2))}, ["a", "b"], ["fruit", "salad"], hint="Press something"
    )
    times = page_state(made)["times"]
    key = f"arrow: the step{f', {times} times as long' if times > 1 else ''} small dots: where rows began"
    assert plain_text(made._html, '<p class="rl-key">', "</p>") == f"fruit salad filled: read by this batch {key}"
    assert not [tag for tag, _ in StoredHtml(made._html).tags if tag in ("button", "input", "select")]
    assert "Press something" not in StoredHtml(made._html).words, "there is nothing to press"
    assert page_state(made)["hint"] == "Press something"


@pytest.mark.parametrize(("token", "name"), TOKEN_NAMES)
def test_every_name_can_be_seen(token, name):
    made = TrainingReplay({"one": recording(after=torch.zeros(3, 2, 2))}, [token, "b"])
    assert StoredHtml(made._html).words.count(name) == 2, "beside its point, and in the list of the batch"
    assert page_state(made)["names"] == [name, "b"]


def test_names_groups_and_runs_are_text():
    def make(text):
        run = recording()
        return TrainingReplay({text: run}, [text, text], [text, text + "2"], caption=text, hint=text)._html

    assert outline(make(HOSTILE)) == outline(make("harmless"))


NAN = float("nan")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: recording(R=1, rows=torch.zeros(3, 0, 2)), r"^rows: .* 1 to 400 rows .* \(3, 0, 2\)"),
        (lambda: recording(S=1001), "^rows: .* 1 to 1000 steps"),
        (lambda: recording(rows=torch.zeros(3, 2, 4)), r"^rows: expected shape \(S, R, 2\)"),
        (lambda: recording(rows=torch.zeros(3)), r"^rows: expected shape \(S, R, 2\)"),
        (lambda: recording(rows=torch.full((3, 2, 2), NAN)), "^rows: expected finite numbers, and there is nan"),
        (lambda: recording(losses=[1.0]), "^losses: expected 3 numbers"),
        (lambda: recording(losses=[1.0, NAN, 1.0]), "^losses: expected finite"),
        (lambda: recording(steps=[1, 2]), "^steps: expected 3"),
        (lambda: recording(steps=[1, 3, 2]), "^steps: expected them to ascend"),
        (lambda: recording(reads=[[0], [5], [1]]), "^reads: expected indexes among the 2 rows"),
        (lambda: recording(reads=[[0], [1]]), "^reads: expected 3 of them"),
        (lambda: recording(after=torch.zeros(3, 1, 2)), r"^after: expected the shape of rows, \(3, 2, 2\)"),
        (lambda: recording(after=torch.full((3, 2, 2), NAN)), "^after: expected finite"),
        (lambda: TrainingReplay({}, ["a"]), "^runs: expected at least one"),
        (
            lambda: TrainingReplay({"one": recording(), "two": recording(R=3)}, ["a", "b"]),
            "^runs: .*one number of rows",
        ),
        (lambda: TrainingReplay({"\ud800": recording(), "?": recording()}, ["a", "b"]), "^runs: .*their own"),
        (lambda: TrainingReplay({"one": recording()}, ["a"]), "^names: expected 2"),
        (lambda: TrainingReplay({"one": recording(R=5)}, list("abcde"), list("abcde")), "^groups: .* at most 4"),
        (lambda: TrainingReplay({"one": recording()}, ["a", "b"], ["x"]), "^groups: expected 2"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence_that_names_the_argument(make, says):
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Recording(torch.zeros(1, 1, 2)), "losses"),
        (lambda: recording(rows="rows"), "^rows: expected numbers, got str"),
        (lambda: recording(losses=None), "^losses: expected numbers, got NoneType"),
        (lambda: TrainingReplay({"one": {"rows": []}}, ["a"]), "^runs: .* rowlight.Recording, got .*dict"),
        (lambda: TrainingReplay([recording()], ["a"]), "^runs: .* got list"),
        (lambda: TrainingReplay({"one": recording()}, "ab"), "^names: expected a sequence"),
    ],
)
def test_what_is_no_recording_is_refused(make, says):
    with pytest.raises(TypeError, match=says):
        make()


def watched(batches=((1, 2), (3,), (5, 5), (1,)), *, snapshots=True, rows=None, lr=0.1):
    layer = nn.Embedding(6, 2)
    optimizer = optim.SGD(layer.parameters(), lr=lr)
    losses, tables = [], [layer.weight.detach().clone()]
    with rowlight.watch(layer, rows, snapshots=snapshots) as trace:
        for ids in batches:
            optimizer.zero_grad()
            loss = layer(torch.tensor(ids)).square().sum()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            tables.append(layer.weight.detach().clone())
    return trace, losses, torch.stack(tables)


def test_a_watched_training_is_a_recording():
    trace, losses, tables = watched()
    made = Recording.from_trace(trace, losses)
    assert torch.equal(made.rows, tables[:4])
    assert (made.steps, made.reads, made.losses) == ([0, 1, 2, 3], [[1, 2], [3], [5], [1]], losses)
    assert torch.equal(made.after, tables[1:])
    made = Recording.from_trace(trace, [*losses, 0.5], every=2)
    assert torch.equal(made.rows, tables[[0, 2, 4]])
    assert (made.steps, made.reads) == ([0, 2, 4], [[1, 2], [5], []])
    assert torch.equal(made.after, tables[[1, 3, 4]])


def test_of_chosen_rows_reads_are_indexes_among_them():
    trace, losses, tables = watched(rows=[1, 5])
    made = Recording.from_trace(trace, losses)
    assert torch.equal(made.rows, tables[:4, [1, 5]])
    assert made.reads == [[0], [], [1], [0]]


def test_a_trace_that_holds_no_values_is_no_recording():
    trace, losses, _ = watched(snapshots=False)
    with pytest.raises(RuntimeError, match="snapshots=True"):
        Recording.from_trace(trace, losses)
    trace, losses, _ = watched()
    with pytest.raises(ValueError, match="losses: expected one before each of the 4 steps, or one more, got 2"):
        Recording.from_trace(trace, losses[:2])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Recording.from_trace(*watched(())[:2]), "^trace: it has no step to show$"),
        (lambda: Recording.from_trace(*watched(lr=NAN)[:2]), "^trace: expected finite rows, .* after step 0 are not$"),
        (
            lambda: Recording.from_trace(*watched(((1,), (1,)), lr=1e30)[:2]),
            "^trace: expected finite rows, .* after step 1 are not$",
        ),
        (lambda: Recording.from_trace(*watched()[:2], every=0), "^every: expected a whole number from 1 on, got 0$"),
        (lambda: Recording.from_trace(*watched()[:2], every=1.5), "^every: expected a whole number"),
    ],
)
def test_a_trace_that_cannot_be_replayed_is_refused_in_one_sentence_that_names_the_argument(make, says):
    with pytest.raises(ValueError, match=says):
        make()
