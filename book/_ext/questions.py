"""What a chapter answers: the questions in the metadata of its cells, and the list at its end.

A cell that answers a question carries its name in its metadata, `questions=["Q01"]`. At the end of the chapter, under
"Questions answered here", each question is listed as people ask it, with its source. On the page each item gets a link
to the cell. `book/questions.json` holds the questions; a list that does not agree with it stops the build.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

QUESTIONS = Path(__file__).parents[1] / "questions.json"
TITLE = "Questions answered here"
# Quotes as they were written.
STRAIGHT = str.maketrans({0x201C: '"', 0x201D: '"', 0x2018: "'", 0x2019: "'", 0x2026: "..."})


@cache
def asked() -> dict[str, dict[str, str]]:
    """{name: {"question", "topic", "source"}} of every question that the project knows."""
    return {one.pop("id"): one for one in json.loads(QUESTIONS.read_text("utf-8"))}


def link_answers(app: Sphinx, doctree: nodes.document) -> None:
    """Name each cell that answers a question, and link each listed question to its cell."""
    where = app.env.path2doc(doctree["source"])
    app.env.note_dependency(str(QUESTIONS))
    answered: dict[str, str] = {}  # the question's name: the anchor of the first cell that answers it
    for cell in doctree.findall(nodes.container):
        for name in cell.get("cell_metadata", {}).get("questions", []):
            if name not in asked():
                raise ExtensionError(f"{where}: a cell answers {name!r}, which is not in book/questions.json")
            if name not in answered:
                cell["ids"].append(name.lower())
                answered[name] = name.lower()
    listed = {_name(item, where): item for item in _items(doctree)}
    if answered.keys() != listed.keys():
        odd = sorted(answered.keys() ^ listed.keys())
        raise ExtensionError(f"{where}: answered by a cell or listed under {TITLE!r}, but not both: {', '.join(odd)}")
    for name, item in listed.items():
        link = nodes.reference("", "the cell", internal=True, refid=answered[name], classes=["answer"])
        item[0] += [nodes.Text(" "), link]


def _items(doctree: nodes.document) -> list[nodes.list_item]:
    """The items of the list of questions."""
    sections = [one for one in doctree.findall(nodes.section) if one[0].astext() == TITLE]
    return [item for section in sections for item in section.findall(nodes.list_item)]


def _name(item: nodes.list_item, where: str | None) -> str:
    """Which question an item lists, by its words and its source."""
    links = [link["refuri"] for link in item.findall(nodes.reference)]
    said = item.astext().translate(STRAIGHT)
    for name, one in asked().items():
        if said == one["question"] and links == [one["source"]] * one["source"].startswith("http"):
            return name
        if said == f"{one['question']} ({one['source']})":  # a source without an address
            return name
    raise ExtensionError(f"{where}: no such question, or not with this source, in book/questions.json: {item.astext()}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("doctree-read", link_answers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
