"""The picture of one step that the Trace Lens and the Move Quiz share; step_picture.html and step_picture.js draw it.

For each row: which batches read it, its numbers before and after, how far it moved, and what moved it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from rowlight.lenses.movements import Drawing, column_names, movement, style_of
from rowlight.lenses.step_words import answer, question
from rowlight.lenses.traced_rows import TracedRows
from rowlight.widgets.numbers import level, printed

if TYPE_CHECKING:
    from rowlight import Trace
    from rowlight.lenses.recorded_steps import RecordedSteps

BATCHES = 4  # columns that show which batches read a row; of more batches the first column holds all the earlier ones
LEGEND = {
    "gradient": "gradient of this batch",
    "momentum": "momentum: gradients of earlier batches",
    "decay": "weight decay",
    "rounding": "rounding: more than the number type can hold",
    "unknown": "cause unknown",
}


class StepPicture:
    """Every step of recorded trainings, ready to be drawn.

    Args:
        recorded: the trainings. If all of them have snapshots, rows are drawn with their numbers.
    """

    def __init__(self, recorded: RecordedSteps) -> None:
        self._recorded = recorded
        self._batches = min(BATCHES, max(map(len, recorded.steps)))
        self._drawings: list[Drawing] = []
        columns: list[str] = []
        most, style = 0.0, ".4f"
        if all(trace.start is not None for trace in recorded.traces.values()):
            movements = [
                [movement(trace, i, recorded.rows) for i in range(len(steps))]
                for trace, steps in zip(recorded.traces.values(), recorded.steps, strict=True)
            ]
            style, most = style_of([one for trace in movements for one in trace])
            columns = column_names(movements[0][0].before.shape[1])
            self._drawings = [Drawing(trace, style) for trace in movements]
        traces = [self._trace(t, name) for t, name in enumerate(recorded.traces)]
        acted = {
            cause for trace in traces for step in trace["steps"] for row in step["rows"] for cause in row["causes"]
        }
        self.state: dict[str, Any] = {
            "rows": recorded.rows,
            "tokens": recorded.tokens,
            "most": printed(most, style),
            "columns": columns,
            "causes": [cause for cause in LEGEND if cause in acted],
            "traces": traces,
        }

    def _trace(self, t: int, name: str) -> dict[str, Any]:
        """What the page gets of one trace."""
        steps, trace = self._recorded.steps[t], self._recorded.traces[name]
        drawing = self._drawings[t] if self._drawings else None
        chosen = len(trace.rows) < trace.V
        rows = TracedRows(steps, self._recorded.rows, drawing)
        views = [
            {
                "heads": self._heads(i),
                "asks": question(step, i + 1, chosen=chosen),
                "said": answer(step, _far(trace, i) if drawing else None, chosen=chosen),
                "rows": rows.views(i, self._batches),
            }
            for i, step in enumerate(steps)
        ]
        return {"name": name, "ticks": drawing.axis.ticks if drawing else [], "steps": views}

    def _heads(self, i: int) -> list[str]:
        """The names of the columns of batches at step `i`, of which the last is the present one: ['1', '2']."""
        first = i + 1 - self._batches
        heads = [str(batch + 1) if batch >= 0 else "" for batch in range(first, i)]
        return [*(["earlier", *heads[1:]] if first > 0 and heads else heads), str(i + 1)]

    def drawn(self, at: int) -> dict[str, Any]:
        """What the templates of both lenses need to show step `at` of the first trace."""
        trace = self.state["traces"][0]
        step = trace["steps"][at]
        most = float(self.state["most"])
        return {
            "state": self.state,
            "picture": self.state,
            "trace": trace,
            "step": step,
            "said": f"{trace['name']}, step {at + 1} of {len(trace['steps'])}. {step['said']}",
            "legend": LEGEND,
            "level": lambda text: level(float(text), most),
            "notes": self._recorded.notes(),
            "steps": self._recorded.table(),
        }


def _far(trace: Trace, step: int) -> dict[int, float]:
    """How far each followed row moved in a step."""
    lengths = torch.stack(list(trace.parts(step).values())).sum(0).norm(dim=1).tolist()
    rows = trace.rows.tolist() if len(trace.rows) < trace.V else range(len(lengths))
    return dict(zip(rows, lengths, strict=True))
