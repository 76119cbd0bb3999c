"""What a lookup costs, the same rows as a product of one-hot vectors with the table, and a lookup's way back."""

import statistics
import time

import torch
from _tools.bench.report import middle_and_tail
from torch.nn import functional as F

IDS, D, WARM = 256, 64, 5
CALLS = {10: 200, 1_000: 200, 50_000: 20}  # how often each way is timed, for each V
WAYS = ("a lookup", "a product, one-hot vectors ready", "a product, one-hot vectors made each time")
RATIO = "a product, one-hot vectors ready, over a lookup"
LARGE, FEW = 100_000, 6  # rows of the table and ids, for the way back
BACK = ("forward", "backward", "backward, `sparse=True`")
ROWS = (
    *(f"V = {V:,}: {what}" for V in CALLS for what in (*WAYS, RATIO)),
    *(f"V = {LARGE:,}, {FEW} ids: {what}" for what in BACK),
)


def microseconds(V, calls):
    """The times of each way. The ways take turns, so that a busy moment of the machine weighs on all of them."""
    table, ids = torch.randn(V, D), torch.randint(0, V, (IDS,))
    one_hot = F.one_hot(ids, V).float()
    ways = (
        lambda: F.embedding(ids, table),
        lambda: one_hot @ table,
        lambda: F.one_hot(ids, V).float() @ table,
    )
    rows = ways[0]()
    assert all(rows.equal(way()) for way in ways), "the ways read different rows"
    times = [[] for _ in ways]
    for _ in range(WARM + calls):
        for own, way in zip(times, ways, strict=True):
            start = time.perf_counter()
            way()
            own.append(1e6 * (time.perf_counter() - start))
    return [own[WARM:] for own in times]


def there_and_back(calls=50):
    """The times of a lookup and of its backward pass, dense and sparse, each with a gradient that has to be made."""
    ids = torch.randint(0, LARGE, (FEW,))
    layers = [torch.nn.Embedding(LARGE, D, sparse=sparse) for sparse in (False, True)]
    forward, dense, sparse = [], [], []
    for _ in range(WARM + calls):
        for layer, backward in zip(layers, (dense, sparse), strict=True):
            layer.zero_grad()
            start = time.perf_counter()
            vectors = layer(ids)
            middle = time.perf_counter()
            vectors.sum().backward()
            end = time.perf_counter()
            backward.append(1e6 * (end - middle))
        forward.append(1e6 * (middle - start))
    return [times[WARM:] for times in (forward, dense, sparse)]


def report(line):
    """Each size of table, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    names = iter(ROWS)
    for V, calls in CALLS.items():
        measured = microseconds(V, calls)
        for times in measured:
            line(next(names), "µs", *middle_and_tail(times))
        lookup, product, _ = map(statistics.median, measured)
        line(next(names), "times", product / lookup)
    for times in there_and_back():
        line(next(names), "µs", *middle_and_tail(times))
    torch.set_num_threads(threads)
