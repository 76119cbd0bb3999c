"""The rooms of the library and the arrows between them: what README.md draws, not one more and not one less."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from _tools.paths import ROOT
from helpers.imports import MODULES, PACKAGE, Import, all_imports, imports, room

import rowlight
from rowlight.widgets.bundle import IMPORT

# Each room, and what it imports of the others. A new room takes one line here and a place in README.md's drawing.
ARROWS = {
    "checks": set(),
    "watching": {"checks"},
    "widgets": set(),
    "lenses": {"checks", "widgets", "watching.causes"},
    "teaching": {"widgets"},
    "files": set(),
    "__main__": {"checks", "files", "lenses"},
}
# Arrows against that direction: one module has them all, inside functions or for annotations. It draws and writes.
ARROWS_BACK = {"watching.views": {"lenses", "widgets.page"}}
# In annotations a room may name what the package has made public: `if TYPE_CHECKING: from rowlight import Trace`.
PUBLIC = {f"rowlight.{name}" for name in rowlight.__all__}
# The same for the scripts.
SCRIPT_ARROWS = {"widgets": set(), "lenses": {"widgets"}, "teaching": {"widgets"}}

PACKAGES = {"torch", "numpy", "jinja2", "markupsafe", "anywidget", "traitlets", "IPython", "lazy_loader", "matplotlib"}
PACKAGES |= {"safetensors", "tokenizers"}  # of a real model, which chapters read
WIDGET_PACKAGES = {"anywidget", "ipywidgets", "traitlets", "IPython"}
WITHOUT_WIDGETS = {"checks", "watching", "files"}
OTHER_FOLDERS = {"book", "notebooks", "tests"}


@pytest.mark.parametrize(
    ("text", "package", "names", "lazy", "typing"),
    [
        ("import rowlight.checks as c", False, ["rowlight.checks"], False, False),
        ("import torch, rowlight.a.b", False, ["torch", "rowlight.a.b"], False, False),
        ("from rowlight.watching.causes import A, B as C", False, ["rowlight.watching.causes.A",
                                                                   "rowlight.watching.causes.B"], False, False),
        ("from .. import checks", False, ["rowlight.checks"], False, False),
        ("from ..widgets import words", False, ["rowlight.widgets.words"], False, False),
        ("from . import one", False, ["rowlight.lenses.one"], False, False),
        ("from .view import View", True, ["rowlight.lenses.this.view.View"], False, False),
        ("def f():\n if 1:\n  import rowlight.a", False, ["rowlight.a"], True, False),
        ("class A:\n async def f(self):\n  from ..a import b", False, ["rowlight.a.b"], True, False),
        ("if TYPE_CHECKING:\n from rowlight.a import B", False, ["rowlight.a.B"], False, True),
        ("if not TYPE_CHECKING:\n from rowlight.a import B", False, ["rowlight.a.B"], False, False),
        ("if TYPE_CHECKING:\n A = 1\nelse:\n from rowlight.a import B", False, ["rowlight.a.B"], False, False),
        ("try:\n import numpy\nexcept E:\n pass", False, ["numpy"], False, False),
    ],
)  # fmt: skip
def test_every_form_of_import_is_read(text, package, names, lazy, typing):
    found = imports(text, "rowlight.lenses.this", package=package)
    assert found == [Import("rowlight.lenses.this", name, lazy, typing) for name in names]


def test_every_module_stands_in_a_room():
    strangers = [module for module in MODULES if room(module) not in {"", *ARROWS}]
    assert not strangers, f"put them into a room, or give them one of their own in ARROWS: {strangers}"


def test_the_readme_names_every_room():
    readme = (ROOT / "README.md").read_text("utf-8")
    rooms = set(re.findall(r"^\| `(?:(\w+)\.py|(\w+)/)` \|", readme.split("seven rooms")[1], re.MULTILINE))
    assert {"".join(names) for names in rooms} == set(ARROWS)


def arrow(found):
    """(room or module, room or module) of an import that crosses a wall as it may; None of one that may not."""
    ways = [(found.room, ARROWS.get(found.room, ()))]
    module = found.module.removeprefix("rowlight.")
    if found.lazy or found.typing:
        ways.append((module, ARROWS_BACK.get(module, ())))
    crossed = ((start, end) for start, ends in ways for end in ends if f"{found.target}.".startswith(f"{end}."))
    return next(crossed, None)


def test_the_arrows_between_the_rooms_are_those():
    across = [found for found in all_imports() if found.target is not None and found.room != room(found.name)]
    across = [found for found in across if not (found.typing and found.name in PUBLIC)]
    assert [str(found) for found in across if arrow(found) is None] == []
    expected = {(start, end) for start, ends in (ARROWS | ARROWS_BACK).items() for end in ends}
    assert {arrow(found) for found in across} == expected


def test_the_arrows_between_the_scripts_are_those():
    used = set()
    for path in sorted(PACKAGE.rglob("*.js")):
        text, here = path.read_text("utf-8"), path.relative_to(PACKAGE).parts[0]
        assert here in SCRIPT_ARROWS, f"{path} stands outside the rooms that have scripts"
        asked = re.findall(r"^\s*(?:import|export)\b[^;(]*\bfrom\s*[\"'`]|\bimport\s*[(\"'`]", text, re.MULTILINE)
        known = IMPORT.findall(text)
        assert len(asked) == len(known), f"{path}: an import that is not on one line, or not relative"
        used |= {(here, (path.parent / name).resolve(strict=True).relative_to(PACKAGE).parts[0]) for name in known}
    expected = {(start, end) for start, ends in SCRIPT_ARROWS.items() for end in ends}
    assert {(start, end) for start, end in used if start != end} == expected


def test_the_library_imports_no_package_that_it_does_not_need():
    known = PACKAGES | {"rowlight"} | sys.stdlib_module_names
    assert [str(found) for found in all_imports() if found.name.split(".")[0] not in known] == []


def test_watching_knows_no_widget():
    without = [found for found in all_imports() if found.room in WITHOUT_WIDGETS]
    assert [str(found) for found in without if found.name.split(".")[0] in WIDGET_PACKAGES] == []
    program = f"""
import sys, torch, rowlight
layer = torch.nn.Embedding(4, 2)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
with rowlight.watch(layer) as trace:
    layer(torch.tensor([1])).sum().backward()
    optimizer.step()
assert "moved" in str(trace.report())
print(sorted({WIDGET_PACKAGES!r} & set(sys.modules)))
"""
    assert run(program) == "[]"


def test_the_library_opens_no_file_of_the_rest_of_the_repository():
    program = f"""
import sys
opened = set()
sys.addaudithook(lambda event, args: event == "open" and opened.add(str(args[0])))
import importlib, torch, rowlight
for module in {list(MODULES)}:
    importlib.import_module(module)
rowlight.RowLens(torch.zeros(3, 2), [[1, 2]])._repr_mimebundle_()
importlib.import_module("rowlight.teaching").Task.shape("?", (2, 3), "!")._repr_mimebundle_()
print("\\n".join(opened))
"""
    opened = [Path(name) for name in run(program).splitlines()]
    own = {path.relative_to(ROOT) for path in opened if path.is_relative_to(ROOT)}
    assert any(path.suffix == ".css" for path in own)  # the hook sees what the library reads
    assert [path for path in own if path.parts[0] in OTHER_FOLDERS] == []


@pytest.mark.parametrize("module", MODULES)
def test_no_module_hides_an_import_or_names_a_file_outside(module):
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    names = {node.id if isinstance(node, ast.Name) else node.attr
             for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute)}  # fmt: skip
    assert not names & {"__import__", "import_module"}
    # A text alone in its line is a docstring, and may speak of a chapter's notebook.
    spoken = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    written = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    paths = [text.value for text in written if text not in spoken and OTHER_FOLDERS & {*re.split(r"[/\\]", text.value)}]
    assert paths == []


def run(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
