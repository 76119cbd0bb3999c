"""A strict policy for every page: it runs the book's own scripts, asks its own host, and nothing else."""

import base64
import hashlib
from html.parser import HTMLParser

from sphinx.errors import ExtensionError

CHARSET = '<meta charset="utf-8">'


class InlineScripts(HTMLParser):
    """The text of each script that stands in a page, as a browser finds them: in any case, with any attributes."""

    def __init__(self, page):
        super().__init__()
        self.found, self._inside = [], False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Note a script without a file."""
        if tag == "script" and "src" not in dict(attrs):
            self.found.append("")
            self._inside = True

    def handle_startendtag(self, tag, attrs):
        """A slash does not end a script."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        """Leave the script."""
        self._inside = self._inside and tag != "script"

    def handle_data(self, data):
        """Keep the text of a script."""
        if self._inside:
            self.found[-1] += data


def with_policy(page, own, where):
    """Allow a page its own files and, by their hashes, those inline scripts that are the book's own.

    Any other inline script came in with text or with the output of a cell, and stops the build. What else may run in a
    browser, such as handlers in attributes, the policy stops there.
    """
    found = InlineScripts(page).found
    strange = [script for script in found if script.strip() not in own]
    if strange:
        raise ExtensionError(f"{where}: a script that is not the book's own: {strange[0].strip()[:80]!r}")
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in found]
    scripts = " ".join(["'self'", *sorted({f"'sha256-{digest}'" for digest in digests})])
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'self'"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    if meta in page:
        return page  # an earlier build put it in
    if page.count(CHARSET) != 1:
        raise ExtensionError(f"{where}: {CHARSET} is not there once, so the policy cannot be put behind it")
    return page.replace(CHARSET, f"{CHARSET}\n    {meta}")
