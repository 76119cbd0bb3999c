"""What may be selected in a lens, and what the dimensions of its ids may be called."""

import operator
from collections.abc import Sequence
from typing import Any

Selection = dict[str, Any]  # {"position": [b, t]}, {"sentence": b}, {"row": r} or {}


def as_axes(axes: object) -> tuple[str, ...]:
    """Return the names of the dimensions of ids: one or two texts.

    Raises:
        TypeError: not a sequence of text.
        ValueError: neither one nor two, or an empty one.
    """
    expected = 'axes: expected two names, such as ("record", "column"), or one for ids of one dimension'
    if not isinstance(axes, (list, tuple)) or not all(isinstance(name, str) for name in axes):
        raise TypeError(f"{expected}, got {axes!r}")
    if len(axes) not in (1, 2) or not all(name.strip() for name in axes):
        raise ValueError(f"{expected}, got {axes!r}")
    return tuple(name.encode("utf-8", "replace").decode("utf-8") for name in axes)


def as_selection(selection: object, shape: Sequence[int], V: int) -> Selection:
    """Return a selection as a dict: {"position": [b, t]}, {"sentence": b}, {"row": r} or {}.

    Raises:
        TypeError: not such a dict.
        IndexError: a position, sentence or row that does not exist.
    """
    kinds = "{'position': [b, t]}, {'sentence': b}, {'row': r} or {}"
    limits = {"position": tuple(shape), "sentence": tuple(shape[:1]) if len(shape) == 2 else (), "row": (V,)}
    if not isinstance(selection, dict) or not set(selection) <= set(limits) or len(selection) > 1:
        raise TypeError(f"selection: expected {kinds}, got {selection!r}")
    if not selection:
        return {}
    [(kind, value)] = selection.items()
    try:
        items = value if kind == "position" and isinstance(value, (list, tuple)) else [value]
        at = [operator.index(i) for i in items]
    except TypeError:
        raise TypeError(f"selection: expected {kinds}, got {selection!r}") from None
    if len(at) != len(limits[kind]) or not all(0 <= i < limit for i, limit in zip(at, limits[kind], strict=True)):
        raise IndexError(f"selection: there is no {kind} {value!r}; ids have shape {tuple(shape)}, V = {V}")
    return {kind: at if kind == "position" else at[0]}
