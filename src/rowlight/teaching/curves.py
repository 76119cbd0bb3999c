"""Curves in ink, each with its own dash and its name at its end: nothing is told by colour alone.

Needs Matplotlib (the extra `figures`). Used by chapter 4, Gradients land on rows; chapter 5, Optimizers have memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rowlight.teaching.figures import COLOURS, Figure, figure, house_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Points = tuple[Sequence[float], Sequence[float]]

DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (8, 2, 2, 2)), (0, (3, 4)))
GAP = 0.075  # between two names at the right, in heights of the plot


def curves_figure(
    curves: Mapping[str, Points],
    says: str,
    *,
    title: str,
    xlabel: str,
    log: str = "",
    dots: Points | None = None,
) -> Figure:
    """Draw up to five curves, each named at its last point.

    Args:
        curves: a mapping from a name to (x, y), two sequences of numbers of one length.
        says: what the figure shows, in words; its alternative text and its caption.
        title: what is drawn upwards, as the title.
        xlabel: what is drawn to the right.
        log: "", "x" or "xy": the axes that are logarithmic.
        dots: None, or (x, y) of measured points, drawn over the curves.

    Returns:
        the figure, to be shown by a cell.

    Raises:
        ValueError: no curve or more than five, or no words.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415  the library itself does not need Matplotlib

    if not 1 <= len(curves) <= len(DASHES):
        raise ValueError(f"curves: expected 1 to {len(DASHES)}, got {len(curves)}")
    with plt.rc_context(house_style()):
        fig, axes = plt.subplots()
        for (x, y), dash in zip(curves.values(), DASHES, strict=False):
            axes.plot(x, y, linestyle=dash, color=COLOURS["ink"], linewidth=1.6)
        if dots is not None:
            axes.plot(*dots, "o", color=COLOURS["ink"], markersize=6)
        for axis, set_scale in zip("xy", (axes.set_xscale, axes.set_yscale), strict=True):
            if axis in log:
                set_scale("log")
                getattr(axes, f"{axis}axis").set_major_formatter("{x:,.0f}")
        axes.set(xlabel=xlabel, title=title)
        _name_the_ends(axes, curves)
        return figure(fig, says)


def _name_the_ends(axes: Any, curves: Mapping[str, Points]) -> None:
    """Write each name beside the last point of its curve, and move names apart that would cover each other."""
    axes.autoscale_view()  # otherwise the scale is chosen later, when the figure is drawn
    to_heights = axes.transData + axes.transAxes.inverted()
    ends = {name: to_heights.transform((x[-1], y[-1]))[1] for name, (x, y) in curves.items()}
    lowest = -1.0
    for name, height in sorted(ends.items(), key=lambda end: end[1]):
        lowest = max(height, lowest + GAP)
        axes.text(1.01, lowest, name, transform=axes.transAxes, va="center")
