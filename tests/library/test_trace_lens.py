"""Watched trainings as widgets: what is stored, what a prediction scores, and what bad input gets."""

import pytest
import torch
from helpers.stored_html import HOSTILE, TOKEN_NAMES, StoredHtml, outline, page_state, plain_text
from helpers.traces import trained, views
from torch import nn, optim

import rowlight
from rowlight import MoveQuiz, TraceLens
from rowlight.lenses.recorded_steps import sentence


@pytest.fixture(scope="module")
def traces():
    return {"Adam": trained(lambda p: optim.Adam(p, lr=0.1)), "AdamW": trained(lambda p: optim.AdamW(p, lr=0.1))}


def test_what_is_stored_is_the_trace(traces):
    quiz = MoveQuiz(traces)
    for t, trace in enumerate(traces.values()):
        for shown, step in zip(views(quiz, t), trace.steps, strict=True):
            assert [i for i, row in enumerate(shown) if row["reads"][-1] == "1"] == step.read.tolist()
            assert [i for i, row in enumerate(shown) if row["kind"] != "still"] == step.moved.tolist()
            assert [i for i, row in enumerate(shown) if row["kind"] == "gradient"] == step.gradient.tolist()
            for row, cause in step.why.items():
                assert shown[row]["kind"] == cause.partition("+")[0]
                assert shown[row]["causes"] == cause.split("+")


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
    said = "Adam; step 2 of Adam reads row 3, moves rows 1, 2 and 3; rows 1 and 2 moved without being read (momentum)"
    assert repr(lens) == lens._repr_mimebundle_()[0]["text/plain"] == f"TraceLens: {said}"
    assert repr(MoveQuiz(traces)).startswith("MoveQuiz: Adam and AdamW; step 2 of Adam reads row 3")


def test_each_lens_names_its_own_front_end(traces):
    assert '<div class="rowlight" data-lens="trace" ' in TraceLens(traces)._html
    assert '<div class="rowlight" data-lens="move-quiz" ' in MoveQuiz(traces)._html


def test_of_a_long_trace_the_first_steps_are_shown_and_a_note_says_so():
    long = trained(lambda p: optim.SGD(p, lr=0.1), [(1,)] * 203).lens()
    assert len(views(long)) == 200
    words = "".join(StoredHtml(long._html).words)
    assert "The first 200 of 203 steps are shown." in words
    assert "step 200" in words
    assert "step 201" not in words
    short = trained(lambda p: optim.SGD(p, lr=0.1), [(1,)] * 200).lens()
    assert "steps are shown" not in "".join(StoredHtml(short._html).words)


def test_a_table_that_grows_is_shown_with_its_new_rows():
    layer = nn.Embedding(6, 2)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    with rowlight.watch(layer) as trace:
        layer.weight.data = torch.randn(9, 2)
        layer(torch.tensor([1, 8])).sum().backward()
        optimizer.step()
    assert page_state(trace.lens(tokens=list("abcdefghi")))["tokens"] == list("abcdefghi")
    with pytest.raises(ValueError, match="tokens: expected 9"):
        trace.lens(tokens=list("abcdef"))


def test_a_large_table_shows_the_rows_that_something_happened_to_and_says_so():
    trace = trained(lambda p: optim.SGD(p, lr=0.1), ((7, 900), (5,)), V=1000)
    assert page_state(trace.lens())["rows"] == [5, 7, 900]
    assert "3 of the table's 1,000 rows are shown." in "".join(StoredHtml(trace.lens()._html).words)
    decayed = trained(lambda p: optim.AdamW(p, lr=0.1), ((7, 900), (995,)), V=1000).lens()
    assert {7, 900, 995} < set(page_state(decayed)["rows"])
    assert len(page_state(decayed)["rows"]) == 64
    assert "moves all 1,000 rows" in "".join(StoredHtml(decayed._html).words)


def test_only_followed_rows_are_spoken_of():
    layer = nn.Embedding(6, 2)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    with rowlight.watch(layer, rows=[1, 2]) as trace:
        layer(torch.tensor([1, 4])).sum().backward()
        optimizer.step()
    assert page_state(trace.lens())["rows"] == [1, 2]
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
        (lambda _: MoveQuiz({}), ValueError, "traces: expected at least one"),
        (lambda _: TraceLens("trace"), TypeError, "rowlight.watch"),
        (lambda _: trained(optim.SGD, ()).lens(), ValueError, "^traces: the trace has no step to show$"),
        (lambda _: MoveQuiz(trained(optim.SGD, ())), ValueError, "^traces: the trace has no step to show$"),
        (lambda t: MoveQuiz(t | {"SGD": trained(optim.SGD, ())}), ValueError, "^traces: 'SGD' has no step to show"),
        (lambda t: t["Adam"].lens(tokens=["a"]), ValueError, "tokens"),
        (lambda t: TraceLens({"": t["Adam"], "Adam": t["Adam"]}), ValueError, "a name of its own for each"),
        (lambda t: MoveQuiz(t | {"x": trained(optim.SGD, V=9)}), ValueError, "same rows"),
        (lambda t: MoveQuiz(t, step=2), IndexError, "^step: there is no step 2; those .* are 0 to 1$"),
        (lambda t: MoveQuiz(t, step=-1), IndexError, "^step: there is no step -1; those .* are 0 to 1$"),
        (lambda t: MoveQuiz(t, step=0.5), TypeError, "^step: expected a whole number, got float$"),
        (lambda t: MoveQuiz(t, step="1"), TypeError, "^step: expected a whole number, got str$"),
        (
            lambda _: MoveQuiz({str(D): trained(optim.SGD, D=D, snapshots=True) for D in (2, 3)}),
            ValueError,
            "tables of one size",
        ),
    ],
)
def test_bad_traces_are_refused(traces, make, error, says):
    with pytest.raises(error, match=says):
        make(traces)


@pytest.mark.parametrize("lens", [TraceLens, MoveQuiz])
def test_without_a_style_sheet_or_a_script_it_still_says_what_it_says(lens):
    made = lens(trained(lambda p: optim.AdamW(p, lr=0.1), snapshots=True), hint="Press something")
    html = made._html
    ticks = page_state(made)["traces"][0]["ticks"]
    assert len(ticks) > 2
    assert plain_text(html, '<span class="rl-ticks">', "</span></td>") == " ".join(ticks)
    causes = "gradient of this batch momentum: gradients of earlier batches weight decay"
    key = f"{causes} bar below a number: what was added to it, left is down"
    assert plain_text(html, '<p class="rl-key">', "</p>") == key
    assert not [tag for tag, _ in StoredHtml(html).tags if tag in ("button", "input", "select")]
    assert "Press something" not in StoredHtml(html).words, "there is nothing to press"
    assert page_state(made)["hint"] == "Press something"


@pytest.mark.parametrize("lens", [TraceLens, MoveQuiz])
@pytest.mark.parametrize(("token", "name"), TOKEN_NAMES)
def test_every_token_can_be_seen(traces, lens, token, name):
    made = lens(traces, tokens=[token, *"bcdef"])
    assert name in StoredHtml(made._html).words
    assert page_state(made)["tokens"] == [name, *"bcdef"]


def test_names_and_tokens_are_text(traces):
    def make(text):
        return MoveQuiz({text: traces["Adam"]}, tokens=[text] * 6, caption=text, hint=text)._html

    assert outline(make(HOSTILE)) == outline(make("harmless"))
