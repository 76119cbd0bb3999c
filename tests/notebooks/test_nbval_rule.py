"""Strict nbval by the rule for "the same": what passes, what fails, and what a failure says."""

import re

import nbformat
import pytest
from helpers.nbval import nbval
from nbformat.v4 import new_code_cell, new_notebook, new_output

SVG = '<figure><svg viewBox="0 0 {0} 9"><path d="M 3 {0}"/><text x="3">12</text></svg></figure>'
STATE = '<div data-state="{{&quot;n&quot;: {}, &quot;most&quot;: 0.5000}}"></div>'
HTML, PNG = "text/html", "image/png"

# What a cell prints or shows, what is stored, and what a failure must say; None if it may not fail.
CELLS = {
    "one unit": ("stdout", "loss 0.7443", "loss 0.7444", None),
    "two units": ("stdout", "loss 0.7443", "loss 0.7445", "stdout: 0.7445 is stored and 0.7443 came out, after 'loss'"),
    "alignment": ("stdout", "[ 9.9999,  1.0000]", "[10.0000,   1.0000]", None),
    "a whole number": ("stdout", "step 12", "step 13", "stdout: 13 is stored and 12 came out"),
    "a word": ("stdout", "it falls", "it rises", "stdout: 'it rises' is stored and 'it falls' came out"),
    "nothing stored": ("stdout", "more", None, "stdout: more than is stored: 'more'"),
    "nothing printed": ("stdout", None, "more", "stdout: less than is stored: 'more'"),
    "a warning": ("stderr", "beware", None, "stderr: more than is stored: 'beware'"),
    "html, one unit": (HTML, "<b>0.5</b>", "<b>0.6</b>", None),
    "html, two units": (HTML, "<b>0.5</b>", "<b>0.7</b>", "text/html: 0.7 is stored and 0.5 came out"),
    "the state in html": (HTML, STATE.format(1), STATE.format(2), "text/html: 2 is stored and 1 came out"),
    "a figure": (HTML, SVG.format(12.01), SVG.format(12), None),
    "a moved figure": (HTML, SVG.format(12.02), SVG.format(12), "text/html: 12 is stored and 12.02 came out"),
    "six decimals": (HTML, SVG.format(12.345678), SVG.format(12.345678), "coordinate 12.345678; it may have two"),
    "another form": ("text/plain", "12", None, "text/plain: more than is stored: '12'"),
    "an image": (PNG, "YWJj", "YWJk", "image/png: 'YWJk' is stored and 'YWJj' came out"),
}


def cell(kind, fresh, stored):
    """A code cell that shows `fresh`, with the stored output `stored`."""
    if kind in ("stdout", "stderr"):
        source = f"import sys; print({fresh!r}, end='', file=sys.{kind})"
        outputs = [new_output("stream", name=kind, text=stored)] if stored else []
    else:
        source = f"display({{{kind!r}: {fresh!r}}}, raw=True)"
        outputs = [new_output("display_data", {kind: stored})] if stored else []
    return new_code_cell(source if fresh else "pass", outputs=outputs, execution_count=1)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What nbval says of each cell, in a folder without any settings."""
    path = tmp_path_factory.mktemp("chapters") / "01_one.ipynb"
    notebook = new_notebook(cells=[cell(*case[:3]) for case in CELLS.values()])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)
    done = nbval(path)
    blocks = re.split(r"^_+ (?=\S+::Cell \d+ _+$)", done.stdout, flags=re.MULTILINE)
    failed = {int(re.search(r"::Cell (\d+)", block)[1]): block for block in blocks[1:]}
    passed = {int(number) for number in re.findall(r"^PASSED \S+::Cell (\d+)", done.stdout, re.MULTILINE)}
    assert {*failed} | passed == {*range(len(CELLS))}, done.stdout
    return [failed.get(i) for i in range(len(CELLS))]


@pytest.mark.parametrize("name", CELLS)
def test_a_cell(said, name):
    i, expected = [*CELLS].index(name), CELLS[name][3]
    if expected is None:
        assert said[i] is None
    else:
        assert said[i], "it passed"
        assert f"/01_one.ipynb, cell {i}: " in said[i]
        assert expected in said[i]
