"""Where things are, for the book's tools and the tests."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
NOTEBOOKS = ROOT / "notebooks"
TEXTS = sorted(path.stem for path in NOTEBOOKS.glob("*.py"))  # of all notebooks: chapters have a number, recipes none
CHAPTERS = [name for name in TEXTS if name[0].isdigit()]


def listed_pages() -> list[str]:
    """The pages of the table of contents, in order, as paths below the root without a suffix."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    return [contents["root"], *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"])]


PAGES = [*listed_pages(), "search", "404"]  # index.html leads on to the first at once
