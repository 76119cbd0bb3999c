"""A notebook with lenses that leaves its kernel: executed and exported by nbconvert, or reopened and not run."""

import re
import subprocess
import sys

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from playwright.sync_api import expect

EDGE = "element => getComputedStyle(element).borderTop"
LIT_EDGE = "2px solid rgb(192, 57, 143)"  # widgets/stored.css
CELLS = {
    "rows": "import torch\nfrom rowlight import GradientLens, RowLens, watch\n"
    "table = torch.nn.Embedding(10, 4)\nRowLens(table, [[0, 6, 7], [3, 2, 2]], caption='Rows')",
    "gradient": "GradientLens(table, [1, 2, 2], caption='Gradient')",
    "trace": "optimizer = torch.optim.SGD(table.parameters(), lr=0.1)\nwith watch(table) as trace:\n"
    "    table(torch.tensor([1])).sum().backward()\n    optimizer.step()\ntrace.lens(caption='Trace')",
}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A small notebook of a user's own, not run."""
    path = tmp_path_factory.mktemp("export") / "user.ipynb"
    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def convert(path, *options):
    command = [sys.executable, "-m", "jupyter", "nbconvert", *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def shows_its_lenses(browser, page_file):
    """Open an exported page with no network, and look at it."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(page_file.as_uri(), wait_until="domcontentloaded")
    for caption in ("Rows", "Gradient", "Trace"):
        expect(page.get_by_role("group", name=caption)).to_be_visible()
    lens = page.get_by_role("group", name="Rows")
    expect(lens.locator(".rl-table tr[data-row]")).to_have_count(10)
    lit, dark = (lens.locator(f".rl-table tr[aria-selected='{is_lit}'] td").first for is_lit in ("true", "false"))
    assert lit.evaluate(EDGE) == LIT_EDGE != dark.evaluate(EDGE)
    assert lens.get_by_role("button").count() == 0, "nothing to press that does nothing"
    context.close()


def test_a_notebook_that_nbconvert_executes_shows_its_lenses_offline(browser, notebook):
    convert(notebook, "--to", "html", "--execute")
    shows_its_lenses(browser, notebook.with_suffix(".html"))


def test_a_notebook_with_stored_widget_state_does_so_with_the_documented_option(browser, notebook, monkeypatch):
    """As JupyterLab writes it where "Save Widget State Automatically" is on: it holds live views and their models."""
    monkeypatch.setenv("ROWLIGHT_LIVE_VIEW", "1")
    convert(notebook, "--to", "notebook", "--execute", "--output", "stored")
    stored = notebook.with_name("stored.ipynb")
    assert "widget-state+json" in stored.read_text("utf-8")
    assert "widget-view+json" in stored.read_text("utf-8")
    convert(stored, "--to", "html", '--NbConvertBase.display_data_priority=["text/html", "text/plain"]')
    shows_its_lenses(browser, stored.with_suffix(".html"))


@pytest.mark.parametrize("trusted", [False, True], ids=["from another machine", "trusted"])
def test_a_notebook_that_is_reopened_and_not_run_shows_its_lenses(browser, lab, notebook, trusted):
    """JupyterLab drops styles and attributes of data from a notebook that it does not trust."""
    address, token, folder = lab
    name = f"reopened{trusted:d}.ipynb"
    convert(notebook, "--to", "notebook", "--execute", "--output", str(folder / "notebooks" / name))
    if trusted:
        executed = nbformat.read(folder / "notebooks" / name, as_version=4)
        NotebookNotary(data_dir=str(folder / "data")).sign(executed)
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(f"{address}/lab/workspaces/reopened/tree/{name}?reset&token={token}")
    lens = page.locator(".jp-OutputArea-output").first  # without attributes of its own: JupyterLab drops them
    lit = lens.locator("tr:has(th mark)")
    expect(lit).to_have_count(2, timeout=60_000)
    expect(lit.first).to_have_text(re.compile(r"^0(-?\d\.\d{4}){4}1.$"))
    assert (lit.first.locator("td").first.evaluate(EDGE) == LIT_EDGE) == trusted
    background = "element => getComputedStyle(element).backgroundColor"
    is_marked = lit.first.locator("mark").last.evaluate(background) != lens.locator("td").first.evaluate(background)
    assert is_marked != trusted, "by the browser's own style, where there is no other"
    expect(lens.get_by_text("sentence 1, position 1: id 0 reads row 0")).to_be_visible()
    expect(lens.get_by_text(re.compile(r"^values( -?[\d.]+){9}$"))).to_be_visible()
    expect(lens).not_to_contain_text("tabular-nums")
    assert lens.locator("button").count() == 0
    page.close()
