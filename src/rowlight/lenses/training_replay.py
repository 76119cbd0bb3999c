"""The Training Replay: the rows of a table as points in the plane, moved by a slider through a recorded training.

Explained in chapter 6 of the book, Rows learn jointly.
"""

import json
from html import escape

import torch

from rowlight.checks import as_text, as_tokens
from rowlight.widgets.base import HtmlWidget
from rowlight.widgets.bundle import bundle
from rowlight.widgets.numbers import number_format, printed
from rowlight.widgets.words import listed

SIZE = 1000  # places are kept as whole numbers, 0 to SIZE on each side
MOST_ROWS, MOST_STEPS = 400, 1000  # what a page can still hold and move
SHAPES = ("M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0Z", "M-6 -6H6V6H-6Z", "M0 -8L8 6H-8Z", "M0 -9L9 0L0 9L-9 0Z")


class TrainingReplay(HtmlWidget):
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
        TypeError: names or groups are no sequences of strings.
        ValueError: sizes that do not fit, more than four groups, 400 rows or 1,000 steps, or numbers that are not
            finite.
    """

    _esm = bundle("lenses/training_replay.js")

    def __init__(self, runs, names, groups=None, *, caption=None, hint=None):
        R = len(names)
        self._names = as_tokens(names, R)
        groups = as_tokens(groups, R) or [""] * R
        kinds = sorted(set(groups), key=groups.index)
        titles = as_tokens(list(runs), len(runs))
        runs = {title: _checked(title, run, R) for title, run in zip(titles, runs.values(), strict=True)}
        if not runs or not 0 < R <= MOST_ROWS or len(kinds) > len(SHAPES):
            raise ValueError(f"expected at least one run, 1 to {MOST_ROWS} names and at most {len(SHAPES)} groups")
        every = torch.cat([run["places"].reshape(-1, 2) for run in runs.values()])
        reach = every.abs().max().item() or 1.0
        state = {"names": self._names, "runs": [[name, _plain(run, reach)] for name, run in runs.items()]}
        caption = as_text(caption or "Rows as points, while they learn")
        hint = as_text(hint or "Move the slider, or press Play. The line below the points is the loss.")
        first = next(iter(runs.values()))
        super().__init__()
        self._text = f"TrainingReplay: {listed(runs)}"
        self._html = (
            f'<div class="rowlight" data-lens="training-replay" role="group" aria-label="{escape(caption)}" '
            f'data-state="{escape(json.dumps(state, sort_keys=True))}">\n'
            f'<p class="rl-caption">{escape(caption)}</p>\n'
            f'<p role="status">{escape(_said(first, len(first["steps"]) - 1, self._names))}</p>\n'
            f"{self._points(first, reach, groups, kinds)}\n{_curve(first)}\n{_key(kinds)}{_runs(runs)}"
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
        starts = "".join(f'<circle cx="{x}" cy="{y}" r="6"></circle>' for x, y in _units(run, reach)[0].tolist())
        few = " data-few" * (len(self._names) <= 40)
        said = escape(f"{len(self._names)} rows as points at step {run['steps'][-1]}; small dots where they began")
        half = SIZE / 2
        return (
            f'<svg class="rl-points"{few} role="img" aria-label="{said}" viewBox="-40 -40 {SIZE + 160} {SIZE + 80}">'
            f'<path class="rl-zero" d="M0 {half}H{SIZE}M{half} 0V{SIZE}"></path>'
            f'<g class="rl-starts">{starts}</g><g class="rl-trails"></g>{marks}</svg>'
        )


def _checked(name, run, R):
    """A run whose parts fit each other."""
    places = torch.as_tensor(run["places"]).detach().double().cpu()
    steps, losses = [int(step) for step in run["steps"]], [float(loss) for loss in run["losses"]]
    S = len(steps)
    reads = run.get("reads")
    reads = [] if reads is None else [sorted({int(row) for row in rows}) for rows in reads]
    if places.shape != (S, R, 2) or len(losses) != S or len(reads) not in (0, S) or not 0 < S <= MOST_STEPS:
        raise ValueError(
            f"run {name!r}: expected places of shape (S, {R}, 2), S from 1 to {MOST_STEPS}, and S steps, losses and "
            f"reads; got places {tuple(places.shape)}, {S} steps, {len(losses)} losses and {len(reads)} reads"
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
    changes = torch.cat([unit[:1], unit.diff(dim=0)]).flatten(1)  # small numbers, and so a small page
    return {
        "changes": changes.tolist(),
        "losses": _printed(run["losses"]),
        "steps": run["steps"],
        "reads": run["reads"],
    }


def _said(run, at, names):
    """What the status line says. The same as `said` in replay.js."""
    words = f"step {run['steps'][at]} of {run['steps'][-1]}: loss {_printed(run['losses'])[at]}"
    if not run["reads"]:
        return words
    return f"{words}; the batch reads {listed([names[row] for row in run['reads'][at]]) or 'nothing'}"


def curve_words(losses):
    """What the loss curve shows, of losses as printed. The same as `curveWords` in replay.js."""
    first, last = losses[0], losses[-1]
    if first == last:
        return f"the loss begins and ends at {first}"
    return f"the loss {'falls' if float(last) < float(first) else 'rises'} from {first} to {last}"


def _printed(losses):
    style = number_format(torch.tensor(losses))
    return [printed(loss, style) for loss in losses]


def _curve(run):
    """The loss against the recorded steps; the front end draws it again for another run."""
    low, high = min(0.0, *run["losses"]), max(run["losses"])
    height = (high - low) or 1.0
    points = " ".join(f"{i},{100 - 100 * (loss - low) / height:.1f}" for i, loss in enumerate(run["losses"]))
    return (
        f'<svg class="rl-loss" role="img" aria-label="{curve_words(_printed(run["losses"]))}" '
        f'preserveAspectRatio="none" viewBox="0 -2 {max(len(run["losses"]) - 1, 1)} 104">'
        f'<polyline points="{points}"></polyline><path class="rl-now"></path></svg>'
    )


def _runs(runs):
    """All trainings in numbers, which a reader without scripts could not see otherwise."""
    lines = ""
    for name, run in runs.items():
        losses = _printed(run["losses"])
        cells = "".join(f"<td>{number}</td>" for number in (run["steps"][-1], losses[0], losses[-1]))
        lines += f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("training", "last step", "first loss", "last loss"))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    part = f'<div class="rl-part rl-report">{table}</div>'
    return f'<details class="rl-all"><summary>All trainings</summary>{part}</details>\n'


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
