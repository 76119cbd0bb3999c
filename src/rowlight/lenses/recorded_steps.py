"""The steps of watched trainings, as the Trace Lens and the Move Quiz show them: chosen rows, in words and as JSON.

Explained in chapter 5 of the book, Optimizers have memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from rowlight.checks import as_tokens
from rowlight.watching.causes import CAUSES
from rowlight.widgets.words import listed

if TYPE_CHECKING:
    from rowlight import Step, Trace

MOST_ROWS = 64  # a reader cannot look over more, nor predict them
MOST_STEPS = 200
MOST_NAMED = 8  # of more rows a sentence says how many they are


class RecordedSteps:
    """What both lenses need of one or more traces.

    Args:
        traces: a mapping from a name to a `rowlight.Trace`, all of the same followed rows; or one trace.
        tokens: None, or V strings, one a row.

    Raises:
        TypeError: a trace is something else, or tokens are no sequence.
        ValueError: no trace, a trace without steps, traces of one name or that follow different rows, or tokens of
            the wrong number.
    """

    def __init__(self, traces: Mapping[str, Trace] | Trace, tokens: Any = None) -> None:
        named = dict(traces) if isinstance(traces, Mapping) else {"": traces}
        first = _check(named)
        names = as_tokens([name or first.steps[0].optimizer for name in named], len(named), "traces")
        if len(set(names)) < len(names):
            raise ValueError(f"traces: expected a name of its own for each, got {names}")
        self.traces: dict[str, Trace] = dict(zip(names, named.values(), strict=True))
        self.V = max(first.V, *(_height(trace) for trace in self.traces.values()))  # a table may grow while it learns
        self.rows = self._rows(torch.cat([first.rows, torch.arange(first.V, self.V, device="cpu")]))
        self.said = [[sentence(step) for step in trace.steps[:MOST_STEPS]] for trace in self.traces.values()]
        tokens = as_tokens(tokens, self.V)
        self.tokens = [tokens[row] for row in self.rows] if tokens else None

    def _rows(self, followed: torch.Tensor) -> list[int]:
        """All followed rows, or the first of those that were read, had a gradient or moved."""
        if len(followed) <= MOST_ROWS:
            return followed.tolist()
        chosen: dict[int, None] = {}
        for name in ("read", "gradient", "moved"):
            for trace in self.traces.values():
                for step in trace.steps[:MOST_STEPS]:
                    chosen |= dict.fromkeys(getattr(step, name)[:MOST_ROWS].tolist())
        return sorted(list(chosen)[:MOST_ROWS])

    def state(self) -> dict[str, Any]:
        """What the page gets: the rows, and each step of each trace."""
        shown = torch.tensor(self.rows, device="cpu")
        steps = {
            name: [_step_state(step, words, shown) for step, words in zip(trace.steps, said, strict=False)]
            for (name, trace), said in zip(self.traces.items(), self.said, strict=True)
        }
        return {"rows": self.rows, "tokens": self.tokens, "traces": list(steps.items())}

    def summary(self) -> str:
        """What a terminal shows: 'Adam and SGD; step 2 of Adam reads row 3, moves rows 1, 2 and 3'."""
        name, trace = next(iter(self.traces.items()))
        last = f"step {len(trace.steps)} of {name} {sentence(trace.steps[-1])}"
        return f"{listed(self.traces)}; {last}"

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


def called(rows: torch.Tensor, V: int) -> str:
    """'rows 1, 2 and 3', 'row 3', 'no row', 'all 10 rows' or '812 rows', of a LongTensor and a table of V rows."""
    if len(rows) == V > 3:
        return f"all {V:,} rows"
    if len(rows) > MOST_NAMED:
        return f"{len(rows):,} rows"
    return f"row{'s' * (len(rows) > 1)} {listed(rows.tolist())}" if len(rows) else "no row"


def sentence(step: Step) -> str:
    """'reads row 3, moves rows 1, 2 and 3; rows 1 and 2 moved without being read (momentum)'."""
    words = f"reads {called(step.read, step.V)}, moves {called(step.moved, step.V)}"
    rows = step.moved_without_gradient
    is_surprise = torch.isin(rows, step.read, invert=True)
    if not is_surprise.any():
        return words
    why = sorted(CAUSES[code] for code in step.causes[is_surprise].unique())
    return f"{words}; {called(rows[is_surprise], step.V)} moved without being read ({', '.join(why)})"


def _step_state(step: Step, said: str, rows: torch.Tensor) -> dict[str, Any]:
    """A step as JSON can hold it: its rows among those that are shown, and sentences about all of them."""
    parts = {"read": step.read, "gradient": step.gradient, "moved": step.moved}
    kept = {name: part[torch.isin(part, rows)].tolist() for name, part in parts.items()}
    unexplained = step.moved_without_gradient
    shown = torch.isin(unexplained, rows)
    codes = zip(unexplained[shown].tolist(), step.causes[shown].tolist(), strict=True)
    causes = {str(row): CAUSES[code] for row, code in codes}
    return kept | {"why": causes, "reads": f"the batch reads {called(step.read, step.V)}", "said": said}


def _height(trace: Trace) -> int:
    """How many rows the table must have had: rows stand in order, so the last one tells."""
    parts = (part for step in trace.steps for part in (step.read, step.gradient, step.moved))
    return max((int(part[-1]) + 1 for part in parts if len(part)), default=0)


def _check(traces: dict[str, Trace]) -> Trace:
    """Return the first of the traces, which stands for all in what they must share."""
    if not traces:
        raise ValueError("traces: expected at least one")
    for name, trace in traces.items():
        if not hasattr(trace, "steps") or not hasattr(trace, "rows"):
            raise TypeError(f"traces: expected what rowlight.watch gives, got {type(trace).__name__}")
        if not trace.steps:
            raise ValueError(f"traces: {name or 'the trace'!r} has no step to show")
    first, *others = traces.values()
    if any(trace.V != first.V or not torch.equal(trace.rows, first.rows) for trace in others):
        raise ValueError("traces: expected all of them to follow the same rows of tables of one size")
    return first
