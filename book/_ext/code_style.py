"""How code looks: colours of high contrast, and no elements or rules that change nothing."""

from functools import cache

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Name, Number, Operator, Punctuation, Token
from sphinx.highlighting import PygmentsBridge

LIGHT, DARK = "a11y-high-contrast-light", "a11y-high-contrast-dark"
# Names, numbers and signs: they would be most of the elements of a chapter.
PLAIN = {Name, Name.Namespace, Name.Builtin, Name.Builtin.Pseudo, Operator, Punctuation}
PLAIN |= {Number, Number.Float, Number.Integer}


@cache
def kind_that_looks_so():
    """{kind of token: the first kind that looks the same in both styles, and `Token` for what stays plain}."""
    styles = [get_style_by_name(name) for name in (LIGHT, DARK)]
    first = {}
    return {
        kind: Token if kind in PLAIN else first.setdefault(str([style.style_for_token(kind) for style in styles]), kind)
        for kind in STANDARD_TYPES
    }


class FewerSpans(HtmlFormatter):
    """Pygments' own html, in which plain parts of the code are text, and neighbours that look alike one element."""

    def format(self, tokensource, outfile):
        """Write the tokens to a file."""
        kinds = kind_that_looks_so()
        super().format(((kinds.get(kind, kind), text) for kind, text in tokensource), outfile)

    def get_token_style_defs(self, arg=None):
        """Return the rules of those kinds alone that a page can have."""
        unused = {STANDARD_TYPES[kind] for kind, first in kind_that_looks_so().items() if kind != first}
        return [rule for rule in super().get_token_style_defs(arg) if rule.split(" {")[0].split(".")[-1] not in unused]


def darken(app):
    """Set a dark style of high contrast: Furo's own setting, known only by now."""
    app.config.pygments_dark_style = DARK


def setup(app):
    """Register with Sphinx."""
    PygmentsBridge.html_formatter = FewerSpans
    app.connect("builder-inited", darken, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
