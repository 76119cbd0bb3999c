"""What the ids of a task should bring about.

Used in the chapters of the book, first in chapter 1, Ten rows, four columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rowlight.teaching.answers import flat_ids, in_short, limits
from rowlight.teaching.id_grading import Condition

Wanted = float | tuple[float, float]


@dataclass(frozen=True, eq=False)
class Goal:
    """What ids should bring about, for `Task.ids`. All that it names must hold; the rest may be anything.

    A number must be met. A pair such as (1, 3) is met by what lies between, both ends included.

    Args:
        ids: the ids themselves, of the shape of the task's; None stands where any id will do.
        reads: a mapping from a row to how often it is read: a number or a pair.
        gradient: a mapping from a row to what its gradient holds in each column: a number or a pair.
        changes: how many ids differ from those at the start: a number or a pair.
    """

    ids: Any = None
    reads: Mapping[int, Wanted] = field(default_factory=dict)
    gradient: Mapping[int, Wanted] = field(default_factory=dict)
    changes: Wanted | None = None


def as_conditions(argument: str, goal: object, shape: tuple[int, ...], V: int, near: float) -> list[Condition]:
    """Return a goal as `grade_ids` takes it.

    Args:
        argument: what an error calls the goal.
        goal: a `Goal`.
        shape: the shape of the task's ids.
        V: the number of rows.
        near: how far a gradient may be from what it should be.

    Raises:
        TypeError: it is no Goal, or rows are given without a mapping.
        ValueError: it names nothing, ids of another shape, a row that there is not, or what is no number.
    """
    if not isinstance(goal, Goal):
        raise TypeError(f"{argument}: expected a Goal, got {type(goal).__name__}")
    ids = [] if goal.ids is None else flat_ids(f"{argument}.ids", goal.ids, shape)[0]
    found: list[Condition] = [("id", i, id_, id_, id_) for i, id_ in enumerate(ids) if id_ is not None]
    for quantity, rows in (("reads", goal.reads), ("gradient", goal.gradient)):
        if not isinstance(rows, Mapping):
            raise TypeError(f"{argument}.{quantity}: expected a mapping from rows to numbers, got {in_short(rows)}")
        for row, wanted in rows.items():
            if row not in range(V):
                raise ValueError(f"{argument}.{quantity}: there is no row {row!r}; rows are 0 to {V - 1}")
            found.append(_condition(argument, quantity, int(row), wanted, near))
    if goal.changes is not None:
        found.append(_condition(argument, "changes", 0, goal.changes, near))
    if not found:
        raise ValueError(f"{argument}: expected ids, reads, gradient or changes, and there is none")
    return found


def _condition(argument: str, quantity: str, index: int, wanted: Any, near: float) -> Condition:
    least, most = limits(f"{argument}.{quantity}", wanted)
    only = least if least == most else None
    if quantity == "gradient":
        return quantity, index, least - near, most + near, only
    if only is not None and (only < 0 or only != int(only)):
        raise ValueError(f"{argument}.{quantity}: expected a whole number from 0 on, got {in_short(wanted)}")
    return quantity, index, least, most, only
