"""Show an error as a fact: what a call raises, printed where the call stands. Used by the chapters."""

import textwrap
from contextlib import contextmanager


@contextmanager
def refused(*kinds):
    """Run the block, print the error it raises, and fail if it raises none.

    Args:
        kinds: the exception types that are expected, at least one; any other is raised as usual.

    Raises:
        AssertionError: the block raised nothing.
    """
    try:
        yield
    except kinds as error:
        words = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        print(textwrap.fill(words, 80, break_long_words=False))  # noqa: T201  showing it is the point
    else:
        raise AssertionError("expected an error, but the call went through")
