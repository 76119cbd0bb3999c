"""The audit: what it counts, how it judges, and that its limits are those of the pages there are."""

import os
from pathlib import Path

import pytest
from _tools import audit, lighthouse, weight
from _tools import browser as chromium
from _tools.paths import PAGES
from _tools.serve import served
from helpers import node

COUNTS = {"bytes": 50_000, "requests": 4, "elements": 1_005, "styles": 2, "scripts": 4}
PAGE = """\
<!doctype html><html><head><meta charset="utf-8"><title>t</title><link rel="icon" href="favicon.svg">
<link rel="stylesheet" href="page.css"><style>p { color: teal }</style></head>
<body><p>one<br/>two</p><script>console.error("a fault")</script><script src="gone.js"></script></body></html>"""


@pytest.fixture
def limits(tmp_path, monkeypatch):
    """A limits file of its own."""
    monkeypatch.setattr(weight, "LIMITS", tmp_path / "limits.toml")
    return tmp_path / "limits.toml"


def test_every_page_has_its_limits():
    assert set(weight.read_limits(PAGES)) == set(PAGES)


def test_a_limit_is_what_was_counted_and_a_tenth_and_never_above_what_no_page_may_cost(limits):
    weight.write_limits({"a": COUNTS, "b/c": COUNTS | {"bytes": 60_000, "requests": 13}})
    assert weight.read_limits(["a", "b/c"]) == {
        "a": {"bytes": 55_000, "requests": 4, "elements": 1_105, "styles": 2, "scripts": 4},
        "b/c": {"bytes": 64_000, "requests": 12, "elements": 1_105, "styles": 2, "scripts": 4},
    }
    assert len([line for line in limits.read_text().splitlines() if not line.startswith("#")]) == 2


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        (["a"], "limits.toml names b/c, which is no page of the book: run `make limits`"),
        (["a", "b/c", "d"], "limits.toml has no line for d with bytes, requests, elements, styles, scripts: run"),
    ],
)
def test_limits_of_other_pages_than_there_are(limits, pages, said):
    weight.write_limits({"a": COUNTS, "b/c": COUNTS})
    assert limits.exists()
    with pytest.raises(ValueError, match=said) as error:
        weight.read_limits(pages)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("bytes = 55000", "bytes = 64001"), "limits.toml allows a 64001 bytes: 64000 at most"),
        (("requests = 4", "requests = 13"), "limits.toml allows a 13 requests: 12 at most"),
        (("scripts = 4", "script = 4"), "limits.toml has no line for a with bytes, requests,"),
    ],
)
def test_limits_that_allow_too_much_or_say_too_little(limits, changed, said):
    weight.write_limits({"a": COUNTS})
    limits.write_text(limits.read_text().replace(*changed))
    with pytest.raises(ValueError, match=said):
        weight.read_limits(["a"])


@pytest.mark.parametrize("name", weight.COUNTS)
def test_each_count_has_its_limit(name):
    assert weight.excesses("a", COUNTS, COUNTS) == []
    above = COUNTS | {name: COUNTS[name] + 1}
    assert weight.excesses("a", above, COUNTS) == [f"a: {above[name]} {name}, and its limit is {COUNTS[name]}"]


def test_a_page_is_weighed_as_a_browser_gets_it(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(weight, "HTML", tmp_path)
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "favicon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "page.css").write_text("/* much the same */" * 5_000)
    with served(tmp_path) as address, browser.browser_type.launch(**chromium.options()) as whole:  # it asks for icons
        counts, errors = weight.weigh(whole, address, "page")
    assert counts == {"bytes": counts["bytes"], "requests": 4, "elements": 12, "styles": 2, "scripts": 2}
    assert 1_000 < counts["bytes"] < 5_000, "compressed"
    assert "a fault" in errors
    assert any("404" in error for error in errors)


def report(score):
    parts = {
        "good": {"title": "Good", "score": 1},
        "bad": {"title": "No names", "score": score, "displayValue": "3 found"},
    }
    refs = [{"id": "good", "weight": 1}, {"id": "bad", "weight": 3}]
    return {
        "audits": parts,
        "categories": {name: {"score": (1 + 3 * score) / 4, "auditRefs": refs} for name in audit.CATEGORIES},
    }


def test_what_is_wrong_is_said_in_a_sentence_each(monkeypatch, capsys):
    faulty = COUNTS | {"elements": 2_000}
    monkeypatch.setattr(audit, "weigh_all", lambda *_: {"a": (COUNTS, []), "b": (faulty, ["oh"])})
    monkeypatch.setattr(audit, "score_all", lambda *_: {"a": report(1), "b": report(0)})
    wrong = audit.audit("", ["a", "b"], {"a": COUNTS, "b": COUNTS})
    assert wrong == [
        *(f"b: {name}: No names 3 found" for name in audit.CATEGORIES),
        "b: the console says 'oh'",
        "b: 2000 elements, and its limit is 1005",
    ]
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| a | 100 | 100 | 100 | 0 | 50000 (50000) |")
    assert lines[3].startswith("| b | 25 | 25 | 25 | 1 |")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            """console.log('{"requestedUrl": "http://a", "runtimeError": {"message": "no paint"}}')""",
            "http://a: no paint",
        ),
        ("process.exit(3)", "Lighthouse did not run; node says why above"),
    ],
)
def test_where_lighthouse_has_no_report_the_audit_ends_with_one_sentence(monkeypatch, tmp_path, script, said):
    (tmp_path / "lighthouse.mjs").write_text(script)
    monkeypatch.setattr(lighthouse, "SCRIPT", tmp_path / "lighthouse.mjs")
    monkeypatch.setattr(lighthouse, "PACKAGES", tmp_path)
    monkeypatch.setattr(audit, "HTML", tmp_path)
    monkeypatch.setattr(audit, "weigh_all", lambda *_: {"a": (COUNTS, [])})
    monkeypatch.setattr(weight, "built_pages", lambda: ["a"])
    monkeypatch.setattr(weight, "read_limits", lambda _: {"a": COUNTS})
    monkeypatch.setattr("sys.argv", ["audit"])
    monkeypatch.setenv("PATH", str(Path(node.executable()).parent), prepend=os.pathsep)
    with pytest.raises(SystemExit) as ended:
        audit.main()
    assert ended.value.code == said, "text: python prints it and ends with 1"


def test_a_score_that_is_not_100_is_never_rounded_up():
    assert lighthouse.score({"categories": {"seo": {"score": 0.99}}}, "seo") == 99
    assert lighthouse.score({"categories": {"seo": {"score": None}}}, "seo") == 0
