"""A lens on a table of any size: what it shows of it, and that its work and bytes follow the ids, not the table."""

import re
import subprocess
import sys
import tracemalloc
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
from rowlight.checks import as_table
from rowlight.lenses import equal_rows as equal_rows_module
from rowlight.lenses import table_lens
from rowlight.lenses.equal_rows import equal_rows
from rowlight.lenses.overview import MOST_LARGE_MARKS, MOST_MARKS, Grid, lit_marks, lit_words, readings, summary
from rowlight.lenses.window import MOST_SHOWN, Window
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
    """Counts the numbers that torch makes or reads: those of every tensor that an operation takes or returns.

    A view makes and reads none; what looks rows up reads those that it returns.
    """

    LOOKUPS = ("aten::index", "aten::index_select", "aten::embedding", "aten::_embedding_bag")

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if not any(alias.alias_info is not None for alias in func._schema.returns):
            taken = () if func._schema.name in self.LOOKUPS else args
            self.numbers += sum(one.numel() for one in (*taken, result) if isinstance(one, torch.Tensor))
        return result


@pytest.mark.parametrize(
    ("work", "numbers"),
    [
        (lambda table: table.sum(), 64_001),
        (lambda table: table.abs(), 128_000),
        (lambda table: table[torch.tensor([1, 2])], 128),
        (lambda table: table[5:, :2].T, 0),
    ],
)
def test_reading_a_table_is_work(work, numbers):
    table = torch.zeros(1, 64).expand(1000, 64)
    with Work() as counted:
        work(table)
    assert counted.numbers == numbers


def made_on(V, D=64, make=RowLens, T=1024, **options):
    """A lens on a table of V rows that takes no memory, and the work of making, changing and displaying it."""
    table = torch.zeros(1, D).expand(V, D)
    ids = torch.arange(8 * T).reshape(8, T) * 97 % V
    with Work() as work:
        lens = make(table, ids, **options)
        edit(lens, [V - 1, *ids.flatten().tolist()[1:]])
        lens.selection = {"row": V - 2}
        lens._repr_mimebundle_()
    return lens, work.numbers


@pytest.mark.parametrize(("make", "T"), [(RowLens, 1024), (GradientLens, 64)])
def test_work_and_bytes_follow_the_ids_and_not_the_table(make, T):
    small, little = made_on(100_000, make=make, T=T)
    large, much = made_on(10_000_000, make=make, T=T)
    assert 0 < much < 1.05 * little
    assert len(large._html) < 1.2 * len(small._html)
    assert len(large._html) < 0.01 * 50_257 * 768 * 4, "1 % of a table of GPT-2's"


def test_tokens_are_asked_for_where_they_are_shown():
    asked = []
    made_on(10_000_000, tokens=lambda row: asked.append(row) or f"token {row}")
    assert 0 < len(set(asked)) < 600


def test_rows_that_begin_alike_are_compared_without_making_a_python_number_of_each_of_theirs():
    table = torch.zeros(1, 1024).expand(3000, 1024)
    tracemalloc.start()
    assert equal_rows(table, range(3000)) == [list(range(3000))]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000, "it was 100 MB"


def test_rows_of_one_hash_that_are_not_equal_are_told_apart(monkeypatch):
    monkeypatch.setattr(equal_rows_module, "FACTOR", 0)
    torch.manual_seed(0)
    table = torch.randint(0, 2, (40, 3)).float()
    groups = [[other for other in range(40) if torch.equal(table[other], table[row])] for row in range(40)]
    assert equal_rows(table, range(40)) == sorted({tuple(g): g for g in groups if len(g) > 1}.values())


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
    assert "Row 9999999: read once." in lens._html
    writer = np.load(mapped, mmap_mode="r+")
    writer[5] = 7
    writer.flush()
    assert lens.output[0, 1].tolist() == [7.0] * 64, "the file itself, not a copy"


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the pages in memory")
def test_of_a_table_in_a_file_the_pages_that_are_read_come_into_memory(mapped):
    code = """
import sys
from pathlib import Path
import numpy as np, torch
from rowlight import RowLens
pages = lambda: int(Path("/proc/self/statm").read_text().split()[2])  # of files alone
RowLens(torch.zeros(100, 64), [[99, 5]])
table = np.load(sys.argv[1], mmap_mode="r")
before = pages()
lens = RowLens(table, [[9_999_999, 5]])
lens._repr_mimebundle_()
print(pages() - before)
float(table[:200_000].sum())
print(pages() - before)
"""
    done = subprocess.run([sys.executable, "-c", code, mapped], capture_output=True, text=True, check=True)
    of_the_lens, of_a_part = map(int, done.stdout.split())
    assert of_a_part > 10_000, "pages of the file are counted"
    assert of_the_lens < 200


def test_a_mapped_file_that_would_have_to_be_copied_is_refused(mapped):
    table = np.load(mapped, mmap_mode="r")
    with pytest.raises(TypeError, match=r"^table: a mapped file that runs backwards"):
        as_table(table[::-1])
    assert torch.equal(as_table(np.eye(3)[::-1]), torch.eye(3, dtype=torch.float64).flip(0)), "in memory, a copy"


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
    assert grid.path(grid.marks([V - 1])) == f"M{(marks - 1) % grid.columns} {grid.lines - 1}h0"


def test_a_mark_of_several_rows_says_how_many_and_how_many_are_read():
    grid = Grid.of(1_000_000)
    assert grid.per == 16
    uses = {33: 1, 40: 2, 48: 1}
    stands = "mark stands for rows 32 to 47: 16 rows, 2 of them read."
    assert lit_words(grid, uses, [40], {}, None) == f"Row 40: read twice. Its {stands}"
    assert lit_words(grid, uses, [33, 40, 47], {}, None) == f"3 rows are lit. Their {stands}"
    assert lit_words(grid, uses, [33, 40, 48], {}, None) == "3 rows are lit, in 2 marks."
    assert readings(uses, grid) == ("M3 0h0", "M2 0h0", False)
    assert lit_words(Grid.of(65_537), {}, [65_536], {}, None).endswith("Its mark stands for no other row.")


def test_of_many_marks_that_are_lit_the_rings_alone_are_sent():
    grid = Grid.of(1000)
    few, many = (lit_marks(range(count), grid) for count in (MOST_LARGE_MARKS, MOST_LARGE_MARKS + 1))
    assert few.ring == few.halo == grid.path(range(MOST_LARGE_MARKS))
    assert many == (grid.path(range(MOST_LARGE_MARKS + 1)), "")
    lens = RowLens(torch.zeros(70_000, 1), torch.arange(65_536)[None], selection={"sentence": 0})
    assert len(lens._html) < 1_500_000, "2.03 MB, of which three were the same path"


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
    state = page_state(lens)
    assert state["reset_ids"] == ids.flatten().tolist()
    assert state["window"] == {"ids": None, "moves": [["Show column 17 to 32", [0, 16], "1+"]], "names": []}
    lens.set_state({"_window": [0, 1008]})
    shown = StoredHtml(lens._html)
    assert shown.ids == ids[:, 1008:].flatten().tolist()
    assert list(shown.vectors)[:2] == ["0,1008", "0,1009"]
    assert page_state(lens)["window"]["moves"] == [["Show column 993 to 1008", [0, 992], "1-"]]
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
    assert len(window.flat) <= 512 if window.is_whole else len(window.flat) <= MOST_SHOWN
    if 0 not in shape:
        assert window.holds(position)
        every = torch.arange(int(np.prod(shape))).reshape(shape)
        part = every[tuple(slice(a, b) for a, b in zip(window.start, window.end, strict=True))]
        assert window.flat == part.flatten().tolist()
    for _, start, way in window.moves(["b", "t"]):
        other = Window(shape, start)
        assert other.start == start != window.start
        back = way.translate(str.maketrans("+-", "-+"))
        assert (window.start, back) in [(there, way) for _, there, way in other.moves(["b", "t"])]


def test_an_edit_in_a_window_keeps_the_ids_around_it():
    ids = torch.randint(0, 1000, (8, 1024))
    lens = RowLens(torch.randn(1000, 4), ids)
    flat = ids.flatten().tolist()
    drawing = lens._version
    edit(lens, [flat[1], *flat[1:]])
    assert lens._version == drawing, "the page holds this row"
    assert lens.ids.flatten().tolist() == [flat[1], *flat[1:]]
    assert lens.output.shape == (8, 1024, 4)
    lens.set_state({"_window": [0, 16]})
    assert page_state(lens)["window"]["ids"] == [flat[1], *flat[1:]], "no longer those to which Reset leads"


def test_what_is_selected_keeps_its_name_when_another_part_is_shown():
    ids = torch.arange(600)
    lens = RowLens(torch.zeros(1000, 1), ids, tokens=lambda row: f"w{row}")
    lens.set_state({"_window": [300]})
    assert "id 0 “\u2068w0\u2069” reads row 0" in lens._html
    assert "Row 0 “\u2068w0\u2069”: read once." in lens._html
    assert page_state(lens)["window"]["names"] == [[0, "w0"]]


def drawings(monkeypatch):
    """A list that grows with each drawing of a lens."""
    made = []
    real = table_lens.render
    monkeypatch.setattr(table_lens, "render", lambda *args, **values: made.append(1) or real(*args, **values))
    return made


def test_what_python_sets_is_drawn_once(monkeypatch):
    made = drawings(monkeypatch)
    lens = RowLens(torch.randn(1000, 4), torch.randint(0, 1000, (8, 1024)))
    assert len(made) == 1
    lens.selection = {"position": [7, 1000]}
    assert len(made) == 2
    for shape in [(8, 1024), (2000,), (4, 4), (2000,)]:
        made.clear()
        lens.ids = torch.randint(0, 1000, shape)
        assert len(made) == 1
    made.clear()
    lens.set_state({"_window": [1500]})
    assert len(made) == 1
    layer = nn.Embedding(1000, 2)
    lens = RowLens(layer, [1], selection={"row": 990})
    layer.weight = nn.Parameter(torch.zeros(80, 2))
    made.clear()
    lens.refresh()
    assert len(made) == 1
    assert lens.selection == {"position": [0]}


def test_a_row_of_padding_idx_may_be_cut_off():
    layer = nn.Embedding(200, 2, padding_idx=199)
    lens, gradient = RowLens(layer, [1]), GradientLens(layer, [1])
    assert "padding_idx" in lens._html
    layer.weight = nn.Parameter(torch.zeros(100, 2))
    for one in (lens, gradient):
        one.refresh()
        assert "padding_idx" not in one._html
    assert gradient.gradient[1].tolist() == [1, 1]
    bags = nn.EmbeddingBag(200, 2, padding_idx=199)
    bags.weight = nn.Parameter(torch.ones(100, 2))
    assert RowLens(bags, [[1, 2]]).output.tolist() == [[1, 1]]


@pytest.mark.parametrize("make", [RowLens, GradientLens])
def test_a_small_table_marks_its_row_of_padding_idx_and_is_else_as_it_was(make):
    torch.manual_seed(0)
    plain, padded = nn.Embedding(5, 2), nn.Embedding(5, 2, padding_idx=0)
    padded.weight.data.copy_(plain.weight.data)
    marked = make(padded, [1, 2], tokens=list("abcde"))._html
    assert marked.count('<span class="rl-note">padding_idx</span>') == 1
    unmarked = marked.replace(' <span class="rl-note">padding_idx</span>', "").replace("&#34;padding&#34;:0", "")
    assert unmarked == make(plain, [1, 2], tokens=list("abcde"))._html.replace("&#34;padding&#34;:null", "")
    assert "rl-piece" not in marked


def numbers_of_row(lens, row):
    cells = re.search(f'<tr[^>]* data-row="{row}" data-uses.*?</tr>', lens._html)[0]
    return re.findall(r'data-level="(-?\d)">(?:<mark>)?([^<]*)', cells)


@pytest.mark.parametrize("ids", [[], [0]])
def test_where_the_ids_read_nothing_but_zeros_the_scale_is_that_of_what_is_drawn(ids):
    table = torch.zeros(100, 2)
    table[5], table[6] = torch.tensor([-0.5, 0.25]), 1e-6
    lens = RowLens(table, ids, selection={"row": 5})
    assert numbers_of_row(lens, 5) == [("-4", "-0.5000"), ("2", "0.2500")]
    assert "every number is zero" not in lens._html
    lens.selection = {"row": 6}
    assert numbers_of_row(lens, 6) == [("4", "1.0000e-06")] * 2
    assert "every number is zero" not in lens._html
    lens.selection = {"row": 7}
    assert "values: every number is zero" in lens._html


def test_a_large_grid_says_how_many_lines_it_has_and_where_each_stands():
    lens = RowLens(torch.zeros(1000, 1), torch.arange(300, 300 + 600).reshape(2, 300))
    tags = [at for tag, at in StoredHtml(lens._html).tags if tag in ("table", "tr", "td", "th")]
    counts = [(at.get("aria-rowcount"), at.get("aria-colcount")) for at in tags if at.get("role") == "grid"]
    assert counts == [("3", "301"), ("1001", None), ("601", None)]
    assert {int(at["data-row"]) + 2 - int(at["aria-rowindex"]) for at in tags if "data-uses" in at} == {0}
    lens.set_state({"_window": [1, 290]})
    tags = [at for tag, at in StoredHtml(lens._html).tags if tag in ("tr", "td")]
    rows = [at["aria-rowindex"] for at in tags if at.get("data-position") and "data-row" in at]
    assert rows[-1] == "601"
    assert [at["aria-colindex"] for at in tags if "aria-colindex" in at][-1] == "301"
    skipped = re.findall(r'<tr role="row" aria-rowindex="(\d+)"><td[^>]*>… rows? (\d+)', lens._html)
    assert len(skipped) >= 2
    assert all(int(index) == int(row) + 2 for index, row in skipped)
    small = RowLens(torch.zeros(64, 20), torch.arange(64))._html
    assert not re.search("aria-(row|col)(count|index)", small)


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
        with pytest.raises(ValueError, match=r"ids: an nn.EmbeddingBag needs ids of shape \(B, T\).* padding_idx"):
            RowLens(layer, ids)
    for dtype in (torch.int32, *FLOAT8):
        layer.weight = nn.Parameter(torch.zeros(9, 2).to(dtype), requires_grad=False)
        with pytest.raises(TypeError, match=f"table: torch makes no bags of {dtype}"):
            RowLens(layer, [[1, 2]])
    with pytest.raises(TypeError, match="EmbeddingBag"):
        GradientLens(layer, [[1, 2]])


def test_bags_of_different_lengths_are_filled_with_padding_idx_and_the_lens_says_so():
    layer = nn.EmbeddingBag(9, 2, padding_idx=0, include_last_offset=True)
    lens = RowLens(layer, [[1, 2], [3, 0]])
    offsets = layer(torch.tensor([1, 2, 3]), torch.tensor([0, 2, 3]))
    assert torch.equal(lens.output, offsets.detach())
    assert "Row 0 is padding_idx: it is left out of every bag." in lens._html
    assert "is padding_idx:" not in RowLens(nn.EmbeddingBag(9, 2), [[1]])._html


def test_ids_are_called_what_the_layer_makes_of_them_unless_they_have_names():
    lens = RowLens(nn.Embedding(9, 2), [[1, 2]])
    lens.table = nn.EmbeddingBag(9, 2)
    assert "bag 1, position 1: id 1" in lens._html
    lens.table = torch.zeros(9, 2)
    assert "sentence 1, position 1: id 1" in lens._html
    named = RowLens(nn.EmbeddingBag(9, 2), [[1, 2]], axes=("sentence", "position"))
    assert "sentence 1, position 1: id 1" in named._html


@pytest.mark.parametrize("name", ["float4_e2m1fn_x2", "uint4", "bits8"])
def test_numbers_that_torch_cannot_print_are_refused_by_name(name):
    if not hasattr(torch, name):
        pytest.skip(f"this torch has no {name}")
    dtype = getattr(torch, name)
    with pytest.raises(TypeError, match=f"^table: torch stores numbers of {dtype}"):
        RowLens(torch.zeros(100, 2, dtype=torch.uint8).view(dtype), [1])


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


def test_looking_for_the_next_row_does_not_ask_for_every_token_again():
    asked = []
    lens = RowLens(torch.zeros(1000, 1), [3], tokens=lambda row: asked.append(row) or f"w{row % 500}")
    lens.set_state({"_search": {"text": "w7", "count": 1}})
    assert len(asked) >= 1000
    asked.clear()
    lens.set_state({"_search": {"text": "w7", "count": 2}})
    assert lens.selection == {"row": 507}
    assert len(asked) < 10
    lens.tokens = lambda row: f"w{row % 10}"
    lens.set_state({"_search": {"text": "w7", "count": 3}})
    assert lens._found == {"count": 3, "at": 51, "of": 100}


def test_a_search_that_raises_is_answered():
    def tokens(row):
        if row == 450:
            raise RuntimeError("mine")
        return f"w{row}"

    lens = RowLens(torch.zeros(500, 1), [3], tokens=tokens)
    lens.set_state({"_search": {"text": "w7", "count": 1}})
    assert lens._found == {"count": 1, "error": "RuntimeError: mine"}
    assert lens.selection == {"position": [0]}


def test_more_tokens_than_rows_are_named_and_the_table_is_shown():
    lens = RowLens(torch.zeros(100, 2), [99], tokens={f"w{id_}": id_ for id_ in range(103)})
    assert "There are more tokens than rows: 3 without a row, 100, 101 and 102." in lens._html
    assert "w99" in lens._html
    many = RowLens(torch.zeros(100, 2), [99], tokens=dict.fromkeys(range(200), "x"))
    assert "100 without a row, 100, 101, 102, 103, 104, 105, …." in many._html
