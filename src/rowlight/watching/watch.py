"""Watch a table while it is trained: which rows are read, get a gradient, move, and why.

The training is not changed to find out. Reads are seen by a `TorchFunctionMode`, steps by torch's global optimizer
hooks; both end with the block. Explained in chapter 5 of the book, Optimizers have memory.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import NoReturn

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from rowlight.watching.arguments import as_rows, as_watchable
from rowlight.watching.guard import Guard
from rowlight.watching.lookups import LookupMode
from rowlight.watching.parts import Parts
from rowlight.watching.recorder import Recorder
from rowlight.watching.snapshots import Snapshots
from rowlight.watching.trace import Trace

_watched: set[int] = set()  # the id() of each Parameter that is watched now


def watch(
    table: nn.Embedding | nn.EmbeddingBag, rows: Iterable[int] | Tensor | None = None, *, snapshots: bool = False
) -> "Watch":
    """Record what a training loop does to the rows of an embedding table.

        with rowlight.watch(model.token_embedding) as trace:
            for batch in loader: ...  # untouched training code
        trace.steps[1].moved
        trace.report()

    A step is what `torch.optim.Optimizer.step` does to the table. Read are the ids that `F.embedding` or
    `F.embedding_bag` looked up in this Parameter, by whatever module or function, compiled or not, while gradients
    were enabled: not in an evaluation under `no_grad`, not by a tied head, not the padding that a bag skips, and not
    inside a checkpoint with `use_reentrant=True`, which hides them. Lookups in other threads, in other processes and in
    TorchScript are not seen either, nor, in a compiled function, those inside a checkpoint or inside `torch.func.grad`.
    Neither lookups nor steps are seen while a CUDA graph is captured or replayed. While the block is open, torch
    evaluates attention layers without their fast path, so that an evaluation may differ in its last digits. What else
    writes to the table (`max_norm`, `load_state_dict`, your own code) is not taken for a step, unless the closure of a
    step does it.

    What moved is observed: each step is compared with a copy of the followed rows. A step of the trace keeps row ids
    only, at most a few dozen bytes a row that was read or moved.

    The training never meets an exception of the watch. Should the watch fail, it warns and ends, and the trace, its
    `repr` and its report say so.

    Args:
        table: an `nn.Embedding` or `nn.EmbeddingBag` with floating-point weight (V, D). Its Parameter is followed,
            not the layer: where it is shared, its other uses count too.
        rows: None to follow all rows, or ids of the rows to follow: a list, a range, a set, a 1-D tensor or array of
            integers. The trace then speaks of these rows alone, in ascending order, and only they are copied.
        snapshots: also keep the values, for `trace.start` and `trace.after(step)`: all followed rows once, and those
            that have changed with each step. While the block is open, this takes one more copy of the followed rows.

    Returns:
        a context manager that gives the `Trace`. It can be entered once.

    Raises:
        TypeError: `table` is not such a layer or its weight no plain tensor, or `rows` are not integers.
        ValueError: the table is frozen, empty, not of shape (V, D) or on the meta device, or `rows` are none or not
            1-D.
        IndexError: a row outside 0..V-1.
        RuntimeError: when entered: the table is being watched already, or this context manager was entered before.
    """
    return Watch(table, rows, snapshots=snapshots)


class Watch:
    """The context manager that `watch` returns: everything in on entering, everything out on leaving."""

    def __init__(
        self, table: nn.Embedding | nn.EmbeddingBag, rows: Iterable[int] | Tensor | None, *, snapshots: bool
    ) -> None:
        self._layer, self._parameter = table, as_watchable(table)
        self._rows = None if rows is None else as_rows(rows, len(self._parameter))
        self._keeps_values = bool(snapshots)
        self._trace: Trace | None = None
        self._on_exit = ExitStack()

    def __enter__(self) -> Trace:
        """Begin: copy the followed rows, and put hooks and mode in place. What raises here leaves nothing behind."""
        if self._trace is not None:
            raise RuntimeError("watch: this watch was entered before; call watch(...) again for a new trace")
        if id(self._parameter) in _watched:
            raise RuntimeError("watch: this table is being watched already; leave that `with` block first")
        V, D = self._parameter.shape
        weight = self._parameter.detach()
        snapshots = Snapshots(weight if self._rows is None else weight[self._rows]) if self._keeps_values else None
        rows = torch.arange(V, device="cpu") if self._rows is None else self._rows
        parts = Parts() if self._keeps_values else None
        trace = Trace(f"{type(self._layer).__name__}({V}, {D})", V, rows, snapshots, parts)
        guard = Guard(trace)
        lookups = LookupMode(self._parameter, guard)
        recorder = Recorder(self._parameter, self._rows, trace, lookups, snapshots, parts)
        note_replacement = partial(self._note_replacement, trace)
        with ExitStack() as stack:
            _watched.add(id(self._parameter))
            stack.callback(_watched.remove, id(self._parameter))
            for handle in (
                register_optimizer_step_pre_hook(guard.hook(note_replacement)),
                register_optimizer_step_pre_hook(guard.hook(recorder.before)),
                register_optimizer_step_post_hook(guard.hook(recorder.after)),
            ):
                stack.callback(handle.remove)
            stack.callback(guard, note_replacement)
            stack.enter_context(lookups)
            self._on_exit = stack.pop_all()
        self._trace = trace
        return trace

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """End: take out hooks and mode, and with them the copy of the table. The trace stays."""
        self._on_exit.__exit__(kind, error, where)

    def _note_replacement(self, trace: Trace, *_: object) -> None:
        """Tell the trace if the layer has another Parameter by now than the one that is watched."""
        # Not `layer.weight`: under a parametrization that runs code of the model, and the Parameter is still in use.
        weight = self._layer._parameters.get("weight", self._parameter)  # noqa: SLF001
        if trace.replaced is None and weight is not self._parameter:
            trace.replaced = len(trace.steps)

    def __getattr__(self, name: str) -> NoReturn:
        """Say where to find what a trace has, to those who ask the watch for it."""
        raise AttributeError(f"watch: no {name!r} here; write `with rowlight.watch(table) as trace:` and ask the trace")

    def __repr__(self) -> str:
        """Name the layer, and say whether the watch has begun."""
        return f"<watch of {self._layer}: {'not entered' if self._trace is None else repr(self._trace)}>"
