"""The Gradient Lens against torch, and what bad input gets."""

import warnings

import numpy as np
import pytest
import torch
from helpers.stored_html import StoredHtml, edit, lookups, page_state
from hypothesis import given, settings
from torch import nn

from rowlight import GradientLens
from rowlight.widgets.numbers import Scale, number_format, plain, printed


def backward(table, ids, grad_output, **options):
    """`weight.grad` of a layer with this table, by torch alone."""
    layer = nn.Embedding.from_pretrained(table.clone(), freeze=False, **options)
    layer(ids).backward(grad_output)
    return layer.weight.grad


@given(lookups())
@settings(deadline=None, max_examples=100)
def test_the_gradient_is_torchs(lookup):
    table, ids = lookup
    table = table.float()
    grad_output = torch.randn(*ids.shape, table.shape[1])
    lens = GradientLens(table, ids, grad_output=grad_output)
    assert torch.equal(lens.gradient, backward(table, ids, grad_output))


@given(lookups())
@settings(deadline=None, max_examples=100)
def test_the_html_shows_the_gradient_of_the_numbers_as_printed(lookup):
    table, ids = lookup
    table = table.double()
    exact = torch.randn(*ids.shape, table.shape[1])
    exact += 0.01 * exact.sign()  # all below a thousandth would print with exponents, and keep more digits
    kept = (exact.double() * 1e4).round() / 1e4
    lens = GradientLens(table, ids, grad_output=exact)
    expected = backward(table, ids, kept)
    style = number_format(plain(expected))
    assert gradient_rows(lens) == [[printed(x, style) for x in row] for row in expected.tolist()]
    assert page_state(lens)["grad_output"] == kept.reshape(ids.numel(), table.shape[1]).tolist()


def test_numbers_that_only_a_machine_could_tell_apart_make_the_same_page():
    table, ids = torch.randn(6, 3), torch.tensor([1, 2, 2, 5])
    exact = torch.randn(4, 3).mul(1e4).round().div(1e4)
    one, other = (GradientLens(table, ids, grad_output=exact + sign * 1e-6 * torch.rand(4, 3)) for sign in (1, -1))
    assert one._html == other._html
    assert not torch.equal(one.gradient, other.gradient)


def test_what_arrives_stands_at_its_place_on_one_scale_with_the_sums():
    arriving = torch.tensor([[[0.5, -0.25], [1.0, 1.0], [1.0, 2.0]]])
    lens = GradientLens(torch.zeros(3, 2), [[0, 1, 1]], grad_output=arriving, selection={"row": 1})
    shown = StoredHtml(lens._html)
    assert list(shown.vectors.values()) == [["0.5000", "-0.2500"], ["1.0000", "1.0000"], ["1.0000", "2.0000"]]
    assert gradient_rows(lens) == [["0.5000", "-0.2500"], ["2.0000", "3.0000"], ["0.0000", "0.0000"]]
    assert "to row 1: 1.0000 1.0000\nto row 1: 1.0000 2.0000</p>" in lens._html
    assert lens._html.count('<p class="rl-legend">') == 1
    assert page_state(lens)["most"] == 3
    assert 'data-level="1"><mark>1.0000' in lens._html


def test_small_gradients_keep_the_digits_that_are_printed():
    lens = GradientLens(torch.zeros(3, 1), [1, 2], grad_output=torch.tensor([[1.23456789e-5], [-2e-6]]))
    assert page_state(lens)["grad_output"] == [[1.2346e-05], [-2e-06]]
    assert gradient_rows(lens) == [["0.0000e+00"], ["1.2346e-05"], ["-2.0000e-06"]]


def test_the_scale_is_what_the_legend_says():
    scale = Scale.of(torch.tensor([0.1234, -2.8765]))
    assert scale.most == 2.9
    assert scale.legend()[0] == (-4, "-2.9")
    # The step begins at 0.375 of 2.9, which is 1.0875, and the number as printed decides.
    assert scale.cell(1.08744) == ("1.0874", 1)
    assert scale.cell(1.08746) == ("1.0875", 2)


def gradient_rows(lens):
    """The numbers of the gradient's rows in a lens's html."""
    html = lens._html
    part = html[html.index('rl-part rl-gradient">') : html.index("rl-arriving")]
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


def test_a_gradient_lens_names_its_dimensions_and_opens_with_a_selection():
    lens = GradientLens(torch.zeros(3, 2), [[0, 1, 1]], axes=("record", "column"), selection={"row": 1})
    assert "the batch reads row 1 twice: record 1, column 2; record 1, column 3" in lens._html
    assert "record 1, column 2: id 1 → row 1, sum of 2" in repr(lens)
    assert ">sentence<" not in lens._html


def test_an_edit_moves_the_gradient():
    lens = GradientLens(torch.zeros(5, 2), [1, 2])
    edit(lens, [4, 4])
    assert lens.gradient[:, 0].tolist() == [0, 0, 0, 0, 2]
    assert page_state(lens)["most"] == 1, "the page keeps the scale of the ids that Python set"


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: GradientLens(torch.zeros(3, 2), [1], grad_output=torch.zeros(1, 3)), ValueError, r"\(1, 2\)"),
        (
            lambda: GradientLens(torch.zeros(3, 2), [1], grad_output=torch.tensor([[1.0, float("nan")]])),
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


def nested(**options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch calls them a prototype
        return torch.nested.nested_tensor([torch.ones(2)], **options)


@pytest.mark.parametrize(
    ("make", "got"),
    [
        (nested, "a nested tensor of torch.float32"),
        (lambda: nested(layout=torch.jagged), "a nested tensor of torch.float32"),
        (torch.ones(1, 2).to_sparse, "layout torch.sparse_coo on cpu of torch.float32"),
        (lambda: torch.ones(1, 2) * 1j, "layout torch.strided on cpu of torch.complex64"),
        (lambda: "ab", "str"),
        (lambda: [["a", "b"]], "list"),
        (lambda: [[1.0, 2.0], [3.0]], "list"),
        (dict, "dict"),
        (lambda: np.array([["a", "b"]]), "ndarray"),
    ],
)
def test_a_grad_output_that_holds_no_numbers_is_refused_by_name(make, got):
    with pytest.raises(TypeError, match=f"^grad_output: expected a dense tensor of real numbers, got {got}$"):
        GradientLens(torch.zeros(3, 2), [1], grad_output=make())


def test_a_lens_keeps_a_grad_output_of_its_own():
    grad_output = torch.ones(2, 2)
    lens = GradientLens(torch.zeros(3, 2), [1, 2], grad_output=grad_output)
    grad_output.fill_(9)
    assert lens.gradient[1].tolist() == [1, 1]


def test_ids_of_another_shape_than_grad_output_are_refused_and_the_lens_stays():
    lens = GradientLens(torch.zeros(3, 2), [1, 2], grad_output=torch.ones(2, 2))
    with pytest.raises(ValueError, match="grad_output"):
        lens.ids = [1, 2, 0]
    with pytest.raises(ValueError, match="grad_output"):
        lens.value = [1, 2, 0]
    assert lens.ids.tolist() == lens.value == [1, 2]


def test_a_table_without_columns_and_one_that_is_cut_short():
    assert GradientLens(torch.zeros(5, 0), [1, 2]).gradient.shape == (5, 0)
    lens = GradientLens(nn.Embedding(1000, 20, padding_idx=900), [900, 7, 7])
    assert lens.gradient[7].tolist() == [2.0] * 20
    assert lens.gradient[900].tolist() == [0.0] * 20
    assert "blocked" in lens._html


def test_a_small_gradient_has_a_scale_of_its_own():
    lens = GradientLens(torch.full((3, 2), 100.0), [1], grad_output=torch.full((1, 2), 0.25))
    gradient = lens._html[lens._html.index("rl-gradient") :]
    assert 'data-level="4"><mark>0.2500' in gradient
