"""What chapters print, first in chapter 1, Ten rows, four columns: errors as facts, and rows in aligned columns."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager


@contextmanager
def expect_error(*kinds: type[BaseException], first_sentence: bool = False) -> Iterator[None]:
    """Run the block, print the error it raises, and fail if it raises none.

    Args:
        kinds: the exception types that are expected, at least one; any other is raised as usual.
        first_sentence: print no more than that of a long message.

    Raises:
        TypeError: no kind was given.
        AssertionError: the block raised nothing.
    """
    if not kinds:
        raise TypeError("kinds: expected at least one exception type, got none")
    try:
        yield
    except kinds as error:
        line = str(error).partition("\n")[0]
        said = line.partition(". ")[0] if first_sentence else line
        words = f"{type(error).__name__}: {said}" if said else type(error).__name__
        print(textwrap.fill(words, 80, break_long_words=False))  # noqa: T201  showing it is the point
    else:
        raise AssertionError("expected an error, but the call went through")


def aligned(rows: Sequence[Mapping[str, object]]) -> str:
    """Return dicts with the same keys as lines of text in aligned columns, numbers with thousands marks.

    Raises:
        ValueError: there is no dict, or one has other keys than the first.
    """
    if not rows or any(list(row) != list(rows[0]) for row in rows):
        raise ValueError(f"rows: expected dicts with the same keys, got {[list(row) for row in rows]}")
    cells = [[value if isinstance(value, str) else f"{value:,}" for value in row.values()] for row in rows]
    lines = [list(rows[0]), *cells]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
