"""Run one of these tools under another Python, in an environment of its own beside .venv."""

import os
import re
import subprocess
import sys

from _tools.paths import ROOT


def continue_in(python: str, module: str) -> None:
    """Run `module` under the command `python` and exit as it does; return if this is that Python.

    A Python that is not there, or lacks the packages, ends the run with one sentence.
    """
    try:
        version = _ask(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    except (OSError, subprocess.CalledProcessError):
        sys.exit(f"PYTHON is {python!r}, and no such Python runs here.")
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return
    folder = ROOT / f".venv-{version}"
    own = folder / "bin" / "python"
    try:
        if not own.exists():
            _ask(python, "-m", "venv", str(folder))
        _ask(str(own), "-m", "pip", "install", "--quiet", "--requirement", "requirements.txt")
    except subprocess.CalledProcessError as error:
        said = re.findall("^ERROR: (.*)", error.stderr, re.MULTILINE) or [f"{error}"]
        sys.exit(f"Python {version} cannot have the packages of requirements.txt: {said[-1]}")
    rest = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    sys.exit(subprocess.run([own, "-m", module], env=rest, check=False).returncode)


def _ask(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
