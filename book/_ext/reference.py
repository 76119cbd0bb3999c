"""The Reference page: what the docstrings say, read from the sources without running them, so no build loads torch.

Docstrings are Markdown under Google's heads. griffe finds and parses them; here they become one text for each name.
"""

import re
from functools import cache
from textwrap import indent

import griffe
from _ext.notebook_cache import PACKAGE, ROOT
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

CHAPTER = re.compile(r"\bchapter\s+(\d+)(?:\s+of\s+the\s+book)?,\s+([A-Z][\w\s,-]*\w)")
RECIPES = "on the page Use it on your model"  # what is shown there has no chapter
HEADS = {
    "parameters": "Arguments",
    "returns": "Returns",
    "raises": "Raises",
    "attributes": "Attributes and methods",
}
HIDDEN = {"set_state"}  # of ipywidgets: a lens refines it, a reader never calls it


@cache
def package():
    """The package as griffe reads it, once in a build."""
    return griffe.load(
        "rowlight",
        search_paths=[PACKAGE.parent],
        docstring_parser="google",
        docstring_options={"warnings": False},  # it would ask for types, and mypy does
        allow_inspection=False,
        resolve_aliases=True,
    )


def entry(name):
    """The Markdown of a public name such as "RowLens" or "teaching.Task".

    Raises:
        ExtensionError: there is no such name, or its docstring says too little.
    """
    try:
        thing = package()[name]
    except KeyError:
        raise ExtensionError(f"there is no rowlight.{name}") from None
    thing = thing.final_target if thing.is_alias else thing
    texts, lists = parts(thing, name)
    if not CHAPTER.search("".join(texts)):
        about = thing.module.docstring.value if thing.module.docstring else ""
        module = CHAPTER.search(about)
        if not module and RECIPES not in about:
            raise ExtensionError(f"rowlight.{name}: neither its docstring nor its module's names the chapter")
        texts.append(f"See {module[0] if module else '{doc}`Use it on your model </notebooks/your_model>`'}.")
    if thing.is_class:
        lists["attributes"] = list(members(thing))
    if thing.is_function or "parameters" in lists:
        texts.insert(0, f"`{signature(thing)}`")
    return CHAPTER.sub(linked, "\n\n".join([*texts, *headed(lists)]))


def parts(thing, name):
    """What a docstring says: (its paragraphs, {kind of section: list of items})."""
    texts, lists = [], {}
    for section in thing.docstring.parsed if thing.docstring else ():
        kind = section.kind.value
        if kind == "text":
            texts.append(section.value)
        elif kind in HEADS:
            lists[kind] = [item(kind, part) for part in section.value]
        else:
            raise ExtensionError(f"rowlight.{name}: its docstring has {kind}, and the page has no head for it")
    if not texts:
        raise ExtensionError(f"rowlight.{name} has no docstring")
    return texts, lists


def item(kind, part):
    """One argument, attribute, result or error, in a line."""
    if kind == "returns":
        return part.description
    names = re.findall(r"\w+", str(part.annotation)) if kind == "raises" else [part.name]
    return f"{', '.join(f'`{name}`' for name in names)}: {part.description}"


def headed(lists):
    """The lists in the order of HEADS, each under its head."""
    for kind, head in HEADS.items():
        if lists.get(kind):
            yield f"**{head}**"
            yield "\n".join(f"- {indent(text, '  ').lstrip()}" for text in lists[kind])


def members(thing):
    """What one can read from a class or its objects, and call on them; what it inherits comes first."""
    for part in [*reversed(thing.mro()), thing]:
        yield from parts(part, part.name)[1].get("attributes", ())
    for found in (thing.inherited_members | thing.members).values():
        member = found.final_target if found.is_alias else found
        if member.name.startswith("_") or member.name in HIDDEN or not (member.is_function or member.docstring):
            continue
        texts, lists = parts(member, f"{thing.name}.{member.name}")
        called = f"{thing.name}." * ("classmethod" in member.labels)
        title = f"{called}{signature(member)}" if member.is_function else member.name
        yield f"`{title}`: " + "\n\n".join([*texts, *headed(lists)])


def signature(thing):
    """'watch(table, rows=None, *, snapshots=False)': names and defaults; what may be passed is said in words."""
    for parameter in thing.parameters:
        parameter.annotation = None
    said = thing.signature(name=thing.name, return_type=False)
    return re.sub(r"\((self|cls)(, )?", "(", said)


def linked(match):
    """The chapter that a docstring names, as a link; its title must be the chapter's own."""
    number, title = match[1], " ".join(match[2].split())
    for path in (ROOT / "notebooks").glob(f"{number:>02}_*.py"):
        if f"# # {number} {title}\n" in path.read_text("utf-8"):
            return f"{{doc}}`chapter {number}, {title} </notebooks/{path.stem}>`"
    raise ExtensionError(f"a docstring names chapter {number}, {title}: there is no such chapter")


class Reference(SphinxDirective):
    """Say what a public name is: ```{reference} RowLens```."""

    required_arguments = 1

    def run(self):
        """Parse the entry as a part of the page."""
        for path in (ROOT / "notebooks").glob("*.py"):  # their titles; all of src/ counts already
            self.env.note_dependency(str(path))
        part = nodes.container()
        text = StringList(entry(self.arguments[0]).splitlines(), self.get_source_info()[0])
        self.state.nested_parse(text, self.content_offset, part)
        return part.children


def setup(app):
    """Register with Sphinx."""
    app.add_directive("reference", Reference)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
