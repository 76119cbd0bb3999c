"""A trace in words: a table of steps and what to know about them, as text and as html."""

from html import escape

import torch

from rowlight.watching.causes import CAUSES

MOST_IDS = 8  # of a longer list the first three are shown, and how many there are
MOST_STEPS = 40  # of a longer trace the first and the last steps are shown
HEADS = ("step", "optimizer", "read", "gradient", "moved", "moved without a gradient")


def listed(rows):
    """'1, 2, 5', or '1, 2, 5 … (812 rows)', or 'none', of a LongTensor."""
    if len(rows) > MOST_IDS:
        return f"{listed(rows[:3])} … ({len(rows):,} rows)"
    return ", ".join(map(str, rows.tolist())) or "none"


class Report:
    """What a trace says, to print or to show in a notebook. Steps are numbered as in `trace.steps`.

    Args:
        trace: a `rowlight.watching.trace.Trace`. The report shows it as it is when it is drawn.
    """

    def __init__(self, trace):
        self._trace = trace

    def __repr__(self):
        """The report as text."""
        lines = [HEADS, *self._lines()]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        table = ["  ".join(c.ljust(width) for c, width in zip(line, widths, strict=True)).rstrip() for line in lines]
        return "\n".join([self._title(), *(table if self._trace.steps else []), *self._notes()])

    def _repr_html_(self):
        heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
        body = "".join(
            f'<tr><th scope="row">{step}</th>' + "".join(f"<td>{escape(text)}</td>" for text in cells) + "</tr>"
            for step, *cells in self._lines()
        )
        table = f"<table><caption>{escape(self._title())}</caption><thead><tr>{heads}</tr></thead>"
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        part = f'<div class="rl-part rl-report">{table}<tbody>{body}</tbody></table></div>'
        return f'<div class="rowlight">{part}{notes}</div>'

    def _title(self):
        trace = self._trace
        followed = "" if len(trace.rows) == trace.V else f", {len(trace.rows):,} of {trace.V:,} rows followed"
        return f"{trace.layer}{followed}: {_count(len(trace.steps), 'step')}"

    def _lines(self):
        """The cells of each line of the table."""
        steps, half = list(enumerate(self._trace.steps)), MOST_STEPS // 2
        if len(steps) <= MOST_STEPS:
            return [_step_cells(*step) for step in steps]
        gap = ("…", f"{len(steps) - MOST_STEPS:,} more", "", "", "", "")
        return [*(_step_cells(*step) for step in steps[:half]), gap, *(_step_cells(*step) for step in steps[-half:])]

    def _notes(self):
        """One sentence each on what the table of steps does not say."""
        trace = self._trace
        notes = _without_reading(trace.steps) if trace.steps else [_no_step(trace.other_steps)]
        return [*notes, self.replaced] if self.replaced else notes

    @property
    def replaced(self):
        """A sentence that says that the layer has another Parameter by now, or ''."""
        if self._trace.replaced is None:
            return ""
        return (
            "The layer's weight was replaced by another Parameter, by load_state_dict(assign=True) or by an "
            f"assignment; this was noticed after {_count(self._trace.replaced, 'step')}. The trace follows the first "
            "one, not the one that the layer has now."
        )


def _without_reading(steps):
    """Rows that no lookup read: those that moved without any gradient, and those that had one from elsewhere."""
    parts = [[getattr(step, part) for step in steps] for part in ("read", "gradient", "moved")]
    height = 1 + max((int(rows[-1]) for part in parts for rows in part if len(rows)), default=-1)
    read, gradient, moved = (_marked(part, height) for part in parts)
    unread, elsewhere = moved & ~read & ~gradient, gradient & ~read
    notes = [f"Rows that moved, never read and without a gradient: {listed(unread.nonzero().flatten())}."]
    if elsewhere.any():
        rows = listed(elsewhere.nonzero().flatten())
        notes.append(f"Rows with a gradient, but no lookup in this block, as through a tied head: {rows}.")
    return notes


def _marked(parts, height):
    """Mark every row that is in one of these, bool tensor (height,): one mark a row, however long the trace."""
    mask = torch.zeros(height, dtype=torch.bool)
    for rows in parts:
        mask[rows] = True
    return mask


def _no_step(other_steps):
    if other_steps:
        return (
            f"No optimizer that holds this table took a step; {_count(other_steps, 'step')} of others did. Is the "
            "layer's weight among the parameters the optimizer was given?"
        )
    return (
        "No optimizer took a step inside the block, so there is nothing to show. step() was not called, a gradient "
        "scaler skipped it, or the table is changed by something that is not a torch.optim.Optimizer."
    )


def _step_cells(i, step):
    coasted = step.coasted
    causes = [(cause, coasted[step.causes == code]) for code, cause in enumerate(CAUSES)]
    why = "; ".join(f"{cause}: {listed(rows)}" for cause, rows in causes if len(rows))
    return (str(i), step.optimizer, listed(step.read), listed(step.gradient), listed(step.moved), why or "none")


def _count(n, noun):
    return f"{n:,} {noun}{'s' * (n != 1)}"
