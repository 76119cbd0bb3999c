"""A figure of what a lookup and a one-hot product cost, against the number of rows.

Used by chapter 3, One-hot times the table. Needs Matplotlib (the extra `figures`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowlight.teaching.figures import COLOURS, Figure, figure, house_style

if TYPE_CHECKING:
    from collections.abc import Sequence


def cost_figure(costs: Sequence[dict[str, int]]) -> Figure:
    """Draw two panels, both axes logarithmic: bytes of the input, and numbers copied or multiplied.

    Args:
        costs: for each V, in order, a dict with "V", "id bytes", "one-hot bytes", "copies" and "products".
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415  the library itself does not need Matplotlib

    V = [line["V"] for line in costs]
    panels = {
        "bytes of the input": {"one-hot": "one-hot bytes", "ids": "id bytes"},
        "work": {"multiplications by one-hot": "products", "numbers copied by lookup": "copies"},
    }
    with plt.rc_context(house_style()):
        fig, axes = plt.subplots(1, 2, layout="constrained")
        for ax, (title, lines) in zip(axes, panels.items(), strict=True):
            for (name, key), dash in zip(lines.items(), ("-", "--"), strict=True):
                numbers = [line[key] for line in costs]
                ax.loglog(V, numbers, dash, color=COLOURS["ink"], lw=1.5)
                # On the line's right end, above it: the name needs no legend.
                ax.annotate(name, (V[-1], numbers[-1]), (0, 5), textcoords="offset points", ha="right", va="bottom")
            ax.set(xlabel="V", title=title)
            ax.margins(y=0.15)
        first, last = costs[0], costs[-1]
        says = (
            f"From V = {first['V']:,} to {last['V']:,}, the one-hot input grows from {first['one-hot bytes']:,} to "
            f"{last['one-hot bytes']:,} bytes and its products from {first['products']:,} to {last['products']:,}. The "
            f"ids stay at {last['id bytes']:,} bytes, and a lookup copies {last['copies']:,} numbers every time."
        )
        return figure(fig, says)
