"""What a table may be."""

import warnings

import torch
from torch import nn

LAYERS = (nn.Embedding, nn.EmbeddingBag)


def as_table(table: object) -> torch.Tensor:
    """Return `table` as a tensor of shape (V, D) that shares its memory, so that later training shows.

    Nothing of it is read: a memory-mapped table of any size opens at once.

    Args:
        table: an `nn.Embedding`, an `nn.EmbeddingBag`, or a 2-D tensor or array of real numbers.

    Raises:
        TypeError: anything else, a layer whose `forward` is its own, or a mapped file that torch cannot share.
        ValueError: not two dimensions, no rows, or no numbers to show (a meta tensor).
    """
    __tracebackhide__ = True
    if isinstance(table, LAYERS):
        own = nn.Embedding if isinstance(table, nn.Embedding) else nn.EmbeddingBag
        if getattr(table.forward, "__func__", None) is not own.forward:
            raise TypeError(
                f"table: {type(table).__name__} has its own forward, so its output may not be rows of its table; "
                "pass its weight to look at the table alone",
            )
        weight: torch.Tensor = table.weight
    elif isinstance(table, torch.Tensor):
        weight = table
    elif hasattr(table, "__array__") and not isinstance(table, nn.Module):
        weight = tensor_of_array(table, "table")
    else:
        raise TypeError(
            "table: expected an nn.Embedding, an nn.EmbeddingBag, a 2-D tensor or a 2-D array, "
            f"got {type(table).__name__}",
        )
    weight = weight.detach()
    if not is_dense(weight) or weight.is_quantized or weight.is_complex() or weight.dtype == torch.bool:
        raise TypeError(f"table: expected a dense tensor of real numbers, got {kind_of(weight)} of {weight.dtype}")
    if not _can_be_read(weight.dtype):
        raise TypeError(f"table: torch stores numbers of {weight.dtype}, but has no way to print them")
    if weight.ndim != 2:
        raise ValueError(f"table: expected two dimensions (V, D), got shape {tuple(weight.shape)}")
    if weight.shape[0] == 0:
        raise ValueError(f"table: expected at least one row, got shape {tuple(weight.shape)}")
    if weight.is_meta:
        raise ValueError("table: it is on the meta device, which holds shapes but no numbers")
    return weight


def is_dense(tensor: torch.Tensor) -> bool:
    """Whether the numbers lie in memory one by one: neither sparse nor nested."""
    return tensor.layout == torch.strided and not tensor.is_nested


def kind_of(tensor: torch.Tensor) -> str:
    """What a tensor is that is not dense, in words."""
    return "a nested tensor" if tensor.is_nested else f"layout {tensor.layout} on {tensor.device}"


def _can_be_read(dtype: torch.dtype) -> bool:
    """Whether torch can turn its numbers into others: those of float4 and of a few bits it cannot."""
    try:
        torch.empty(1, dtype=dtype, device="cpu").double()
    except (NotImplementedError, RuntimeError):
        return False
    return True


def tensor_of_array(array: object, name: str) -> torch.Tensor:
    """Return `array` as a tensor, sharing its memory where torch can, so that a lens shows the caller's later changes.

    An array that runs backwards, such as `array[::-1]`, torch cannot share: it is copied.

    Raises:
        TypeError: a dtype that torch does not know, or a file mapped into memory that would have to be copied. `name`
            is what the error calls the array.
    """
    import numpy as np  # noqa: PLC0415  only a caller who has an array needs it

    is_mapped = isinstance(array, np.memmap)
    array = np.asarray(array)
    runs_back = min(array.strides, default=0) < 0
    if is_mapped and runs_back:
        raise TypeError(f"{name}: a mapped file that runs backwards, as [::-1] makes it, would have to be read whole")
    try:
        with warnings.catch_warnings():  # of a read-only array, such as a file mapped for reading: a lens never writes
            warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
            return torch.from_numpy(array.copy() if runs_back else array)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected an array of numbers that torch can read, got dtype {array.dtype}") from error
