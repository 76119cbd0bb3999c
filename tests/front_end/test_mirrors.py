"""Front-end functions under node, and those with a Python twin held against it on random cases."""

import random
import subprocess
from pathlib import Path

import pytest
from _ext.lenses import front_ends, page_script
from helpers import node

from rowlight.widgets.bundle import bundle
from rowlight.widgets.words import describe, times

HERE = Path(__file__).parent


def test_pure_functions_under_nodes_own_runner():
    done = subprocess.run(
        [node.executable(), "--test", "--test-reporter=spec", str(HERE / "pure.test.mjs")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 0" not in done.stdout, "node ran no test"


def test_a_missing_node_is_named(monkeypatch):
    monkeypatch.setattr(node.shutil, "which", lambda _name: None)
    monkeypatch.setattr(node.playwright, "__file__", "nowhere/else.py")
    with pytest.raises(RuntimeError, match="Install Node"):
        node.executable()


@pytest.mark.parametrize(
    "kinds", [*[{kind} for kind in front_ends()], set(front_ends())], ids=lambda kinds: " ".join(sorted(kinds))
)
def test_what_a_cell_and_a_page_load_is_one_module_that_parses(kinds, tmp_path):
    cell = bundle(front_ends()[min(kinds)][0])
    for name, text in (("cell.mjs", cell), ("page.mjs", page_script(kinds))):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        done = subprocess.run([node.executable(), "--check", str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert " from " not in "".join(line for line in text.splitlines() if line.startswith(("import", "} from")))


def some_lookup(rng):
    shape = rng.choice([(), (1,), (5,), (1, 1), (2, 3), (5, 3), (0, 3), (2, 0)])
    count = 1
    for size in shape:
        count *= size
    ids = [rng.randrange(rng.choice([2, 10])) for _ in range(count)]
    selections = [{}, {"row": rng.randrange(10)}]
    if count:
        selections.append({"position": [rng.randrange(size) for size in shape]})
    if len(shape) == 2 and shape[0]:
        selections.append({"sentence": rng.randrange(shape[0])})
    tokens = (
        {row: rng.choice(["cat", "<b>", "“"]) for row in range(10) if rng.random() < 0.5}
        if rng.random() < 0.3
        else None
    )
    return {"shape": list(shape), "ids": ids, "selection": rng.choice(selections), "tokens": tokens}


def test_a_page_says_what_python_says():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    cases = [some_lookup(rng) for _ in range(3000)]
    said = node.evaluate(
        "widgets/words.js",
        "m.describe(c.shape, c.ids, c.selection, new Map(Object.entries(c.tokens ?? {}).map(([k, v]) => [+k, v])))",
        cases,
    )
    assert said == [describe(tuple(c["shape"]), c["ids"], c["selection"], c["tokens"]) for c in cases]
    turned = node.evaluate("widgets/words.js", 'm.describe(c.shape, c.ids, c.selection, undefined, "column")', cases)
    expected = [describe(tuple(c["shape"]), c["ids"], c["selection"]) for c in cases]
    assert turned == [words.replace("row", "column") for words in expected]


def test_counts_in_words():
    cases = list(range(20))
    assert node.evaluate("widgets/words.js", "m.times(c)", cases) == [times(count) for count in cases]
    assert [times(n) for n in (1, 2, 3, 12, 13)] == [
        "once",
        "twice",
        "three times",
        "twelve times",
        "13 times",
    ]
