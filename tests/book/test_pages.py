"""The built book, as its readers meet it: in a browser, with a mouse, a keyboard, a phone, no script, no server."""

import re

import pytest
import torch
from _tools.paths import CHAPTERS, HTML, PAGES, TEXTS
from helpers.tasks import give, mistakes, right_answer
from playwright.sync_api import expect

from rowlight.teaching.walkthrough import BATCH, TABLE, WORDS
from rowlight.widgets.bundle import stored_style
from rowlight.widgets.words import times

LENS = '.rowlight[data-lens="row"]'
V = len(TABLE)
STARTS_WITH = (
    "the batch reads row 2 four times: "
    "sentence 2, position 2; sentence 2, position 3; sentence 3, position 1; sentence 3, position 3"
)
FLAT = [id_ for sentence in BATCH for id_ in sentence]


def document_lens(page):
    """The lens on the document's own table and batch."""
    return page.locator(LENS, has_text="Five sentences of three words")


def quoted(token):
    """A token in a status: whatever its direction, it turns nothing around."""
    return f"“\N{FIRST STRONG ISOLATE}{token}\N{POP DIRECTIONAL ISOLATE}”"


def row(lens, number):
    return lens.locator(f".rl-table tr[data-row='{number}']")


def numbers(tr):
    return tr.locator("td:not(.rl-uses)").all_inner_texts()


def lit_rows(lens):
    return [int(tr.get_attribute("data-row")) for tr in lens.locator(".rl-table tr[aria-selected='true']").all()]


def status(lens):
    return lens.get_by_role("status")


def position(lens, at):
    return lens.locator(f".rl-ids button[data-position='{at}']")


@pytest.mark.parametrize("disk", [False, True], ids=["http", "file"])
def test_every_position_of_the_documents_batch(open_page, disk):
    page = open_page(disk=disk)
    lens = document_lens(page)
    looked_up = torch.nn.functional.embedding(torch.tensor(BATCH), torch.tensor(TABLE))
    for b, sentence in enumerate(BATCH):
        for t, id_ in enumerate(sentence):
            position(lens, f"{b},{t}").click()
            assert lit_rows(lens) == [id_]
            vectors = lens.locator(".rl-output tr[aria-selected='true']")
            assert [v.get_attribute("data-position") for v in vectors.all()] == [f"{b},{t}"]
            assert numbers(vectors.first) == [f"{x:.4f}" for x in looked_up[b, t].tolist()]
            count = FLAT.count(id_)
            assert row(lens, id_).get_attribute("data-uses") == str(count)
            expect(status(lens)).to_have_text(
                f"sentence {b + 1}, position {t + 1}: id {id_} {quoted(WORDS[id_])} reads row {id_}; "
                f"the batch reads row {id_} {times(count)}",
            )
            page.keyboard.press("Tab")  # a second press would open the editor
            expect(lens.locator(".rl-paths path")).to_have_count(2)
    expect(lens.locator("[data-shape]")).to_have_text("(5, 3) → (5, 3, 4)")


def test_a_sentence_lights_all_its_rows(open_page):
    lens = document_lens(open_page())
    lens.get_by_role("button", name="sentence 2", exact=True).click()
    assert lit_rows(lens) == [2, 3]
    expect(status(lens)).to_have_text("sentence 2 reads rows 3, 2 and 2")
    assert lens.locator(".rl-output tr[aria-selected='true']").count() == 3


def test_a_row_lights_every_place_that_reads_it_or_says_that_none_does(open_page):
    lens = document_lens(open_page())
    row(lens, 3).get_by_role("button").click()
    pressed = lens.locator(".rl-ids [aria-pressed='true']")
    assert [b.get_attribute("data-position") for b in pressed.all()] == ["1,0", "3,2", "4,2"]
    row(lens, 1).get_by_role("button").click()
    expect(status(lens)).to_have_text("no id in the batch reads row 1")
    assert lit_rows(lens) == [1]
    assert pressed.count() == 0


def test_the_use_counts_are_those_of_the_batch(open_page):
    lens = document_lens(open_page())
    assert [int(row(lens, n).get_attribute("data-uses")) for n in range(V)] == [FLAT.count(n) for n in range(V)]


def test_keyboard_alone(open_page):
    page = open_page()
    lens = document_lens(page)
    position(lens, "0,0").focus()
    for key, at in [
        ("ArrowRight", "0,1"),
        ("ArrowDown", "1,1"),
        ("End", "1,2"),
        ("ArrowDown", "2,2"),
        ("ArrowLeft", "2,1"),
    ]:
        page.keyboard.press(key)
        expect(position(lens, at)).to_be_focused()
        assert lit_rows(lens) == [FLAT[int(at[0]) * 3 + int(at[2])]]
    page.keyboard.press("Home")  # the sentence's own button
    expect(lens.get_by_role("button", name="sentence 3", exact=True)).to_be_focused()
    expect(status(lens)).to_have_text("sentence 3 reads rows 2, 5 and 2")
    page.keyboard.press("Tab")  # one stop a table: now the table
    assert page.evaluate("document.activeElement.closest('.rl-table') !== null")
    page.keyboard.press("End")
    page.keyboard.press("Control+End")
    expect(row(lens, 9).locator(".rl-uses")).to_be_focused()
    expect(status(lens)).to_have_text("no id in the batch reads row 9")
    page.keyboard.press("Tab")  # now the output
    assert page.evaluate("document.activeElement.closest('.rl-output') !== null")
    page.keyboard.press("Control+End")
    expect(status(lens)).to_contain_text(f"sentence 5, position 3: id 3 {quoted('rain')} reads row 3")
    page.keyboard.press("Tab")
    assert page.evaluate(
        "document.activeElement.closest('.rowlight') === null || !document.activeElement.closest('.rl-stage')"
    )
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('.rl-ids') !== null")


def edit(page, lens, at, *keys):
    position(lens, at).focus()
    page.keyboard.press("Enter")
    for key in keys:
        page.keyboard.press(key) if len(key) > 1 and key[0].isupper() else page.keyboard.type(key)


def test_an_id_is_edited_rejected_and_reset(open_page):
    page = open_page()
    lens = document_lens(page)
    edit(page, lens, "1,0", "9", "Enter")
    expect(position(lens, "1,0")).to_have_attribute("data-id", "9")
    expect(position(lens, "1,0")).to_be_focused()
    said = f"sentence 2, position 1: id 9 {quoted('sky')} reads row 9; the batch reads row 9 once"
    expect(status(lens)).to_have_text(said)
    vector = lens.locator(".rl-output tr[data-position='1,0']")
    assert vector.get_attribute("data-row") == "9"
    assert numbers(vector) == numbers(row(lens, 9)) == [f"{x:.4f}" for x in TABLE[9]]
    assert row(lens, 3).get_attribute("data-uses") == "2"
    alert = lens.get_by_role("alert")
    for typed in ("10", "-1"):
        edit(page, lens, "1,0", typed, "Enter")
        expect(alert).to_have_text(
            f"index out of range in self: id {typed} at sentence 2, position 1; valid ids are 0 to 9",
        )
        assert row(lens, 9).get_attribute("data-uses") == "1"
        page.keyboard.press("Escape")
        expect(position(lens, "1,0")).to_have_attribute("data-id", "9")
    edit(page, lens, "1,0", "ArrowDown", "ArrowDown")
    assert row(lens, 7).get_attribute("data-uses") == "2"
    page.keyboard.press("Escape")
    assert row(lens, 7).get_attribute("data-uses") == "1"
    page.keyboard.press("4")  # a digit starts an edit
    page.keyboard.press("Enter")
    expect(position(lens, "1,0")).to_have_attribute("data-id", "4")
    lens.get_by_role("button", name="New random ids").click()
    ids = [int(b.get_attribute("data-id")) for b in lens.locator("button[data-id]").all()]
    assert [int(row(lens, n).get_attribute("data-uses")) for n in range(V)] == [ids.count(n) for n in range(V)]
    lens.get_by_role("button", name="Reset").click()
    assert [int(b.get_attribute("data-id")) for b in lens.locator("button[data-id]").all()] == FLAT
    assert [numbers(tr) for tr in lens.locator(".rl-output tr[data-position]").all()] == [
        [f"{x:.4f}" for x in TABLE[id_]] for id_ in FLAT
    ]


def test_two_lenses_on_a_page_do_not_interfere(open_page):
    page = open_page()
    other = page.locator(LENS).nth(1)
    before = other.evaluate("lens => lens.outerHTML")
    lens = document_lens(page)
    edit(page, lens, "4,2", "0", "Enter")
    row(lens, 7).get_by_role("button").click()
    assert other.evaluate("lens => lens.outerHTML") == before


def test_accessible_names(open_page):
    lens = document_lens(open_page())
    expect(lens).to_have_role("group")
    expect(lens).to_have_accessible_name("Five sentences of three words read a table of ten rows")
    expect(position(lens, "1,0")).to_have_accessible_name("sentence 2, position 1: id 3")
    expect(row(lens, 3).get_by_role("button")).to_have_accessible_name("row 3 rain")
    assert lens.get_by_role("grid").count() == 3
    assert lens.get_by_role("status").count() == lens.locator('[role="alert"]').count() == 1
    stops = lens.locator(".rl-part").evaluate_all(
        "parts => parts.map(p => p.querySelectorAll('button[tabindex=\"0\"]').length)"
    )
    assert stops == [1, 1, 1]


def test_the_table_turns(open_page):
    page = open_page("notebooks/02_ids_are_names")
    lens = page.locator(LENS).filter(has=page.get_by_role("switch", name="Columns"))
    switch = lens.get_by_role("switch", name="Columns")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(status(lens)).to_contain_text("reads column 3")
    boxes = [row(lens, n).bounding_box() for n in range(3)]
    assert boxes[0]["y"] == boxes[1]["y"] == boxes[2]["y"]
    assert boxes[0]["x"] < boxes[1]["x"] < boxes[2]["x"]
    cells = row(lens, 3).locator("td").all()
    assert cells[0].bounding_box()["y"] < cells[1].bounding_box()["y"]
    switch.click()
    expect(status(lens)).to_contain_text("reads row 3")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_fault_at_any_width_in_light_and_dark(open_page, name):
    page = open_page(name, viewport={"width": 320, "height": 700})
    for lens in page.locator(LENS).all():
        expect(lens).to_have_class(re.compile("rl-live"))
    for width in (320, 480, 768, 1024, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        bright = sum(int(part) for part in re.findall(r"\d+", paper)[:3]) > 384
        assert bright == (scheme == "light")


@pytest.mark.parametrize("width", [320, 360, 414])
def test_on_a_phone_ids_and_table_stand_above_the_output(open_page, width):
    """Side by side, and all on one screen, from 360 px on; on the narrowest phone the words of the ids need a line."""
    page = open_page(viewport={"width": width, "height": 740}, has_touch=True)
    lens = document_lens(page)
    position(lens, "1,0").tap()
    ids, table, output = (part.bounding_box() for part in lens.locator(".rl-part").all())
    assert ids["y"] <= table["y"] < output["y"]
    assert (ids["y"] == table["y"]) == (width >= 360)
    assert width < 360 or lens.locator(".rl-stage").bounding_box()["height"] <= 740, "on one screen"
    assert lens.evaluate("lens => lens.scrollWidth <= lens.clientWidth")
    expect(lens.locator(".rl-numbers")).to_have_text(f"row 3: {' '.join(f'{x:.4f}' for x in TABLE[3])}")
    expect(lens.locator(".rl-paths path")).to_have_count(2)
    position(lens, "1,0").tap()  # again: change it
    expect(lens.get_by_label("new id for sentence 2, position 1")).to_be_focused()


@pytest.mark.parametrize("disk", [False, True], ids=["http", "file"])
def test_without_scripts_a_lens_is_readable_and_lit(open_page, disk):
    page = open_page(java_script_enabled=False, disk=disk)
    lens = document_lens(page)
    assert lit_rows(lens) == [2]
    lit = lens.locator(".rl-output tr[aria-selected='true']")
    assert [v.get_attribute("data-position") for v in lit.all()] == ["1,1", "1,2", "2,0", "2,2"]
    assert [numbers(row(lens, n)) for n in range(V)] == [[f"{x:.4f}" for x in values] for values in TABLE]
    expect(status(lens)).to_have_text(STARTS_WITH)
    solution = page.locator('[data-lens="task"] details').first
    solution.locator("summary").click()
    expect(solution.locator("strong")).to_have_text("(4,)")


def test_the_index_shows_a_working_lens_in_the_first_screen(open_page):
    page = open_page("book/index", viewport={"width": 1280, "height": 800})
    lens = page.locator(LENS)
    box = lens.locator(".rl-table table").bounding_box()
    assert box["y"] + box["height"] <= 800
    assert lens.bounding_box()["height"] <= 480
    assert lit_rows(lens) == [2]
    expect(status(lens)).to_have_text(STARTS_WITH)
    expect(lens.locator(".rl-paths path")).to_have_count(8)
    position(lens, "1,0").click()
    assert lit_rows(lens) == [3]


@pytest.mark.parametrize(("motion", "animation"), [("no-preference", "rl-draw"), ("reduce", "none")])
def test_a_path_runs_when_the_reader_acts_and_reduced_motion_is_kept(open_page, motion, animation):
    lens = document_lens(open_page(reduced_motion=motion))
    path = lens.locator(".rl-paths path").first
    name = "path => getComputedStyle(path).animationName"
    assert path.evaluate(name) == "none", "nothing moves on its own"
    position(lens, "1,0").click()
    expect(lens.locator(".rl-paths[data-moves]")).to_have_count(1)
    assert path.evaluate(name) == animation
    seconds = path.evaluate("path => parseFloat(getComputedStyle(path).animationDuration)")
    assert seconds <= 0.15


def test_the_numbers_can_be_walked_with_the_keyboard(open_page):
    page = open_page()
    lens = document_lens(page)
    row(lens, 3).get_by_role("button").click()
    for number in [f"{x:.4f}" for x in TABLE[3]]:
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.textContent") == number
    assert lit_rows(lens) == [3]


def test_a_refusal_moves_nothing_under_the_pointer(open_page):
    page = open_page()
    lens = document_lens(page)
    edit(page, lens, "1,0", "99")
    position(lens, "4,2").click()  # leaves the editor with an id that is refused
    expect(lens.get_by_role("alert")).to_have_text("")
    assert lit_rows(lens) == [3]
    assert position(lens, "4,2").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_tasks_of_a_page_are_checked_without_a_kernel(open_page, name):
    page = open_page(f"notebooks/{name}", disk=True)
    tasks = page.locator('.rowlight[data-lens="task"]').all()
    assert len(tasks) >= 4
    for task in tasks:
        state = task.evaluate("task => JSON.parse(task.dataset.state)")
        task.get_by_role("button", name="Check").click()
        expect(status(task)).not_to_have_text(re.compile(r"^(Right\.)?$"))
        for given, words in mistakes(task, state):
            give(task, state, given)
            expect(status(task)).to_have_text(words.replace("`", ""))
        give(task, state, right_answer(task, state))
        expect(status(task)).to_have_text("Right.")


def test_typed_text_is_never_markup(open_page):
    page = open_page()
    lens = document_lens(page)
    hostile = '<img src=x onerror="document.title = 1">'
    edit(page, lens, "0,0", hostile, "Enter")
    expect(lens.get_by_role("alert")).to_contain_text("<img")
    task = page.locator('.rowlight[data-lens="task"]').first
    task.get_by_role("textbox").fill(hostile)
    task.get_by_role("button", name="Check").click()
    assert page.locator("img[src='x']").count() == 0


def test_a_page_holds_its_front_end_once_and_no_widget_state():
    for name in TEXTS:
        html = (HTML / "notebooks" / f"{name}.html").read_text("utf-8")
        assert html.count('<script type="module">') == 1
        assert stored_style() not in html
        assert "rl-rgb" not in html
        assert "widget-state" not in html
        assert "model_id" not in html


def test_figures_have_words_and_follow_the_theme(open_page):
    page = open_page("notebooks/03_one_hot", color_scheme="dark")
    figure = page.locator(".rowlight-figure")
    expect(figure.get_by_role("img")).to_have_accessible_name(re.compile("to 50,000, the one-hot input grows from 600"))
    label = figure.locator("svg text").first
    assert label.evaluate("text => getComputedStyle(text).fill") == "rgb(231, 229, 224)"


@pytest.mark.parametrize("move", ["scroll", "a key", "a touch"])
def test_copy_buttons_come_with_the_first_move_and_not_before(watched_page, site, move):
    page = watched_page(site, has_touch=True)
    page.goto(f"{site}/notebooks/01_ten_rows.html")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".copybtn")).to_have_count(0)
    {
        "scroll": lambda: page.evaluate("scrollTo(0, 100)"),
        "a key": lambda: page.keyboard.press("Tab"),
        "a touch": lambda: page.touchscreen.tap(1, 300),
    }[move]()
    expect(page.locator(".copybtn")).to_have_count(page.locator("div.cell_input pre").count())


def test_the_code_of_a_cell_can_be_copied(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    cell = page.locator(".cell_input", has_text="nn.Embedding(").first
    cell.hover()
    cell.get_by_role("button").click()
    expect(cell.locator(".copybtn")).to_have_class(re.compile("success"))
    assert page.evaluate("navigator.clipboard.readText()") == cell.locator("pre").inner_text().rstrip("\n")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_that_looks_like_plain_text_is_plain_text(open_page, scheme):
    """Names, operators and punctuation were most of the elements of a chapter, in a colour that says nothing."""
    page = open_page(color_scheme=scheme)
    assert page.locator(".highlight pre span").count() > 100
    assert page.locator(":is(.n, .nn, .p, .w, .o)").count() == 0
    colours = page.evaluate("""() => {
        const pre = document.querySelector(".cell_input pre");
        const colour = (element) => getComputedStyle(element).color;
        return ["n", "nn", "p", "w"].map((name) => {
            const span = pre.appendChild(document.createElement("span"));
            span.className = name;
            return [colour(span), colour(pre)];
        });
    }""")
    assert all(span == plain for span, plain in colours)
