"""The Move Quiz: which rows will the next step of a recorded training move? The reader says, then sees.

Explained in chapter 5 of the book, Optimizers have memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rowlight.checks import as_text
from rowlight.lenses.recorded_steps import RecordedSteps
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.templates import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rowlight import Trace


class MoveQuiz(HtmlWidget):
    """Ask the reader which rows the next step will move, then show which did and why.

    The score, kept for each kind of row, stays in the reader's own browser.

    Args:
        traces: a mapping from a name to a `rowlight.Trace`, all of the same followed rows; or one trace.
        tokens: None, or V strings, one a row.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        TypeError: a trace is something else, or tokens are no sequence.
        ValueError: no trace, a trace without steps, traces of one name or that follow different rows, or tokens of
            the wrong number.
    """

    _esm = bundle("lenses/move_quiz.js")

    def __init__(
        self,
        traces: Mapping[str, Trace] | Trace,
        tokens: Any = None,
        *,
        caption: str | None = None,
        hint: str | None = None,
    ) -> None:
        recorded = RecordedSteps(traces, tokens)
        super().__init__()
        self._text = f"MoveQuiz: {recorded.summary()}"
        self._html = render(
            "lenses/move_quiz.html",
            kind="move-quiz",
            label=as_text(caption or "Which rows will move?"),
            hint=as_text(hint or "Choose an optimizer, mark the rows that the step will move, and press Step."),
            state=recorded.state(),
            notes=recorded.notes(),
            steps=recorded.table(),
        )
