"""Chapter 1 in a live JupyterLab: what the page shows, what the kernel holds, and that the two stay in step."""

import ast
import json
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from _tools.jupyterlab import LIVE_LENS, open_and_run, open_notebook, wait_for_idle
from jupyter_client import BlockingKernelClient
from playwright.sync_api import expect

CHAPTER = "01_ten_rows.ipynb"

# What a reader might add: a lens without tokens, shown four times, once inside ipywidgets' own layout, and an observer
# of its ids that may take its time.
A_READERS_CELL = """
import time
from ipywidgets import Label, VBox
known, batch = nn.Embedding.from_pretrained(torch.tensor(TABLE)), torch.tensor(BATCH)
lens = RowLens(known, batch)
heard, seconds = [], 0
lens.observe(lambda change: (heard.append(change["new"].tolist()), time.sleep(seconds)), "ids")
marker = Label("marker")
display(lens, lens, lens, VBox([lens, marker]))
"""
VIEWS = {"a first view": 2, "a second view": 3, "a third view": 4, "a view in a VBox": 5}

# The same facts from both sides. The kernel's come from torch alone, not from the lens's html.
SHOWN = """root => ({
    shape: root.querySelector("[data-shape]").textContent,
    ids: [...root.querySelectorAll("button[data-position]")].map((id) => Number(id.textContent)),
    uses: [...root.querySelectorAll("tr[data-uses]")].map((row) => Number(row.dataset.uses)),
    output: [...root.querySelectorAll("tr[data-position]")].map((vector) =>
        [...vector.querySelectorAll("td")].map((number) => number.textContent)),
})"""
HELD = """{
    "shape": f"{tuple(lens.ids.shape)} → {tuple(lens.output.shape)}",
    "ids": lens.ids.flatten().tolist(),
    "uses": lens.ids.flatten().bincount(minlength=V).tolist(),
    "output": [[f"{x:.4f}" for x in vector] for vector in lens.output.reshape(-1, D).tolist()],
}"""


def until(read, expected, seconds=60):
    """Wait until `read()` returns `expected`; fail with both if it never does."""
    end = time.monotonic() + seconds
    while (now := read()) != expected and time.monotonic() < end:
        time.sleep(0.02)  # nothing tells this process that the kernel has changed
    assert now == expected


class Kernel:
    """The notebook's kernel, reached beside the page, as a second front end would."""

    def __init__(self, connection_file):
        self.gate = connection_file.with_suffix(".gate")
        self.client = BlockingKernelClient(connection_file=str(connection_file))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def _reply(self, code, **asked):
        how = {"timeout": 120, "store_history": False, "stop_on_error": False}  # an error would abort what comes next
        return self.client.execute(code, reply=True, user_expressions=asked, **how)["content"]

    def run(self, code):
        assert (error := self.error(code)) is None, error

    def error(self, code):
        """Run `code`; return the error it raises as "Name: words", or None."""
        reply = self._reply(code)
        return f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else None

    def value(self, expression):
        answer = self._reply("", it=expression)["user_expressions"]["it"]
        assert answer["status"] == "ok", answer
        return ast.literal_eval(answer["data"]["text/plain"])

    @contextmanager
    def busy(self, then):
        """Keep the kernel busy while the block runs, so that what the page sends has to wait; `then` is run at last."""
        self.gate.touch()
        wait = f"while __import__('os').path.exists({str(self.gate)!r}): time.sleep(0.01)"
        self.client.execute(f"{wait}\n{then}", store_history=False)
        try:
            yield
        finally:
            self.gate.unlink()


class View:
    """One view of a lens on the page, found by its public markup."""

    def __init__(self, root):
        self.root = root

    def id(self, position):
        return self.root.locator(f'button[data-position="{position}"]')

    def row(self, row):
        return self.root.locator(f'tr[data-row="{row}"][data-uses]')

    def vector(self, position):
        return self.root.locator(f'tr[data-position="{position}"]')

    def shown(self):
        return self.root.evaluate(SHOWN)

    def press(self, *keys):
        for key in keys:
            self.root.page.keyboard.press(key)


LIT, DARK = ({"name": "aria-selected", "value": value} for value in ("true", "false"))


def run_new_cell(page, code, widgets):
    """Add a cell at the end, type `code` and run it; it shows that many widgets."""
    before = page.locator(".rowlight.rl-live").count()
    page.locator(".jp-Notebook .jp-Cell").last.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").last.click()
    page.keyboard.insert_text(code.strip())
    page.keyboard.press("Control+Enter")
    expect(page.locator(".rowlight.rl-live")).to_have_count(before + widgets)
    wait_for_idle(page)


@pytest.fixture(scope="module")
def chapter(lab, browser):
    """Chapter 1, opened and run once: its page, its kernel and every view of a reader's lens."""
    folder = lab[2]
    cells = json.loads((folder / "notebooks" / CHAPTER).read_text("utf-8"))["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: m.type == "error" and faults.append(m.text))
    widgets = sum('data-lens="' in "".join(data.get("text/html", "")) for data in outputs)
    open_and_run(page, lab, CHAPTER, widgets)
    newest = max((folder / "runtime").glob("kernel-*.json"), key=lambda path: path.stat().st_mtime)
    run_new_cell(page, A_READERS_CELL, widgets=4)
    views = {name: View(page.locator(LIVE_LENS).nth(place)) for name, place in VIEWS.items()}
    kernel = Kernel(newest)
    yield SimpleNamespace(page=page, kernel=kernel, views=views)
    kernel.client.stop_channels()
    page.close()
    assert not faults, faults


@pytest.fixture
def kernel(chapter):
    return chapter.kernel


@pytest.fixture
def view(chapter, kernel):
    """The first view of the reader's lens, as it was at first."""
    kernel.run("seconds = 0; lens.ids = batch; lens.selection = {'position': [0, 0]}; lens.refresh(); heard.clear()")
    expect(chapter.views["a first view"].row(0)).to_have_attribute(**LIT)
    all_in_step(chapter)
    return chapter.views["a first view"]


def all_in_step(chapter):
    """Let all messages on their way arrive; then every view shows what the kernel holds."""
    nothing_under_way(chapter)
    for view in chapter.views.values():
        until(lambda view=view: differences(view.shown(), chapter.kernel.value(HELD)), {})


def differences(shown, held):
    return {fact: (shown[fact], held[fact]) for fact in held if shown[fact] != held[fact]}


def nothing_under_way(chapter):
    """Send one more message and wait until the page shows it: what the kernel sent earlier has arrived by then."""
    text = f"marker {time.monotonic()}"
    chapter.kernel.run(f"marker.value = {text!r}")
    expect(chapter.page.get_by_text(text, exact=True)).to_be_attached()


def test_a_chapter_that_is_opened_stays_unchanged_and_gives_no_answer_away(lab, browser):
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    open_notebook(page, lab, "02_ids_are_names.ipynb")
    page.wait_for_timeout(1000)  # the dot of unsaved changes would come with the kernel's own note
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    expect(page.locator(".jp-InputPlaceholder").first).to_be_attached()
    expect(page.locator(".jp-CodeCell .cm-content:visible", has_text="Task.")).to_have_count(0)
    page.close()


def test_every_cell_runs_and_no_cell_shows_an_error(chapter):
    shown = chapter.page.locator(".jp-OutputArea-output")
    expect(shown).not_to_have_count(0)
    errors = '[data-mime-type="application/vnd.jupyter.stderr"], [data-mime-type="application/vnd.jupyter.error"]'
    assert chapter.page.locator(errors).all_inner_texts() == []
    expect(shown.filter(has_text="Error displaying widget")).to_have_count(0)
    prompts = chapter.page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    shown = [(i, prompt) for i, prompt in enumerate(prompts, 1) if prompt]  # a folded cell shows none
    assert len(shown) > 20
    assert [prompt for _, prompt in shown] == [f"[{i}]:" for i, _ in shown]


def test_picking_an_id_lights_its_row_and_its_vector(view, kernel):
    view.id("1,0").click()
    expect(view.row(3)).to_have_attribute(**LIT)
    expect(view.row(0)).to_have_attribute(**DARK)
    expect(view.vector("1,0")).to_have_attribute(**LIT)
    numbers = kernel.value('[f"{x:.4f}" for x in known(batch)[1, 0].tolist()]')
    assert view.vector("1,0").locator("td").all_inner_texts() == numbers
    until(lambda: kernel.value("lens.selection"), {"position": [1, 0]})


def test_an_edit_on_the_page_reaches_the_kernel_as_tensors(chapter, view, kernel):
    view.id("2,1").click()
    view.press("Enter", "7", "Enter")
    expect(view.id("2,1")).to_have_text("7")
    expect(view.id("2,1")).to_be_focused()
    until(lambda: kernel.value("lens.ids[2, 1].item()"), 7)
    assert kernel.value("lens.ids.dtype is batch.dtype and (lens.ids != batch).sum().item() == 1")
    assert kernel.value("torch.equal(lens.output, nn.functional.embedding(lens.ids, known.weight))")
    assert kernel.value("lens.selection") == {"position": [2, 1]}
    all_in_step(chapter)


def test_ids_set_in_python_move_the_page(chapter, view, kernel):
    for ids in ("(batch + 1) % V", "torch.tensor([9, 1, 1, 4])", "torch.tensor(6)", "batch", "[[5, 5]]"):
        kernel.run(f"lens.ids = {ids}")
        expected = kernel.value(f"torch.as_tensor({ids}).flatten().tolist()")
        until(lambda: view.shown()["ids"], expected)
        all_in_step(chapter)


def test_a_selection_set_in_python_lights_its_row(view, kernel):
    kernel.run("lens.selection = {'row': 1}")
    expect(view.row(1)).to_have_attribute(**LIT)
    expect(view.row(0)).to_have_attribute(**DARK)
    expect(view.root.get_by_role("status")).to_have_text("no id in the batch reads row 1")


@pytest.mark.parametrize("seconds", [0, 0.3], ids=["quick kernel", "slow kernel"])
def test_fast_keys_end_with_page_and_kernel_in_step(chapter, view, kernel, seconds):
    kernel.run(f"seconds = {seconds}")  # its answers to the first keys arrive when the page is further on
    view.id("1,0").click()
    view.press("Enter")
    view.press(*["ArrowUp"] * 5, "ArrowDown", "Enter")
    expect(view.id("1,0")).to_have_text("7")
    until(lambda: kernel.value("lens.ids[1, 0].item()"), 7)
    view.press(*["ArrowRight"] * 2, *["ArrowDown"] * 3)
    until(lambda: kernel.value("lens.selection"), {"position": [4, 2]})
    all_in_step(chapter)
    expect(view.id("1,0")).to_have_text("7")
    expect(view.id("4,2")).to_have_attribute("aria-pressed", "true")
    expect(view.id("4,2")).to_be_focused()


def test_an_id_that_does_not_exist_is_refused_in_python_and_the_page_stays(chapter, view, kernel):
    before = view.shown()
    assert kernel.error("lens.ids = [[99]]").startswith("IndexError: ids: index out of range in self: id 99")
    assert kernel.value("torch.equal(lens.ids, batch)")
    nothing_under_way(chapter)
    assert view.shown() == before


@pytest.mark.parametrize("edited", VIEWS)
def test_all_views_of_a_lens_stay_in_step(chapter, view, kernel, edited):
    chapter.views[edited].id("0,1").click()
    view.press("Enter", "9", "Enter")
    until(lambda: kernel.value("lens.ids[0, 1].item()"), 9)
    all_in_step(chapter)
    for other in chapter.views.values():
        expect(other.row(9)).to_have_attribute(**LIT)
        expect(other.vector("0,1")).to_have_attribute(**LIT)


@pytest.mark.parametrize(
    ("ids", "edits"),
    [("(batch + 1) % V", "7"), ("(batch + 1) % V", "789"), ("[1, 2]", "7"), ("[1, 2]", "78"), ("batch.T", "789")],
)
def test_edits_that_cross_an_assignment_end_with_page_and_kernel_in_step(chapter, view, kernel, ids, edits):
    with kernel.busy(then=f"lens.ids = {ids}"):
        view.id("1,0").click()
        for id_ in edits:
            view.press("Enter", id_, "Enter")
        view.row(9).get_by_role("button").click()
    until(lambda: kernel.value("lens.selection"), {"row": 9})  # picked last, so the edit has arrived
    all_in_step(chapter)


def test_edits_in_two_views_of_a_busy_kernel_end_in_step(chapter, view, kernel):
    with kernel.busy(then="pass"):
        view.id("1,0").click()
        view.press("Enter", "7", "Enter")
        chapter.views["a second view"].id("0,1").click()
        view.press("Enter", "9", "Enter")
        view.row(9).get_by_role("button").click()
    until(lambda: kernel.value("lens.selection"), {"row": 9})
    all_in_step(chapter)


def test_an_observer_may_correct_an_edit(chapter, view, kernel):
    kernel.run("correct = lambda change: setattr(lens, 'ids', change['new'].clamp(max=6))")
    kernel.run("lens.observe(correct, 'ids')")
    try:
        view.id("1,0").click()
        view.press("Enter", "9", "Enter")
        until(lambda: kernel.value("lens.ids[1, 0].item()"), 6)
        all_in_step(chapter)
    finally:
        kernel.run("lens.unobserve(correct, 'ids')")


def test_ids_can_be_observed_as_a_trait(view, kernel):
    view.id("0,0").click()
    view.press("Enter", "4", "Enter")
    edited = kernel.value("[[4, *batch[0, 1:].tolist()], *batch[1:].tolist()]")
    until(lambda: kernel.value("heard"), [edited])


def test_a_gradient_follows_an_edit_on_the_page_and_torch_agrees(chapter, kernel):
    page = chapter.page
    page.locator(".jp-Notebook .jp-Cell").last.click()
    code = "from rowlight import GradientLens\ngrad = GradientLens(known, batch)\ngrad"
    run_new_cell(page, code, widgets=1)
    lens = page.locator('.rowlight[data-lens="gradient"].rl-live')
    lens.locator('button[data-position="1,0"]').click()
    for key in ("Enter", "9", "Enter"):
        page.keyboard.press(key)
    until(lambda: kernel.value("grad.ids[1, 0].item()"), 9)
    torchs = """[[f"{x:.4f}" for x in row] for row in grad.gradient.tolist()]"""
    shown = """root => [...root.querySelectorAll(".rl-gradient tr[data-row]")].map((row) =>
        [...row.querySelectorAll("td:not(.rl-uses)")].map((number) => number.textContent))"""
    until(lambda: lens.evaluate(shown), kernel.value(torchs))
    kernel.run("grad.ids = batch")
    until(lambda: lens.evaluate(shown), kernel.value(torchs))
    assert kernel.value("(grad.gradient[:, 0].long() == batch.flatten().bincount(minlength=V)).all().item()")


def test_a_row_that_the_page_does_not_hold_is_asked_for_and_comes(chapter, kernel):
    """With a table of GPT-2's size and width, by keyboard alone."""
    page = chapter.page
    run_new_cell(page, "large = RowLens(torch.randn(50_257, 768), [[464, 3290, 50_256]])\nlarge", widgets=1)
    view = View(page.locator(LIVE_LENS).last)
    expect(view.root.locator("tr[data-uses]")).to_have_count(3)
    view.id("0,1").focus()
    view.press(*"40000", "Enter")
    expect(view.vector("0,1")).to_have_attribute("data-row", "40000")
    expect(view.id("0,1")).to_be_focused()
    expect(view.row(40_000)).to_have_attribute(**LIT)
    numbers = kernel.value("[f'{x:.4f}' for x in large.output[0, 1].tolist()]")
    assert view.vector("0,1").locator("td").all_inner_texts() == [*numbers[:6], "…", *numbers[-6:]]
    kernel.run("large.selection = {'row': 1234}")
    expect(view.row(1234)).to_have_attribute(**LIT)
    expect(view.root.get_by_role("status")).to_have_text("no id in the batch reads row 1234")
    kernel.run("large.ids = [[7, 8, 9]]")
    expect(view.id("0,0")).to_have_text("7")
    until(lambda: kernel.value("large.ids.tolist()"), [[7, 8, 9]])


def test_the_overview_the_search_and_the_window_ask_python(chapter, kernel):
    """With a table of GPT-2's size, a token for each row, and a batch of real size; by keyboard alone."""
    page = chapter.page
    code = (
        "batch = torch.arange(8 * 1024).reshape(8, 1024)\n"
        "large = RowLens(torch.randn(50_257, 768), batch, tokens=lambda row: f'w{row}')\nlarge"
    )
    run_new_cell(page, code, widgets=1)
    view = View(page.locator(LIVE_LENS).last)
    field = view.root.get_by_role("slider", name="row of the table")
    search = view.root.get_by_role("searchbox")
    search.fill("w49999")
    search.press("Enter")
    expect(view.row(49_999)).to_have_attribute(**LIT)
    expect(view.root.get_by_role("status")).to_have_text("1 of 1 with “w49999”: no id in the batch reads row 49999")
    expect(search).to_be_focused()
    expect(search).to_have_value("w49999")
    search.fill("there is none")
    search.press("Enter")
    expect(view.root.get_by_role("alert")).to_have_text("no row has a token with “there is none”")
    field.focus()
    view.press("Shift+ArrowRight")
    expect(view.row(50_000)).to_have_attribute(**LIT)
    expect(field).to_be_focused()
    numbers = kernel.value("[f'{x:.4f}' for x in large.table[50_000].tolist()]")
    assert view.row(50_000).locator("td:not(.rl-uses)").all_inner_texts() == [*numbers[:6], "…", *numbers[-6:]]
    onward = view.root.get_by_role("button", name="Show position 17 to 32")
    onward.focus()
    view.press("Enter")
    expect(view.id("7,31")).to_have_text(str(7 * 1024 + 31))
    onward = view.root.get_by_role("button", name="Show position 33 to 48")
    expect(onward).to_be_focused()
    kernel.run("large.selection = {'position': [0, 1000]}")
    onward = view.root.get_by_role("button", name="Show position 1009 to 1024")
    onward.focus()
    view.press("Enter")
    back = view.root.get_by_role("button", name="Show position 993 to 1008")
    expect(back).to_be_focused()
    kernel.run("large.selection = {'position': [0, 16]}")
    expect(view.id("7,31")).to_have_text(str(7 * 1024 + 31))
    expect(view.id("0,0")).to_have_count(0)
    view.id("7,31").focus()
    view.press(*"40000", "Enter")
    expect(view.vector("7,31")).to_have_attribute("data-row", "40000")
    until(lambda: kernel.value("large.ids[7, 31].item()"), 40_000)
    assert kernel.value("(large.ids != batch).sum().item()") == 1
    kernel.run("large.selection = {'position': [3, 1000]}")
    expect(view.vector("3,1000")).to_have_attribute(**LIT)
    kernel.run("large.tokens = lambda row: f'w{row}' if row < 50_000 else str(1 / 0)")
    search.fill("w3")
    search.press("Enter")
    expect(view.root.get_by_role("alert")).to_have_text(
        "the tokens of this lens cannot be searched: ZeroDivisionError: division by zero"
    )


def test_the_output_of_bags_is_asked_for_and_comes(chapter, kernel):
    page = chapter.page
    run_new_cell(
        page, "bags = nn.EmbeddingBag(100, 3)\nlens_on_bags = RowLens(bags, [[1, 2], [3, 3]])\nlens_on_bags", 1
    )
    view = View(page.locator(LIVE_LENS).last)
    view.id("1,0").focus()
    view.press("9", "9", "Enter")
    expect(view.id("1,0")).to_have_text("99")
    numbers = kernel.value("[f'{x:.4f}' for x in bags(torch.tensor([[99, 3]]))[0].tolist()]")
    expect(view.root.locator(".rl-output tr[data-sentence='1'] td")).to_have_text(numbers)


TRAINED = """
import rowlight
from rowlight import MoveQuiz, Recording, TrainingReplay
layer, losses = nn.Embedding(4, 2), []
adam = torch.optim.Adam(layer.parameters(), lr=0.1)
with rowlight.watch(layer, snapshots=True) as trace:
    for ids in ([1], [2, 3], [1]):
        adam.zero_grad()
        loss = layer(torch.tensor(ids)).square().sum()
        loss.backward()
        losses.append(loss.item())
        adam.step()
recording = Recording.from_trace(trace, losses)
"""


def test_what_shows_a_training_is_live(chapter, kernel):
    kernel.run(TRAINED)
    code = 'display(trace.lens(), MoveQuiz(trace), TrainingReplay({"Adam": recording}, list("abcd")))'
    run_new_cell(chapter.page, code, widgets=3)
    lens, quiz, replay = (
        chapter.page.locator(f'.rowlight[data-lens="{kind}"].rl-live')
        for kind in ("trace", "move-quiz", "training-replay")
    )
    for widget, hint in ((lens, "Move the slider"), (quiz, "press Step"), (replay, "Drag along the curve")):
        expect(widget.locator(".rl-hint")).to_contain_text(hint)
    moved = kernel.value("trace.steps[2].moved.tolist()")
    assert moved == [1, 2, 3]
    lens.get_by_role("slider", name="step").press("End")
    expect(lens.get_by_role("status")).to_contain_text("Adam, step 3 of 3. Row 1 was read")
    quiz.get_by_role("button", name="row 1", exact=True).click()
    quiz.get_by_role("button", name="Step", exact=True).click()
    expect(quiz.get_by_role("status")).to_contain_text("You marked 1 of 1.")
    replay.get_by_role("slider", name="recorded step").press("Home")
    loss = kernel.value("f'{losses[0]:.4f}'")
    expect(replay.get_by_role("status")).to_have_text(f"Step 0 of 2: loss {loss}. The batch reads b.")


def test_a_task_can_be_answered(chapter, kernel):
    asks = "Mark the rows that the batch reads now."
    task = chapter.page.locator('.rowlight[data-lens="task"].rl-live', has_text=asks)
    kernel.run("changed = sequence.clone(); changed[3, 2] = id_of['sun']")
    *rows, last = kernel.value("changed.unique().tolist()")
    solved = f"[one for one in Out.values() if isinstance(one, Task) and {asks!r} in repr(one)][0].solved"
    for row in rows:
        task.get_by_role("button", name=f"row {row}", exact=True).click()
    task.get_by_role("button", name="Check").click()
    expect(task.get_by_role("status")).to_have_text("Not yet: 1 missing.")
    assert not kernel.value(solved)
    task.get_by_role("button", name=f"row {last}", exact=True).click()
    task.get_by_role("button", name="Check").click()
    expect(task.get_by_role("status")).to_have_text("Right.")
    until(lambda: kernel.value(solved), expected=True)
