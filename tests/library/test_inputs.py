"""What ids and tokens may be besides lists: what tokenizers and data frames hand out, and what bad ones get."""

from collections import OrderedDict, defaultdict

import numpy as np
import pandas as pd
import pytest
import tokenizers
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from rowlight import GradientLens, RowLens
from rowlight.checks import Tokens, as_ids

WORDS = ["<pad>", "the", "king", "reads", "row"]


def knowing(ids):
    """A tokenizer of the package tokenizers that knows some words and their ids."""
    return Tokenizer(models.WordLevel(ids, unk_token=next(iter(ids))))


@pytest.fixture
def tokenizer():
    made = knowing({word: id_ for id_, word in enumerate(WORDS)})
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


@pytest.fixture
def transformers_tokenizer(tokenizer):
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=WORDS[0])


def test_what_a_tokenizer_returns_are_ids(tokenizer, transformers_tokenizer):
    table = torch.randn(5, 2)
    one = [1, 2, 3]
    assert RowLens(table, tokenizer.encode("the king reads")).ids.tolist() == one
    texts = ["the king reads", "the row"]
    tokenizer.enable_padding()
    assert RowLens(table, tokenizer.encode_batch(texts)).ids.tolist() == [one, [1, 4, 0]]
    assert RowLens(table, transformers_tokenizer("the king reads")).ids.tolist() == one
    batch = transformers_tokenizer(texts, padding=True, return_tensors="pt")
    for ids in (batch, dict(batch), OrderedDict(batch), batch["input_ids"], {"input_ids": batch["input_ids"].numpy()}):
        assert RowLens(table, ids).ids.tolist() == [one, [1, 4, 0]]
    lens = GradientLens(table, [0])
    lens.ids = batch
    assert lens.ids.tolist() == [one, [1, 4, 0]]
    with pytest.raises(ValueError, match="ids: ragged"):
        RowLens(table, transformers_tokenizer(texts))


def test_what_a_tokenizer_returns_one_by_one_are_ids(transformers_tokenizer):
    each = [transformers_tokenizer(text) for text in ("the king", "king reads")]
    assert RowLens(torch.zeros(5, 2), each).ids.tolist() == [[1, 2], [2, 3]]


def test_a_data_frame_of_categories_is_many_tables():
    frame = pd.DataFrame({"colour": ["red", "blue"], "size": ["s", "m"]}).astype("category")
    with pytest.raises(TypeError, match=r"^ids: each column of this data frame .* df\['colour'\]$"):
        RowLens(torch.zeros(5, 2), frame)
    assert RowLens(torch.zeros(5, 2), frame["size"]).ids.tolist() == [1, 0]
    assert RowLens(torch.zeros(5, 2), pd.DataFrame({"a": [1, 2], "b": [3, 4]})).ids.tolist() == [[1, 3], [2, 4]]


def test_too_many_ids_are_refused_with_a_part_that_would_do():
    for ids, says in (
        ([0] * 70_000, r"takes 65,536 at most; got 70,000, in shape \(70000,\). .* ids\[:65536\]$"),
        (torch.zeros(70, 1000, dtype=torch.int64), r"got 70,000, in shape \(70, 1000\). .* ids\[:65\]$"),
        (torch.zeros(1, 70_000, dtype=torch.int64), r"in shape \(1, 70000\). Pass a part of them$"),
    ):
        with pytest.raises(ValueError, match=says):
            RowLens(torch.zeros(5, 2), ids)


def test_a_dict_without_ids_is_refused_with_its_keys():
    with pytest.raises(TypeError, match=r'^ids: a dict must have "input_ids", .* keys \[.attention_mask.\]$'):
        RowLens(torch.zeros(5, 2), {"attention_mask": [1]})


def test_categories_of_pandas_are_their_codes():
    colours = pd.Categorical(["red", "blue", "red"], categories=["blue", "red", "green"])
    table = torch.randn(3, 2)
    for ids in (colours, pd.Series(colours), pd.CategoricalIndex(colours), pd.Series(colours, index=[7, 8, 9])):
        lens = RowLens(table, ids, tokens=colours.categories)
        assert lens.ids.tolist() == [1, 0, 1]
        assert lens.tokens == ["blue", "red", "green"]
    assert RowLens(table, pd.Series([0, 2, 1])).ids.tolist() == [0, 2, 1], "a column of numbers"
    for missing in (pd.Categorical(["red", None]), pd.Series(["red", "blue", None], dtype="category")):
        with pytest.raises(
            ValueError, match=rf"^ids: the category at position \({len(missing) - 1},\) is missing, code -1"
        ):
            RowLens(table, missing)


WAYS = {
    "list": lambda words: words,
    "tuple": tuple,
    "array": np.array,
    "series": pd.Series,
    "generator": lambda words: (word for word in words),
    "keys": lambda words: dict.fromkeys(words, 0).keys(),
    "from token to id": lambda words: {word: id_ for id_, word in enumerate(words)},
    "from id to token": lambda words: dict(enumerate(words)),
    "from NumPy's ids": lambda words: {np.int64(id_): word for id_, word in enumerate(words)},
    "function": lambda words: lambda id_: words[id_],
    "bytes": lambda words: [word.encode() for word in words],
}


@pytest.mark.parametrize("way", WAYS)
def test_tokens_in_every_form(way):
    lens = RowLens(torch.zeros(5, 2), [[1, 4]], tokens=WAYS[way](WORDS))
    assert lens.tokens == WORDS
    assert "id 1 “\u2068the\u2069” reads row 1" in lens._html
    assert "id 4 “row” → row 4" in repr(lens)
    lens.table = torch.ones(5, 3)
    assert lens.tokens == WORDS


def test_a_tokenizer_names_the_rows(tokenizer, transformers_tokenizer):
    for one in (tokenizer, transformers_tokenizer):
        lens = RowLens(torch.zeros(5, 2), [1], tokens=one)
        assert lens.tokens == WORDS
        assert (
            "There are more tokens than rows: 2 without a row, 3 and 4."
            in RowLens(torch.zeros(3, 2), [1], tokens=one)._html
        )
        larger = RowLens(torch.zeros(7, 2), [6], tokens=one)
        assert larger.tokens == [*WORDS, None, None]
        assert "more tokens" not in larger._html
    assert type(tokenizer).__module__.startswith(tokenizers.__name__)


class SentencePiece:
    """The names of sentencepiece.SentencePieceProcessor."""

    def get_piece_size(self):
        return 5

    def id_to_piece(self, id_):
        return WORDS[id_]


class Tiktoken:
    """The names of tiktoken.Encoding, whose tokens are bytes, not all of them text."""

    n_vocab = 5

    def decode_single_token_bytes(self, id_):
        return [*(word.encode() for word in WORDS[:4]), b"\xff\xc3\xa9"][id_]


class Torchtext:
    """The names of torchtext.vocab.Vocab, which raises what it likes beyond its end."""

    def __len__(self):
        return 3

    def lookup_token(self, id_):
        if id_ >= 3:
            raise RuntimeError("out of bounds")
        return WORDS[id_]


class Nameless:
    """Something that names ids, and does not say which."""

    def convert_ids_to_tokens(self, id_):
        return str(id_)


def test_other_tokenizers_are_known_by_their_names():
    assert Tokens(SentencePiece(), 5).of(range(5)) == dict(enumerate(WORDS))
    assert Tokens(Tiktoken(), 5).get(4) == r"\xffé"
    assert RowLens(torch.zeros(5, 2), [4], tokens=Torchtext()).tokens == [*WORDS[:3], None, None]


def test_ids_without_a_row_are_named_however_many_tokens_there_are():
    hole = knowing({"a": 0, "b": 10})
    for tokens in (hole, {"a": 0, "b": 10}, {0: "a", 10: "b"}, {"a": 0, "b": torch.tensor(10)}):
        html = RowLens(torch.zeros(5, 2), [0], tokens=tokens)._html
        assert "There are more tokens than rows: 1 without a row, 10." in html
    below = RowLens(torch.zeros(5, 2), [0], tokens={"a": -1, "b": 1, "c": 7})._html
    assert "2 without a row, -1 and 7." in below


def grown_and_shrunk():
    """Tokens for 80 rows, in each form that fits a table of any size."""
    words = {f"w{id_}": id_ for id_ in range(80)}
    return [words, dict(enumerate(words)), lambda row: f"w{row}" if row < 80 else None, knowing(words)]


@pytest.mark.parametrize("tokens", grown_and_shrunk(), ids=["to id", "to token", "function", "tokenizer"])
def test_tokens_follow_a_table_that_grows_and_shrinks(tokens):
    layer = torch.nn.Embedding(70, 2)
    lens = RowLens(layer, [1], tokens=tokens)
    assert ("10 without a row, 70, 71, 72, 73, 74, 75, …" in lens._html) == (not callable(tokens))
    layer.weight = torch.nn.Parameter(torch.zeros(90, 2))
    lens.refresh()
    assert "more tokens" not in lens._html
    assert lens.tokens == [*(f"w{row}" for row in range(80)), *[None] * 10]
    lens.set_state({"_search": {"text": "w79", "count": 1}})
    assert lens.selection == {"row": 79}
    layer.weight = torch.nn.Parameter(torch.zeros(75, 2))
    lens.refresh()
    assert lens.selection == {"position": [0]}
    lens.set_state({"_search": {"text": "w79", "count": 2}})
    assert lens._found == {"count": 2, "at": 0, "of": 0}
    assert len(lens.tokens) == 75


@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan"), np.float64("nan"), pd.NA, pd.NaT])
def test_a_missing_value_is_no_token(missing):
    assert Tokens(pd.Series(["a", missing], dtype=object), 2).of(range(2)) == {0: "a"}
    assert Tokens({"a": 0, "b": 1}, 2).of(range(2)) == {0: "a", 1: "b"}


def test_a_row_may_have_no_token():
    known = defaultdict(list, {1: "the"})
    lens = RowLens(torch.zeros(100, 2), [[1, 4]], tokens=known)
    assert set(known) == {1}, "what is missing is not made"
    assert lens._html.count('class="rl-token"') == 1
    assert '<bdi class="rl-piece">the</bdi>' in lens._html
    assert Tokens(lambda id_: {1: "the"}[id_], 5).of([1, 4]) == {1: "the"}
    assert Tokens(lambda _id: None, 5).get(1) is None
    assert Tokens({}, 5).get(1) is None


@pytest.mark.parametrize(
    ("tokens", "error", "says"),
    [
        ({"a", "b", "c"}, TypeError, "set"),
        ("abc", TypeError, "str"),
        (b"abc", TypeError, "bytes"),
        (7, TypeError, "int"),
        (np.array([["a"], ["b"], ["c"]]), TypeError, "ndarray"),
        ({"a": "b"}, TypeError, "from id to token or from token to id"),
        ({0: "a", "x": "b"}, TypeError, "neither all keys nor all values are"),
        ({"a": 0, "b": [1]}, TypeError, "neither all keys nor all values are"),
        (Nameless(), TypeError, "Nameless has convert_ids_to_tokens, as a tokenizer has, but does not say which ids"),
        (Nameless, TypeError, "pass a tokenizer that is made"),
        ({True: "b"}, TypeError, "ids are integers"),
        (["a"] * 2, ValueError, "expected 3 of them, one a row, got 2"),
        (["a"] * 4, ValueError, "got 4"),
        ((word for word in "ab"), ValueError, "got 2"),
        (iter(lambda: "a", None), ValueError, "got 4 or more"),
    ],
)
def test_bad_tokens_are_refused_by_name(tokens, error, says):
    with pytest.raises(error) as caught:
        RowLens(torch.zeros(3, 2), [0], tokens=tokens)
    assert str(caught.value).startswith("tokens: ")
    assert says in str(caught.value)


def test_an_error_of_a_function_is_the_callers_own():
    def broken(_id):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        RowLens(torch.zeros(3, 2), [0], tokens=broken)


@given(st.data())
def test_ids_in_every_form_are_the_same_ids(data):
    V = data.draw(st.integers(1, 2000))
    shape = data.draw(st.sampled_from([(), (0,), (3,), (2, 3), (0, 2), (2, 0)]))
    tensor = torch.randint(0, V, shape)
    forms = [tensor, tensor.int(), tensor.numpy(), {"input_ids": tensor}, {"input_ids": tensor.tolist()}]
    for form in forms:
        ids = as_ids(form, V)
        assert ids.shape == shape or ids.numel() == 0  # a list of no lists has forgotten its width
        assert ids.flatten().tolist() == tensor.flatten().tolist()
    if tensor.numel():
        with pytest.raises(IndexError, match=rf"V = {int(tensor.max())}"):
            as_ids(tensor, int(tensor.max()))
