"""How a page grades answers, held against Python on random cases."""

import random

from helpers import node

from rowlight.teaching.grading import key, verdict


def some_answer(rng):
    kind = rng.choice(["shape", "numbers", "rows", "choice"])
    if kind == "choice":
        options = ["a", "b", "c", "constructor"]
        return {"kind": kind, "answer": "a", "given": rng.choice([*options, ""]), "wrong": {"b": "Not b."}}
    answer = [rng.choice([rng.randrange(10), round(rng.uniform(-3, 3), 4)]) for _ in range(rng.randrange(1, 5))]
    if kind == "rows":
        answer = sorted({rng.randrange(6) for _ in range(3)})
        given = [rng.randrange(6) for _ in range(rng.randrange(5))]
        return {"kind": kind, "answer": answer, "given": sorted(set(given)), "wrong": {"1, 2": "No."}}
    near = [number + rng.choice([0, 0, 0, 0.0004, 0.001, 1]) for number in answer][: rng.choice([9, 9, 1])]
    text = rng.choice([", ", " ", ","]).join(f"{number:.4f}" for number in near)
    given = rng.choice([f"({text})", text, f"[{text}]", "abc", "", "1,,2", "1e5", "-.5", "5.", "--1"])
    return {
        "kind": kind,
        "answer": answer,
        "given": given,
        "wrong": {key(near): "Close."} if rng.random() < 0.2 else {},
    }


def test_a_page_judges_answers_as_python_does():
    rng = random.Random(1)  # noqa: S311  cases, not secrets
    cases = [some_answer(rng) for _ in range(4000)]
    judged = node.evaluate("teaching/grading.js", "m.verdict(c.kind, c.answer, c.given, c.wrong)", cases)
    expected = [verdict(c["kind"], c["answer"], c["given"], c["wrong"]) for c in cases]
    assert [(one["right"], one["words"]) for one in judged] == expected
    assert 100 < sum(right for right, _ in expected) < 3900
