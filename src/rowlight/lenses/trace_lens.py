"""The Trace Lens: a recorded training, step by step: which rows were read, got a gradient, moved, and why.

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


class TraceLens(HtmlWidget):
    """Show what each step did to the rows of a table; `Trace.lens()` returns one.

    Args:
        traces: a mapping from a name to a `rowlight.Trace`, all of the same followed rows; or one trace.
        tokens: None, or V strings, one a row, or what else `RowLens` takes.
        caption: one line above, which also names the lens for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        TypeError: a trace or the tokens are something else.
        ValueError: no trace, a trace without steps, traces of one name or that follow different rows, or tokens of
            the wrong number.
    """

    _esm = bundle("lenses/trace_lens.js")

    def __init__(
        self,
        traces: Mapping[str, Trace] | Trace,
        tokens: Any = None,
        *,
        caption: str | None = None,
        hint: str | None = None,
    ) -> None:
        recorded = RecordedSteps(traces, tokens)
        picture = StepPicture(recorded)
        picture.state["hint"] = as_text(hint or "Move the slider, or press the arrow keys on it.")
        super().__init__()
        self._text = f"TraceLens: {recorded.summary()}"
        self._html = render(
            "lenses/trace_lens.html",
            kind="trace",
            label=as_text(caption or "What did each step move?"),
            **picture.drawn(0),
        )
