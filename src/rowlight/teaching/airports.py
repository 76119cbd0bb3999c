"""Sixty airports of the contiguous United States and the distances between them. Used by chapter 7, Rows learn jointly.

The data are `airports.csv` in the package `vega_datasets`, which is read as a file: importing the package would load
pandas.
"""

import csv
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

EARTH = 6371.0  # mean radius in km
CODES = [
    "ABQ",
    "ALB",
    "ATL",
    "AUS",
    "BDL",
    "BHM",
    "BIL",
    "BNA",
    "BOI",
    "BOS",
    "BTV",
    "BUF",
    "CHS",
    "CLE",
    "CLT",
    "CMH",
    "CVG",
    "DCA",
    "DEN",
    "DFW",
    "DSM",
    "DTW",
    "ELP",
    "EWR",
    "FAR",
    "FAT",
    "GEG",
    "GTF",
    "IAH",
    "ICT",
    "IND",
    "JAX",
    "JFK",
    "LAS",
    "LAX",
    "LIT",
    "MCI",
    "MCO",
    "MDW",
    "MEM",
    "MIA",
    "MKE",
    "MSP",
    "MSY",
    "OKC",
    "OMA",
    "ORD",
    "PDX",
    "PHL",
    "PHX",
    "PIT",
    "RDU",
    "RIC",
    "SAN",
    "SAT",
    "SAV",
    "SEA",
    "SFO",
    "SLC",
    "TUL",
]


def sixty() -> tuple[list[str], torch.Tensor]:
    """Return the codes of the sixty airports and their latitudes and longitudes, float64 (60, 2), in degrees.

    Raises:
        ModuleNotFoundError: `vega_datasets` is not installed.
    """
    package = find_spec("vega_datasets")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("vega_datasets is missing. Install it once: pip install vega_datasets")
    with (Path(package.origin).parent / "_data" / "airports.csv").open(encoding="utf-8", newline="") as file:
        where = {line["iata"]: (float(line["latitude"]), float(line["longitude"])) for line in csv.DictReader(file)}
    return list(CODES), torch.tensor([where[code] for code in CODES], dtype=torch.float64)


def great_circles(places: torch.Tensor) -> torch.Tensor:
    """Return the distances between all pairs of places along the surface of the earth, (N, N), in km.

    Args:
        places: tensor (N, 2), latitudes and longitudes in degrees.
    """
    latitude, longitude = torch.deg2rad(places.double()).T
    across = (longitude[:, None] - longitude) / 2
    along = (latitude[:, None] - latitude) / 2
    chord = along.sin() ** 2 + latitude.cos()[:, None] * latitude.cos() * across.sin() ** 2
    distances: torch.Tensor = 2 * EARTH * chord.clamp(0, 1).sqrt().asin()
    return distances


def projected(places: torch.Tensor) -> torch.Tensor:
    """Return the places on a flat map, (N, 2) in km: azimuthal and equidistant about their mean latitude and longitude.

    Source: J. P. Snyder, Map Projections: A Working Manual, 1987, section 25.
    """
    latitude, longitude = torch.deg2rad(places.double()).T
    middle, meridian = latitude.mean(), longitude.mean()
    turn = longitude - meridian
    angle = (middle.sin() * latitude.sin() + middle.cos() * latitude.cos() * turn.cos()).clamp(-1, 1).acos()
    scale = EARTH * torch.where(angle == 0, 1.0, angle / angle.sin())
    east = scale * latitude.cos() * turn.sin()
    north = scale * (middle.cos() * latitude.sin() - middle.sin() * latitude.cos() * turn.cos())
    return torch.stack([east, north], dim=1)


def recorded_map(
    distance: torch.Tensor, *, pairs: int, seed: int, steps: int = 1000, every: int = 50
) -> dict[str, Any]:
    """Run the loop of chapter 7 on rows of two numbers that learn the distances between N places.

    Args:
        distance: tensor (N, N) of float32, the distance that each two rows should have.
        pairs: how many pairs a step takes.
        seed: of the start and the pairs.
        steps: how many steps.
        every: record every step, or every second, third, ...

    Returns:
        the arguments of `rowlight.Recording`; its loss is that of all pairs. The last table has no batch any more.
    """
    recorded: dict[str, Any] = {"rows": [], "losses": [], "steps": range(0, steps + 1, every), "reads": [], "after": []}
    torch.manual_seed(seed)
    table = torch.nn.Embedding(len(distance), 2)
    optimizer = torch.optim.Adam(table.parameters(), lr=0.05)
    for step in range(steps + 1):
        before = table.weight.detach().clone()
        one, other = torch.randint(len(distance), (2, pairs))
        if step < steps:
            apart = (table(one) - table(other)).norm(dim=1)
            optimizer.zero_grad()
            (apart - distance[one, other]).square().mean().backward()
            optimizer.step()
        if step % every == 0:
            recorded["rows"].append(before)
            recorded["losses"].append(_loss(before, distance))
            recorded["reads"].append([*one.tolist(), *other.tolist()] if step < steps else [])
            recorded["after"].append(table.weight.detach().clone())
    return recorded | {"rows": torch.stack(recorded["rows"]), "after": torch.stack(recorded["after"])}


def _loss(rows: torch.Tensor, distance: torch.Tensor) -> float:
    """The squared difference of all distances, on average over the pairs of different rows."""
    N = len(rows)
    return ((torch.cdist(rows, rows) - distance).square().sum() / (N * (N - 1))).item()
