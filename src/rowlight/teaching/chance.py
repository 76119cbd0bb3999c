"""A figure of how far pairs of rows agree, by chance or by training.

Used by chapter 2, Ids are names. Needs Matplotlib (the extra `figures`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rowlight.teaching.figures import COLOURS, Figure, figure, house_style
from rowlight.teaching.marks import dots

if TYPE_CHECKING:
    from collections.abc import Mapping


def pairs_figure(groups: Mapping[str, torch.Tensor]) -> Figure:
    """Draw the cosines of each group of pairs as dots on a line of its own, with a stroke at their mean.

    Args:
        groups: for each name the cosines (P,); drawn from top to bottom.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415  the library itself does not need Matplotlib

    settings = {
        **house_style(),
        "path.simplify": False,
        "figure.figsize": (7, 0.6 + 0.45 * len(groups)),
        "axes.grid.axis": "x",
    }
    with plt.rc_context(settings):
        fig, ax = plt.subplots(layout="constrained")
        for place, values in enumerate(groups.values()):
            dots(ax, values, torch.full_like(values, place), size=5, color=COLOURS["ink"], alpha=0.35)
            ax.plot(values.mean(), place, "|", color=COLOURS["ink"], ms=18, mew=2)
        ax.set(xlim=(-1.05, 1.05), xlabel="cosine", xticks=[-1, -0.5, 0, 0.5, 1])
        ax.set(yticks=range(len(groups)), yticklabels=groups)
        ax.set_ylim(len(groups) - 0.5, -0.5)
        listed = "; ".join(
            f"{name}: from {values.min():.2f} to {values.max():.2f}, mean {values.mean():.2f}"
            for name, values in groups.items()
        )
        return figure(fig, f"The cosine of each pair is a dot, and the mean of a group a stroke. {listed}.")
