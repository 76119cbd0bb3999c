"""Ids are judged on a page as in Python. `tests/library/test_goals.py` holds Python against torch."""

import random

from helpers import node

from rowlight.teaching.goal import Goal, as_conditions
from rowlight.teaching.id_grading import brief, grade_ids, measured

CASES = 12_000
ODD = [None, [], [1e300], [-0.0], [0.5], [-1], [1, 2, 3]]


def some_sent(rng):
    return rng.choice([1.0, 1.0, -1.0, 0.5, 0.0, float(f"{rng.uniform(-2, 2):.7g}"), 1e6])


def some_goal(rng, answer, ids):
    """A goal that these ids reach, or miss by a little."""
    V, found = answer["V"], measured(answer, ids)
    parts = {}
    if rng.random() < 0.3:
        parts["ids"] = [rng.choice([id_, id_, None]) for id_ in ids[:-1]] + [ids[-1]]
    for quantity in ("reads", "gradient"):
        if rng.random() < 0.5:
            rows = rng.sample(range(V), min(V, 2))
            parts[quantity] = {row: some_wanted(rng, found[quantity][row], quantity) for row in rows}
    if rng.random() < 0.3 or not parts:
        parts["changes"] = some_wanted(rng, found["changes"][0], "changes")
    return as_conditions("goal", Goal(**parts), (len(ids),), V, rng.choice([1e-5, 0]))


def some_wanted(rng, value, quantity):
    low = value + rng.choice([0, 0, 0, 1, -1 if value or quantity == "gradient" else 0])
    return rng.choice([low, low, (low, low + rng.randrange(4)), (value, value + 2)])


def some_case(rng):
    V, N = rng.randrange(1, 6), rng.randrange(1, 7)
    shape = rng.choice([[N], [1, N], *([[2, N // 2]] if N % 2 == 0 else [])])
    start, given, other = ([rng.randrange(V) for _ in range(N)] for _ in range(3))
    answer = {"V": V, "shape": shape, "start": start, "sent": [some_sent(rng) for _ in range(N)]}
    answer["goal"] = some_goal(rng, answer, given)
    wrong = [[some_goal(rng, answer, rng.choice([given, other])), "Known."] for _ in range(rng.randrange(3))]
    changed = [rng.choice([id_, id_, id_, -1, V, 10**20, 0.5]) for id_ in given]
    return [answer, rng.choice([given, given, other, changed, rng.choice(ODD)]), wrong]


def test_a_page_judges_ids_as_python_does():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    cases = [some_case(rng) for _ in range(CASES)]
    found = node.evaluate("teaching/id_grading.js", "m.gradeIds(...c)", cases)
    expected = [list(grade_ids(*case)) for case in cases]
    assert [one for one in zip(cases, found, expected, strict=True) if one[1] != one[2]] == []
    assert 2_000 < sum(right for right, _ in expected) < 8_000
    beginnings = (
        "Write ",
        "index out of range in self: ",
        "Known.",
        "Not yet: row ",
        "Not yet: the id at ",
        "Not yet: you ",
    )
    for beginning in beginnings:
        assert sum(words.startswith(beginning) for _, words in expected) > 100, beginning


def test_a_page_measures_ids_to_the_last_bit():
    rng = random.Random(1)  # noqa: S311
    cases = [some_case(rng)[0] for _ in range(CASES)]
    found = node.evaluate("teaching/id_grading.js", "m.measured(c, c.start)", cases)
    assert found == [measured(case, case["start"]) for case in cases]


def test_a_page_shortens_a_number_as_python_does():
    rng = random.Random(2)  # noqa: S311
    numbers = [0, -0.0, 2, -2, 0.5, 1e-9, -1e-9, 0.00005, 100, 1e6, *(rng.uniform(-9, 9) for _ in range(CASES))]
    assert node.evaluate("teaching/id_grading.js", "m.brief(c)", numbers) == [brief(number) for number in numbers]
    assert [brief(number) for number in (2, 0.5, -0.0, -1e-9, 100)] == ["2", "0.5", "0", "0", "100"]
