"""A saved widget, opened from disk: alive, answering to the keyboard, asking for nothing, under a strict policy."""

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from helpers.stored_html import HOSTILE
from playwright.sync_api import expect

from rowlight import GradientLens, MoveQuiz, Recording, RowLens, TraceLens, TrainingReplay, watch
from rowlight.teaching import Task
from rowlight.widgets.bundle import style_sheet


def row_lens(**options):
    torch.manual_seed(0)
    return RowLens(torch.nn.Embedding(10, 4), [[0, 6, 7], [3, 2, 2]], **options)


def trace():
    layer = torch.nn.Embedding(10, 4)
    optimizer = torch.optim.AdamW(layer.parameters())
    with watch(layer, snapshots=True) as seen:
        for ids in ([1, 2], [3]):
            layer(torch.tensor(ids)).sum().backward()
            optimizer.step()
    return seen


def large_lens():
    torch.manual_seed(0)
    return RowLens(torch.nn.Embedding(300, 4), [[5, 60, 5]], tokens={5: "cat", 60: "mat"})


MAKE = {
    "row": row_lens,
    "large": large_lens,
    "gradient": lambda: GradientLens(torch.ones(6, 4), [[1, 2, 2], [2, 4, 1]]),
    "trace": lambda: TraceLens(trace()),
    "move-quiz": lambda: MoveQuiz(trace()),
    "training-replay": lambda: TrainingReplay(
        {"SGD": Recording(torch.randn(3, 5, 2), [1.0, 0.5, 0.2], reads=[[0, 1], [2], [3]])}, list("abcde")
    ),
    "task": lambda: Task.rows("Which rows?", [1, 2], 4, "Those.", {"0": "Not this one."}),
    "report": lambda: trace().report(),
}
WIDGETS = [kind for kind in MAKE if kind != "report"]


@pytest.fixture
def open_saved(watched_page, tmp_path):
    """Save a widget or a report and open the file; the test fails if the page asks for anything or logs an error."""

    def open_(shown, **context):
        file = shown.save(tmp_path / "saved.html")
        page = watched_page(file.as_uri(), **context)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        assert asked == [file.as_uri()]
        return page

    return open_


@pytest.mark.parametrize("kind", WIDGETS)
def test_it_comes_to_life(open_saved, kind):
    page = open_saved(MAKE[kind]())
    expect(page.locator(".rowlight.rl-live")).to_have_count(1)
    assert page.locator("button, input, select").count() > 0


def test_a_row_lens_is_used_by_keyboard(open_saved):
    page = open_saved(row_lens(tokens=list("abcdefghij")))
    expect(page.locator(".rl-live")).to_have_count(1)
    page.locator("button[data-position='0,0']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status")).to_contain_text("position 2: id 6")
    expect(page.locator(".rl-table tr[aria-selected='true']")).to_have_attribute("data-row", "6")
    page.keyboard.press("9")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("id 9")
    numbers = "tr => [...tr.querySelectorAll('[data-level]')].map((cell) => cell.textContent)"
    row = page.locator(".rl-table tr[data-row='9']")
    assert page.locator(".rl-output tr[data-position='0,1']").evaluate(numbers) == row.evaluate(numbers)


def test_a_large_lens_is_searched_by_keyboard(open_saved):
    page = open_saved(large_lens())
    page.get_by_role("searchbox").focus()
    page.keyboard.type("mat")
    page.keyboard.press("Enter")
    expect(page.locator(".rl-table tr[aria-selected='true']")).to_have_attribute("data-row", "60")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("status")).to_contain_text("row 5")


def test_a_task_is_answered_by_keyboard(open_saved):
    page = open_saved(MAKE["task"]())
    for row in ("row 1", "row 2"):
        page.get_by_role("button", name=row).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Right.")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
@pytest.mark.parametrize("kind", MAKE)
def test_axe_finds_nothing(open_saved, kind, scheme, width):
    page = open_saved(MAKE[kind](), color_scheme=scheme, bypass_csp=True, viewport={"width": width, "height": 800})
    expect(page.locator(".rl-live")).to_have_count(int(kind != "report"))
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], [node["target"] for node in one["nodes"][:3]]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 253, 249)", "dark": "rgb(21, 23, 27)"}[scheme]


LOOK = """(style) => {
  const all = [...document.querySelectorAll(".rowlight, .rowlight *")];
  const looks = () => all.map((element) => {
    const computed = getComputedStyle(element);
    return [...computed].map((name) => `${name}: ${computed.getPropertyValue(name)}`).join("; ");
  });
  const before = looks();
  document.head.prepend(Object.assign(document.createElement("style"), { textContent: style }));
  const after = looks();
  return [all.length, all.filter((_, i) => before[i] !== after[i]).map((element) => element.outerHTML.slice(0, 80))];
}"""


@pytest.mark.parametrize("kind", MAKE)
def test_it_looks_as_with_the_whole_style_sheet(open_saved, kind):
    """The file holds only the sheets of its kind."""
    page = open_saved(MAKE[kind](), reduced_motion="reduce")
    expect(page.locator(".rl-live")).to_have_count(int(kind != "report"))
    count, other = page.evaluate(LOOK, style_sheet())
    assert count > 8
    assert other == []


def test_no_other_script_runs_and_nothing_is_asked_for(browser, tmp_path):
    page = browser.new_page()
    blocked = []
    page.goto(row_lens().save(tmp_path / "saved.html").as_uri())
    page.on("console", lambda message: blocked.append(message.text))
    ran = page.evaluate(
        """async () => {
          const script = document.createElement("script");
          script.textContent = "window.intruder = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<img src=a.png onerror='window.intruder = true'>");
          const fetched = await fetch("data:,x").then(() => true, () => false);
          return [window.intruder === true, fetched];
        }"""
    )
    page.close()
    assert ran == [False, False]
    assert any("script-src" in text for text in blocked)


def test_hostile_texts_are_texts(open_saved):
    page = open_saved(row_lens(tokens=[HOSTILE] * 10, caption=HOSTILE, hint=HOSTILE, axes=(HOSTILE, HOSTILE)))
    expect(page.locator(".rl-live")).to_have_count(1)
    page.locator("button[data-position='1,2']").click()
    assert page.locator(".rowlight img, .rowlight script").count() == 0
    assert page.locator("script").count() == 1


def test_without_scripts_and_on_paper_it_reads_well(open_saved):
    page = open_saved(row_lens(), java_script_enabled=False)
    page.emulate_media(media="print")
    expect(page.locator(".rl-table tr[aria-selected='true']")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("id 0 reads row 0")
    assert page.get_by_role("button").count() == 0
