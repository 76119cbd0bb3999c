"""Which rows of a matrix are not zero, and which differ between two matrices. Exact, at most one pass over memory."""

import torch

BLOCK = 64 << 20  # bytes compared in one go: a fraction of a large table, and few waits for other cores
FIRST = 8  # numbers of a row that are looked at first: they lie close together, and settle most rows that moved
BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def nonzero_rows(matrix):
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
    mask = (matrix[:, :FIRST] != 0).any(1)
    unsettled = _few(~mask, matrix[:1].nbytes)
    if unsettled is None:
        return _nonzero_rows(matrix)
    for places in unsettled:
        mask[places] = _nonzero_rows(matrix[places])
    return mask


def _nonzero_rows(matrix):
    """The same, of dense rows, each looked at whole."""
    mask = _integers(matrix)[0].any(1)
    # -0.0 has a bit set. Most rows are settled by their first number; only the others are compared as floats.
    doubtful = (mask & (matrix[:, 0] == 0)).nonzero().flatten()
    mask[doubtful] = (matrix[doubtful] != 0).any(1)
    return mask


def _few(mask, row_bytes):
    """The places of the marks, some at a time, if they are few enough to be worth gathering; otherwise None."""
    places = mask.nonzero().flatten()
    if len(places) > len(mask) // 8:
        return None
    return places.split(max(1, BLOCK // 16 // max(1, row_bytes))) if len(places) else ()


def changed_rows(now, before):
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
    mask = (now.view(bits)[:, :FIRST] != before.view(bits)[:, :FIRST]).any(1)
    unsettled = _few(~mask, now[:1].nbytes)
    if unsettled is None:
        return _changed_rows(now, before)
    for places in unsettled:
        mask[places] = _changed_rows(now[places], before[places])
    return mask


def _changed_rows(now, before):
    """The same, each row looked at whole."""
    height = max(1, BLOCK // max(1, now[:1].nbytes))
    blocks = [slice(start, start + height) for start in range(0, len(now), height)]
    now, before = _integers(now, before)
    return torch.cat([_any(now[block] != before[block]) for block in blocks])


def _any(marks):
    """`marks.any(1)`, on eight marks at a time where that is possible, which is much faster."""
    return (marks.view(torch.int64) if _in_eights(marks) else marks).any(1)


def _integers(*matrices):
    """The same bits as integers, several floats to an integer where that is possible: less to compare."""
    wide = all(map(_in_eights, matrices))
    return [matrix.view(torch.int64 if wide else BITS[matrix.element_size()]) for matrix in matrices]


def _in_eights(matrix):
    """Whether each row is a whole number of eight bytes, one after the other in memory."""
    row_by_row = matrix.stride() == (matrix.shape[1], 1)
    return row_by_row and matrix[:1].nbytes % 8 == 0 and matrix.data_ptr() % 8 == 0
