"""A lens on a table of any size: what it shows of it, and that its work and bytes follow the ids, not the table."""

import re
from collections import Counter

import numpy as np
import pytest
import torch
from helpers.stored_html import StoredHtml, edit, page_state
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from rowlight import GradientLens, RowLens
from rowlight.lenses.equal_rows import equal_rows
from rowlight.lenses.overview import MOST_MARKS, Grid, place, summary
from rowlight.lenses.window import SHOWN, Window
from rowlight.widgets.numbers import Scale

FLOAT8 = [getattr(torch, name) for name in ("float8_e4m3fn", "float8_e5m2") if hasattr(torch, name)]
DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int32, torch.int8, *FLOAT8]


def in_print(vector):
    """The numbers of a vector as a lens prints them: at most twelve, as text."""
    numbers = vector.double() if vector.is_floating_point() else vector
    kept = numbers if len(numbers) <= 12 else torch.cat([numbers[:6], numbers[-6:]])
    return [f"{x:.4f}" if vector.is_floating_point() else str(x) for x in kept.tolist()]


def without_gap(cells):
    return [text for text in cells if text != "…"]


def path(lens, name):
    """The marks of one kind in the stored overview, as [column, line]."""
    [d] = set(re.findall(f'<path class="rl-{name}" d="([^"]*)"', lens._html))
    return [tuple(map(int, place)) for place in re.findall(r"M(\d+) (\d+)h0", d)]


@st.composite
def large_lookups(draw):
    """A table of more than 64 rows in any dtype, and ids of any shape that read it."""
    V, D = draw(st.sampled_from([65, 100, 101, 999, 30_522])), draw(st.sampled_from([1, 3, 12, 13, 20]))
    dtype = draw(st.sampled_from(DTYPES))
    torch.manual_seed(draw(st.integers(0, 1000)))
    table = (torch.randn(V, D) * 3).to(dtype)
    shape = draw(st.sampled_from([(), (0,), (1,), (7,), (2, 0), (3, 4), (40, 30), (700,), (2, 500), (600, 1)]))
    ids = torch.randint(
        0, draw(st.sampled_from([3, V])), shape, dtype=draw(st.sampled_from([torch.int32, torch.int64]))
    )
    return table, ids


@given(large_lookups())
@settings(max_examples=60)
def test_the_rows_that_are_read_are_shown_as_they_are_and_all_others_have_their_place(lookup):
    table, ids = lookup
    V = len(table)
    lens = RowLens(table, ids)
    flat = ids.flatten().tolist()
    window = Window(ids.shape)
    shown = StoredHtml(lens._html)
    seen = [flat[i] for i in window.flat]
    assert shown.ids == seen
    assert list(shown.rows) == sorted(set(seen))
    assert {row: without_gap(cells) for row, cells in shown.rows.items()} == {
        row: in_print(table[row]) for row in set(seen)
    }
    assert [without_gap(cells) for cells in shown.vectors.values()] == [in_print(table[id_]) for id_ in seen]
    uses = Counter(flat)
    columns = page_state(lens)["overview"]["columns"]
    assert path(lens, "once") == [(r % columns, r // columns) for r in sorted(uses) if uses[r] == 1]
    assert path(lens, "more") == [(r % columns, r // columns) for r in sorted(uses) if uses[r] > 1]
    counted = re.findall(r"<td[^>]*>… rows? ([\d,]+)(?: to ([\d,]+))?", lens._html)
    gaps = [(int(a.replace(",", "")), int((b or a).replace(",", ""))) for a, b in counted]
    every = sorted([*((row, row) for row in shown.rows), *gaps])
    assert [first for first, _ in every] == [0, *(last + 1 for _, last in every[:-1])], "none is left out, none twice"
    assert every[-1][1] == V - 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_shown_exactly(dtype):
    table = torch.arange(-100, 100).reshape(100, 2).to(dtype)
    lens = RowLens(table, [3, 99, 3])
    shown = StoredHtml(lens._html)
    assert shown.rows[99] == in_print(table[99])
    assert shown.vectors["2"] == in_print(table[3])
    assert lens.output.dtype == dtype


class Work(TorchDispatchMode):
    """Counts the numbers that torch makes or reads: those of every tensor that an operation returns."""

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        is_view = any(alias.alias_info is not None for alias in func._schema.returns)
        if isinstance(result, torch.Tensor) and not is_view:
            self.numbers += result.numel()
        return result


def made_on(V, D=64, **options):
    """A lens on a table of V rows that takes no memory, and the work of making it."""
    table = torch.zeros(1, D).expand(V, D)
    ids = torch.arange(8 * 1024).reshape(8, 1024) * 97 % V
    with Work() as work:
        lens = RowLens(table, ids, **options)
        edit(lens, [V - 1, *ids.flatten().tolist()[1:]])
        lens.selection = {"row": V - 2}
        repr(lens)
    return lens, work.numbers


def test_work_and_bytes_follow_the_ids_and_not_the_table():
    small, little = made_on(100_000)
    large, much = made_on(10_000_000)
    assert 0 < much < 1.05 * little
    assert len(large._html) < 1.2 * len(small._html)
    assert len(large._html) < 0.01 * 50_257 * 768 * 4, "1 % of a table of GPT-2's"


def test_tokens_are_asked_for_where_they_are_shown():
    asked = []
    made_on(10_000_000, tokens=lambda row: asked.append(row) or f"token {row}")
    assert 0 < len(set(asked)) < 600


@pytest.fixture
def mapped(tmp_path):
    """A table of ten million rows in a file that holds nothing: (path, shape)."""
    shape = (10_000_000, 64)
    np.lib.format.open_memmap(tmp_path / "table.npy", mode="w+", dtype=np.float32, shape=shape).flush()
    return tmp_path / "table.npy"


def test_a_table_in_a_file_is_opened_without_reading_it(mapped):
    table = np.load(mapped, mmap_mode="r")
    with Work() as work:
        lens = RowLens(table, [[9_999_999, 5]])
    assert work.numbers < 50_000
    assert "Row 9,999,999: read once." in lens._html
    writer = np.load(mapped, mmap_mode="r+")
    writer[5] = 7
    writer.flush()
    assert lens.output[0, 1].tolist() == [7.0] * 64, "the file itself, not a copy"


@given(large_lookups(), st.data())
@settings(max_examples=60)
def test_equal_rows_are_those_that_have_the_same_bits(lookup, data):
    table, _ = lookup
    rows = sorted(set(data.draw(st.lists(st.integers(0, len(table) - 1), min_size=2, max_size=30))))
    for row in rows[1:]:
        if data.draw(st.booleans()):
            table[row] = table[rows[0]]
    bits = {row: tuple(table[row].contiguous().view(torch.uint8).tolist()) for row in rows}
    groups = [[other for other in rows if bits[other] == bits[row]] for row in rows]
    assert equal_rows(table, rows) == sorted({tuple(g): g for g in groups if len(g) > 1}.values())


def test_rows_that_share_their_beginning_are_not_equal():
    table = torch.zeros(100, 20)
    table[:, -1] = torch.arange(100) // 2
    assert equal_rows(table, [0, 1, 2, 7]) == [[0, 1]]
    table[1] = float("nan")
    table[0] = float("nan")
    assert equal_rows(table, [0, 1, 2, 7]) == [[0, 1]]
    assert equal_rows(torch.zeros(100, 0), [0, 1]) == []


def test_the_overview_says_what_is_read_what_is_not_and_what_is_equal():
    table = torch.randn(1000, 3)
    table[7] = table[500] = table[8]
    layer = nn.Embedding.from_pretrained(table, padding_idx=0)
    lens = RowLens(layer, [[500, 998, 500], [7, 7, 7]], tokens={500: "five hundred"})
    words = re.sub("<[^>]*>", "", lens._html)
    assert "6 ids read 3 of 1,000 rows, row 7 most often: three times. " in words
    assert "Never read: 997; the longest of 4 ranges is 501 to 997. " in words
    assert "Equal rows among those read: 7 and 500." in words, "row 8 is not read"
    assert "Row 500 “\u2068five hundred\u2069”: read twice." in words
    assert path(lens, "padding") == [(0, 0)]
    assert 0 in StoredHtml(lens._html).rows, "the row of padding_idx is drawn"
    assert re.search(r'data-row="0".*?padding_idx', lens._html)


@pytest.mark.parametrize("V", [65, 1_000, 65_536, 65_537, 1_000_000, 10_000_000])
def test_the_overview_stops_growing(V):
    grid = Grid.of(V)
    marks = -(-V // grid.per)
    assert marks <= MOST_MARKS
    assert (grid.per == 1) == (MOST_MARKS >= V)
    assert 2 * grid.lines <= grid.columns * 3, "wider than high"
    assert grid.columns * (grid.lines - 1) < marks <= grid.columns * grid.lines
    assert grid.path([V - 1]) == f"M{(marks - 1) % grid.columns} {grid.lines - 1}h0"


def test_a_mark_of_several_rows_says_how_many_and_how_many_are_read():
    grid = Grid.of(1_000_000)
    assert grid.per == 16
    uses = {33: 1, 40: 2, 48: 1}
    assert place(grid, uses, [40], {}, None) == (
        "Row 40: read twice. Its mark stands for rows 32 to 47: 16 rows, 2 of them read."
    )
    assert grid.readings(uses) == {"once": "M3 0h0", "more": "M2 0h0"}
    assert place(Grid.of(65_537), {}, [65_536], {}, None).endswith("Its mark stands for no other row.")


def test_the_summary_of_nothing_and_of_everything():
    assert summary(100, {}, []) == "0 ids read 0 of 100 rows. Never read: 100."
    assert summary(3, {0: 1, 1: 1, 2: 1}, [[0, 1]]) == "3 ids read 3 of 3 rows. Equal rows among those read: 0 and 1."
    many = summary(100, dict.fromkeys(range(40), 1), [[i, i + 1] for i in range(0, 20, 2)])
    assert many.endswith("8 and 9; 10 and 11; and 4 more groups.")
    assert summary(100, dict.fromkeys(range(10), 1), [list(range(10))]).endswith("0, 1, 2, 3, 4, 5 and 4 more.")


def test_many_ids_are_shown_in_a_window_that_says_of_what():
    ids = torch.randint(0, 1000, (8, 1024))
    lens = RowLens(torch.randn(1000, 4), ids, axes=("record", "column"))
    assert "Shown are 128 of 8,192 ids: record 1 to 8 of 8, column 1 to 16 of 1,024." in lens._html
    assert StoredHtml(lens._html).ids == ids[:, :16].flatten().tolist()
    state = page_state(lens)["window"]
    assert state["ids"] == ids.flatten().tolist()
    assert state["moves"] == [["column 17 to 32", [0, 16]]]
    lens.set_state({"_window": [0, 1008]})
    shown = StoredHtml(lens._html)
    assert shown.ids == ids[:, 1008:].flatten().tolist()
    assert list(shown.vectors)[:2] == ["0,1008", "0,1009"]
    assert page_state(lens)["window"]["moves"] == [["column 993 to 1,008", [0, 992]]]
    assert lens.selection == {"position": [0, 0]}, "it stays, though it is not shown"


def test_what_is_selected_brings_its_window():
    lens = RowLens(torch.randn(1000, 4), torch.randint(0, 1000, (300, 70)))
    lens.selection = {"position": [299, 69]}
    assert "299,69" in StoredHtml(lens._html).vectors
    again = RowLens(torch.randn(1000, 4), torch.randint(0, 1000, (2000,)), selection={"position": [1999]})
    assert "1999" in StoredHtml(again._html).vectors
    lens.ids = torch.randint(0, 1000, (2000,))
    assert lens.selection == {"position": [0]}
    assert "0" in StoredHtml(lens._html).vectors


SHAPES = [(), (0,), (513,), (2000,), (0, 600), (600, 0), (8, 1024), (1024, 8), (300, 300), (513, 1)]


@given(st.sampled_from(SHAPES), st.data())
def test_windows_cut_the_ids_without_a_rest(shape, data):
    position = [data.draw(st.integers(0, max(n - 1, 0))) for n in shape]
    window = Window(shape, position)
    assert len(window.flat) <= 512 if window.is_whole else len(window.flat) <= SHOWN
    if 0 not in shape:
        assert window.holds(position)
        every = torch.arange(int(np.prod(shape))).reshape(shape)
        part = every[tuple(slice(a, b) for a, b in zip(window.start, window.end, strict=True))]
        assert window.flat == part.flatten().tolist()
    for _, start in window.moves(["b", "t"]):
        other = Window(shape, start)
        assert other.start == start != window.start
        assert window.start in [there for _, there in other.moves(["b", "t"])]


def test_an_edit_in_a_window_keeps_the_ids_around_it():
    ids = torch.randint(0, 1000, (8, 1024))
    lens = RowLens(torch.randn(1000, 4), ids)
    flat = ids.flatten().tolist()
    drawing = lens._version
    edit(lens, [flat[1], *flat[1:]])
    assert lens._version == drawing, "the page holds this row"
    assert lens.ids.flatten().tolist() == [flat[1], *flat[1:]]
    assert lens.output.shape == (8, 1024, 4)


def test_a_gradient_of_a_large_table_has_the_overview_and_no_window():
    lens = GradientLens(torch.randn(1000, 3), [[900, 7, 7]])
    assert list(StoredHtml(lens._html).rows) == [7, 900]
    assert path(lens, "more") == [(7, 0)]
    with pytest.raises(ValueError, match="512"):
        GradientLens(torch.randn(1000, 3), torch.zeros(8, 65, dtype=torch.int64))


@st.composite
def bags(draw):
    """An EmbeddingBag, and ids (B, T) that it takes."""
    V, D = draw(st.sampled_from([5, 100])), draw(st.sampled_from([2, 14]))
    torch.manual_seed(draw(st.integers(0, 1000)))
    options = {
        "mode": draw(st.sampled_from(["sum", "mean", "max"])),
        "padding_idx": draw(st.sampled_from([None, 0, V - 1])),
        "max_norm": draw(st.sampled_from([None, 1.0])),
    }
    layer = nn.EmbeddingBag(V, D, **options)
    with torch.no_grad():
        layer.weight += 0.5  # the row of padding_idx as well: it is left out, not zero
    return layer, torch.randint(0, V, draw(st.sampled_from([(1, 1), (3, 4), (0, 3), (2, 600)])))


@given(bags())
@settings(max_examples=80)
def test_the_output_of_bags_is_the_layers_own(case):
    layer, ids = case
    before = layer.weight.detach().clone()
    lens = RowLens(layer, ids)
    output = lens.output
    assert torch.equal(layer.weight, before), "max_norm shortens rows in place"
    assert torch.equal(output, layer(ids).detach())
    layer.weight.data.copy_(before)
    style = Scale.of(output).style
    tags = [at for tag, at in StoredHtml(lens._html).tags if tag == "tr" and "data-sentence" in at]
    assert [int(at["data-sentence"]) for at in tags] == list(range(len(ids)))
    cells = lens._html[lens._html.index("rl-output") :].split("data-sentence=")[1:]
    shown = [re.findall(r"data-level=\"-?\d\">(?:<mark>)?([^<]*)", text.split("</tr>")[0]) for text in cells]
    vectors = output if output.shape[1] <= 12 else torch.cat([output[:, :6], output[:, -6:]], dim=1)
    assert shown == [[f"{x:{style}}" for x in vector] for vector in vectors.double().tolist()]


def test_a_lens_on_bags_follows_edits_and_refuses_what_the_layer_refuses():
    layer = nn.EmbeddingBag(9, 2, mode="sum")
    lens = RowLens(layer, [[1, 2], [3, 3]])
    assert lens.selection == {"position": [0, 0]}
    assert "bag 1, position 1: id 1 reads row 1" in lens._html
    assert "(2, 2) → (2, 2)" in lens._html
    drawing = lens._version
    edit(lens, [1, 2, 3, 4])
    assert lens._version > drawing, "a sum of rows is torch's to make"
    assert torch.equal(lens.output, layer(torch.tensor([[1, 2], [3, 4]])).detach())
    for ids in ([1, 2], 3, [[], []]):
        with pytest.raises(ValueError, match=r"ids: an nn.EmbeddingBag needs ids of shape \(B, T\)"):
            RowLens(layer, ids)
    with pytest.raises(TypeError, match="EmbeddingBag"):
        GradientLens(layer, [[1, 2]])


def test_a_page_that_looks_for_a_token_is_led_to_its_rows_in_turn():
    V = 1000
    lens = RowLens(torch.zeros(V, 1), [3], tokens=[f"w{row % 500}" for row in range(V)])
    found = []
    for count, text in enumerate(["w7", "w7", "w7", "W499", "nothing"]):
        lens.set_state({"_search": {"text": text, "count": count}})
        found.append((lens.selection, lens._found["at"], lens._found["of"]))
    assert [one[1:] for one in found] == [(0, 2), (1, 2), (0, 2), (0, 2), (0, 0)]
    assert [one[0]["row"] for one in found] == [7, 507, 7, 499, 499]
    assert 499 in StoredHtml(lens._html).rows


def test_more_tokens_than_rows_are_named_and_the_table_is_shown():
    lens = RowLens(torch.zeros(100, 2), [99], tokens={f"w{id_}": id_ for id_ in range(103)})
    assert "There are more tokens than rows: 3 without a row, 100, 101 and 102." in lens._html
    assert "w99" in lens._html
    many = RowLens(torch.zeros(100, 2), [99], tokens=dict.fromkeys(range(200), "x"))
    assert "100 without a row, 100, 101, 102, 103, 104, 105, …." in many._html
