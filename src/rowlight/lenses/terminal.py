"""What a lens shows in a terminal: a few lines, one for each of the first ids."""

from collections.abc import Sequence

import torch

from rowlight.widgets.numbers import Scale, plain

MOST_LINES = 6
MOST_NUMBERS = 4


def lines(title: str, names: Sequence[str], vectors: torch.Tensor, count: int) -> str:
    """Return `title` and, below it, a line for each name with the first numbers of its vector.

    Args:
        title: the first line.
        names: what each line says, at most MOST_LINES of them.
        vectors: tensor (len(names), D).
        count: how many lines there would be without a limit.
    """
    numbers = plain(vectors[:, :MOST_NUMBERS])
    scale = Scale.of(numbers)
    texts = [[scale.cell(x)[0] for x in vector] for vector in numbers.tolist()]
    wide = max((len(name) for name in names), default=0)
    long = max((len(text) for vector in texts for text in vector), default=0)
    cut = ["…"] * (vectors.shape[1] > MOST_NUMBERS)
    said = [
        " ".join([name.ljust(wide), *(text.rjust(long) for text in vector), *cut]).rstrip()
        for name, vector in zip(names, texts, strict=True)
    ]
    more = [f"… and {count - len(names):,} more"] * (count > len(names))
    return "\n".join([title, *said, *more])
