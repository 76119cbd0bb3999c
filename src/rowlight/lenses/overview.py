"""A large table at a glance: every row has its place, and rows that are read are seen. `overview.js` does the same.

A mark stands for one row, in order of id. Of more than 65,536 rows it stands for several, so that the picture stops
growing.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rowlight.widgets.words import listed, quoted, times

MOST_MARKS = 65_536
WIDTHS = (20, 50, 100, 200, 500)  # how many marks a line may have: round, so that a place can be counted
MOST_LARGE_MARKS = 256  # so many are drawn large enough to be found; more of them as small as they are
MOST_GROUPS = 6  # of more groups of equal rows, the first few are named
MOST_EQUAL = 6  # and so many rows of each


class Grid(NamedTuple):
    """Where the rows of a table stand: `per` rows a mark, `columns` marks a line."""

    V: int
    per: int
    columns: int

    @classmethod
    def of(cls, V: int) -> "Grid":
        """The grid for a table of V rows."""
        per = -(-V // MOST_MARKS)
        marks = -(-V // per)
        return cls(V, per, next((width for width in WIDTHS if width * width >= 4 * marks), WIDTHS[-1]))

    @property
    def lines(self) -> int:
        """How many lines there are, the last perhaps not full."""
        return -(-self._marks // self.columns)

    @property
    def _marks(self) -> int:
        return -(-self.V // self.per)

    @property
    def height(self) -> int:
        """How high it is drawn, in pixels: at least two a line if that is not too high."""
        return min(200, max(72, 2 * self.lines))

    @property
    def outline(self) -> str:
        """The path round all marks; mark 0 has its middle at 0, 0."""
        full, rest = divmod(self._marks, self.columns)
        right, below = self.columns - 0.5, full - 0.5
        last = f"V{below}H{rest - 0.5}V{below + 1}" if rest else f"V{below}"
        return f"M-0.5 -0.5H{right}{last}H-0.5Z"

    def path(self, marks: Iterable[int]) -> str:
        """A path of one point for each mark, in order."""
        return "".join(f"M{mark % self.columns} {mark // self.columns}h0" for mark in sorted(marks))

    def marks(self, rows: Iterable[int]) -> set[int]:
        """The marks that stand for some rows."""
        return {row // self.per for row in rows}


class Readings(NamedTuple):
    """What is drawn of the rows that are read.

    Attributes:
        once, more: the marks of rows read once, and of rows read more often, as paths. A mark of several rows is one of
            the latter if one of its rows is.
        is_dense: whether they are too many to be drawn large.
    """

    once: str
    more: str
    is_dense: bool


def readings(uses: Mapping[int, int], grid: Grid) -> Readings:
    """What is drawn of the rows that are read; `uses` says how often each is."""
    more = grid.marks(row for row, count in uses.items() if count > 1)
    once = grid.marks(uses) - more
    return Readings(grid.path(once), grid.path(more), len(once) + len(more) > MOST_LARGE_MARKS)


class Lit(NamedTuple):
    """What is drawn of the rows that are lit: rings round their marks. Of many, each ring is solid, and has no halo."""

    ring: str
    halo: str


def lit_marks(rows: Iterable[int], grid: Grid) -> Lit:
    """What is drawn of the rows that are lit."""
    marks = grid.marks(rows)
    ring = grid.path(marks)
    return Lit(ring, "" if len(marks) > MOST_LARGE_MARKS else ring)


def summary(V: int, uses: Mapping[int, int], equal: Sequence[Sequence[int]]) -> str:
    """Which rows are read and which are not, in words.

    Args:
        V: how many rows there are.
        uses: for each row that is read, how often.
        equal: groups of rows that are equal; those that are not read are left out.
    """
    ids = sum(uses.values())
    said = f"{ids:,} id{'' if ids == 1 else 's'} read{'s' if ids == 1 else ''} {len(uses):,} of {V:,} rows"
    most = max(uses, key=lambda row: (uses[row], -row), default=0)
    said += f", row {most} most often: {times(uses[most])}." if uses and uses[most] > 1 else "."
    gaps = [(b - a - 1, a + 1, b - 1) for a, b in pairwise([-1, *sorted(uses), V]) if b - a > 1]
    if gaps:
        _, first, last = max(gaps, key=lambda gap: (gap[0], -gap[1]))
        longest = f"; the longest of {len(gaps):,} ranges is {first} to {last}" if len(gaps) > 1 else ""
        said += f" Never read: {sum(gap[0] for gap in gaps):,}{longest}."
    groups = [[row for row in group if row in uses] for group in equal]
    groups = [group for group in groups if len(group) > 1]
    if groups:
        named = "; ".join(_named(group) for group in groups[:MOST_GROUPS])
        more = f"; and {len(groups) - MOST_GROUPS:,} more groups" if len(groups) > MOST_GROUPS else ""
        said += f" Equal rows among those read: {named}{more}."
    return said


def _named(group: Sequence[int]) -> str:
    more = [f"{len(group) - MOST_EQUAL:,} more"] if len(group) > MOST_EQUAL else []
    return listed([*group[:MOST_EQUAL], *more])


def lit_words(
    grid: Grid, uses: Mapping[int, int], lit_rows: Sequence[int], names: Mapping[int, str], padding: int | None
) -> str:
    """What is lit in the overview, in words: a row and how often it is read, or how many rows; and what shares a mark.

    Args:
        grid: where the rows stand.
        uses: for each row that is read, how often.
        lit_rows: the rows that are lit, each once.
        names: the names of the tokens of some rows.
        padding: the row that is marked as padding, or None.
    """
    if not lit_rows:
        return "No row is lit."
    first, *others = lit_rows
    if others:
        said = f"{len(lit_rows):,} rows are lit"
    else:
        read = f"read {times(uses[first])}" if first in uses else "never read"
        said = f"Row {first}{quoted(names.get(first))}: {read}{', padding_idx' if first == padding else ''}"
    if grid.per == 1:
        return f"{said}."
    marks = grid.marks(lit_rows)
    if len(marks) > 1:
        return f"{said}, in {len(marks):,} marks."
    [mark] = marks
    start, end = mark * grid.per, min((mark + 1) * grid.per, grid.V)
    count = end - start
    if count == 1:
        return f"{said}. Its mark stands for no other row."
    stands = f"{'Their' if others else 'Its'} mark stands for rows {start} to {end - 1}: {count:,} rows"
    return f"{said}. {stands}, {sum(start <= row < end for row in uses):,} of them read."
