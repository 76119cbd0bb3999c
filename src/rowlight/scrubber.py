"""The Scrubber: the rows of a table as points in the plane, and a slider that moves them through a recorded training.

Explained in chapter 6 of the book, Rows learn jointly.
"""

import json
from html import escape

import torch

from rowlight.esm import bundle
from rowlight.stored import Stored
from rowlight.words import listed

SIZE = 1000  # places are kept as whole numbers, 0 to SIZE on each side
SHAPES = ("M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0Z", "M-6 -6H6V6H-6Z", "M0 -8L8 6H-8Z", "M0 -9L9 0L0 9L-9 0Z")


class Scrubber(Stored):
    """Show rows of two numbers as points, at each recorded step of one or more trainings.

    Args:
        runs: a mapping from a name to a mapping with "places", tensor (S, R, 2) of R rows at S recorded steps;
            "losses", S numbers; "steps", S whole numbers, the number of each recorded step; and, if known, "reads": for
            each recorded step the places among 0..R-1 that its batch reads.
        names: R strings, one a row.
        groups: None, or R strings, at most four different ones; each group has a shape of its own.
        caption: one line above, which also names the picture for a screen reader.
        hint: one line below, which says what to try.

    Raises:
        ValueError: sizes that do not fit, more than four groups, or places that are not finite.
    """

    _esm = bundle("scrubber.js")

    def __init__(self, runs, names, groups=None, *, caption=None, hint=None):
        self._names = [str(name) for name in names]
        groups = [str(group) for group in groups] if groups is not None else [""] * len(self._names)
        kinds = sorted(set(groups), key=groups.index)
        runs = {str(name): _checked(name, run, len(self._names)) for name, run in runs.items()}
        if not runs or len(groups) != len(self._names) or len(kinds) > len(SHAPES):
            raise ValueError("expected at least one run, one group for each name, and at most four groups")
        every = torch.cat([run["places"].reshape(-1, 2) for run in runs.values()])
        reach = every.abs().max().item() or 1.0
        state = {"names": self._names, "size": SIZE, "runs": [[name, _plain(run, reach)] for name, run in runs.items()]}
        caption = str(caption or "Rows as points, while they learn")
        hint = str(hint or "Move the slider, or press Play. The line below the points is the loss.")
        first = next(iter(runs.values()))
        super().__init__()
        self._text = f"Scrubber: {listed(runs)}"
        self._html = (
            f'<div class="rowlight" data-lens="scrubber" role="group" aria-label="{escape(caption)}" '
            f'data-state="{escape(json.dumps(state, sort_keys=True))}">\n'
            f'<p class="rl-caption">{escape(caption)}</p>\n'
            f'<p role="status">{escape(_said(first, len(first["steps"]) - 1, self._names))}</p>\n'
            f"{self._points(first, reach, groups, kinds)}\n{_curve(first)}\n{_key(kinds)}"
            f'<p class="rl-hint">{escape(hint)}</p>\n</div>'
        )

    def _points(self, run, reach, groups, kinds):
        """The points as they are at the last step of the first run."""
        read = set(run["reads"][-1]) if run["reads"] else set()
        marks = "".join(
            f'<g data-row="{row}"{" data-lit" * (row in read)} transform="translate({x} {y})">'
            f'<path d="{SHAPES[kinds.index(groups[row])]}" data-group="{kinds.index(groups[row])}"></path>'
            f'<text x="20" y="11">{escape(self._names[row])}</text></g>'
            for row, (x, y) in enumerate(_units(run, reach)[-1].tolist())
        )
        few = " data-few" * (len(self._names) <= 40)
        said = escape(f"{len(self._names)} rows as points at step {run['steps'][-1]}")
        half = SIZE / 2
        return (
            f'<svg class="rl-points"{few} role="img" aria-label="{said}" viewBox="-40 -40 {SIZE + 160} {SIZE + 80}">'
            f'<path class="rl-zero" d="M0 {half}H{SIZE}M{half} 0V{SIZE}"></path><g class="rl-trails"></g>{marks}</svg>'
        )


def _checked(name, run, R):
    """A run whose parts fit each other."""
    places = torch.as_tensor(run["places"]).detach().double().cpu()
    steps, losses = [int(step) for step in run["steps"]], [float(loss) for loss in run["losses"]]
    S = len(steps)
    reads = [[int(row) for row in rows] for rows in run.get("reads") or []]
    if places.shape != (S, R, 2) or len(losses) != S or len(reads) not in (0, S) or not S:
        raise ValueError(
            f"run {name!r}: expected places of shape (S, {R}, 2) with S steps, losses and reads, got places "
            f"{tuple(places.shape)}, {S} steps, {len(losses)} losses and {len(reads)} reads"
        )
    if any(not 0 <= row < R for rows in reads for row in rows):
        raise ValueError(f"run {name!r}: reads: expected places among the {R} names, 0 to {R - 1}")
    if not places.isfinite().all() or not torch.tensor(losses).isfinite().all():
        raise ValueError(f"run {name!r}: expected finite places and losses")
    return {"places": places, "steps": steps, "losses": losses, "reads": reads}


def _units(run, reach):
    """The places as whole numbers 0..SIZE, tensor (S, R, 2); the second axis points down, as on a screen."""
    unit = ((run["places"] / reach + 1) / 2 * SIZE).round().long()
    unit[..., 1] = SIZE - unit[..., 1]
    return unit


def _plain(run, reach):
    """A run as JSON can hold it: places as whole numbers, and for each step the change from the one before."""
    unit = _units(run, reach)
    losses = [f"{loss:.4f}" for loss in run["losses"]]
    changes = torch.cat([unit[:1], unit.diff(dim=0)]).flatten(1)  # small numbers, and so a small page
    return {"changes": changes.tolist(), "losses": losses, "steps": run["steps"], "reads": run["reads"]}


def _said(run, at, names):
    """What the status line says. The same as `said` in scrubbing.js."""
    words = f"step {run['steps'][at]} of {run['steps'][-1]}: loss {run['losses'][at]:.4f}"
    return words + (f"; the batch reads {listed([names[row] for row in run['reads'][at]])}" if run["reads"] else "")


def _curve(run):
    """The loss against the recorded steps, on a scale from zero."""
    most = max(run["losses"]) or 1.0
    points = " ".join(f"{i},{100 - 100 * loss / most:.1f}" for i, loss in enumerate(run["losses"]))
    said = f"the loss falls from {run['losses'][0]:.4f} to {run['losses'][-1]:.4f}"
    if run["losses"][-1] > run["losses"][0]:
        said = said.replace("falls", "rises")
    return (
        f'<svg class="rl-loss" role="img" aria-label="{said}" preserveAspectRatio="none" '
        f'viewBox="0 -2 {max(len(run["losses"]) - 1, 1)} 104"><polyline points="{points}"></polyline>'
        '<path class="rl-now"></path></svg>'
    )


def _key(kinds):
    """What each shape stands for."""
    if kinds == [""]:
        return ""
    items = "".join(
        f'<span><svg viewBox="-10 -10 20 20" aria-hidden="true"><path d="{SHAPES[i]}" data-group="{i}"></path></svg> '
        f"{escape(kind)}</span>"
        for i, kind in enumerate(kinds)
    )
    return f'<p class="rl-key">{items}</p>\n'
