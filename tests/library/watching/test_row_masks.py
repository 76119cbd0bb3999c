"""Rows that are not zero and rows that differ, in every layout that a matrix may have in memory."""

import numpy as np
import pytest
import torch
from helpers.training import V

from rowlight.watching.row_masks import changed_rows, nonzero_rows

NAN, SMALL = float("nan"), 1e-45


def test_rows_are_compared_by_their_bits_and_zero_is_zero_of_either_sign():
    now = torch.tensor([[NAN, 1], [0, 0], [-0.0, 0], [SMALL, 0], [0, -1], [0, NAN]])
    assert nonzero_rows(now).tolist() == [True, False, False, True, True, True]
    before = now.clone()
    assert not changed_rows(now, before).any()
    before[2, 0], before[3, 0], before[5, 1] = 0.0, 0.0, 1.0
    assert changed_rows(now, before).nonzero().flatten().tolist() == [2, 3, 5]
    assert changed_rows(now.double(), now).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("columns", [1, 3, 4, 8, 16])
def test_every_layout_of_a_matrix_gives_the_same_rows(dtype, columns, monkeypatch):
    monkeypatch.setattr("rowlight.watching.row_masks.BLOCK", 64)  # many blocks
    storage = torch.zeros(1 + 50 * columns, dtype=dtype)
    for matrix in (storage[1:].view(50, columns), storage[:-1].view(50, columns), storage[1:].view(columns, 50).T):
        before = matrix.clone()
        matrix[[0, 7, 49], columns - 1] = 1
        assert nonzero_rows(matrix).nonzero().flatten().tolist() == [0, 7, 49]
        assert changed_rows(matrix, before).nonzero().flatten().tolist() == [0, 7, 49]
        storage.zero_()


@pytest.mark.parametrize("first", [1, 2, 3])
@pytest.mark.parametrize("base", [0, 4])
def test_rows_that_begin_anywhere_in_memory(first, base):
    """Torch refuses to read floats as int64 from a view that begins at an odd one, whatever its address is."""
    memory = np.zeros(32, np.float32)
    memory = memory[(base - memory.ctypes.data) % 8 // 4 :]
    matrix = torch.from_numpy(memory)[first : first + 24].view(6, 4)
    before = matrix.clone()
    assert matrix.data_ptr() % 8 == (base + 4 * first) % 8
    matrix[2, 3] = 1
    assert nonzero_rows(matrix).tolist() == changed_rows(matrix, before).tolist() == [row == 2 for row in range(6)]


def test_sparse_gradients_count_by_their_values():
    sparse = torch.sparse_coo_tensor([[1, 3, 3, 4]], torch.tensor([[1.0], [2], [-2], [0]]), (V, 1))
    assert nonzero_rows(sparse).tolist() == [False, True, False, False, False, False]
    assert not sparse.is_coalesced()
