"""The gradient as a page adds it up, held against Python to the last bit, and Python's against torch."""

import random

import torch
from helpers import node
from torch.nn import functional as F

from rowlight.lenses.gradient import drawn_gradient, made_of

MODULE = "lenses/gradient.js"


def some_backward(rng):
    V, D, N = rng.randrange(1, 8), rng.randrange(1, 5), rng.randrange(7)
    digits = rng.choice([4, 4, 17])
    return {
        "ids": [rng.randrange(V) for _ in range(N)],
        "grad_output": [[round(rng.gauss(0, 1), digits) for _ in range(D)] for _ in range(N)],
        "V": V,
        "D": D,
        "options": {"padding": rng.choice([None, rng.randrange(V)]), "byFrequency": rng.random() < 0.5},
    }


def test_a_page_adds_up_gradients_as_python_does_and_python_as_torch_does():
    """10,000 cases with repeats, padding_idx and scale_grad_by_freq: the same bits, and torch within its rounding."""
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    cases = [some_backward(rng) for _ in range(10_000)]
    rows = "Array.from({ length: c.V }, (_, row) => row)"
    sums = f"m.drawnGradient(c.ids, c.grad_output, {rows}, c.options)"
    found = node.evaluate(
        MODULE, f"((sums) => {rows}.map((row) => sums.get(row) ?? Array(c.D).fill(0)))({sums})", cases
    )
    repeats = 0
    for case, page in zip(cases, found, strict=True):
        V, D, ids = case["V"], case["D"], torch.tensor(case["ids"], dtype=torch.int64)
        arriving = torch.tensor(case["grad_output"], dtype=torch.float64).reshape(len(ids), D)
        padding, by_frequency = case["options"]["padding"], case["options"]["byFrequency"]
        drawn = drawn_gradient(ids, arriving, torch.arange(V), padding=padding, by_frequency=by_frequency)
        assert page == drawn.tolist()
        table = torch.zeros(V, D, dtype=torch.float64, requires_grad=True)
        output = F.embedding(ids, table, padding_idx=padding, scale_grad_by_freq=by_frequency)
        output.backward(arriving)
        torch.testing.assert_close(drawn, table.grad, rtol=1e-12, atol=1e-12)
        repeats += len(ids.unique()) < len(ids)
    assert repeats > 1000


def test_rows_that_a_page_does_not_show_are_left_out():
    ids, arriving, rows = torch.tensor([2, 7, 2]), torch.ones(3, 1, dtype=torch.float64), torch.tensor([0, 2, 7])
    drawn = drawn_gradient(ids, arriving, rows, padding=None, by_frequency=False)
    assert drawn.tolist() == [[0], [2], [1]]
    options = "{ padding: null, byFrequency: false }"
    page = node.evaluate(MODULE, f"[...m.drawnGradient([2, 7, 2], [[1], [1], [1]], [0, 2], {options})]", [0])
    assert page == [[[2, [2]]]]


def test_a_page_says_what_a_gradient_is_made_of_as_python_does():
    cases = [[uses, pad, mean] for uses in range(5) for pad in (True, False) for mean in (True, False)]
    said = node.evaluate(MODULE, "m.madeOf(...c)", cases)
    assert said == [made_of(uses, is_padding=pad, by_frequency=mean) for uses, pad, mean in cases]
