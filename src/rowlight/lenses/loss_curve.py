"""The losses of trainings as curves on common scales: percents from the left and from the top."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rowlight.lenses.axis import Axis

if TYPE_CHECKING:
    from collections.abc import Collection

    from rowlight import Recording

WIDE = 30  # losses this many times apart stand on a log scale: on a linear one most of the curve would lie flat
Tick = tuple[str, float]  # what stands there, and where


class LossCurve:
    """Where the losses of all trainings lie.

    Args:
        runs: the trainings.

    Attributes:
        is_log: whether losses stand on a log scale.
        heights: ticks of the losses, percents from the top.
        steps: ticks of the steps, percents from the left.
    """

    def __init__(self, runs: Collection[Recording]) -> None:
        losses = [loss for run in runs for loss in run.losses]
        low, high = min(losses), max(losses)
        self._first, self._last = min(run.steps[0] for run in runs), max(run.steps[-1] for run in runs)
        self.is_log = low > 0 and high / low >= WIDE
        if self.is_log:
            powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            marks = [10.0**power for power in powers[:: 1 + len(powers) // 6]]
            self._bottom, self._top = math.log10(low), math.log10(high)
            marks = [mark for mark in marks if low <= mark <= high]
        else:
            up, down = Axis(max(high, 0.0)), Axis(-low)
            self._bottom, self._top = (-down.end if low < 0 else 0.0), (up.end if high > 0 else 0.0)
            marks = [float(tick) for tick in up.ticks if high > 0] + [-float(tick) for tick in down.ticks if low < 0]
        self.heights: list[Tick] = [(f"{mark + 0.0:g}", self._height(mark)) for mark in dict.fromkeys(marks)]
        ticks = [int(float(tick)) for tick in Axis(float(self._last)).ticks if float(tick).is_integer()]
        self.steps: list[Tick] = [
            (f"{tick:,}", self._left(tick)) for tick in ticks if self._first <= tick <= self._last
        ]

    def points(self, run: Recording) -> str:
        """The curve of one training: 'x,y x,y ...'."""
        pairs = zip(run.steps, run.losses, strict=True)
        return " ".join(f"{self._left(step):.1f},{self._height(loss):.1f}" for step, loss in pairs)

    def _left(self, step: int) -> float:
        return round(100 * (step - self._first) / max(self._last - self._first, 1), 1)

    def _height(self, loss: float) -> float:
        value = math.log10(loss) if self.is_log else loss
        return round(100 * (self._top - value) / ((self._top - self._bottom) or 1), 1)
