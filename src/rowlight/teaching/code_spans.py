"""Text in which backticks set code, as in Markdown. `code_spans.js` does the same; a test holds the two together."""

import re

SPAN = re.compile(r"`([^`]+)`")


def code_spans(text: str) -> list[str]:
    """Return the pieces of `text`, plain and code by turns, plain first. A backtick without a partner is itself."""
    return SPAN.split(text)
