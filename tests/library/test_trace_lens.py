"""Recorded trainings as widgets: what is stored, what a prediction scores, and what bad input gets."""

import json

import pytest
import torch
from helpers import node
from helpers.stored_html import HOSTILE, StoredHtml, outline
from torch import nn, optim

import rowlight
from rowlight import MoveQuiz, TrainingReplay
from rowlight.lenses.trace_lens import TraceLens, sentence
from rowlight.lenses.training_replay import _printed, _said, curve_words


def trained(make, batches=((1, 2), (3,)), V=6):
    torch.manual_seed(0)
    layer = nn.Embedding(V, 2)
    optimizer = make(layer.parameters())
    with rowlight.watch(layer) as trace:
        for ids in batches:
            optimizer.zero_grad()
            layer(torch.tensor(ids)).square().sum().backward()
            optimizer.step()
    return trace


@pytest.fixture(scope="module")
def traces():
    return {"Adam": trained(lambda p: optim.Adam(p, lr=0.1)), "AdamW": trained(lambda p: optim.AdamW(p, lr=0.1))}


def state(widget):
    return json.loads(next(at["data-state"] for _, at in StoredHtml(widget._html).tags if "data-state" in at))


def test_what_is_stored_is_the_trace(traces):
    kept = dict(state(MoveQuiz(traces))["traces"])
    for name, trace in traces.items():
        for shown, step in zip(kept[name], trace.steps, strict=True):
            assert shown["read"] == step.read.tolist()
            assert shown["gradient"] == step.gradient.tolist()
            assert shown["moved"] == step.moved.tolist()
            assert shown["why"] == {str(row): cause for row, cause in step.why.items()}


def test_without_a_script_every_step_is_there_in_words(traces):
    words = "".join(StoredHtml(MoveQuiz(traces)._html).words)
    said = "reads row 3, moves rows 1, 2 and 3; rows 1 and 2 moved without being read (momentum)"
    assert said in words
    assert sentence(traces["Adam"].steps[1]) == said
    assert sentence(traces["AdamW"].steps[0]).endswith("; rows 0, 3, 4 and 5 moved without being read (decay)")
    many = trained(lambda p: optim.SGD(p, lr=0.1), [(1,)] * 30)
    assert "".join(StoredHtml(many.lens()._html).words).count("reads row 1, moves row 1") == 30


def test_a_trace_shows_itself(traces):
    lens = traces["Adam"].lens(tokens=list("abcdef"))
    assert isinstance(lens, TraceLens)
    assert state(lens)["predicts"] is False
    assert lens._repr_mimebundle_()[0]["text/plain"] == "TraceLens: Adam"


def test_a_large_table_shows_the_rows_that_something_happened_to_and_says_so():
    trace = trained(lambda p: optim.SGD(p, lr=0.1), ((7, 900), (5,)), V=1000)
    assert state(trace.lens())["rows"] == [5, 7, 900]
    assert "3 of the table's 1,000 rows are shown." in "".join(StoredHtml(trace.lens()._html).words)
    decayed = trained(lambda p: optim.AdamW(p, lr=0.1), ((7, 900), (995,)), V=1000).lens()
    assert {7, 900, 995} < set(state(decayed)["rows"])
    assert len(state(decayed)["rows"]) == 64
    assert "moves all 1,000 rows" in state(decayed)["traces"][0][1][0]["said"]


def test_only_followed_rows_are_spoken_of():
    layer = nn.Embedding(6, 2)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    with rowlight.watch(layer, rows=[1, 2]) as trace:
        layer(torch.tensor([1, 4])).sum().backward()
        optimizer.step()
    assert state(trace.lens())["rows"] == [1, 2]
    with pytest.raises(ValueError, match="same rows"):
        MoveQuiz({"one": trace, "other": trained(lambda p: optim.SGD(p, lr=0.1))})


def test_a_gradient_without_a_lookup_is_not_called_unread():
    layer = nn.Embedding(6, 2)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    with rowlight.watch(layer) as trace:
        layer.weight[torch.tensor([1])].sum().backward()
        optimizer.step()
    assert "never read and without a gradient: none." in str(trace.report())
    assert "as through a tied head, an index (`weight[ids]`) or another process: 1." in str(trace.report())
    assert "without being read" not in sentence(trace.steps[0])


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda _: MoveQuiz({}), ValueError, "at least one"),
        (lambda _: TraceLens("trace"), TypeError, "rowlight.watch"),
        (lambda _: trained(optim.SGD, ()).lens(), ValueError, "no step"),
        (lambda t: t["Adam"].lens(tokens=["a"]), ValueError, "tokens"),
        (lambda t: TraceLens({"": t["Adam"], "Adam": t["Adam"]}), ValueError, "a name of its own for each"),
        (lambda t: MoveQuiz(t | {"x": trained(optim.SGD, V=9)}), ValueError, "same rows"),
    ],
)
def test_bad_traces_are_refused(traces, make, error, says):
    with pytest.raises(error, match=says):
        make(traces)


def test_names_and_tokens_are_text(traces):
    def make(text):
        return MoveQuiz({text: traces["Adam"]}, tokens=[text] * 6, caption=text, hint=text)._html

    assert outline(make(HOSTILE)) == outline(make("harmless"))


STEP = {
    "read": [3],
    "gradient": [3],
    "moved": [1, 2, 3, 4],
    "why": {"1": "momentum", "2": "decay", "4": "momentum+decay"},
}


def test_each_row_is_of_one_kind_and_has_its_reason():
    kinds = node.evaluate("lenses/prediction.js", "m.kindOf(c[0], c[1])", [[STEP, row] for row in range(5)])
    assert kinds == ["still", "momentum", "decay", "gradient", "momentum"]
    reasons = node.evaluate("lenses/prediction.js", "m.reason(c[0], c[1])", [[STEP, row] for row in range(5)])
    assert reasons == [
        "not read: at rest",
        "not read: momentum",
        "not read: decay",
        "gradient",
        "not read: momentum+decay",
    ]
    odd = {"read": [0, 1], "gradient": [2], "moved": [1, 2], "why": {"1": "unknown"}}
    assert node.evaluate(
        "lenses/prediction.js", "[m.kindOf(c[0], c[1]), m.reason(c[0], c[1])]", [[odd, row] for row in range(3)]
    ) == [
        ["still", "read, and did not move"],
        ["unknown", "read without a gradient: moved, cause unknown"],
        ["gradient", "gradient, without a lookup"],
    ]


def test_a_prediction_is_judged_row_by_row_and_added_up():
    first, second = node.evaluate(
        "lenses/prediction.js",
        "((one) => [one, m.judge(one, c, [0, 1, 2, 3, 4], new Set())])"
        "(m.judge({}, c, [0, 1, 2, 3, 4], new Set([0, 1, 3])))",
        [STEP],
    )[0]
    assert first == {"gradient": [1, 1], "momentum": [1, 2], "decay": [0, 1], "unknown": [0, 0], "still": [0, 1]}
    assert second == {"gradient": [1, 2], "momentum": [1, 4], "decay": [0, 2], "unknown": [0, 0], "still": [1, 2]}


@pytest.mark.parametrize(
    "stored", ["null", "", "[]", "7", '{"decay": [1]}', '{"decay": "x"}', '{"decay": [-1, 2]}', "{", '{"x": [1, 1]}']
)
def test_what_is_no_score_counts_as_none(stored):
    assert node.evaluate("lenses/prediction.js", "m.readScore(c)", [stored]) == [{}]
    assert node.evaluate("lenses/prediction.js", "m.readScore(c)", ['{"decay": [1, 2]}']) == [{"decay": [1, 2]}]


def run(S=3, R=2, **change):
    torch.manual_seed(0)
    made = {
        "places": torch.randn(S, R, 2),
        "losses": [1.0 / (s + 1) for s in range(S)],
        "steps": list(range(0, 2 * S, 2)),
    }
    return made | {"reads": [[s % max(R, 1)] for s in range(S)]} | change


def test_a_scrubber_keeps_places_to_a_thousandth_of_the_picture():
    made = run(S=20, R=7)
    kept = state(TrainingReplay({"one": made}, list("abcdefg")))["runs"][0][1]
    places = torch.tensor(node.evaluate("lenses/replay.js", "m.placesOf(c)", [kept["changes"]])[0]).reshape(20, 7, 2)
    reach = made["places"].abs().max()
    expected = (made["places"] / reach + 1) * 500
    torch.testing.assert_close(places[..., 0].float(), expected[..., 0], atol=0.51, rtol=0)
    torch.testing.assert_close(1000 - places[..., 1].float(), expected[..., 1], atol=0.51, rtol=0)


def test_a_page_says_of_a_step_what_python_says():
    names = ["a", "b", "c"]
    made = run(S=4, R=3, reads=[[], [0], [0, 2], [0, 1, 2]])
    widget = TrainingReplay({"one": made}, names)
    kept = state(widget)["runs"][0][1]
    said = node.evaluate("lenses/replay.js", "m.said(c[0], c[1], c[2])", [[kept, at, names] for at in range(4)])
    assert said == [_said(made, at, names) for at in range(4)]
    assert node.evaluate("lenses/replay.js", "m.trail([[0, 0, 1, 1], [2, 2, 3, 3], [4, 4, 5, 5]], 1, 2, 1)", [0]) == [
        "3,3 5,5"
    ]
    assert node.evaluate("lenses/replay.js", 'm.lossCurve(["2.0", "1.0", "0.0"])', [0]) == ["0,0 1,50 2,100"]
    assert node.evaluate("lenses/replay.js", 'm.lossCurve(["-1", "1"])', [0]) == ["0,100 1,0"]
    for losses in ([2.0, 1.0], [1.0, 2.0], [3.0, 3.0], [1e-6, 2e-6], [-1.0, -2.0]):
        shown = _printed(losses)
        assert node.evaluate("lenses/replay.js", "m.curveWords(c)", [shown]) == [curve_words(shown)]


def test_a_scrubber_without_a_script_tells_of_every_training():
    other = run(losses=[0.5, 0.7, 0.9])
    words = " ".join(StoredHtml(TrainingReplay({"one": run(), "other": other}, ["a", "b"])._html).words)
    assert "one 4 1.0000 0.3333" in " ".join(words.split())
    assert "other 4 0.5000 0.9000" in " ".join(words.split())


def test_a_scrubber_takes_tensors_arrays_and_half_characters():
    made = run(reads=torch.tensor([[0, 0], [1, 1], [0, 1]]))
    kept = state(TrainingReplay({"\ud800": made}, ["\ud800", "b"]))["runs"][0]
    assert kept[1]["reads"] == [[0], [1], [0, 1]]
    TraceLens(trained(lambda p: optim.SGD(p, lr=0.1)), tokens=["\ud800"] * 6)._html.encode()


def test_names_groups_and_runs_are_text():
    def make(text):
        return TrainingReplay({text: run()}, [text, text], [text, text + "2"], caption=text, hint=text)._html

    assert outline(make(HOSTILE)) == outline(make("harmless"))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: TrainingReplay({}, ["a"]), "at least one run"),
        (lambda: TrainingReplay({"one": run(R=0, reads=None)}, []), "1 to 400 names"),
        (lambda: TrainingReplay({"one": run(S=1001)}, ["a", "b"]), "1 to 1000"),
        (lambda: TrainingReplay({"one": run()}, ["a"]), r"\(S, 1, 2\)"),
        (lambda: TrainingReplay({"one": run(losses=[1.0])}, ["a", "b"]), "1 losses"),
        (lambda: TrainingReplay({"one": run(places=torch.full((3, 2, 2), float("nan")))}, ["a", "b"]), "finite"),
        (lambda: TrainingReplay({"one": run(R=5)}, list("abcde"), list("abcde")), "4 groups"),
        (lambda: TrainingReplay({"one": run()}, ["a", "b"], ["x"]), "tokens"),
        (lambda: TrainingReplay({"one": run(reads=[[0], [5], [1]])}, ["a", "b"]), "reads"),
    ],
)
def test_runs_that_do_not_fit_are_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()
