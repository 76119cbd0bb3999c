"""Answers are graded on a page as in Python, and texts are cut into code and plain the same way."""

import math
import random

from helpers import node

from rowlight.teaching.code_spans import code_spans
from rowlight.teaching.grading import accepted, grade, read_numbers

CASES = 10_000
ODD = [
    "abc",
    "",
    "1,,2",
    "1e5",
    "1E-3",
    "1e999",
    "-1e999",
    "1e-999",
    "1e0000",
    "1e",
    "１",
    "0x1",
    "-.5",
    "5.",
    "--1",
    "(",
    "1\xa02",
    "1\x1c2",
    "1\u20032",
    "٣",
    "9" * 98,
    "9" * 400,
    "nan",
]


def some_number(rng):
    return rng.choice(
        [rng.randrange(10), round(rng.uniform(-3, 3), 4), rng.uniform(-1e5, 1e5), 10 ** rng.uniform(-9, 9), 0]
    )


def near(number, tolerance, rng):
    """The number, or one just inside or just outside of its tolerance, to the last bit."""
    edge = number + rng.choice([-1, 1]) * tolerance
    return rng.choice(
        [number, edge, math.nextafter(edge, math.inf), math.nextafter(edge, -math.inf), number + rng.uniform(-1, 1)]
    )


def some_answer(rng):
    kind = rng.choice(["numbers", "numbers", "between", "rows", "ids", "choice"])
    if kind == "choice":
        options = ["a", "b", "c", "constructor", ""]
        return kind, "a", rng.choice(options), [["b", "Not b."]]
    if kind == "rows":
        rows = [sorted({rng.randrange(5) for _ in range(rng.randrange(4))}) for _ in range(3)]
        return (
            kind,
            rows[0],
            rng.choice([rows[0][::-1], rows[1], rows[2], [rng.randrange(9)], "1, 2"]),
            [[rows[1], "No."]],
        )
    if kind == "between":
        ends = [sorted(some_number(rng) for _ in range(2)) for _ in range(2)]
        number = rng.choice([*ends[0], *ends[1], near(rng.choice(ends[0]), 0, rng), sum(ends[0]) / 2])
        given = rng.choice([[number], [number], f"{number:.25f}", [number, 1], [], rng.choice(ODD)])
        return kind, ends[0], given, [[ends[1], "Half."]]
    if kind == "ids":  # more of them in test_id_grading.py
        found = rng.choice([[1, 2], [1, 2], [2, 1], [2, 3], [1, 2.5], []])
        text = rng.choice(["{}", "[[{}]]"]).format(", ".join(map(str, found)))
        goal, mistake = ([["id", i, id_, id_, id_] for i, id_ in enumerate(ids)] for ids in ([1, 2], [2, 1]))
        answer = {"V": 3, "shape": [1, 2], "start": [0, 0], "sent": [1, 1], "goal": goal}
        return kind, answer, rng.choice([found, text, rng.choice(ODD)]), [[mistake, "Turn round."]]
    answer, wrong = (accepted([some_number(rng) for _ in range(rng.randrange(4))]) for _ in range(2))
    numbers = [near(*expected, rng) for expected in rng.choice([answer, answer, wrong])][: rng.choice([9, 9, 1])]
    text = rng.choice([", ", " ", ","]).join(f"{number:.25f}" for number in numbers)
    given = rng.choice([numbers, f"({text})", f"[{text}]", rng.choice(ODD)])
    return kind, answer, given, [[wrong, "Close."]]


def test_a_page_grades_as_python_does():
    rng = random.Random(1)  # noqa: S311  cases, not secrets
    cases = [some_answer(rng) for _ in range(CASES)]
    graded = node.evaluate("teaching/grading.js", "m.grade(...c)", cases)
    expected = [list(grade(*case)) for case in cases]
    assert [pair for pair in zip(cases, graded, expected, strict=True) if pair[1] != pair[2]] == []
    assert 2_000 < sum(right for right, _ in expected) < 8_000
    assert {"Close.", "No.", "Not b.", "Half.", "Turn round."} < {words for _, words in expected}


def test_a_page_reads_numbers_as_python_does():
    rng = random.Random(2)  # noqa: S311
    cases = ODD + [
        "".join(rng.choices("0123456789.,+- ()[]eE\t\xa0\x1c\ufeff٣", k=rng.randrange(12))) for _ in range(CASES)
    ]
    assert node.evaluate("teaching/grading.js", "m.readNumbers(c)", cases) == [read_numbers(case) for case in cases]


def test_backticks_set_the_same_code_on_a_page():
    rng = random.Random(3)  # noqa: S311
    cases = ["a ` b", "``", "`a`", *("".join(rng.choices("`ab\n<", k=rng.randrange(10))) for _ in range(CASES))]
    assert node.evaluate("teaching/code_spans.js", "m.codeSpans(c)", cases) == [code_spans(case) for case in cases]
    assert code_spans("a ` b") == ["a ` b"]
