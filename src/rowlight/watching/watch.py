"""Watch a table while it is trained: which rows are read, get a gradient, move, and why.

The training is not changed to find out. Reads are seen by a `TorchFunctionMode`, steps by torch's global optimizer
hooks; both end with the block. Explained in chapter 5 of the book, Optimizers have memory.
"""

from contextlib import ExitStack

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from rowlight.checks import ID_DTYPES
from rowlight.watching.lookups import LookupMode
from rowlight.watching.recorder import Recorder
from rowlight.watching.trace import Trace

_watched = set()  # the id() of each Parameter that is watched now


def watch(table, rows=None, *, snapshots=False):
    """Record what a training loop does to the rows of an embedding table.

        with rowlight.watch(model.token_embedding) as trace:
            for batch in loader: ...  # untouched training code
        trace.steps[1].moved
        trace.report()

    A step is what `torch.optim.Optimizer.step` does to the table. Read are the ids that `F.embedding` or
    `F.embedding_bag` looked up in this Parameter, by whatever module or function, compiled or not, while gradients
    were enabled: not in an evaluation under `no_grad`, not by a tied head, not the padding that a bag skips, and not
    inside a checkpoint with `use_reentrant=True`, which hides them. Lookups in other threads, in TorchScript and in
    replayed CUDA graphs are not seen either. A compiled function may not use `torch.func.vmap` around a lookup here.
    While the block is open, torch evaluates attention layers without their fast path, so that an evaluation may differ
    in its last digits. What else writes to the table (`max_norm`, `load_state_dict`, your own code) is not taken for a
    step, unless the closure of a step does it.

    What moved is observed: each step is compared with a copy of the followed rows. A step of the trace keeps row ids
    only, at most a few dozen bytes a row that was read or moved.

    Args:
        table: an `nn.Embedding` or `nn.EmbeddingBag` with floating-point weight (V, D). Its Parameter is followed,
            not the layer: where it is shared, its other uses count too.
        rows: None to follow all rows, or ids of the rows to follow, a list or a 1-D tensor of integers. The trace then
            speaks of these rows alone, in ascending order, and only they are copied.
        snapshots: also keep the values, for `trace.start`, `trace.after(step)` and `trace.parts(step)`: all followed
            rows once, and those that have changed with each step. Each step is made up to three times more, on copies
            of the followed rows, to tell the gradient's part from those of momentum and decay.

    Returns:
        a context manager that gives the `Trace`. It can be entered once.

    Raises:
        TypeError: `table` is not such a layer or its weight no plain tensor, or `rows` are not integers.
        ValueError: the table is frozen, empty or on the meta device, or `rows` are none or not 1-D.
        IndexError: a row outside 0..V-1.
        RuntimeError: when entered: the table is being watched already, or this context manager was entered before.
    """
    return _Watch(table, rows, snapshots=snapshots)


class _Watch:
    """The context manager: everything in on entering, everything out on leaving."""

    def __init__(self, table, rows, *, snapshots):
        self._layer, self._parameter = table, _as_watchable(table)
        self._rows = None if rows is None else _as_rows(rows, len(self._parameter))
        self._snapshots = bool(snapshots)
        self._trace, self._on_exit = None, ExitStack()

    def __enter__(self):
        if self._trace is not None:
            raise RuntimeError("watch: this watch was entered before; call watch(...) again for a new trace")
        if id(self._parameter) in _watched:
            raise RuntimeError("watch: this table is being watched already; leave that `with` block first")
        V, D = self._parameter.shape
        rows = torch.arange(V, device="cpu") if self._rows is None else self._rows
        trace = self._trace = Trace(f"{type(self._layer).__name__}({V}, {D})", V, rows)
        lookups = LookupMode(self._parameter)
        recorder = Recorder(self._parameter, self._rows, trace, lookups, snapshots=self._snapshots)
        _watched.add(id(self._parameter))
        self._on_exit.callback(_watched.remove, id(self._parameter))
        for handle in (
            register_optimizer_step_pre_hook(self._note_replacement),
            register_optimizer_step_pre_hook(recorder.before),
            register_optimizer_step_post_hook(recorder.after),
        ):
            self._on_exit.callback(handle.remove)
        self._on_exit.callback(self._note_replacement)
        self._on_exit.enter_context(lookups)
        return trace

    def __exit__(self, *error):
        self._on_exit.__exit__(*error)  # with it goes the copy of the table

    def _note_replacement(self, *_):
        """Tell the trace if the layer has another Parameter by now than the one that is watched."""
        # Not `layer.weight`: under a parametrization that runs code of the model, and the Parameter is still in use.
        weight = self._layer._parameters.get("weight", self._parameter)  # noqa: SLF001
        if self._trace.replaced is None and weight is not self._parameter:
            self._trace.replaced = len(self._trace.steps)


def _as_watchable(table):
    """Return the Parameter of a layer that can be watched, or raise what `watch` says."""
    if not isinstance(table, nn.Embedding | nn.EmbeddingBag):
        raise TypeError(f"table: expected an nn.Embedding or an nn.EmbeddingBag, got {type(table).__name__}")
    weight = table.weight
    if not isinstance(weight, nn.Parameter):
        raise TypeError(
            f"table: its weight is a {type(weight).__name__}, not a Parameter: it is computed from others, "
            "and those are what an optimizer steps",
        )
    kind = type(weight.detach())
    if kind is not torch.Tensor:  # of a sharded or quantized one, rows cannot be compared
        raise TypeError(f"table: its weight is a {kind.__name__}, and only plain tensors can be watched")
    if weight.layout != torch.strided or not weight.is_floating_point():
        raise TypeError(f"table: expected a dense weight of floats, got {weight.dtype}, layout {weight.layout}")
    if weight.numel() == 0:
        raise ValueError(f"table: expected at least one row and one column, got shape {tuple(weight.shape)}")
    if weight.is_meta:
        raise ValueError("table: it is on the meta device, which holds shapes but no numbers")
    if not weight.requires_grad:
        raise ValueError("table: it is frozen (weight.requires_grad is False), so no optimizer step can move it")
    return weight


def _as_rows(rows, V):
    """Return chosen rows as a sorted LongTensor without repeats, or raise what `watch` says."""
    try:
        rows = torch.as_tensor(rows, device="cpu")
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"rows: expected a list or a tensor of row ids, got {type(rows).__name__}") from error
    if rows.ndim != 1 or rows.numel() == 0:
        raise ValueError(f"rows: expected a list or a 1-D tensor of at least one row id, got shape {tuple(rows.shape)}")
    if rows.dtype not in ID_DTYPES:
        raise TypeError(f"rows: expected integers, int64 or int32, got {rows.dtype}")
    outside = rows[(rows < 0) | (rows >= V)].tolist()
    if outside:
        raise IndexError(f"rows: there is no row {outside[0]}; a table of V = {V} rows has rows 0 to {V - 1}")
    return rows.detach().long().unique()
