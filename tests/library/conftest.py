"""What every test of the library starts from, and must leave behind."""

import pytest
import torch
from helpers.training import hooks_in_place


@pytest.fixture(autouse=True)
def seeded():
    """The same random numbers for each test; afterwards no hook or mode of torch's may be left."""
    torch.manual_seed(0)
    before = hooks_in_place()
    yield
    assert hooks_in_place() == before
