"""The steps of watched trainings, as the Trace Lens and the Move Quiz show them: which of them, which rows, in words.

Explained in chapter 5 of the book, Optimizers have memory.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from rowlight.checks import Tokens, as_names
from rowlight.lenses.step_words import sentence
from rowlight.lenses.traced_rows import rows_to_show, size_of
from rowlight.widgets.words import listed, token_name

if TYPE_CHECKING:
    from rowlight import Trace

MOST_STEPS = 200


class RecordedSteps:
    """What both lenses need of one or more traces.

    Args:
        traces: a mapping from a name to a `rowlight.Trace`, all of the same followed rows; or one trace.
        tokens: None, or what `Tokens` takes.

    Raises:
        TypeError: a trace or the tokens are something else.
        ValueError: no trace, a trace without steps, traces of one name or that follow different rows, or tokens of
            the wrong number.
    """

    def __init__(self, traces: Mapping[str, Trace] | Trace, tokens: Any = None) -> None:
        named = dict(traces) if isinstance(traces, Mapping) else {"": traces}
        _check(named)
        names = as_names([name or trace.steps[0].optimizer for name, trace in named.items()], len(named), "traces")
        if len(set(names)) < len(names):
            raise ValueError(f"traces: expected a name of its own for each, got {names}")
        self.traces: dict[str, Trace] = dict(zip(names, named.values(), strict=True))
        self.steps = [trace.steps[:MOST_STEPS] for trace in self.traces.values()]
        self.V = size_of(self.traces.values())
        self.rows = rows_to_show(self.traces.values(), self.V, MOST_STEPS)
        known = None if tokens is None else Tokens(tokens, self.V)
        found = {} if known is None else {row: token_name(token) for row, token in known.each(self.rows)}
        self.tokens = None if known is None else [found.get(row, "") for row in self.rows]  # "" for a row without one
        chosen = [len(trace.rows) < trace.V for trace in self.traces.values()]
        self.said = [
            [sentence(step, chosen=some) for step in steps] for steps, some in zip(self.steps, chosen, strict=True)
        ]

    def checked_step(self, step: Any) -> int:
        """Return `step` if the first trace has one of that number.

        Raises:
            IndexError: there is no such step.
            TypeError: it is no whole number.
        """
        try:
            at = operator.index(step)
        except TypeError:
            raise TypeError(f"step: expected a whole number, got {type(step).__name__}") from None
        last = len(self.said[0]) - 1
        if not 0 <= at <= last:
            raise IndexError(f"step: there is no step {at}; those of the first trace that are shown are 0 to {last}")
        return at

    def first_surprise(self) -> int:
        """The first step of the first trace in which a row moved without being read; 0 if there is none."""
        return next((i for i, words in enumerate(self.said[0]) if "without being read" in words), 0)

    def summary(self) -> str:
        """What a terminal shows: 'Adam and SGD; step 2 of Adam reads row 3, moves rows 1, 2 and 3'."""
        return f"{listed(self.traces)}; step {len(self.said[0])} of {next(iter(self.traces))} {self.said[0][-1]}"

    def notes(self) -> list[str]:
        """What is left out, and what else there is to know, a sentence each."""
        notes = []
        if len(self.rows) < self.V:
            notes.append(f"{len(self.rows):,} of the table's {self.V:,} rows are shown.")
        longest = max(len(trace.steps) for trace in self.traces.values())
        if longest > MOST_STEPS:
            notes.append(f"The first {MOST_STEPS} of {longest:,} steps are shown.")
        return notes + [note for trace in self.traces.values() for note in trace.report().caveats]

    def table(self) -> dict[str, Any]:
        """Every step that is shown, in words: `heads`, and `lines` of a name and its cells. The longer side is down."""
        names, numbers = list(self.traces), [f"step {i + 1}" for i in range(max(map(len, self.said)))]
        said = [[*one, *[""] * (len(numbers) - len(one))] for one in self.said]
        if len(numbers) < len(names):
            return {"heads": numbers, "lines": list(zip(names, said, strict=True))}
        return {"heads": names, "lines": list(zip(numbers, zip(*said, strict=True), strict=True))}


def _check(traces: dict[str, Trace]) -> None:
    """Raise what `RecordedSteps` says of traces."""
    if not traces:
        raise ValueError("traces: expected at least one")
    for name, trace in traces.items():
        if not hasattr(trace, "steps") or not hasattr(trace, "rows"):
            raise TypeError(f"traces: expected what rowlight.watch gives, got {type(trace).__name__}")
        if not trace.steps:
            raise ValueError(f"traces: {repr(name) if name else 'the trace'} has no step to show")
    first, *others = traces.values()
    widths = {trace.start.shape[1] for trace in traces.values() if trace.start is not None}
    if len(widths) > 1 or any(trace.V != first.V or not torch.equal(trace.rows, first.rows) for trace in others):
        raise ValueError("traces: expected all of them to follow the same rows of tables of one size")
