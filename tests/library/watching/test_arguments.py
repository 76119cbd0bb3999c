"""What can be watched, which rows can be followed, and what is said about the rest."""

import re

import numpy as np
import pytest
import torch
from helpers.training import D, Tied, V
from torch import nn

import rowlight

NESTED = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(1)])
TABLES = nn.ModuleList(nn.Embedding(2, 2) for _ in range(8))


def with_weight(weight):
    """A layer whose weight is another tensor by now, as after some kinds of sharding."""
    table = nn.Embedding(2, 2)
    table.weight = nn.Parameter(weight)
    return table


def wrapped():
    """A namesake from another library, around an Embedding of torch."""
    kind = type("Embedding", (nn.Module,), {"__module__": "another.library"})
    layer = kind()
    layer.base_layer = nn.Embedding(2, 2)
    return layer


@pytest.mark.parametrize(
    ("table", "rows", "error", "words"),
    [
        (torch.zeros(2, 2), None, TypeError, "expected an nn.Embedding or an nn.EmbeddingBag, got torch.Tensor$"),
        (7, None, TypeError, "got int$"),
        (nn.Embedding, None, TypeError, "got type$"),
        (nn.Linear(2, 2), None, TypeError, "got torch.nn.modules.linear.Linear, which holds none$"),
        (Tied(), None, TypeError, r"got helpers.training.Tied; pass its embedding: .tokens$"),
        (torch.compile(nn.Embedding(2, 2)), None, TypeError, "OptimizedModule; pass its embedding: ._orig_mod$"),
        (TABLES, None, TypeError, "one of its embeddings: .0, .1, .2, .3, .4 and 3 more$"),
        (wrapped(), None, TypeError, "got another.library.Embedding; pass its embedding: .base_layer$"),
        (with_weight(torch.zeros(8)), None, ValueError, r"of shape \(V, D\), got \(8,\); FSDP1 flattens"),
        (with_weight(torch.zeros(2, 2, 2)), None, ValueError, r"of shape \(V, D\), got \(2, 2, 2\)"),
        (with_weight(NESTED), None, TypeError, "layout nested"),
        (nn.Embedding.from_pretrained(torch.zeros(2, 2)), None, ValueError, "frozen"),
        (nn.Embedding(2, 2, device="meta"), None, ValueError, "meta device"),
        (nn.Embedding(0, 2), None, ValueError, "at least one row"),
        (nn.Embedding(2, 2, dtype=torch.complex64), None, TypeError, "floats"),
        (nn.utils.parametrizations.weight_norm(nn.Embedding(2, 2)), None, TypeError, "not a Parameter"),
        (nn.Embedding(2, 2), [0, 2], IndexError, "there is no row 2; a table of V = 2 rows has rows 0 to 1"),
        (nn.Embedding(2, 2), [-1], IndexError, "there is no row -1"),
        (nn.Embedding(2, 2), [0.5], TypeError, "torch.float32"),
        (nn.Embedding(2, 2), "ab", TypeError, "got str"),
        (nn.Embedding(2, 2), [True], TypeError, "torch.bool"),
        (nn.Embedding(2, 2), [], ValueError, "at least one"),
        (nn.Embedding(2, 2), [[1]], ValueError, r"shape \(1, 1\)"),
        (nn.Embedding(2, 2), 1, TypeError, "got int"),
        (nn.Embedding(2, 2), range(1, 3), IndexError, "there is no row 2"),
        (nn.Embedding(2, 2), {"a": 1}, TypeError, "got dict"),
        (nn.Embedding(2, 2), [2**70], TypeError, "got list .*[Oo]verflow"),
        (nn.Embedding(2, 2), NESTED, TypeError, "nested"),
    ],
)
def test_what_cannot_be_watched(table, rows, error, words):
    with pytest.raises(error, match=words) as raised:
        rowlight.watch(table, rows)
    assert re.match("(table|rows): ", str(raised.value))


def test_a_parameter_that_is_no_plain_tensor():
    class Own(torch.Tensor):
        pass

    table = nn.Embedding(V, 4)
    table.weight = nn.Parameter(table.weight.detach().as_subclass(Own))
    with pytest.raises(TypeError, match="Own, and only plain tensors can be watched"):
        rowlight.watch(table)


@pytest.mark.parametrize(
    "rows",
    [
        [3, 1, 3],
        (1, 3),
        range(1, 4, 2),
        {3, 1},
        {3: "c", 1: "a"}.keys(),
        (row for row in (1, 3)),
        torch.tensor([3, 1]),
        torch.tensor([1, 3], dtype=torch.int32),
        np.array([3, 1]),
        [torch.tensor(1), np.int64(3)],
    ],
    ids=lambda rows: type(rows).__name__,
)
def test_rows_may_be_any_collection_of_integers(rows):
    with rowlight.watch(nn.Embedding(V, D), rows) as trace:
        pass
    assert trace.rows.tolist() == [1, 3]
    assert trace.rows.dtype == torch.int64


def test_a_watch_that_is_not_entered_says_what_to_write():
    watch = rowlight.watch(nn.Embedding(V, D))
    assert repr(watch) == "<watch of Embedding(6, 4): not entered>"
    for name in ("report", "steps", "lens"):
        with pytest.raises(AttributeError, match=f"no '{name}' here; write `with rowlight.watch"):
            getattr(watch, name)
    assert not hasattr(watch, "_repr_html_")
    with watch as trace:
        pass
    assert repr(watch) == f"<watch of Embedding(6, 4): {trace!r}>"
