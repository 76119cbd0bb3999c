"""The page Reference holds every public name, and its entries say what a reader needs."""

import operator
import re

import griffe
import pytest
from _ext import reference
from _tools.paths import ROOT
from anywidget import AnyWidget
from sphinx.errors import ExtensionError

import rowlight
from rowlight import teaching
from rowlight.widgets.base import HtmlWidget


def public(name):
    return operator.attrgetter(name)(rowlight)


NAMES = [*rowlight.__all__, *(f"teaching.{name}" for name in teaching.__all__)]


def test_the_page_has_an_entry_under_its_own_heading_for_every_public_name():
    page = (ROOT / "book" / "reference.md").read_text("utf-8")
    entries = re.findall(r"^### (\w+)\n\n```{reference} (\S+)\n```$", page, re.MULTILINE)
    assert sorted(name for _, name in entries) == sorted(NAMES)
    assert [heading for heading, _ in entries] == [name.split(".")[-1] for _, name in entries]
    assert page.count("{reference}") == len(entries)


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_explains_each_argument_and_names_its_page(name):
    text = reference.entry(name)
    assert re.search(r"\{doc\}`(chapter |Use it on your model)", text)
    thing = reference.package()[name]
    taken = [one.name for one in getattr(thing, "parameters", ()) if one.name not in ("self", "cls")]
    own = text.split("**Attributes and methods**")[0]
    if "**Arguments**" in own:
        told = own.split("**Arguments**")[1].split("**")[0]
        assert re.findall(r"^- `(\w+)`: ", told, re.MULTILINE) == taken
    elif thing.is_function:
        assert len(taken) < 2  # the first sentence tells what one argument is


WIDGETS = [name for name in NAMES if issubclass(public(name).__class__, type(HtmlWidget))]


@pytest.mark.parametrize("name", WIDGETS)
def test_an_entry_tells_of_every_trait_that_can_be_observed(name):
    own = set(public(name).class_trait_names()) - set(AnyWidget.class_trait_names())
    told = {word for word in own if f"- `{word}`: " in reference.entry(name)}
    assert told == {word for word in own if not word.startswith("_")}


@pytest.fixture
def package(monkeypatch):
    """Give the page another package to read: the text of one module."""

    def give(text):
        with griffe.temporary_visited_module(text, docstring_parser="google") as module:
            monkeypatch.setattr(reference, "package", lambda: module)
            return reference.entry

    return give


EXPLAINED = "Explained in chapter 1 of the book,\n    Ten rows, four columns."


def test_an_entry_is_made_of_the_docstring_and_the_signature(package):
    entry = package(f'''
def f(a: int, *, b: str = "x") -> int:
    """Add.

    {EXPLAINED}

    Args:
        a: a number
            of two lines.
        b: another.

    Returns:
        their sum (V, D).

    Raises:
        TypeError, ValueError: none.
    """
''')
    assert entry("f") == (
        "`f(a, *, b='x')`\n\nAdd.\n\n"
        "Explained in {doc}`chapter 1, Ten rows, four columns </notebooks/01_ten_rows>`.\n\n"
        "**Arguments**\n\n- `a`: a number\n  of two lines.\n- `b`: another.\n\n"
        "**Returns**\n\n- their sum (V, D).\n\n"
        "**Raises**\n\n- `TypeError`, `ValueError`: none."
    )


def test_a_class_shows_what_it_inherits_and_hides_what_is_private(package):
    entry = package(f'''
class Base:
    """A base.

    Attributes:
        ids: the ids.
    """

    def refresh(self):
        """Draw."""

    def set_state(self, sync_data):
        """Take."""

class Lens(Base):
    """A lens. {EXPLAINED}"""

    def __init__(self, table):
        self.free = 1

    @property
    def output(self):
        """The output."""

    @classmethod
    def load(cls, path="a"):
        """Read `path`."""

    def _draw(self):
        """Private."""
''')
    assert entry("Lens").split("\n\n", 1)[1] == (
        "**Attributes and methods**\n\n- `ids`: the ids.\n- `refresh()`: Draw.\n- `output`: The output.\n"
        "- `Lens.load(path='a')`: Read `path`."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(): ...", "rowlight.f has no docstring"),
        ('def f():\n    """Do."""', "rowlight.f: neither its docstring nor its module's names the chapter"),
        ('def f():\n    """Do (chapter 1, Ten cows)."""', "a docstring names chapter 1, Ten cows: there is no such"),
        ('def f():\n    """Do.\n\n    Yields:\n        it.\n    """', "rowlight.f: its docstring has yields"),
        ("", "there is no rowlight.f"),
    ],
)
def test_a_docstring_that_says_too_little_stops_the_build(package, text, said):
    with pytest.raises(ExtensionError, match=re.escape(said)):
        package(text)("f")


def test_a_module_can_name_the_chapter_for_all_it_holds(package):
    entry = package('"""About. See chapter 7 of the book, Rows learn jointly."""\n\ndef f():\n    """Do."""\n')
    assert entry("f") == ("`f()`\n\nDo.\n\nSee {doc}`chapter 7, Rows learn jointly </notebooks/07_rows_learn>`.")
