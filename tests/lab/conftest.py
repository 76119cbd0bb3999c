"""One JupyterLab for the whole run."""

import shutil

import pytest
from _tools.jupyterlab import free_lab, stop
from _tools.paths import NOTEBOOKS


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A live JupyterLab on a copy of the notebooks: (address, token, folder)."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns(".*", "*.py"))
    process, address, token = free_lab(folder)
    try:
        yield address, token, folder
    finally:
        stop(process)
