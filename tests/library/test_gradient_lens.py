"""The Gradient Lens against torch, in Python and under node, and what bad input gets."""

import random

import pytest
import torch
from helpers import node
from helpers.stored_html import StoredHtml, edit, lookups, page_state
from hypothesis import given, settings
from torch import nn
from torch.nn import functional as F

from rowlight import GradientLens
from rowlight.lenses.gradient_lens import made_of
from rowlight.widgets.numbers import level, number_format, plain, printed


@given(lookups())
@settings(deadline=None, max_examples=100)
def test_the_gradient_is_torchs_and_the_html_shows_it(lookup):
    table, ids = lookup
    table = table.float()
    layer = nn.Embedding.from_pretrained(table.clone(), freeze=False)
    upstream = torch.randn(*ids.shape, table.shape[1])
    layer(ids).backward(upstream)
    lens = GradientLens(table, ids, upstream=upstream)
    assert torch.equal(lens.gradient, layer.weight.grad)
    style = number_format(plain(layer.weight.grad))
    shown = [cells[: table.shape[1]] for cells in gradient_rows(lens)]
    assert shown == [[printed(x, style) for x in row] for row in plain(layer.weight.grad).tolist()]


def gradient_rows(lens):
    """The texts of the gradient's rows in a lens's html."""
    html = lens._html
    part = html[html.index('rl-part rl-gradient">') : html.index('<p class="rl-legend"')]
    return list(StoredHtml(part).rows.values())


def test_the_books_own_example_counts():
    lens = GradientLens(torch.zeros(10, 4), [[1, 2, 2], [2, 7, 1]])
    assert lens.gradient[:, 0].tolist() == [0, 2, 3, 0, 0, 0, 0, 1, 0, 0]
    assert "made of" in lens._html
    assert "sum of 3" in lens._html


@pytest.mark.parametrize("options", [{}, {"padding_idx": 1}, {"scale_grad_by_freq": True}])
def test_the_options_of_a_layer_are_kept_and_it_is_left_alone(options):
    torch.manual_seed(0)
    layer = nn.Embedding(5, 3, **options)
    before = layer.weight.detach().clone()
    lens = GradientLens(layer, [1, 2, 2, 4])
    assert layer.weight.grad is None
    layer(torch.tensor([1, 2, 2, 4])).sum().backward()
    assert torch.equal(lens.gradient, layer.weight.grad)
    assert torch.equal(layer.weight, before)


def test_an_edit_moves_the_gradient():
    lens = GradientLens(torch.zeros(5, 2), [1, 2])
    edit(lens, [4, 4])
    assert lens.gradient[:, 0].tolist() == [0, 0, 0, 0, 2]
    assert page_state(lens)["most"] == 1, "the page keeps the scale of the ids that Python set"


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: GradientLens(torch.zeros(3, 2), [1], upstream=torch.zeros(1, 3)), ValueError, r"\(1, 2\)"),
        (
            lambda: GradientLens(torch.zeros(3, 2), [1], upstream=torch.tensor([[1.0, float("nan")]])),
            ValueError,
            "finite",
        ),
        (lambda: GradientLens(torch.zeros(3, 2, dtype=torch.float16), [1]), TypeError, "float16"),
        (lambda: GradientLens(torch.zeros(3, 2, dtype=torch.int64), [1]), TypeError, "int64"),
        (lambda: GradientLens(torch.zeros(3, 2), [3]), IndexError, "id 3"),
    ],
)
def test_bad_input(make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_ids_of_another_shape_than_upstream_are_refused_and_the_lens_stays():
    lens = GradientLens(torch.zeros(3, 2), [1, 2], upstream=torch.ones(2, 2))
    with pytest.raises(ValueError, match="upstream"):
        lens.ids = [1, 2, 0]
    with pytest.raises(ValueError, match="upstream"):
        lens.value = [1, 2, 0]
    assert lens.ids.tolist() == lens.value == [1, 2]


def test_a_table_without_columns_and_one_that_is_cut_short():
    assert GradientLens(torch.zeros(5, 0), [1, 2]).gradient.shape == (5, 0)
    lens = GradientLens(nn.Embedding(1000, 20, padding_idx=900), [900, 7, 7])
    assert lens.gradient[7].tolist() == [2.0] * 20
    assert lens.gradient[900].tolist() == [0.0] * 20
    assert "blocked" in lens._html


def test_a_small_gradient_has_a_scale_of_its_own():
    lens = GradientLens(torch.full((3, 2), 100.0), [1], upstream=torch.full((1, 2), 0.25))
    gradient = lens._html[lens._html.index("rl-gradient") :]
    assert 'data-level="4">0.2500' in gradient


def some_backward(rng):
    V, D, N = rng.randrange(1, 8), rng.randrange(1, 5), rng.randrange(7)
    return {
        "ids": [rng.randrange(V) for _ in range(N)],
        "upstream": torch.randn(N, D, dtype=torch.float32).tolist(),
        "rows": list(range(V)),
        "options": {
            "D": D,
            "padding": rng.choice([None, rng.randrange(V)]),
            "byFrequency": rng.random() < 0.5,
            "double": rng.random() < 0.3,
        },
    }


def test_a_page_adds_up_gradients_as_torch_does():
    """10,000 cases with repeats, padding_idx and scale_grad_by_freq, within float32's own rounding of one sum."""
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    torch.manual_seed(0)
    cases = [some_backward(rng) for _ in range(10_000)]
    sums = node.evaluate(
        "lenses/gradient.js",
        "[...m.tableGradient(c.ids, c.upstream, c.rows, c.options).values()].map((v) => [...v])",
        cases,
    )
    repeats = 0
    for case, found in zip(cases, sums, strict=True):
        options, dtype = case["options"], torch.float64 if case["options"]["double"] else torch.float32
        table = torch.zeros(len(case["rows"]), options["D"], dtype=dtype, requires_grad=True)
        ids = torch.tensor(case["ids"], dtype=torch.int64)
        padding, by_frequency = options["padding"], options["byFrequency"]
        output = F.embedding(ids, table, padding_idx=padding, scale_grad_by_freq=by_frequency)
        output.backward(torch.tensor(case["upstream"], dtype=dtype).reshape(len(ids), options["D"]))
        torch.testing.assert_close(
            torch.tensor(found, dtype=dtype), table.grad, rtol=1e-12 if options["double"] else 1e-6, atol=1e-6
        )
        repeats += len(ids.unique()) < len(ids)
    assert repeats > 1000


def test_a_page_prints_and_colours_numbers_as_python_does():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    values = [rng.choice([-1, 1]) * rng.random() * 10.0 ** rng.randrange(-8, 9) for _ in range(5000)]
    values += [n / 2**16 for n in range(-3000, 3000)]  # many lie half way between two texts
    values += [0.0, -0.0, 1e5, -1e-4, 0.00005, 1.0, 3.0]
    for style in (".4f", ".4e"):
        assert node.evaluate("widgets/numbers.js", f'm.printed(c, "{style}")', values[:-6]) == [
            printed(x, style) for x in values[:-6]
        ]
    assert node.evaluate("widgets/numbers.js", 'm.printed(-0, ".4f")', [0]) == [printed(-0.0, ".4f")]
    words = ['m.printed(NaN, ".4f")', 'm.printed(Infinity, ".4e")', 'm.printed(-Infinity, ".4f")', 'm.printed(7, "d")']
    assert node.evaluate("widgets/numbers.js", f"[{', '.join(words)}]", [0]) == [["nan", "inf", "-inf", "7"]]
    most = [3.0 for _ in values]
    assert node.evaluate("widgets/numbers.js", "m.level(c, 3)", values) == [
        level(x, m) for x, m in zip(values, most, strict=True)
    ]


def test_a_page_says_what_a_gradient_is_made_of_as_python_does():
    cases = [[uses, pad, mean] for uses in range(5) for pad in (True, False) for mean in (True, False)]
    said = node.evaluate("lenses/gradient.js", "m.madeOf(...c)", cases)
    assert said == [made_of(uses, is_padding=pad, by_frequency=mean) for uses, pad, mean in cases]


def test_a_gradient_that_is_changed_later_is_not_the_one_of_the_lens():
    upstream = torch.ones(1, 4)
    lens = GradientLens(nn.Embedding(6, 4), torch.tensor([1]), upstream=upstream)
    upstream.zero_()
    assert lens.gradient[1].tolist() == [1.0] * 4
