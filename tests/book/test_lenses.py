"""Lenses on pages of the tests' own, with what no chapter shows: large and wide tables, other fonts, another part."""

import itertools
import json
import re

import pytest
import torch
from _ext.lenses import page_script
from helpers.stored_html import StoredHtml
from helpers.traces import trained
from playwright.sync_api import expect
from torch import nn, optim

from rowlight import GradientLens, MoveQuiz, Recording, RowLens, TraceLens, TrainingReplay
from rowlight.teaching import Task
from rowlight.widgets.bundle import bundle
from rowlight.widgets.front_ends import front_ends, kinds_in


def printed(vector):
    return [f"{x:.4f}" for x in vector.tolist()]


def edit(page, position, id_):
    button = page.locator(f".rl-ids button[data-position='{position}']")
    button.focus()
    for key in ("Enter", *str(id_), "Enter"):
        page.keyboard.press(key)
    return button


def vector(page, position):
    return page.locator(f".rl-output tr[data-position='{position}'] td").all_inner_texts()


def test_a_row_that_a_page_does_not_hold_is_named_and_the_ids_stay(open_widgets):
    table = torch.randn(1000, 3)
    page = open_widgets(RowLens(table, [900, 2, 5]))
    button = edit(page, 0, 901)
    expect(page.get_by_role("alert")).to_have_text("row 901 exists, but this page holds 3 of the 1,000 rows")
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("data-id", "900")
    edit(page, 0, 5)
    assert vector(page, 0) == printed(table[5])
    page.get_by_role("button", name="New random ids").click()
    expect(page.get_by_role("alert")).to_have_text("")
    ids = [int(id_.get_attribute("data-id")) for id_ in page.locator(".rl-ids button").all()]
    assert set(ids) <= {2, 5, 900}
    page.get_by_role("button", name="Reset").click()
    assert vector(page, 0) == printed(table[900])


def test_a_lookup_that_shortens_rows_is_shown_for_every_row(open_widgets):
    layer = nn.Embedding(6, 3, max_norm=1.0)
    page = open_widgets(RowLens(layer, [0, 3]))
    looked_up = layer(torch.arange(6)).detach()
    for row in range(6):
        edit(page, 1, row)
        assert vector(page, 1) == printed(looked_up[row])


@pytest.mark.parametrize("options", [{}, {"scale_grad_by_freq": True, "padding_idx": 900}])
def test_a_wide_gradient_follows_an_edit(open_widgets, options):
    layer = nn.Embedding(1000, 20, **options)
    grad_output = torch.randn(4, 20)
    lens = GradientLens(layer, [900, 7, 7, 2], grad_output=grad_output)
    page = open_widgets(lens)
    for position, row in ((3, 7), (0, 2), (1, 900)):
        edit(page, position, row)
    lens.set_state({"_edit": {"version": lens._ids_version, "ids": [2, 900, 7, 7]}})
    stored = lens._repr_mimebundle_()[0]["text/html"]
    part = ".rl-gradient tr[data-row]"
    shown = "rows => rows.map((row) => [row.dataset.row, ...[...row.cells].slice(1).map((cell) => cell.textContent)])"
    found = {int(row): cells for row, *cells in page.locator(part).evaluate_all(shown)}
    expected = StoredHtml(stored[stored.index('rl-part rl-gradient">') : stored.index("rl-arriving")]).rows
    assert {row: cells[:-1] for row, cells in found.items()} == expected
    assert found[7][6] == "…"
    assert len(found[7]) == 14
    assert found[7][-1] == ("mean of 2" if options else "sum of 2")
    assert found[900][-1] == ("blocked" if options else "1 vector")
    levels = "cells => cells.map((cell) => cell.dataset.level ?? null)"
    coloured = page.locator(".rl-gradient tr[data-row='7'] td").evaluate_all(levels)
    again = open_widgets(lens).locator(".rl-gradient tr[data-row='7'] td").evaluate_all(levels)
    assert coloured == again
    assert len(set(coloured)) > 3


FONTS = ["sans-serif", "'DejaVu Sans', Verdana, sans-serif", "serif; letter-spacing: 0.06em"]  # the last: wide anywhere


@pytest.mark.parametrize("font", FONTS)
def test_a_lens_fits_a_column_of_700_pixels_in_any_font(open_widgets, font):
    """At 708 px, marimo's column, its last columns were behind a scroll bar."""
    table = torch.randn(10, 4) - 2  # many minus signs
    rows, gradient = RowLens(table, torch.randint(0, 10, (5, 3))), GradientLens(table, [[1, 2, 2], [2, 7, 1]])
    page = open_widgets(rows, gradient, viewport={"width": 1000, "height": 900})
    for width in (500, 700, 708, 740, 800, 900):
        page.evaluate(f"document.body.style = `margin: 0 20px; width: {width}px; font-family: {font}`")
        for stage in page.locator(".rl-stage").all():
            hidden = "parts => parts.map((part) => part.scrollWidth - part.clientWidth)"
            assert stage.locator(".rl-part").evaluate_all(hidden) == [0, 0, 0], width
            assert stage.evaluate("stage => stage.scrollWidth <= stage.clientWidth"), width
        boxes = [part.bounding_box() for part in page.locator(".rl-stage").first.locator(".rl-part").all()]
        for one, other in itertools.combinations(boxes, 2):
            beside = one["x"] + one["width"] <= other["x"] and one["y"] == other["y"]
            assert beside or one["y"] + one["height"] <= other["y"], f"{width}: in reading order, and not overlapping"
        assert boxes[0]["y"] == boxes[1]["y"] or width < 700, "ids and table side by side"
    assert len({box["y"] for box in boxes}) == 1, "side by side where there is room"


BOXES = """() => [...document.querySelectorAll("[role=status], .rl-stage, th, td")].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height];
})"""


@pytest.mark.parametrize("width", [1280, 800, 320])
def test_nothing_moves_when_the_script_takes_over(open_widgets, width):
    table = torch.randn(10, 4)
    lenses = [
        RowLens(table, [[0, 6, 7], [3, 2, 2]], tokens=["a", "\n", " the", *"cdefghi"], transpose_switch=True),
        RowLens(table, 3),
        GradientLens(table, [[1, 2, 2], [2, 7, 1]]),
    ]
    page = open_widgets(*lenses, script="", viewport={"width": width, "height": 900})
    before = page.evaluate(BOXES)
    page.add_script_tag(content=page_script({"row", "gradient"}), type="module")
    expect(page.locator(".rowlight.rl-live")).to_have_count(3)
    assert page.evaluate(BOXES) == before


def test_what_can_be_picked_is_a_button_with_the_same_text_and_a_name(open_widgets):
    lens = RowLens(torch.randn(3, 2), [[1, 2]], tokens=["a", " b", "c"])
    texts = "elements => elements.map((element) => [element.textContent, { ...element.dataset }])"
    static = open_widgets(lens, script="").locator(".rl-pick").evaluate_all(texts)
    page = open_widgets(lens)
    assert page.locator("button.rl-pick").evaluate_all(texts) == static
    assert page.locator("span.rl-pick, mark").count() == 0
    names = page.locator("button.rl-pick").evaluate_all("buttons => buttons.map((button) => button.ariaLabel)")
    assert names == [
        "sentence 1",
        "sentence 1, position 1: id 1",
        "sentence 1, position 2: id 2",
        "row 0 a",
        "row 1 ␣b",
        "row 2 c",
        "row 1: sentence 1, position 1",
        "row 2: sentence 1, position 2",
    ]


@pytest.mark.parametrize("make", [RowLens, GradientLens])
def test_a_page_uses_the_names_of_the_dimensions(open_widgets, make):
    page = open_widgets(make(torch.randn(5, 2), [[1, 2], [3, 3]], axes=("record", "<b>column")))
    edit(page, "1,0", 4)
    expect(page.get_by_role("status")).to_have_text(
        "record 2, <b>column 1: id 4 reads row 4; the batch reads row 4 once"
    )
    edit(page, "1,0", 9)
    expect(page.get_by_role("alert")).to_have_text(
        "index out of range in self: id 9 at record 2, <b>column 1; valid ids are 0 to 4"
    )
    expect(page.get_by_label("new id for record 2, <b>column 1")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="record 1", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("record 1 reads rows 1 and 2")
    words = "lens => [...lens.querySelectorAll('*')].map((one) => `${one.ariaLabel ?? ''} ${one.textContent}`).join()"
    said = page.locator(".rowlight").evaluate(words)
    assert "record 1, <b>column 2: id 2" in said
    assert "sentence" not in said
    assert "position" not in said


NUMBERS = "element => element.textContent"


@pytest.mark.parametrize("options", [{}, {"max_norm": 1.0}])
def test_the_numbers_of_what_is_lit_are_those_that_python_writes(open_widgets, options):
    torch.manual_seed(0)
    lens = RowLens(nn.Embedding(20, 14, **options), [[1, 2, 2], [5, 7, 1]])
    page = open_widgets(lens)
    numbers = page.locator(".rl-numbers")
    picks = {
        "[data-position='1,1']": {"position": [1, 1]},
        "[data-sentence='0']": {"sentence": 0},
    }
    for button, selection in picks.items():
        page.locator(f".rl-ids {button}").click()
        lens.selection = selection
        stored = lens._repr_mimebundle_()[0]["text/html"]
        said = numbers.evaluate(NUMBERS)
        assert f'<p class="rl-numbers">{said}</p>' in stored
        assert said.count(":") == (2 if "sentence" in selection else 1)
    page.locator(".rl-table tr[data-row='9'] button").click()
    lens.selection = {"row": 9}
    assert f'<p class="rl-numbers">{numbers.evaluate(NUMBERS)}</p>' in lens._repr_mimebundle_()[0]["text/html"]
    edit(page, "0,0", 9)
    assert numbers.evaluate(NUMBERS) == f"row 9: {' '.join(vector(page, '0,0'))}"


def test_what_arrives_is_shown_in_numbers_and_names_its_row(open_widgets):
    lens = GradientLens(torch.zeros(9, 14), [[1, 2, 2], [5, 7, 1]], grad_output=torch.randn(2, 3, 14))
    page = open_widgets(lens)
    numbers = page.locator(".rl-numbers")
    page.locator(".rl-gradient tr[data-row='2'] button").click()
    lens.selection = {"row": 2}
    assert f'<p class="rl-numbers">{numbers.evaluate(NUMBERS)}</p>' in lens._repr_mimebundle_()[0]["text/html"]
    assert numbers.evaluate(NUMBERS).count("to row 2: ") == 2
    edit(page, "0,0", 2)
    strip = page.locator(".rl-arriving tr[data-position='0,0']")
    expect(strip).to_have_attribute("data-row", "2")
    expect(strip.get_by_role("button")).to_have_accessible_name("to row 2: sentence 1, position 1")
    page.locator(".rl-gradient tr[data-row='8'] button").click()
    expect(numbers).to_have_text("")


@pytest.mark.parametrize("make", [RowLens, GradientLens])
def test_of_many_lit_vectors_the_first_are_shown_in_numbers(open_widgets, make):
    lens = make(torch.randn(20, 2), [list(range(20))])
    page = open_widgets(lens)
    page.locator(".rl-ids [data-sentence]").click()
    lens.selection = {"sentence": 0}
    said = page.locator(".rl-numbers").evaluate(NUMBERS)
    assert f'<p class="rl-numbers">{said}</p>' in lens._repr_mimebundle_()[0]["text/html"]
    assert said.splitlines()[6:] == ["… and 14 more"]


def test_what_comes_back_runs_from_right_to_left_and_ends_in_an_arrow(open_widgets):
    page = open_widgets(GradientLens(torch.zeros(9, 4), [[1, 2, 2]]), viewport={"width": 1000, "height": 700})
    ids, gradient, arriving = (part.bounding_box() for part in page.locator(".rl-part").all())
    assert ids["x"] < gradient["x"] < arriving["x"]
    page.locator(".rl-ids button[data-position='0,1']").click()
    way = page.locator(".rl-paths[data-comes-back] path").nth(1)
    path = way.get_attribute("d")
    (x0, y0), (x1, y1), (x2, y2) = re.findall(r"[ML]([\d.]+) ([\d.]+)", path)[-3:]
    assert float(x1) < float(x0) == float(x2)
    assert float(y0) < float(y1) < float(y2)
    row = page.locator(".rl-gradient tr[data-row='2']").bounding_box()
    stage = page.locator(".rl-stage").bounding_box()
    assert abs(stage["x"] + float(x1) - row["x"] - row["width"]) < 3
    assert way.evaluate("way => getComputedStyle(way).getPropertyValue('--rl-from')") == "-1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_strip_shows_its_numbers_as_colours_and_keeps_them_as_text(open_widgets, scheme):
    table = torch.linspace(-4, 4, 36).reshape(9, 4)
    page = open_widgets(RowLens(table, [[0, 2, 4], [6, 8, 1]]), color_scheme=scheme)
    cells = page.locator(".rl-output td").all()
    style = "(cell, name) => getComputedStyle(cell)[name]"
    assert {cell.evaluate(style, "color") for cell in cells} == {"rgba(0, 0, 0, 0)"}
    assert len({cell.evaluate(style, "backgroundColor") for cell in cells}) == 9
    assert page.locator(".rl-output tr[data-position]").first.get_by_role("gridcell").all_inner_texts() == printed(
        table[0]
    )
    boxes = [tr.bounding_box() for tr in page.locator(".rl-output tr[data-position]").all()]
    assert len({box["x"] for box in boxes}) == 3
    assert len({box["y"] for box in boxes}) == 2
    for media in ({"media": "print"}, {"forced_colors": "active"}):
        page.emulate_media(**media)
        assert all(cell.evaluate(style, "color") != "rgba(0, 0, 0, 0)" for cell in cells)
        assert all(cell.evaluate("cell => cell.scrollWidth <= cell.clientWidth") for cell in cells), "in full"
        page.emulate_media(media="screen", forced_colors="none")


def test_arrows_in_the_output_follow_what_is_seen(open_widgets):
    page = open_widgets(RowLens(torch.randn(9, 2), [[0, 2], [6, 8]]))
    at = "document.activeElement.closest('tr').dataset.position + document.activeElement.tagName"
    page.locator(".rl-output button").first.focus()
    for key, place in [
        ("ArrowDown", "1,0BUTTON"),
        ("ArrowRight", "1,0TD"),
        ("ArrowRight", "1,0TD"),
        ("ArrowRight", "1,1BUTTON"),
        ("ArrowUp", "0,1BUTTON"),
        ("End", "0,1TD"),
        ("Home", "0,0BUTTON"),
    ]:
        page.keyboard.press(key)
        assert page.evaluate(at) == place, key
    expect(page.get_by_role("status")).to_contain_text("sentence 1, position 1: id 0 reads row 0")


def test_every_first_step_of_the_scale_can_be_told_from_the_paper(open_widgets):
    """On night paper, a tenth of a colour could hardly be seen."""
    html = '<div class="rowlight"><table><tr>' + "".join(f'<td data-level="{level}">0.5</td>' for level in (-1, 1))
    for scheme, paper in (("light", (255, 253, 249)), ("dark", (21, 23, 27))):
        page = open_widgets(body=f'style="color-scheme: {scheme}"', color_scheme=scheme)
        page.locator("body").evaluate("(body, html) => { body.innerHTML = html; }", html)
        page.add_style_tag(content=".rowlight { color-scheme: inherit; }")
        for cell in page.locator("td").all():
            parts = re.findall(r"[\d.]+", cell.evaluate("cell => getComputedStyle(cell).backgroundColor"))
            red, green, blue, alpha = (float(part) for part in parts)
            tint = [
                255 * colour * alpha + under * (1 - alpha)
                for colour, under in zip((red, green, blue), paper, strict=True)
            ]
            one, other = sorted([luminance(tint), luminance(paper)])
            assert (other + 0.05) / (one + 0.05) > (1.25 if scheme == "dark" else 1.1), scheme


def luminance(colour):
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


class FourPartLens(RowLens):
    """A Row Lens with another table before the ids, as a later lens may have one."""

    def _draw(self, **options):
        super()._draw(**options)
        extra = '<div class="rl-part rl-extra"><table role="grid"><tr role="row"><td role="gridcell">'
        extra += '<button type="button">an extra</button></td></tr></table></div>'
        self._html = self._html.replace('<div class="rl-part rl-ids">', f'{extra}<div class="rl-part rl-ids">')


def test_parts_are_found_by_name_so_that_another_breaks_nothing(open_widgets):
    table = torch.randn(5, 3)
    page = open_widgets(FourPartLens(table, [[1, 2], [3, 3]], transpose_switch=True))
    assert page.locator(".rl-part").first.get_attribute("class") == "rl-part rl-extra"
    edit(page, "1,1", 4)
    assert vector(page, "1,1") == printed(table[4])
    expect(page.locator(".rl-table tr[aria-selected='true']")).to_have_attribute("data-row", "4")
    expect(page.locator(".rl-paths path")).to_have_count(2)
    page.get_by_role("button", name="an extra").click()
    page.get_by_role("button", name="an extra").press("Home")
    expect(page.get_by_role("status")).to_contain_text("id 4 reads row 4")
    page.locator(".rl-table tr[data-row='2'] button").click()
    expect(page.get_by_role("status")).to_have_text("the batch reads row 2 once: sentence 1, position 2")
    page.get_by_role("switch").click()
    expect(page.locator(".rl-table caption")).to_have_text("table, transposed (D, V)")
    page.locator(".rl-output tr[data-position='0,0'] button").click()
    expect(page.locator(".rl-ids [aria-pressed='true']")).to_have_attribute("data-position", "0,0")


# A model as anywidget gives one, whose other side is the test.
LIVE = """
const values = VALUES, heard = new Map(), sent = [];
const model = {
  get: (key) => values[key],
  set(key, value) { values[key] = value; emit(key); sent.push([key, value]); },
  save_changes() {},
  on(event, listener) { heard.set(event, [...(heard.get(event) ?? []), listener]); },
  off(event, listener) { heard.set(event, heard.get(event).filter((one) => one !== listener)); },
};
function emit(key) { for (const listener of heard.get(`change:${key}`) ?? []) listener(); }
function receive(state) { Object.assign(values, state); for (const key of Object.keys(state)) emit(key); }
const el = document.body.appendChild(document.createElement("div"));
const stop = FRONT_END.render({ model, el });
Object.assign(window, { heard, sent, receive, stop });
"""


SENT = ("_html", "_edit", "_version", "selection", "solved")  # of the traits of all widgets, those a page knows


@pytest.fixture
def live(open_widgets):
    """Open a widget in a live view; `page.receive(lens)` sends what Python holds now."""

    def open_(lens):
        state = lens.get_state()
        values = {key: state[key] for key in SENT if key in state}
        [kind] = kinds_in(state["_html"])
        module = bundle(front_ends()[kind][0])
        front_end = module.replace("export default", "const entry =").replace("export ", "")
        script = f"{front_end}\n{LIVE.replace('VALUES', json.dumps(values)).replace('FRONT_END', 'entry')}"
        page = open_widgets(script=script)
        expect(page.locator(".rl-live")).to_have_count(1)

        def receive(*names):
            new = lens.get_state()
            page.evaluate("state => window.receive(state)", {name: new[name] for name in names or values})

        return page, receive

    return open_


def deliver(page, lens):
    """Give Python what the page has sent; return how many messages that were."""
    messages = page.evaluate("() => window.sent.splice(0)")
    for key, value in messages:
        lens.set_state({key: value})
    return len(messages)


def test_a_row_that_a_live_page_does_not_hold_is_asked_for_and_comes(live):
    table = torch.randn(1000, 3)
    lens = RowLens(table, [900, 2])
    page, receive = live(lens)
    button = edit(page, 0, 901)
    assert vector(page, 0) == printed(table[900]), "not there yet"
    assert deliver(page, lens)
    receive("_html", "_version")
    assert vector(page, 0) == printed(table[901])
    expect(button).to_be_focused()
    lens.selection = {"row": 800}
    receive("_html", "_version", "selection")
    expect(page.locator(".rl-table tr[data-row='800']")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("status")).to_have_text("no id in the sequence reads row 800")


def test_a_button_that_shows_other_ids_keeps_the_focus_as_long_as_there_are_others(live):
    lens = RowLens(torch.randn(1000, 3), torch.arange(300 * 40).reshape(300, 40) % 1000)
    page, receive = live(lens)

    def press(name, then):
        button = page.get_by_role("button", name=name, exact=True)
        button.focus()
        button.press("Enter")
        deliver(page, lens)
        receive("_html", "_version", "_window")
        expect(page.get_by_role("button", name=then, exact=True)).to_be_focused()

    press("Show position 17 to 32", "Show position 33 to 40")
    press("Show position 33 to 40", "Show position 17 to 32")
    press("Show position 17 to 32", "Show position 1 to 16")
    press("Show sentence 9 to 16", "Show sentence 17 to 24")
    press("Show sentence 17 to 24", "Show sentence 25 to 32")
    press("Show sentence 9 to 16", "Show sentence 1 to 8")
    assert lens._window == [8, 16]


def test_a_search_that_python_cannot_answer_is_answered(live):
    lens = RowLens(torch.zeros(500, 1), [3], tokens=lambda row: f"w{row}" if row < 450 else str(1 / 0))
    page, receive = live(lens)
    box = page.get_by_role("searchbox")
    for text, role, words in (
        ("w7", "alert", "the tokens of this lens cannot be searched: ZeroDivisionError: division by zero"),
        ("12", "status", "no id in the sequence reads row 12"),
    ):
        box.fill(text)
        box.press("Enter")
        assert deliver(page, lens)
        receive("_html", "_version", "selection", "_found")
        expect(page.get_by_role(role)).to_have_text(words)


def test_an_edit_made_while_a_row_was_on_its_way_is_kept(live):
    table = torch.randn(1000, 3)
    lens = RowLens(table, [900, 2, 3])
    page, receive = live(lens)
    edit(page, 0, 901)
    deliver(page, lens)  # and before the answer comes:
    edit(page, 1, 3)
    receive("_html", "_version")
    assert [vector(page, at) for at in (0, 1)] == [printed(table[901]), printed(table[3])]
    deliver(page, lens)
    assert lens.ids.tolist() == [901, 3, 3]


def test_a_live_page_does_not_draw_again_what_it_shows(live):
    lens = RowLens(torch.randn(5, 3), [1, 2])
    page, receive = live(lens)
    first = page.locator(".rl-ids button").first.element_handle()
    edit(page, 0, 4)
    deliver(page, lens)
    lens._repr_mimebundle_()  # shown a second time
    receive("_html", "_edit", "selection")
    assert first.evaluate("button => button.isConnected")
    lens.refresh()
    receive()
    assert not first.evaluate("button => button.isConnected")


def test_what_python_selects_is_not_what_the_reader_picked(live):
    """Python selects another row, the reader picks the same id as before: it is selected again, not edited."""
    lens = RowLens(torch.randn(5, 3), [1, 2])
    page, receive = live(lens)
    button = page.locator(".rl-ids button").first
    button.click()
    deliver(page, lens)
    lens.selection = {"row": 3}
    receive("selection")
    button.click()
    assert page.locator(".rl-ids input").count() == 0
    expect(page.get_by_role("status")).to_contain_text("id 1 reads row 1")
    button.click()
    expect(page.locator(".rl-ids input")).to_be_focused()


def test_escape_takes_back_the_reader_s_own_id_alone(live):
    lens = RowLens(torch.randn(9, 3), [1, 2])
    page, receive = live(lens)
    page.locator(".rl-ids button").first.focus()
    for key in ("Enter", "ArrowUp"):
        page.keyboard.press(key)
    deliver(page, lens)
    lens.set_state({"_edit": {"version": lens._ids_version, "ids": [2, 8]}})  # in another view
    receive("_edit")
    page.keyboard.press("Escape")
    deliver(page, lens)
    assert lens.ids.tolist() == [1, 8]
    assert page.locator(".rl-ids button").all_inner_texts() == ["1", "8"]


def test_nothing_selected_stays_so_through_an_edit(live):
    lens = RowLens(torch.randn(5, 2), [1, 2])
    lens.selection = {}
    page, receive = live(lens)
    page.get_by_role("button", name="New random ids").click()
    deliver(page, lens)
    assert lens.selection == {}
    receive()
    expect(page.get_by_role("status")).to_contain_text("nothing is selected")


def test_a_draft_and_the_focus_survive_newer_html(live):
    lens = RowLens(torch.randn(5, 3), [[1, 2], [3, 3]])
    page, receive = live(lens)
    for focused, key in ((".rl-ids button[data-position='1,0']", "Enter"), (".rl-table tr[data-row='2'] td", None)):
        page.locator(focused).first.focus()
        if key:
            page.keyboard.press(key)
            page.keyboard.type("4")
        lens.refresh()
        receive()
        if key:
            expect(page.get_by_label("new id for sentence 2, position 1")).to_be_focused()
            expect(page.locator(".rl-ids input")).to_have_value("4")
            page.keyboard.press("Escape")
        else:
            expect(page.locator(focused).first).to_be_focused()
    live_regions = page.locator("[role=status], [role=alert]").element_handles()
    lens.refresh()
    receive()
    assert all(region.evaluate("region => region.isConnected") for region in live_regions), "or they are not heard"


@pytest.mark.parametrize("make", [RowLens, GradientLens])
def test_a_view_that_is_gone_listens_to_nothing(live, make):
    lens = make(torch.randn(5, 3), [1, 2])
    page, receive = live(lens)
    page.locator(".rl-ids button").first.click()
    page.keyboard.press("Enter")
    page.evaluate("() => { window.sent.length = 0; window.stop(); }")
    assert page.evaluate("[...window.heard.values()].flat().length") == 0
    assert page.locator(".rl-ids input, .rl-tools button").count() == 0
    before = page.locator(".rowlight").inner_html()
    for button in page.locator(".rl-pick").all():
        button.click()
        button.press("ArrowDown")
        button.press("Enter")
    receive()
    page.set_viewport_size({"width": 500, "height": 500})
    assert page.locator(".rowlight").inner_html() == before
    assert page.evaluate("window.sent") == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_quiz_begins_where_it_is_told_to(open_widgets, scripts):
    quiz = MoveQuiz({"SGD": trained(torch.optim.SGD, ((1,), (3,), (2,)), snapshots=True)}, step=2)
    page = open_widgets(quiz, java_script_enabled=scripts)
    says = "Batch 3 reads row 2 and nothing else. Which rows" if scripts else "Row 2 was read and moved"
    expect(page.get_by_role("status")).to_contain_text(f"SGD, step 3 of 3. {says}")
    if scripts:
        page.get_by_role("button", name="Step", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("SGD, step 3 of 3. Row 2 was read and moved")
        page.get_by_role("button", name="Start over").click()
        expect(page.get_by_role("status")).to_contain_text("SGD, step 1 of 3. Batch 1 reads row 1")


def traced():
    return trained(lambda p: optim.AdamW(p, lr=0.1), snapshots=True)


def replayed():
    rows = torch.randn(60, 3, 2)
    return TrainingReplay({"one": Recording(rows, range(60)), "two": Recording(rows, range(60))}, ["a", "b", "c"])


def test_a_quiz_on_one_training_says_what_is_marked_and_what_became_of_it(open_widgets):
    page = open_widgets(MoveQuiz(traced(), tokens=["a", "\n", " b", *"cde"]))
    assert page.locator(".rl-tools > *").all_inner_texts() == ["Step", "Again", ""]
    for row in ("row 2 ␣b", r"row 1 \n", "row 3 c", "row 3 c"):
        page.get_by_role("button", name=row, exact=True).click()
    expect(page.locator(".rl-tally")).to_have_text("Marked: 1, 2.")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.locator(".rl-tally")).to_have_text("")
    names = page.locator("button.rl-name").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert re.fullmatch(
        r"row 1 \\n: gradient and decay, read, moved [0-9.]+, [0-9.]+ % of its length, marked", names[1]
    )
    assert re.fullmatch(r"row 3 c: decay, not read, moved [0-9.]+, [0-9.]+ % of its length, missed", names[3])
    assert page.locator(".rl-sign").all_inner_texts() == ["", "✓", "✓", "", "", ""]


@pytest.mark.parametrize("how", ["another training", "a key"])
def test_a_replay_stops_when_the_reader_does_something_else(open_widgets, how):
    page = open_widgets(replayed())
    slider = page.get_by_role("slider", name="recorded step")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    if how == "a key":
        slider.press("ArrowRight")
    else:
        page.get_by_label("training").select_option("two")
    # At once: left alone, it comes to its end, and shows "Play" as well.
    assert page.get_by_role("button", name="Play").is_visible()
    stopped = slider.get_attribute("aria-valuenow")
    assert stopped != slider.get_attribute("aria-valuemax")
    page.wait_for_timeout(300)
    assert slider.get_attribute("aria-valuenow") == stopped


@pytest.mark.parametrize(
    ("make", "press"),
    [
        (lambda: TraceLens({"one": traced(), "two": traced()}), []),
        (lambda: MoveQuiz({"one": traced(), "two": traced()}), ["Step", "Next step"]),
        (replayed, ["Play"]),
    ],
    ids=["trace", "quiz", "replay"],
)
def test_a_view_of_a_training_that_is_gone_does_nothing_any_more(live, make, press):
    page, _ = live(make())
    page.clock.install()
    root = page.locator(".rowlight")
    expect(root.locator(".rl-tools")).to_have_count(1)
    for name in press:
        root.get_by_role("button", name=name, exact=True).click()
    controls = root.locator(".rl-tools *").element_handles()
    page.evaluate("window.stop()")
    assert root.locator(".rl-tools, .rl-scores").count() == 0
    page.evaluate("document.querySelector('[role=status]').textContent = 'as it was left'")
    before = root.inner_html()
    page.evaluate(
        """controls => {
            for (const one of controls) {
                if (one.matches("select")) one.selectedIndex = one.length - 1;
                if (one.matches("input")) one.value = one.max;
            }
            const all = [...controls, ...document.querySelectorAll(".rowlight *")];
            for (const one of all) {
                for (const type of ["click", "input", "change", "pointerdown"]) one.dispatchEvent(new Event(type));
                one.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
            }
            for (const type of ["beforeprint", "afterprint"]) dispatchEvent(new Event(type));
        }""",
        controls,
    )
    page.clock.run_for(2_000)
    page.set_viewport_size({"width": 320, "height": 500})
    page.evaluate(
        "new Promise((done) => new ResizeObserver(done).observe(document.body))"
    )  # the widget's own was first
    assert root.inner_html() == before


def test_a_task_that_is_gone_hears_no_longer_that_it_is_solved(live):
    page, _ = live(Task.numbers("How many?", 3, "Three."))
    assert page.evaluate("[...window.heard.values()].flat().length") == 1
    page.evaluate("window.stop()")
    assert page.evaluate("[...window.heard.values()].flat().length") == 0
    page.evaluate("window.receive({ solved: true })")
    expect(page.get_by_role("status")).to_have_text("")
