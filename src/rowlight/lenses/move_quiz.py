"""The Move Quiz: which rows will the next step of a recorded training move? The reader says, then sees.

Explained in chapter 5 of the book, Optimizers have memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rowlight.lenses.recorded_steps import RecordedSteps
from rowlight.lenses.step_picture import StepPicture
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.templates import render
from rowlight.widgets.words import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rowlight import Trace


class MoveQuiz(HtmlWidget):
    """Ask the reader which rows the next step will move, then show which did and why.

    Of traces with snapshots, each row is drawn with its numbers before and after, how far it moved, and how much of
    that is due to the gradient, momentum and decay; of others, what moved it. The score, kept for each kind of row,
    stays in the reader's own browser. Without scripts stands one step with its answer: the one to begin with if it is
    given, or the first that moves a row that was not read.

    Args:
        traces: a mapping from a name to a `rowlight.Trace`, all of the same followed rows; or one trace.
        tokens: None, or V strings, one a row, or what else `RowLens` takes.
        step: the step of the first trace to begin with, counted as in `Trace.steps`; the first one if not given.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        IndexError: there is no such step among those that are shown, 200 at most.
        TypeError: a trace or the tokens are something else, or a step is no whole number.
        ValueError: no trace, a trace without steps, traces of one name or that follow different rows, or tokens of
            the wrong number.
    """

    _esm = bundle("lenses/move_quiz.js")

    def __init__(
        self,
        traces: Mapping[str, Trace] | Trace,
        tokens: Any = None,
        *,
        step: int | None = None,
        caption: str | None = None,
        hint: str | None = None,
    ) -> None:
        recorded = RecordedSteps(traces, tokens)
        at = 0 if step is None else recorded.checked_step(step)
        picture = StepPicture(recorded)
        picture.state |= {
            "start": at,
            "hint": as_text(hint or "Choose an optimizer, mark the rows that the step will move, and press Step."),
        }
        super().__init__()
        self._text = f"MoveQuiz: {recorded.summary()}"
        self._html = render(
            "lenses/move_quiz.html",
            kind="move-quiz",
            label=as_text(caption or "Which rows will move?"),
            **picture.drawn(recorded.first_surprise() if step is None else at),
        )
