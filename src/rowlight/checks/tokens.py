"""What the tokens of a table may be: the words, pieces or names of its rows."""

import itertools
import math
import numbers
import operator
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from rowlight.checks.names import text_of

# What tokenizers call the token of an id, and which ids they know: Hugging Face's transformers and tokenizers,
# SentencePiece, tiktoken, torchtext. Known by name, so that none of them need be installed.
TOKENIZERS: dict[str, Callable[[Any], Iterable[int]]] = {
    "convert_ids_to_tokens": lambda tokenizer: tokenizer.get_vocab().values(),
    "id_to_token": lambda tokenizer: tokenizer.get_vocab().values(),
    "id_to_piece": lambda tokenizer: range(tokenizer.get_piece_size()),
    "decode_single_token_bytes": lambda tokenizer: range(tokenizer.n_vocab),
    "lookup_token": lambda tokenizer: range(len(tokenizer)),
}
KINDS = "strings, one a row; a dict, a function from id to text, or a tokenizer"


class Tokens:
    """The tokens of a table's rows, each made text when it is asked for, so that a large vocabulary costs nothing.

    Args:
        given: strings, one a row, in any iterable that has an order; a dict from id to token or from token to id; a
            function from id to text; or a tokenizer. A dict, a function or a tokenizer may know no token for a row: a
            function says so by None or a LookupError.
        V: the number of rows of the table as it is now. Later it may have others: only tokens that are given one a row
            are then too few or too many.

    Attributes:
        given: what was given, in a form that can be given again.
        count: how many tokens there are where they are given one a row; None for a dict, a function or a tokenizer,
            which fit a table of any size.

    Raises:
        TypeError: none of these, a dict of another kind, or a tokenizer that does not say which ids it knows.
        ValueError: an iterable that does not hold exactly V tokens.
    """

    def __init__(self, given: Any, V: int) -> None:
        self.given = given
        self.count: int | None = None
        self._ids: Sequence[int] = ()  # those that a dict or a tokenizer knows, in order
        method = next((name for name in TOKENIZERS if callable(getattr(given, name, None))), None)
        if method:
            self._ids = _known_ids(given, method)
            self._look: Callable[[int], object] = self._among_known(getattr(given, method))
        elif isinstance(given, Mapping):
            by_id = _by_id(given)
            self._look, self._ids = by_id.get, sorted(by_id)  # [] would put what is missing into a defaultdict
        elif isinstance(given, (str, bytes)) or _has_no_order(given) or getattr(given, "ndim", 1) != 1:
            raise TypeError(f"tokens: expected {V} {KINDS}; got {type(given).__name__}")
        elif isinstance(given, Iterable):
            listed = tuple(given) if hasattr(given, "__len__") else tuple(itertools.islice(given, V + 1))
            if len(listed) != V:
                more = "" if hasattr(given, "__len__") or len(listed) < V else " or more"
                raise ValueError(f"tokens: expected {V} of them, one a row, got {len(listed)}{more}")
            self._look, self.count, self.given = listed.__getitem__, V, listed
        elif callable(given):
            self._look = given
        else:
            raise TypeError(f"tokens: expected {V} {KINDS}; got {type(given).__name__}")

    def get(self, row: int) -> str | None:
        """The token of a row, or None."""
        try:
            token = self._look(row)
        except LookupError:
            return None
        return None if _is_missing(token) else text_of(token)

    def of(self, rows: Iterable[int]) -> dict[int, str]:
        """The tokens of some rows, of those that have one."""
        return dict(self.each(rows))

    def each(self, rows: Iterable[int]) -> Iterator[tuple[int, str]]:
        """The same, one after the other."""
        for row in rows:
            token = self.get(row)
            if token is not None:
                yield row, token

    def strangers(self, V: int) -> list[int]:
        """The ids that a dict or a tokenizer knows and a table of V rows has no row for, in order."""
        return [*self._ids[: bisect_left(self._ids, 0)], *self._ids[bisect_left(self._ids, V) :]]

    def _among_known(self, look: Callable[[int], object]) -> Callable[[int], object]:
        """A tokenizer that is asked for an id which it does not know may answer with any token, or raise anything."""

        def known(row: int) -> object:
            at = bisect_left(self._ids, row)
            return look(row) if at < len(self._ids) and self._ids[at] == row else None

        return known


def _known_ids(tokenizer: Any, method: str) -> Sequence[int]:
    """The ids that a tokenizer knows, in order."""
    try:
        ids = TOKENIZERS[method](tokenizer)
    except (AttributeError, TypeError, NotImplementedError) as error:
        name = tokenizer.__name__ if isinstance(tokenizer, type) else type(tokenizer).__name__
        raise TypeError(
            f"tokens: {name} has {method}, as a tokenizer has, but does not say which ids it knows; "
            "pass a tokenizer that is made, or a function from id to text"
        ) from error
    return ids if isinstance(ids, range) else sorted(ids)


def _by_id(given: Mapping[Any, Any]) -> Mapping[int, object]:
    """A dict from id to token, of one that goes either way."""
    if all(_is_id(key) for key in given):
        return given
    if all(_is_id(value) for value in given.values()):
        by_id: dict[int, object] = {}
        for token, id_ in given.items():
            by_id.setdefault(operator.index(id_), token)
        return by_id
    raise TypeError(
        "tokens: a dict must lead from id to token or from token to id, and ids are integers; "
        "in this one neither all keys nor all values are"
    )


def _has_no_order(given: object) -> bool:
    return isinstance(given, AbstractSet) and not isinstance(given, KeysView)  # a dict keeps the order of its keys


def _is_id(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _is_missing(token: object) -> bool:
    """Whether it stands for no token: None, or what pandas writes for a missing value."""
    if isinstance(token, (str, bytes)):
        return False
    is_nan = isinstance(token, numbers.Real) and math.isnan(token)
    return token is None or is_nan or type(token).__name__ in ("NAType", "NaTType")
