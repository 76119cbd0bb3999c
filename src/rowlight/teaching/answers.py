"""Answers as an author writes them in a cell, made ready for grading."""

import math
import numbers
import operator
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rowlight.teaching.grading import Expected, accepted, is_near, read_numbers
from rowlight.widgets.words import as_text


def as_numbers(values: Any) -> list[float] | None:
    """Return a tensor, a number or a collection of numbers, of any depth, as a flat list; None if it is none."""
    if isinstance(values, (str, bytes, dict)):
        return None
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, numbers.Real):
        return [_as_number(values)]
    parts = [as_numbers(value) for value in values] if hasattr(values, "__iter__") else [None]
    return None if None in parts else [number for part in parts if part for number in part]


def _as_number(value: numbers.Real) -> float:
    try:
        number = float(value)
    except OverflowError:  # an integer or a fraction that no float can hold
        return math.inf
    return int(value) if isinstance(value, int) else number


def read_wrong(given: str) -> list[float]:
    """The numbers of a wrong answer."""
    found = read_numbers(str(given))
    if found is None:
        raise ValueError(f"wrong: expected numbers with commas between them, got {given!r}")
    return found


def wrong_numbers(right: Expected, wrong: Mapping[str, str] | None) -> list[tuple[Any, str]]:
    """Wrong answers as `grade` compares them."""
    read = {given: read_wrong(given) for given in wrong or {}}
    refuse_right([given for given, found in read.items() if is_near(found, right)])
    return [(accepted(read[given]), as_text(words)) for given, words in (wrong or {}).items()]


def refuse_right(known: Sequence[object]) -> None:
    """Raise ValueError if there is any wrong answer that is right."""
    if known:
        raise ValueError(f"wrong: {in_short(known[0])} is the right answer")


def limits(argument: str, wanted: Any) -> tuple[float, float]:
    """Return the least and the largest number that will do, of a number or a pair. An error names the argument."""
    found = as_numbers(wanted) or []
    low, high = [*found, *found][:2] if 0 < len(found) < 3 else (math.nan, math.nan)
    if not -math.inf < low <= high < math.inf:
        raise ValueError(
            f"{argument}: expected a number, or two of which the first is not larger, got {in_short(wanted)}"
        )
    return low + 0.0, high + 0.0  # and not -0


def row_count(V: Any) -> int:
    """Return V, the number of rows, or raise a ValueError that names it."""
    try:
        count = operator.index(V)
    except TypeError:
        count = 0
    if count < 1:
        raise ValueError(f"V: expected a whole number of rows, at least 1, got {in_short(V)}")
    return count


def flat_ids(
    argument: str, values: Any, shape: tuple[int, ...] | None = None, V: int | None = None
) -> tuple[list[Any], tuple[int, ...]]:
    """Return ids one after the other, and their shape, (T,) or (B, T).

    Args:
        argument: what an error calls them.
        values: a tensor or nested lists.
        shape: the shape that they should have.
        V: the number of rows. Without it an id may be any whole number, and None may stand in its place.

    Raises:
        ValueError: another shape, or what is no id.
    """
    items, found = _flat(values)
    fits = found == shape if shape else len(found) in (1, 2) and items
    if not fits:
        raise ValueError(f"{argument}: expected ids of shape {shape or '(T,) or (B, T)'}, got {in_short(values)}")
    try:
        ids = [None if item is None and V is None else operator.index(item) for item in items]
    except TypeError:
        raise ValueError(f"{argument}: expected whole numbers, got {in_short(values)}") from None
    if V is not None and not set(ids) <= set(range(V)):
        raise ValueError(f"{argument}: expected ids 0 to {V - 1}, got {in_short(values)}")
    return ids, found


def sent_back(grad_output: Any, shape: tuple[int, ...]) -> list[float]:
    """Return what each position sends back, one after the other, with the digits of a float32.

    Raises:
        ValueError: another shape, or what is no finite number. It names the argument.
    """
    items, found = _flat(grad_output)
    sent = as_numbers(items)
    if found != shape or sent is None or not all(map(math.isfinite, sent)):
        raise ValueError(
            f"grad_output: expected finite numbers of shape {shape}, one for each id, got {in_short(grad_output)}"
        )
    return [float(f"{number:.7g}") for number in sent]


def _flat(values: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The items of a tensor or of nested lists, and their shape; lists of different lengths have no items."""
    values = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(values, (list, tuple, range)):
        return [values], ()
    parts = [_flat(value) for value in values]
    shapes = {shape for _, shape in parts}
    if len(shapes) > 1:
        return [], ()
    return [item for items, _ in parts for item in items], (len(values), *next(iter(shapes), ()))


def in_short(value: object) -> str:
    """A value as an error shows it: on one line, cut where it gets long."""
    text = " ".join(repr(value).split())
    return text if len(text) < 80 else f"{text[:79]}…"


def nested(items: Sequence[object], shape: Sequence[int]) -> str:
    """'[[1, 2], [3, 4]]'."""
    T = shape[-1]
    lines = [f"[{', '.join(map(str, items[i : i + T]))}]" for i in range(0, len(items), T)]
    return lines[0] if len(shape) == 1 else f"[{', '.join(lines)}]"


def shortly(number: float) -> str:
    """A number as a reader may type it: '2', '0.96', '0.00003'."""
    return f"{number:.0f}" if number == int(number) else f"{Decimal(repr(number)):f}"
