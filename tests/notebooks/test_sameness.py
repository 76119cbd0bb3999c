"""The rule for "the same", clause by clause, on texts of every kind."""

import itertools
import re

import pytest
import torch
from _tools.sameness import difference, parts, too_exact
from hypothesis import example, given
from hypothesis import strategies as st

from rowlight import GradientLens, RowLens
from rowlight.teaching import curves_figure

# What stands around a number in a stored output.
PLACES = [
    "{}",
    "loss {}.",
    "tensor([[{}, 1.0000]])",
    '<td role="gridcell">{}</td>',
    "&quot;most&quot;: {}, &quot;n&quot;",
]
SIGNS = st.sampled_from(["", "-"])


def agree(one, other):
    """Whether two texts are the same. It must not matter which of them is stored."""
    said, reverse = difference(one, other), difference(other, one)
    assert (said is None) == (reverse is None)
    return said is None


def fixed(units, places=4):
    """7443 -> '0.7443'."""
    whole, rest = divmod(abs(units), 10**places)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{places}}"


@given(st.integers(-(10**9), 10**9), st.integers(-20, 20), st.integers(1, 8), st.sampled_from(PLACES))
@example(7443, 1, 4, PLACES[0])
@example(7443, 2, 4, PLACES[0])
@example(99999, 1, 4, PLACES[2])
def test_a_decimal_may_differ_by_one_unit_of_its_last_digit(units, more, places, place):
    one, other = (place.format(fixed(number, places)) for number in (units, units + more))
    assert agree(one, other) == (abs(more) <= 1)


@given(
    st.integers(-(10**12), 10**12), st.integers(-2, 2), st.sampled_from(PLACES), st.sampled_from(["{}", "{}.", "{:,}"])
)
def test_a_whole_number_may_not_differ(number, more, place, style):
    one, other = (place.format(style.format(value)) for value in (number, number + more))
    assert agree(one, other) == (more == 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-0.0000", "0.0000"),
        ("0.7443", "0.7444"),
        ("-0.0000", "0.0001"),
        ("tensor([-0., 2.])", "tensor([0., 2.])"),
        ("[ 9.9999,  1.0000]", "[10.0000,  1.0000]"),
        ("[ 9.9999,     nan]", "[10.0000,      nan]"),
        ("[9.9999   1.0000  , nan  ]", "[10.0000  1.0000 ,nan]"),
        ("[1.0000 9.9999  ]", "[1.0000 10.0000 ]"),
        ("1,999.99 bytes", "2,000.00 bytes"),
        ("999.99 bytes", "1,000.00 bytes"),
        ("9.9999e-05", "1.0000e-04"),
        ("9.9991e-05", "1.0000e-04"),
        ("-0.0000e+00", "0.0000e+00"),
        ("off by 99.5%", "off by 99.6%"),
        ("0.5-0.7", "0.6-0.7"),
        ("x=0.5;", "x=0.6;"),
        ("~2.0 x", "~2.1 x"),
    ],
)
def test_the_same(one, other):
    assert agree(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.7443", "0.7445"),
        ("0.0001", "-0.0001"),
        ("0.744", "0.7443"),  # another number of decimals
        ("0.5", "0.50"),
        ("2.", "2.0000"),
        ("2.", "3."),
        ("0.", "0"),
        ("-0.", "0"),
        ("0.0000", "0.0000e+00"),
        ("1.5000", "1.5000e+00"),
        ("3e-05", "4e-05"),  # no decimals: a setting somebody wrote
        ("1e-04", "1e-05"),
        ("0.0001", "1.0000e-04"),
        ("0.0000e+00", "9.9999e-05"),  # the exponent of a zero is no size
        ("1.0000e-04", "1.0002e-04"),
        ("1.0000e-04", "9.9989e-05"),
        ("inf", "-inf"),
        ("nan", "inf"),
        ("007", "7"),
        ("1,000", "1000"),
        ("12", "1 2"),
        ("rows 0-3", "rows 0-4"),
        ("2026-05-06", "2026-05-07"),
        ("v2.13.0", "v2.13.1"),
        ("2.13.0", "2.13.1"),
        ("2.13.0+cpu", "2.14.0+cpu"),
        ("gpt-3.5", "gpt-3.6"),
        ("3.5-turbo", "3.6-turbo"),
        ("lib/3.11", "lib/3.12"),
        ("3.11/lib", "3.12/lib"),
        ("model_0.5.pt", "model_0.6.pt"),
        ("float32", "float64"),
        ("#1e5000", "#1e5001"),
        ("&#39;", "&#40;"),
        ("0.5px", "0.6px"),
        ("x0.5", "x0.6"),
        ("falls to 0.5", "rises to 0.5"),
        ("True", "False"),
        ("0.5", ""),
        ("0.5", "0.5 0.5"),
        ("half", "0.5"),
        ("a  b", "a b"),  # white space between words
        ("0.5 a  b 0.5", "0.5 a b 0.5"),
        (" a 0.5 a ", "a 0.5 a"),  # and around a text
    ],
)
def test_not_the_same(one, other):
    assert not agree(one, other)


@given(st.floats(1e-30, 1e30), SIGNS)
def test_a_number_with_an_exponent_may_differ_by_a_unit_of_the_larger_one(size, sign):
    def printed(factor):
        return f"{sign}{size * factor:.4e}"

    assert agree(printed(1), printed(1 + 1e-6))
    assert not agree(printed(1), printed(1.001))
    assert not agree(printed(1), printed(10))


@given(st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=4), st.integers(-1, 1))
@example([0.0], -1)
@example([9.99995], 1)
def test_what_torch_prints_of_numbers_that_differ_in_the_last_bits(numbers, bits):
    """Signs of zero, widths and their alignment come from torch itself."""
    tensor = torch.tensor([*numbers, 0.12345])  # not all whole, or torch would print none of the decimals
    torch.set_printoptions(sci_mode=False)  # which torch begins to use somewhere near 0.0001
    try:
        printed, last_bits, more = (str(tensor + change) for change in (0, bits * 1e-6, 0.001))
    finally:
        torch.set_printoptions(profile="default")
    assert agree(printed, last_bits)
    assert not agree(printed, more)


# Words, numbers and what may stand between them, in any order.
PIECES = [
    "loss",
    " ",
    "  ",
    "\n",
    "0.7443",
    "-1",
    "12",
    "v2.13.0",
    ",",
    "[",
    "-",
    ".",
    "/",
    "#",
    '"',
    "<svg>",
    "</svg>",
]
TEXTS = st.lists(st.sampled_from([*PIECES, '<path d="M 1.25 3L-4 .5"/>', "nan", "1e-5", "µ", "٣"])).map("".join)


@given(TEXTS)
def test_reading_a_text_loses_nothing_but_white_space(text):
    read = "".join(part if isinstance(part, str) else part.text for part in parts(text))
    assert re.sub(r"\s", "", read) == re.sub(r"\s", "", text)


@given(TEXTS, st.data())
def test_a_changed_letter_or_whole_number_is_always_seen(text, data):
    words = [m.start() for m in re.finditer(r"[^\W\d_]", text)]
    if words:
        at = data.draw(st.sampled_from(words))
        changed = text[:at] + ("y" if text[at] == "x" else "x") + text[at + 1 :]
        assert not agree(text, changed)
    whole = [m.span() for m in re.finditer(r"(?<![\w.#/+-])[0-9]+(?![\w./-])", text)]
    if whole:
        start, end = data.draw(st.sampled_from(whole))
        assert not agree(text, f"{text[:start]}{int(text[start:end]) + 1}{text[end:]}")


def short(hundredths):
    """1250 -> '12.5': as figures are written, without zeros at the end."""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


FIGURE = '<svg role="img" viewBox="0 0 {0} 9"><path d="M {0} 3.5L-1 {0}"/><text x="{0}">{1}</text></svg><p>{1}</p>'


@given(st.integers(0, 99999), st.integers(-300, 300))
@example(1200, 1)
@example(1200, 100)
def test_in_a_coordinate_whole_numbers_are_decimals_too(hundredths, more):
    one, other = (FIGURE.format(short(number), 12) for number in (hundredths, hundredths + more))
    if abs(more) <= 1:
        assert agree(one, other)
    elif abs(more) > 10:
        assert not agree(one, other)


@pytest.mark.parametrize("change", [1e-7, -1e-7, 1e-5])
def test_figures_of_nearly_the_same_numbers_are_the_same(change):
    one, other, third = (
        curves_figure(
            {"loss": (range(200), [factor * 3 / (1 + i) for i in range(200)])}, "It falls", xlabel="step", title="loss"
        )._svg
        for factor in (1, 1 + change, 1.01)
    )
    assert agree(one, other)
    assert not agree(one, third)


@pytest.mark.parametrize("words", [("12", "12.01"), ("12", "13"), ("0.5", "0.51")])
def test_words_in_a_figure_are_no_coordinates(words):
    one, other = (FIGURE.format("12", word) for word in words)
    assert not agree(one, other)


def test_what_looks_like_a_coordinate_outside_a_figure_is_none():
    assert agree('<svg><use x="12"/></svg>', '<svg><use x="12.01"/></svg>')
    assert not agree('<p x="12">', '<p x="12.01">')
    assert not agree('<svg></svg><p x="12">', '<svg></svg><p x="12.01">')
    assert not agree('<svg></svg><p x="12"><svg></svg>', '<svg></svg><p x="12.01"><svg></svg>')
    assert not agree('<svg><g id="12"/></svg>', '<svg><g id="12.01"/></svg>')


@pytest.mark.parametrize(("text", "number"), [("12.345", "12.345"), ("1e-3", "1e-3"), ("12.34", None), ("-0.5", None)])
def test_a_coordinate_with_more_than_two_decimals(text, number):
    assert too_exact(FIGURE.format(text, "0.12345")) == number
    assert too_exact(f"<p>{text}</p>") is None


CELL = '<td role="gridcell" data-level="{}">{}</td>'


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((2, "0.3749"), (3, "0.3750"), True),  # on the edge between two steps
        ((-2, "-0.3750"), (-3, "-0.3751"), True),
        ((2, "<mark>0.3749</mark>"), (3, "<mark>0.3750</mark>"), True),
        ((2, "0.3749"), (3, "<mark>0.3750</mark>"), False),
        ((2, "0.3749"), (4, "0.3750"), False),  # two steps
        ((2, "0.3749"), (3, "0.3749"), False),  # the number says nothing of a change
        ((2, "0.3749"), (3, "0.3751"), False),  # and two units are two units
    ],
)
def test_a_colour_follows_its_number(one, other, same):
    row = "<tr>{}" + CELL.format(1, "0.2000") + "</tr>"
    assert agree(row.format(CELL.format(*one)), row.format(CELL.format(*other))) == same


def test_a_count_beside_a_number_follows_nothing():
    assert not agree('<td data-uses="2">0.3749</td>', '<td data-uses="3">0.3750</td>')
    assert not agree('<td data-level="2"><b>0.3749</b></td>', '<td data-level="3"><b>0.3750</b></td>')


def test_the_number_of_a_cell_stands_behind_its_colour_in_every_lens():
    """What the clause on colours relies on."""
    table = torch.randn(4, 3)
    for lens in (RowLens(table, [[1, 2]]), GradientLens(table, [[1, 2]])):
        html = lens._html
        cells = re.findall(r'data-level="-?[0-9]">(?:<mark>)?-?[0-9]+\.?[0-9]*<', html)
        assert len(cells) == html.count("data-level") > 4 * 3


def test_the_message_names_both_numbers_or_both_words():
    assert difference("loss 0.7443", "loss 0.7445") == "0.7443 is stored and 0.7445 came out, after 'loss'"
    assert "12" in (said := difference(FIGURE.format(12, 1), FIGURE.format(13, 1)))
    assert "13" in said
    said = difference("it falls to 0.5", "it rises to 0.5")
    assert "falls" in said
    assert "rises" in said


def test_every_stored_lens_is_sensitive_to_each_of_its_numbers():
    """No number of a lens, in its html or its state, falls through the rule: two units are always seen."""
    html = RowLens(torch.tensor([[0.1234, -1.25], [3.5, 0.0]]), [1, 0])._repr_mimebundle_()[0]["text/html"]
    numbers = list(re.finditer(r"(?<![\w.#-])[0-9]+(\.[0-9]+)?(?![\w.])", html))
    assert len(numbers) > 20
    for number in numbers:
        places = len(number[1] or "-") - 1
        more = f"{float(number[0]) + 2 * 10**-places:.{places}f}"
        assert difference(html, html[: number.start()] + more + html[number.end() :]), number


def test_the_order_of_numbers_counts():
    for one, other in itertools.combinations(itertools.permutations(["0.1", "0.5", "0.9"]), 2):
        assert not agree(" ".join(one), " ".join(other))
