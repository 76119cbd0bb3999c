"""A lens between its page and Python: who may change what, what is sent, and what a terminal shows."""

import json

import comm
import pytest
import torch
from helpers.stored_html import StoredHtml, edit, page_state
from torch import nn
from traitlets import link

from rowlight import GradientLens, RowLens
from rowlight.lenses import markup
from rowlight.widgets import base


def printed(vector):
    """The numbers as torch prints them, with 4 decimals."""
    return [f"{x:.4f}" for x in vector.tolist()]


def stored(lens):
    """The html that leaves the cell when the lens is shown now."""
    return lens._repr_mimebundle_()[0]["text/html"]


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
    assert lens.ids.tolist() == lens.value == page_state(lens)["reset_ids"] == [1, 2]
    lens.ids += 1
    assert lens.ids.tolist() == lens.value == [2, 3]
    with pytest.raises(IndexError):
        lens.ids += 100
    assert lens.ids.tolist() == [2, 3]
    assert lens.output.shape == (2, 2)


def test_an_edit_after_training_shows_the_trained_table():
    table = torch.randn(5, 2)
    lens = RowLens(table, [1, 2])
    drawing = lens._version
    edit(lens, [3, 2])
    assert lens._version == drawing, "the page knows these numbers"
    table.fill_(7)
    edit(lens, [4, 2])
    assert lens._version > drawing
    assert StoredHtml(lens._html).vectors["0"] == ["7.0000", "7.0000"]


def test_an_edit_that_crosses_a_refresh_is_kept():
    lens = RowLens(torch.randn(100, 2), [1, 2])
    version = page_state(lens)["ids_version"]
    lens.refresh()
    lens.selection = {"row": 90}
    lens.set_state({"_edit": {"version": version, "ids": [3, 2]}})
    assert lens.ids.tolist() == [3, 2]


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
    version, drawing = page_state(lens)["ids_version"], lens._version
    lens.ids = [3, 4, 0]
    assert lens._version > drawing
    for late in ([0, 0], [1, 0], [1, 1]):
        lens.set_state({"_edit": {"version": version, "ids": late}})
    assert lens.ids.tolist() == [3, 4, 0]


def test_a_page_s_selection_that_no_longer_exists_is_corrected_and_the_rest_arrives():
    lens = RowLens(torch.randn(5, 2), [[1, 2], [3, 4]])
    lens.ids = [1, 2]
    version = page_state(lens)["ids_version"]
    lens.set_state({"selection": {"position": [1, 1]}, "_edit": {"version": version, "ids": [4, 2]}})
    assert lens.selection == {"position": [0]}
    assert lens.ids.tolist() == [4, 2]


def test_an_observer_may_correct_an_edit_and_the_page_is_told():
    lens = RowLens(torch.randn(9, 2), [1, 2])
    lens.observe(lambda change: setattr(lens, "ids", change["new"].clamp(max=5)), "ids")
    before = lens._version
    edit(lens, [8, 2])
    assert lens.ids.tolist() == [5, 2]
    assert lens._version > before
    assert StoredHtml(lens._html).ids == [5, 2]


def test_reset_goes_back_to_what_python_set_last():
    lens = RowLens(torch.randn(5, 2), [1, 2])
    edit(lens, [3, 4])
    assert page_state(lens)["reset_ids"] == [1, 2]
    lens.ids = [0, 0]
    assert page_state(lens)["reset_ids"] == [0, 0]


def test_a_refused_value_leaves_the_lens_as_it_was():
    lens = RowLens(torch.randn(5, 2), torch.tensor([1, 2], dtype=torch.int32))
    with pytest.raises(TypeError):
        lens.value = None
    assert lens.value == [1, 2]
    lens.value = [3, 4]
    assert lens.ids.dtype == torch.int32


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


class Wire(comm.base_comm.BaseComm):
    """A comm that counts the bytes it carries; as in Jupyter, messages are JSON."""

    sent = 0

    def publish_msg(self, _msg_type, data=None, buffers=None, **_keys):
        Wire.sent += len(json.dumps(data)) + sum(len(buffer) for buffer in buffers or [])


def on_the_wire(lens, **state):
    """Bytes to the kernel and back for one message of a page."""
    message = {"method": "update", "state": state, "buffer_paths": []}
    Wire.sent = 0
    lens._handle_msg({"content": {"data": message}, "buffers": []})
    return len(json.dumps(message)) + Wire.sent


@pytest.mark.parametrize("V", [64, 50_257])
def test_an_edit_sends_ids_and_not_html(monkeypatch, V):
    """The issue's figure: at most 10,000 bytes for one edited id of 512, with 12 columns. It was 958,575."""
    monkeypatch.setattr(comm, "create_comm", Wire)
    monkeypatch.setenv("JUPYTER_WIDGETS_ECHO", "1")
    for make in (RowLens, GradientLens):
        ids = torch.arange(512).remainder(V) + (V - 512 if V > 512 else 0)
        lens = make(torch.randn(V, 12), ids)
        assert Wire.sent > 50_000, "the wire carries the html of a new lens"
        ids = [ids[1].item(), *ids[1:].tolist()]
        edited = on_the_wire(lens, _edit={"version": lens._ids_version, "ids": ids})
        assert lens.ids.tolist() == ids
        selected = on_the_wire(lens, selection={"position": [511]})
        assert 1000 < edited + selected <= 10_000


def test_a_row_that_the_page_does_not_hold_is_sent(monkeypatch):
    monkeypatch.setattr(comm, "create_comm", Wire)
    lens = RowLens(torch.randn(1000, 3), [1, 2])
    drawing = lens._version
    assert on_the_wire(lens, _edit={"version": lens._ids_version, "ids": [900, 2]}) > 5000
    assert lens._version > drawing
    assert page_state(lens)["ids_version"] == lens._ids_version
    assert 900 in StoredHtml(lens._html).rows
    drawing = lens._version
    lens.selection = {"row": 800}
    assert lens._version > drawing
    assert 800 in StoredHtml(lens._html).rows


def test_tokens_are_named_where_they_are_drawn(monkeypatch):
    """With 200,000 tokens, an edit took 41 ms, because each was made text again."""
    named = []
    monkeypatch.setattr(markup, "token_name", lambda token: named.append(token) or token)
    V = 200_000
    lens = RowLens(torch.zeros(V, 4), [1, 2, 150_000], tokens=[f"token {row}" for row in range(V)])
    named.clear()
    edit(lens, [2, 2, 150_000])
    assert not named, "the page holds these rows"
    edit(lens, [199_999, 2, 150_000])
    lens.selection = {"row": 100_000}
    stored(lens)
    assert 0 < len(named) <= 3 * 4, "those of the drawn rows"
    assert "token 100000" in lens._html


def test_the_stored_form_follows_the_page():
    table = torch.randn(5, 2)
    lens = RowLens(table, [1, 2])
    edit(lens, [4, 2])
    lens.set_state({"selection": {"row": 2}})
    shown = StoredHtml(stored(lens))
    assert shown.ids == [4, 2]
    assert shown.vectors["0"] == printed(table[4])
    assert page_state(lens)["selection"] == {"row": 2}


def test_showing_a_lens_again_does_not_make_its_views_draw_again():
    lens = RowLens(torch.randn(1000, 2), [1, 2])
    edit(lens, [3, 2])
    drawing = lens._version
    stored(lens)
    assert lens._version == drawing
    lens.table.fill_(7)
    stored(lens)
    assert lens._version > drawing


def test_a_stored_lens_has_the_rows_that_its_views_hold():
    """A view that was drawn with other rows would wait for one that Python believes to be there."""
    lens = RowLens(torch.randn(1000, 2), [900, 2, 3])
    edit(lens, [3, 2, 3])
    drawing = lens._version
    assert 900 not in StoredHtml(stored(lens)).rows
    assert lens._version > drawing
    drawing = lens._version
    edit(lens, [900, 2, 3])
    assert lens._version > drawing


def test_format_and_colours_stay_while_the_reader_edits():
    table = torch.randn(100, 4)
    table[90] = 1e6
    lens = RowLens(table, [90, 1])
    before = StoredHtml(lens._html)
    legend = lens._html[lens._html.index("rl-legend") :]
    edit(lens, [2, 1])
    after = StoredHtml(stored(lens))
    assert after.rows[1] == before.rows[1]
    assert after.vectors["1"] == before.vectors["1"]
    assert lens._html[lens._html.index("rl-legend") :] == legend
    lens.ids = [3, 1]
    assert StoredHtml(lens._html).rows[1] == printed(table[1])


def test_an_edit_on_a_page_where_nothing_is_selected_selects_nothing():
    lens = RowLens(torch.randn(5, 2), [1, 2])
    lens.selection = {}
    edit(lens, [3, 2])
    assert lens.selection == {}
    lens.ids = [1, 1]
    assert lens.selection == {"position": [0]}


@pytest.mark.parametrize("selection", ["row", 7, {"row": "1"}, {"row": 99}, {"sentence": []}])
def test_a_selection_that_is_none_does_not_lose_the_edit_beside_it(selection):
    lens = RowLens(torch.randn(5, 2), [1, 2])
    lens.set_state({"selection": selection, "_edit": {"version": lens._ids_version, "ids": [4, 2]}})
    assert lens.ids.tolist() == [4, 2]
    assert lens.selection == {"position": [0]}


def grown_layer():
    """A layer of five rows with a lens on it, which has got seven since."""
    layer = nn.Embedding(5, 2)
    lens = RowLens(layer, [1], tokens=list("abcde"))
    layer.weight = nn.Parameter(torch.zeros(7, 2))
    return layer, lens


def test_an_assignment_that_raises_leaves_the_lens_as_it_was():
    _, lens = grown_layer()
    html = lens._html
    for attempt in ("ids", "value"):
        with pytest.raises(ValueError, match="tokens: the table has 7 rows now"):
            setattr(lens, attempt, [6])
    with pytest.raises(ValueError, match="tokens"):
        lens.selection = {"row": 6}
    with pytest.raises(ValueError, match="tokens"):
        lens.refresh()
    assert (lens.ids.tolist(), lens.value, lens.selection) == ([1], [1], {"position": [0]})
    assert lens._html == html
    assert "tokens: the table has 7 rows now" in repr(lens)


def test_a_function_that_raises_anything_leaves_the_lens_as_it_was():
    def tokens(row):
        if row >= 400:
            raise ZeroDivisionError(row)
        return f"w{row}"

    def now():
        return lens.ids.tolist(), lens.value, lens.selection, lens._html, lens._window, page_state(lens)["reset_ids"]

    lens = RowLens(torch.zeros(1000, 1), torch.arange(600) % 128, tokens=tokens)
    before = now()
    heard = []
    lens.observe(lambda change: heard.append(change["name"]), ["ids", "value", "selection"])
    attempts = {
        "ids": [1, 400],
        "value": [401],
        "selection": {"row": 402},
        "tokens": lambda _: 1 / 0,
    }
    for name, new in attempts.items():
        with pytest.raises(ZeroDivisionError):
            setattr(lens, name, new)
        assert now() == before
    with pytest.raises(ZeroDivisionError):
        edit(lens, [403, *lens.ids.tolist()[1:]])
    assert now()[:2] == before[:2]
    with pytest.raises(ZeroDivisionError):
        lens.set_state({"selection": {"row": 404}})
    assert lens.selection == before[2]
    assert heard == []
    edit(lens, [5, *lens.ids.tolist()[1:]])
    assert lens.ids[0] == 5, "the page and Python still understand each other"
    lens.ids = [1]
    assert lens.value == [1]
    assert heard == ["value", "ids", "value", "ids"]


def test_a_page_hears_that_its_selection_cannot_be_drawn(monkeypatch):
    monkeypatch.setattr(comm, "create_comm", Wire)
    lens = RowLens(torch.zeros(500, 2), [0], tokens=lambda row: 1 / 0 if row == 400 else "x")
    sent = []
    monkeypatch.setattr(lens, "send_state", lambda key: sent.append((key, lens.selection)))
    with pytest.raises(ZeroDivisionError):
        lens.set_state({"selection": {"row": 400}})
    assert ("selection", {"position": [0]}) in sent


def test_tokens_can_be_set_after_a_vocabulary_has_grown():
    _, lens = grown_layer()
    with pytest.raises(ValueError, match="tokens: expected 7"):
        lens.tokens = list("abcdef")
    assert lens.tokens == list("abcde")
    drawing = lens._version
    lens.tokens = list("abcdefg")
    assert lens._version > drawing
    lens.ids = [6]
    assert "g</bdi>" in lens._html
    lens.tokens = None
    assert lens.tokens is None
    assert "rl-token" not in lens._html


def test_another_table_can_be_looked_at():
    lens = RowLens(torch.zeros(5, 2), [4])
    with pytest.raises(IndexError, match="id 4"):
        lens.table = torch.zeros(3, 2)
    with pytest.raises(TypeError, match="table"):
        lens.table = "table"
    assert lens.table.shape == (5, 2)
    other = nn.Embedding(6, 3)
    lens.table = other
    assert StoredHtml(lens._html).rows[5] == printed(other.weight[5])
    other.weight.data.fill_(1)
    assert lens.output.tolist() == [[1, 1, 1]], "a reference, not a copy"
    named = RowLens(torch.zeros(2, 2), [1], tokens=["a", "b"])
    with pytest.raises(ValueError, match="tokens: expected 6"):
        named.table = other
    assert named.table.shape == (2, 2)


def test_a_table_that_has_shrunk_below_what_is_selected_or_was_set_first():
    layer = nn.Embedding(100, 2)
    lens = RowLens(layer, [90])
    edit(lens, [2])
    lens.selection = {"row": 95}
    layer.weight = nn.Parameter(torch.zeros(70, 2))
    lens.refresh()
    assert lens.selection == {"position": [0]}
    assert page_state(lens)["reset_ids"] == [2]


def test_a_terminal_shows_which_row_each_id_reads_and_some_numbers():
    table = torch.arange(40.0).reshape(10, 4)
    lens = RowLens(table, [[1, 2], [3, 1]], tokens=[*"abcdefghi", " "])
    assert repr(lens).splitlines() == [
        "RowLens: ids (2, 2) → output (2, 2, 4)",
        "sentence 1, position 1: id 1 “b” → row 1  4.0000  5.0000  6.0000  7.0000",
        "sentence 1, position 2: id 2 “c” → row 2  8.0000  9.0000 10.0000 11.0000",
        "sentence 2, position 1: id 3 “d” → row 3 12.0000 13.0000 14.0000 15.0000",
        "sentence 2, position 2: id 1 “b” → row 1  4.0000  5.0000  6.0000  7.0000",
    ]
    lens.ids = 9
    assert repr(lens).splitlines()[1] == "id 9 “␣” → row 9 36.0000 37.0000 38.0000 39.0000"
    assert repr(RowLens(table, [])) == "RowLens: ids (0,) → output (0, 4)"
    gradient = GradientLens(table, [1, 2, 2])
    assert repr(gradient).splitlines()[1:3] == [
        "position 1: id 1 → row 1, 1 vector: 1.0000 1.0000 1.0000 1.0000",
        "position 2: id 2 → row 2, sum of 2: 2.0000 2.0000 2.0000 2.0000",
    ]


def test_a_terminal_shows_a_few_lines_of_a_large_lens():
    lens = RowLens(torch.randn(1000, 768), torch.arange(512).reshape(8, 64))
    lines = repr(lens).splitlines()
    assert len(lines) == 8
    assert lines[-1] == "… and 506 more"
    assert max(map(len, lines)) < 120
    assert lens._repr_mimebundle_()[0]["text/plain"] == repr(lens)


class Shell:
    """A kernel that runs a request of some program."""

    def __init__(self, **content):
        self.kernel, self.content = self, content

    def get_parent(self, _channel):
        return {"content": self.content}


@pytest.mark.parametrize(
    ("shell", "variable", "is_live"),
    [
        (None, "", True),  # plain Python, marimo
        (Shell(allow_stdin=True), "", True),  # JupyterLab, Notebook, VS Code, Colab
        (Shell(), "", True),  # an answer to a button of another widget
        (Shell(allow_stdin=False), "", False),  # nbclient: nbconvert, papermill, a book
        (Shell(allow_stdin=False), "SERVER_SOFTWARE=voila/0.5.8", True),
        (Shell(allow_stdin=False), "ROWLIGHT_LIVE_VIEW=1", True),
        (Shell(allow_stdin=False), "ROWLIGHT_LIVE_VIEW=0", False),
    ],
)
def test_a_live_view_is_offered_where_a_reader_may_be(monkeypatch, shell, variable, is_live):
    monkeypatch.setattr(base, "get_ipython", lambda: shell)
    for name in ("SERVER_SOFTWARE", "ROWLIGHT_LIVE_VIEW"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(*variable.split("="))
    data, _ = RowLens(torch.zeros(1, 1), [0])._repr_mimebundle_()
    assert (base.LIVE_VIEW in data) == is_live
    assert {"text/html", "text/plain"} <= set(data)
