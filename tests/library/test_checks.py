"""What a lens accepts, and what bad input gets: an error that names the argument, and the last valid state."""

import contextlib
import io
import warnings

import numpy as np
import pytest
import torch
from helpers.stored_html import page_state
from IPython.core.interactiveshell import InteractiveShell
from torch import nn
from traitlets import TraitError

import rowlight
from rowlight import GradientLens, MoveQuiz, Recording, RowLens, TrainingReplay
from rowlight.checks import as_names


def nested(*rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch calls them a prototype
        return torch.nested.nested_tensor([torch.tensor(row) for row in rows])


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
        (torch.zeros(300, 300, dtype=torch.int64), ValueError, "65,536"),
        (torch.zeros(100_000, 0, dtype=torch.int64), ValueError, "65,536"),
        (torch.zeros(2, dtype=torch.int64, device="meta"), TypeError, "meta"),
        (nested([1, 2], [3]), TypeError, "nested"),
        ([0] * 65_537, ValueError, "65,536"),
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


class ScaledBags(nn.EmbeddingBag):
    """Bags whose output is not the layer's own."""

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
        (nested([1.0, 2.0], [3.0]), TypeError, "nested"),
        (nn.Linear(2, 2), TypeError, "Linear"),
        (Scaled(3, 2), TypeError, "forward"),
        (ScaledBags(3, 2), TypeError, "forward"),
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
        ({"sentence": []}, TypeError),
        ({"row": [1]}, TypeError),
    ],
)
def test_a_selection_that_does_not_exist_is_refused(selection, error):
    lens = RowLens(torch.zeros(3, 2), [[0, 1]])
    with pytest.raises(error, match="selection"):
        lens.selection = selection
    assert lens.selection == {"position": [0, 0]}


@pytest.mark.parametrize(
    ("axes", "ids", "error"),
    [
        (("record",), [[0, 1]], ValueError),
        ((), [0], ValueError),
        (("a", "b", "c"), [0], ValueError),
        (("a", " "), [0], ValueError),
        ("ab", [0], TypeError),
        ((1, 2), [0], TypeError),
        (7, [0], TypeError),
    ],
)
@pytest.mark.parametrize("make", [RowLens, GradientLens])
def test_names_that_do_not_fit_the_ids_are_refused(make, axes, ids, error):
    with pytest.raises(error, match=r"^axes: [^.]*$"):
        make(torch.zeros(3, 2), ids, axes=axes)


def test_ids_that_outgrow_the_only_name_are_refused_and_the_lens_stays():
    lens = RowLens(torch.zeros(3, 2), [0, 1], axes=["column"])
    with pytest.raises(ValueError, match="axes"):
        lens.ids = [[0, 1]]
    assert lens.ids.tolist() == [0, 1]
    lens.ids = 2
    assert lens.ids.tolist() == 2


def test_ids_may_be_lists_numbers_or_arrays():
    table = torch.randn(5, 2)
    for ids in ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), np.array([[1, 2], [3, 4]], dtype=np.int32)):
        assert torch.equal(RowLens(table, ids).output, table[torch.tensor([[1, 2], [3, 4]])])
    assert torch.equal(RowLens(table, 3).output, table[3])
    assert RowLens(table, []).output.shape == (0, 2)
    assert RowLens(table, range(3)).ids.tolist() == [0, 1, 2]
    assert RowLens(np.eye(3), [np.int64(1), torch.tensor(2)]).output.shape == (2, 3)
    assert RowLens(table, [torch.tensor([1]), torch.tensor([2])]).ids.tolist() == [[1], [2]]
    assert RowLens(table, [torch.tensor([1, 2]), np.array([3, 4])]).ids.tolist() == [[1, 2], [3, 4]]


def test_a_sentence_of_a_sequence_does_not_exist():
    lens = RowLens(torch.zeros(3, 2), [0, 1])
    for selection, error in (({"sentence": 0}, IndexError), ({"sentence": []}, TypeError)):
        with pytest.raises(error, match="selection"):
            lens.selection = selection


def test_an_error_names_what_was_given_under_the_name_that_the_caller_used():
    with pytest.raises(ValueError, match=r"^groups: expected 2"):
        as_names(["x"], 2, "groups")


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_the_default_device_is_the_callers_own_affair(device):
    table = torch.randn(5, 2)
    torch.set_default_device(device)
    try:
        rows = RowLens(table, [[1, 2], [3, 3]])
        rows.value = [[1, 2], [0, 0]]
        rows.set_state({"_edit": {"version": rows._ids_version, "ids": [4, 2, 0, 0]}})
        gradient = GradientLens(table, [1, 2, 2], grad_output=[[0.0, 1.0]] * 3)
        assert gradient.gradient.device == rows.output.device == torch.device("cpu")
        assert gradient.gradient[2].tolist() == [0, 2]
        assert GradientLens(table, [1]).gradient[1].tolist() == [1, 1]
        assert rows.ids.tolist() == [[4, 2], [0, 0]]
        assert "reads row" in repr(rows) or "→ row 4" in repr(rows)
        assert "→ row 2" in repr(gradient)
    finally:
        torch.set_default_device(None)


def test_a_watched_training_is_drawn_whatever_the_default_device():
    layer = nn.Embedding(4, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)

    def backward(ids):
        optimizer.zero_grad()
        layer(torch.tensor(ids, device="cpu")).square().sum().backward()

    def widen():  # while a step runs, so that it cannot be made again
        layer.weight.data = torch.cat([layer.weight.data, layer.weight.data], dim=1)
        layer.weight.grad = None

    torch.set_default_device("meta")
    try:
        with rowlight.watch(layer, snapshots=True) as trace:
            for ids in ([1, 2], [3]):
                backward(ids)
                optimizer.step()
        parts = trace.parts(0)
        assert {part.device.type for part in parts.values()} == {"cpu"}
        assert parts["gradient"].ne(0).any(dim=1).nonzero().flatten().tolist() == [1, 2]
        assert len(page_state(trace.lens())["traces"][0]["steps"]) == 2
        assert len(page_state(MoveQuiz({"SGD": trace}))["traces"][0]["steps"]) == 2
        recording = Recording.from_trace(trace, [3.0, 2.0, 1.0])
        assert recording.rows.device.type == "cpu"
        assert page_state(TrainingReplay({"SGD": recording}, list("abcd")))["runs"][0]["reads"][:2] == [[1, 2], [3]]
        lists = Recording([[[1.0, 0.0]], [[0.0, 1.0]]], [2, 1], reads=[[0], []])
        assert len(page_state(TrainingReplay({"lists": lists}, ["a"]))["runs"][0]["positions"]) == 2
        unread = Recording([[[1.0, 0.0]], [[0.0, 1.0]]], [2, 1])
        assert page_state(TrainingReplay({"unread": unread}, ["a"]))["runs"][0]["moves"] == []
        with rowlight.watch(layer, snapshots=True) as widened:
            optimizer.step(widen)
        assert {part.device.type for part in widened.parts(0).values()} == {"cpu"}
    finally:
        torch.set_default_device(None)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_a_lens_may_be_made_and_changed_where_nothing_has_a_gradient(mode):
    layer = nn.Embedding(5, 3, scale_grad_by_freq=True)
    upstream = torch.rand(3, 3)
    with mode():
        lens = GradientLens(layer, torch.tensor([1, 2, 2]), grad_output=upstream * 1)
        lens.ids = torch.tensor([2, 2, 4])
        inside = lens.gradient
    layer(torch.tensor([2, 2, 4])).backward(upstream)
    assert torch.equal(inside, layer.weight.grad)
    assert torch.equal(lens.gradient, layer.weight.grad)
    lens.ids = [0, 0, 0]
    assert "mean of 3" in lens._html


# An assignment also passes through three functions of traitlets; without any care it is more than 70 lines.
@pytest.mark.parametrize(("code", "lines"), [("RowLens(layer, [[1, 99]])", 25), ("lens.ids = [[1, 99]]", 40)])
def test_a_traceback_is_short_and_ends_at_the_callers_line(code, lines):
    shell = InteractiveShell(colors="nocolor")
    shell.user_ns |= {"RowLens": RowLens, "layer": nn.Embedding(10, 4), "lens": RowLens(torch.zeros(10, 4), [1])}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        shell.run_cell(code)
    assert "IndexError: ids: index out of range in self: id 99 at position (0, 1)" in said.getvalue()
    assert code in said.getvalue()
    assert said.getvalue().count("\n") <= lines
