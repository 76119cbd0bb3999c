"""The readable requirements, the constraints and the environment say the same."""

import tomllib

from _tools.pins import ROOT, installed, needed_elsewhere, normal, pinned
from packaging.requirements import Requirement
from packaging.version import Version


def test_every_requirement_is_constrained_to_its_own_pin():
    requirements, constraints = pinned("requirements.txt"), pinned("constraints.txt")
    assert len(requirements) > 15
    assert {name: constraints.get(name) for name in requirements} == requirements


def test_the_environment_is_the_one_that_is_pinned():
    constraints = pinned("constraints.txt")
    assert {name: constraints.get(name) for name in installed()} == installed()


def test_no_pin_is_left_over():
    """A pin that is not installed must be somebody's need on another Python or system."""
    assert set(pinned("constraints.txt")) - set(installed()) <= needed_elsewhere()


def test_what_ipython_s_kernel_needs_on_a_mac_is_pinned():
    assert "appnope" in pinned("constraints.txt")


def test_requirements_end_with_the_library_and_name_the_constraints():
    lines = (ROOT / "requirements.txt").read_text("utf-8").split("\n")
    assert lines[-2:] == ["-e .", ""]
    assert "-c constraints.txt" in lines


def test_the_pins_lie_in_the_library_s_loose_ranges():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    constraints = pinned("constraints.txt")
    for line in [*project["dependencies"], *project["optional-dependencies"]["figures"]]:
        need = Requirement(line)
        assert Version(constraints[normal(need.name)]) in need.specifier
        assert "==" not in line
