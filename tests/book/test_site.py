"""The parts of the Sphinx extension that need no build: policies, bundles, front ends."""

import re
from types import SimpleNamespace

import pytest
from _ext import site
from _ext.lenses import page_script
from _ext.policy import CHARSET, InlineScripts, with_policy
from _tools.paths import HTML
from sphinx.errors import ExtensionError

from rowlight.widgets.front_ends import front_ends, kinds_in

HEAD = f"<!doctype html><html><head>{CHARSET}</head><body>"


@pytest.mark.parametrize(
    "script",
    [
        "<script>evil()</script>",
        "<SCRIPT>evil()</SCRIPT>",
        "<script >evil()</script >",
        "<script data-src=x>evil()</script\n>",
        '<script type="module">evil()</script>',
        "<script/>evil()</script>",
        "<svg><script>evil()</script></svg>",
        "<script>evil()",
    ],
)
def test_a_script_that_is_not_the_book_s_own_is_found_however_it_is_written(script):
    own = {"good()"}
    assert with_policy(f"{HEAD}<script>good()</script><script src='page.js'></script>", own, "here")
    with pytest.raises(ExtensionError, match="here: a script that is not the book's own"):
        with_policy(f"{HEAD}<script>good()</script>{script}", own, "here")


def test_what_only_looks_like_a_script_is_none():
    page = f"{HEAD}<script>good('<script>')</script><p>&lt;script>evil()</p><!-- <script>evil()</script> -->"
    assert InlineScripts(page).found == ["good('<script>')"]


@pytest.mark.parametrize("page", ["<html><head><meta charset=utf-8>", f"{HEAD}{CHARSET}"])
def test_a_page_where_the_policy_cannot_be_put_in(page):
    with pytest.raises(ExtensionError, match=r"here: .* is not there once, so the policy cannot be put behind it"):
        with_policy(page, set(), "here")


def test_a_page_that_has_its_policy_keeps_it():
    page = with_policy(HEAD, set(), "here")
    assert page.count("Content-Security-Policy") == 1
    assert with_policy(page, set(), "here") == page


class File:
    """A style sheet or a script, as Sphinx passes it on."""

    def __init__(self, filename, **_attributes):
        self.filename = filename


def test_pages_that_load_different_files_cannot_share_a_bundle():
    app = SimpleNamespace(rowlight_assets={})

    def load(page, *styles):
        context = {"css_files": [File(name) for name in styles], "script_files": [File("_static/a.js?v=2")]}
        site.name_bundles(app, page, "page.html", context, None)
        return [[file.filename for file in context[key]] for key in ("css_files", "script_files")]

    assert load("one", "_static/a.css?v=1", "_static/mystnb.0a.css") == [["_static/page.css"], ["_static/page.js"]]
    load("two", "_static/a.css?v=1")
    with pytest.raises(ExtensionError, match=r"three loads .*b\.css.*, and other pages .*a\.css"):
        load("three", "_static/a.css", "_static/b.css")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('<div class="rowlight" data-lens="row">', {"row"}),
        ("<div data-state='[1, \">\"]' data-lens=move-quiz class='wide rowlight'>", {"move-quiz"}),
        ('<div class="rowlight" data-lens="row"></div><div class="rowlight" data-lens="task">', {"row", "task"}),
        ('<pre>&lt;div class="rowlight" data-lens="row"></pre>', set()),
        ('<!-- <div class="rowlight" data-lens="row"> -->', set()),
        ('<figure class="rowlight-figure" data-lens="row">', set()),
    ],
)
def test_a_lens_is_found_however_it_is_written(text, kinds):
    assert kinds_in(text) == kinds


def test_a_lens_without_a_front_end():
    with pytest.raises(ExtensionError, match=r"no front end for data-lens='nonsense'; there are .*row.*task"):
        page_script({"row", "nonsense"})


def test_a_page_script_holds_what_was_asked_for_and_no_comments():
    script = page_script({"row"})
    assert "rowLens" in script
    assert "hydrateAll(connectRoot)" in script
    assert not re.search(r"^\s*//|^export|^import", script, re.MULTILINE)
    assert "</script" not in page_script(set(front_ends()))


def test_a_class_that_changes_does_not_style_the_whole_page_again():
    """Furo's `dl[class] dd > :last-child` does so: every class change reaches every element below it."""
    css = (HTML / "_static" / "page.css").read_text("utf-8")
    furo = (HTML / "_static" / "styles" / "furo.css").read_text("utf-8")
    assert site.API in furo, "nothing needs to be replaced any more"
    assert site.API not in css
    assert f"{site.PYTHON_API}:not" in css
    assert not re.search(r"/\*(?!!)", css), "comments are for those who read the files"
