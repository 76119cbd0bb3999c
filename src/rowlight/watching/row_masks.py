"""Which rows of a matrix are not zero, and which differ between two matrices. Exact, at most one pass over memory."""

from collections.abc import Sequence

import torch
from torch import Tensor

BLOCK = 64 << 20  # bytes compared in one go: a fraction of a large table, and few waits for other cores
FIRST_COLUMNS = 8  # looked at first: they lie close together, and settle most rows that moved
BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def nonzero_rows(matrix: Tensor) -> Tensor:
    """Mark the rows that hold anything but zeros. -0.0 is a zero; NaN is not.

    Args:
        matrix: tensor (R, D) of floats, dense or sparse.

    Returns:
        bool tensor (R,).
    """
    if matrix.is_sparse:
        matrix = matrix.coalesce()  # a new tensor if need be: the caller's keeps its entries
        values = matrix.values()
        hit = nonzero_rows(values) if values.ndim > 1 else values != 0  # an entry is a row, or one number of it
        mask = values.new_zeros(len(matrix), dtype=torch.bool)
        mask[matrix.indices()[0][hit]] = True
        return mask
    mask = (matrix[:, :FIRST_COLUMNS] != 0).any(1)
    unsettled = _batches_if_few(~mask, matrix[:1].nbytes)
    if unsettled is None:
        return _nonzero_rows(matrix)
    for rows in unsettled:
        mask[rows] = _nonzero_rows(matrix[rows])
    return mask


def _nonzero_rows(matrix: Tensor) -> Tensor:
    """The same, of dense rows, each looked at whole."""
    mask = _integers(matrix)[0].any(1)
    # -0.0 has a bit set. Most rows are settled by their first number; only the others are compared as floats.
    doubtful = (mask & (matrix[:, 0] == 0)).nonzero().flatten()
    mask[doubtful] = (matrix[doubtful] != 0).any(1)
    return mask


def _batches_if_few(mask: Tensor, row_bytes: int) -> Sequence[Tensor] | None:
    """The marked rows, some at a time, if they are few enough to be worth gathering; otherwise None."""
    rows = mask.nonzero().flatten()
    if len(rows) > len(mask) // 8:
        return None
    return rows.split(max(1, BLOCK // 16 // max(1, row_bytes))) if len(rows) else ()


def changed_rows(now: Tensor, before: Tensor) -> Tensor:
    """Mark the rows in which any bit differs: a NaN that stays the same NaN has not changed.

    Args:
        now: tensor (R, D) of floats.
        before: the same, earlier; if its shape, dtype or device is another, every row has changed.

    Returns:
        bool tensor (R,).
    """
    if (now.shape, now.dtype, now.device) != (before.shape, before.dtype, before.device):
        return now.new_ones(len(now), dtype=torch.bool)
    bits = BITS[now.element_size()]
    mask = (now.view(bits)[:, :FIRST_COLUMNS] != before.view(bits)[:, :FIRST_COLUMNS]).any(1)
    unsettled = _batches_if_few(~mask, now[:1].nbytes)
    if unsettled is None:
        return _changed_rows(now, before)
    for rows in unsettled:
        mask[rows] = _changed_rows(now[rows], before[rows])
    return mask


def _changed_rows(now: Tensor, before: Tensor) -> Tensor:
    """The same, each row looked at whole."""
    height = max(1, BLOCK // max(1, now[:1].nbytes))
    blocks = [slice(start, start + height) for start in range(0, len(now), height)]
    now, before = _integers(now, before)
    return torch.cat([_any(now[block] != before[block]) for block in blocks])


def _any(marks: Tensor) -> Tensor:
    """`marks.any(1)`, on eight marks at a time where that is possible, which is much faster."""
    return (marks.view(torch.int64) if _is_int64_aligned(marks) else marks).any(1)


def _integers(*matrices: Tensor) -> list[Tensor]:
    """The same bits as integers, several floats to an integer where that is possible: less to compare."""
    wide = all(map(_is_int64_aligned, matrices))
    return [matrix.view(torch.int64 if wide else BITS[matrix.element_size()]) for matrix in matrices]


def _is_int64_aligned(matrix: Tensor) -> bool:
    """Whether each row is a whole number of eight bytes, one after the other in memory, as `view(torch.int64)` asks."""
    row_by_row = matrix.stride() == (matrix.shape[1], 1)
    begins = (matrix.data_ptr(), matrix.storage_offset() * matrix.element_size())  # torch looks at the second
    return row_by_row and matrix[:1].nbytes % 8 == 0 and all(byte % 8 == 0 for byte in begins)
