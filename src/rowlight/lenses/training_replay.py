"""The Training Replay: the rows of a table as points in the plane, moved by a slider through a recorded training.

Explained in chapter 6 of the book, Rows learn jointly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from rowlight.checks import as_tokens
from rowlight.lenses.recording import Recording
from rowlight.lenses.replay_words import curve_words, step_words
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.numbers import number_format, printed
from rowlight.widgets.templates import render
from rowlight.widgets.words import as_text, listed

SIZE = 1000  # positions are kept as whole numbers, 0 to SIZE on each side
SHAPES = ("M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0Z", "M-6 -6H6V6H-6Z", "M0 -8L8 6H-8Z", "M0 -9L9 0L0 9L-9 0Z")
FEW = 40  # of so many rows or fewer, each name is shown


class TrainingReplay(HtmlWidget):
    """Show rows of two numbers as points, at each recorded step of one or more trainings.

    Args:
        runs: a mapping from a name to a `rowlight.Recording`, all of them of R rows.
        names: R strings, one a row.
        groups: None, or R strings, at most four different ones; each group has a shape of its own.
        caption: one line above, which also names the picture for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        TypeError: a run is no Recording, or names or groups are no sequences of strings.
        ValueError: no run, runs of another number of rows than there are names, or more than four groups.
    """

    _esm = bundle("lenses/training_replay.js")

    def __init__(
        self,
        runs: Mapping[str, Recording],
        names: Any,
        groups: Any = None,
        *,
        caption: str | None = None,
        hint: str | None = None,
    ) -> None:
        runs = _checked(runs)
        first = next(iter(runs.values()))
        R = first.rows.shape[1]
        names, groups = as_tokens(names, R, "names"), as_tokens(groups, R, "groups") or [""] * R
        kinds = sorted(set(groups), key=groups.index)
        if len(kinds) > len(SHAPES):
            raise ValueError(f"groups: expected at most {len(SHAPES)} different ones, got {len(kinds)}")
        reach = max(run.rows.abs().max().item() for run in runs.values()) or 1.0
        losses = {name: _printed(run.losses) for name, run in runs.items()}
        shown = losses[next(iter(runs))]
        at = [_positions(run, reach) for run in runs.values()]
        read = set(first.reads[-1] if first.reads else ())
        marks = [
            {"x": x, "y": y, "name": name, "group": kinds.index(group), "lit": row in read}
            for row, ((x, y), name, group) in enumerate(zip(at[0][-1].tolist(), names, groups, strict=True))
        ]
        super().__init__()
        self._text = f"TrainingReplay: {R} rows, {listed(f'{name} ({curve_words(losses[name])})' for name in runs)}"
        self._html = render(
            "lenses/training_replay.html",
            kind="training-replay",
            label=as_text(caption or "Rows as points, while they learn"),
            hint=as_text(hint or "Move the slider, or press Play. The line below the points is the loss."),
            state={
                "names": names,
                "runs": [
                    [name, {"changes": _changes(one), "losses": losses[name], "steps": run.steps, "reads": run.reads}]
                    for (name, run), one in zip(runs.items(), at, strict=True)
                ],
            },
            said=step_words(first, shown, -1, names),
            picture=f"{R} rows as points at step {first.steps[-1]}; small dots where they began",
            few=R <= FEW,
            size=SIZE,
            starts=at[0][0].tolist(),
            marks=[mark | {"shape": SHAPES[mark["group"]]} for mark in marks],
            curve=curve_words(shown),
            steps=len(first.steps),
            points=_curve([float(loss) for loss in shown]),
            key=[] if kinds == [""] else list(zip(kinds, SHAPES, strict=False)),
            trainings=[(name, run.steps[-1], losses[name][0], losses[name][-1]) for name, run in runs.items()],
        )


def _checked(runs: Mapping[str, Recording]) -> dict[str, Recording]:
    """The runs by name, all of them of the same number of rows."""
    if not isinstance(runs, Mapping) or not all(isinstance(run, Recording) for run in runs.values()):
        kinds = (
            sorted({type(run).__name__ for run in runs.values()}) if isinstance(runs, Mapping) else type(runs).__name__
        )
        raise TypeError(f"runs: expected a mapping from a name to a rowlight.Recording, got {kinds}")
    if not runs:
        raise ValueError("runs: expected at least one")
    titles = as_tokens(list(runs), len(runs), "runs")
    sizes = {run.rows.shape[1] for run in runs.values()}
    if len(sizes) > 1 or len(set(titles)) < len(titles):
        raise ValueError(
            f"runs: expected names of their own and one number of rows, got {titles} of {sorted(sizes)} rows"
        )
    return dict(zip(titles, runs.values(), strict=True))


def _positions(run: Recording, reach: float) -> torch.Tensor:
    """The rows as whole numbers 0..SIZE, tensor (S, R, 2); the second axis points down, as on a screen."""
    unit = ((run.rows.double() / reach + 1) / 2 * SIZE).round().long()
    unit[..., 1] = SIZE - unit[..., 1]
    return unit


def _changes(unit: torch.Tensor) -> list[list[int]]:
    """For each step what has changed since the one before: small numbers, and so a small page."""
    return torch.cat([unit[:1], unit.diff(dim=0)]).flatten(1).tolist()


def _printed(losses: list[float]) -> list[str]:
    style = number_format(torch.tensor(losses, device="cpu"))
    return [printed(loss, style) for loss in losses]


def _curve(losses: list[float]) -> str:
    """The points of the loss curve. The same as `lossCurve` in replay.js."""
    low = min(0.0, *losses)
    height = (max(losses) - low) or 1.0
    return " ".join(f"{i},{100 - 100 * (loss - low) / height:.1f}" for i, loss in enumerate(losses))
