"""What names may be, one for each of some things: runs, points, groups, traces."""

from collections.abc import Sequence
from typing import Any


def as_names(names: Any, count: int, what: str) -> list[str]:
    """Return `names` as a list of `count` strings. `what` is what an error calls them.

    Raises:
        TypeError: not a sequence.
        ValueError: not exactly `count` of them.
    """
    if not (isinstance(names, Sequence) or getattr(names, "ndim", 0) == 1) or isinstance(names, str):
        raise TypeError(f"{what}: expected a sequence of {count} strings, got {type(names).__name__}")
    if len(names) != count:
        raise ValueError(f"{what}: expected {count} of them, got {len(names)}")
    return [text_of(name) for name in names]


def text_of(value: object) -> str:
    """Text that can be sent to a page. Half of a surrogate pair, as in some vocabularies, cannot: '?' stands for it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value).encode("utf-8", "replace").decode("utf-8")
