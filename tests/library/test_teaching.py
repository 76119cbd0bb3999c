"""What chapters print and draw."""

import matplotlib as mpl
import pytest

from rowlight.teaching import aligned, curves_figure, expect_error, figure

mpl.use("agg")


def test_an_expected_error_is_printed(capsys):
    with expect_error(ValueError, KeyError):
        raise ValueError("ids: too many. Pass fewer.\nSecond line")
    assert capsys.readouterr().out == "ValueError: ids: too many. Pass fewer.\n"
    with expect_error(ValueError, first_sentence=True):
        raise ValueError("ids: too many. Pass fewer.")
    assert capsys.readouterr().out == "ValueError: ids: too many\n"


def test_an_error_without_words_is_shown_by_its_name(capsys):
    with expect_error(AssertionError):
        raise AssertionError
    assert capsys.readouterr().out == "AssertionError\n"


def test_an_error_that_does_not_come_is_one():
    with pytest.raises(AssertionError, match="went through"), expect_error(ValueError):
        pass
    with pytest.raises(KeyError), expect_error(ValueError):
        raise KeyError
    with pytest.raises(TypeError, match="kinds"), expect_error():
        pass


def test_columns_are_aligned():
    rows = [{"V": 10, "loss": "0.5"}, {"V": 32_000, "loss": "12.25"}]
    assert aligned(rows).splitlines() == ["     V   loss", "    10    0.5", "32,000  12.25"]


@pytest.mark.parametrize("rows", [[], [{"a": 1}, {"b": 1}], [{"a": 1}, {"a": 1, "b": 2}]])
def test_rows_that_make_no_columns_are_refused(rows):
    with pytest.raises(ValueError, match="rows: expected dicts with the same keys"):
        aligned(rows)


def svg(shown):
    return shown._repr_mimebundle_()["text/html"]


def test_a_figure_says_what_it_shows():
    lines = {"one": ([0, 1, 2], [0, 1, 4]), "two": ([0, 1, 2], [0, 2, 3])}
    text = svg(curves_figure(lines, "Two <lines>.", xlabel="step", title="how far"))
    assert 'role="img" aria-label="Two &lt;lines&gt;."' in text
    assert "<figcaption>Two &lt;lines&gt;.</figcaption>" in text
    assert all(f">{word}<" in text for word in ("one", "two", "step", "how far"))
    assert "var(--rl-ink, " in text


def test_a_figure_without_words_is_refused():
    with pytest.raises(ValueError, match="says: expected words"):
        figure(None, " ")
