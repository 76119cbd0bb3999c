"""Answers as an author writes them in a cell, made ready for grading."""

import numbers
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
        return [values if isinstance(values, int) else float(values)]
    parts = [as_numbers(value) for value in values] if hasattr(values, "__iter__") else [None]
    return None if None in parts else [number for part in parts if part for number in part]


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
    if known:
        raise ValueError(f"wrong: {known[0]!r} is the right answer")


def nested(ids: Sequence[float], shape: Sequence[int]) -> str:
    """'[[1, 2], [3, 4]]'."""
    whole = [int(id_) for id_ in ids]
    T = shape[-1]
    return str(whole if len(shape) == 1 else [whole[i : i + T] for i in range(0, len(whole), T)])


def shortly(number: float) -> str:
    """A number as a reader may type it: '2', '0.96', '0.00003'."""
    return f"{number:.0f}" if number == int(number) else f"{Decimal(repr(number)):f}"
