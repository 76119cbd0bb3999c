"""What type checkers and editors see of `rowlight`, whose names are loaded when they are first used."""

import subprocess
import sys

import jedi
import pytest

import rowlight

# torch and numpy are not followed: reading them takes mypy a quarter of a minute, and these tests are not about them.
SETTINGS = """\
[mypy]
strict = true
[mypy-torch.*,numpy.*]
follow_imports = skip
"""


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """Check a user's program, in a folder that knows the package as any user's environment does."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "mypy.ini").write_text(SETTINGS)

    def check(program):
        (folder / "program.py").write_text(program)
        command = [sys.executable, "-m", "mypy", "program.py"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert not done.stderr
        return done.stdout

    return check


def test_a_type_checker_knows_the_public_names_and_no_others(mypy):
    lines = [f"reveal_type(rowlight.{name})" for name in rowlight.__all__]
    said = mypy("\n".join(["import rowlight", *lines, "rowlight.wach"])).splitlines()
    revealed = [line for line in said if "Revealed type" in line]
    assert len(revealed) == len(rowlight.__all__)
    assert not [line for line in revealed if '"Any"' in line]
    assert [line for line in said if ': error: Module has no attribute "wach"' in line]
    assert said[-1].startswith("Found 1 error")


def test_a_type_checker_finds_a_wrong_call(mypy):
    said = mypy("import rowlight\nlens = rowlight.RowLens()\nreveal_type(lens)\n")
    assert 'error: Missing positional arguments "table", "ids"' in said
    assert 'Revealed type is "rowlight.lenses.row_lens.RowLens"' in said


def test_an_editor_completes_the_public_names():
    offered = {name.name for name in jedi.Script("import rowlight\nrowlight.").complete()}
    assert set(rowlight.__all__) <= offered


def test_every_public_name_can_be_used():
    assert sorted(rowlight.__all__) == sorted(set(rowlight.__all__))
    for name in rowlight.__all__:
        assert getattr(rowlight, name).__name__ == name
