"""A large table at a glance: every row has its place, and rows that are read are seen. `overview.js` does the same.

A mark stands for one row, in order of id. From 65,536 rows on it stands for several, so that the picture stops growing.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from rowlight.widgets.words import listed, times

MOST_MARKS = 65_536
WIDTHS = (20, 50, 100, 200, 500)  # how many marks a line may have: round, so that a place can be counted
FEW = 256  # so many marks are drawn large enough to be found; more of them as small as they are
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

    def path(self, rows: Iterable[int]) -> str:
        """A path of one point for each mark that stands for one of `rows`."""
        marks = sorted({row // self.per for row in rows})
        return "".join(f"M{mark % self.columns} {mark // self.columns}h0" for mark in marks)

    def readings(self, uses: Mapping[int, int]) -> dict[str, str]:
        """The marks of the rows that are read once, and of those that are read more often, as paths.

        A mark of several rows is one of the latter if one of its rows is.
        """
        more = {row // self.per for row, count in uses.items() if count > 1}
        once = {row // self.per for row in uses} - more
        return {"once": self.path(m * self.per for m in once), "more": self.path(m * self.per for m in more)}


def is_dense_picture(grid: Grid, rows: Iterable[int]) -> bool:
    """Whether the marks of `rows` are too many to be drawn large."""
    return len({row // grid.per for row in rows}) > FEW


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
    said += f", row {most:,} most often: {times(uses[most])}." if uses and uses[most] > 1 else "."
    gaps = [(b - a - 1, a + 1, b - 1) for a, b in pairwise([-1, *sorted(uses), V]) if b - a > 1]
    if gaps:
        _, first, last = max(gaps, key=lambda gap: (gap[0], -gap[1]))
        longest = f"; the longest of {len(gaps):,} ranges is {first:,} to {last:,}" if len(gaps) > 1 else ""
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
    return listed([*(f"{row:,}" for row in group[:MOST_EQUAL]), *more])


def place(grid: Grid, uses: Mapping[int, int], lit_rows: Sequence[int], names: Mapping[int, str], padding: Any) -> str:
    """What is lit in the overview, in words: a row, how often it is read, and which rows share its mark."""
    if len(lit_rows) != 1:
        return f"{len(lit_rows):,} rows are lit." if lit_rows else "No row is lit."
    [row] = lit_rows
    token = f" “\u2068{names[row]}\u2069”" if row in names else ""
    read = f"read {times(uses[row])}" if row in uses else "never read"
    said = f"Row {row:,}{token}: {read}{', padding_idx' if row == padding else ''}."
    if grid.per == 1:
        return said
    first = row // grid.per * grid.per
    last = min(first + grid.per, grid.V) - 1
    if first == last:
        return f"{said} Its mark stands for no other row."
    count = sum(first <= other <= last for other in uses)
    return f"{said} Its mark stands for rows {first:,} to {last:,}: {last - first + 1:,} rows, {count:,} of them read."
