"""Rules that no page can have are left out of the style sheet, and no others."""

import pytest
import tinycss2
from _ext.used_rules import used, words
from _tools.paths import HTML
from rcssmin import cssmin

KNOWN = words(['<p class="here rl-now" id="top">', 'root.classList.add("made-by-script")'])


def kept(css):
    return used(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), KNOWN)


@pytest.mark.parametrize(
    "selector",
    [
        "p", ".here", "p.here > a", "#top", ".made-by-script", ".here:not(.gone)", ".here:not(:has(.gone, #gone))",
        ":is(.gone, .here)", "*", ":root", '[data-a=".gone"] p',
    ],
)  # fmt: skip
def test_a_rule_that_can_match_is_kept(selector):
    assert kept(f"{selector} {{ color: red }}") == f"{selector}{{color: red}}"


@pytest.mark.parametrize("selector", [".gone", "p.gone > a", "#gone", ".here.gone", ".here .gone:hover", ".her"])
def test_a_rule_that_cannot_is_left_out(selector):
    assert kept(f"{selector} {{ color: red }}") == ""


def test_of_a_list_the_selectors_that_can_match_stay():
    assert kept(".gone, .here, p:is(a, b), #gone a { top: 0 }") == ".here,p:is(a, b){top: 0}"


def test_a_condition_goes_with_its_last_rule():
    assert kept("@media print { .gone { top: 0 } }") == ""
    assert kept("@media print { .gone { top: 0 } .here { top: 1px } }") == "@media print {\n.here{top: 1px}\n}"


def test_other_rules_stay_as_they_are():
    css = '@font-face { font-family: "A" }\n@keyframes turn { from { top: 0 } }\n@page { margin: 0 }'
    assert kept(css) == css


def test_the_book_s_style_sheet_names_only_what_its_pages_and_scripts_hold():
    files = [*HTML.rglob("*.html"), *(HTML / "_static").rglob("*.js")]
    known = words(file.read_text("utf-8") for file in files)
    css = (HTML / "_static" / "page.css").read_text("utf-8")
    assert cssmin(used(tinycss2.parse_stylesheet(css, skip_whitespace=True), known), keep_bang_comments=True) == css
    assert len(css) < 85_000
