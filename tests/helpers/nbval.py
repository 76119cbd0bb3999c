"""Strict nbval, by the book's rule, on notebooks that a test has written."""

import os
import subprocess
import sys

from _tools.paths import ROOT


def nbval(path):
    """Run nbval on the notebook at `path`, outside the repository; return the finished process."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "_tools.nbval_rule", "-p", "no:cacheprovider"]
    command += ["-q", "-rA", "--color=no", f"--rootdir={path.parent}", str(path)]
    settings = os.environ | {"PYTHONPATH": str(ROOT / "book")}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent, env=settings)
