"""A lens on a large table, on a page of the tests' own: its overview, its search, its window, its bags."""

import re
from itertools import pairwise

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from helpers.stored_html import HOSTILE, outline
from playwright.sync_api import expect
from torch import nn

from rowlight import GradientLens, RowLens

IDS = [[500, 998, 500], [7, 8, 0]]
WORDS = {500: "king", 998: "kings", 7: "a", 8: "row", 0: "<pad>"}


def some_lens(make=RowLens, ids=None, V=1000, **options):
    torch.manual_seed(0)
    return make(nn.Embedding(V, 4, padding_idx=0), ids or IDS, tokens=WORDS, **options)


def said(page):
    """What the overview says and draws: its texts and its paths."""
    part = page.locator(".rl-overview")
    return (
        [part.locator(f".rl-{name}").inner_text() for name in ("summary", "place")],
        part.locator("path").evaluate_all("paths => paths.map((path) => path.getAttribute('d'))"),
    )


def python_says(lens):
    html = lens._repr_mimebundle_()[0]["text/html"]
    part = html[html.index("rl-overview") : html.index('<div class="rl-part rl-table')]
    texts = [re.search(f'<p class="rl-{name}">(.*?)</p>', part)[1] for name in ("summary", "place")]
    return texts, re.findall(r'<path class="[^"]*" d="([^"]*)"', part)


def field(page):
    return page.get_by_role("slider", name="row of the table")


def search(page, text):
    box = page.get_by_role("searchbox", name="Find a row by number or token")
    box.fill(text)
    box.press("Enter")


def test_the_overview_follows_every_selection_and_edit_as_python_draws_it(open_widgets):
    lens = some_lens()
    page = open_widgets(lens)
    assert said(page) == python_says(lens)
    page.locator(".rl-ids button[data-position='1,1']").click()
    lens.selection = {"position": [1, 1]}
    assert said(page) == python_says(lens)
    page.keyboard.press("Enter")
    for key in ("9", "9", "8", "Enter"):
        page.keyboard.press(key)
    lens.set_state({"_edit": {"version": lens._ids_version, "ids": [500, 998, 500, 7, 998, 0]}})
    assert said(page) == python_says(lens)
    assert page.locator(".rl-ids td", has=page.locator("[data-position='1,1']")).inner_text().split() == [
        "998",
        "kings",
    ]
    page.locator(".rl-ids button[data-sentence='0']").click()
    lens.selection = {"sentence": 0}
    assert said(page) == python_says(lens)


LACKS = "; this page holds 5 of the 1,000 rows, and not row"


def test_by_keyboard_the_overview_leads_to_the_rows_that_are_read_and_to_all(open_widgets):
    page = open_widgets(some_lens())
    slider = field(page)
    slider.focus()
    keys = "Arrow keys: the next row that is read. With Shift: the next row of all."
    expect(page.locator(".rl-keys")).to_have_text(keys)
    expect(slider).to_have_accessible_description(keys)
    status = page.get_by_role("status")
    for key, row, words in [
        ("ArrowRight", 998, "the batch reads row 998 once: sentence 1, position 2"),
        ("ArrowRight", 998, "the batch reads row 998 once: sentence 1, position 2"),
        ("ArrowLeft", 500, "the batch reads row 500 twice: sentence 1, position 1; sentence 1, position 3"),
        ("Shift+ArrowRight", 501, f"no id in the batch reads row 501{LACKS} 501"),
        ("Shift+ArrowDown", 601, f"no id in the batch reads row 601{LACKS} 601"),
        ("Control+ArrowLeft", 600, f"no id in the batch reads row 600{LACKS} 600"),
        ("Home", 0, "the batch reads row 0 once: sentence 2, position 3"),
        ("Shift+End", 999, f"no id in the batch reads row 999{LACKS} 999"),
    ]:
        page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuenow", str(row))
        expect(status).to_have_text(words)
        expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "Row 999: never read.")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "Row 0 “\u2068<pad>\u2069”: read once, padding_idx.")
    expect(page.locator(".rl-table tr[aria-selected='true']")).to_have_attribute("data-row", "0")


def test_a_click_picks_the_row_that_is_read_nearby_or_the_one_below(open_widgets):
    page = open_widgets(some_lens())
    box = page.locator(".rl-field svg").bounding_box()
    columns, lines = 100, 10

    def click(row, dx=0):
        x, y = ((row % columns) + 0.5) * box["width"] / columns, ((row // columns) + 0.5) * box["height"] / lines
        page.mouse.click(box["x"] + x + dx, box["y"] + y)
        return int(field(page).get_attribute("aria-valuenow"))

    assert click(998, dx=4) == 998
    assert click(640) == 640
    expect(field(page)).to_be_focused()
    expect(page.get_by_role("status")).to_have_text(f"no id in the batch reads row 640{LACKS} 640")
    expect(page.locator(".rl-numbers")).to_have_text("")
    expect(page.locator(".rl-table tr[aria-selected='true']")).to_have_count(0)


def test_a_row_is_found_by_its_number_and_by_the_tokens_that_the_page_holds(open_widgets):
    page = open_widgets(some_lens())
    status, alert = page.get_by_role("status"), page.get_by_role("alert")
    search(page, "640")
    expect(status).to_have_text(f"no id in the batch reads row 640{LACKS} 640")
    search(page, "king")
    expect(status).to_have_text(re.compile("^1 of 1 with “king”: the batch reads row 500 twice"))
    for found in ("2 of 2 with “KING”: the batch reads row 998", "1 of 2 with “KING”: the batch reads row 500"):
        search(page, "KING")
        expect(status).to_contain_text(found)
    for asked, words in {
        "1000": "there is no row 1000; rows are 0 to 999",
        "queen": "none of the 5 tokens that this page holds has “queen”",
        '"500"': "none of the 5 tokens that this page holds has “500”",
    }.items():
        search(page, asked)
        expect(alert).to_have_text(words)
        expect(field(page)).to_have_attribute("aria-valuenow", "500")
    search(page, "8")
    expect(alert).to_have_text("")


def test_a_lens_without_tokens_looks_for_numbers_alone(open_widgets):
    page = open_widgets(RowLens(torch.zeros(100, 2), [3]))
    box = page.get_by_role("searchbox", name="Find a row by number", exact=True)
    box.fill("king")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("“king” is not a row number, and this lens has no tokens")


IN_VIEW = """(element) => {
    const [box, at] = [element.closest(".rl-part"), element].map((one) => one.getBoundingClientRect());
    return at.top >= box.top - 1 && at.bottom <= box.bottom + 1;
}"""


@pytest.mark.parametrize("make", [RowLens, GradientLens])
def test_what_is_lit_is_in_view_in_each_part_and_the_page_stays_where_it_is(open_widgets, make):
    """The lit row of 8 x 64 ids lay 15,217 pixels down."""
    torch.manual_seed(0)
    ids = torch.randperm(50_257)[:512].reshape(8, 64)
    page = open_widgets(make(torch.randn(50_257, 20), ids), viewport={"width": 900, "height": 700})
    assert page.locator(".rowlight").bounding_box()["height"] < 1600
    for position in ("0,0", "7,63", "3,9"):
        page.locator(f".rl-ids button[data-position='{position}']").click()
        lit = page.locator("tr[aria-selected='true']")
        expect(lit).to_have_count(2)
        page.wait_for_function("document.querySelector('.rl-paths path')")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert lit.evaluate_all(f"rows => rows.map({IN_VIEW})") == [True, True]
        assert page.locator(f".rl-ids [data-position='{position}']").evaluate(IN_VIEW)
    top = page.evaluate("scrollY")
    page.locator(".rl-ids button[data-position='3,10']").evaluate("button => button.click()")
    page.wait_for_timeout(100)
    assert page.evaluate("scrollY") == top


def test_without_a_script_the_lit_row_stays_in_view_and_nothing_is_there_to_press(open_widgets):
    torch.manual_seed(0)
    lens = RowLens(torch.randn(1000, 4), torch.arange(300, 600), selection={"row": 599})
    page = open_widgets(lens, script="", java_script_enabled=False)
    assert page.locator(".rl-table tr[aria-selected='true']").evaluate(IN_VIEW)
    assert page.locator("button, input, [role=slider], [tabindex]").count() == 0
    assert page.locator(".rl-find").is_hidden()
    assert page.locator(".rl-keys").is_hidden()


SHOWN = "elements => elements.map((element) => { const { x, y, width, height } = element.getBoundingClientRect(); return [x, y, width, height]; })"  # noqa: E501


@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_moves_when_the_script_takes_over(open_widgets, width):
    from _ext.lenses import page_script  # noqa: PLC0415  as the fixture does

    page = open_widgets(some_lens(), script="", viewport={"width": width, "height": 900})
    parts = page.locator("[role=status], .rl-part, .rl-field, .rl-place, .rl-summary, .rl-legend")
    before = parts.evaluate_all(SHOWN)
    page.add_script_tag(content=page_script({"row"}), type="module")
    expect(page.locator(".rowlight.rl-live")).to_have_count(1)
    assert parts.evaluate_all(SHOWN) == before


@pytest.mark.parametrize("width", [320, 860])
def test_a_large_lens_fits_the_page(open_widgets, width):
    ids = torch.randint(0, 50_257, (8, 1024))
    page = open_widgets(
        RowLens(torch.randn(50_257, 20), ids, tokens=lambda row: f"token {row}"),
        some_lens(),
        viewport={"width": width, "height": 700},
    )
    page.add_style_tag(content="body { margin: 8px }")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    fields = page.locator(".rl-field svg")
    assert all(one.bounding_box()["height"] >= 72 for one in fields.all())
    assert all(one.bounding_box()["width"] <= width for one in fields.all())


def test_of_many_ids_a_part_is_alive(open_widgets):
    ids = torch.arange(8 * 1024).reshape(8, 1024) % 999
    lens = RowLens(torch.randn(1000, 4), ids)
    page = open_widgets(lens)
    expect(page.locator(".rl-note").first).to_have_text(
        "Shown are 128 of 8,192 ids: sentence 1 to 8 of 8, position 1 to 16 of 1,024."
    )
    expect(page.locator(".rl-ids [data-position]")).to_have_count(128)
    assert page.get_by_role("button", name="Show").count() == 0, "no kernel, no other part"
    page.locator(".rl-ids button[data-position='7,3']").click()
    row = ids[7, 3].item()
    expect(page.get_by_role("status")).to_contain_text(
        f"sentence 8, position 4: id {row} reads row {row}; the batch reads"
    )
    expect(page.locator(".rl-output tr[aria-selected='true']")).to_have_attribute("data-position", "7,3")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".rl-output tr[aria-selected='true']")).to_have_attribute("data-position", "7,2")
    page.locator(".rl-ids button[data-position='7,2']").press("F2")
    page.keyboard.type(str(row))
    page.keyboard.press("Enter")
    expect(page.locator(".rl-output tr[data-position='7,2']")).to_have_attribute("data-row", str(row))
    page.locator(".rl-ids button[data-sentence='3']").click()
    expect(page.locator(".rl-place")).to_have_text("999 rows are lit.")
    expect(page.locator(".rl-output tr[aria-selected='true']")).to_have_count(16)


def test_a_bag_is_lit_with_its_ids_and_its_output_is_torchs(open_widgets):
    layer = nn.EmbeddingBag(100, 3)
    lens = RowLens(layer, [[1, 2], [3, 3], [99, 0]])
    page = open_widgets(lens)
    bags = page.locator(".rl-output tr[data-sentence]")
    page.locator(".rl-ids button[data-position='2,0']").click()
    expect(bags.nth(2)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".rl-output tr[aria-selected='true']")).to_have_count(1)
    output = layer(torch.tensor([[99, 0]]))[0].tolist()
    expect(page.locator(".rl-numbers")).to_have_text(f"bag 3: {' '.join(f'{x:.4f}' for x in output)}")
    bags.nth(1).get_by_role("button", name="output of bag 2").click()
    expect(page.get_by_role("status")).to_have_text("bag 2 reads rows 3 and 3")
    expect(page.locator(".rl-ids [aria-pressed='true']")).to_have_count(3)


def test_bags_on_a_page_have_nothing_to_press_that_could_only_refuse(open_widgets):
    page = open_widgets(RowLens(nn.EmbeddingBag(100, 3), [[1, 2], [3, 3]]))
    expect(page.locator(".rl-hint")).to_have_text("Pick an id, a row or a bag.")
    expect(page.locator(".rl-tools button")).to_have_count(0)
    button = page.locator(".rl-ids button[data-position='0,0']")
    for press in (lambda: button.press("5"), lambda: button.press("Enter"), button.click, button.click):
        press()
        expect(page.locator(".rl-ids input")).to_have_count(0)
    expect(button).to_have_attribute("aria-pressed", "true")
    own = open_widgets(RowLens(nn.EmbeddingBag(100, 3), [[1, 2]], hint="Look at bag 1."))
    expect(own.locator(".rl-hint")).to_have_text("Look at bag 1.")


def test_an_id_is_called_with_the_token_that_stands_beside_it(open_widgets):
    page = open_widgets(some_lens())
    button = page.locator(".rl-ids button[data-position='1,0']")
    expect(button).to_have_accessible_name("sentence 2, position 1: id 7 “\u2068a\u2069”")
    button.press("8")
    page.keyboard.press("Enter")
    expect(button).to_have_accessible_name("sentence 2, position 1: id 8 “\u2068row\u2069”")


def test_many_rings_are_drawn_as_python_draws_them(open_widgets):
    lens = RowLens(torch.randn(5000, 2), torch.arange(0, 2000, 4)[None])
    page = open_widgets(lens)
    for selection in ({"sentence": 0}, {"position": [0, 3]}):
        lens.selection = selection
        kind, place = next(iter(selection.items()))
        page.locator(f".rl-ids button[data-{kind}='{str(place).strip('[]').replace(' ', '')}']").click()
        assert said(page) == python_says(lens)
    many = page.locator(".rl-halo[d='']")
    expect(many).to_have_count(0)
    page.locator(".rl-ids button[data-sentence='0']").click()
    expect(many).to_have_count(1)


def test_a_line_that_runs_runs_on_when_the_page_scrolls(open_widgets):
    page = open_widgets(some_lens(ids=[500, 998, 7]))
    page.locator(".rl-ids button[data-position='1']").click()
    page.wait_for_function("document.querySelectorAll('.rl-paths path').length === 3")
    stays = page.evaluate(
        """async () => {
            const frame = () => new Promise(requestAnimationFrame);
            const paths = () => [...document.querySelectorAll(".rl-paths path")];
            await frame();
            const before = paths();
            document.querySelector(".rl-table").dispatchEvent(new Event("scroll"));
            await frame();
            await frame();
            const moves = document.querySelector(".rl-paths").hasAttribute("data-moves");
            return moves && paths().every((path, i) => path === before[i]);
        }"""
    )
    assert stays


def test_a_path_leads_from_an_id_of_a_sequence_to_its_mark(open_widgets):
    page = open_widgets(some_lens(ids=[500, 998, 7]))
    paths = page.locator(".rl-paths path")
    expect(paths).to_have_count(3)
    [x, y] = map(float, re.findall(r"[\d.]+", paths.nth(2).get_attribute("d"))[-2:])
    stage, svg = page.locator(".rl-stage").bounding_box(), page.locator(".rl-field svg").bounding_box()
    assert abs(stage["x"] + x - svg["x"] - svg["width"] * 0.5 / 100) < 1
    assert abs(stage["y"] + y - svg["y"] - svg["height"] * 5.5 / 10 + 7.5) < 1


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_axe_finds_nothing(open_widgets, options):
    page = open_widgets(
        some_lens(),
        some_lens(ids=[500, 7], caption="A sequence"),
        RowLens(nn.EmbeddingBag(100, 3, padding_idx=0), [[1, 2], [3, 0]], caption="Bags"),
        RowLens(torch.zeros(1000, 4), torch.arange(999), tokens=str, caption="A part"),
        RowLens(torch.zeros(1, 4).expand(1_000_000, 4), [5, 17], caption="A million"),
        some_lens(GradientLens, caption="A gradient"),
        body='style="background: var(--rl-paper); color: var(--rl-ink)"',
        **options,
    )
    page.locator("html").evaluate("html => { html.lang = 'en'; }")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_on_paper_every_row_that_is_read_stands_with_its_numbers(open_widgets):
    table = torch.randn(1000, 4)
    page = open_widgets(RowLens(table, torch.arange(300, 400)))
    page.emulate_media(media="print")
    part = page.locator(".rl-table")
    assert part.evaluate("part => part.scrollHeight <= part.clientHeight")
    rows = part.locator("tr[data-row]")
    shown = rows.evaluate_all(
        """rows => rows.map((row) => {
            const { top, bottom } = row.getBoundingClientRect();
            const isSeen = getComputedStyle(row).position === "static" && row.checkVisibility();
            return [top, bottom, isSeen, [...row.querySelectorAll("[data-level]")].map((cell) => cell.innerText)];
        })"""
    )
    assert [numbers for *_, numbers in shown] == [[f"{x:.4f}" for x in row] for row in table[300:400].tolist()]
    assert all(is_seen for _, _, is_seen, _ in shown)
    assert all(one[1] <= other[0] + 1 for one, other in pairwise(shown)), "none lies over another"
    box = part.bounding_box()
    assert box["y"] <= shown[0][0]
    assert shown[-1][1] <= box["y"] + box["height"] + 1
    expect(page.locator(".rl-field svg")).to_be_visible()
    expect(page.locator(".rl-keys")).to_be_hidden()


def test_tokens_are_text_on_a_page_and_beside_the_ids(open_widgets):
    def make(text):
        return RowLens(torch.zeros(100, 1), [[7, 8]], tokens={7: text, 8: "other"})

    assert outline(make(HOSTILE)._html) == outline(make("harmless\u202e")._html)
    page = open_widgets(make(HOSTILE))
    expect(page.locator(".rl-piece").first).to_have_text(HOSTILE.replace("\u202e", r"\u202e"))
    search(page, "<img")
    expect(page.locator("img")).to_have_count(0)
    expect(page.locator(".rl-place")).to_contain_text('Row 7 “\u2068"><img')
