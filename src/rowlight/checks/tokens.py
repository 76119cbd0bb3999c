"""What the tokens of a table may be: the words, pieces or names of its rows."""

import itertools
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, overload

# What tokenizers call the token of an id, and how many ids they know: Hugging Face's transformers and tokenizers,
# SentencePiece, tiktoken, torchtext. Known by name, so that none of them need be installed.
TOKENIZERS: dict[str, Callable[[Any], int]] = {
    "convert_ids_to_tokens": len,
    "id_to_token": lambda tokenizer: tokenizer.get_vocab_size(),
    "id_to_piece": lambda tokenizer: tokenizer.get_piece_size(),
    "decode_single_token_bytes": lambda tokenizer: tokenizer.n_vocab,
    "lookup_token": len,
}
KINDS = "strings, one a row; a dict, a function from id to text, or a tokenizer"


@overload
def as_tokens(tokens: None, V: int, name: str = ...) -> None: ...
@overload
def as_tokens(tokens: list[str], V: int, name: str = ...) -> list[str]: ...
@overload
def as_tokens(tokens: Any, V: int, name: str = ...) -> list[str] | None: ...
def as_tokens(tokens: Any, V: int, name: str = "tokens") -> list[str] | None:
    """Return `tokens` as a list of V strings, or None. `name` is what an error calls them.

    Raises:
        TypeError: not a sequence.
        ValueError: not exactly V of them.
    """
    if tokens is None:
        return None
    if not (isinstance(tokens, Sequence) or getattr(tokens, "ndim", 0) == 1) or isinstance(tokens, str):
        raise TypeError(f"{name}: expected a sequence of {V} strings, one a row, got {type(tokens).__name__}")
    if len(tokens) != V:
        raise ValueError(f"{name}: expected {V} of them, one a row, got {len(tokens)}")
    return [_text(token) for token in tokens]


class Tokens:
    """The tokens of a table's rows, each made text when it is asked for, so that a large vocabulary costs nothing.

    Args:
        given: strings, one a row, in any iterable that has an order; a dict from id to token or from token to id; a
            function from id to text; or a tokenizer. A dict, a function or a tokenizer may know no token for a row: a
            function says so by None or a LookupError.
        V: the number of rows.

    Attributes:
        given: what was given, in a form that can be given again.
        count: how many there must be rows for; None where tokens need not be one a row.
        strangers: the ids that a larger dict or tokenizer knows and the table has no row for.

    Raises:
        TypeError: none of these, or a dict of another kind.
        ValueError: an iterable that does not hold exactly V tokens.
    """

    def __init__(self, given: Any, V: int) -> None:
        self.V, self.given = V, given
        self.count: int | None = None
        self.strangers: Sequence[int] = ()
        method = next((name for name in TOKENIZERS if callable(getattr(given, name, None))), None)
        if method:
            self._look: Callable[[int], object] = getattr(given, method)
            self.strangers = range(V, TOKENIZERS[method](given))
        elif isinstance(given, Mapping):
            by_id = _by_id(given)
            self._look = by_id.get  # [] would put what is missing into a defaultdict
            if len(by_id) > V:
                self.strangers = sorted(id_ for id_ in by_id if not 0 <= id_ < V)
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
        return None if token is None else _text(token)

    def of(self, rows: Iterable[int]) -> dict[int, str]:
        """The tokens of some rows, of those that have one."""
        found = ((row, self.get(row)) for row in rows)
        return {row: token for row, token in found if token is not None}

    def find(self, text: str) -> list[int]:
        """The rows whose token is `text`; if none is, those whose token holds it, whatever its case. Asks every row.

        '␣' stands for a space, as on a page.
        """
        wanted = text.replace("␣", " ")
        exact, within = [], []
        for row, token in self._every():
            if token == wanted:
                exact.append(row)
            elif not exact and wanted.casefold() in token.casefold():
                within.append(row)
        return exact or within

    def _every(self) -> Iterator[tuple[int, str]]:
        for row in range(self.V):
            token = self.get(row)
            if token is not None:
                yield row, token


def _by_id(given: Mapping[Any, Any]) -> Mapping[int, object]:
    """A dict from id to token, of one that goes either way."""
    is_id = {True: 0, False: 0}
    for key, value in itertools.islice(given.items(), 1):
        is_id = {True: _is_id(key), False: _is_id(value)}
    if is_id[True]:
        return given
    if is_id[False]:
        by_id: dict[int, object] = {}
        for token, id_ in given.items():
            by_id.setdefault(id_, token)
        return by_id
    if not given:
        return {}
    raise TypeError("tokens: a dict must lead from id to token or from token to id, and ids are integers")


def _has_no_order(given: object) -> bool:
    return isinstance(given, AbstractSet) and not isinstance(given, KeysView)  # a dict keeps the order of its keys


def _is_id(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _text(token: object) -> str:
    """Text that can be sent to a page. Half of a surrogate pair, as in some vocabularies, cannot: '?' stands for it."""
    if isinstance(token, bytes):
        return token.decode("utf-8", "backslashreplace")
    return str(token).encode("utf-8", "replace").decode("utf-8")
