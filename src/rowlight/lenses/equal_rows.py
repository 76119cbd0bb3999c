"""Which of some rows of a table are the same, bit for bit."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import torch


def equal_rows(table: torch.Tensor, rows: Sequence[int]) -> list[list[int]]:
    """Return the groups of equal rows among `rows`, of each group its rows in order; a row equal to none is in none.

    NaN equals NaN of the same bits, and -0 does not equal 0. Of a row that shares its first 8 bytes with no other,
    nothing else is read.

    Args:
        table: tensor (V, D) of any dtype, on any device.
        rows: distinct row numbers, in order.
    """
    if not table.shape[1]:
        return []
    firsts = _bits(table[_index(table, rows), : max(1, 8 // table.element_size())])
    suspects = sorted(row for group in _groups(firsts[:, 0].tolist(), rows) for row in group)
    if not suspects:
        return []
    keys = [tuple(words) for words in _bits(table[_index(table, suspects)]).tolist()]
    return sorted(_groups(keys, suspects))


def _groups(keys: Sequence[Hashable], rows: Sequence[int]) -> list[list[int]]:
    """The rows that share a key with another one."""
    found = defaultdict(list)
    for key, row in zip(keys, rows, strict=True):
        found[key].append(row)
    return [group for group in found.values() if len(group) > 1]


def _index(table: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.int64, device="cpu").to(table.device)


def _bits(vectors: torch.Tensor) -> torch.Tensor:
    """The bits of vectors (N, D) as int64 (N, words), on the CPU; the last word filled up with zeros."""
    bytes_ = vectors.cpu().contiguous().view(torch.uint8)
    missing = -bytes_.shape[1] % 8
    return torch.nn.functional.pad(bytes_, (0, missing)).contiguous().view(torch.int64)
