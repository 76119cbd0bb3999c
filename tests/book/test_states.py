"""Long states of lenses lie in files beside the page, and come when the reader is near."""

import gzip
import hashlib
import json
import re

import pytest
from _ext.states import LONG, STATE, move_states
from _tools.paths import HTML
from _tools.weight import NEVER_ABOVE
from playwright.sync_api import expect

STATES = HTML / "_static" / "states"
CHAPTER = "notebooks/07_rows_learn"
FILE = re.compile(r'data-state-file="([^"]+)"')


def lens(state, kind="trace"):
    escaped = json.dumps(state).replace("&", "&amp;").replace('"', "&#34;").replace("<", "&lt;")
    return (
        f'<div class="rowlight" data-lens="{kind}" role="group" aria-label="a" data-state="{escaped}">\n<p>b</p></div>'
    )


class App:
    def __init__(self, folder):
        self.outdir = folder
        (folder / "_static" / "states").mkdir(parents=True)


def moved(folder, *lenses):
    context = {"body": "\n".join(lenses), "pathto": lambda path, _resource: f"../{path}"}
    move_states(App(folder), "page", None, context, None)
    return context["body"]


def test_only_a_long_state_goes_and_never_the_first_one(tmp_path):
    long = {"text": 'é"</script>&' * LONG}
    body = moved(tmp_path, lens(long, "task"), lens([1]), lens(long))
    assert body.startswith(lens(long, "task") + "\n" + lens([1]))
    [path] = FILE.findall(body)
    assert body.count("data-state=") == 2
    text = (tmp_path / path.removeprefix("../")).read_text("utf-8")
    state = json.loads(re.fullmatch(r"document\.currentScript\.state = (.*);\n", text)[1])
    assert json.loads(state) == long
    assert hashlib.sha256(state.encode()).hexdigest().startswith(path.split("/")[-1].removesuffix(".js"))


def test_a_page_without_lenses_is_left_alone(tmp_path):
    assert moved(tmp_path, "<p>a</p>") == "<p>a</p>"


def test_each_file_is_named_once_and_none_is_left_over():
    pages = [page.read_text("utf-8") for page in HTML.rglob("*.html")]
    named = {path.split("/")[-1] for page in pages for path in FILE.findall(page)}
    assert named == {file.name for file in STATES.iterdir()}
    assert len(named) >= 2


def test_a_page_read_to_its_end_stays_below_its_limit():
    for page in HTML.glob("notebooks/*.html"):
        files = FILE.findall(page.read_text("utf-8"))
        late = sum(len(gzip.compress((page.parent / file).read_bytes())) for file in files)
        assert NEVER_ABOVE["bytes"] + late <= 128_000


@pytest.mark.parametrize("disk", [False, True], ids=["http", "file"])
def test_a_state_comes_when_the_reader_is_near(watched_page, site, disk):
    own = HTML.as_uri() if disk else site
    page = watched_page(own)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{own}/{CHAPTER}.html")
    replays = page.locator('[data-lens="training-replay"]')
    expect(page.locator(".folded")).to_have_count(0)  # every section has its height
    expect(page.locator('[data-lens="task"]').first).to_have_class(re.compile("rl-live"))
    assert not [url for url in asked if "/states/" in url]
    assert STATE.search(replays.last.evaluate("root => root.outerHTML")) is None
    replays.last.scroll_into_view_if_needed()
    expect(replays.last).to_have_class(re.compile("rl-live"))
    assert len({url for url in asked if "/states/" in url}) == len([url for url in asked if "/states/" in url])


def test_who_goes_by_keys_finds_every_lens_alive(watched_page, site):
    page = watched_page(site)
    page.goto(f"{site}/{CHAPTER}.html")
    page.keyboard.press("Tab")
    expect(page.locator(".rowlight[data-lens]:not(.rl-live)")).to_have_count(0)


def test_a_lens_whose_file_is_lost_can_still_be_read(browser, site):
    page = browser.new_page()
    page.route("**/states/*", lambda route: route.abort())
    page.goto(f"{site}/{CHAPTER}.html")
    page.keyboard.press("Tab")
    replay = page.locator('[data-lens="training-replay"]').nth(1)  # the first one brings its state along
    expect(replay.get_by_text("Step 180 of 180: loss")).to_be_visible()
    expect(replay).not_to_have_class(re.compile("rl-live"))
    expect(page.locator('[data-lens="task"]').first).to_have_class(re.compile("rl-live"))
    page.close()
