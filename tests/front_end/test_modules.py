"""The front end's files as modules: what each of them needs, it imports; and one scope can hold them all."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from _ext.lenses import page_script
from helpers import node
from rcssmin import cssmin
from rjsmin import jsmin

from rowlight.widgets.bundle import PACKAGE, bundle, plain_script, style_sheet
from rowlight.widgets.front_ends import front_ends, page_module

MODULES = sorted(PACKAGE.rglob("*.js"))
TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)
IMPORTS = re.compile(r"^import \{ (.*) \} from .*", re.MULTILINE)
TEMPLATE = re.compile(r"`(?:[^`\\]|\\.)*`")  # of its text, only what stands in ${...} is code
COMMENTS_AND_TEXTS = re.compile(r"//.*|/\*[\s\S]*?\*/|\"(?:[^\"\\\n]|\\.)*\"")
# Where a name is made: declared, unpacked, or the parameter of a function.
MADE = re.compile(
    r"(?:const|let|function) (\w+)|(?:const|let) [\[{]([^=]*)[\]}] =|(?<!if )(?<!for )\(([^()]*)\) (?:=>|\{)|(\w+) =>"
)


def run(*arguments):
    return subprocess.run([node.executable(), *arguments], capture_output=True, text=True, check=False)


def test_pure_functions_under_nodes_own_runner():
    done = run("--test", "--test-reporter=spec", str(Path(__file__).parent / "pure.test.mjs"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 0" not in done.stdout, "node ran no test"


def test_a_missing_node_is_named(monkeypatch):
    monkeypatch.setattr(node.shutil, "which", lambda _name: None)
    monkeypatch.setattr(node.playwright, "__file__", "nowhere/else.py")
    with pytest.raises(RuntimeError, match="Install Node"):
        node.executable()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_each_file_is_a_module_whose_imports_are_there(path):
    done = run("--input-type=module", "--eval", f"await import({path.as_uri()!r});")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_each_file_imports_what_it_uses_of_others_and_no_more(path):
    """On a page and in a cell all files share one scope, where a forgotten import goes unnoticed."""
    others = {name for other in MODULES if other != path for name in TOP_LEVEL.findall(other.read_text("utf-8"))}
    text = path.read_text("utf-8")
    imported = {name for names in IMPORTS.findall(text) for name in names.split(", ")}
    code = TEMPLATE.sub(lambda m: " ".join(re.findall(r"\$\{([^}]*)", m[0])), text)
    code = COMMENTS_AND_TEXTS.sub("", IMPORTS.sub("", code))
    made = set(re.findall(r"\w+", " ".join(part for parts in MADE.findall(code) for part in parts)))
    used = set(re.findall(r"(?<![\w.$])[A-Za-z]\w*(?![\w$]|\s*:)", code)) & others
    assert imported - used == set(), "imported for nothing"
    assert used - imported - made == set(), "used without an import"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_template_stands_in_another(path):
    """rjsmin, which makes the scripts of pages short, takes the inner one for code and drops its spaces."""
    assert not re.search(r"\$\{[^}]*`", path.read_text("utf-8"))


def test_top_level_names_are_unique_because_one_scope_holds_them():
    names = Counter(name for path in MODULES for name in TOP_LEVEL.findall(path.read_text("utf-8")))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    "kinds", [*[{kind} for kind in front_ends()], set(front_ends())], ids=lambda kinds: " ".join(sorted(kinds))
)
def test_what_a_cell_and_a_page_load_is_one_module(kinds, tmp_path):
    cell = bundle(front_ends()[min(kinds)][0])
    for name, text in (("cell.mjs", cell), ("page.mjs", page_script(kinds))):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        done = run("--check", str(file))
        assert done.returncode == 0, done.stderr
        assert not re.search(r"^(import|export .* from)\b", text, re.MULTILINE)


@pytest.mark.parametrize("kind", front_ends())
def test_a_cells_module_has_anywidgets_entry_point(kind, tmp_path):
    file = tmp_path / "cell.mjs"
    file.write_text(bundle(front_ends()[kind][0]), "utf-8")
    check = f"const m = await import({file.as_uri()!r}); if (typeof m.default.render !== 'function') process.exit(3);"
    done = run("--input-type=module", "--eval", check)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", front_ends())
def test_a_plain_script_lacks_comments_and_indents_alone(kind):
    """The library has no minifier; here one says what of a script is no code."""
    module = page_module({kind})
    plain = plain_script(module)
    assert jsmin(plain) == jsmin(module)
    assert not re.search(r"^\s|^//|^/\*|[;,{}] //", plain, re.MULTILINE)


def test_a_plain_style_lacks_comments_and_space_alone():
    sheets = [path for path in PACKAGE.rglob("*.css") if path.name != "stored.css"]
    sheets.sort(key=lambda path: (path.parent.name != "widgets", path))
    plain = style_sheet()
    assert cssmin(plain) == cssmin("".join(path.read_text("utf-8") for path in sheets))
    assert len(plain) < 1.02 * len(cssmin(plain))
