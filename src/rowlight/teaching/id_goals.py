"""Ids that a reader chooses, judged by what they bring to each row. `id_goals.js` does the same; a test compares them.

Each position of the batch sends one number back to the row that its id names, as `backward()` does. A row that several
ids name gets the sum. Torch's own sums are what the test holds both against.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rowlight.widgets.numbers import printed

NEAR = 1e-6
Goal = Sequence[tuple[int, float]]  # rows, and what each should get


def row_sums(ids: Sequence[int], sent: Sequence[float], V: int) -> list[float]:
    """Return what each of V rows gets: the sum of what is sent by the positions whose id names it."""
    sums = [0.0] * V
    for id_, number in zip(ids, sent, strict=True):
        sums[id_] += number
    return sums


def grade_ids(
    answer: Mapping[str, Any], given: Sequence[float] | None, wrong: Sequence[tuple[Goal, str]]
) -> tuple[bool, str]:
    """Return whether these ids reach the goal, and a sentence about it.

    Args:
        answer: dict with "V", how many rows there are; "sent", a number for each id; and "goal".
        given: the ids, one after the other.
        wrong: goals that readers reach by mistake, with what to say to each; the first one that is reached counts.
    """
    V, sent, goal = answer["V"], answer["sent"], answer["goal"]
    if given is None or len(given) != len(sent) or not all(id_ in range(V) for id_ in given):
        return False, f"Write {len(sent)} ids, whole numbers from 0 to {V - 1}."
    sums = row_sums([int(id_) for id_ in given], sent, V)
    missed = next((pair for pair in goal if not is_reached([pair], sums)), None)
    if missed is None:
        return True, "Right."
    row, value = missed
    fault = f"Not yet: row {row} gets {_shown(sums[row])}, and should get {_shown(value)}."
    return False, next((words for reached, words in wrong if is_reached(reached, sums)), fault)


def is_reached(goal: Goal, sums: Sequence[float]) -> bool:
    """Whether each of these rows gets what it should."""
    return all(abs(sums[row] - value) <= NEAR for row, value in goal)


def _shown(number: float) -> str:
    text = printed(number, ".4f").rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
