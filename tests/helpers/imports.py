"""Every import of the library, read from its source: at the top, inside functions, for type checkers, relative."""

import ast
from typing import NamedTuple

from _tools.paths import ROOT

PACKAGE = ROOT / "src" / "rowlight"
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def module_name(path):
    """'rowlight.widgets.words' of a file; a package has the name of its folder."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


class Import(NamedTuple):
    module: str  # the full name of the module that imports
    name: str  # the full name of what it imports
    lazy: bool = False  # whether it stands inside a function
    typing: bool = False  # whether it stands under `if TYPE_CHECKING:`, for annotations alone

    def __str__(self):
        """Say it in the words of a failing test."""
        where = " in a function" * self.lazy + " for annotations" * self.typing
        return f"{self.module} imports {self.name}{where}"

    @property
    def room(self):
        """'widgets' of 'rowlight.widgets.words'; '' of the package itself."""
        return room(self.module)

    @property
    def target(self):
        """What is imported of the package, as the longest name of a module: 'widgets.words'; None of another."""
        parts = self.name.split(".")
        while parts and ".".join(parts) not in MODULES:
            parts.pop()
        return ".".join(parts[1:]) if parts else None


def room(module):
    return [*module.split("."), ""][1]


def imports(text, module, *, package=False):
    """The imports of a module, in no order.

    Args:
        text: its source.
        module: its full name.
        package: whether it is an `__init__.py`.
    """
    tree = ast.parse(text)
    lazy = {inner for outer in ast.walk(tree) if isinstance(outer, FUNCTIONS) for inner in ast.walk(outer)}
    guarded = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    typing = {inner for outer in guarded for line in outer.body for inner in ast.walk(line)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            folders = module.split(".")
            above = folders[: len(folders) - node.level + package] if node.level else []
            start = ".".join([*above, *filter(None, [node.module])])
            names = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [Import(module, name, node in lazy, node in typing) for name in names]
    return found


def all_imports():
    """The imports of the whole package."""
    return [
        found
        for module, path in MODULES.items()
        for found in imports(path.read_text("utf-8"), module, package=path.name == "__init__.py")
    ]
