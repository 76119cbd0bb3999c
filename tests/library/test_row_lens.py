"""The Python side of the Row Lens against torch, and what bad input gets."""

import json
import re

import numpy as np
import pytest
import torch
from helpers.stored_html import HOSTILE, StoredHtml, edit, lookups, outline, page_state
from hypothesis import given, settings
from torch import nn
from torch.nn import functional as F
from traitlets import TraitError, link

from rowlight import RowLens


def printed(vector):
    """The numbers as torch prints them, with 4 decimals."""
    return [f"{x:.4f}" for x in vector.tolist()]


@given(lookups())
@settings(deadline=None, max_examples=200)
def test_output_is_what_torch_computes_and_the_html_shows_it(lookup):
    table, ids = lookup
    lens = RowLens(table, ids)
    assert torch.equal(lens.output, F.embedding(ids, table))
    assert lens.output.shape == (*ids.shape, table.shape[1])
    assert lens.ids.dtype == ids.dtype
    shown = StoredHtml(lens._html)
    assert shown.ids == ids.flatten().tolist()
    assert list(shown.rows) == list(range(len(table)))
    vectors = F.embedding(ids, table).reshape(-1, table.shape[1])
    assert list(shown.vectors.values()) == [printed(vector) for vector in vectors]
    uses = ids.flatten().long().bincount(minlength=len(table)).tolist()
    stated = [int(at["data-uses"]) for tag, at in shown.tags if "data-uses" in at]
    assert stated == uses


@given(lookups())
@settings(deadline=None, max_examples=50)
def test_an_embedding_layer_gives_what_its_table_gives(lookup):
    table, ids = lookup
    layer = nn.Embedding.from_pretrained(table)
    assert torch.equal(RowLens(layer, ids).output, layer(ids))


def test_ids_may_be_lists_numbers_or_arrays():
    table = torch.randn(5, 2)
    for ids in ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), np.array([[1, 2], [3, 4]], dtype=np.int32)):
        assert torch.equal(RowLens(table, ids).output, table[torch.tensor([[1, 2], [3, 4]])])
    assert torch.equal(RowLens(table, 3).output, table[3])
    assert RowLens(table, []).output.shape == (0, 2)
    assert RowLens(np.eye(3), [np.int64(1), torch.tensor(2)]).output.shape == (2, 3)
    assert RowLens(table, [torch.tensor([1]), torch.tensor([2])]).ids.tolist() == [[1], [2]]
    assert RowLens(table, [torch.tensor([1, 2]), np.array([3, 4])]).ids.tolist() == [[1, 2], [3, 4]]


def test_ids_that_differ_in_shape_or_dtype_alone_are_new():
    lens = RowLens(torch.randn(5, 2), [3])
    heard = []
    lens.observe(lambda change: heard.append(tuple(change["new"].shape)), "ids")
    for ids, value, selection in (([[3]], [[3]], [0, 0]), (3, 3, []), ([3], [3], [0])):
        lens.ids = ids
        assert lens.value == value
        assert lens.selection == {"position": selection}
        assert page_state(lens)["shape"] == list(lens.ids.shape)
    lens.ids = torch.tensor([3], dtype=torch.int32)
    assert lens.ids.dtype == torch.int32
    assert heard == [(1, 1), (), (1,), (1,)]
    lens.ids = torch.tensor([3], dtype=torch.int32)
    assert len(heard) == 4, "the same ids are not news"


def test_ids_are_handed_out_as_copies():
    lens = RowLens(torch.randn(5, 2), [1, 2])
    lens.ids[0] = 4
    lens.value.append(9)
    assert lens.ids.tolist() == lens.value == page_state(lens)["start"] == [1, 2]
    lens.ids += 1
    assert lens.ids.tolist() == lens.value == [2, 3]
    with pytest.raises(IndexError):
        lens.ids += 100
    assert lens.ids.tolist() == [2, 3]
    assert lens.output.shape == (2, 2)


def test_an_edit_after_training_shows_the_trained_table():
    table = torch.randn(5, 2)
    lens = RowLens(table, [1, 2])
    n = page_state(lens)["n"]
    edit(lens, [3, 2])
    assert page_state(lens)["n"] == n, "the page knows these numbers"
    table.fill_(7)
    edit(lens, [4, 2])
    assert page_state(lens)["n"] > n
    assert StoredHtml(lens._html).vectors["0"] == ["7.0000", "7.0000"]


def test_an_edit_that_crosses_a_refresh_is_kept():
    lens = RowLens(torch.randn(100, 2), [1, 2])
    batch = page_state(lens)["batch"]
    lens.refresh()
    lens.selection = {"row": 90}
    lens.set_state({"_edit": {"batch": batch, "ids": [3, 2]}})
    assert lens.ids.tolist() == [3, 2]


def test_a_lens_in_colab_brings_the_host_its_widget_manager(monkeypatch):
    import anywidget._util as util  # noqa: PLC0415  only to stand in for Colab

    monkeypatch.setattr(util, "get_repr_metadata", lambda: {"colab": "manager"})
    assert RowLens(torch.zeros(1, 1), [0])._repr_mimebundle_()[1] == {"colab": "manager"}


def test_the_lens_follows_a_table_that_is_trained():
    layer = nn.Embedding(4, 3)
    lens = RowLens(layer, [1, 2])
    with torch.no_grad():
        layer.weight += 1
    assert torch.equal(lens.output, layer(torch.tensor([1, 2])))
    before = lens._html
    lens.refresh()
    assert lens._html != before
    assert StoredHtml(lens._html).rows[0] == printed(layer.weight[0])


def test_an_array_is_not_copied():
    array = np.zeros((3, 2), dtype=np.float32)
    lens = RowLens(array, [1])
    array[1] = 7
    assert lens.output.tolist() == [[7, 7]]


def test_max_norm_shows_what_a_lookup_returns_and_leaves_the_table_alone():
    torch.manual_seed(0)
    layer = nn.Embedding(6, 3, max_norm=1.0)
    before = layer.weight.detach().clone()
    lens = RowLens(layer, [0, 3])
    shown = StoredHtml(lens._html)
    assert torch.equal(layer.weight, before)
    expected = layer(torch.tensor([0, 3])).detach()  # now torch itself shortens rows 0 and 3
    assert torch.equal(lens.output, expected)
    assert list(shown.vectors.values()) == [printed(vector) for vector in expected]
    assert shown.rows[0] == printed(before[0])


def test_a_table_with_nan_and_infinities_is_shown_as_it_is():
    table = torch.tensor([[float("nan"), 1.0], [float("inf"), -float("inf")], [0.0, -0.0]])
    shown = StoredHtml(RowLens(table, [0, 1])._html)
    assert shown.rows == {0: ["nan", "1.0000"], 1: ["inf", "-inf"], 2: ["0.0000", "-0.0000"]}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (torch.tensor([[1e9, 1.0]]), ["1.0000e+09", "1.0000e+00"]),
        (torch.tensor([[1e-6, 0.0]]), ["1.0000e-06", "0.0000e+00"]),
        (torch.tensor([[7, -3]]), ["7", "-3"]),
        (torch.zeros(1, 2), ["0.0000", "0.0000"]),
        (torch.full((1, 2), float("nan")), ["nan", "nan"]),
        (torch.tensor([[1e308, 1.0]], dtype=torch.float64), ["1.0000e+308", "1.0000e+00"]),
    ],
)
def test_numbers_that_four_decimals_would_hide(table, expected):
    assert StoredHtml(RowLens(table, [0])._html).rows[0] == expected


def test_a_large_table_shows_the_rows_that_are_read():
    table = torch.randn(50_257, 768)
    ids = [[464, 3290, 50_256]]
    lens = RowLens(table, ids)
    shown = StoredHtml(lens._html)
    assert {464, 3290, 50_256} <= set(shown.rows)
    assert len(shown.rows) <= 64
    assert shown.rows[464] == [*printed(table[464, :6]), "…", *printed(table[464, -6:])]
    assert len(lens._html) < 100_000
    lens.selection = {"row": 40_000}
    assert 40_000 in StoredHtml(lens._html).rows


def test_text_is_text():
    def make(text):
        return RowLens(torch.zeros(2, 1), [0], tokens=[text, text], caption=text, hint=text)._html

    html = make(HOSTILE)
    assert outline(html) == outline(make("harmless"))
    shown = StoredHtml(html)
    assert "".join(shown.words).count(HOSTILE) == 5  # caption, hint, two rows, status
    assert next(at["aria-label"] for _, at in shown.tags if at.get("role") == "group") == HOSTILE


def test_a_token_that_is_half_a_character_can_be_sent():
    RowLens(torch.zeros(1, 1), [0], tokens=["\ud800"])._html.encode()


@pytest.mark.parametrize(
    ("ids", "error", "says"),
    [
        (torch.tensor([1.0]), TypeError, "float32"),
        (torch.tensor([True]), TypeError, "bool"),
        (torch.tensor([1], dtype=torch.uint8), TypeError, "uint8"),
        (torch.tensor([1], dtype=torch.int16), TypeError, "int16"),
        (np.array([1.5]), TypeError, "float64"),
        (np.array(["a"]), TypeError, "U1"),
        ([1, 2.5], TypeError, "float"),
        ([[1, True]], TypeError, "bool"),
        ("12", TypeError, "str"),
        ([torch.tensor([1.0])], TypeError, "float32"),
        ([torch.tensor([1, 2]), torch.tensor([3])], ValueError, "ragged"),
        (None, TypeError, "NoneType"),
        ([[1, 2], [3, 10]], IndexError, "id 10 at position (1, 1)"),
        ([[1, -1]], IndexError, "id -1 at position (0, 1)"),
        (torch.tensor([3, 11]), IndexError, "id 11 at position (1,)"),
        (10**30, IndexError, "V = 10"),
        (torch.tensor(10), IndexError, "ids 0 to 9"),
        ([[1, 2], [3]], ValueError, "ragged"),
        ([1, [2]], ValueError, "ragged"),
        ([[[1]]], ValueError, "(B, T)"),
        (torch.zeros(1, 1, 1, dtype=torch.int64), ValueError, "(1, 1, 1)"),
        (torch.zeros(30, 30, dtype=torch.int64), ValueError, "512"),
        (torch.zeros(100_000, 0, dtype=torch.int64), ValueError, "512"),
        (torch.zeros(2, dtype=torch.int64, device="meta"), TypeError, "meta"),
    ],
)
def test_bad_ids_are_refused_and_the_last_valid_state_stays(ids, error, says):
    table = torch.randn(10, 4)
    with pytest.raises(error) as caught:
        RowLens(table, ids)
    assert "ids" in str(caught.value)
    assert says in str(caught.value)
    lens = RowLens(table, [[1, 2]])
    html = lens._html
    with pytest.raises(error):
        lens.ids = ids
    assert lens.ids.tolist() == [[1, 2]]
    assert lens._html == html


class Scaled(nn.Embedding):
    """An embedding whose output is not a row of its table."""

    def forward(self, ids):
        return super().forward(ids) * 2


@pytest.mark.parametrize(
    ("table", "error", "says"),
    [
        (torch.zeros(3), ValueError, "(3,)"),
        (torch.zeros(2, 2, 2), ValueError, "(2, 2, 2)"),
        (torch.zeros(0, 4), ValueError, "(0, 4)"),
        (torch.zeros(2, 2, device="meta"), ValueError, "meta"),
        (torch.zeros(2, 2, dtype=torch.bool), TypeError, "bool"),
        (torch.zeros(2, 2, dtype=torch.complex64), TypeError, "complex"),
        (torch.zeros(2, 2).to_sparse(), TypeError, "sparse"),
        (nn.Linear(2, 2), TypeError, "Linear"),
        (nn.EmbeddingBag(3, 2), TypeError, "EmbeddingBag"),
        (Scaled(3, 2), TypeError, "forward"),
        ("table", TypeError, "str"),
        (np.array([["a"]]), TypeError, "U1"),
    ],
)
def test_bad_tables_are_refused(table, error, says):
    with pytest.raises(error) as caught:
        RowLens(table, [0])
    assert "table" in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("tokens", "error"), [(["a"], ValueError), (["a"] * 4, ValueError), (7, TypeError), ("abc", TypeError)]
)
def test_bad_tokens_are_refused(tokens, error):
    with pytest.raises(error, match="tokens"):
        RowLens(torch.zeros(3, 2), [0], tokens=tokens)


@pytest.mark.parametrize(
    ("selection", "error"),
    [
        ({"row": 3}, IndexError),
        ({"row": -1}, IndexError),
        ({"position": [0, 2]}, IndexError),
        ({"position": [0]}, IndexError),
        ({"sentence": 1}, IndexError),
        ({"row": "1"}, TypeError),
        ({"rows": 1}, TypeError),
        ("row", TraitError),
        ({"row": 1, "sentence": 0}, TypeError),
    ],
)
def test_a_selection_that_does_not_exist_is_refused(selection, error):
    lens = RowLens(torch.zeros(3, 2), [[0, 1]])
    with pytest.raises(error, match="selection"):
        lens.selection = selection
    assert lens.selection == {"position": [0, 0]}


def test_new_ids_of_another_shape_bring_a_selection_that_exists():
    lens = RowLens(torch.randn(5, 2), [[1, 2], [3, 4]])
    lens.selection = {"position": [1, 1]}
    lens.ids = torch.tensor([0, 1, 2])
    assert lens.selection == {"position": [0]}
    lens.ids = torch.empty(0, 3, dtype=torch.int64)
    assert lens.selection == {}
    lens.ids = 4
    assert lens.selection == {"position": []}


def test_an_edit_on_the_page_reaches_ids_and_output():
    table = torch.randn(5, 2)
    lens = RowLens(table, torch.tensor([[1, 2], [3, 4]], dtype=torch.int32))
    seen = []
    lens.observe(lambda change: seen.append(change["new"].tolist()), names="ids")
    edit(lens, [1, 2, 3, 0])
    assert lens.ids.tolist() == [[1, 2], [3, 0]]
    assert lens.ids.dtype == torch.int32
    assert torch.equal(lens.output, table[lens.ids.long()])
    assert seen == [[[1, 2], [3, 0]]]


def test_edits_that_come_too_late_do_not_undo_a_newer_change_however_many_they_are():
    lens = RowLens(torch.randn(5, 2), [1, 2])
    batch, n = (page_state(lens)[name] for name in ("batch", "n"))
    lens.ids = [3, 4, 0]
    assert page_state(lens)["n"] > n
    for late in ([0, 0], [1, 0], [1, 1]):
        lens.set_state({"_edit": {"batch": batch, "ids": late}})
    assert lens.ids.tolist() == [3, 4, 0]


def test_a_page_s_selection_that_no_longer_exists_is_corrected_and_the_rest_arrives():
    lens = RowLens(torch.randn(5, 2), [[1, 2], [3, 4]])
    lens.ids = [1, 2]
    batch = page_state(lens)["batch"]
    lens.set_state({"selection": {"position": [1, 1]}, "_edit": {"batch": batch, "ids": [4, 2]}})
    assert lens.selection == {"position": [0]}
    assert lens.ids.tolist() == [4, 2]


def test_an_observer_may_correct_an_edit_and_the_page_is_told():
    lens = RowLens(torch.randn(9, 2), [1, 2])
    lens.observe(lambda change: setattr(lens, "ids", change["new"].clamp(max=5)), "ids")
    before = page_state(lens)["n"]
    edit(lens, [8, 2])
    assert lens.ids.tolist() == [5, 2]
    assert page_state(lens)["n"] > before
    assert StoredHtml(lens._html).ids == [5, 2]


def test_reset_goes_back_to_what_python_set_last():
    lens = RowLens(torch.randn(5, 2), [1, 2])
    edit(lens, [3, 4])
    assert page_state(lens)["start"] == [1, 2]
    lens.ids = [0, 0]
    assert page_state(lens)["start"] == [0, 0]


def test_a_refused_value_leaves_the_lens_as_it_was():
    lens = RowLens(torch.randn(5, 2), torch.tensor([1, 2], dtype=torch.int32))
    with pytest.raises(TypeError):
        lens.value = None
    assert lens.value == [1, 2]
    lens.value = [3, 4]
    assert lens.ids.dtype == torch.int32


@pytest.mark.parametrize(
    ("selection", "positions", "rows"),
    [
        ({"position": [1, 0]}, ["1,0"], [3]),
        ({"sentence": 1}, ["1,0", "1,1"], [2, 3]),
        ({"row": np.int64(1)}, ["0,0", "0,1"], [1]),
        ({"row": 4}, [], [4]),
    ],
)
def test_the_stored_html_is_lit_where_the_selection_says(selection, positions, rows):
    lens = RowLens(torch.randn(5, 2), [[1, 1], [3, 2]])
    lens.selection = selection
    shown = StoredHtml(lens._repr_mimebundle_()[0]["text/html"])
    lit = [at for tag, at in shown.tags if tag == "tr" and at.get("aria-selected") == "true"]
    assert [at["data-position"] for at in lit if "data-position" in at] == positions
    assert [int(at["data-row"]) for at in lit if "data-position" not in at] == rows
    pressed = [at for tag, at in shown.tags if tag == "button" and at.get("aria-pressed") == "true"]
    assert [at["data-position"] for at in pressed if "data-position" in at] == positions
    assert ["data-sentence" in at for at in pressed].count(True) == ("sentence" in selection)


def test_a_stronger_colour_is_further_from_zero():
    shown = StoredHtml(RowLens(torch.tensor([[-4.0, -1.0, 0.0, 2.0, float("inf")]]), [0])._html)
    levels = [int(at["data-level"]) for tag, at in shown.tags if tag == "td" and "data-level" in at][:5]
    assert levels == [-4, -1, 0, 2, 0]


def test_another_norm_and_a_read_only_array():
    layer = nn.Embedding.from_pretrained(torch.ones(4, 3), max_norm=0.5, norm_type=1.0)
    lens = RowLens(layer, [1, 1, 2])
    assert torch.allclose(lens.output.abs().sum(dim=1), torch.full((3,), 0.5), atol=1e-5)
    array = np.eye(3)
    array.flags.writeable = False
    assert RowLens(array, [2]).output.tolist() == [[0, 0, 1]]


def test_a_table_that_has_shrunk_is_named():
    layer = nn.Embedding(5, 2)
    lens = RowLens(layer, [4])
    layer.weight = nn.Parameter(torch.zeros(3, 2))
    with pytest.raises(IndexError, match="id 4"):
        lens.refresh()


def test_two_lenses_can_be_linked():
    table = torch.randn(5, 2)
    one, other = RowLens(table, [1, 2]), RowLens(table, [0, 0])
    link((one, "value"), (other, "value"))
    assert other.ids.tolist() == [1, 2]
    other.ids = [[3, 4]]
    assert one.ids.tolist() == [[3, 4]]
    with pytest.raises(IndexError):
        one.value = [9]
    assert one.value == other.value == [[3, 4]]


def test_the_stored_html_is_the_same_every_time():
    def make():
        torch.manual_seed(0)
        return RowLens(nn.Embedding(10, 4), [[0, 6, 7]])

    first, second = (make()._repr_mimebundle_()[0] for _ in range(2))
    assert first["text/html"] == second["text/html"]
    assert first["text/plain"] == second["text/plain"] == "RowLens: ids (1, 3) → output (1, 3, 4)"
    assert "application/vnd.jupyter.widget-view+json" in first
    assert not re.search(r'\sid="', first["text/html"]), "an id attribute would clash with a second lens on the page"


def test_the_state_is_json_without_nan():
    html = RowLens(torch.full((2, 2), float("nan")), [0])._html
    state = next(at["data-state"] for _, at in StoredHtml(html).tags if "data-state" in at)
    json.loads(state, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
