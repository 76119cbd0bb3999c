"""One rule for "the same": what two processors may print differently, and what not.

Processors, thread counts and math libraries differ in the last bits of a float, and a training carries that along. So

- words, code and whole numbers must be equal, `2.` and `3e-05` as well as `2`;
- a decimal number may differ by one unit in its last printed digit, if both have the same number of decimals: `0.7443`
  agrees with `0.7444`, not with `0.7445` or `0.744`, and `-0.0000` agrees with `0.0000`;
- with exponents the unit is that of the larger number: `9.9999e-05` agrees with `1.0000e-04`;
- white space beside a number does not count: torch and numpy align with it, and a sign or a width changes it;
- digits in a name are letters: `v2.13.0`, `gpt-3.5`, `lib/3.11`, `#1e5000` and `0.5px` must be equal;
- in a coordinate of a figure, where zeros at the end are not written, the number of decimals may differ: `12` agrees
  with `12.01`;
- the colour of a cell may be the next one on the scale if the number in that cell differs, because it follows from it.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from os.path import commonprefix
from typing import NamedTuple

DECIMAL = (
    r"[-+]?(?:(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<decimals>[0-9]*))?(?:[eE](?P<exponent>[-+]?[0-9]+))?"
    r"|nan|inf)"  # compared as words, aligned as numbers
)
# Not in a name, a version or a path.
NUMBER = re.compile(rf"(?<![\w./\\])(?<![A-Za-z_]-){DECIMAL}(?![\w/\\]|\.\w|-[A-Za-z_])")
COORDINATE = re.compile(
    r"[-+]?(?=\.?[0-9])(?P<whole>[0-9]*)(?:\.(?P<decimals>[0-9]*))?(?:[eE](?P<exponent>[-+]?[0-9]+))?"
)
FIGURE = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
COORDINATES = re.compile(r'\s(?:d|points|transform|viewBox|width|height|r|[xy][12]?|[cdr][xy])="([^"]*)"')
MOST_DECIMALS = 2  # of a coordinate: nobody sees a thousandth of a point
COLOUR, CLOSES = 'data-level="', ('">', '"><mark>')  # what stands around the colour of a cell, before its number


class Number(NamedTuple):
    """A number as it is printed."""

    text: str
    units: int  # without its point: 7443 for 0.7443
    places: int  # digits after the point
    exponent: int | None
    is_coordinate: bool


Part = str | Number


def difference(stored: str, fresh: str) -> str | None:
    """Say where two texts are not the same by the rule, with what stands there in both; None if they are the same."""
    if stored == fresh:
        return None
    one, other = parts(stored), parts(fresh)
    for i, (ours, theirs) in enumerate(zip_longest(one, other)):
        if not _agree(ours, theirs) and not _is_next_colour(one, other, i):
            here, there = _start(stored, i), _start(fresh, i)
            if isinstance(ours, Number) and isinstance(theirs, Number):
                before = stored[:here].strip()[-40:]
                return f"{ours.text} is stored and {theirs.text} came out" + (f", after {before!r}" if before else "")
            return _unequal(stored[here:].lstrip(), fresh[there:].lstrip())
    return None


def too_exact(text: str) -> str | None:
    """Return the first coordinate of a figure with more decimals than anybody can see; None if there is none."""
    numbers = (part for part in parts(text) if isinstance(part, Number) and part.is_coordinate)
    return next((number.text for number in numbers if number.places - (number.exponent or 0) > MOST_DECIMALS), None)


def parts(text: str) -> list[Part]:
    """Words and numbers in turn, words first and last, without the white space between words and numbers."""
    found: list[Part] = []
    done = 0
    for match in _matches(text):
        before = text[done : match.start()].rstrip()
        found += [before.lstrip() if found else before, _number(match)]
        done = match.end()
    return [*found, text[done:].lstrip() if found else text]


def _matches(text: str) -> Iterator[re.Match[str]]:
    done = 0
    for figure in FIGURE.finditer(text):
        for values in COORDINATES.finditer(text, *figure.span()):
            yield from NUMBER.finditer(text, done, values.start(1))
            yield from COORDINATE.finditer(text, *values.span(1))
            done = values.end(1)
    yield from NUMBER.finditer(text, done)


def _number(match: re.Match[str]) -> Part:
    text, whole, decimals, exponent = match[0], match["whole"], match["decimals"] or "", match["exponent"]
    if whole is None:  # nan or inf
        return text
    units = int(whole.replace(",", "") + decimals) * (-1 if text.startswith("-") else 1)
    return Number(text, units, len(decimals), None if exponent is None else int(exponent), match.re is COORDINATE)


def _agree(one: Part | None, other: Part | None) -> bool:
    """Whether two parts are the same; None stands for the end of a text."""
    if not isinstance(one, Number) or not isinstance(other, Number) or one.text == other.text:
        return one == other
    if (one.exponent is None) != (other.exponent is None):
        return False
    places = max(one.places, other.places)
    if places == 0:  # whole numbers: only the sign of a zero may differ
        return one.units == other.units == 0 and one.text.strip("-") == other.text.strip("-")
    if one.places != other.places and not one.is_coordinate:
        return False
    low, high = sorted([one.exponent or 0, other.exponent or 0])
    if high - low > 1:  # too far apart, and the exponent of a zero says nothing about its size
        return False
    ours = one.units * 10 ** (places - one.places + (one.exponent or 0) - low)
    theirs = other.units * 10 ** (places - other.places + (other.exponent or 0) - low)
    return bool(abs(ours - theirs) <= 10 ** (high - low))  # bool for mypy, to which 10 ** n may be a float


def _is_next_colour(one: list[Part], other: list[Part], i: int) -> bool:
    """Whether part `i` is the colour of a cell, one step off, and the number in the cell is not the same either."""
    match [parts[i - 1 : i + 3] for parts in (one, other)]:
        case [[str(before), Number(units=int(ours)), close, number], [_, Number(units=int(theirs)), same, fresh]]:
            is_colour = before.endswith(COLOUR) and close == same and close in CLOSES
            return is_colour and abs(ours - theirs) == 1 and number != fresh
    return False


def _start(text: str, i: int) -> int:
    """Where part `i` of a text begins, white space included."""
    edges = [0, *(edge for match in _matches(text) for edge in match.span()), len(text)]
    return edges[min(i, len(edges) - 1)]


def _unequal(stored: str, fresh: str) -> str:
    """The words at which two texts part, with a little of what stands around them."""
    begin = max(0, len(commonprefix([stored, fresh])) - 20)  # noqa: RUF071  letter by letter is what is wanted here
    return f"{stored[begin:][:60]!r} is stored and {fresh[begin:][:60]!r} came out"
