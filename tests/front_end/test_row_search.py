"""The search for a token on a page, held against the one in Python on random cases."""

import random

from helpers import node

from rowlight.lenses.row_search import find
from rowlight.widgets.words import token_name

LETTERS = ["a", "A", "b", "é", "É", "ß", " ", "\n", "␣", "“", "\u200b"]


def some_search(rng):
    tokens = ["".join(rng.choices(LETTERS, k=rng.randrange(4))) for _ in range(rng.randrange(12))]
    typed = "".join(rng.choices([*LETTERS, "\\n"], k=rng.randrange(1, 3)))
    return {"names": [[3 * i, token_name(token)] for i, token in enumerate(tokens)], "typed": f'"{typed}"'}


def test_a_page_finds_what_python_finds():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    cases = [some_search(rng) for _ in range(2000)]
    # A page asks for the next row again and again; Python is asked for all of them.
    found = node.evaluate(
        "lenses/row_search.js",
        """(({ token }, names) => {
            const rows = [];
            for (let last = -1; token; ) {
                const { row, at, of } = m.findHeld(token, names, last);
                if (of === rows.length) break;
                if (at !== rows.length) throw new Error(`found ${at} as number ${rows.length}`);
                rows.push(row);
                last = row;
            }
            return { token: token ?? "", rows };
        })(m.readQuery(c.typed, 0), new Map(c.names.toReversed()))""",
        cases,
    )
    for case, one in zip(cases, found, strict=True):
        assert one["rows"] == (find(case["names"], one["token"]) if one["token"] else [])
    assert 100 < sum(bool(one["rows"]) for one in found) < 1900


def test_a_token_is_looked_for_as_it_is_shown():
    typed = ["the", '" the"', "␣the", '"a  b"', "\\n", "(empty)", '"12"']
    asked = node.evaluate("lenses/row_search.js", "m.readQuery(c, 100)", typed)
    assert [one["token"] for one in asked] == ["the", "␣the", "␣the", "a␣␣b", "\\n", "(empty)", "12"]
    tokens = ["the", " the", "a  b", "\n", "", "12", "␣"]
    names = [(row, token_name(token)) for row, token in enumerate(tokens)]
    assert [find(names, one["token"]) for one in asked] == [[0], [1], [1], [2], [3], [4], [5]]
    assert find(names, "␣") == [6], "the token that is this sign"
    assert find(names, "THE") == [0, 1], "whatever its case, where none is exactly so"
