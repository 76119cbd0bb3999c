"""Do a reader's ids reach the goal of a task. `id_grading.js` does the same on a page; a test compares them.

Ids are measured: each reads a row and sends one number back to it, as `backward()` does. A goal is a list of conditions
on what was measured. An author writes a `Goal`, and `as_conditions` makes the list.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rowlight.widgets.numbers import printed
from rowlight.widgets.words import place, times

# What is measured ("id", "reads", "gradient" or "changes"), of which position or row, the least and the largest value
# that will do, and the value to name where there is only one.
Condition = tuple[str, int, float, float, float | None]


def measured(answer: Mapping[str, Any], ids: Sequence[float]) -> dict[str, list[float]]:
    """Return what ids bring about.

    Args:
        answer: what `grade_ids` takes.
        ids: whole numbers, one for each position.

    Returns:
        dict with "id", the ids; "reads", how often each of V rows is read; "gradient", the sum of what is sent back to
        each; and "changes", a list of how many ids differ from the start. If an id names no row, the lookup fails, and
        no row has a number.
    """
    V = answer["V"]
    fails = any(not 0 <= id_ < V for id_ in ids)
    reads, gradient = [[math.nan if fails else 0.0] * V for _ in range(2)]
    for id_, number in zip([] if fails else ids, answer["sent"], strict=False):
        reads[int(id_)] += 1
        gradient[int(id_)] += number
    changes = sum(id_ != before for id_, before in zip(ids, answer["start"], strict=True))
    return {"id": [*ids], "reads": reads, "gradient": gradient, "changes": [changes]}


def grade_ids(
    answer: Mapping[str, Any], given: Sequence[float] | None, wrong: Sequence[tuple[Sequence[Condition], str]]
) -> tuple[bool, str]:
    """Return whether these ids reach the goal, and a sentence about them.

    Args:
        answer: dict with "V", the number of rows; "shape" and "start", the ids to begin with, one after the other;
            "sent", what each position sends back; and "goal", a list of conditions.
        given: finite numbers, the ids one after the other; or None.
        wrong: what readers reach by mistake, with what to say to it; the first one that is reached counts.
    """
    V, shape, N = answer["V"], answer["shape"], len(answer["start"])
    if given is None or len(given) != N or any(id_ != int(id_) for id_ in given):
        return False, f"Write {N} id{'s' * (N != 1)}, whole numbers from 0 to {V - 1}."
    found = measured(answer, given)
    known = (words for conditions, words in wrong if all(_holds(one, found) for one in conditions))
    outside = next((i for i, id_ in enumerate(given) if not 0 <= id_ < V), None)
    if outside is not None:
        refused = f"index out of range in self: the id at {place(shape, outside)}; valid ids are 0 to {V - 1}."
        return False, next(known, refused)
    missed = next((condition for condition in answer["goal"] if not _holds(condition, found)), None)
    if missed is None:
        return True, "Right."
    return False, next(known, f"Not yet: {_fault(missed, found, shape)}.")


def _holds(condition: Condition, found: Mapping[str, Sequence[float]]) -> bool:
    quantity, index, least, most, _ = condition
    return least <= found[quantity][index] <= most


def _fault(condition: Condition, found: Mapping[str, Sequence[float]], shape: Sequence[int]) -> str:
    quantity, index, _, _, wanted = condition
    value = found[quantity][index]
    if quantity == "id":
        return f"the id at {place(shape, index)} is not right"
    if quantity == "reads":
        fact = f"row {index} is {f'read {times(int(value))}' if value else 'not read'}"
        should = f"be read {times(int(wanted))}" if wanted else "not be"
    elif quantity == "gradient":
        fact, should = f"row {index} gets {brief(value)}", f"get {brief(wanted or 0)}"
    else:
        fact, should = f"you have changed {value:.0f} id{'s' * (value != 1)}", f"change {wanted or 0:.0f}"
    return fact if wanted is None else f"{fact}, and should {should}"


def brief(number: float) -> str:
    """A number with the decimals that it needs, four at most: '2', '0.5'."""
    text = printed(number, ".4f").rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
