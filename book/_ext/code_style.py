"""How code looks: colours of high contrast, and no elements that change nothing."""

from pygments.formatters import HtmlFormatter
from pygments.token import Name, Operator, Punctuation, Text, Token
from sphinx.highlighting import PygmentsBridge

# They have no colour of their own, and would be most of the elements of a chapter.
PLAIN = {Name, Name.Namespace, Operator, Punctuation, Text.Whitespace}


class FewerSpans(HtmlFormatter):
    """Pygments' own html, in which plain parts of the code are text."""

    def format(self, tokensource, outfile):
        """Write the tokens to a file."""
        super().format(((Token if kind in PLAIN else kind, text) for kind, text in tokensource), outfile)


def darken(app):
    """Set a dark style of high contrast: Furo's own setting, known only by now."""
    app.config.pygments_dark_style = "a11y-high-contrast-dark"


def setup(app):
    """Register with Sphinx."""
    PygmentsBridge.html_formatter = FewerSpans
    app.connect("builder-inited", darken, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
