"""What chapters print, first in chapter 1, Ten rows, four columns: errors as facts, and rows in aligned columns."""

import textwrap
from contextlib import contextmanager


@contextmanager
def expect_error(*kinds, first_sentence=False):
    """Run the block, print the error it raises, and fail if it raises none.

    Args:
        kinds: the exception types that are expected, at least one; any other is raised as usual.
        first_sentence: print no more than that of a long message.

    Raises:
        AssertionError: the block raised nothing.
    """
    try:
        yield
    except kinds as error:
        said = str(error).splitlines()[0]
        words = f"{type(error).__name__}: {said.partition('. ')[0] if first_sentence else said}"
        print(textwrap.fill(words, 80, break_long_words=False))  # noqa: T201  showing it is the point
    else:
        raise AssertionError("expected an error, but the call went through")


def aligned(rows):
    """Return a list of dicts with the same keys as lines of text in aligned columns, numbers with thousands marks."""
    lines = [list(rows[0])] + [[v if isinstance(v, str) else f"{v:,}" for v in row.values()] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
