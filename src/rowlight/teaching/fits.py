"""A figure of houses, and of what a line and the rows of a table say about their prices.

Used by chapter 2, Ids are names. Needs Matplotlib (the extra `figures`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rowlight.teaching.figures import COLOURS, Figure, figure, house_style
from rowlight.teaching.marks import dots, strokes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes


def fit_figure(
    models: Mapping[str, tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]], learn: slice
) -> Figure:
    """Draw one panel a feature: the houses that taught two models as dots, the line dashed, each row as a stroke.

    Args:
        models: for each title (ids, price, line, rows): the houses' ids and prices, both of shape (N,), and what the
            line and the rows say for every id, both of shape (V,). Drawn are the ids from the least to the greatest.
        learn: which of the houses taught the models.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415  the library itself does not need Matplotlib

    says = []
    with plt.rc_context({**house_style(), "axes.grid": False, "path.simplify": False}):  # it drops dots
        fig, axes = plt.subplots(1, len(models), layout="constrained", sharey=True, squeeze=False)
        for ax, (title, (ids, price, line, rows)) in zip(axes[0], models.items(), strict=True):
            asked = torch.arange(int(ids.min()), int(ids.max()) + 1)
            _panel(ax, ids[learn], price[learn], asked, line[asked], rows[asked])
            ax.set_title(title)
            ax.locator_params(nbins=5, integer=True)
            says.append(_says(title, ids[learn], line, rows, asked))
        axes[0][0].set(ylabel="price")
        handles, names = axes[0][0].get_legend_handles_labels()
        fig.legend(handles, names, frameon=False, loc="outside lower center", ncols=3)  # where no dot can lie behind
        return figure(fig, " ".join(says))


def _panel(
    ax: Axes, ids: torch.Tensor, price: torch.Tensor, asked: torch.Tensor, line: torch.Tensor, rows: torch.Tensor
) -> None:
    dots(ax, ids, price, size=4, color=COLOURS["quiet"], alpha=0.45, label="houses")
    ax.plot(asked, line, "--", color=COLOURS["ink"], lw=1.5, label="line")
    strokes(ax, asked, rows, length=len(asked) / 30, color=COLOURS["ink"], lw=2, label="rows")


def _says(title: str, ids: torch.Tensor, line: torch.Tensor, rows: torch.Tensor, asked: torch.Tensor) -> str:
    """The panel in words: where the line goes, and what the rows hold that a house has taught and that none has."""
    taught = torch.isin(asked, ids)
    told, untold = rows[asked[taught]], rows[asked[~taught]]
    words = (
        f"{title}: the line goes from {line[asked[0]]:.1f} to {line[asked[-1]]:.1f}; of the rows {asked[0]} to "
        f"{asked[-1]}, {len(told)} that houses have taught lie between {told.min():.1f} and {told.max():.1f}"
    )
    if len(untold):
        words += (
            f", and {len(untold)} that none has taught between {untold.min():.1f} and {untold.max():.1f}, "
            "where they were drawn"
        )
    return f"{words}."
