"""A step in words: what it reads, what it moves, and what moved without being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rowlight.lenses.movements import length_text
from rowlight.watching.causes import CAUSES
from rowlight.widgets.words import listed

if TYPE_CHECKING:
    from rowlight import Step

MOST_NAMED = 8  # of more rows a sentence says how many they are


def called(rows: torch.Tensor, V: int) -> str:
    """'rows 1, 2 and 3', 'row 3', 'no row', 'all 10 rows' or '812 rows', of a LongTensor and a table of V rows."""
    if len(rows) == V > 3:
        return f"all {V:,} rows"
    if len(rows) > MOST_NAMED:
        return f"{len(rows):,} rows"
    return f"row{'s' * (len(rows) > 1)} {listed(rows.tolist())}" if len(rows) else "no row"


def among(rows: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Which of these rows are among the others: both sorted LongTensors. `torch.isin` would sort them once more."""
    height = 1 + max(int(part[-1]) if len(part) else 0 for part in (rows, others))
    mask = torch.zeros(height, dtype=torch.bool, device="cpu")
    mask[others] = True
    return mask[rows]


def sentence(step: Step, *, chosen: bool = False) -> str:
    """'reads row 3, moves rows 1, 2 and 3; rows 1 and 2 moved without being read (momentum)'.

    Args:
        step: the step.
        chosen: whether the trace follows only some rows. Then a step may well read one that is not in it.
    """
    none = "no followed row" if chosen else "no row"
    read, moved = (called(rows, step.V) if len(rows) else none for rows in (step.read, step.moved))
    words = f"reads {read}, moves {moved}"
    surprises, why = _surprises(step)
    return f"{words}; {called(surprises, step.V)} moved without being read ({why})" if why else words


def question(step: Step, number: int, *, chosen: bool = False) -> str:
    """'Batch 2 reads row 3 and nothing else.'; of a trace of chosen rows '... and no other followed row.'."""
    none, others = ("no followed row", "no other followed row") if chosen else ("no row", "nothing else")
    read = f"{called(step.read, step.V)} and {others}" if len(step.read) else none
    return f"Batch {number} reads {read}."


def answer(step: Step, far: dict[int, float] | None, *, chosen: bool = False) -> str:
    """'Row 3 was read and moved 0.1488. Rows 1 and 2 moved too, ...: 0.1340 each (momentum).'.

    Args:
        step: the step.
        far: how far each row moved, if that is known.
        chosen: whether the trace follows only some rows.
    """
    is_read, has_gradient = among(step.moved, step.read), among(step.moved, step.gradient)
    read_still = step.read[~among(step.read, step.moved)]
    surprises, why = _surprises(step)
    said = [_said(step.moved[is_read], step.V, "read and moved", far)]
    said += [_said(read_still, step.V, "read and did not move", None)]
    said += [_said(step.moved[has_gradient & ~is_read], step.V, "not read, had a gradient and moved", far)]
    if why:
        how_far = f": {by}" if (by := _by(surprises, far)) else ""
        words = f"{called(surprises, step.V)} moved{' too' * bool(is_read.any())}, and this batch did not read"
        said += [f"{words} {'them' if len(surprises) > 1 else 'it'}{how_far} ({why})."]
    kept = [words[0].upper() + words[1:] for words in said if words]
    return " ".join(kept if len(step.moved) else [*kept, f"No {'followed ' * chosen}row moved."])


def reason(causes: list[str], *, is_read: bool, has_moved: bool) -> str:
    """Why a row moved or did not: 'momentum, not read', 'gradient and decay, read', 'stays'.

    Args:
        causes: what acted on the row, names of parts.
        is_read: whether the batch reads it.
        has_moved: whether any bit of it changed.
    """
    if not has_moved:
        return "rounded away" if "rounding" in causes else "stays, though read" if is_read else "stays"
    named = ["cause unknown" if cause == "unknown" else cause for cause in causes if cause != "rounding"]
    return f"{listed(named)}, {'read' if is_read else 'not read'}"


def _said(rows: torch.Tensor, V: int, what: str, far: dict[int, float] | None) -> str:
    by = _by(rows, far)
    return f"{called(rows, V)} {'were' if len(rows) > 1 else 'was'} {what}{f' {by}' * bool(by)}." if len(rows) else ""


def _by(rows: torch.Tensor, far: dict[int, float] | None) -> str:
    """'0.1340', '0.1340 each' or 'up to 0.1488'; nothing where it is not known."""
    if far is None or not len(rows):
        return ""
    sizes = [far[row] for row in rows.tolist()]
    longest = max(sizes)
    if len(sizes) == 1:
        return length_text(longest)
    alike = longest - min(sizes) <= longest / 100_000  # then they print alike
    return f"{length_text(longest)} each" if alike else f"up to {length_text(longest)}"


def _surprises(step: Step) -> tuple[torch.Tensor, str]:
    """The rows that moved though they were not read and had no gradient, and why; '' if there are none."""
    rows = step.moved_without_gradient
    is_surprise = ~among(rows, step.read)
    why = sorted(CAUSES[int(code)].replace("+", " and ") for code in step.causes[is_surprise].bincount().nonzero())
    return rows[is_surprise], "; ".join(why)
