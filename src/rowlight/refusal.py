"""Show an error as a fact: what a call raises, printed where the call stands. Used by the chapters."""

import textwrap
from contextlib import contextmanager


@contextmanager
def refused(*kinds, first_sentence=False):
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
