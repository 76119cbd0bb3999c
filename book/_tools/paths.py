"""Where things are, for the book's tools and the tests."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
NOTEBOOKS = ROOT / "notebooks"
CHAPTERS = sorted(path.stem for path in NOTEBOOKS.glob("*.py"))


def listed_pages() -> list[str]:
    """The pages of the table of contents, in order, as paths below the root without a suffix."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    return [contents["root"], *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"])]


PAGES = [*listed_pages(), "search", "404"]  # index.html leads on to the first at once
