"""Every page for everyone: what axe finds, colours, keys, what a strict policy stops, and how much a page weighs."""

import itertools
import re
import shutil
from urllib.parse import quote

import pytest
import torch
from _ext.lenses import page_script
from _tools.paths import HTML, PAGES, TEXTS
from _tools.serve import served
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from rowlight import GradientLens, MoveQuiz, Recording, RowLens, TraceLens, TrainingReplay, watch
from rowlight.teaching import Task
from rowlight.widgets.front_ends import front_ends

CELLS = "div.cell_input pre"  # each gets a button, once the reader has moved
NOTEBOOK_PAGES = [f"notebooks/{name}" for name in TEXTS]


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(open_page, name):
    """In light and wide, and in dark and narrow; without motion, so that no colour is seen on its way."""
    page = open_page(name, bypass_csp=True, reduced_motion="reduce")
    page.mouse.move(1, 1)
    expect(page.locator(".copybtn")).to_have_count(page.locator(CELLS).count())
    for scheme, width in (("light", 1280), ("dark", 320)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page).response["violations"]
        assert not [(scheme, one["id"], [node["target"] for node in one["nodes"][:3]]) for one in found]


# The contrast of every text inside lit rows and pressed buttons, as the browser paints it.
CONTRASTS = """() => {
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    function behind(element) {
        const [r, g, b, a = 1] = parse(getComputedStyle(element).backgroundColor);
        if (a === 1) return [r, g, b];
        const under = element.parentElement ? behind(element.parentElement) : [255, 255, 255];
        return [r, g, b].map((c, i) => a * c + (1 - a) * under[i]);
    }
    const inside = "tr[aria-selected=true] :is(td, button)";
    const isSeen = (element) => getComputedStyle(element).color !== "rgba(0, 0, 0, 0)"; // a strip is its colours
    return [...document.querySelectorAll(`${inside}, [aria-pressed=true]`)].filter(isSeen).map((element) => {
        const [one, other] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("forced", ["none", "active"])
def test_what_is_lit_can_be_read_with_the_system_s_own_colours(open_page, scheme, forced):
    page = open_page("book/index", color_scheme=scheme, forced_colors=forced)
    expect(page.locator(".rowlight.rl-live")).to_have_count(1)
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 10
    assert min(contrasts) >= 4.5


def test_values_are_blue_below_zero_and_orange_above(open_page):
    page = open_page("book/index")
    shade = "step => getComputedStyle(document.querySelector(`.rl-legend [data-level='${step}']`)).backgroundColor"
    for step, largest in ((-4, 2), (4, 0)):
        red_green_blue = [float(part) for part in re.findall(r"[\d.]+", page.evaluate(shade, step))[:3]]
        assert red_green_blue.index(max(red_green_blue)) == largest


# What a press of Tab does: it moves the focus to an element, noted with its widget, or out of the page, noted as null.
RECORD = """() => {
    const known = new Map();
    const number = (element) => element && known.set(element, known.get(element) ?? known.size).get(element);
    window.visited = [];
    document.addEventListener("focusin", ({ target }) =>
        visited.push([number(target), number(target.closest(".rowlight[data-lens]"))]));
    document.addEventListener("focusout", ({ relatedTarget }) => relatedTarget || visited.push(null));
}"""


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
@pytest.mark.parametrize("name", PAGES)
def test_tab_walks_through_a_page_and_out_of_it_both_ways(open_page, name, key):
    """No trap: each press goes on, every lens and task is visited, and the walk ends."""
    page = open_page(name)
    expect(page.locator(".rowlight[data-lens]:not(.rl-live)")).to_have_count(0)
    page.evaluate(RECORD)
    walk, ends, pressed = [], [], 0
    while not ends:
        for _ in range(20):  # reading after each press would take as long as the presses
            page.keyboard.press(key)
        pressed += 20
        walk = page.evaluate("visited")
        assert len(walk) >= pressed, f"the focus stays: {walk[-1]}"
        # A browser without a window of its own starts again at the other end.
        ends = [i for i, stop in enumerate(walk) if stop is None or stop in walk[:i]]
    around, end = walk[: ends[0]], walk[ends[0]]
    assert end in (None, around[0]), "the focus is trapped in a part of the page"
    widgets = {widget for _, widget in around} - {None}
    assert len(widgets) == page.locator(".rowlight[data-lens]").count()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_a_strict_policy(name):
    text = (HTML / f"{name}.html").read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    scripts = next(part for part in policy[1].split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in policy[1]
    assert not re.search(r"<[^>]+\son\w+=", text), "an inline handler"


@pytest.mark.parametrize("disk", [False, True], ids=["http", "file"])
def test_a_script_that_is_not_the_page_s_own_does_not_run(browser, site, disk):
    page = browser.new_page()
    page.goto(f"{HTML.as_uri() if disk else site}/notebooks/01_ten_rows.html")
    ran = page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.intruder = true";
          document.body.append(script);
          return window.intruder === true;
        }""",
    )
    page.close()
    assert not ran


RUN = "window.intruder=1"
HOSTILE = [
    opening + body + closing
    for opening, body, closing in itertools.product(
        ["", '"', "'", '">', "'>", "</td></table>", "</script>", "<!--", "]]>", "&lt;", "\u202e", "`", "${"],
        [
            f"<script>{RUN}</script>",
            f"<img src=x onerror={RUN}>",
            f"<svg onload={RUN}>",
            f'" autofocus onfocus="{RUN}',
            f"<iframe src=javascript:{RUN}></iframe>",
            f"javascript:{RUN}",
            f"<a href='javascript:{RUN}'>x</a>",
            f"<details open ontoggle={RUN}>",
        ],
        ["", "<!--", "\0x", "\ud800"],
    )
]


def test_there_are_enough_hostile_strings():
    assert len(set(HOSTILE)) >= 200


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    """A page under the book's script and policy, whose lens and task hold every hostile string."""
    lens = RowLens(
        torch.zeros(len(HOSTILE), 1),
        list(range(0, 416, 6)),
        tokens=HOSTILE,
        caption=HOSTILE[0],
        hint=HOSTILE[1],
        axes=HOSTILE[412:414],
    )
    tasks = [Task.choice(text, "yes", text, {text + "?": text}) for text in [*HOSTILE[:40], *HOSTILE[-40:]]]
    gradient = GradientLens(
        torch.zeros(64, 1), [0, 1], tokens=HOSTILE[64:128], caption=HOSTILE[2], hint=HOSTILE[3], axes=HOSTILE[414:416]
    )
    layer = torch.nn.Embedding(64, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    with watch(layer) as trace:
        layer(torch.tensor([1])).sum().backward()
        optimizer.step()
    traced = [
        kind(dict.fromkeys(HOSTILE[128:140], trace), HOSTILE[200:264], caption=HOSTILE[4], hint=HOSTILE[5])
        for kind in (TraceLens, MoveQuiz)
    ]
    run = Recording(torch.zeros(1, 200, 2), [1], reads=[range(200)])
    replay = TrainingReplay(dict.fromkeys(HOSTILE[140:150], run), HOSTILE[200:400], ["a"] * 200, caption=HOSTILE[6])
    widgets = (lens, gradient, *traced, replay, *tasks)
    body = "".join(widget._html for widget in widgets) + trace.report()._repr_html_()
    head = '<!doctype html><html><head><meta charset="utf-8"></head>'
    text = f'{head}<body>{body}<script type="module">SCRIPT</script></body></html>'
    script = page_script(set(front_ends()))
    file = tmp_path_factory.mktemp("hostile") / "page.html"
    file.write_text(text.replace("SCRIPT", script), "utf-8")
    return file


def test_hostile_tokens_captions_and_tasks_are_text(browser, hostile_page):
    """Without a policy, so that it is the escaping that is tested."""
    page = browser.new_page()
    page.goto(hostile_page.as_uri())
    expect(page.locator(".rowlight.rl-live")).to_have_count(85)
    # Answered by the page itself: Playwright would wait for frames at each of 240 clicks.
    answered = page.evaluate("""() => [...document.querySelectorAll('[data-lens="task"]')].filter((task) => {
        [...task.querySelectorAll("[type=radio]")].at(-1).click();
        [...task.querySelectorAll("button")].find((button) => button.textContent === "Check").click();
        task.querySelector("summary").click();
        return task.querySelector("[role=status]").textContent;
    }).length""")
    assert answered == 80
    for position in range(0, 64, 7):
        page.locator(f'button[data-position="{position}"]').last.click()
    page.get_by_role("button", name="Step", exact=True).click()
    for select in page.get_by_role("combobox").all():
        select.select_option(index=3)
    assert page.locator(".rl-table .rl-token").count() >= 64
    assert page.locator("img, svg:not(.rl-paths, [viewBox]), iframe, .rowlight a").count() == 0  # ours have it
    assert not page.evaluate("window.intruder")
    page.close()


def test_what_readers_type_is_text(browser, site):
    """Every input of the book, without the policy that would stop what slips through."""
    page = browser.new_context(bypass_csp=True).new_page()
    page.goto(f"{site}/notebooks/01_ten_rows.html")
    lens = page.locator('.rowlight[data-lens="row"]').first
    task = page.locator('.rowlight[data-lens="task"]').first
    typed = [text for text in HOSTILE if "\ud800" not in text]
    assert len(typed) >= 200
    pictures = page.locator("main img, main iframe").count()

    def answers(field, answer):
        """What the page says to each text, entered in its own time: Playwright would wait for frames each time."""
        return field.evaluate(
            """(field, [typed, answer]) => typed.map((text) => {
                answer.textContent = "";
                field.value = text;
                field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
                return answer.textContent;
            })""",
            [typed, answer.element_handle()],
        )

    lens.locator("button[data-position='0,0']").click()
    page.keyboard.press("Enter")
    for said in answers(lens.locator(".rl-ids input"), lens.get_by_role("alert")):
        assert "is not an id" in said
    for said in answers(task.get_by_role("textbox"), task.get_by_role("status")):
        assert "Write numbers" in said
    assert page.locator("main img, main iframe").count() == pictures
    for text in typed[::20]:
        page.goto(f"{site}/search.html?q={quote(text)}")
        expect(page.get_by_role("heading", name="Search Results")).to_be_visible()
        assert not page.evaluate("window.intruder")
        page.goto(f"{site}/notebooks/01_ten_rows.html#{quote(text)}")
        assert not page.evaluate("window.intruder")
    page.context.close()


@pytest.mark.parametrize("damage", ["missing", "broken"])
def test_with_damaged_scripts_text_tables_and_lit_rows_are_there(browser, site, damage):
    page = browser.new_page()
    page.route("**/page.js*", lambda route: route.abort() if damage == "missing" else route.fulfill(body="!("))

    def break_module(route):
        text = route.fetch().text()
        broken = re.sub(
            r'<script type="module">.*?</script>', '<script type="module">!(</script>', text, flags=re.DOTALL
        )
        route.fulfill(body=broken, content_type="text/html")

    page.route("**/*.html", break_module)
    page.goto(f"{site}/notebooks/01_ten_rows.html")
    lens = page.locator('.rowlight[data-lens="row"]').first
    expect(lens.locator(".rl-table tr[aria-selected='true']")).to_be_visible()
    expect(lens.get_by_role("status")).to_contain_text("reads row 2")
    assert lens.locator(".rl-output tr[data-position]").count() == 15
    expect(page.get_by_role("heading", name="Why it works")).to_be_visible()
    page.close()


@pytest.mark.parametrize("name", NOTEBOOK_PAGES)
def test_reading_to_the_end_fetches_nothing_more(open_page, name):
    """What a page costs is counted when it opens (`make audit`)."""
    page = open_page(name)
    page.wait_for_load_state("networkidle")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    page.wait_for_function("() => scrollY + innerHeight >= document.body.scrollHeight - 1")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if not url.endswith("favicon.svg")]  # a browser asks for it when it has time


def test_the_folder_works_under_any_path(browser, tmp_path):
    shutil.copytree(HTML, tmp_path / "some" / "sub path")
    faults = []
    with served(tmp_path) as address:
        page = browser.new_page()
        page.on("response", lambda response: response.ok or faults.append(response.url))
        page.on("console", lambda message: message.type == "error" and faults.append(message.text))
        page.goto(f"{address}/some/sub path/")
        page.wait_for_url("**/book/index.html")
        page.get_by_role("link", name="One-hot times the table").first.click()
        expect(page.locator(".rowlight.rl-live").first).to_be_visible()
        page.get_by_placeholder("Search").fill("sorting")
        page.keyboard.press("Enter")
        expect(page.locator("#search-results").get_by_role("link", name="Ids are names")).to_be_visible()
        page.close()
    assert not faults


@pytest.mark.parametrize("folder", ["", "/my-book"])
@pytest.mark.parametrize("missing", ["nothing.html", "notebooks/99_gone.html", "notebooks/a/b/c"])
def test_a_missing_page_leads_back_into_the_book(browser, folder, missing):
    with served(HTML, under=folder) as site:  # as GitHub Pages serves a project
        leads_back(browser, site, missing)


def test_a_missing_page_never_leads_to_another_host(browser):
    """Without the policy, which would stop it too."""
    with served(HTML) as site, browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{site}//elsewhere.example/book/x")
        assert page.evaluate("document.baseURI") == f"{site}//elsewhere.example/"


def leads_back(browser, site, missing):
    page = browser.new_page()
    response = page.goto(f"{site}/{missing}")
    assert response.status == 404
    assert page.evaluate("getComputedStyle(document.querySelector('.sidebar-drawer')).display") != "block", "no style"
    page.get_by_role("link", name="the start of the book").click()
    expect(page).to_have_url(f"{site}/book/index.html")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Embeddings, Row by Row"))
    page.close()
