"""Dots and strokes for a figure, each kind as one path: an element a mark would outweigh the page that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def strokes(ax: Axes, x: torch.Tensor, y: torch.Tensor, *, length: float, **style: Any) -> None:
    """Draw a level stroke of `length` (in units of the x axis) about each point (x, y), both of shape (N,).

    `style` goes to Matplotlib.
    """
    gap = torch.full((len(x),), torch.nan)
    ends = torch.stack([x - length / 2, x + length / 2, gap], dim=1).flatten()
    ax.plot(ends, torch.as_tensor(y).repeat_interleave(3), **style)


def dots(ax: Axes, x: torch.Tensor, y: torch.Tensor, *, size: float, **style: Any) -> None:
    """Draw a dot of `size` points at each point (x, y), both of shape (N,): a stroke of no length with round ends."""
    strokes(ax, x, y, length=0, lw=size, solid_capstyle="round", **style)
