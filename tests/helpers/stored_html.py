"""What tests read in the stored html of a widget, and what they feed a lens."""

import json
from html.parser import HTMLParser

import torch
from hypothesis import strategies as st

HOSTILE = """"><img src=x onerror=alert(1)>'&lt;</table><script>alert(1)</script>`x`\u202e"""

# Tokens, and the names under which a reader can see them.
TOKEN_NAMES = [
    ("\n", r"\n"),
    (" ", "␣"),
    ("\t", r"\t"),
    ("", "(empty)"),
    ("\u200b", r"\u200b"),
    ("\u200d", r"\u200d"),
    ("\xa0", r"\xa0"),
    ("\0", r"\x00"),
    ("\U000e0001", r"\U000e0001"),
    (" the", "␣the"),
    ("the  ", "the␣␣"),
    ("a  b c", "a␣␣b c"),
    ("New York", "New York"),
    ("étoile ☆ 星 שלום", "étoile ☆ 星 שלום"),
]


class StoredHtml(HTMLParser):
    """What a lens's stored html says: its rows, its vectors, its ids, its texts, and what stands in a <mark>."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.vectors, self.ids, self.tags, self.words, self.marked = {}, {}, [], [], [], []
        self._cells, self._in_cell, self._in_mark = None, False, False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag == "tr" and "data-position" in attributes:
            self._cells = self.vectors.setdefault(attributes["data-position"], [])
        elif tag == "tr" and "data-row" in attributes:
            self._cells = self.rows.setdefault(int(attributes["data-row"]), [])
        elif tag == "tr":
            self._cells = None
        elif tag == "span" and "data-id" in attributes:
            self.ids.append(int(attributes["data-id"]))
        if tag == "td":
            self._in_cell = "class" not in attributes
        if tag == "mark":
            self._in_mark = True
        elif self._in_mark and tag == "span":
            self.marked.append(attributes)

    def handle_endtag(self, tag):
        self._in_cell = self._in_cell and tag != "td"
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data):
        self.words.append(data)
        if self._in_cell and self._cells is not None:
            self._cells.append(data)


@st.composite
def lookups(draw):
    """A table and ids of any allowed shape and dtype."""
    V, D = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    shape = draw(st.sampled_from([(), (0,), (1,), (4,), (0, 3), (2, 0), (1, 1), (3, 4)]))
    dtype = draw(st.sampled_from([torch.int32, torch.int64]))
    torch.manual_seed(draw(st.integers(0, 1000)))
    table = torch.randn(V, D, dtype=draw(st.sampled_from([torch.float32, torch.float64, torch.float16])))
    return table, torch.randint(0, V, shape, dtype=dtype)


def outline(html):
    """Every tag with the names of its attributes: what a text must not change."""
    return [(tag, sorted(attributes)) for tag, attributes in StoredHtml(html).tags]


def plain_text(html, start, end):
    """What stands between two pieces of html, as a page without a style sheet runs it together."""
    inside = html[html.index(start) + len(start) :]
    return " ".join("".join(StoredHtml(inside[: inside.index(end)]).words).split())


def page_state(lens):
    """The state that the stored html gives to the page."""
    return json.loads(next(at["data-state"] for _, at in StoredHtml(lens._html).tags if "data-state" in at))


def edit(lens, ids):
    """What a page sends that has heard of every change."""
    lens.set_state({"_edit": {"version": page_state(lens)["ids_version"], "ids": ids}})
