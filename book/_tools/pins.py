"""Write constraints.txt from the environment that runs this: `python tests/pins.py`."""

import re
from importlib.metadata import distributions

from _tools.paths import ROOT
from packaging.requirements import Requirement

# Not the book's: this package, the installers, and what PyTorch brings and pins for machines with a GPU.
LEFT_OUT = re.compile(r"^(rowlight|pip|setuptools|wheel|triton|nvidia-.*|cuda-.*)$")
HEAD = """\
# Every package the book runs on, at the version it was built and tested with. requirements.txt names this file.
# Written by `.venv/bin/python tests/pins.py`. The GPU packages of PyTorch are left to PyTorch, which pins them itself.
"""


def normal(name):
    """The name as package indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed():
    """{name: version} of this environment, without local parts such as +cpu."""
    found = {normal(one.metadata["Name"]): one.version.split("+")[0] for one in distributions()}
    return {name: version for name, version in sorted(found.items()) if not LEFT_OUT.match(name)}


def pinned(file):
    """{name: version} of the `name==version` lines of a file at the root."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    return {
        normal(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)$", "\n".join(lines), re.MULTILINE)
    }


def needed_elsewhere():
    """Names of packages that something here needs on another Python or another system."""
    needs = [Requirement(line) for one in distributions() for line in one.requires or []]
    elsewhere = [need for need in needs if need.marker and "extra" not in str(need.marker)]
    return {normal(need.name) for need in elsewhere if not need.marker.evaluate()}


if __name__ == "__main__":
    kept = {name: version for name, version in pinned("constraints.txt").items() if name in needed_elsewhere()}
    text = HEAD + "".join(f"{name}=={version}\n" for name, version in sorted((kept | installed()).items()))
    (ROOT / "constraints.txt").write_text(text, "utf-8")
