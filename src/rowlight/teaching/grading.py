"""Is an answer right, and if not, what is wrong with it. `grading.js` does the same on a page; a test compares them.

How near a number must be is settled here alone: `accepted` gives each expected number its tolerance, and both sides
compare with that.
"""

import math
import re
from collections.abc import Sequence
from typing import Any

from rowlight.teaching.id_grading import grade_ids

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
BETWEEN = re.compile(r"[ \t\n\r\f\v\xa0()\[\],]+")
LONGEST = 99  # characters of one number: more cannot be meant
HALF_A_DIGIT = 0.00006  # torch prints four decimals; a little more, for a number that lies on the edge between two

Expected = list[tuple[float, float]]  # the numbers of an answer, each with its tolerance


def read_numbers(text: str) -> list[float] | None:
    """Return the numbers in '(5, 3, 4)', '5 3 4' or '2e-3', or None if anything else stands there."""
    words = [word for word in BETWEEN.split(text) if word]
    if not all(NUMBER.fullmatch(word) and len(word) < LONGEST for word in words):
        return None
    numbers = [float(word) for word in words]
    return numbers if all(map(math.isfinite, numbers)) else None  # 1e999 is none


def accepted(numbers: Sequence[float]) -> Expected:
    """Return each number, with no more digits than are printed, and how far from it an answer may be.

    A reader copies four decimals, or rounds to three digits. Zero is never right for a number that is not zero.
    """
    kept = [float(f"{number:.4g}") if 0 < abs(number) < 0.001 else round(float(number), 4) for number in numbers]
    return [(number, _tolerance(abs(number))) for number in kept]


def _tolerance(size: float) -> float:
    return float(f"{min(max(HALF_A_DIGIT, size / 2000), 0.0005, size / 2 or HALF_A_DIGIT):.4g}")


def is_near(numbers: Sequence[float], expected: Expected) -> bool:
    """Whether these are the expected numbers, in order."""
    return len(numbers) == len(expected) and _first_fault(numbers, expected) is None


def grade(kind: str, answer: Any, given: Any, wrong: Sequence[tuple[Any, str]]) -> tuple[bool, str]:
    """Return whether an answer is right, and a sentence about it.

    Args:
        kind: "numbers" (order matters), "between" (one number), "rows" (a set of row numbers), "ids" or "choice" (one
            string).
        answer: the right answer: what `accepted` returns, the least and the largest number, a list of row numbers, what
            `grade_ids` takes, or a string.
        given: what the reader gave: text, a list of numbers, or None for what is neither.
        wrong: wrong answers, each written like `answer`, with what to say to it.
    """
    if kind == "choice":
        return _grade_choice(answer, given, wrong)
    numbers = read_numbers(given) if isinstance(given, str) else given
    if numbers is not None and not all(map(math.isfinite, numbers)):
        numbers = None
    if kind == "ids":
        return grade_ids(answer, numbers, wrong)
    if kind == "between":
        return _grade_between(answer, numbers, wrong)
    if numbers is None:
        return False, "Write numbers with commas between them, for example 2, 7, 1."
    return (_grade_rows if kind == "rows" else _grade_numbers)(answer, numbers, wrong)


def _grade_choice(answer: str, given: str, wrong: Sequence[tuple[str, str]]) -> tuple[bool, str]:
    if given == answer:
        return True, "Right."
    if not given:
        return False, "Choose one first."
    return False, next((words for one, words in wrong if one == given), "Not this one.")


def _grade_numbers(
    answer: Expected, numbers: Sequence[float], wrong: Sequence[tuple[Expected, str]]
) -> tuple[bool, str]:
    if is_near(numbers, answer):
        return True, "Right."
    return False, next((words for one, words in wrong if is_near(numbers, one)), _fault(numbers, answer))


def _grade_rows(
    answer: list[int], numbers: Sequence[float], wrong: Sequence[tuple[list[int], str]]
) -> tuple[bool, str]:
    missing, extra = set(answer) - set(numbers), set(numbers) - set(answer)
    if not missing and not extra:
        return True, "Right."
    counts = [f"{len(missing)} missing"] * bool(missing) + [f"{len(extra)} too many"] * bool(extra)
    known = (words for one, words in wrong if set(one) == set(numbers))
    return False, next(known, f"Not yet: {' and '.join(counts)}.")


def _grade_between(
    answer: tuple[float, float], numbers: Sequence[float] | None, wrong: Sequence[tuple[tuple[float, float], str]]
) -> tuple[bool, str]:
    if numbers is None or len(numbers) != 1:
        return False, "Write one number, for example 0.5."
    if answer[0] <= numbers[0] <= answer[1]:
        return True, "Right."
    words = f"Not yet: a {'larger' if numbers[0] < answer[0] else 'smaller'} number is right."
    return False, next((known for (low, high), known in wrong if low <= numbers[0] <= high), words)


def _fault(numbers: Sequence[float], answer: Expected) -> str:
    if len(numbers) != len(answer):
        given = f"{len(numbers)} number{'s' * (len(numbers) != 1)}"
        return f"Not yet: you gave {given}, and there {'is' if len(answer) == 1 else 'are'} {len(answer)}."
    return (
        "Not yet: this is not the number."
        if len(answer) == 1
        else f"Not yet: number {_first_fault(numbers, answer)} is not right."
    )


def _first_fault(numbers: Sequence[float], expected: Expected) -> int | None:
    """The place of the first number that is not near what is expected there, counted from one."""
    pairs = enumerate(zip(numbers, expected, strict=True), 1)
    return next((i for i, (number, (right, by)) in pairs if not abs(number - right) <= by), None)
