"""Which of some rows of a table are the same, bit for bit."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import torch

AT_ONCE = 1 << 20  # so many bytes are read at once
FACTOR = -7046029254386353131  # odd: 2 ** 64 over the golden ratio, as a signed number


def equal_rows(table: torch.Tensor, rows: Sequence[int]) -> list[list[int]]:
    """Return the groups of equal rows among `rows`, of each group its rows in order; a row equal to none is in none.

    NaN equals NaN of the same bits, and -0 does not equal 0. Of a row that shares its first 8 bytes with no other,
    nothing else is read. What is read is compared by torch, some rows at a time, and not held.

    Args:
        table: tensor (V, D) of any dtype, on any device.
        rows: distinct row numbers, in order.
    """
    if not table.shape[1]:
        return []
    suspects = _alike(table[:, : max(1, 8 // table.element_size())], rows)
    suspects = _alike(table, sorted(row for group in suspects for row in group))
    return sorted(group for alike in suspects for group in _equal(table, alike))


def _alike(table: torch.Tensor, rows: Sequence[int]) -> list[list[int]]:
    """The groups of rows of one hash: all that are equal, and hardly any that are not."""
    if not rows:
        return []
    found = defaultdict(list)
    factors = None
    hashes: list[int] = []
    for words in _words(table, rows):
        if factors is None:
            factors = torch.full(words.shape[1:], FACTOR, dtype=torch.int64, device="cpu").cumprod(0)
        hashes += ((words ^ words >> 32) * factors).sum(1).tolist()  # signs stand highest: bring them down
    for row, key in zip(rows, hashes, strict=True):
        found[key].append(row)
    return [group for group in found.values() if len(group) > 1]


def _equal(table: torch.Tensor, rows: list[int]) -> Iterator[list[int]]:
    """The groups of equal rows among rows of one hash."""
    while len(rows) > 1:
        [[first]] = [words.unbind() for words in _words(table, rows[:1])]
        same = [is_same for words in _words(table, rows) for is_same in (words == first).all(1).tolist()]
        group = [row for row, is_same in zip(rows, same, strict=True) if is_same]
        rows = [row for row, is_same in zip(rows, same, strict=True) if not is_same]
        if len(group) > 1:
            yield group


def _words(table: torch.Tensor, rows: Sequence[int]) -> Iterator[torch.Tensor]:
    """The bits of some rows as int64 (N, words), on the CPU, a part of them after the other."""
    size = table.shape[1] * table.element_size()
    step = max(1, AT_ONCE // size)
    for start in range(0, len(rows), step):
        at = torch.tensor(rows[start : start + step], dtype=torch.int64, device="cpu").to(table.device)
        bits = table[at].cpu().contiguous().view(torch.uint8)
        if size % 8:
            bits = torch.nn.functional.pad(bits, (0, -size % 8)).contiguous()
        yield bits.view(torch.int64)
