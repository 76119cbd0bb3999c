"""The Python side of the Row Lens against torch, and its stored html."""

import json
import re

import numpy as np
import pytest
import torch
from helpers.stored_html import HOSTILE, TOKEN_NAMES, StoredHtml, lookups, outline, page_state
from hypothesis import given, settings
from torch import nn
from torch.nn import functional as F

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


def test_a_lens_in_colab_brings_the_host_its_widget_manager(monkeypatch):
    import anywidget._util as util  # noqa: PLC0415  only to stand in for Colab

    monkeypatch.setattr(util, "get_repr_metadata", lambda: {"colab": "manager"})
    assert RowLens(torch.zeros(1, 1), [0])._repr_mimebundle_()[1] == {"colab": "manager"}


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
    shortened = [row for row in range(6) if before[row].norm() > 1]
    reads = page_state(lens)["reads"]  # what a page shows when the reader asks for such a row
    assert sorted(map(int, reads)) == shortened != []
    looked_up = layer(torch.arange(6)).detach()
    assert all([text for text, _ in cells] == printed(looked_up[int(row)]) for row, cells in reads.items())


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
    assert list(shown.rows) == [464, 3290, 50_256]
    assert shown.rows[464] == [*printed(table[464, :6]), "…", *printed(table[464, -6:])]
    assert len(lens._html) < 100_000
    lens.selection = {"row": 40_000}
    assert 40_000 in StoredHtml(lens._html).rows


def test_the_names_of_the_dimensions_are_used_everywhere():
    lens = RowLens(torch.zeros(3, 2), [[0, 1], [2, 2]], axes=("record", "column"), selection={"row": 2})
    words = "".join(StoredHtml(lens._html).words) + repr(lens)
    assert "the batch reads row 2 twice: record 2, column 1; record 2, column 2" in words
    assert "record 1, column 1: id 0 → row 0" in words
    assert page_state(lens)["axes"] == ["record", "column"]
    assert not re.search("sentence|position", words)


def test_a_lens_may_open_with_any_selection():
    table, ids = torch.randn(5, 2), [[1, 1], [3, 2]]
    for selection in ({"row": 1}, {"sentence": 1}, {"position": [1, 0]}, {"row": 4}, {}):
        lens = RowLens(table, ids, selection=selection)
        assert lens.selection == page_state(lens)["selection"] == selection
        changed = RowLens(table, ids)
        changed.selection = selection
        changed._draw()
        assert lens._html == changed._html
    assert 900 in StoredHtml(RowLens(torch.zeros(1000, 1), [0], selection={"row": 900})._html).rows
    with pytest.raises(IndexError, match="selection"):
        RowLens(table, ids, selection={"row": 5})


def test_text_is_text():
    def make(text):
        return RowLens(torch.zeros(2, 1), [[0]], tokens=[text, text], axes=(text, text), caption=text, hint=text)._html

    html = make(HOSTILE)
    assert outline(html) == outline(make("harmless\u202e"))
    shown = StoredHtml(html)
    named = HOSTILE.replace("\u202e", r"\u202e")
    assert "".join(shown.words).count(HOSTILE) == 1  # the caption
    assert "".join(shown.words).count(named) == 7  # two rows, status, and twice the name of each dimension
    root = shown.tags[0][1]
    assert root["aria-label"] == json.loads(root["data-state"])["hint"] == HOSTILE
    assert [json.loads(at["data-token"]) for _, at in shown.tags if "data-token" in at] == [HOSTILE] * 2


@pytest.mark.parametrize(("token", "name"), TOKEN_NAMES)
def test_every_token_can_be_seen(token, name):
    shown = StoredHtml(RowLens(torch.zeros(2, 1), [0], tokens=[token, "other"])._html)
    assert name in shown.words
    assert any(f"“\u2068{name}\u2069”" in words for words in shown.words), "the status line"
    exact = [json.loads(at["data-token"]) for _, at in shown.tags if "data-token" in at]
    assert exact == [token] * (token != name)


def test_a_token_with_a_lone_surrogate_can_be_sent():
    RowLens(torch.zeros(1, 1), [0], tokens=["\ud800"])._html.encode()


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
    assert [at["data-position"] for at in shown.marked if "data-position" in at] == positions
    assert ["data-sentence" in at for at in shown.marked].count(True) == ("sentence" in selection)


def test_without_a_style_sheet_or_a_script_a_lens_still_says_what_it_says():
    lens = RowLens(torch.tensor([[-4.0, 1.0], [2.0, 0.5]]), [[1]], hint="Pick an id")
    shown = StoredHtml(lens._html)
    assert not [tag for tag, _ in shown.tags if tag in ("button", "input")], "no button that does nothing"
    assert "Pick an id" not in shown.words, "nothing to try"
    marks = re.findall("<mark>(.*?)</mark>", lens._html)
    words = [re.sub("<.*?>", "", mark) for mark in marks]
    assert words == ["1", "1", "2.0000", "0.5000", "1\u00d7", "row 1", "2.0000", "0.5000"]
    assert "row 1: 2.0000 0.5000" in shown.words
    legend = re.sub("<.*?>", "", lens._html[lens._html.index('<p class="rl-legend">') :]).strip()
    assert legend == "values -4 -3 -2 -1 0 1 2 3 4"


@pytest.mark.parametrize(
    ("selection", "rows"), [({"row": 4}, [4]), ({"sentence": 1}, [3, 2]), ({"position": [0, 1]}, [1]), ({}, [])]
)
def test_what_is_lit_stands_in_numbers_below_the_strips(selection, rows):
    table = torch.randn(5, 14)
    html = RowLens(table, [[1, 1, 1], [3, 2, 3]], selection=selection)._html
    numbers = [[*printed(table[row, :6]), "…", *printed(table[row, -6:])] for row in rows]
    said = re.search('<p class="rl-numbers">(.*?)</p>', html, re.DOTALL)[1]
    assert said == "\n".join(f"row {row}: {' '.join(texts)}" for row, texts in zip(rows, numbers, strict=True))


def test_the_output_has_the_shape_of_the_ids():
    html = RowLens(torch.randn(5, 2), [[1, 2, 3], [4, 0, 1]])._html
    output = html[html.index("rl-output") :]
    lines = output.split('<tbody role="rowgroup" class="rl-line">')[1:]
    assert [re.findall('data-position="(.*?)"', line) for line in lines] == [
        ["0,0", "0,1", "0,2"],
        ["1,0", "1,1", "1,2"],
    ]


def test_a_lookup_that_shortens_a_row_says_so_in_numbers():
    layer = nn.Embedding.from_pretrained(torch.full((3, 2), 3.0), max_norm=1.0)
    assert "row 1: 0.7071 0.7071" in RowLens(layer, [1])._html
    assert "row 2: 3.0000 3.0000" in RowLens(layer, [1], selection={"row": 2})._html, "nothing reads it"


def test_rows_that_are_left_out_are_named():
    html = RowLens(torch.zeros(1000, 1), [[500, 998]])._html
    assert re.findall("… ([^<]*) …", html) == [
        "rows 0 to 499: never read",
        "rows 501 to 997: never read",
        "row 999: never read",
    ]


def test_a_lens_keeps_ids_of_its_own():
    ids = torch.tensor([1, 2])
    lens = RowLens(torch.randn(5, 2), ids)
    ids[0] = 4
    assert lens.ids.tolist() == [1, 2]


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


def test_the_stored_html_is_the_same_every_time():
    def make():
        torch.manual_seed(0)
        return RowLens(nn.Embedding(10, 4), [[0, 6, 7]])

    first, second = (make()._repr_mimebundle_()[0] for _ in range(2))
    assert first["text/html"] == second["text/html"]
    assert first["text/plain"] == second["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in first
    assert not re.search(r'\sid="', first["text/html"]), "an id attribute would clash with a second lens on the page"


def test_the_state_is_json_without_nan():
    html = RowLens(torch.full((2, 2), float("nan")), [0])._html
    state = next(at["data-state"] for _, at in StoredHtml(html).tags if "data-state" in at)
    json.loads(state, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
