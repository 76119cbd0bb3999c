"""Which of many ids a lens shows at once."""

import math
from collections.abc import Sequence

from rowlight.checks import MOST_POSITIONS

MOST_SHOWN = 128  # of more than MOST_POSITIONS ids, so many are shown
LEAST_WIDTH = 16  # a window is at least so many positions wide, if there are so many


class Window:
    """A part of the ids that is shown: some sentences, and of each the same positions.

    The ids are cut into windows of one size, the last of them smaller.

    Args:
        shape: (), (T,) or (B, T), that of all ids.
        position: a position that the window holds, such as [b, t]; what is missing or outside counts as an edge.

    Attributes:
        B, T: how many sentences of how many ids there are; 1 where the shape has no such dimension.
        is_whole: whether all ids are shown.
        start, end: in each dimension of the ids, the first that is shown and the first that no longer is.
    """

    def __init__(self, shape: Sequence[int], position: Sequence[int] = ()) -> None:
        self.shape = tuple(shape)
        self.B, self.T = B, T = (1, 1, *self.shape)[-2:]
        self.is_whole = max(B, T, B * T) <= MOST_POSITIONS
        t = T if self.is_whole else min(T, max(LEAST_WIDTH, MOST_SHOWN // max(B, 1)))
        b = B if self.is_whole else max(1, min(B, MOST_SHOWN // max(t, 1)))
        self._size = (b, t)[2 - len(self.shape) :]
        at = [*position, *[0] * len(self.shape)][: len(self.shape)]
        at = [max(0, min(i, n - 1)) for i, n in zip(at, self.shape, strict=True)]
        self.start = [i // size * size if size else 0 for i, size in zip(at, self._size, strict=True)]
        self.end = [min(i + size, n) for i, size, n in zip(self.start, self._size, self.shape, strict=True)]

    @property
    def flat(self) -> list[int]:
        """The flat indexes of the ids that are shown, in order."""
        if self.is_whole:
            return list(range(math.prod(self.shape)))
        first, end = ([0, *self.start][-2:], [1, *self.end][-2:])
        return [b * self.shape[-1] + t for b in range(first[0], end[0]) for t in range(first[1], end[1])]

    def holds(self, position: Sequence[int]) -> bool:
        """Whether the id at `position` is shown."""
        return all(a <= i < b for a, i, b in zip(self.start, position, self.end, strict=True))

    def said(self, axes: Sequence[str]) -> str:
        """What is shown of what, in words."""
        names = axes[len(axes) - len(self.shape) :]
        parts = [
            f"{_range(name, a, b)} of {n:,}"
            for name, a, b, n in zip(names, self.start, self.end, self.shape, strict=True)
        ]
        return f"Shown are {len(self.flat):,} of {math.prod(self.shape):,} ids: {', '.join(parts)}."

    def moves(self, axes: Sequence[str]) -> list[tuple[str, list[int], str]]:
        """The windows beside this one: what a button says that leads there, where it starts, and its way.

        The way, such as "1+", is the dimension in which it differs, and the direction.
        """
        found = []
        for axis, name in enumerate(axes[len(axes) - len(self.shape) :]):
            size, n = self._size[axis], self.shape[axis]
            for first, sign in ((self.start[axis] - size, "-"), (self.start[axis] + size, "+")):
                if 0 <= first < n:
                    start = [*self.start[:axis], first, *self.start[axis + 1 :]]
                    found.append((f"Show {_range(name, first, min(first + size, n))}", start, f"{axis}{sign}"))
        return found


def _range(name: str, first: int, end: int) -> str:
    """'position 33 to 64', counted from one."""
    return f"{name} {first + 1} to {end}" if end - first > 1 else f"{name} {end}"
