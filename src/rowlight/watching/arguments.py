"""What `watch` accepts, checked before anything is recorded. Every error names the argument and what was given."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from rowlight.checks import ID_DTYPES

MOST_NAMED = 5  # of more embeddings in a model the first are named


def as_watchable(table: nn.Embedding | nn.EmbeddingBag) -> nn.Parameter:
    """Return the Parameter of a layer that can be watched, or raise what `watch` says."""
    if not isinstance(table, nn.Embedding | nn.EmbeddingBag):
        hint = _embeddings_in(table) if isinstance(table, nn.Module) else ""
        raise TypeError(f"table: expected an nn.Embedding or an nn.EmbeddingBag, got {_named(type(table))}{hint}")
    weight = table.weight
    if not isinstance(weight, nn.Parameter):
        raise TypeError(
            f"table: its weight is a {_named(type(weight))}, not a Parameter: it is computed from others, "
            "and those are what an optimizer steps",
        )
    kind = type(weight.detach())
    if kind is not Tensor:  # of a sharded or quantized one, rows cannot be compared
        raise TypeError(f"table: its weight is a {_named(kind)}, and only plain tensors can be watched")
    if weight.is_nested or weight.layout != torch.strided or not weight.is_floating_point():
        layout = "nested" if weight.is_nested else weight.layout
        raise TypeError(f"table: expected a dense weight of floats, got {weight.dtype}, layout {layout}")
    if weight.ndim != 2:
        raise ValueError(
            f"table: expected a weight of shape (V, D), got {tuple(weight.shape)}; FSDP1 flattens the weights it shards"
        )
    if weight.numel() == 0:
        raise ValueError(f"table: expected at least one row and one column, got shape {tuple(weight.shape)}")
    if weight.is_meta:
        raise ValueError("table: it is on the meta device, which holds shapes but no numbers")
    if not weight.requires_grad:
        raise ValueError("table: it is frozen (weight.requires_grad is False), so no optimizer step can move it")
    return weight


def as_rows(rows: Iterable[int] | Tensor, V: int) -> Tensor:
    """Return chosen rows as a sorted LongTensor without repeats, or raise what `watch` says."""
    kind = _named(type(rows))
    try:
        if not hasattr(rows, "__array__"):  # a tensor and an array of NumPy or pandas have it; a range or a set has not
            rows = list(rows)
        ids = torch.as_tensor(rows, device="cpu")
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"rows: expected a list, a range, a set or a tensor of row ids, got {kind} ({error})"
        ) from error
    if ids.is_nested:
        raise TypeError("rows: expected a list, a range, a set or a tensor of row ids, got a nested tensor")
    if ids.ndim != 1 or ids.numel() == 0:
        raise ValueError(f"rows: expected at least one row id in one dimension, got shape {tuple(ids.shape)}")
    if ids.dtype not in ID_DTYPES:
        raise TypeError(f"rows: expected integers, int64 or int32, got {ids.dtype}")
    outside = ids[(ids < 0) | (ids >= V)].tolist()
    if outside:
        raise IndexError(f"rows: there is no row {outside[0]}; a table of V = {V} rows has rows 0 to {V - 1}")
    chosen: Tensor = ids.detach().long().unique()
    return chosen


def _named(kind: type) -> str:
    """'torch.nn.modules.linear.Linear': a class by its full name; other libraries have an Embedding of their own."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _embeddings_in(model: nn.Module) -> str:
    """What to pass instead of a model: '; pass one of its embeddings: .tokens, .positions'."""
    names = [f".{name}" for name, part in model.named_modules() if isinstance(part, nn.Embedding | nn.EmbeddingBag)]
    if not names:
        return ", which holds none"
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    pass_it = "pass its embedding" if len(names) == 1 else "pass one of its embeddings"
    return f"; {pass_it}: {', '.join(names[:MOST_NAMED])}{more}"
