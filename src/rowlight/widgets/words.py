"""What a lens says, in words. `words.js` says the same on a page; a test holds the two together.

A row, an id and a position are named by their digits alone, as one types them; a count has commas.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

AXES = ("sentence", "position")  # what the two dimensions of ids are called, if nobody says otherwise
NUMBERS = [
    *("never", "once", "twice", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
]
MOST_LISTED = 64  # of more rows or places, a sentence names the first few
FIRST_LISTED = 12
INVISIBLE_SPACES = re.compile("^ +| +$|  +")


def token_name(token: str) -> str:
    r"""The name under which a token can be seen: itself, with '␣' for spaces that a page would not show.

    What does not print at all is written as in Python: '\n', '\u200b'. Python only: a page reads it in the html.
    """
    if not token:
        return "(empty)"
    spaced = INVISIBLE_SPACES.sub(lambda spaces: "␣" * len(spaces[0]), token)
    if spaced.isprintable():
        return spaced
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in spaced)


def times(count: int) -> str:
    """'never', 'once', 'twice', 'three times', ..., '13 times'."""
    if count < 3:
        return NUMBERS[count]
    return f"{NUMBERS[count] if count < len(NUMBERS) else count} times"


def place(shape: Sequence[int], flat: int, axes: Sequence[str] = AXES) -> str:
    """The position of the id with flat index `flat`, counted from one as people do; '' for a 0-d input.

    `axes` names the dimensions, the last name the last of them.
    """
    if len(shape) == 2:
        return f"{axes[0]} {flat // shape[1] + 1}, {axes[-1]} {flat % shape[1] + 1}"
    return f"{axes[-1]} {flat + 1}" if shape else ""


def id_name(shape: Sequence[int], flat: int, id_: int, axes: Sequence[str] = AXES) -> str:
    """'sentence 2, position 1: id 3'."""
    at = place(shape, flat, axes)
    return f"{at}: id {id_}" if at else f"id {id_}"


def quoted(name: str | None) -> str:
    """' “the”', for what stands before it; '' without a name. Isolated, because a token may run from right to left."""
    return f" “\u2068{name}\u2069”" if name is not None else ""


def listed(items: Iterable[object]) -> str:
    """'3, 2 and 2'."""
    words = [str(item) for item in items]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def some(items: Sequence[str]) -> list[str]:
    """Of very many items the first few, and how many more there are."""
    if len(items) <= MOST_LISTED:
        return list(items)
    return [*items[:FIRST_LISTED], f"{len(items) - FIRST_LISTED:,} more"]


def describe(
    shape: Sequence[int],
    ids: Sequence[int],
    selection: Mapping[str, Any],
    tokens: Mapping[int, str] | None = None,
    axes: Sequence[str] = AXES,
) -> str:
    """One sentence that says which rows the selection reads.

    Args:
        shape: (), (T,) or (B, T).
        ids: the ids as one flat list, row-major.
        selection: {"position": [b, t]}, {"sentence": b}, {"row": r} or {}.
        tokens: None, or a mapping from a row number to the name of its token.
        axes: the names of the dimensions of the ids; the last is that of the last dimension.
    """
    whole = "batch" if len(shape) == 2 else "sequence"
    if "position" in selection:
        flat = flat_index(shape, selection["position"])
        id_ = ids[flat]
        said = f"{id_name(shape, flat, id_, axes)}{quoted((tokens or {}).get(id_))} reads row {id_}"
        return said + (f"; the {whole} reads row {id_} {times(ids.count(id_))}" if shape else "")
    if "sentence" in selection:
        T = shape[1]
        read = ids[selection["sentence"] * T :][:T]
        rows = f"row{'s' * (T > 1)} {listed(some([str(id_) for id_ in read]))}" if T else "no row"
        return f"{axes[0]} {selection['sentence'] + 1} reads {rows}"
    if "row" in selection:
        row = selection["row"]
        places = [place(shape, flat, axes) for flat, id_ in enumerate(ids) if id_ == row]
        if not places:
            return f"no id in the {whole} reads row {row}"
        return (
            f"the {whole} reads row {row} {times(len(places))}: {'; '.join(some(places))}"
            if shape
            else f"id {row} reads row {row}"
        )
    return f"the {whole} is empty: it reads no row" if not ids else "nothing is selected"


def flat_index(shape: Sequence[int], position: Sequence[int]) -> int:
    """The row-major index of a position such as [1, 0] in an input of this shape."""
    return sum(i * math.prod(shape[axis + 1 :]) for axis, i in enumerate(position))


def lit(shape: Sequence[int], ids: Sequence[int], selection: Mapping[str, Any]) -> list[int]:
    """The flat indexes of the ids that a selection lights."""
    if "position" in selection:
        return [flat_index(shape, selection["position"])]
    if "sentence" in selection:
        return list(range(selection["sentence"] * shape[1], (selection["sentence"] + 1) * shape[1]))
    return [flat for flat, id_ in enumerate(ids) if id_ == selection.get("row")]


def as_text(value: object) -> str:
    """Return `value` as text that can be sent to a page: half of a surrogate pair cannot."""
    return str(value).encode("utf-8", "replace").decode("utf-8")
