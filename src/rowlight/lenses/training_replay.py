"""The Training Replay: the rows of a table as points in the plane, moved along the curve of its loss.

Explained in chapter 7 of the book, Rows learn jointly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from rowlight.checks import as_names
from rowlight.lenses.loss_curve import LossCurve
from rowlight.lenses.recording import Recording
from rowlight.lenses.replay_plane import ReplayPlane, dots
from rowlight.lenses.replay_words import curve_words, step_words
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.numbers import number_format, printed
from rowlight.widgets.templates import render
from rowlight.widgets.words import as_text, listed, token_name

SHAPES = ("M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0Z", "M-5.5 -5.5H5.5V5.5H-5.5Z", "M0 -7L7 5.5H-7Z", "M0 -8L8 0L0 8L-8 0Z")


class TrainingReplay(HtmlWidget):
    """Show the rows of a table with two columns as points, at each recorded step of one or more trainings.

    Args:
        runs: a mapping from a name to a `rowlight.Recording`, all of them of R rows.
        names: R strings, one a row.
        groups: None, or R strings, at most four different ones; each group has a shape of its own.
        landmarks: names that are shown at every step. Of more than 40 rows only they, the rows that the batch reads,
            and the row that is followed show theirs.
        start: which of the recorded steps stands first where scripts run, counted from 0; the last if not given. The
            last one always stands where they do not.
        caption: one line above, which also names the picture for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        IndexError: the first run has no such step.
        TypeError: a run is no Recording, or names, groups or landmarks are no sequences of strings.
        ValueError: no run, runs of another number of rows than there are names, more than four groups, or a landmark
            that is no name.
    """

    _esm = bundle("lenses/training_replay.js")

    def __init__(
        self,
        runs: Mapping[str, Recording],
        names: Any,
        groups: Any = None,
        *,
        landmarks: Sequence[str] = (),
        start: int | None = None,
        caption: str | None = None,
        hint: str | None = None,
    ) -> None:
        runs = _checked(runs)
        R = next(iter(runs.values())).rows.shape[1]
        names = [token_name(name) for name in as_names(names, R, "names")]
        if isinstance(landmarks, str) or not isinstance(landmarks, Sequence):
            raise TypeError(f"landmarks: expected a sequence of names, got {type(landmarks).__name__}")
        marked = [token_name(as_text(name)) for name in landmarks]
        strangers = sorted(set(marked) - set(names))
        if strangers:
            raise ValueError(f"landmarks: {strangers[0]!r} is none of the names")
        last = len(next(iter(runs.values())).steps) - 1
        at = last if start is None else int(start)
        if not 0 <= at <= last:
            raise IndexError(f"start: expected a recorded step 0 to {last}, got {start}")
        groups = [""] * R if groups is None else as_names(groups, R, "groups")
        kinds = sorted(set(groups), key=groups.index)
        if len(kinds) > len(SHAPES):
            raise ValueError(f"groups: expected at most {len(SHAPES)} different ones, got {len(kinds)}")
        plane, curve = ReplayPlane(runs.values()), LossCurve(runs.values())
        style = number_format(torch.tensor([loss for run in runs.values() for loss in run.losses], device="cpu"))
        state = {
            "hint": as_text(hint or "Drag along the curve, press the arrow keys on it, or press Play."),
            "names": names,
            "landmarks": [names.index(name) for name in marked],
            "start": at,
            "times": plane.times,
            "end": plane.axis.end,
            "runs": [
                {
                    "name": name,
                    "steps": run.steps,
                    "losses": [printed(loss, style) for loss in run.losses],
                    "reads": run.reads,
                    "moves": plane.moves(run),
                    "positions": plane.positions(run),
                    "curve": curve.points(run),
                }
                for name, run in runs.items()
            ],
        }
        shown = state["runs"][0]
        read = shown["reads"][-1] if shown["reads"] else []
        fars = [move.split()[2] for move in shown["moves"][-1].split("|") if move] if shown["moves"] else []
        super().__init__()
        trainings = [(run["name"], run["steps"][-1], run["losses"][0], run["losses"][-1]) for run in state["runs"]]
        went = [f"{run['name']} ({curve_words(run['losses'])})" for run in state["runs"]]
        self._text = f"TrainingReplay: {R} rows, {listed(went)}"
        self._html = render(
            "lenses/training_replay.html",
            kind="training-replay",
            label=as_text(caption or "Rows as points, while they learn"),
            state=state,
            said=step_words(shown, len(shown["steps"]) - 1, names),
            run=shown,
            marks=[
                {"x": x, "y": y, "name": name, "group": kinds.index(group), "shape": SHAPES[kinds.index(group)]}
                for (x, y), name, group in zip(_pairs(shown["positions"][-1]), names, groups, strict=True)
            ],
            read=read,
            batch=[(names[row], far, plane.axis.percent(float(far))) for row, far in zip(read, fars, strict=False)],
            starts=dots(shown["positions"][0]),
            moments=[
                (shown["steps"][at], shown["losses"][at], dots(shown["positions"][at]))
                for at in _moments(len(shown["steps"]))
            ],
            curve=curve,
            summary=curve_words(shown["losses"]),
            key=[] if kinds == [""] else list(zip(kinds, SHAPES, strict=False)),
            trainings=trainings,
        )


def _moments(S: int) -> list[int]:
    """The recorded steps that paper shows beside the last one: the first, and one half way."""
    return sorted({0, S // 2} - {S - 1})


def _pairs(positions: str) -> list[tuple[str, str]]:
    numbers = positions.split()
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _checked(runs: Mapping[str, Recording]) -> dict[str, Recording]:
    """The runs by name, all of them of the same number of rows."""
    if not isinstance(runs, Mapping) or not all(isinstance(run, Recording) for run in runs.values()):
        kinds = (
            sorted({type(run).__name__ for run in runs.values()}) if isinstance(runs, Mapping) else type(runs).__name__
        )
        raise TypeError(f"runs: expected a mapping from a name to a rowlight.Recording, got {kinds}")
    if not runs:
        raise ValueError("runs: expected at least one")
    titles = as_names(list(runs), len(runs), "runs")
    sizes = {run.rows.shape[1] for run in runs.values()}
    if len(sizes) > 1 or len(set(titles)) < len(titles):
        raise ValueError(
            f"runs: expected names of their own and one number of rows, got {titles} of {sorted(sizes)} rows"
        )
    return dict(zip(titles, runs.values(), strict=True))
