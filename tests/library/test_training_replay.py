"""Recorded trainings as moving points: what is kept of them, what is said, and what bad input gets."""

import numpy as np
import pytest
import torch
from helpers import node
from helpers.stored_html import HOSTILE, StoredHtml, outline, page_state
from torch import nn, optim

import rowlight
from rowlight import Recording, TrainingReplay


def recording(S=3, R=2, **change):
    torch.manual_seed(0)
    made = {
        "rows": torch.randn(S, R, 2),
        "losses": [1.0 / (s + 1) for s in range(S)],
        "steps": list(range(0, 2 * S, 2)),
        "reads": [[s % R] for s in range(S)],
    }
    return Recording(**made | change)


def test_a_replay_keeps_rows_to_a_thousandth_of_the_picture():
    made = recording(S=20, R=7)
    kept = page_state(TrainingReplay({"one": made}, list("abcdefg")))["runs"][0][1]
    shown = torch.tensor(node.evaluate("lenses/replay.js", "m.positionsOf(c)", [kept["changes"]])[0]).reshape(20, 7, 2)
    expected = (made.rows / made.rows.abs().max() + 1) * 500
    torch.testing.assert_close(shown[..., 0].float(), expected[..., 0], atol=0.51, rtol=0)
    torch.testing.assert_close(1000 - shown[..., 1].float(), expected[..., 1], atol=0.51, rtol=0)


def test_trails_and_curves_of_a_page():
    assert node.evaluate("lenses/replay.js", "m.trail([[0, 0, 1, 1], [2, 2, 3, 3], [4, 4, 5, 5]], 1, 2, 1)", [0]) == [
        "3,3 5,5"
    ]
    assert node.evaluate("lenses/replay.js", 'm.lossCurve(["2.0", "1.0", "0.0"])', [0]) == ["0,0.0 1,50.0 2,100.0"]
    assert node.evaluate("lenses/replay.js", 'm.lossCurve(["-1", "1"])', [0]) == ["0,100.0 1,0.0"]


def test_a_replay_without_a_script_tells_of_every_training():
    other = recording(losses=[0.5, 0.7, 0.9])
    words = " ".join(StoredHtml(TrainingReplay({"one": recording(), "other": other}, ["a", "b"])._html).words)
    assert "one 4 1.0000 0.3333" in " ".join(words.split())
    assert "other 4 0.5000 0.9000" in " ".join(words.split())


def test_a_terminal_shows_how_the_trainings_went():
    widget = TrainingReplay({"one": recording(), "other": recording(losses=[1, 1, 1])}, ["a", "b"])
    falls, stays = "the loss falls from 1.0000 to 0.3333", "the loss begins and ends at 1.0000"
    assert repr(widget) == f"TrainingReplay: 2 rows, one ({falls}) and other ({stays})"


def test_a_terminal_shows_what_a_recording_holds():
    assert repr(recording(S=3, R=2)) == "<Recording: 2 rows at 3 steps, loss 1.0000 to 0.3333>"


def test_a_replay_takes_tensors_arrays_and_half_characters():
    made = recording(rows=np.zeros((3, 2, 2)), reads=torch.tensor([[0, 0], [1, 1], [0, 1]]), steps=range(3))
    kept = page_state(TrainingReplay({"\ud800": made}, ["\ud800", "b"]))["runs"][0]
    assert kept[1]["reads"] == [[0], [1], [0, 1]]
    Recording(torch.zeros(2, 1, 2, requires_grad=True), torch.ones(2, requires_grad=True))


def test_state_holds_no_more_digits_than_a_reader_sees():
    kept = page_state(TrainingReplay({"one": recording(losses=[1 / 3, 2 / 3, 1e-9])}, ["a", "b"]))["runs"][0][1]
    assert kept["losses"] == ["0.3333", "0.6667", "0.0000"]
    assert all(isinstance(number, int) for change in kept["changes"] for number in change)


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


def watched(*, snapshots=True, rows=None):
    layer = nn.Embedding(6, 2)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    losses, tables = [], [layer.weight.detach().clone()]
    with rowlight.watch(layer, rows, snapshots=snapshots) as trace:
        for ids in ((1, 2), (3,), (5, 5), (1,)):
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
    made = Recording.from_trace(trace, [*losses, 0.5], every=2)
    assert torch.equal(made.rows, tables[[0, 2, 4]])
    assert (made.steps, made.reads) == ([0, 2, 4], [[1, 2], [5], []])


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
