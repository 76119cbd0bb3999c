"""An axis for lengths: it begins at zero and ends at a round number."""

import math


class Axis:
    """From zero to at least `largest`, in one to five steps of 1, 2 or 5 times a power of ten.

    Attributes:
        end: the number at its end; 1.0 where there is nothing to measure.
        ticks: what stands at each step, as text, from "0" on.
    """

    def __init__(self, largest: float) -> None:
        measurable = 0 < largest < math.inf
        power = 10.0 ** math.floor(math.log10(largest)) if measurable else 1.0
        size = largest if measurable else 1.0
        step = next(power * by for by in (0.1, 0.2, 0.5, 1, 2, 5) if 5 * power * by >= size * (1 - 1e-9))
        count = math.ceil(size / step - 1e-9)
        self.end = count * step
        self.ticks = [f"{i * step:.6g}" for i in range(count + 1)]

    def percent(self, size: float) -> float:
        """Where a size lies, from 0 to 100, to a tenth; a number that is not finite lies at 0."""
        return round(100 * size / self.end, 1) if math.isfinite(size) else 0.0
