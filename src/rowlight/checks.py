"""What a lens accepts, checked before anything is drawn.

Every error names the argument, what was given and what is accepted. IPython leaves functions with `__tracebackhide__`
out of a traceback, so that it ends at the caller's own line.
"""

import math
import operator
from collections.abc import Sequence
from typing import Any, overload

import torch
from torch import nn

MOST_POSITIONS = 512  # a lens draws a button for each id; past this, a page is no longer readable
ID_DTYPES = (torch.int64, torch.int32)  # what torch.nn.functional.embedding accepts
Selection = dict[str, Any]  # {"position": [b, t]}, {"sentence": b}, {"row": r} or {}


def as_table(table: object) -> torch.Tensor:
    """Return `table` as a tensor of shape (V, D) that shares its memory, so that later training shows.

    Args:
        table: an `nn.Embedding`, or a 2-D tensor or array of real numbers.

    Raises:
        TypeError: anything else, or an embedding whose `forward` is its own.
        ValueError: not two dimensions, no rows, or no numbers to show (a meta tensor).
    """
    __tracebackhide__ = True
    if isinstance(table, nn.Embedding):
        if getattr(table.forward, "__func__", None) is not nn.Embedding.forward:
            raise TypeError(
                f"table: {type(table).__name__} has its own forward, so its output may not be rows of its table; "
                "pass its weight to look at the table alone",
            )
        weight: torch.Tensor = table.weight
    elif isinstance(table, torch.Tensor):
        weight = table
    elif hasattr(table, "__array__") and not isinstance(table, nn.Module):
        weight = _tensor_of_array(table, "table")
    else:
        hint = "; pass its weight to look at the table alone" if isinstance(table, nn.EmbeddingBag) else ""
        raise TypeError(
            f"table: expected an nn.Embedding, a 2-D tensor or a 2-D array, got {type(table).__name__}{hint}",
        )
    weight = weight.detach()
    if not is_dense(weight) or weight.is_quantized or weight.is_complex() or weight.dtype == torch.bool:
        raise TypeError(f"table: expected a dense tensor of real numbers, got {kind_of(weight)} of {weight.dtype}")
    if weight.ndim != 2:
        raise ValueError(f"table: expected two dimensions (V, D), got shape {tuple(weight.shape)}")
    if weight.shape[0] == 0:
        raise ValueError(f"table: expected at least one row, got shape {tuple(weight.shape)}")
    if weight.is_meta:
        raise ValueError("table: it is on the meta device, which holds shapes but no numbers")
    return weight


def as_ids(ids: object, V: int) -> torch.Tensor:
    """Return `ids` as an int64 or int32 tensor of shape (), (T,) or (B, T) on the CPU.

    Args:
        ids: an integer tensor or array, an integer, or a nested list of integers; int32 and int64.
        V: the number of rows of the table; each id must be in 0..V-1.

    Raises:
        TypeError: a dtype that `torch.nn.functional.embedding` does not accept (float, bool, uint8, ...).
        IndexError: an id outside 0..V-1; the message gives the id, its position and V.
        ValueError: ragged lists, more than two dimensions, or more than 512 positions.
    """
    __tracebackhide__ = True
    if isinstance(ids, torch.Tensor):
        tensor = ids.detach()
    elif hasattr(ids, "__array__") and not isinstance(ids, Sequence):
        tensor = _tensor_of_array(ids, "ids")
    else:
        tensor = _tensor_of_lists(ids, V)
    if not is_dense(tensor) or tensor.is_meta:
        raise TypeError(f"ids: expected a dense tensor that holds numbers, got {kind_of(tensor)}")
    if tensor.dtype not in ID_DTYPES:
        raise TypeError(f"ids: expected torch.int64 or torch.int32, as nn.Embedding does, got {tensor.dtype}")
    if tensor.ndim > 2:
        raise ValueError(f"ids: expected shape (), (T,) or (B, T), got {tuple(tensor.shape)}")
    if max(tensor.numel(), *tensor.shape, 0) > MOST_POSITIONS:
        raise _too_many(tensor.shape)
    tensor = tensor.cpu().clone()
    outside = ((tensor < 0) | (tensor >= V)).nonzero()
    if len(outside):
        position = tuple(outside[0].tolist())
        raise _out_of_range(int(tensor[position]), position, V)
    return tensor


@overload
def as_tokens(tokens: None, V: int, name: str = ...) -> None: ...
@overload
def as_tokens(tokens: list[str], V: int, name: str = ...) -> list[str]: ...
@overload
def as_tokens(tokens: Any, V: int, name: str = ...) -> list[str] | None: ...
def as_tokens(tokens: Any, V: int, name: str = "tokens") -> list[str] | None:
    """Return `tokens` as a list of V strings, or None. `name` is what an error calls them.

    Half of a surrogate pair, as in some vocabularies, cannot be sent to a page: a question mark stands for it.

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
    return [str(token).encode("utf-8", "replace").decode("utf-8") for token in tokens]


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


def is_dense(tensor: torch.Tensor) -> bool:
    """Whether the numbers lie in memory one by one: neither sparse nor nested."""
    return tensor.layout == torch.strided and not tensor.is_nested


def kind_of(tensor: torch.Tensor) -> str:
    """What a tensor is that is not dense, in words."""
    return "a nested tensor" if tensor.is_nested else f"layout {tensor.layout} on {tensor.device}"


def _out_of_range(id_: int, position: tuple[int, ...], V: int) -> IndexError:
    where = f" at position {position}" if position else ""
    return IndexError(
        f"ids: index out of range in self: id {id_}{where}; a table of V = {V} rows has ids 0 to {V - 1}",
    )


def _too_many(shape: Sequence[int]) -> ValueError:
    return ValueError(
        f"ids: a lens draws each id, {MOST_POSITIONS} at most; got shape {tuple(shape)}. "
        "Pass a slice, for example ids[:8, :32]",
    )


def _tensor_of_array(array: object, name: str) -> torch.Tensor:
    import numpy as np  # noqa: PLC0415  only a caller who has an array needs it

    array = np.asarray(array)
    try:
        # Share memory where torch can, so that the lens shows the caller's later changes.
        shareable = array.flags.writeable and min(array.strides, default=0) >= 0
        return torch.from_numpy(array if shareable else array.copy())
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected an array of numbers that torch can read, got dtype {array.dtype}") from error


def _tensor_of_lists(ids: object, V: int) -> torch.Tensor:
    """Read nested lists one level after the other; an item may be an array of its own."""
    __tracebackhide__ = True
    shape: list[int] = []
    level: list[tuple[tuple[int, ...], Any]] = [((), ids)]
    while any(_is_list(value) for _, value in level):
        sizes = {len(value) if _is_list(value) else -1 for _, value in level}  # -1: a number
        if len(sizes) > 1:
            raise ValueError("ids: ragged lists: every list at one depth must have the same length")
        if len(shape) == 2:
            raise ValueError("ids: expected shape (), (T,) or (B, T), got deeper lists")
        shape += sizes
        if math.prod(shape) > MOST_POSITIONS:
            raise _too_many(shape)
        level = [((*position, i), item) for position, value in level for i, item in enumerate(value)]
    numbers = [_whole(value, position, V) for position, value in level]
    return torch.tensor(numbers, dtype=torch.int64, device="cpu").reshape(shape)


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple, range)) or getattr(value, "ndim", 0) > 0


def _whole(value: Any, position: tuple[int, ...], V: int) -> int:
    __tracebackhide__ = True
    dtype = getattr(value, "dtype", type(value).__name__)
    refused = TypeError(f"ids: expected integers, got {dtype} at position {position}")
    if "bool" in str(dtype) or "uint8" in str(dtype):
        raise refused
    try:
        number = operator.index(value)
    except TypeError:
        raise refused from None
    if not 0 <= number < V:  # before torch sees it: it may not even fit an int64
        raise _out_of_range(number, position, V)
    return number
