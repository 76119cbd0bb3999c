"""Is an answer right, and if not, what is wrong with it. `verdict.js` says the same; a test compares them."""

import math
import re

ORDINALS = "first second third fourth fifth sixth seventh eighth".split()  # noqa: SIM905  reads better than a list
TOLERANCE = 0.0005  # a reader copies numbers as printed, with 4 decimals
NUMBER = re.compile(r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$")


def read_numbers(text):
    """The numbers in '(5, 3, 4)' or '5 3 4', or None if anything else stands there."""
    words = re.sub(r"[()\[\],]", " ", text).split()
    return [float(word) for word in words] if all(NUMBER.match(word) and len(word) < 99 for word in words) else None


def verdict(kind, answer, given, wrong):
    """Return (right, words).

    Args:
        kind: "shape" or "numbers" (`answer` a list of numbers, order matters), "rows" (a list of row numbers, order
            does not) or "choice" (one string).
        answer: the right answer.
        given: what the reader gave, as text, or for "rows" a list of row numbers.
        wrong: a mapping from a wrong answer, written as `key` writes it, to what to say to it.
    """
    if kind == "choice":
        if given == answer:
            return True, "Right."
        return False, wrong.get(given, "Not this one.") if given else "Choose one first."
    numbers = read_numbers(given) if isinstance(given, str) else given
    if numbers is None or not all(math.isfinite(number) for number in numbers):
        return False, "Write numbers with commas between them, for example 2, 7, 1."
    if kind == "rows":
        missing, extra = set(answer) - set(numbers), set(numbers) - set(answer)
        if not missing and not extra:
            return True, "Right."
        counts = [f"{len(missing)} missing"] * bool(missing) + [f"{len(extra)} too many"] * bool(extra)
        return False, wrong.get(key(sorted(numbers)), f"Not yet: {' and '.join(counts)}.")
    if len(numbers) == len(answer) and all(abs(a - b) <= TOLERANCE for a, b in zip(numbers, answer, strict=True)):
        return True, "Right."
    return False, wrong.get(key(numbers), _first_fault(numbers, answer))


def key(numbers):
    """'5, 3, 4': how `wrong` writes a list of numbers."""
    return ", ".join(str(int(number)) if number == int(number) else f"{number:g}" for number in numbers)


def _first_fault(numbers, answer):
    if len(numbers) != len(answer):
        return f"Not yet: you gave {len(numbers)} number{'s' * (len(numbers) != 1)}, and there are {len(answer)}."
    i = next(i for i, (a, b) in enumerate(zip(numbers, answer, strict=True)) if abs(a - b) > TOLERANCE)
    return f"Not yet: the {ORDINALS[i] if i < len(ORDINALS) else f'{i + 1}th'} number is not right."
