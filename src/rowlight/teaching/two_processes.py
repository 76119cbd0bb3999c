"""Two processes train one table together. Chapter 6, Rows that must keep still, runs this.

To be started twice, as `python -m rowlight.teaching.two_processes STORE RANK`, with RANK 0
and 1. STORE is a file that does not exist yet. The two find each other through it.
"""

import os
import sys
from datetime import timedelta

import torch
from torch import distributed, nn, optim
from torch.nn.parallel import DistributedDataParallel

BATCHES = ([1, 2], [2, 3])  # what process 0 reads, and what process 1 reads
LOOP_BACK = "lo0" if sys.platform == "darwin" else "lo"  # it does not leave the machine


def train(rank: int) -> None:
    """Take one step together with the other process, and print what it did here."""
    torch.manual_seed(rank)  # each process draws a table of its own
    table = nn.Embedding(6, 4, sparse=True)
    model = DistributedDataParallel(table)  # from here on, both have that of process 0
    optimizer = optim.SparseAdam(list(model.parameters()), lr=0.1)
    before = table.weight.detach().clone()

    model(torch.tensor(BATCHES[rank])).sum().backward()
    assert table.weight.grad is not None
    gradient = table.weight.grad.coalesce()
    optimizer.step()

    rows, numbers = gradient.indices()[0].tolist(), gradient.values()[:, 0].tolist()
    moved = (table.weight != before).any(dim=1).nonzero().flatten().tolist()
    tables = [torch.empty_like(before) for _ in range(2)]
    distributed.all_gather(tables, table.weight.detach())
    print(f"process {rank} read {BATCHES[rank]}")
    print(f"  gradient {dict(zip(rows, numbers, strict=True))}, moved {moved}")
    print(f"  same table as the other process: {torch.equal(*tables)}")


if __name__ == "__main__":
    store, rank = sys.argv[1], int(sys.argv[2])
    os.environ["GLOO_SOCKET_IFNAME"] = LOOP_BACK
    distributed.init_process_group(
        "gloo",
        init_method=f"file://{store}",
        rank=rank,
        world_size=len(BATCHES),
        timeout=timedelta(minutes=2),  # then one no longer waits for the other
    )
    train(rank)
    distributed.destroy_process_group()
