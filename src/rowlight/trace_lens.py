"""A recorded training, step by step: which rows were read, got a gradient, moved, and why.

Two faces of one picture: `Trace.lens()` shows a trace, and `OptimizerRace` asks the reader to predict it first.
Explained in chapter 5 of the book, Optimizers have memory.
"""

import json
from html import escape

from rowlight.esm import bundle
from rowlight.stored import Stored
from rowlight.words import listed

MOST_ROWS = 64  # a reader cannot look over more, nor predict them
MOST_STEPS = 200


class TraceLens(Stored):
    """Show what each step did to the rows of a table.

    Args:
        traces: a mapping from a name to a `rowlight.trace.Trace`, all of the same table size; or one trace.
        tokens: None, or V strings, one a row.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        TypeError: a trace is something else.
        ValueError: no trace, a trace without steps, traces of tables of different sizes, or tokens of the wrong number.
    """

    _esm = bundle("trace_lens.js")
    _predicts = False

    def __init__(self, traces, tokens=None, *, caption=None, hint=None):
        traces = dict(traces) if hasattr(traces, "items") else {None: traces}
        _check(traces, tokens)
        first = next(iter(traces.values()))
        self._traces = {str(name or trace.steps[0].optimizer): trace for name, trace in traces.items()}
        self._tokens = tokens and [str(token) for token in tokens]
        self._caption = str(caption or ("Which rows will move?" if self._predicts else "What did each step move?"))
        self._hint = str(hint or (PREDICT if self._predicts else LOOK))
        rows = _rows(first.V, self._traces.values())
        state = {
            "predicts": self._predicts,
            "rows": rows,
            "tokens": [self._tokens[row] for row in rows] if tokens else None,
            "traces": [
                [name, [_plain(step, rows) for step in trace.steps[:MOST_STEPS]]]
                for name, trace in self._traces.items()
            ],
        }
        super().__init__()
        self._text = f"{type(self).__name__}: {listed(self._traces)}"
        self._html = (
            f'<div class="rowlight" data-lens="trace" role="group" aria-label="{escape(self._caption)}" '
            f'data-state="{escape(json.dumps(state, sort_keys=True))}">\n'
            f'<p class="rl-caption">{escape(self._caption)}</p>\n<p role="status"></p>\n'
            '<div class="rl-stage rl-wide"></div>\n'
            f'<details class="rl-all" open><summary>All steps</summary>{self._table(rows)}</details>\n'
            f'<p class="rl-hint">{escape(self._hint)}</p>\n</div>'
        )

    def _table(self, rows):
        """Every step of every trace as one table, for a reader without scripts and for paper."""
        longest = max((trace.steps[:MOST_STEPS] for trace in self._traces.values()), key=len)
        heads = "".join(f'<th scope="col">step {i + 1}</th>' for i in range(min(len(longest), 8)))
        lines = []
        for name, trace in self._traces.items():
            cells = "".join(f"<td>{escape(in_words(_plain(step, rows)))}</td>" for step in trace.steps[:8])
            lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
        cut = " (the first 8)" * (len(longest) > 8)
        return (
            f'<div class="rl-part rl-steps"><table><caption>rows that moved{cut}</caption><thead><tr>'
            f'<th scope="col">optimizer</th>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
        )


class OptimizerRace(TraceLens):
    """Ask the reader which rows the next step will move, then show which did and why.

    The score, kept for each kind of row, stays in the reader's own browser. Arguments and errors as for `TraceLens`.
    """

    _predicts = True


PREDICT = "Choose an optimizer, mark the rows that the step will move, and press Step."
LOOK = "Move the slider, or press the arrow keys on it."


def in_words(step):
    """'reads 3; moved 1, 2 and 3 (1 and 2: momentum)', of a step as `_plain` writes it."""
    moved = listed(step["moved"]) or "nothing"
    causes = {}
    for row, cause in step["why"].items():
        causes.setdefault(cause, []).append(row)
    why = "; ".join(f"{listed(rows)}: {cause}" for cause, rows in causes.items())
    return f"reads {listed(step['read']) or 'nothing'}; moved {moved}" + (f" ({why})" if why else "")


def _plain(step, rows):
    """A step as JSON can hold it, for the rows that are shown."""
    shown = set(rows)
    kept = {
        name: [row for row in getattr(step, name).tolist() if row in shown] for name in ("read", "gradient", "moved")
    }
    return kept | {
        "why": {str(row): cause for row, cause in step.why.items() if row in shown},
        "optimizer": step.optimizer,
    }


def _rows(V, traces):
    """The rows to be shown: all of a small table, or the first of those that anything happened to."""
    if V <= MOST_ROWS:
        return list(range(V))
    touched = set()
    for trace in traces:
        for step in trace.steps[:MOST_STEPS]:
            touched |= {*step.read.tolist(), *step.gradient.tolist(), *step.moved.tolist()}
            if len(touched) > MOST_ROWS:
                break
    return sorted(touched)[:MOST_ROWS]


def _check(traces, tokens):
    if not traces:
        raise ValueError("traces: expected at least one")
    for trace in traces.values():
        if not hasattr(trace, "steps") or not hasattr(trace, "V"):
            raise TypeError(f"traces: expected what rowlight.watch gives, got {type(trace).__name__}")
        if not trace.steps:
            raise ValueError("traces: one of them has no step to show")
    sizes = {trace.V for trace in traces.values()}
    if len(sizes) > 1:
        raise ValueError(f"traces: expected tables of one size, got {sorted(sizes)} rows")
    if tokens is not None and len(tokens) != next(iter(sizes)):
        raise ValueError(f"tokens: expected {next(iter(sizes))} of them, one a row of the table, got {len(tokens)}")
