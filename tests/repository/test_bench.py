"""The page of measurements is the program's own, and its figures are written as said."""

import pytest
from _tools.bench.__main__ import PAGE, sections
from _tools.bench.report import MARKER, format_row, row_names


def test_the_page_was_written_by_the_program_as_it_is_now():
    page = PAGE.read_text("utf-8")
    assert page.startswith(MARKER)
    assert row_names(page) == [name for section in sections() for name in section.rows]
    for section in sections():
        assert f"## {section.title}\n\n{section.note}\n" in page


@pytest.mark.parametrize(
    ("row", "targets", "text"),
    [
        (("build", "s", 2.345, 17), (3,), "| build | 2.35 s | 17.00 s | ≤ 3 s | yes |"),
        (("build", "s", 3.004, 1), (3,), "| build | 3.00 s | 1.00 s | ≤ 3 s | yes |"),
        (("build", "s", 3.01, 1), (3,), "| build | 3.01 s | 1.00 s | ≤ 3 s | no |"),
        (("click", "ms", 1.04, 8.06), (3, 8), "| click | 1.0 ms | 8.1 ms | ≤ 3 ms and ≤ 8 ms | no |"),
        (("requests", "", 4, 35), (), "| requests | 4 | 35 |  |  |"),
        (("page", "KB", 53.64, 2059.04), (64,), "| page | 53.6 KB | 2,059 KB | ≤ 64 KB | yes |"),
        (("heap", "MB", 1.86), (15,), "| heap | 1.9 MB |  | ≤ 15 MB | yes |"),
    ],
)
def test_a_row_shows_figures_limits_and_a_verdict(row, targets, text):
    assert format_row(*row, targets=targets).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(("score", "met"), [(99.4, "no"), (99.5, "yes"), (100, "yes")])
def test_a_target_may_be_the_least(score, met):
    row = format_row("score", "", score, targets=(100,), least=True, columns=1)
    assert row.replace("\N{NO-BREAK SPACE}", " ") == f"| score | {score:.0f} | ≥ 100 | {met} |"


def test_the_names_of_rows_are_read_back_from_a_page():
    head = ["# Title", "", "| measured | this book | default settings | target | met |", "|---|---|---|---|---|"]
    page = [*head, format_row("one", "s", 1), "", "Text.", format_row("two", "s", 2)]
    assert row_names("\n".join(page)) == ["one", "two"]
