"""The readable requirements, the pins that `make pins` made from them, and the environment say the same."""

import re
import tomllib
from importlib.metadata import distributions

from _tools.paths import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

# PyTorch brings its GPU packages itself, and pins them.
GPU = re.compile(r"triton|nvidia-.*|cuda-.*")
NOT_PINNED = {"rowlight", "pip"}


def pins(file):
    """The requirements in a file at the root, by name."""
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text("utf-8").splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(pin.name): pin for pin in found}


def installed():
    """{name: version} of this environment, without local parts such as +cpu."""
    found = {canonicalize_name(one.metadata["Name"]): Version(one.version).public for one in distributions()}
    return {name: version for name, version in found.items() if name not in NOT_PINNED and not GPU.fullmatch(name)}


def test_the_environment_is_the_one_that_is_pinned():
    here = {name: pin for name, pin in pins("constraints.txt").items() if not pin.marker or pin.marker.evaluate()}
    assert {name: f"=={version}" for name, version in installed().items()} == {
        name: str(pin.specifier) for name, pin in here.items()
    }


def test_what_is_asked_for_is_pinned_as_asked():
    asked, pinned = pins("requirements.txt"), pins("constraints.txt")
    assert len(asked) > 15
    assert {name: pinned[name].specifier for name in asked} == {name: pin.specifier for name, pin in asked.items()}


def test_the_pins_hold_for_other_systems_and_leave_the_gpu_packages_to_pytorch():
    pinned = pins("constraints.txt")
    assert {"appnope", "colorama", "torch"} <= pinned.keys()
    assert not [name for name in pinned if GPU.fullmatch(name)]


def test_requirements_end_with_the_library_and_name_the_constraints():
    lines = (ROOT / "requirements.txt").read_text("utf-8").split("\n")
    assert lines[-2:] == ["-e .", ""]
    assert "-c constraints.txt" in lines


def test_the_pins_lie_in_the_library_s_loose_ranges():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = pins("constraints.txt")
    for line in [*project["dependencies"], *project["optional-dependencies"]["figures"]]:
        need = Requirement(line)
        (pin,) = pinned[canonicalize_name(need.name)].specifier
        assert pin.version in need.specifier
        assert "==" not in line
