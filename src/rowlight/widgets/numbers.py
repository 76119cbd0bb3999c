"""How a lens prints numbers and colours them. `numbers.js` does the same on a page; a test holds the two together."""

LEVELS = 4  # steps of the colour scale on each side of zero


def plain(numbers):
    """The numbers on the CPU, in a type that can be printed: a small float is exact in float64."""
    return numbers.double().cpu() if numbers.is_floating_point() else numbers.cpu()


def number_format(values):
    """'.4f', as torch prints; '.4e' where that would hide the numbers; 'd' for an integer table.

    Args:
        values: tensor of the numbers to be shown, any shape.
    """
    if not values.is_floating_point():
        return "d"
    largest = limit(values)
    return ".4e" if largest >= 1e5 or 0 < largest < 1e-3 else ".4f"


def printed(value, style):
    """'-0.8082': a number as torch prints it; 'nan', 'inf' and '-inf' where it is none."""
    return f"{value:{style}}"


def limit(values):
    """The largest size of a finite number in `values`, which the strongest colour stands for; 0.0 if there is none."""
    sizes = values.double()[values.isfinite()].abs()
    return sizes.max().item() if sizes.numel() else 0.0


def level(value, most):
    """The step on the colour scale, -4..4: 0 for zero, NaN and infinities; sizes above `most` get the last step."""
    finite = value == value and abs(value) != float("inf")  # noqa: PLR0124  NaN differs from itself
    if not finite or not most:
        return 0
    step = int(LEVELS * min(abs(value) / most, 1) + 0.5)
    return -step if value < 0 else step
