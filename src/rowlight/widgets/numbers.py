"""How a widget prints numbers and colours them. `numbers.js` does the same on a page; a test holds the two together."""

from dataclasses import dataclass

import torch

LEVELS = 4  # steps of the colour scale on each side of zero; the style sheet has a colour for each


@dataclass(frozen=True)
class Scale:
    """How a group of numbers is printed and coloured.

    Args:
        style: '.4f', '.4e' or 'd'.
        most: the size of a number that the strongest colour stands for. It has two significant digits, as the legend
            prints it: the last bits of a number, which differ between machines, rarely move it.
    """

    style: str
    most: float

    @classmethod
    def of(cls, values: torch.Tensor) -> "Scale":
        """The scale on which `values` are all seen; tensor of any shape."""
        return cls(number_format(values), float(f"{largest(values):.2g}"))

    def cell(self, value: float) -> tuple[str, int]:
        """The text and the colour step of a number. The step is that of the number as printed."""
        text = printed(value, self.style)
        return text, level(float(text), self.most)

    def kept(self, value: float) -> float:
        """The number with the digits that are printed, no more."""
        return float(printed(value, self.style))

    def legend(self) -> list[tuple[int, str]]:
        """For each colour step, the number that it stands for."""
        steps = range(-LEVELS, LEVELS + 1)
        return [(step, f"{float(f'{self.most * step / LEVELS:.2g}'):g}") for step in steps]


def plain(numbers: torch.Tensor) -> torch.Tensor:
    """The numbers on the CPU, in a type that can be printed: a small float is exact in float64."""
    return numbers.double().cpu() if numbers.is_floating_point() else numbers.cpu()


def number_format(values: torch.Tensor) -> str:
    """'.4f', as torch prints; '.4e' where that would hide the numbers; 'd' for an integer table.

    Args:
        values: tensor of the numbers to be shown, any shape.
    """
    if not values.is_floating_point():
        return "d"
    most = largest(values)
    return ".4e" if most >= 1e5 or 0 < most < 1e-3 else ".4f"


def printed(value: float, style: str) -> str:
    """'-0.8082': a number as torch prints it; 'nan', 'inf' and '-inf' where it is none."""
    return f"{value:{style}}"


def largest(values: torch.Tensor) -> float:
    """The largest size of a finite number in `values`; 0.0 if there is none."""
    sizes = values.double()[values.isfinite()].abs()
    return sizes.max().item() if sizes.numel() else 0.0


def level(value: float, most: float) -> int:
    """The step on the colour scale, -4..4: 0 for zero, NaN and infinities; sizes above `most` get the last step."""
    finite = value == value and abs(value) != float("inf")  # noqa: PLR0124  NaN differs from itself
    if not finite or not most:
        return 0
    step = int(LEVELS * min(abs(value) / most, 1) + 0.5)
    return -step if value < 0 else step
