"""A map whose rows have come home, beside the places themselves. Used by chapter 7, Rows learn jointly."""

from collections.abc import Sequence

import torch

from rowlight.teaching.figures import COLOURS, Figure, figure, house_style
from rowlight.teaching.marks import dots

NAMED = ("SEA", "SAN", "MIA", "BOS", "DEN", "ORD", "MSY", "IAH")  # enough to see which way up a map lies


def map_figure(rows: torch.Tensor, places: torch.Tensor, codes: Sequence[str], says: str) -> Figure:
    """Draw rows as dots upon the places where they should lie, pale and larger, on one scale.

    Args:
        rows: tensor (N, 2) in 1,000 km, a table that has been turned home.
        places: tensor (N, 2) in 1,000 km, where the dots should lie.
        codes: N names; some of them are written beside their dots.
        says: what the figure shows, in words.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415  the library itself does not need Matplotlib

    with plt.rc_context(house_style()):
        fig, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
        dots(axes, *places.T, size=11, color=COLOURS["line"], label="airport")
        dots(axes, *rows.T, size=4, color=COLOURS["ink"], label="row")
        for code, (x, y) in zip(codes, rows.tolist(), strict=True):
            if code in NAMED:
                axes.annotate(code, (x, y), xytext=(8, -4), textcoords="offset points")
        axes.set(aspect="equal", xlabel="east, 1,000 km", ylabel="north, 1,000 km")
        axes.legend(frameon=False, loc="lower left", ncols=2)
        return figure(fig, says)
