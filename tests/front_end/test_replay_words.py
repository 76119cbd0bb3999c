"""What a replay says on a page is what Python says."""

import random

from helpers import node

from rowlight.lenses.replay_words import curve_words, step_words

CASES = 10_000


def some_case(rng):
    S, R = rng.randrange(1, 5), rng.randrange(1, 5)
    steps = sorted(rng.sample(range(rng.choice([10, 2000, 10**7])), S))
    losses = [f"{rng.uniform(-2, 2) * 10 ** rng.randrange(-6, 6):{rng.choice(['.4f', '.4e'])}}" for _ in range(S)]
    losses[-1] = rng.choice([losses[0], losses[-1]])
    reads = [rng.sample(range(R), rng.randrange(R + 1)) for _ in range(S)] if rng.random() < 0.8 else None
    names = [rng.choice(["cat", "a, b", "<b>", "\u202e", ""]) for _ in range(R)]
    return {"steps": steps, "losses": losses, "reads": reads, "names": names, "at": rng.randrange(S)}


def test_a_page_says_of_a_step_and_of_the_loss_what_python_says():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    cases = [some_case(rng) for _ in range(CASES)]
    said = node.evaluate("lenses/replay_words.js", "[m.stepWords(c, c.at, c.names), m.curveWords(c.losses)]", cases)
    expected = [[step_words(case, case["at"], case["names"]), curve_words(case["losses"])] for case in cases]
    assert said == expected
    assert expected[0] != expected[1]
