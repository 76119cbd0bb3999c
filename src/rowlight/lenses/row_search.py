"""Find rows by their tokens, as they are shown. `row_search.js` does the same with the tokens that a page holds."""

from collections.abc import Iterable


def find(names: Iterable[tuple[int, str]], text: str) -> list[int]:
    """Return the rows whose token is shown as `text`; if none is, those whose token holds it, whatever its case.

    Args:
        names: each row that has a token, in order, and the name under which its token is shown.
        text: what is looked for, as it would be shown.
    """
    exact: list[int] = []
    within: list[int] = []
    wanted = text.lower()
    for row, name in names:
        if name == text:
            exact.append(row)
        elif not exact and wanted in name.lower():
            within.append(row)
    return exact or within
