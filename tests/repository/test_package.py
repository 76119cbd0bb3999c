"""What leaves the repository as a package: all of the library, and nothing else."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser

import pytest
from _tools.paths import ROOT

import rowlight

BUILD = "from setuptools import build_meta as b; b.build_sdist('out'); b.build_wheel('out')"
MADE = re.compile(r"(PKG-INFO|setup\.cfg|\.egg-info/.*)$")  # setuptools' own


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the wheel and the source archive, built from the files that git knows."""
    copy = tmp_path_factory.mktemp("repository")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    done = subprocess.run([sys.executable, "-c", BUILD], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return copy / "out"


@pytest.fixture(scope="module")
def library():
    """Every file of the library, as a path below src."""
    done = subprocess.run(["git", "ls-files", "rowlight"], cwd=ROOT / "src", capture_output=True, text=True, check=True)
    names = set(done.stdout.splitlines())
    assert {name.rsplit(".", 1)[-1] for name in names} >= {"py", "pyi", "js", "css", "typed", "json"}
    return names


def test_a_wheel_holds_every_file_of_the_library_and_no_other(built, library):
    [wheel] = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == library


def test_a_source_archive_holds_the_library_and_what_builds_it(built, library):
    """Its tests stay in the repository: they need the book, a browser and the exact environment."""
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {member.name.split("/", 1)[1] for member in tar.getmembers() if member.isfile()}
    own = {"LICENSE", "README.md", "pyproject.toml", "src/README.md"}
    assert {name for name in names if not MADE.search(name)} == {f"src/{name}" for name in library} | own


def test_the_package_s_page_speaks_of_the_library_and_stands_alone(built):
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        [name] = [name for name in files.namelist() if name.endswith("METADATA")]
        about = Parser().parsestr(files.read(name).decode())
    text = about.get_payload()
    assert "RowLens(embedding" in text
    assert "make book" not in text
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert [link for link in links if not link.startswith("https://")] == []
    assert "Typing :: Typed" in about.get_all("Classifier")
    assert about["Version"] == rowlight.__version__
