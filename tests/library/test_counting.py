"""Numbers that keep a tally count what is multiplied, and nothing else."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from rowlight.teaching.counting import count_multiplications

sizes = st.integers(1, 6)


@given(sizes, sizes, sizes)
def test_a_product_multiplies_n_times_v_times_d(N, V, D):
    one_hot = F.one_hot(torch.arange(N) % V, V)
    assert count_multiplications(lambda given, table: given @ table, one_hot, torch.ones(V, D)) == N * V * D


@given(sizes, sizes, sizes)
def test_a_lookup_multiplies_nothing_and_a_scaled_one_n_times_d(N, V, D):
    ids, table = torch.arange(N) % V, torch.ones(V, D)
    assert count_multiplications(lambda given, table: table[given], ids, table) == 0
    assert count_multiplications(lambda given, table: 2 * table[given], ids, table) == N * D


def test_tallied_numbers_add_up_to_what_torch_computes():
    table, vector = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[2, 1]])
    seen = []
    count_multiplications(lambda given, table: seen.append(given @ table), vector, table)
    assert [[x.value for x in row] for row in seen[0]] == (vector.float() @ table).tolist()
