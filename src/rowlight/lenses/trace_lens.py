"""A recorded training, step by step: which rows were read, got a gradient, moved, and why.

Two faces of one picture: `Trace.lens()` shows a trace, and `MoveQuiz` asks the reader to predict it first.
Explained in chapter 5 of the book, Optimizers have memory.
"""

import json
from html import escape

import torch

from rowlight.checks import as_text, as_tokens
from rowlight.watching.causes import CAUSES
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.words import listed

MOST_ROWS = 64  # a reader cannot look over more, nor predict them
MOST_STEPS = 200
MOST_NAMED = 8  # of more rows a sentence says how many they are
PREDICT = "Choose an optimizer, mark the rows that the step will move, and press Step."
LOOK = "Move the slider, or press the arrow keys on it."


class TraceLens(HtmlWidget):
    """Show what each step did to the rows of a table.

    Args:
        traces: a mapping from a name to a `rowlight.watching.trace.Trace`, all of the same followed rows; or one trace.
        tokens: None, or V strings, one a row.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        TypeError: a trace is something else.
        ValueError: no trace, a trace without steps, traces of one name or that follow different rows, or tokens of
            the wrong number.
    """

    _esm = bundle("lenses/trace_lens.js")
    _predicts = False

    def __init__(self, traces, tokens=None, *, caption=None, hint=None):
        traces = dict(traces) if hasattr(traces, "items") else {"": traces}
        first = _check(traces)
        tokens = as_tokens(tokens, first.V)
        names = as_tokens([name or first.steps[0].optimizer for name in traces], len(traces))
        if len(set(names)) < len(names):
            raise ValueError(f"traces: expected a name of its own for each, got {names}")
        self._traces = dict(zip(names, traces.values(), strict=True))
        caption = as_text(caption or ("Which rows will move?" if self._predicts else "What did each step move?"))
        hint = as_text(hint or (PREDICT if self._predicts else LOOK))
        rows = _rows(first.rows, traces.values())
        state = {
            "predicts": self._predicts,
            "rows": rows,
            "tokens": [tokens[row] for row in rows] if tokens else None,
            "traces": [
                [name, [_plain(step, rows) for step in trace.steps[:MOST_STEPS]]]
                for name, trace in self._traces.items()
            ],
        }
        super().__init__()
        self._text = f"{type(self).__name__}: {listed(self._traces)}"
        self._html = (
            f'<div class="rowlight" data-lens="trace" role="group" aria-label="{escape(caption)}" '
            f'data-state="{escape(json.dumps(state, sort_keys=True))}">\n'
            f'<p class="rl-caption">{escape(caption)}</p>\n<p role="status"></p>\n'
            f'<div class="rl-stage rl-wide"></div>\n{self._notes(first, rows)}'
            f'<details class="rl-all" open><summary>All steps</summary>{self._table()}</details>\n'
            f'<p class="rl-hint">{escape(hint)}</p>\n</div>'
        )

    def _notes(self, first, rows):
        """What is left out, and what else there is to know."""
        notes = []
        if len(rows) < first.V:
            notes.append(f"{len(rows):,} of the table's {first.V:,} rows are shown.")
        longest = max(len(trace.steps) for trace in self._traces.values())
        if longest > MOST_STEPS:
            notes.append(f"The first {MOST_STEPS} of {longest:,} steps are shown.")
        notes += [note for trace in self._traces.values() for note in trace.report().caveats]
        return "".join(f'<p class="rl-note">{escape(note)}</p>\n' for note in notes)

    def _table(self):
        """Every step that is shown, in words, for a reader without scripts and for paper; the longer side goes down."""
        steps = [trace.steps[:MOST_STEPS] for trace in self._traces.values()]
        numbers = [f"step {i + 1}" for i in range(max(map(len, steps)))]
        said = [[sentence(one[i]) if i < len(one) else "" for i in range(len(numbers))] for one in steps]
        across, down = numbers, list(self._traces)
        if len(numbers) >= len(steps):
            across, down, said = down, across, zip(*said, strict=True)
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in across)
        lines = "".join(
            f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(words)}</td>" for words in line)}</tr>'
            for name, line in zip(down, said, strict=True)
        )
        return (
            '<div class="rl-part rl-steps"><table><caption>what each step did</caption>'
            f"<thead><tr><td></td>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
        )


class MoveQuiz(TraceLens):
    """Ask the reader which rows the next step will move, then show which did and why.

    The score, kept for each kind of row, stays in the reader's own browser. Arguments and errors as for `TraceLens`.
    """

    _predicts = True


def called(rows, V):
    """'rows 1, 2 and 3', 'row 3', 'no row', 'all 10 rows' or '812 rows', of a LongTensor and a table of V rows."""
    if len(rows) == V > 3:
        return f"all {V:,} rows"
    if len(rows) > MOST_NAMED:
        return f"{len(rows):,} rows"
    return f"row{'s' * (len(rows) > 1)} {listed(rows.tolist())}" if len(rows) else "no row"


def sentence(step):
    """'reads row 3, moves rows 1, 2 and 3; rows 1 and 2 moved without being read (momentum)'."""
    words = f"reads {called(step.read, step.V)}, moves {called(step.moved, step.V)}"
    surprises = step.moved[torch.isin(step.moved, torch.cat([step.read, step.gradient]), invert=True)]
    if not len(surprises):
        return words
    why = sorted(CAUSES[code] for code in step.causes[torch.isin(step.moved_without_gradient, surprises)].unique())
    return f"{words}; {called(surprises, step.V)} moved without being read ({', '.join(why)})"


def _plain(step, rows):
    """A step as JSON can hold it: its rows among those that are shown, and sentences about all of them."""
    shown = torch.tensor(rows)
    parts = {"read": step.read, "gradient": step.gradient, "moved": step.moved}
    kept = {name: part[torch.isin(part, shown)].tolist() for name, part in parts.items()}
    chosen = torch.isin(step.moved_without_gradient, shown)
    codes = zip(step.moved_without_gradient[chosen].tolist(), step.causes[chosen].tolist(), strict=True)
    causes = {str(row): CAUSES[code] for row, code in codes}
    return kept | {"why": causes, "reads": f"the batch reads {called(step.read, step.V)}", "said": sentence(step)}


def _rows(followed, traces):
    """The rows to be shown: all that are followed, or the first of those that were read, had a gradient or moved."""
    if len(followed) <= MOST_ROWS:
        return followed.tolist()
    chosen = {}
    for name in ("read", "gradient", "moved"):
        for trace in traces:
            for step in trace.steps[:MOST_STEPS]:
                chosen |= dict.fromkeys(getattr(step, name)[:MOST_ROWS].tolist())
    return sorted(list(chosen)[:MOST_ROWS])


def _check(traces):
    """Return the first of the traces, which stands for all in what they must share."""
    if not traces:
        raise ValueError("traces: expected at least one")
    for trace in traces.values():
        if not hasattr(trace, "steps") or not hasattr(trace, "rows"):
            raise TypeError(f"traces: expected what rowlight.watch gives, got {type(trace).__name__}")
        if not trace.steps:
            raise ValueError("traces: one of them has no step to show")
    first, *others = traces.values()
    if any(trace.V != first.V or not torch.equal(trace.rows, first.rows) for trace in others):
        raise ValueError("traces: expected all of them to follow the same rows of tables of one size")
    return first
