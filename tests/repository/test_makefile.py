"""The Makefile: what it does with addresses, and that a newcomer's commands exist."""

import os
import re
import shutil
import subprocess

import pytest
from _tools.paths import ROOT


@pytest.mark.parametrize("name", ["SITE_URL", "REPOSITORY_URL"])
@pytest.mark.parametrize(
    "address", ["'; touch pwned; echo '", "$(shell touch pwned)", "`touch pwned`", "$$(touch pwned)"]
)
def test_an_address_is_never_run(tmp_path, name, address):
    shutil.copy(ROOT / "Makefile", tmp_path)
    options = {"cwd": tmp_path, "env": os.environ | {name: address}, "capture_output": True}
    for _ in range(2):  # the second time there is a state to compare with
        subprocess.run(["make", "--dry-run", "lint"], **options, check=False)
        assert not (tmp_path / "pwned").exists()
    assert address in (tmp_path / "_build" / ".sources").read_text("utf-8")


def test_every_target_that_is_no_file_is_phony():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert phony == set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


def test_make_and_ci_run_the_readme_s_commands():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake (\w+)", readme)) <= targets
    stages = re.search(r"for stage in (.*); do", (ROOT / ".ci" / "run").read_text("utf-8"))[1].split()
    assert stages == ["lint", "test", "machines", "audit"]
    assert set(stages) <= targets
