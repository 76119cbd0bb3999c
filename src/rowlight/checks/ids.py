"""What ids may be: integers in tensors, arrays, lists, what a tokenizer returns, and the codes of pandas categories."""

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from rowlight.checks.tables import is_dense, kind_of, tensor_of_array

MOST_POSITIONS = 512  # a page draws so many buttons for ids, and no more
ID_DTYPES = (torch.int64, torch.int32)  # what torch.nn.functional.embedding accepts


def as_ids(ids: object, V: int, most: int = MOST_POSITIONS) -> torch.Tensor:
    """Return `ids` as an int64 or int32 tensor of shape (), (T,) or (B, T) on the CPU.

    Args:
        ids: an integer tensor or array, an integer, or a nested list of integers, int32 or int64; what a tokenizer
            returns, which holds such ids as "input_ids" or `ids`, or a list of that; or a column of categories of
            pandas, whose codes are the ids.
        V: the number of rows of the table; each id must be in 0..V-1.
        most: how many ids there may be.

    Raises:
        TypeError: a dtype that `torch.nn.functional.embedding` does not accept (float, bool, uint8, ...), a dict
            without "input_ids", or a whole data frame of categories.
        IndexError: an id outside 0..V-1; the message gives the id, its position and V.
        ValueError: ragged lists, more than two dimensions, more than `most` ids, or a missing category.
    """
    __tracebackhide__ = True
    ids = _inside(ids)
    if isinstance(ids, torch.Tensor):
        tensor = ids.detach()
    elif hasattr(ids, "__array__") and not isinstance(ids, Sequence):
        tensor = tensor_of_array(ids, "ids")
    else:
        tensor = _tensor_of_lists(ids, V, most)
    if not is_dense(tensor) or tensor.is_meta:
        raise TypeError(f"ids: expected a dense tensor that holds numbers, got {kind_of(tensor)}")
    if tensor.dtype not in ID_DTYPES:
        raise TypeError(f"ids: expected torch.int64 or torch.int32, as nn.Embedding does, got {tensor.dtype}")
    if tensor.ndim > 2:
        raise ValueError(f"ids: expected shape (), (T,) or (B, T), got {tuple(tensor.shape)}")
    if max(tensor.numel(), *tensor.shape, 0) > most:
        raise _too_many(tensor.shape, most)
    tensor = tensor.cpu().clone()
    outside = ((tensor < 0) | (tensor >= V)).nonzero()
    if len(outside):
        position = tuple(outside[0].tolist())
        raise _out_of_range(int(tensor[position]), position, V)
    return tensor


def _inside(ids: object) -> object:
    """The ids that a tokenizer's output or a column of categories holds; anything else as it is."""
    __tracebackhide__ = True
    if isinstance(ids, Mapping):  # a dict or a BatchEncoding of transformers
        if "input_ids" not in ids:
            raise TypeError(f'ids: a dict must have "input_ids", as a tokenizer gives it; got the keys {list(ids)}')
        return ids["input_ids"]
    if isinstance(ids, list) and ids and (isinstance(ids[0], Mapping) or _is_encoding(ids[0])):
        return [_inside(one) for one in ids]
    if _is_encoding(ids):
        return ids.ids  # type: ignore[attr-defined]
    if hasattr(ids, "columns") and "category" in map(str, getattr(ids, "dtypes", ())):
        raise TypeError(
            "ids: each column of this data frame has categories of its own, and so a table of its own; "
            f"pass one column, for example df[{ids.columns[0]!r}]"
        )
    return _codes(ids) if str(getattr(ids, "dtype", "")) == "category" else ids


def _is_encoding(value: object) -> bool:
    """Whether it is an Encoding of the package tokenizers."""
    return hasattr(value, "ids") and hasattr(value, "tokens") and hasattr(value, "attention_mask")


def _codes(categories: Any) -> list[int]:
    """The codes of a pandas Categorical, or of a Series or an Index of them."""
    __tracebackhide__ = True
    codes: list[int] = (categories.cat if hasattr(categories, "cat") else categories).codes.tolist()
    if -1 in codes:
        raise ValueError(
            f"ids: the category at position ({codes.index(-1)},) is missing, code -1, and the table has no row for it; "
            "give missing values a category of their own, for example with .add_categories and .fillna",
        )
    return codes


def _out_of_range(id_: int, position: tuple[int, ...], V: int) -> IndexError:
    where = f" at position {position}" if position else ""
    return IndexError(
        f"ids: index out of range in self: id {id_}{where}; a table of V = {V} rows has ids 0 to {V - 1}",
    )


def _too_many(shape: Sequence[int], most: int) -> ValueError:
    firsts = most // max(1, math.prod(shape[1:]))
    example = f", for example ids[:{firsts}]" if firsts else ""
    return ValueError(
        f"ids: this lens takes {most:,} at most; got {math.prod(shape):,}, in shape {tuple(shape)}. "
        f"Pass a part of them{example}"
    )


def _tensor_of_lists(ids: object, V: int, most: int) -> torch.Tensor:
    """Read nested lists one level after the other; an item may be an array of its own."""
    __tracebackhide__ = True
    shape: list[int] = []
    level: list[tuple[tuple[int, ...], Any]] = [((), ids)]
    while any(_is_list(value) for _, value in level):
        sizes = {len(value) if _is_list(value) else -1 for _, value in level}  # -1: a number
        if len(sizes) > 1:
            raise ValueError("ids: ragged lists: every list at one depth must have the same length; pad shorter ones")
        if len(shape) == 2:
            raise ValueError("ids: expected shape (), (T,) or (B, T), got deeper lists")
        shape += sizes
        if math.prod(shape) > most:
            raise _too_many(shape, most)
        level = [((*position, i), item) for position, value in level for i, item in enumerate(value)]
    numbers = [_whole(value, position, V) for position, value in level]
    return torch.tensor(numbers, dtype=torch.int64, device="cpu").reshape(shape)


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple, range)) or getattr(value, "ndim", 0) > 0


def _whole(value: Any, position: tuple[int, ...], V: int) -> int:
    __tracebackhide__ = True
    dtype = getattr(value, "dtype", type(value).__name__)
    refused = f"ids: expected integers, got {dtype} at position {position}"
    if "bool" in str(dtype) or "uint8" in str(dtype):
        raise TypeError(refused)
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(refused) from None
    if not 0 <= number < V:  # before torch sees it: it may not even fit an int64
        raise _out_of_range(number, position, V)
    return number
